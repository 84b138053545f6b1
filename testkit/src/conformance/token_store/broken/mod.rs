//! Proof that each check can fail: for every one a token store that breaks its promise, and no other.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod list;
mod store;

use std::collections::{BTreeMap, BTreeSet};
use std::future::ready;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use acquaint_core::Result;
use acquaint_core::token::{Expected, GrantKey, Saved, Sealed, TokenStore, Versioned};

use super::{Opener, checks};
use crate::MemoryStore;

/// What a broken store keeps, be it open or not.
#[derive(Debug, Default)]
struct Place {
    inner: MemoryStore,
    opened: AtomicUsize,
    /// Held by one call at a time.
    turn: tokio::sync::Mutex<()>,
    deleted: Mutex<BTreeMap<GrantKey, Versioned<Sealed>>>,
    /// Keys that were loaded, though nothing was there.
    missed: Mutex<BTreeSet<GrantKey>>,
    /// How often a key was loaded since it was last saved.
    loads: Mutex<BTreeMap<GrantKey, usize>>,
    /// What loads see while a save is under way.
    torn: Mutex<Option<(GrantKey, Sealed)>>,
    /// The last key of the last page, and how many keys there were up to it.
    position: Mutex<Option<(GrantKey, usize)>>,
}

/// A memory store with one defect.
#[derive(Debug)]
struct Broken {
    place: Arc<Place>,
    defect: Defect,
    turn: tokio::sync::Mutex<()>,
    saves: AtomicUsize,
    cache: Mutex<BTreeMap<GrantKey, Versioned<Sealed>>>,
}

impl Broken {
    fn open(place: &Arc<Place>, defect: Defect) -> Self {
        place.opened.fetch_add(1, Ordering::SeqCst);
        Self {
            place: place.clone(),
            defect,
            turn: tokio::sync::Mutex::default(),
            saves: AtomicUsize::default(),
            cache: Mutex::default(),
        }
    }

    fn is(&self, defect: Defect) -> bool {
        self.defect == defect
    }

    /// Saves over whatever is there.
    async fn overwrite(&self, key: &GrantKey, value: &Sealed) -> Result<Saved> {
        let found = self.expected(key).await?;
        self.place.inner.save(key, value, found).await
    }

    /// What a save must expect at present.
    async fn expected(&self, key: &GrantKey) -> Result<Expected> {
        let found = self.place.inner.load(key).await?;
        Ok(found.map_or(Expected::Absent, |found| Expected::Version(found.version)))
    }
}

impl Drop for Broken {
    fn drop(&mut self) {
        if self.place.opened.fetch_sub(1, Ordering::SeqCst) > 1 {
            return;
        }
        let mut state = self.place.inner.state();
        match self.defect {
            Defect::SavesAreForgotten => state.tokens.values.clear(),
            Defect::DeletesAreForgotten => {
                let deleted = std::mem::take(&mut *self.place.deleted.lock().unwrap());
                for (key, value) in deleted {
                    state.tokens.values.entry(key).or_insert(value);
                }
            }
            Defect::VersionsAreForgotten => {
                let live = state.tokens.values.iter().map(|(key, value)| (key.clone(), value.version));
                state.tokens.versions = live.collect();
            }
            _ => {}
        }
    }
}

macro_rules! defects {
    ($($defect:ident => $check:ident,)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        enum Defect { $($defect),* }

        /// Every defect, and the check that finds it.
        const DEFECTS: &[(Defect, &str)] = &[$((Defect::$defect, stringify!($check))),*];
    };
}

defects! {
    NewerVersionsFit => a_save_that_expects_something_else_changes_nothing,
    UnknownKeysFitAnything => a_save_that_expects_something_else_changes_nothing,
    VersionsFollowValues => every_save_gives_a_version_of_its_own,
    VersionsRestart => a_version_never_comes_back_after_a_delete,
    LoadsAreCounted => a_load_writes_nothing,
    LoadsMakeKeys => a_load_writes_nothing,

    FirstSavesInTwoSteps => of_sixteen_concurrent_first_saves_one_wins,
    LargeSavesInTwoSteps => of_sixteen_concurrent_saves_one_wins,
    EqualValuesAreStored => a_counter_of_sixty_four_tasks_loses_nothing,
    OneVersionForAll => concurrent_saves_of_different_keys_are_all_stored,
    LoadsAreTorn => loads_during_saves_see_whole_values,

    CredentialsAreText => a_credential_comes_back_byte_for_byte,
    EmptyIsAbsent => an_empty_credential_is_no_absence,
    LongValuesAreCut => a_credential_of_sixty_four_kibibytes_comes_back,

    NamesEndAtNul => a_name_may_hold_any_character,
    NamesIgnoreCase => names_that_differ_a_little_are_different,
    NamesAreJoined => a_separator_in_a_name_moves_no_boundary,
    LongNamesAreCut => a_long_name_is_not_cut,
    LoadCrossesTenants => grants_of_tenants_with_equal_ids_stay_apart,

    DeleteAlwaysFinds => a_delete_says_whether_there_was_anything,
    DeletesByPrefix => a_delete_leaves_other_grants,
    DeletedVersionsFit => a_deleted_grant_is_saved_as_an_absent_one,
    DeletesInTwoSteps => of_sixteen_concurrent_deletes_one_removes,
    SavesBringBack => a_save_that_races_a_delete_brings_nothing_back,

    ListRepeats => grants_are_listed_page_by_page_in_key_order,
    LaterPagesAreShort => grants_are_listed_page_by_page_in_key_order,
    ListedAsUtf16 => names_are_ordered_by_their_bytes,
    ScopeIsIgnored => a_listing_of_one_tenant_names_no_other,
    AfterForgetsItsTenant => a_listing_of_one_tenant_goes_on_after_any_key,
    AfterMustExist => a_listing_goes_on_after_a_key_that_is_gone,
    DeletedAreListed => a_deleted_grant_is_not_listed,
    ZeroIsNoLimit => a_limit_of_nothing_names_nothing,
    LimitsOverflow => a_limit_may_be_as_large_as_a_number_can_be,
    ListedByPosition => a_listing_during_saves_names_all_that_stays,

    DroppedSavesLoseTheOld => a_dropped_save_has_happened_or_not,
    DroppedDeletesLeaveHalf => a_dropped_delete_has_happened_or_not,

    SavesAreForgotten => what_was_stored_is_there_after_reopening,
    DeletesAreForgotten => what_was_deleted_stays_gone_after_reopening,
    VersionsAreForgotten => a_version_never_comes_back_after_reopening,
    OpeningsCache => what_one_opening_does_is_seen_by_the_other,
    LocksAreLocal => of_saves_by_two_openings_one_wins,
}

#[tokio::test]
async fn every_defect_fails_its_check_and_no_other() {
    let mut wrong = Vec::new();
    for (defect, expected) in DEFECTS {
        let mut failed = Vec::new();
        for check in checks() {
            let place = Arc::new(Place::default());
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
    let names: BTreeSet<&str> = checks().iter().map(|check| check.name).collect();
    assert_eq!(found, names);
}
