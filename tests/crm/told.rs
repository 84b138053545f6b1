//! What the provider tells is read, record by record, and without a search.

use acquaint::core::record::Gone;
use acquaint_testkit::sandbox::hubspot::{Link, Subscription};

use crate::support::PORTAL;
use crate::{ALL, Product};

impl Product {
    /// Read, and told of everything.
    async fn told() -> Self {
        let product = Self::of(ALL, |builder| builder.public_url("https://product.example/")).await;
        let hubspot = &product.world.hubspot;
        hubspot.set_webhook_target("https://product.example/push/hubspot").unwrap();
        let subscribe = |subscription: Subscription| {
            hubspot.subscribe(subscription).unwrap();
        };
        const CHANGES: [&str; 5] = ["creation", "deletion", "merge", "restore", "associationChange"];
        for kind in ["contact", "company", "deal"] {
            CHANGES.iter().for_each(|change| subscribe(Subscription::new(format!("{kind}.{change}"))));
        }
        for (event, property) in [
            ("contact.propertyChange", "jobtitle"),
            ("company.propertyChange", "lifecyclestage"),
            ("deal.propertyChange", "dealstage"),
        ] {
            subscribe(Subscription::new(event).property(property));
        }
        subscribe(Subscription::new("contact.privacyDeletion"));
        for kind in ["0-47", product.machines.as_str()] {
            for change in CHANGES {
                subscribe(Subscription::new(format!("object.{change}")).object(kind));
            }
        }
        subscribe(Subscription::new("object.propertyChange").object(&*product.machines).property("serial"));
        product.connect().await;
        product.sync().await.into_result().unwrap();
        hubspot.drop_deliveries();
        product
    }

    /// Hands over what waits. Returns the answers' status codes.
    async fn deliver(&self) -> Vec<u16> {
        let mut answers = Vec::new();
        while let Some(delivery) = self.world.hubspot.next_delivery() {
            let status = self.acquaint.receive(delivery.request.clone()).await.status().as_u16();
            self.world.hubspot.answer_delivery(&delivery, Some(status));
            answers.push(status);
        }
        answers
    }

    /// Nothing was searched for or listed.
    async fn read_what_was_told(&self) {
        let answers = self.deliver().await;
        assert!(!answers.is_empty() && answers.iter().all(|status| *status == 200), "{answers:?}");
        let calls = self.due().await;
        assert!(
            calls.keys().all(|call| !call.starts_with("search") && !call.starts_with("list")),
            "{calls:?}"
        );
    }
}

#[tokio::test]
async fn every_kind_of_change_is_told_and_read_at_once() {
    let product = Product::told().await;
    let hubspot = &product.world.hubspot;
    let (jane, mei) = (product.contact("jane"), product.contact("mei"));
    let globex = product.world.company("Globex", "globex.example", "lead");
    let deal = hubspot.create(PORTAL, "deals", &[("dealname", "Rivets"), ("dealstage", "new")]).unwrap();
    let machine = hubspot.create(PORTAL, &product.machines, &[("serial", "A-1")]).unwrap();
    product.read_what_was_told().await;
    assert_eq!(product.role(jane).await.as_deref(), Some("Buyer"));
    assert!(product.records("companies", "").await.contains_key(&globex));
    assert!(product.records("deals", "").await.contains_key(&deal));
    assert!(product.records("objects", &product.machines).await.contains_key(&machine));

    hubspot.update(PORTAL, "contacts", jane, &[("jobtitle", "CFO")]).unwrap();
    hubspot.associate(PORTAL, ("contacts", jane), ("companies", globex), Link::Primary).unwrap();
    product.read_what_was_told().await;
    assert_eq!(product.role(jane).await.as_deref(), Some("CFO"));
    assert_eq!(product.companies(jane).await, [(globex, true, vec![])]);

    hubspot.dissociate(PORTAL, ("contacts", jane), ("companies", globex), Link::Unlabelled).unwrap();
    hubspot.archive(PORTAL, "deals", deal).unwrap();
    product.read_what_was_told().await;
    assert_eq!(product.companies(jane).await, []);
    assert_eq!(product.gone("deals", deal).await, Some(Gone::Archived));

    hubspot.restore(PORTAL, "deals", deal).unwrap();
    let survivor = hubspot.merge(PORTAL, "contacts", jane, mei).unwrap();
    product.read_what_was_told().await;
    assert_eq!(product.gone("deals", deal).await, None);
    for old in [jane, mei] {
        assert_eq!(product.gone("contacts", old).await, Some(Gone::MergedInto(survivor.to_string().into())));
    }
    assert_eq!(product.role(survivor).await.as_deref(), Some("CFO"));

    hubspot.gdpr_delete(PORTAL, "contacts", survivor).unwrap();
    product.read_what_was_told().await;
    assert_eq!(product.gone("contacts", survivor).await, Some(Gone::Erased));
}

#[tokio::test]
async fn an_import_of_ten_thousand_contacts_is_read_by_search() {
    let product = Product::told().await;
    let hubspot = &product.world.hubspot;
    for number in 0..10_000 {
        let email = format!("import{number}@globex.example");
        hubspot.create(PORTAL, "contacts", &[("email", &email)]).unwrap();
    }
    let answers = product.deliver().await;
    assert!(answers.iter().all(|status| *status == 200));
    let calls = product.due().await;
    assert_eq!(calls["search contacts"], 100, "a page is a hundred here");
    assert!(calls.get("batch read contacts").copied().unwrap_or(0) <= 10, "{calls:?}");
    assert!(calls["associations contacts companies"] <= 11, "{calls:?}");
    assert_eq!(product.records("contacts", "").await.len(), 10_000);
    assert_eq!(product.records("associations", "contacts/companies").await.len(), 10_000);
}

#[tokio::test]
async fn what_is_told_twice_late_or_out_of_order_changes_nothing_else() {
    let product = Product::told().await;
    let hubspot = &product.world.hubspot;
    hubspot.configure(|config| {
        config.webhooks.repeats = true;
        config.webhooks.shuffle = Some(11);
    });
    let jane = product.contact("jane");
    hubspot.update(PORTAL, "contacts", jane, &[("jobtitle", "CFO")]).unwrap();
    hubspot.archive(PORTAL, "contacts", jane).unwrap();
    hubspot.restore(PORTAL, "contacts", jane).unwrap();
    let mut kept = Vec::new();
    while let Some(delivery) = hubspot.next_delivery() {
        kept.push(delivery.request.clone());
        hubspot.answer_delivery(&delivery, Some(200));
    }
    for request in kept.iter().chain(&kept) {
        assert_eq!(product.acquaint.receive(request.clone()).await.status(), 200);
    }
    assert_eq!(product.due().await["batch read contacts"], 1);
    assert_eq!(
        (product.role(jane).await.as_deref(), product.gone("contacts", jane).await),
        (Some("CFO"), None)
    );
    // A recording of it, sent an hour later, is not believed.
    product.world.minutes(60);
    assert_eq!(product.acquaint.receive(kept[0].clone()).await.status(), 403);
}

#[tokio::test]
async fn a_forged_or_foreign_notification_changes_nothing() {
    let product = Product::told().await;
    product.contact("jane");
    let genuine = product.world.hubspot.next_delivery().unwrap().request;
    let mut forged = genuine.clone();
    *forged.body_mut() =
        String::from_utf8(genuine.body().to_vec()).unwrap().replace("creation", "deletion").into();
    assert_eq!(product.acquaint.receive(forged).await.status(), 403);
    let mut unsigned = genuine.clone();
    unsigned.headers_mut().remove("x-hubspot-signature-v3");
    assert_eq!(product.acquaint.receive(unsigned).await.status(), 403);
    // The address is the configured one, whatever a proxy makes of it on the way.
    let mut moved = genuine.clone();
    *moved.uri_mut() = "http://10.0.0.7:8080/inner/push/hubspot".parse().unwrap();
    assert_eq!(product.acquaint.receive(moved).await.status(), 200);
    assert_eq!(product.acquaint.received().forged, 2);
    product.world.hubspot.add_portal(7, "other.example", "admin@other.example");
    product.world.hubspot.drop_deliveries();
    product.world.hubspot.create(7, "contacts", &[("email", "x@other.example")]).unwrap();
    assert_eq!(product.deliver().await, [200], "nobody has connected that portal");
    assert_eq!(product.acquaint.received().unknown, 1);
}
