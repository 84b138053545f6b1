//! What is read with the narrower of the two scopes.

use acquaint::google_calendar::{SCOPE_CALENDAR_LIST, SCOPE_EVENTS};
use acquaint::{Finished, NoticeKind};
use chrono_tz::Tz;

use crate::support::{ANA, CALLBACK, me};
use crate::{Product, TEAM};

#[tokio::test]
async fn with_events_alone_the_persons_own_calendar_is_read_and_what_is_missing_is_said() {
    let product = Product::new().await;
    product.world.google.add_calendar(ANA, TEAM, "Team", Tz::UTC);
    product.insert(ANA, "own", "2026-03-03T10:00:00Z");
    product.insert(TEAM, "other", "2026-03-03T10:00:00Z");
    product.world.google.oauth().untick_scopes([SCOPE_CALENDAR_LIST]);
    let callback = CALLBACK.parse().unwrap();
    let begun = product.tenant.connect("calendar", &me(ANA)).account(ANA).begin_at(&callback).await.unwrap();
    let finished = product.acquaint.finish_connect(&product.world.visit(&begun.url), &me(ANA)).await.unwrap();
    let Finished::Narrowed { connection, missing, blocked } = finished else { panic!("{finished:?}") };
    assert_eq!((missing.as_slice(), blocked.len()), ([SCOPE_CALENDAR_LIST.to_owned()].as_slice(), 0));
    assert_eq!(connection.email.as_deref(), Some(ANA), "whose account it is was found out all the same");

    product.sync_well().await;
    product.sync_well().await;
    assert_eq!(product.titles().await, [format!("own on {ANA}")]);
    assert!(product.lane(ANA, ANA, "head").await.is_some(), "under its real id");
    let access = product.tenant.access(&connection.id).await.unwrap();
    assert_eq!(access.limits.len(), 1);
    assert!(access.limits[0].contains("primary") && access.limits[0].contains(SCOPE_CALENDAR_LIST));
    let notices = product.tenant.notices(0, 10).await.unwrap();
    assert!(notices.iter().any(|entry| matches!(
        &entry.notice.kind,
        NoticeKind::ScopesMissing { scopes, streams }
            if scopes.as_slice() == [SCOPE_CALENDAR_LIST] && streams.is_empty()
    )));

    // Granted the rest, everything is read.
    product.world.google.oauth().untick_scopes([""; 0]);
    let again = product.tenant.reconnect(&connection, &me(ANA));
    let begun = again.begin_at(&callback).await.unwrap();
    let finished = product.acquaint.finish_connect(&product.world.visit(&begun.url), &me(ANA)).await.unwrap();
    assert!(matches!(finished, Finished::Connected(_)), "{finished:?}");
    product.sync_well().await;
    assert_eq!(product.titles().await.len(), 2);
    assert_eq!(product.tenant.access(&connection.id).await.unwrap().limits.len(), 0);
}

#[tokio::test]
async fn a_manifest_may_ask_for_events_alone() {
    let manifest = crate::MANIFEST.replace(
        "connector: google-calendar\n",
        &format!("connector: google-calendar\n    scopes: {{ exactly: ['{SCOPE_EVENTS}'] }}\n"),
    );
    let product = Product::of(&manifest, |builder| builder).await;
    product.insert(ANA, "own", "2026-03-03T10:00:00Z");
    product.connect(ANA).await;
    product.sync_well().await;
    assert_eq!(product.titles().await, [format!("own on {ANA}")]);
}
