//! What every [`Store`](acquaint_core::store::Store) must pass.
//!
//! ```
//! use std::sync::Arc;
//!
//! async fn open() -> Arc<acquaint_testkit::MemoryStore> {
//!     Arc::default()
//! }
//!
//! acquaint_testkit::store_conformance!(open);
//! ```
//!
//! Each check gets a store of its own, which must be empty. Instants are whole milliseconds. The checks of
//! [`token_store`](super::token_store) belong to this suite, too.

mod attempts;
#[cfg(test)]
mod broken;
mod check;
mod claims;
mod connections;
mod expansion;
mod fairness;
mod feed;
mod fences;
mod gather;
mod grants;
mod hints;
mod isolation;
mod key_hints;
mod marks;
mod meetings;
mod notices;
mod outbox;
mod pages;
mod partitions;
mod reads;
mod record_keys;
mod reopening;
mod retirement;
mod revisions;
mod shedding;
mod stage;
mod subscriptions;
mod sweeps;
mod tenants;
mod tickets;
mod tombstones;

pub use super::Outcome;
pub use attempts::*;
pub use check::{Check, ReopeningCheck, Subject};
pub use claims::*;
pub use connections::*;
pub use expansion::*;
pub use fairness::*;
pub use feed::*;
pub use fences::*;
pub use gather::*;
pub use grants::*;
pub use hints::*;
pub use isolation::*;
pub use key_hints::*;
pub use marks::*;
pub use meetings::*;
pub use notices::*;
pub use outbox::*;
pub use pages::*;
pub use partitions::*;
pub use reads::*;
pub use record_keys::*;
pub use reopening::*;
pub use retirement::*;
pub use revisions::*;
pub use shedding::*;
pub use subscriptions::*;
pub use sweeps::*;
pub use tenants::*;
pub use tickets::*;
pub use tombstones::*;

/// Calls a macro with some tokens and the names of the checks that need one store, but those of the token store.
#[doc(hidden)]
#[macro_export]
macro_rules! __store_checks {
    ($callback:ident $tokens:tt) => {
        $crate::$callback! {
            $tokens
            a_tenant_stays_as_it_was_last_updated
            tenants_are_listed_page_by_page_in_order
            an_update_of_a_tenant_marks_its_keys
            a_key_marked_again_by_an_update_has_moved
            a_revision_stays_as_it_was_first_put
            revisions_come_in_the_order_in_which_they_were_in_force
            revisions_of_tenants_stay_apart
            what_is_in_force_comes_back
            an_update_that_expects_another_standing_changes_nothing
            what_decides_otherwise_fences_the_join
            what_decides_alike_leaves_the_join
            a_connection_put_again_replaces_the_first
            a_connection_marks_the_keys_it_comes_with
            connections_of_tenants_with_equal_ids_stay_apart
            the_version_of_a_connection_counts_its_writes
            a_put_that_expects_another_version_changes_nothing
            of_sixteen_concurrent_puts_one_wins
            grants_of_an_account_are_found_across_tenants
            a_connection_that_ends_leaves_the_account_free
            an_account_of_another_tenant_is_taken
            a_tenant_may_connect_an_account_twice
            an_account_without_another_grant_is_free
            of_tenants_that_connect_an_account_at_once_one_wins
            notices_come_with_the_write_they_tell_of
            notice_positions_are_gap_free
            notices_are_read_on_from_a_position
            notices_of_tenants_stay_apart
            a_retired_connection_keeps_its_records_alone
            a_claim_on_a_retired_connection_is_fenced
            a_connection_is_erased_in_batches
            an_erasure_marks_what_the_records_provided
            an_erasure_touches_no_other_connection
            retiring_what_is_not_there_does_nothing
            a_connection_made_again_repeats_no_version
            a_retired_connection_keeps_its_subscriptions
            subscriptions_go_with_their_connection
            a_ticket_is_taken_once
            of_sixteen_concurrent_takes_one_has_the_ticket
            an_expired_ticket_is_unknown
            a_lane_that_exists_stays_as_it_is
            lanes_are_listed_in_order
            a_lane_is_claimed_when_it_is_due
            a_claim_leaves_what_fell_due_after_its_work_began
            claims_come_in_order_of_due_time_and_id
            no_more_lanes_are_claimed_than_asked
            a_claim_for_one_tenant_takes_no_other_lanes
            nobody_waits_for_a_tenant_with_many_lanes
            no_tenant_has_more_lanes_at_work_than_it_may
            a_held_lane_is_claimed_by_nobody_else
            a_lapsed_claim_that_nobody_took_still_works
            a_renewal_prolongs_the_lease
            a_page_prolongs_the_lease
            a_released_lane_is_free_and_falls_due_again
            progress_comes_back_as_it_was_committed
            a_claim_names_the_newest_commit
            a_wanted_lane_is_claimed_before_it_is_due
            a_want_lifts_a_back_off
            lanes_are_found_by_their_places
            lanes_elsewhere_are_not_found
            a_hint_leaves_a_back_off
            a_hinted_lane_is_claimed_before_it_is_due
            a_back_off_holds_even_if_hints_wait
            hints_that_arrive_during_a_claim_survive_its_release
            hints_stay_until_they_are_dealt_with
            a_lane_that_is_told_of_a_record_is_claimed_before_it_is_due
            what_is_told_of_records_leaves_a_back_off
            records_that_were_told_come_in_order_of_their_keys
            what_is_told_after_a_claim_is_for_the_next
            a_record_that_is_told_again_waits_once
            a_page_settles_the_records_that_it_names
            a_record_that_is_told_anew_survives_its_settling
            a_refused_page_settles_nothing
            a_fenced_worker_is_told_nothing
            if_too_many_would_wait_other_lanes_are_hinted_at
            reasons_are_kept_if_too_many_would_wait
            what_is_told_to_an_unknown_lane_is_left_out
            what_lanes_are_told_stays_apart
            a_partition_that_went_takes_along_what_its_lanes_were_told
            a_connection_that_ends_takes_along_what_its_lanes_were_told
            a_fenced_worker_renews_nothing
            a_fenced_worker_commits_no_page
            a_fenced_worker_counts_no_sweep
            a_fenced_worker_sweeps_nothing
            a_fenced_worker_releases_nothing
            a_fenced_worker_sets_no_partitions
            a_fenced_worker_writes_no_subscription
            claims_on_a_lane_that_went_stay_fenced
            a_fenced_join_gets_no_batch
            a_fenced_join_commits_nothing
            a_fenced_join_releases_nothing
            a_new_partition_gets_its_lanes
            a_known_partition_keeps_its_place_and_gets_new_details
            a_partition_that_went_takes_lanes_and_records_along
            partitions_are_retired_in_batches
            the_whole_partition_is_never_retired
            retiring_touches_no_other_stream
            a_placement_is_kept_changed_and_taken_away
            what_a_partition_follows_is_kept_changed_and_taken_away
            a_subscription_is_found_by_its_id_alone
            a_subscription_written_again_replaces_the_first
            subscriptions_are_listed_by_connection_in_order
            subscriptions_of_tenants_stay_apart
            an_id_of_another_tenant_is_never_overwritten
            a_claim_writes_no_subscription_of_another_connection
            removing_a_subscription_again_does_nothing
            a_subscription_of_another_tenant_is_not_removed
            a_page_commits_records_marks_and_progress
            a_page_that_follows_another_version_changes_nothing
            an_older_version_is_refused
            a_refused_record_counts_as_seen
            of_equal_or_absent_versions_the_later_wins
            an_unchanged_rewrite_marks_nothing
            a_change_marks_old_and_new_keys
            other_keys_alone_are_a_change
            the_later_write_of_a_page_wins
            a_page_without_writes_takes_no_seq
            seqs_are_gap_free
            a_record_without_views_is_kept_with_the_reason
            local_records_are_committed_like_a_page
            a_tombstone_keeps_neither_bytes_nor_keys
            a_tombstone_of_an_unknown_record_leaves_nothing
            a_repeated_tombstone_changes_nothing
            what_was_erased_stays_erased
            an_erasure_overwrites_any_other_reason
            an_erasure_of_an_unknown_record_keeps_it_out
            a_tombstone_without_a_version_keeps_older_states_out
            a_later_tombstone_keeps_out_what_is_older_than_it
            a_record_that_comes_back_is_live_again
            an_aged_record_is_frozen
            a_record_that_is_moved_out_of_the_window_goes
            a_sweep_removes_what_the_baseline_has_not_seen
            an_unchanged_record_that_was_seen_is_not_swept
            swept_records_are_tombstones_and_mark_their_keys
            a_sweep_stays_in_its_window
            a_record_without_a_span_is_in_every_window
            a_sweep_comes_in_batches
            a_sweep_stays_in_its_partition
            a_sweep_of_nothing_takes_no_seq
            a_count_says_what_a_sweep_would_do
            records_are_found_by_their_whole_reference
            a_scan_goes_through_a_partition_in_key_order
            keys_by_key_are_of_live_records
            keys_by_commit_go_on_where_a_page_ended
            keys_by_commit_are_of_gone_records_too
            keys_by_commit_lie_where_they_were_last_brought
            keys_that_were_swept_lie_at_the_sweep
            keys_are_of_one_partition_alone
            live_records_of_a_stream_come_by_partition_and_key
            what_ended_the_longest_ago_comes_first
            records_that_could_not_be_viewed_are_found
            what_is_left_takes_the_place_of_what_was_there
            a_part_that_shows_the_same_marks_nothing
            a_record_of_which_nothing_is_left_is_gone
            what_has_moved_since_it_was_read_is_not_shed
            how_far_the_mirror_was_gone_through_is_kept
            live_records_are_found_by_the_keys_they_provide
            a_changed_record_is_not_found_under_its_old_keys
            one_worker_at_a_time_joins_a_tenant
            tenants_with_something_to_decide_are_found
            a_commit_of_meetings_prolongs_the_join
            a_batch_changes_nothing
            an_answered_mark_is_cleared
            a_mark_that_moved_is_not_cleared
            a_mark_that_moved_is_expanded_from_the_start
            a_batch_names_the_newest_commit
            a_meeting_key_names_its_identity
            a_key_finds_the_meetings_that_looked_for_it
            a_key_that_concerns_all_finds_every_meeting
            a_key_that_concerns_all_is_marked_as_keys_come_and_go
            an_identity_is_named_once
            marks_are_expanded_oldest_first
            a_key_with_many_meetings_is_expanded_in_batches
            a_decision_that_ran_out_is_decided_again
            a_new_decision_replaces_the_read_set
            a_meeting_comes_back_as_it_was_decided
            meetings_are_found_by_identity
            meetings_are_found_by_copy
            a_removed_meeting_leaves_nothing_behind
            meetings_come_in_order_of_start_and_id
            meetings_are_chosen_by_time_and_outcome
            a_query_without_a_limit_gives_a_thousand
            an_entry_carries_revision_and_content
            a_decision_without_a_change_announces_nothing
            a_removed_meeting_is_withdrawn_if_it_was_announced
            feed_positions_are_gap_free
            the_feed_is_read_on_from_a_position
            the_entries_of_a_meeting_come_newest_first
            an_item_has_an_entry_of_its_own
            items_come_after_their_meeting_and_go_before_it
            a_removed_meeting_withdraws_its_items
            what_a_meeting_does_to_items_is_noted
            an_item_gathers_its_meetings_in_order
            items_that_gather_meetings_are_delivered_too
            an_item_comes_back_as_it_was_committed
            an_item_that_ran_out_is_looked_at_again
            items_of_a_section_are_listed_by_key
            a_fenced_join_gathers_nothing
            items_of_tenants_with_equal_keys_stay_apart
            tenants_with_items_to_look_at_are_found
            records_of_tenants_with_equal_ids_stay_apart
            changes_of_one_tenant_mark_nothing_of_another
            meetings_of_tenants_with_equal_ids_stay_apart
            lanes_of_tenants_with_equal_ids_stay_apart
            what_is_told_is_due_at_every_destination_in_force
            a_refused_commit_delivers_nothing
            a_newer_snapshot_supersedes_an_undelivered_one
            a_superseding_snapshot_takes_the_turn_of_the_older
            deliveries_come_by_priority_and_turn
            a_destination_named_no_more_loses_its_outbox
            a_destination_named_later_is_offered_what_stands
            what_was_there_before_is_backfill
            deliveries_are_listed_page_by_page
            deliveries_of_tenants_stay_apart
            a_delivery_in_flight_is_claimed_by_nobody_else
            what_changes_in_flight_waits_for_the_attempt
            a_change_is_told_by_what_was_delivered
            an_attempt_that_is_lost_is_made_again
            a_fenced_delivery_is_not_settled
            a_failed_delivery_waits_for_its_retry
            no_tenant_waits_for_another
            a_dead_letter_blocks_nothing
            a_destination_that_is_down_is_probed
            a_recovered_destination_is_offered_its_dead_letters
            a_destination_is_left_alone_if_it_asks
            a_destination_says_how_much_there_is_for_it
        }
    };
}

/// Calls a macro with some tokens and the names of the checks that open a store more than once, but those of the token
/// store.
#[doc(hidden)]
#[macro_export]
macro_rules! __store_reopening_checks {
    ($callback:ident $tokens:tt) => {
        $crate::$callback! {
            $tokens
            subscriptions_are_there_after_reopening
            a_subscription_is_seen_by_another_opening
            told_records_are_there_after_reopening
            what_a_partition_follows_is_there_after_reopening
            deliveries_are_there_after_reopening
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __store_check_list {
    ([$suite:ident] $($name:ident)*) => {
        vec![$($crate::conformance::store::Check {
            name: stringify!($name),
            run: |store| Box::pin($crate::conformance::$suite::$name(store)),
        }),*]
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __store_reopening_list {
    ([] $($name:ident)*) => {
        vec![$($crate::conformance::store::ReopeningCheck {
            name: stringify!($name),
            run: |opener| Box::pin($crate::conformance::store::$name(opener)),
        }),*]
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __store_check_tests {
    ([$make:expr] $($name:ident)*) => {
        $(
            #[tokio::test]
            async fn $name() -> $crate::conformance::Outcome {
                let made = $make().await;
                let store = $crate::conformance::store::Subject::store(&made);
                $crate::conformance::store::$name(store).await
            }
        )*
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __store_reopening_tests {
    ([$place:expr, $open:expr] $($name:ident)*) => {
        $(
            #[tokio::test]
            async fn $name() -> $crate::conformance::Outcome {
                let place = ::std::sync::Arc::new($place().await);
                let opener = $crate::conformance::store::Opener::new(move || {
                    let place = ::std::sync::Arc::clone(&place);
                    async move { $open(&*place).await }
                });
                $crate::conformance::store::$name(opener).await
            }
        )*
    };
}

/// Makes a `#[tokio::test]` of every check in [`conformance::store`](crate::conformance::store) and of every one
/// in [`conformance::token_store`](crate::conformance::token_store).
///
/// With one argument: it is called without arguments, gives a future, and that an empty store: an `Arc` of it, or
/// a pair of that and whatever must live as long, such as a directory. The checks that open a store more than once
/// are left out.
///
/// With two: the first is called without arguments, gives a future, and that a place where nothing is kept yet,
/// such as a temporary directory. The second is called with a reference to a place, gives a future, and that a
/// store in it, as above. It is called several times on one place, at one time and one after the other.
///
/// The crate that calls this needs `tokio` with `macros` and `rt-multi-thread`.
#[macro_export]
macro_rules! store_conformance {
    ($make:expr) => {
        $crate::__store_checks! { __store_check_tests [$make] }
        $crate::token_store_conformance!($make);
    };
    ($place:expr, $open:expr) => {
        $crate::__store_checks! { __store_check_tests [$crate::__in_a_place!($place, $open)] }
        $crate::__store_reopening_checks! { __store_reopening_tests [$place, $open] }
        $crate::token_store_conformance!($place, $open);
    };
}

/// All checks of the suite that need one store, for those who run them in their own way.
pub fn checks() -> Vec<Check> {
    let mut checks = own_checks();
    checks.extend::<Vec<Check>>(crate::__token_store_checks! { __store_check_list [token_store] });
    checks
}

/// All checks of the suite that open a store more than once, but those of the token store.
pub fn reopening_checks() -> Vec<ReopeningCheck> {
    crate::__store_reopening_checks! { __store_reopening_list [] }
}

/// The checks that need one store, but those of the token store.
fn own_checks() -> Vec<Check> {
    crate::__store_checks! { __store_check_list [store] }
}
