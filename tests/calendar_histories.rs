//! Random histories of calendars, read by the whole system: whatever people edit and share, in the end the mirror is what
//! the provider shows, by polling alone and by being told alone.
//!
//! `PROPTEST_CASES` sets the number of histories.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "calendar_histories/check.rs"]
mod check;
#[path = "history/clock.rs"]
#[allow(unreachable_pub)]
mod clock;
#[path = "calendar_histories/edit.rs"]
mod edit;
#[path = "calendar_histories/scene.rs"]
mod scene;

use std::sync::Arc;

use acquaint::Sqlite;
use acquaint::core::store::Store;
use acquaint_testkit::MemoryStore;
use acquaint_testkit::sandbox::google::GoogleConfig;
use edit::{Edit, edits};
use proptest::collection::vec;
use proptest::prelude::*;
use scene::{Scene, Step};

fn step(told: bool) -> impl Strategy<Value = Step> {
    let minutes = if told { 0..2_i64 } else { 1..3 * 24 * 60 };
    prop_oneof![
        6 => vec(edits(told), 1..4).prop_map(Step::Edit),
        3 => minutes.prop_map(Step::Sync),
        2 => (0..12_usize, vec(edits(told), 1..3)).prop_map(|(nth, edits)| Step::During(nth, edits)),
        1 => Just(Step::EmptyPage),
        1 => (0..20_usize, 1..3_usize).prop_map(|(skip, times)| Step::Trouble { skip, times }),
    ]
}

fn config() -> impl Strategy<Value = GoogleConfig> {
    (any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(details, told, keeps)| {
        let mut config = GoogleConfig::default();
        config.cancelled_details = details;
        config.cancel_exceptions_with_series = told;
        config.split_keeps_uid = keeps;
        config
    })
}

fn live(store: Arc<dyn Store>, config: GoogleConfig, told: bool, pages: u16, steps: &[Step]) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let scene = Scene::open(store, config, told, pages).await;
        for step in steps {
            scene.step(step).await;
        }
        scene.settle().await;
        check::mirror_is_truth(&scene).await;
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
    fn by_polling_alone_the_mirror_becomes_what_the_provider_shows(
        config in config(),
        pages in 1..6_u16,
        steps in vec(step(false), 1..30),
    ) {
        live(Arc::new(MemoryStore::new()), config, false, pages, &steps);
    }

    #[test]
    fn by_being_told_alone_the_mirror_becomes_what_the_provider_shows(
        config in config(),
        pages in 1..6_u16,
        steps in vec(step(true), 1..30),
    ) {
        live(Arc::new(MemoryStore::new()), config, true, pages, &steps);
    }
}

proptest! {
    #![proptest_config(cases(8))]

    #[test]
    fn in_a_database_as_well(
        config in config(),
        told in any::<bool>(),
        steps in vec(step(true), 1..20),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let store: Arc<dyn Store> = Arc::new(runtime.block_on(Sqlite::in_memory()).unwrap());
        live(store, config, told, 3, &steps);
    }
}

/// An edit of each kind takes place in the histories above, or they would show nothing.
#[test]
fn edits_of_all_kinds_take_effect() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let scene = Scene::open(Arc::new(MemoryStore::new()), GoogleConfig::default(), false, 3).await;
        for edit in Edit::one_of_each() {
            assert!(scene.make(&edit), "{edit:?}");
        }
    });
}
