//! What every [`TokenStore`](acquaint_core::token::TokenStore) must pass: the promises of the trait's documentation,
//! each by one check or more.
//!
//! ```
//! use std::sync::Arc;
//!
//! async fn open() -> Arc<acquaint_testkit::MemoryStore> {
//!     Arc::default()
//! }
//!
//! acquaint_testkit::token_store_conformance!(open);
//! ```
//!
//! A store that keeps something should be opened more than once on the same place, as after a restart or by
//! another process. For that, give what makes a place and what opens a store in it:
//!
//! ```
//! use std::future::{Ready, ready};
//! use std::sync::Arc;
//!
//! use acquaint_testkit::MemoryStore;
//!
//! fn place() -> Ready<MemoryStore> {
//!     ready(MemoryStore::new())
//! }
//!
//! fn open(place: &MemoryStore) -> Ready<Arc<MemoryStore>> {
//!     ready(Arc::new(place.clone()))
//! }
//!
//! acquaint_testkit::token_store_conformance!(place, open);
//! ```
//!
//! Each check gets a store of its own, which must be empty. What it cannot see: that a value outlasts a power cut,
//! and that a call which fails leaves a whole value.
//!
//! [`store_conformance!`](crate::store_conformance) runs all of this, too.

#[cfg(test)]
mod broken;
mod check;
mod deletes;
mod drops;
mod listings;
mod names;
mod races;
mod reopening;
mod saves;
mod stage;
mod values;

pub use super::Outcome;
pub use check::{Check, Opener, Subject};
pub use deletes::*;
pub use drops::*;
pub use listings::*;
pub use names::*;
pub use races::*;
pub use reopening::*;
pub use saves::*;
pub use values::*;

use check::Run;

/// Calls a macro with some tokens and the names of the checks that need one store.
#[doc(hidden)]
#[macro_export]
macro_rules! __token_store_checks {
    ($callback:ident $tokens:tt) => {
        $crate::$callback! {
            $tokens
            a_save_that_expects_something_else_changes_nothing
            every_save_gives_a_version_of_its_own
            a_version_never_comes_back_after_a_delete
            a_load_writes_nothing
            of_sixteen_concurrent_first_saves_one_wins
            of_sixteen_concurrent_saves_one_wins
            a_counter_of_sixty_four_tasks_loses_nothing
            concurrent_saves_of_different_keys_are_all_stored
            loads_during_saves_see_whole_values
            a_credential_comes_back_byte_for_byte
            an_empty_credential_is_no_absence
            a_credential_of_sixty_four_kibibytes_comes_back
            a_name_may_hold_any_character
            names_that_differ_a_little_are_different
            a_separator_in_a_name_moves_no_boundary
            a_long_name_is_not_cut
            grants_of_tenants_with_equal_ids_stay_apart
            a_delete_says_whether_there_was_anything
            a_delete_leaves_other_grants
            a_deleted_grant_is_saved_as_an_absent_one
            of_sixteen_concurrent_deletes_one_removes
            a_save_that_races_a_delete_brings_nothing_back
            grants_are_listed_page_by_page_in_key_order
            names_are_ordered_by_their_bytes
            a_listing_of_one_tenant_names_no_other
            a_listing_of_one_tenant_goes_on_after_any_key
            a_listing_goes_on_after_a_key_that_is_gone
            a_deleted_grant_is_not_listed
            a_limit_of_nothing_names_nothing
            a_limit_may_be_as_large_as_a_number_can_be
            a_listing_during_saves_names_all_that_stays
            a_dropped_save_has_happened_or_not
            a_dropped_delete_has_happened_or_not
        }
    };
}

/// Calls a macro with some tokens and the names of the checks that open a store more than once.
#[doc(hidden)]
#[macro_export]
macro_rules! __token_store_reopening_checks {
    ($callback:ident $tokens:tt) => {
        $crate::$callback! {
            $tokens
            what_was_stored_is_there_after_reopening
            what_was_deleted_stays_gone_after_reopening
            a_version_never_comes_back_after_reopening
            what_one_opening_does_is_seen_by_the_other
            of_saves_by_two_openings_one_wins
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __token_store_check_list {
    ([$kind:ident] $($name:ident)*) => {
        vec![$(Check {
            name: stringify!($name),
            run: Run::$kind(|subject| Box::pin($name(subject))),
        }),*]
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __token_store_check_tests {
    ([$make:expr] $($name:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name() -> $crate::conformance::Outcome {
                let made = $make().await;
                let store = $crate::conformance::token_store::Subject::store(&made);
                $crate::conformance::token_store::$name(store).await
            }
        )*
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __token_store_reopening_tests {
    ([$place:expr, $open:expr] $($name:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name() -> $crate::conformance::Outcome {
                let place = ::std::sync::Arc::new($place().await);
                let opener = $crate::conformance::token_store::Opener::new(move || {
                    let place = ::std::sync::Arc::clone(&place);
                    async move { $open(&*place).await }
                });
                $crate::conformance::token_store::$name(opener).await
            }
        )*
    };
}

/// Makes a `#[tokio::test]` of every check in [`conformance::token_store`](crate::conformance::token_store).
///
/// With one argument: it is called without arguments, gives a future, and that an empty store: an `Arc` of it
/// (`Arc<dyn TokenStore>` for instance), or a pair of that and whatever must live as long, such as a directory.
/// The checks that open a store more than once are left out.
///
/// With two: the first is called without arguments, gives a future, and that a place where nothing is kept yet,
/// such as a temporary directory. The second is called with a reference to a place, gives a future, and that a
/// store in it, as above. It is called several times on one place, at one time and one after the other.
///
/// The tests run on several threads: the crate that calls this needs `tokio` with `macros` and `rt-multi-thread`.
#[macro_export]
macro_rules! token_store_conformance {
    ($make:expr) => {
        $crate::__token_store_checks! { __token_store_check_tests [$make] }
    };
    ($place:expr, $open:expr) => {
        $crate::token_store_conformance!($crate::__in_a_place!($place, $open));
        $crate::__token_store_reopening_checks! { __token_store_reopening_tests [$place, $open] }
    };
}

/// Makes a place, opens a store in it, and gives both.
#[doc(hidden)]
#[macro_export]
macro_rules! __in_a_place {
    ($place:expr, $open:expr) => {
        (async || {
            let place = $place().await;
            let made = $open(&place).await;
            (made, place)
        })
    };
}

/// All checks of the suite, for those who run them in their own way.
pub fn checks() -> Vec<Check> {
    let mut checks: Vec<Check> = crate::__token_store_checks! { __token_store_check_list [Fresh] };
    checks.extend(crate::__token_store_reopening_checks! { __token_store_check_list [Reopening] });
    checks
}
