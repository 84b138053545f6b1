//! Proof that each check can fail: for every one a store that breaks its promise, and no other. The checks of the
//! token store have a proof of their own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod claims;
mod connections;
mod gather;
mod join;
mod key_hints;
mod opened;
mod outbox;
mod pages;
mod partitions;
mod record_keys;
mod retirement;
mod revisions;
mod shedding;
mod store;
mod subscriptions;
mod tokens;

use std::collections::BTreeSet;
use std::future::ready;
use std::sync::Arc;

use super::{Opener, own_checks, reopening_checks};
use crate::MemoryStore;
use opened::Broken;

macro_rules! defects {
    ($($defect:ident => $check:ident,)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        enum Defect { $($defect),* }

        /// Every defect, and the check that finds it.
        const DEFECTS: &[(Defect, &str)] = &[$((Defect::$defect, stringify!($check))),*];
    };
}

defects! {
    NullFillsSlot => a_tenant_stays_as_it_was_last_updated,
    TenantsRepeat => tenants_are_listed_page_by_page_in_order,
    UpdateDropsTheRevisionKey => an_update_of_a_tenant_marks_its_keys,
    UpdateTakesNoSeq => a_key_marked_again_by_an_update_has_moved,
    PutKeepsTheEmail => a_connection_put_again_replaces_the_first,
    ConnectionDropsKeys => a_connection_marks_the_keys_it_comes_with,
    RevisionIsOverwritten => a_revision_stays_as_it_was_first_put,
    RevisionsById => revisions_come_in_the_order_in_which_they_were_in_force,
    RevisionsPastLimit => revisions_come_in_the_order_in_which_they_were_in_force,
    InForceIsNotNoted => revisions_come_in_the_order_in_which_they_were_in_force,
    RevisionsOfAll => revisions_of_tenants_stay_apart,
    InForceIsNotedForAll => revisions_of_tenants_stay_apart,
    HoldIsLost => what_is_in_force_comes_back,
    AnnounceIsLost => what_is_in_force_comes_back,
    ExpectedIsIgnored => an_update_that_expects_another_standing_changes_nothing,
    SeqIsNotExpected => an_update_that_expects_another_standing_changes_nothing,
    UnexpectedMarks => an_update_that_expects_another_standing_changes_nothing,
    RevisionsFenceNobody => what_decides_otherwise_fences_the_join,
    SlotsFenceNobody => what_decides_otherwise_fences_the_join,
    FencesRepeat => what_decides_otherwise_fences_the_join,
    EveryUpdateFences => what_decides_alike_leaves_the_join,
    ConnectionsOfAll => connections_of_tenants_with_equal_ids_stay_apart,
    VersionsCountByTwo => the_version_of_a_connection_counts_its_writes,
    FirstVersionIsListed => the_version_of_a_connection_counts_its_writes,
    NewIsNotChecked => a_put_that_expects_another_version_changes_nothing,
    OlderVersionsWillDo => a_put_that_expects_another_version_changes_nothing,
    UnknownIsMade => a_put_that_expects_another_version_changes_nothing,
    ConflictMarks => a_put_that_expects_another_version_changes_nothing,
    PutInTwoSteps => of_sixteen_concurrent_puts_one_wins,

    HoldersReversed => grants_of_an_account_are_found_across_tenants,
    HoldersMustWork => grants_of_an_account_are_found_across_tenants,
    HoldersOfAnyAccount => grants_of_an_account_are_found_across_tenants,
    HoldersOfAnyConnector => grants_of_an_account_are_found_across_tenants,
    HoldersWithoutGrant => grants_of_an_account_are_found_across_tenants,
    EndedFromTheStartHold => grants_of_an_account_are_found_across_tenants,
    EndedLaterHold => a_connection_that_ends_leaves_the_account_free,
    BrokenGrantsAreFree => an_account_of_another_tenant_is_taken,
    TakenIsWritten => an_account_of_another_tenant_is_taken,
    TakenMarks => an_account_of_another_tenant_is_taken,
    OwnAccountIsTaken => a_tenant_may_connect_an_account_twice,
    EndedIsInTheWay => an_account_without_another_grant_is_free,
    GrantlessIsInTheWay => an_account_without_another_grant_is_free,
    ConnectorIsIgnored => an_account_without_another_grant_is_free,
    AccountIsIgnored => an_account_without_another_grant_is_free,
    AloneInTwoSteps => of_tenants_that_connect_an_account_at_once_one_wins,

    NoticesAreSorted => notices_come_with_the_write_they_tell_of,
    ConflictNotifies => notices_come_with_the_write_they_tell_of,
    TakenNotifies => notices_come_with_the_write_they_tell_of,
    NoticePositionsSkip => notice_positions_are_gap_free,
    NoticesRepeat => notices_are_read_on_from_a_position,
    NoticesOfAll => notices_of_tenants_stay_apart,

    RetirementKeepsFreeLanes => a_retired_connection_keeps_its_records_alone,
    RetirementKeepsPartitions => a_retired_connection_keeps_its_records_alone,
    RetirementTakesRecords => a_retired_connection_keeps_its_records_alone,
    RetirementKeepsHeldLanes => a_claim_on_a_retired_connection_is_fenced,
    RetirementRestartsFences => a_claim_on_a_retired_connection_is_fenced,
    ErasureIgnoresLimit => a_connection_is_erased_in_batches,
    ErasureSparesTombstones => a_connection_is_erased_in_batches,
    ErasureKeepsConnection => a_connection_is_erased_in_batches,
    ErasureTakesConnectionFirst => a_connection_is_erased_in_batches,
    ErasureMarksNothing => an_erasure_marks_what_the_records_provided,
    ErasureTakesNoSeq => an_erasure_marks_what_the_records_provided,
    EmptyErasureTakesSeq => an_erasure_marks_what_the_records_provided,
    ErasureTakesEqualKeys => an_erasure_touches_no_other_connection,
    ErasureCrossesTenants => an_erasure_touches_no_other_connection,
    ErasureTakesAllSubscriptions => an_erasure_touches_no_other_connection,
    ErasureTakesOthersSubscriptions => an_erasure_touches_no_other_connection,
    RetirementMakesTenants => retiring_what_is_not_there_does_nothing,
    ErasureForgetsVersions => a_connection_made_again_repeats_no_version,
    RetirementTakesSubscriptions => a_retired_connection_keeps_its_subscriptions,
    ErasureKeepsSubscriptions => subscriptions_go_with_their_connection,
    ErasureTakesSubscriptionsFirst => subscriptions_go_with_their_connection,

    UsedIsGood => a_ticket_is_taken_once,
    UsedIsUnknown => a_ticket_is_taken_once,
    UsedNeverExpires => a_ticket_is_taken_once,
    TakeInTwoSteps => of_sixteen_concurrent_takes_one_has_the_ticket,
    TicketsNeverExpire => an_expired_ticket_is_unknown,

    SeedsResetLanes => a_lane_that_exists_stays_as_it_is,
    LanesByDueTime => lanes_are_listed_in_order,
    ClaimsWhateverIsDue => a_claim_leaves_what_fell_due_after_its_work_began,
    ClaimsEarly => a_lane_is_claimed_when_it_is_due,
    ClaimsReversed => claims_come_in_order_of_due_time_and_id,
    ClaimsPastLimit => no_more_lanes_are_claimed_than_asked,
    EachIsIgnored => no_tenant_has_more_lanes_at_work_than_it_may,
    HeldLanesDoNotCount => no_tenant_has_more_lanes_at_work_than_it_may,
    LargeTenantsFirst => nobody_waits_for_a_tenant_with_many_lanes,
    WantedWaits => nobody_waits_for_a_tenant_with_many_lanes,
    ClaimIgnoresTenant => a_claim_for_one_tenant_takes_no_other_lanes,
    LeasesEndEarly => a_held_lane_is_claimed_by_nobody_else,
    LapsedIsFenced => a_lapsed_claim_that_nobody_took_still_works,
    RenewalDoesNothing => a_renewal_prolongs_the_lease,
    PageKeepsLease => a_page_prolongs_the_lease,
    ReleaseIsDueLate => a_released_lane_is_free_and_falls_due_again,
    ProgressLosesSweep => progress_comes_back_as_it_was_committed,
    ClaimNamesNoCommit => a_claim_names_the_newest_commit,

    WantForgetsNewLanes => a_wanted_lane_is_claimed_before_it_is_due,
    WantKeepsBackOff => a_want_lifts_a_back_off,
    LanesAtOnePlace => lanes_are_found_by_their_places,
    LanesAnywhere => lanes_elsewhere_are_not_found,
    HintLiftsBackOff => a_hint_leaves_a_back_off,
    HintIsForgotten => a_hinted_lane_is_claimed_before_it_is_due,
    HintsBreakBackOff => a_back_off_holds_even_if_hints_wait,
    ReleaseClearsAllHints => hints_that_arrive_during_a_claim_survive_its_release,
    ReleaseAlwaysClears => hints_stay_until_they_are_dealt_with,

    ToldIsNoHint => a_lane_that_is_told_of_a_record_is_claimed_before_it_is_due,
    ToldLiftsBackOff => what_is_told_of_records_leaves_a_back_off,
    ToldIsReversed => records_that_were_told_come_in_order_of_their_keys,
    ToldIgnoresLimit => records_that_were_told_come_in_order_of_their_keys,
    ToldForgetsSuccessors => records_that_were_told_come_in_order_of_their_keys,
    ToldShowsAll => what_is_told_after_a_claim_is_for_the_next,
    FirstReasonStays => a_record_that_is_told_again_waits_once,
    NoReasonClears => a_record_that_is_told_again_waits_once,
    NothingIsSettled => a_page_settles_the_records_that_it_names,
    EverythingIsSettled => a_page_settles_the_records_that_it_names,
    SettlesEveryLane => a_page_settles_the_records_that_it_names,
    SettlesWhatIsNew => a_record_that_is_told_anew_survives_its_settling,
    SettlesBeforeCompare => a_refused_page_settles_nothing,
    ToldUnfenced => a_fenced_worker_is_told_nothing,
    OverflowKeepsOld => if_too_many_would_wait_other_lanes_are_hinted_at,
    OverflowKeepsNew => if_too_many_would_wait_other_lanes_are_hinted_at,
    OverflowComesEarly => if_too_many_would_wait_other_lanes_are_hinted_at,
    RepeatsCountTwice => if_too_many_would_wait_other_lanes_are_hinted_at,
    OverflowHintsNobody => if_too_many_would_wait_other_lanes_are_hinted_at,
    OverflowHintsAll => if_too_many_would_wait_other_lanes_are_hinted_at,
    OverflowMakesLanes => if_too_many_would_wait_other_lanes_are_hinted_at,
    OverflowForgetsReasons => reasons_are_kept_if_too_many_would_wait,
    OverflowKeepsAll => reasons_are_kept_if_too_many_would_wait,
    ReasonsAreCounted => reasons_are_kept_if_too_many_would_wait,
    ReasonsWakeNobody => reasons_are_kept_if_too_many_would_wait,
    ReasonsWakeNobodyElse => reasons_are_kept_if_too_many_would_wait,
    UnknownLaneHintsOthers => what_is_told_to_an_unknown_lane_is_left_out,
    UnknownLaneIsMade => what_is_told_to_an_unknown_lane_is_left_out,
    UnknownLaneWaits => what_is_told_to_an_unknown_lane_is_left_out,
    ToldReachesTenants => what_lanes_are_told_stays_apart,
    ToldReachesConnections => what_lanes_are_told_stays_apart,
    OverflowForgetsConnections => what_lanes_are_told_stays_apart,
    OverflowWakesTenants => what_lanes_are_told_stays_apart,
    PartitionKeepsTold => a_partition_that_went_takes_along_what_its_lanes_were_told,
    RetirementKeepsTold => a_connection_that_ends_takes_along_what_its_lanes_were_told,
    ToldIsForgotten => told_records_are_there_after_reopening,

    RenewUnfenced => a_fenced_worker_renews_nothing,
    PageUnfenced => a_fenced_worker_commits_no_page,
    SettlesUnfenced => a_fenced_worker_commits_no_page,
    CountUnfenced => a_fenced_worker_counts_no_sweep,
    SweepUnfenced => a_fenced_worker_sweeps_nothing,
    ReleaseUnfenced => a_fenced_worker_releases_nothing,
    PartitionsUnfenced => a_fenced_worker_sets_no_partitions,
    SubscriptionUnfenced => a_fenced_worker_writes_no_subscription,
    FencesRestart => claims_on_a_lane_that_went_stay_fenced,
    BatchUnfenced => a_fenced_join_gets_no_batch,
    MeetingsUnfenced => a_fenced_join_commits_nothing,
    MarkedIsDecided => tenants_with_something_to_decide_are_found,
    RunOutIsDecided => tenants_with_something_to_decide_are_found,
    UndecidedFromTheStart => tenants_with_something_to_decide_are_found,
    UndecidedPastLimit => tenants_with_something_to_decide_are_found,
    JoinReleaseUnfenced => a_fenced_join_releases_nothing,

    NewPartitionsGetOneLane => a_new_partition_gets_its_lanes,
    DetailsAreKept => a_known_partition_keeps_its_place_and_gets_new_details,
    RetirementSaysDeleted => a_partition_that_went_takes_lanes_and_records_along,
    RetiresAllAtOnce => partitions_are_retired_in_batches,
    RetiresWhole => the_whole_partition_is_never_retired,
    RetiresEveryStream => retiring_touches_no_other_stream,
    PlacementIsLost => a_placement_is_kept_changed_and_taken_away,
    PlacementStays => a_placement_is_kept_changed_and_taken_away,
    ClaimForgetsPlacement => a_placement_is_kept_changed_and_taken_away,
    FollowsIsLost => what_a_partition_follows_is_kept_changed_and_taken_away,
    FollowsStays => what_a_partition_follows_is_kept_changed_and_taken_away,
    ClaimForgetsFollows => what_a_partition_follows_is_kept_changed_and_taken_away,
    FollowsIsForgotten => what_a_partition_follows_is_there_after_reopening,

    SubscriptionLosesItsEnd => a_subscription_is_found_by_its_id_alone,
    LongerIdsAreFound => a_subscription_is_found_by_its_id_alone,
    OneTenantIsNotified => a_subscription_is_found_by_its_id_alone,
    FirstSubscriptionWins => a_subscription_written_again_replaces_the_first,
    SubscriptionsReversed => subscriptions_are_listed_by_connection_in_order,
    SubscriptionsOfAnyConnection => subscriptions_are_listed_by_connection_in_order,
    SubscriptionsOfAnyTenant => subscriptions_of_tenants_stay_apart,
    IdsAreOverwritten => an_id_of_another_tenant_is_never_overwritten,
    TakenIdsAreSkipped => an_id_of_another_tenant_is_never_overwritten,
    ClaimsOfAnyConnectionWrite => a_claim_writes_no_subscription_of_another_connection,
    RemovedSubscriptionsStay => removing_a_subscription_again_does_nothing,
    SecondRemovalFails => removing_a_subscription_again_does_nothing,
    RemovalCrossesTenants => a_subscription_of_another_tenant_is_not_removed,
    SubscriptionsAreForgotten => subscriptions_are_there_after_reopening,
    SubscriptionsAreCached => a_subscription_is_seen_by_another_opening,

    RawIsTrimmed => a_page_commits_records_marks_and_progress,
    VersionIsNotCompared => a_page_that_follows_another_version_changes_nothing,
    RecordsBeforeCompare => a_page_that_follows_another_version_changes_nothing,
    OlderVersionsWin => an_older_version_is_refused,
    RefusedIsUnseen => a_refused_record_counts_as_seen,
    EqualVersionsLose => of_equal_or_absent_versions_the_later_wins,
    RewriteMarks => an_unchanged_rewrite_marks_nothing,
    OldKeysStayClean => a_change_marks_old_and_new_keys,
    KeysAreNotCompared => other_keys_alone_are_a_change,
    FirstWriteWins => the_later_write_of_a_page_wins,
    EmptyPageTakesSeq => a_page_without_writes_takes_no_seq,
    UnknownTombstoneTakesNoSeq => seqs_are_gap_free,
    ProblemIsLost => a_record_without_views_is_kept_with_the_reason,
    LocalMarksNothing => local_records_are_committed_like_a_page,

    TombstoneKeepsRaw => a_tombstone_keeps_neither_bytes_nor_keys,
    UnknownTombstonesAreKept => a_tombstone_of_an_unknown_record_leaves_nothing,
    LaterReasonWins => a_repeated_tombstone_changes_nothing,
    RepeatedTombstoneTouches => a_repeated_tombstone_changes_nothing,
    ErasedComesBack => what_was_erased_stays_erased,
    ErasedIsTouched => what_was_erased_stays_erased,
    FirstReasonBeatsErasure => an_erasure_overwrites_any_other_reason,
    LaterReasonBeatsErasure => an_erasure_overwrites_any_other_reason,
    ErasureStaysBehind => an_erasure_overwrites_any_other_reason,
    UnknownErasureIsLost => an_erasure_of_an_unknown_record_keeps_it_out,
    UnknownErasureCounts => an_erasure_of_an_unknown_record_keeps_it_out,
    TombstoneDropsVersion => a_tombstone_without_a_version_keeps_older_states_out,
    FirstTombstoneKeepsVersion => a_later_tombstone_keeps_out_what_is_older_than_it,
    ReturnMarksNothing => a_record_that_comes_back_is_live_again,
    AgedRecordsGo => an_aged_record_is_frozen,
    MovedRecordsStay => a_record_that_is_moved_out_of_the_window_goes,

    SweepSparesTheLastCommit => a_sweep_removes_what_the_baseline_has_not_seen,
    RewriteDoesNotTouch => an_unchanged_record_that_was_seen_is_not_swept,
    SweepMarksNothing => swept_records_are_tombstones_and_mark_their_keys,
    SweepIgnoresWindow => a_sweep_stays_in_its_window,
    SweepSparesSpanless => a_record_without_a_span_is_in_every_window,
    SweepIgnoresLimit => a_sweep_comes_in_batches,
    SweepLeavesPartition => a_sweep_stays_in_its_partition,
    EmptySweepTakesSeq => a_sweep_of_nothing_takes_no_seq,
    CountIgnoresWindow => a_count_says_what_a_sweep_would_do,

    ReferencesAreLoose => records_are_found_by_their_whole_reference,
    ScanRepeats => a_scan_goes_through_a_partition_in_key_order,
    KeysRepeat => keys_by_key_are_of_live_records,
    KeysPastLimit => keys_by_key_are_of_live_records,
    KeysOfGoneRecords => keys_by_key_are_of_live_records,
    CommitIsCutOff => keys_by_commit_go_on_where_a_page_ended,
    CommitsRepeat => keys_by_commit_go_on_where_a_page_ended,
    CommitIsIncluded => keys_by_commit_go_on_where_a_page_ended,
    CommitsByKey => keys_by_commit_go_on_where_a_page_ended,
    CommitsPastLimit => keys_by_commit_go_on_where_a_page_ended,
    DeletedAreLeftOut => keys_by_commit_are_of_gone_records_too,
    KeysLoseReasons => keys_by_commit_are_of_gone_records_too,
    KeysByChange => keys_by_commit_lie_where_they_were_last_brought,
    SweptStayBehind => keys_that_were_swept_lie_at_the_sweep,
    OrphansStayBehind => keys_that_were_swept_lie_at_the_sweep,
    KeysOfAnyTenant => keys_are_of_one_partition_alone,
    KeysOfAnyConnection => keys_are_of_one_partition_alone,
    KeysOfAnyStream => keys_are_of_one_partition_alone,
    KeysOfAnyPartition => keys_are_of_one_partition_alone,
    LiveOfAnyTenant => live_records_of_a_stream_come_by_partition_and_key,
    LiveOfAnyConnection => live_records_of_a_stream_come_by_partition_and_key,
    LiveOfAnyStream => live_records_of_a_stream_come_by_partition_and_key,
    LiveRepeats => live_records_of_a_stream_come_by_partition_and_key,
    LiveAreGone => live_records_of_a_stream_come_by_partition_and_key,
    EndedOfAnyTenant => what_ended_the_longest_ago_comes_first,
    EndIsIncluded => what_ended_the_longest_ago_comes_first,
    SpanlessEnded => what_ended_the_longest_ago_comes_first,
    EndedByReference => what_ended_the_longest_ago_comes_first,
    EndedAreGone => what_ended_the_longest_ago_comes_first,
    EndedPastLimit => what_ended_the_longest_ago_comes_first,
    AllAreNotUnderstood => records_that_could_not_be_viewed_are_found,
    NotUnderstoodRepeat => records_that_could_not_be_viewed_are_found,
    PartKeepsRaw => what_is_left_takes_the_place_of_what_was_there,
    PartTouches => what_is_left_takes_the_place_of_what_was_there,
    PartMarksNothing => what_is_left_takes_the_place_of_what_was_there,
    SamePartMarks => a_part_that_shows_the_same_marks_nothing,
    ShedLosesReasons => a_record_of_which_nothing_is_left_is_gone,
    ShedsWhatMoved => what_has_moved_since_it_was_read_is_not_shed,
    SheddingIsLost => how_far_the_mirror_was_gone_through_is_kept,
    ProvidingIsReversed => live_records_are_found_by_the_keys_they_provide,
    OldKeysProvide => a_changed_record_is_not_found_under_its_old_keys,

    JoinIsReentrant => one_worker_at_a_time_joins_a_tenant,
    CommitKeepsJoinLease => a_commit_of_meetings_prolongs_the_join,
    BatchClears => a_batch_changes_nothing,
    ClearsByKind => an_answered_mark_is_cleared,
    MovedMarkIsCleared => a_mark_that_moved_is_not_cleared,
    MovedMarkKeepsProgress => a_mark_that_moved_is_expanded_from_the_start,
    BatchNamesNoCommit => a_batch_names_the_newest_commit,

    MeetingKeysNeedAMeeting => a_meeting_key_names_its_identity,
    MissesAreNotKept => a_key_finds_the_meetings_that_looked_for_it,
    AllNeedReaders => a_key_that_concerns_all_finds_every_meeting,
    EveryChangeConcernsAll => a_key_that_concerns_all_is_marked_as_keys_come_and_go,
    BatchRepeats => an_identity_is_named_once,
    MarksByKey => marks_are_expanded_oldest_first,
    ExpansionIsNotResumed => a_key_with_many_meetings_is_expanded_in_batches,
    DecisionsHoldForEver => a_decision_that_ran_out_is_decided_again,
    ReadSetsGrow => a_new_decision_replaces_the_read_set,

    DescriptionIsLost => a_meeting_comes_back_as_it_was_decided,
    AnnouncedItemsAreLost => a_meeting_comes_back_as_it_was_decided,
    OneMeetingAnIdentity => meetings_are_found_by_identity,
    CopiesStay => meetings_are_found_by_copy,
    RemovedStays => a_removed_meeting_leaves_nothing_behind,
    MeetingsById => meetings_come_in_order_of_start_and_id,
    EndIsInclusive => meetings_are_chosen_by_time_and_outcome,
    QueryHasNoBound => a_query_without_a_limit_gives_a_thousand,

    EntryCarriesPresent => an_entry_carries_revision_and_content,
    EveryWriteIsAnnounced => a_decision_without_a_change_announces_nothing,
    RemovalIsSilent => a_removed_meeting_is_withdrawn_if_it_was_announced,
    PositionsSkip => feed_positions_are_gap_free,
    EntriesOldestFirst => the_entries_of_a_meeting_come_newest_first,
    EntriesOfAnyMeeting => the_entries_of_a_meeting_come_newest_first,
    EntriesOfItemsAreLeftOut => the_entries_of_a_meeting_come_newest_first,
    FeedRepeats => the_feed_is_read_on_from_a_position,
    ItemsHaveNoSection => an_item_has_an_entry_of_its_own,
    ItemsCarryPresent => an_item_has_an_entry_of_its_own,
    MeetingsGoFirst => items_come_after_their_meeting_and_go_before_it,
    MeetingsComeLast => items_come_after_their_meeting_and_go_before_it,
    RemovalForgetsItems => a_removed_meeting_withdraws_its_items,
    RemovalNeedsAMeeting => a_removed_meeting_withdraws_its_items,

    GatheringPastLimit => what_a_meeting_does_to_items_is_noted,
    MovedIsForgotten => what_a_meeting_does_to_items_is_noted,
    ChangesAreNotNoted => what_a_meeting_does_to_items_is_noted,
    EveryWriteIsNoted => what_a_meeting_does_to_items_is_noted,
    SilenceLeavesItems => what_a_meeting_does_to_items_is_noted,
    LookedAtStaysNoted => what_a_meeting_does_to_items_is_noted,
    LatestIsTheNext => an_item_gathers_its_meetings_in_order,
    RefusalsAreLost => an_item_comes_back_as_it_was_committed,
    ItemsAreNotDelivered => items_that_gather_meetings_are_delivered_too,
    StandingItemsAreNotOffered => items_that_gather_meetings_are_delivered_too,
    ItemsCountAlone => an_item_comes_back_as_it_was_committed,
    ItemsRunOutLate => an_item_that_ran_out_is_looked_at_again,
    ItemsRepeat => items_of_a_section_are_listed_by_key,
    GatheringUnfenced => a_fenced_join_gathers_nothing,
    GatheredUnfenced => a_fenced_join_gathers_nothing,
    NotedIsDecided => tenants_with_items_to_look_at_are_found,
    RunOutItemIsDecided => tenants_with_items_to_look_at_are_found,
    ItemsOfAll => items_of_tenants_with_equal_keys_stay_apart,

    RecordsCrossTenants => records_of_tenants_with_equal_ids_stay_apart,
    PagesMarkEverybody => changes_of_one_tenant_mark_nothing_of_another,
    MeetingCrossesTenants => meetings_of_tenants_with_equal_ids_stay_apart,
    WantReachesEverybody => lanes_of_tenants_with_equal_ids_stay_apart,

    OneDestinationIsServed => what_is_told_is_due_at_every_destination_in_force,
    DeliversBeforeCommit => a_refused_commit_delivers_nothing,
    NothingIsSuperseded => a_newer_snapshot_supersedes_an_undelivered_one,
    SupersessionLosesItsTurn => a_superseding_snapshot_takes_the_turn_of_the_older,
    PriorityIsLost => deliveries_come_by_priority_and_turn,
    ClaimsPastDeliveries => deliveries_come_by_priority_and_turn,
    DroppedIsKept => a_destination_named_no_more_loses_its_outbox,
    StandingIsNotOffered => a_destination_named_later_is_offered_what_stands,
    FirstSyncIsNews => what_was_there_before_is_backfill,
    DeliveriesRepeat => deliveries_are_listed_page_by_page,
    ClaimsForAnyTenant => deliveries_of_tenants_stay_apart,
    DeliveriesAreForgotten => deliveries_are_there_after_reopening,
    FlightsAreClaimed => a_delivery_in_flight_is_claimed_by_nobody_else,
    SupersessionFreesLease => what_changes_in_flight_waits_for_the_attempt,
    NewestIsSettled => what_changes_in_flight_waits_for_the_attempt,
    ChangesAreAdditions => a_change_is_told_by_what_was_delivered,
    LostOnCrash => an_attempt_that_is_lost_is_made_again,
    DeliveryUnfenced => a_fenced_delivery_is_not_settled,
    RetriesAtOnce => a_failed_delivery_waits_for_its_retry,
    FirstTenantFirst => no_tenant_waits_for_another,
    DeadIsTriedOn => a_dead_letter_blocks_nothing,
    DeadStayDead => a_dead_letter_blocks_nothing,
    NothingFalls => a_destination_that_is_down_is_probed,
    ProbesTogether => a_destination_that_is_down_is_probed,
    RecoveryIsSilent => a_destination_that_is_down_is_probed,
    RecoveryForgetsTheDead => a_recovered_destination_is_offered_its_dead_letters,
    BusyIsIgnored => a_destination_is_left_alone_if_it_asks,
    DeliveredIsPending => a_destination_says_how_much_there_is_for_it,
}

#[tokio::test]
async fn every_defect_fails_its_check_and_no_other() {
    let mut wrong = Vec::new();
    for (defect, expected) in DEFECTS {
        let mut failed = Vec::new();
        for check in own_checks() {
            if check.run(Arc::new(Broken::new(*defect))).await.is_err() {
                failed.push(check.name);
            }
        }
        for check in reopening_checks() {
            let place = MemoryStore::new();
            let opener = Opener::new(move || ready(Arc::new(Broken::open(&place, *defect))));
            if check.run(opener).await.is_err() {
                failed.push(check.name);
            }
        }
        if failed != [*expected] {
            wrong.push(format!("{defect:?} should fail {expected}, and fails {failed:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_check_has_a_defect_that_it_finds() {
    let found: BTreeSet<&str> = DEFECTS.iter().map(|(_, check)| *check).collect();
    let mut names: BTreeSet<&str> = own_checks().iter().map(|check| check.name).collect();
    names.extend(reopening_checks().iter().map(|check| check.name));
    assert_eq!(found, names);
}
