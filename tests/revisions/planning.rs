use acquaint::PlannedChange;

use super::{World, at, customers, event, external, kept, manifest, told};

#[tokio::test]
async fn a_plan_names_meetings_lost_and_changed_with_the_clause_responsible() {
    let (_, tenant) = World::decided(&external()).await;
    let plan = tenant.plan(&customers()).await.unwrap();
    let found: Vec<_> =
        plan.meetings.iter().map(|planned| (planned.title.as_str(), planned.change.clone())).collect();
    let lost = |clause: &str| PlannedChange::Lost { because: Some(clause.to_owned()) };
    let changed = PlannedChange::Changed { fields: vec!["account".to_owned()] };
    assert_eq!(
        found,
        [
            ("QBR", changed),
            ("Hold: QBR", lost("keep.all[1].title")),
            ("Demo", lost("keep.all[0].main_account.stage")),
        ]
    );
    assert_eq!((plan.counts.gained, plan.counts.lost, plan.counts.changed), (0, 2, 1));
    assert_eq!(plan.examined, 4);
    assert_eq!(plan.meetings[0].content["account"], "Globex");
    assert_eq!(plan.from.as_ref(), Some(external().revision()));
    assert_eq!(&plan.to, customers().revision());
}

#[tokio::test]
async fn a_meeting_that_is_gained_names_the_clause_that_drops_it_now() {
    let (_, tenant) = World::decided(&customers()).await;
    let plan = tenant.plan(&external()).await.unwrap();
    let gained = plan.meetings.iter().find(|planned| planned.title == "Demo").unwrap();
    let dropped_by = Some("keep.all[0].main_account.stage".to_owned());
    assert_eq!(gained.change, PlannedChange::Gained { dropped_by });
    assert_eq!(gained.content, serde_json::json!({ "title": "Demo" }));
}

#[tokio::test]
async fn a_plan_changes_nothing() {
    let (_, tenant) = World::decided(&external()).await;
    let before =
        (tenant.position().await.unwrap(), kept(&tenant).await, tenant.revision_in_force().await.unwrap());
    tenant.plan(&customers()).await.unwrap();
    let after =
        (tenant.position().await.unwrap(), kept(&tenant).await, tenant.revision_in_force().await.unwrap());
    assert_eq!(before, after);
}

#[tokio::test]
async fn a_plan_of_what_is_in_force_is_empty() {
    let (_, tenant) = World::decided(&external()).await;
    let plan = tenant.plan(&external()).await.unwrap();
    assert!(plan.is_empty(), "{plan}");
}

#[tokio::test]
async fn plans_of_the_same_changes_have_one_hash_whenever_they_are_made() {
    let (world, tenant) = World::decided(&external()).await;
    let first = tenant.plan(&customers()).await.unwrap();
    world.clock.set(at("2026-03-02T09:00:00Z"));
    tenant.local("product").put_events([event("lunch", "Lunch", &["cat@us.example"], 9)]).await.unwrap();
    let second = tenant.plan(&customers()).await.unwrap();
    assert_eq!(first.hash, second.hash);
    assert!(second.seq > first.seq);

    tenant.local("product").put_events([event("new", "Visit", &["jane@globex.com"], 9)]).await.unwrap();
    let third = tenant.plan(&customers()).await.unwrap();
    assert_ne!(first.hash, third.hash);
}

#[tokio::test]
async fn what_is_dirty_is_decided_before_it_is_compared() {
    let (_, tenant) = World::decided(&external()).await;
    tenant.local("product").put_events([event("new", "Hold: visit", &["jane@globex.com"], 9)]).await.unwrap();
    let plan = tenant.plan(&customers()).await.unwrap();
    assert!(plan.meetings.iter().any(|planned| planned.title == "Hold: visit"), "{plan}");
}

#[tokio::test]
async fn deliveries_follow_from_how_it_is_announced() {
    let (_, tenant) = World::decided(&external()).await;
    let plan = tenant.plan(&customers()).await.unwrap();
    assert_eq!((plan.deliveries.all, plan.deliveries.kept_changes), (3, 2));
}

#[tokio::test]
async fn a_source_that_nobody_has_connected_is_named() {
    let (_, tenant) = World::decided(&external()).await;
    let more = manifest("  calendar: { connector: google-calendar }\nkeep: { title: QBR }\n");
    let plan = tenant.plan(&more).await.unwrap();
    assert_eq!(plan.unconnected, ["calendar".into()]);
    assert_eq!(plan.counts.lost, 2);
}

#[tokio::test]
async fn a_tenant_that_was_never_synced_can_be_planned_for() {
    let world = World::new();
    let tenant = world.tenant("acme", &external()).await;
    let plan = tenant.plan(&customers()).await.unwrap();
    assert_eq!((plan.from, plan.examined), (None, 0));
    assert_ne!(plan.pending, Vec::<String>::new());
}

#[tokio::test]
async fn a_plan_reads_as_text_and_comes_back_as_data() {
    let (_, tenant) = World::decided(&external()).await;
    let plan = tenant.plan(&customers()).await.unwrap();
    let text = plan.to_string();
    for line in [
        "4 meetings looked at: 0 gained, 2 lost, 1 changed, 0 unknown; 3 deliveries",
        "  ~ 2026-03-03T09:00:00Z QBR: account",
        "  - 2026-03-05T09:00:00Z Demo: dropped by keep.all[0].main_account.stage",
    ] {
        assert!(text.contains(line), "{text}");
    }
    let json = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<acquaint::Plan>(&json).unwrap(), plan);
    assert_eq!(told(&tenant, 0).await.len(), 3);
}
