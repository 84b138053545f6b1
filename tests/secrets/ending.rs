//! How things end: connections, keys, tenants.

use acquaint::core::ids::TenantId;
use acquaint::core::keys::{KeyFolder, KeyProvider};
use acquaint::{Acquaint, Error, Keys, Mirrored, Revocation};
use acquaint_testkit::sandbox::Fault;
use acquaint_testkit::sandbox::google::backend_error;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::planted::{ANA, KEY, MASTER_KEY, NEXT_KEY, PORTAL, WRONG_KEY};
use crate::scene::Scene;

/// Connections end, whether or not the provider can be told.
pub(crate) async fn disconnected(scene: &Scene, acquaint: &Acquaint) {
    let (tenant, shown) = (acquaint.tenant("acme"), &scene.shown);
    let mut failed = 0;
    for (mirrored, down) in [(Mirrored::Keep, true), (Mirrored::Erase, true), (Mirrored::Keep, false)] {
        for (source, hint) in [("calendar", ANA.to_owned()), ("crm", PORTAL.to_string())] {
            let connection = scene.connect(acquaint, source, &hint).await;
            scene.sync(&tenant).await;
            scene.hubspot_server.down(down);
            if down && source == "calendar" {
                scene.google.inject(Fault::once("/revoke", backend_error()));
            }
            let ended = shown.good(tenant.disconnect(&connection.id, mirrored).await);
            shown.value(&ended.revocation);
            if let Revocation::Failed(error) = &ended.revocation {
                shown.error(error);
                failed += 1;
            }
            scene.hubspot_server.down(false);
            scene.sync(&tenant).await;
        }
    }
    assert_eq!(failed, 4);
    shown.bad(tenant.disconnect(&"conn_of_nobody".into(), Mirrored::Keep).await);
    scene.look_at_files("after disconnecting");
}

/// The sealing key is replaced, lost, mistaken and misspelt.
pub(crate) async fn rekeyed(scene: &Scene, file: &str) {
    let shown = &scene.shown;
    let encoded = |key: [u8; 32]| STANDARD.encode(key);
    let both = shown.good(Keys::parse(&format!("second:{},first:{}", encoded(NEXT_KEY), encoded(KEY))));
    let acquaint = scene.open(file, both.clone()).await;
    let resealed = shown.good(acquaint.reseal().await);
    assert!(resealed.resealed > 0 && resealed.failed.is_empty(), "{resealed:?}");
    scene.sync(&acquaint.tenant("acme")).await;
    scene.look_at_files("after resealing");
    drop(acquaint);

    let wrong = Keys::new("second", WRONG_KEY);
    for keys in [wrong, Keys::new("unknown", NEXT_KEY), Keys::new("first", KEY)] {
        let acquaint = scene.open(file, keys).await;
        let tenant = acquaint.tenant("acme");
        scene.sync(&tenant).await;
        shown
            .good(acquaint.keep_grants_alive().await)
            .failed
            .iter()
            .for_each(|(.., error)| shown.error(error));
        shown.good(acquaint.reseal().await).failed.iter().for_each(|(_, error)| shown.error(error));
        shown.bad(tenant.destroy_credentials().await);
    }
    let hex: String = KEY.iter().map(|byte| format!("{byte:02x}")).collect();
    let spoilt = [
        encoded(KEY)[1..].to_owned(),
        format!("{hex}00"),
        format!("plaintext:{hex}"),
        format!("a b:{hex}"),
        format!("a:{hex},a:{}", encoded(KEY)),
        String::new(),
    ];
    for text in spoilt {
        shown.bad(Keys::parse(&text));
    }
    shown.good(Keys::parse(&format!("{hex},{}", encoded(NEXT_KEY))));
    shown.value(&Keys::new("k", KEY).retired("old", WRONG_KEY).retired_plaintext());
}

/// Keys of the tenants' own, which can be destroyed.
pub(crate) async fn destroyed(scene: &Scene, file: &str) {
    let shown = &scene.shown;
    let folder = scene.folder().join("keys");
    let master = || Keys::new("master", MASTER_KEY);
    let keys = shown.good(KeyFolder::at(&folder, master()));
    let acquaint = scene.open(file, keys.clone()).await;
    scene.connect(&acquaint, "calendar", ANA).await;
    scene.connect(&acquaint, "crm", &PORTAL.to_string()).await;
    let tenant = acquaint.tenant("acme");
    scene.sync(&tenant).await;
    scene.look_at_files("with a folder of keys");

    shown.bad(KeyFolder::at(&folder, Keys::new("master", WRONG_KEY)));
    shown.bad(KeyFolder::at(&folder, Keys::new("another", MASTER_KEY)));
    shown.bad(KeyFolder::at(folder.join("no").join("such"), master()));
    let next = Keys::new("next", NEXT_KEY).retired("master", MASTER_KEY);
    let rewrapped = shown.good(KeyFolder::at(&folder, next));
    assert_eq!(shown.good(rewrapped.rewrap().await), 1);
    let out_of_step: Result<_, Error> = keys.current(&TenantId::from("acme")).await;
    shown.bad(out_of_step);
    shown.good(rewrapped.destroy(&TenantId::from("acme")).await);
    drop(acquaint);

    let acquaint = scene.open(file, rewrapped).await;
    let tenant = acquaint.tenant("acme");
    assert!(scene.sync(&tenant).await.is_some());
    assert!(shown.good(tenant.destroy_credentials().await) > 0);
    scene.look_at_files("after a tenant's key was destroyed");
}
