//! `because`: which clause dropped a meeting.

use acquaint::core::view::EventStatus;

use super::{decide, review};

#[tokio::test]
async fn a_dropped_meeting_names_the_clause_that_failed() {
    let rules = [
        ("{ title: QBR }", "keep.title"),
        ("{ title: { starts_with: q, ends_with: q } }", "keep.title"),
        ("{ title: { exists: true }, duration: { at_least: 1h }, kind: other }", "keep.duration"),
        ("{ all: [{ title: { exists: true } }, { duration: { at_least: 1h } }] }", "keep.all[1].duration"),
        ("{ all: [{ title: { exists: true }, kind: other }, { title: QBR }] }", "keep.all[0].kind"),
        (
            "{ all: [{ all: [{ kind: default }, { all: [{ title: QBR }] }] }] }",
            "keep.all[0].all[1].all[0].title",
        ),
        ("{ any: [{ title: QBR }, { kind: other }] }", "keep.any"),
        ("{ any: [] }", "keep.any"),
        ("{ all: [{ kind: default }, { any: [{ title: QBR }] }] }", "keep.all[1].any"),
        ("{ not: { title: { exists: true } } }", "keep.not"),
        ("{ not: { any: [{ kind: other }, { kind: default }] } }", "keep.not"),
        ("{ all: [{ not: { kind: default } }, { title: QBR }] }", "keep.all[0].not"),
        ("{ attendees: { some: { class: robot } } }", "keep.attendees"),
        ("{ attendees: { every: { all: [{ external: true }] } } }", "keep.attendees"),
        (
            "{ all: [{ attendees: { some: { external: true }, none: { external: true } } }] }",
            "keep.all[0].attendees",
        ),
        // What failed on the way to a clause that holds is not to blame.
        ("{ any: [{ title: QBR }, { kind: default }], duration: 1h }", "keep.duration"),
        ("{ not: { title: QBR }, main_account.name: Initech }", "keep.main_account.name"),
        ("{ attendees: { some: { class: external } }, all_day: true }", "keep.all_day"),
    ];
    for (rule, because) in rules {
        assert_eq!(decide(rule, &review()).await, Err(because.to_owned()), "{rule}");
    }
}

#[tokio::test]
async fn a_kept_meeting_blames_nobody() {
    for rule in ["{ all: [] }", "{ any: [{ title: QBR }, { kind: default }] }", "{ not: { title: QBR } }"] {
        assert_eq!(decide(rule, &review()).await, Ok(()), "{rule}");
    }
}

#[tokio::test]
async fn a_cancelled_meeting_is_dropped_whatever_the_rules_say() {
    let mut event = review();
    event.status = EventStatus::Cancelled;
    for rule in ["{ all: [] }", "{ status: cancelled }", "{ title: QBR }"] {
        assert_eq!(decide(rule, &event).await, Err("cancelled".to_owned()), "{rule}");
    }
}
