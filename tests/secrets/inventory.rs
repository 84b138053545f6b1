//! Which public types there are, so that none is forgotten.

use std::collections::BTreeSet;
use std::path::Path;

/// Where values come from that may have to do with credentials, or with what failed.
const FOLDERS: &[&str] = &[
    "src",
    "core/src/auth",
    "core/src/oauth",
    "core/src/token",
    "core/src/keys",
    "core/src/seal",
    "core/src/store",
    "core/src/http",
];

/// What a store is asked to do with records, lanes and meetings. No credential passes there but sealed, and what
/// becomes of it is searched in the database.
#[rustfmt::skip]
const ASKED_OF_STORES: &[&str] = &[
    "ClaimDeliveries", "DeliveryClaim", "ClaimedDelivery", "DeliveryOutcome", "Trouble", "Settlement",
    "SettleDeliveries", "OutletSettled", "Offer", "DeliveryQuery",
    "JoinClaim", "Mark", "DirtyBatch", "MeetingWrite", "MeetingCommit", "MeetingQuery",
    "TenantUpdate", "PutConnection", "Put", "RetireConnection", "Retired", "RecordWrite",
    "RecordBody", "PageCommit", "LocalCommit", "Committed", "Sweep", "SweepCount",
    "Swept", "RecordQuery", "ProvidedView", "LaneSeed", "SetPartitions", "ClaimLanes",
    "LaneClaim", "ClaimedLane", "Release", "Expected", "Saved", "Scope", "KeyQuery", "KeyOrder",
    "RecordAt", "HintKeys", "Standing", "ItemChange", "Told", "ItemKey", "Contribution", "GatherQuery",
    "Gathering", "GatheredRow", "GatheredWrite", "GatheredCommit", "GatheredQuery",
    "LiveQuery", "Shed", "ShedWrite", "Left", "Shedding",
];

/// A field of what is shown, or a choice without any text.
#[rustfmt::skip]
const WITHIN: &[&str] = &[
    "Scopes", "Place", "Problem", "Problems", "Slot", "SlotKind", "SlotPlace", "SweepGuard", "SharedAccounts",
    "Mirrored", "Waiting", "CredentialField", "ClientAuth", "ReauthReason", "PassState",
    "PendingSweep", "Anonymous", "RetryPolicy", "ErrorRule", "Ended", "Announce", "PlanCounts",
    "PlannedChange", "PlannedPrivacy", "PlannedFetch", "PlannedScopes", "PlannedDeliveries", "CaseOutcome", "Redact",
    "Audience", "Absence",
    "OtherMeeting", "CandidateExplained", "CopyExplained", "DecidedExplained", "FailureExplained",
    "DeliveryExplained", "Delivered", "DeliveryStatus", "DeliveryTally", "DeliveryPolicy", "DeliverOptions",
    "LaneExplained", "PriorityExplained", "RuleExplained", "ToldExplained", "EntryExplained", "ProblemExplained", "PartitionExplained",
    "QuotaExplained", "Reads", "StreamExplained", "SubscriptionExplained",
];

/// The public types of which no value was shown.
pub(crate) fn forgotten(shown: &BTreeSet<String>) -> Vec<String> {
    let mut public = Vec::new();
    for folder in FOLDERS {
        read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut public);
    }
    assert!(public.len() > 100, "{public:?}");
    let excused = [ASKED_OF_STORES, WITHIN].concat();
    for name in &excused {
        assert!(public.iter().any(|known| known == name), "there is no {name} any more");
        assert!(!shown.contains(*name), "{name} is shown and needs no excuse");
    }
    public.retain(|name| !shown.contains(name) && !excused.contains(&name.as_str()));
    public
}

fn read(path: &Path, public: &mut Vec<String>) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            read(&entry.unwrap().path(), public);
        }
        return;
    }
    for line in std::fs::read_to_string(path).unwrap().lines() {
        let Some(rest) = ["pub struct ", "pub enum "].iter().find_map(|start| line.strip_prefix(start))
        else {
            continue;
        };
        public
            .push(rest.split(|char: char| !char.is_alphanumeric() && char != '_').next().unwrap().to_owned());
    }
}
