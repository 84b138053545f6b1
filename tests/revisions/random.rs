//! Random manifests over random histories: applying a plan does what it said, and what is stored afterwards is what an
//! engine decides that has never seen another manifest.

use std::collections::BTreeMap;

use acquaint::core::view::{Account, Colleague, Visibility};
use acquaint::{Applied, ChangeKind, Manifest, PlannedChange, Tenant};
use chrono::TimeDelta;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use super::{World, event, manifest};

/// A rule of one field, over what the histories bring about.
fn leaf() -> impl Strategy<Value = String> {
    select(vec![
        "{ title: { contains: r } }",
        "{ title: { matches: \"(?i)^(hold|q)\" } }",
        "{ title: { in: [QBR, Demo] } }",
        "{ duration: { at_least: 1h } }",
        "{ main_account.stage: customer }",
        "{ main_account: { exists: false } }",
        "{ main_account.seats: { at_least: 30 } }",
        "{ start: { within: 4d } }",
        "{ start: { after: now+2d } }",
        "{ end: { before: now-1d } }",
        "{ attendees: { some: { external: true, account.stage: lead } } }",
        "{ attendees: { none: { email: { ends_with: initech.com } } } }",
        "{ attendees: { every: { account: { exists: true } } } }",
        "{ accounts: { some: { seats: { at_most: 35 } } } }",
    ])
    .prop_map(str::to_owned)
}

fn rule() -> impl Strategy<Value = String> {
    leaf().prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..3)
                .prop_map(|all| format!("{{ all: [{}] }}", all.join(", "))),
            prop::collection::vec(inner.clone(), 1..3)
                .prop_map(|any| format!("{{ any: [{}] }}", any.join(", "))),
            inner.prop_map(|not| format!("{{ not: {not} }}")),
        ]
    })
}

/// What a revision keeps out that is there already. One that lets something in would leave it unknown.
fn privacy() -> impl Strategy<Value = &'static str> {
    select(vec![
        "",
        "",
        "privacy: { drop: [title] }\n",
        "privacy: { private_events: busy_only }\n",
        "privacy: { retain: 3d }\n",
        "privacy: { drop: [title, location], private_events: busy_only, retain: 5d }\n",
    ])
}

fn manifests(privacy: impl Strategy<Value = &'static str>) -> impl Strategy<Value = Manifest> {
    let output = select(vec![
        "{ title: title }",
        "{ title: title, account: main_account.name, priority: priority }",
        "{ people: { each: attendees, where: { account.stage: customer }, take: { email: email } } }",
    ]);
    let accounts = select(vec!["", "match: { accounts: { stage: customer } }\n"]);
    (rule(), rule(), output, accounts, privacy).prop_map(|(keep, when, output, accounts, privacy)| {
        manifest(&format!(
            "{accounts}keep: {keep}\npriority: [{{ when: {when}, add: 3 }}]\noutput: {output}\n{privacy}"
        ))
    })
}

#[derive(Debug, Clone)]
enum Edit {
    Event {
        id: usize,
        title: &'static str,
        whom: Vec<&'static str>,
        day: u32,
        private: bool,
    },
    Gone(usize),
    Account {
        id: usize,
        stage: &'static str,
        seats: u32,
    },
    NoAccount(usize),
    /// Hours pass.
    Later(i64),
    Sync,
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let whom = prop::collection::vec(
        select(vec!["jane@globex.com", "bill@initech.com", "who@elsewhere.test", "ben@us.example"]),
        0..3,
    );
    let title = select(vec!["QBR", "Demo", "Hold: QBR", "Retro"]);
    let private = prop::bool::weighted(0.2);
    let event = (0..6_usize, title, whom, 1..12_u32, private)
        .prop_map(|(id, title, whom, day, private)| Edit::Event { id, title, whom, day, private });
    let account = (0..2_usize, select(vec!["customer", "lead"]), 20..50_u32)
        .prop_map(|(id, stage, seats)| Edit::Account { id, stage, seats });
    let edit = prop_oneof![
        5 => event,
        1 => (0..6_usize).prop_map(Edit::Gone),
        2 => account,
        1 => (0..2_usize).prop_map(Edit::NoAccount),
        1 => (1..72_i64).prop_map(Edit::Later),
        2 => Just(Edit::Sync),
    ];
    prop::collection::vec(edit, 1..14)
}

async fn make(world: &World, tenant: &Tenant, edit: &Edit) {
    let local = tenant.local("product");
    match edit {
        Edit::Event { id, title, whom, day, private } => {
            let mut event = event(&format!("e{id}"), title, whom, *day);
            if *private {
                event.visibility = Visibility::Private;
            }
            local.put_events([event]).await.unwrap();
        }
        Edit::Gone(id) => local.remove_events([("ana", format!("e{id}").as_str())]).await.unwrap(),
        Edit::Account { id, stage, seats } => {
            let (name, domain) = [("Globex", "globex.com"), ("Initech", "initech.com")][*id];
            let account = Account::new(id.to_string(), name).domain(domain);
            local.put_accounts([account.field("stage", *stage).field("seats", *seats)]).await.unwrap();
        }
        Edit::NoAccount(id) => local.remove_accounts([id.to_string()]).await.unwrap(),
        Edit::Later(hours) => world.clock.advance(TimeDelta::hours(*hours).to_std().unwrap()),
        Edit::Sync => drop(tenant.sync().await.unwrap()),
    }
}

/// Content, and whether it is kept, by identity: ids are each tenant's own.
async fn state(tenant: &Tenant) -> BTreeMap<String, (bool, Option<String>, i64, Value)> {
    let meetings = tenant.meetings().all().await.unwrap();
    let one = |meeting: acquaint::Meeting| {
        let decision = meeting.decision;
        (meeting.identity, (decision.kept, decision.because, decision.priority, meeting.content))
    };
    meetings.into_iter().map(one).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn applying_a_plan_does_what_it_said_and_leaves_what_a_fresh_engine_decides(
        first in manifests(Just("")), second in manifests(privacy()), before in edits(), after in edits(), later in 0..100_i64,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let world = World::new();
            let moved = world.tenant("moved", &first).await;
            moved.local("product").put_users([Colleague::new("ana", "ana@us.example")]).await.unwrap();
            for edit in &before {
                make(&world, &moved, edit).await;
            }
            moved.sync().await.unwrap().into_result().unwrap();
            world.clock.advance(TimeDelta::hours(later).to_std().unwrap());

            let plan = moved.plan(&second).await.unwrap();
            let position = moved.position().await.unwrap();
            let applied = moved.apply(&second).as_planned(&plan.hash).run().await.unwrap();
            if first.revision() != second.revision() {
                assert!(matches!(applied, Applied::Done { .. }), "{applied:?}");
            }
            let told = moved.changes(position, 1_000).await.unwrap();
            let mut happened: Vec<_> = told.into_iter().map(|entry| (entry.meeting, entry.change, entry.content)).collect();
            let mut said: Vec<_> = plan.meetings.into_iter().map(|planned| {
                let change = match planned.change {
                    PlannedChange::Gained { .. } => ChangeKind::Added,
                    PlannedChange::Lost { .. } => ChangeKind::Removed,
                    PlannedChange::Changed { .. } => ChangeKind::Changed,
                    other => panic!("{other:?}"),
                };
                (planned.meeting, change, planned.content)
            }).collect();
            happened.sort_by(|a, b| a.0.cmp(&b.0));
            said.sort_by(|a, b| a.0.cmp(&b.0));
            assert_eq!(happened, said);

            // Incremental from here on, across instants at which rules turn.
            for edit in &after {
                make(&world, &moved, edit).await;
            }
            moved.sync().await.unwrap().into_result().unwrap();
            let incremental = state(&moved).await;
            let whole = world.tenant("whole", &second).await;
            whole.local("product").put_users([Colleague::new("ana", "ana@us.example")]).await.unwrap();
            // Its clock stands where the other's stands now: only what is there in the end counts.
            for edit in before.iter().chain(&after).filter(|edit| !matches!(edit, Edit::Later(_) | Edit::Sync)) {
                make(&world, &whole, edit).await;
            }
            whole.sync().await.unwrap().into_result().unwrap();
            assert_eq!(incremental, state(&whole).await);
        });
    }
}

fn cases() -> u32 {
    std::env::var("ACQUAINT_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(64)
}
