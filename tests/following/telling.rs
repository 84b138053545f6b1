//! Notifications that a provider sends for a whole app.

use acquaint::core::record::Gone;
use acquaint::{Mirrored, OAuthApp};

use crate::library::{Call, bulletin};
use crate::{Product, connect};

const SECRET: &str = "product's secret";

impl Product {
    async fn read() -> Self {
        let product = Self::new().await;
        for book in ["a", "b", "c"] {
            product.library.put(book, "a title");
        }
        product.tenant.sync().await.unwrap().into_result().unwrap();
        product.library.take_calls();
        product
    }

    async fn tell(&self, told: &[(&str, &str, &[&str])], secret: &str) -> u16 {
        self.acquaint.receive(bulletin("library-1", told, secret)).await.status().as_u16()
    }

    async fn calls(&self) -> Vec<Call> {
        self.due().await.into_result().unwrap();
        self.library.take_calls()
    }
}

#[tokio::test]
async fn just_what_was_told_is_read_and_what_hangs_on_it() {
    let product = Product::read().await;
    product.library.change_silently("b", "told");
    assert_eq!(product.tell(&[("books", "", &["b"])], SECRET).await, 200);
    assert_eq!(product.acquaint.received().hints, 1);
    assert_eq!(product.calls().await, [Call::Books(vec!["b".into()]), Call::Loans(vec!["b".into()])]);
    assert_eq!(product.records("books").await["b"].raw, "told");
    assert_eq!(product.calls().await, [], "it is dealt with");

    product.library.lend("c", "jane");
    product.tell(&[("loans", "books", &["c"])], SECRET).await;
    assert_eq!(product.calls().await, [Call::Loans(vec!["c".into()])]);
    assert_eq!(product.borrower("c").await.as_deref(), Some("jane"));
}

#[tokio::test]
async fn what_is_told_often_out_of_order_or_again_is_read_once() {
    let product = Product::read().await;
    for keys in [&["c", "a"], &["a", "b"], &["b", "c"]] {
        product.tell(&[("books", "", keys)], SECRET).await;
    }
    let all = vec!["a".to_owned(), "b".to_owned(), "c".to_owned()];
    assert_eq!(product.calls().await, [Call::Books(all.clone()), Call::Loans(all)]);
}

#[tokio::test]
async fn a_flood_of_keys_becomes_one_look_at_what_has_changed() {
    let product = Product::read().await;
    let keys: Vec<String> = (0..10_000).map(|number| format!("flood{number:05}")).collect();
    for chunk in keys.chunks(100) {
        let chunk: Vec<&str> = chunk.iter().map(String::as_str).collect();
        assert_eq!(product.tell(&[("books", "", &chunk)], SECRET).await, 200);
    }
    let calls = product.calls().await;
    assert_eq!(calls.iter().filter(|call| **call == Call::Changes).count(), 1);
    let single: usize =
        calls.iter().map(|call| if let Call::Books(keys) = call { keys.len() } else { 0 }).sum();
    assert!(single <= 1_000, "{single} are read one by one");
}

#[tokio::test]
async fn a_flood_of_what_hangs_on_others_is_read_by_a_walk() {
    let product = Product::new().await;
    let books: Vec<String> = (0..1_200).map(|number| format!("book{number:04}")).collect();
    books.iter().for_each(|book| product.library.put(book, "a title"));
    product.tenant.sync().await.unwrap().into_result().unwrap();
    product.library.take_calls();
    // The books themselves stay as they are.
    for chunk in books.chunks(100) {
        chunk.iter().for_each(|book| product.library.lend(book, "jane"));
        let chunk: Vec<&str> = chunk.iter().map(String::as_str).collect();
        product.tell(&[("loans", "books", &chunk)], SECRET).await;
    }
    product.calls().await;
    let loans = product.records("loans").await;
    assert!(loans.values().all(|loan| loan.raw == "jane"), "all were told of");
}

#[tokio::test]
async fn one_record_that_cannot_be_read_keeps_no_other_waiting() {
    let product = Product::read().await;
    product.library.change_silently("b", "told");
    product.library.hide("a");
    product.tell(&[("books", "", &["a", "b"])], SECRET).await;
    let report = product.due().await;
    let error = report.into_result().unwrap_err();
    assert_eq!((error.context("record"), error.context("records")), (Some("a"), Some("1")));
    assert_eq!(product.records("books").await["b"].raw, "told");
    assert_eq!(product.gone("books", "a").await, None);
}

#[tokio::test]
async fn nothing_is_asked_of_what_hangs_on_something_that_is_not_there() {
    let product = Product::read().await;
    product.library.merge("c", "a");
    product.later().await;
    product.tell(&[("loans", "books", &["c", "never"])], SECRET).await;
    assert_eq!(product.calls().await, []);
    let loans = product.records("loans").await;
    assert_eq!(loans["c"].gone, Some(Gone::MergedInto("a".into())));
    assert!(!loans.contains_key("never"));
}

#[tokio::test]
async fn a_partition_without_keys_is_looked_at() {
    let product = Product::read().await;
    product.tell(&[("books", "", &[])], SECRET).await;
    assert_eq!(product.calls().await, [Call::Changes]);
}

#[tokio::test]
async fn why_a_record_is_gone_is_taken_from_who_told_if_reading_does_not_say() {
    let product = Product::read().await;
    product.library.remove_silently("a");
    product.library.merge("b", "c");
    // That c was erased is not so: the library still has it.
    product.tell(&[("books", "", &["!a", "!b", "!c"])], SECRET).await;
    product.calls().await;
    assert_eq!(product.gone("books", "a").await, Some(Gone::Erased));
    assert_eq!(product.gone("books", "b").await, Some(Gone::MergedInto("c".into())));
    assert_eq!(product.gone("books", "c").await, None);
    product.calls().await;
    assert_eq!(product.gone("loans", "a").await, Some(Gone::Erased));
}

#[tokio::test]
async fn what_no_app_has_signed_is_refused_and_changes_nothing() {
    let product = Product::read().await;
    for secret in ["", "guess", "product's secret "] {
        assert_eq!(product.tell(&[("books", "", &["a"])], secret).await, 403, "{secret}");
    }
    assert_eq!(product.acquaint.received().forged, 3);
    // An account that nobody has connected is nobody's business, whoever says so.
    let unknown = bulletin("library-2", &[("books", "", &["a"])], "guess");
    assert_eq!(product.acquaint.receive(unknown).await.status(), 200);
    assert_eq!(product.acquaint.received().unknown, 1);
    assert_eq!(product.calls().await, []);
}

#[tokio::test]
async fn what_is_told_of_a_shared_account_reaches_every_tenant_whose_app_has_signed_it() {
    let product = Product::of(|builder| {
        let builder = builder.public_url("https://product.example/");
        builder.tenant_app("umbrella", "library", OAuthApp::new("umbrella", "umbrella's own"))
    })
    .await;
    product.library.put("a", "a title");
    let mut tenants = vec![product.tenant.clone()];
    for name in ["globex", "umbrella"] {
        let tenant = product.acquaint.tenant(name);
        connect(&tenant, "library 1").await;
        tenants.push(tenant);
    }
    for tenant in &tenants {
        tenant.sync().await.unwrap().into_result().unwrap();
    }
    product.library.take_calls();
    product.tell(&[("books", "", &["a"])], SECRET).await;
    let due = acquaint::SyncOptions::new().due_only();
    let mut told = Vec::new();
    for tenant in &tenants {
        tenant.sync_with(&due).await.unwrap().into_result().unwrap();
        told.push(product.library.take_calls().contains(&Call::Books(vec!["a".into()])));
    }
    assert_eq!(told, [true, true, false], "umbrella has an app of its own, which has not signed");
    product.tell(&[("books", "", &["a"])], "umbrella's own").await;
    tenants[2].sync_with(&due).await.unwrap().into_result().unwrap();
    assert!(product.library.take_calls().contains(&Call::Books(vec!["a".into()])));
}

#[tokio::test]
async fn what_is_told_of_a_connection_that_has_ended_is_nobodys_business() {
    let product = Product::read().await;
    product.tell(&[("books", "", &["a"])], SECRET).await;
    let _ = product.tenant.disconnect(&product.connection, Mirrored::Erase).await.unwrap();
    assert_eq!(product.tell(&[("books", "", &["a"])], SECRET).await, 200);
    assert_eq!(product.acquaint.received().unknown, 1);
    assert_eq!(product.calls().await, []);
    assert!(product.store.lanes(product.tenant.id()).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_is_told_while_it_is_read_is_read_again() {
    let product = Product::read().await;
    product.library.lend("a", "first");
    product.tell(&[("loans", "books", &["a"])], SECRET).await;
    let (library, acquaint) = (product.library.clone(), product.acquaint.clone());
    // The answer was made, then the loan changes and is told, then the answer arrives.
    product.library.after_loans(0, move || {
        library.lend("a", "second");
        let told = bulletin("library-1", &[("loans", "books", &["a"])], SECRET);
        futures::executor::block_on(acquaint.receive(told));
    });
    product.calls().await;
    product.calls().await;
    assert_eq!(product.borrower("a").await.as_deref(), Some("second"));
}

#[tokio::test]
async fn a_product_that_cannot_be_reached_has_no_lanes_for_what_it_might_be_told() {
    let product = Product::of(|builder| builder).await;
    product.tenant.sync().await.unwrap().into_result().unwrap();
    let lanes = product.tenant.lanes().await.unwrap();
    assert!(lanes.iter().all(|lane| lane.id.lane.as_str() != "told"));
}
