//! Random histories of a CRM, read by the whole system: whatever people make, change, link, merge, archive and erase, in the end
//! the mirror is what the provider shows: under an index that lags and shuffles, refusals, and crashes.
//!
//! `PROPTEST_CASES` sets the number of histories.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "crm_histories/check.rs"]
mod check;
#[path = "history/clock.rs"]
#[allow(unreachable_pub)]
mod clock;
#[path = "crm_histories/edit.rs"]
mod edit;
#[path = "crm_histories/scene.rs"]
mod scene;

use std::sync::Arc;

use acquaint::Sqlite;
use acquaint::core::store::Store;
use acquaint_testkit::MemoryStore;
use edit::{Edit, edits};
use proptest::collection::vec;
use proptest::prelude::*;
use scene::{Scene, Setting, Step, Trouble};

fn step() -> impl Strategy<Value = Step> {
    let trouble =
        prop_oneof![Just(Trouble::Burst), Just(Trouble::Search), Just(Trouble::Down), Just(Trouble::Locked)];
    prop_oneof![
        8 => vec(edits(), 1..5).prop_map(Step::Edit),
        3 => (1..30_i64).prop_map(Step::Sync),
        1 => (60..9 * 60_i64).prop_map(Step::Sync),
        2 => (0..12_usize, vec(edits(), 1..4)).prop_map(|(nth, edits)| Step::During(nth, edits)),
        1 => (trouble, 0..10_usize, 1..3_usize).prop_map(|(what, skip, times)| Step::Trouble { what, skip, times }),
        1 => (0..12_usize).prop_map(Step::Crash),
        1 => any::<u64>().prop_map(Step::Shuffle),
    ]
}

fn setting() -> impl Strategy<Value = Setting> {
    let lag = prop_oneof![3 => Just(0), 2 => Just(3), 2 => Just(45), 1 => Just(40 * 60)];
    (lag, 1..5_usize, any::<bool>(), any::<bool>()).prop_map(|(lag, page, touch, follow)| Setting {
        lag,
        page,
        associations_touch: touch,
        batches_follow_merges: follow,
        told: false,
    })
}

fn live(store: Arc<dyn Store>, setting: Setting, steps: &[Step]) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut scene = Scene::open(store, setting).await;
        for step in steps {
            scene.step(step).await;
        }
        scene.catch_up().await;
        check::records_are_truth(&scene).await;
        scene.settle().await;
        check::records_are_truth(&scene).await;
        check::everything_is_truth(&scene).await;
        scene.assert_quiet().await;
    });
}

fn cases(cases: u32) -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok());
    ProptestConfig { cases: asked.unwrap_or(cases), failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(40))]

    #[test]
    fn by_polling_alone_the_mirror_becomes_what_the_provider_shows(setting in setting(), steps in vec(step(), 1..40)) {
        live(Arc::new(MemoryStore::new()), setting, &steps);
    }

    #[test]
    fn by_being_told_the_mirror_becomes_what_the_provider_shows(setting in setting(), steps in vec(step(), 1..40)) {
        live(Arc::new(MemoryStore::new()), Setting { told: true, ..setting }, &steps);
    }
}

proptest! {
    #![proptest_config(cases(8))]

    #[test]
    fn in_a_database_as_well(setting in setting(), told in any::<bool>(), steps in vec(step(), 1..25)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let store: Arc<dyn Store> = Arc::new(runtime.block_on(Sqlite::in_memory()).unwrap());
        live(store, Setting { told, ..setting }, &steps);
    }
}

/// An edit of each kind takes place in the histories above, or they would show nothing.
#[test]
fn edits_of_all_kinds_take_effect() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let scene = Scene::open(Arc::new(MemoryStore::new()), Setting::default()).await;
        for edit in Edit::one_of_each() {
            assert!(scene.crm.make(&edit), "{edit:?}");
        }
    });
}
