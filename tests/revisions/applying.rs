use std::time::Duration;

use acquaint::{Applied, ChangeKind, Error, ErrorKind};

use super::{World, apply, customers, event, external, fill, kept, manifest, told};

#[tokio::test]
async fn applying_does_what_the_plan_said() {
    let (_, tenant) = World::decided(&external()).await;
    let before = tenant.position().await.unwrap();
    let plan = tenant.plan(&customers()).await.unwrap();
    let applied = tenant.apply(&customers()).as_planned(&plan.hash).run().await.unwrap();
    assert!(matches!(applied, Applied::Done { decided: 4, changes: 3, .. }), "{applied:?}");
    let mut told: Vec<_> =
        told(&tenant, before).await.into_iter().map(|entry| (entry.meeting, entry.content)).collect();
    let mut planned: Vec<_> =
        plan.meetings.into_iter().map(|planned| (planned.meeting, planned.content)).collect();
    told.sort_by(|a, b| a.0.cmp(&b.0));
    planned.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(told, planned);
    assert_eq!(kept(&tenant).await, ["QBR"]);
    for meeting in tenant.meetings().all().await.unwrap() {
        assert_eq!(&meeting.decision.revision, customers().revision());
    }
}

#[tokio::test]
async fn a_plan_that_has_moved_is_not_applied() {
    let (_, tenant) = World::decided(&external()).await;
    let plan = tenant.plan(&customers()).await.unwrap();
    tenant.local("product").put_events([event("new", "Visit", &["bill@initech.com"], 9)]).await.unwrap();
    let before = tenant.position().await.unwrap();
    let applied = tenant.apply(&customers()).as_planned(&plan.hash).run().await.unwrap();
    let Applied::Moved(now) = applied else { panic!("{applied:?}") };
    assert_eq!(now.counts.lost, plan.counts.lost + 1);
    assert_eq!(tenant.revision_in_force().await.unwrap().unwrap().revision, *external().revision());
    // The visit was decided by what is in force, and nothing else happened.
    assert_eq!(told(&tenant, before).await.len(), 1);
    let applied = tenant.apply(&customers()).as_planned(&now.hash).run().await.unwrap();
    assert!(matches!(applied, Applied::Done { .. }), "{applied:?}");
}

#[tokio::test]
async fn applying_again_does_nothing() {
    let (_, tenant) = World::decided(&external()).await;
    let plan = tenant.plan(&customers()).await.unwrap();
    for _ in 0..2 {
        let _ = tenant.apply(&customers()).as_planned(&plan.hash).run().await.unwrap();
    }
    let position = tenant.position().await.unwrap();
    let again = tenant.apply(&customers()).as_planned(&plan.hash).run().await.unwrap();
    assert_eq!(again, Applied::Already);
    assert_eq!(tenant.apply(&customers()).run().await.unwrap(), Applied::Already);
    assert_eq!(tenant.position().await.unwrap(), position);
}

#[tokio::test]
async fn an_applied_revision_holds_under_engines_that_are_built_with_another() {
    let (world, tenant) = World::decided(&external()).await;
    apply(&tenant, &customers()).await;
    let other = world.tenant("acme", &external()).await;
    other.local("product").put_events([event("new", "Visit", &["bill@initech.com"], 9)]).await.unwrap();
    other.sync().await.unwrap().into_result().unwrap();
    assert_eq!(kept(&other).await, ["QBR"]);
    let visit = other.meetings().all().await.unwrap().into_iter().find(|one| one.title == "Visit").unwrap();
    assert_eq!(&visit.decision.revision, customers().revision());
    let explained = other.explain(&visit.id).await.unwrap();
    assert_eq!(explained.revision.as_ref(), Some(customers().revision()));
    assert!(!explained.moved_since);
}

#[tokio::test]
async fn a_tenant_that_follows_goes_by_the_engines_manifest_again() {
    let (world, tenant) = World::decided(&external()).await;
    apply(&tenant, &customers()).await;
    tenant.follow().await.unwrap();
    assert_eq!(kept(&tenant).await, ["QBR"]);
    tenant.sync().await.unwrap().into_result().unwrap();
    assert_eq!(kept(&tenant).await, ["QBR", "Hold: QBR", "Demo"]);

    // Nothing was held, so the next engine's manifest comes into force.
    let next = world.tenant("acme", &customers()).await;
    next.sync().await.unwrap().into_result().unwrap();
    assert_eq!(kept(&next).await, ["QBR"]);
}

#[tokio::test]
async fn tenants_are_moved_one_by_one() {
    let (world, acme) = World::decided(&external()).await;
    let zeta = world.tenant("zeta", &external()).await;
    fill(&zeta).await;
    apply(&acme, &customers()).await;
    for tenant in [&acme, &zeta] {
        tenant.sync().await.unwrap().into_result().unwrap();
    }
    assert_eq!(kept(&acme).await, ["QBR"]);
    assert_eq!(kept(&zeta).await, ["QBR", "Hold: QBR", "Demo"]);
}

#[tokio::test]
async fn going_back_restores_every_meeting() {
    let (world, tenant) = World::decided(&external()).await;
    let before = tenant.meetings().kept().all().await.unwrap();
    world.clock.advance(Duration::from_secs(1));
    apply(&tenant, &customers()).await;
    let listed = tenant.revisions(10).await.unwrap();
    let order: Vec<_> = listed.iter().map(|revision| &revision.id).collect();
    assert_eq!(order, [customers().revision(), external().revision()]);
    let former = tenant.manifest(&listed[1].id).await.unwrap();
    assert_eq!(former.revision(), external().revision());
    let first = former.differences(&customers()).first().unwrap().to_string();
    assert!(first.starts_with("+ keep.all: "), "{first}");
    apply(&tenant, &former).await;
    let after = tenant.meetings().kept().all().await.unwrap();
    let content = |all: Vec<acquaint::Meeting>| -> Vec<_> {
        all.into_iter().map(|meeting| (meeting.id, meeting.content)).collect()
    };
    assert_eq!(content(before), content(after));
}

#[tokio::test]
async fn a_manifest_that_fits_nothing_registered_is_refused_and_the_old_one_stays() {
    let (_, tenant) = World::decided(&external()).await;
    let wrong = manifest("  crm: { connector: nowhere }\n");
    let refused = [tenant.plan(&wrong).await.unwrap_err(), tenant.apply(&wrong).run().await.unwrap_err()];
    assert_eq!(refused.each_ref().map(Error::kind), [ErrorKind::Invalid; 2]);
    assert_eq!(tenant.revision_in_force().await.unwrap().unwrap().revision, *external().revision());
}

#[tokio::test]
async fn a_revision_that_is_not_kept_is_not_found() {
    let (_, tenant) = World::decided(&external()).await;
    let error = tenant.manifest(&"rev_1".into()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn what_is_applied_before_the_first_sync_is_in_force_at_it() {
    let world = World::new();
    let tenant = world.tenant("acme", &external()).await;
    let applied = tenant.apply(&customers()).run().await.unwrap();
    assert!(matches!(applied, Applied::Done { decided: 0, .. }), "{applied:?}");
    fill(&tenant).await;
    assert_eq!(kept(&tenant).await, ["QBR"]);
    assert!(told(&tenant, 0).await.iter().all(|entry| entry.change == ChangeKind::Added));
}
