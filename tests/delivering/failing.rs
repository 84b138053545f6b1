//! Destinations that fail, and what becomes of what is for them.

use acquaint::{DeliveryQuery, DeliveryStatus, NoticeKind};
use acquaint_testkit::Script;

use crate::receiver::Mood;
use crate::world::{World, deliver, manifest, notices, put, stands, sync};

#[tokio::test]
async fn a_dead_destination_holds_up_no_other() {
    for mood in [Mood::Fails, Mood::Hangs, Mood::Panics, Mood::Gone] {
        let world = World::new();
        let (acquaint, tenant) = world.tenant("[audit, product]").await;
        world.audit.is(mood);
        for n in 0..40 {
            put(&tenant, &format!("e{n}"), "x").await;
        }
        sync(&tenant).await;
        let (delivered, ..) = deliver(&acquaint).await;
        assert_eq!(delivered, 80, "{mood:?}");
        assert_eq!(world.product.has(tenant.id()), stands(&tenant).await, "{mood:?}");
        let tried = world.audit.attempts().len();
        assert!((1..=8).contains(&tried), "{tried} attempts while it {mood:?}");
        assert!(
            matches!(&notices(&tenant).await[..], [NoticeKind::DestinationDown { .. }]),
            "{:?}",
            notices(&tenant).await
        );
        // Alone it is tried now and then, with one delivery at a time.
        for _ in 0..5 {
            world.wait(25);
            deliver(&acquaint).await;
            assert_eq!(world.audit.attempts().len(), 1, "{mood:?}");
        }
        world.audit.is(Mood::Takes);
        world.wait(25);
        deliver(&acquaint).await;
        assert_eq!(world.audit.has(tenant.id()), stands(&tenant).await, "{mood:?}");
        assert!(matches!(notices(&tenant).await.last(), Some(NoticeKind::DestinationRecovered { .. })));
        assert_eq!(notices(&tenant).await.len(), 2, "each is told once");
        world.all_in_order();
    }
}

#[tokio::test]
async fn an_attempt_whose_answer_is_lost_is_made_again_under_the_same_id() {
    let world = World::new();
    let (acquaint, tenant) = world.tenant("[product]").await;
    put(&tenant, "e1", "x").await;
    sync(&tenant).await;
    world.product.is(Mood::TakesInSilence);
    assert_eq!(deliver(&acquaint).await, (0, 2, 0));
    // Not at once.
    assert_eq!(deliver(&acquaint).await, (0, 0, 0));
    world.product.is(Mood::Takes);
    world.wait_seconds(60);
    assert_eq!(deliver(&acquaint).await, (2, 0, 0));
    let attempts = world.product.attempts();
    let ids: std::collections::BTreeSet<&str> = attempts.iter().map(|one| one.id.as_str()).collect();
    assert_eq!((attempts.len(), ids.len()), (4, 2));
    assert_eq!(attempts.iter().map(|one| one.attempt).collect::<Vec<_>>(), [1, 1, 2, 2]);
    world.all_in_order();
}

#[tokio::test]
async fn a_crash_between_delivering_and_noting_it_delivers_again() {
    for point in ["deliver.claimed", "deliver.sent", "deliver.settled"] {
        let world = World::new();
        let script = Script::crash_at(point, 1);
        let crashing = world.engine(&manifest("[product]"), &script).await;
        let tenant = crashing.tenant("acme");
        crate::world::fill(&tenant).await;
        put(&tenant, "e1", "x").await;
        sync(&tenant).await;
        let error = crashing.deliver().await.unwrap_err();
        assert!(Script::is_crash(&error), "{error:?}");
        drop(crashing);
        let acquaint = world.engine(&manifest("[product]"), &Script::new()).await;
        world.wait(1);
        deliver(&acquaint).await;
        assert_eq!(world.product.has(tenant.id()), stands(&tenant).await, "after a crash at {point}");
        world.all_in_order();
    }
}

#[tokio::test]
async fn what_is_refused_is_a_dead_letter_and_blocks_nothing() {
    let world = World::new();
    let (acquaint, tenant) = world.tenant("[product]").await;
    put(&tenant, "e1", "x").await;
    sync(&tenant).await;
    world.product.is(Mood::Refuses);
    assert_eq!(deliver(&acquaint).await, (0, 0, 2));
    world.product.is(Mood::Takes);
    put(&tenant, "e2", "y").await;
    sync(&tenant).await;
    assert_eq!(deliver(&acquaint).await, (2, 0, 0));
    let mut dead = DeliveryQuery::default();
    dead.status = Some(DeliveryStatus::Dead);
    let letters = tenant.deliveries(&dead).await.unwrap();
    assert_eq!(letters.len(), 2);
    assert!(letters[0].error.as_ref().unwrap().contains("it refuses this"));
    assert!(matches!(&notices(&tenant).await[..], [NoticeKind::DeadLetter { .. }]));
    // What changes is tried anew; the rest when somebody asks for it.
    assert_eq!(tenant.offer_again("product").await.unwrap(), 2);
    assert_eq!(deliver(&acquaint).await, (2, 0, 0));
    assert_eq!(world.product.has(tenant.id()), stands(&tenant).await);
    world.all_in_order();
}

#[tokio::test]
async fn what_fails_for_days_is_given_up_and_offered_as_it_is_once_the_destination_is_back() {
    let world = World::new();
    let (acquaint, tenant) = world.tenant("[product]").await;
    put(&tenant, "e1", "first").await;
    sync(&tenant).await;
    world.product.is(Mood::Fails);
    for _ in 0..24 * 8 {
        deliver(&acquaint).await;
        world.wait(1);
    }
    let states = tenant.destinations().await.unwrap();
    assert_eq!((states[0].pending, states[0].dead), (0, 2), "{states:?}");
    // Some hundred attempts, not thousands.
    let attempts = world.product.attempts().len();
    assert!((100..400).contains(&attempts), "{attempts}");

    put(&tenant, "e2", "second").await;
    sync(&tenant).await;
    world.product.is(Mood::Takes);
    world.wait(2);
    deliver(&acquaint).await;
    world.wait_seconds(1);
    deliver(&acquaint).await;
    assert_eq!(world.product.has(tenant.id()), stands(&tenant).await);
    world.all_in_order();
}

#[tokio::test]
async fn tenants_are_served_in_turn() {
    let world = World::new();
    let (acquaint, large) = world.tenant("[product]").await;
    let small = acquaint.tenant("small");
    crate::world::fill(&small).await;
    for n in 0..100 {
        put(&large, &format!("e{n}"), "x").await;
    }
    put(&small, "e1", "x").await;
    sync(&large).await;
    sync(&small).await;
    deliver(&acquaint).await;
    let attempts = world.product.attempts();
    let first = attempts.iter().position(|attempt| attempt.tenant == *small.id()).unwrap();
    assert!(first < 16, "the small tenant came {first}th");
    assert_eq!(attempts.len(), 202);
}
