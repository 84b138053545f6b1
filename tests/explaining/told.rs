//! What is said to different readers. The texts are recorded beside this file, one for each question; after a change of
//! wording, run with `BLESS=1` to write them anew, and read the difference.

use std::collections::BTreeMap;
use std::path::Path;

use acquaint::{Audience, WhyQuery};
use regex::{Captures, Regex};

use super::product::Product;
use super::support::{ANA, BEN, at};
use super::why;

/// The texts for all readers, without ids that are drawn anew every time.
fn told(tell: impl Fn(Audience) -> String) -> String {
    let texts: String =
        Audience::ALL.map(|audience| format!("== {audience} ==\n{}", tell(audience))).concat();
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    let ids = Regex::new(r"\b(mtg|con|conn|connection|grant|rev|channel)_[0-9a-f]{16,}").unwrap();
    let texts = ids.replace_all(&texts, |found: &Captures<'_>| {
        let next = names.len() + 1;
        format!("{}_{}", &found[1], names.entry(found[0].to_owned()).or_insert(next))
    });
    let evaluator = Regex::new(r"by [0-9.]+\+.*").unwrap();
    evaluator.replace_all(&texts, "by EVALUATOR").into_owned()
}

fn compare(name: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/explaining").join(name);
    if std::env::var_os("BLESS").is_some_and(|value| value == "1") {
        std::fs::write(&path, found).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(expected, found, "{name}");
}

#[tokio::test]
async fn every_answer_is_told_to_each_reader_as_it_is_recorded() {
    let product = Product::read().await;
    let near = |time: &str| WhyQuery::near(at(time)).on_calendar(ANA);
    let questions = [
        ("kept.txt", near("2026-03-03T10:00:00Z")),
        ("dropped.txt", near("2026-03-09T10:00:00Z")),
        ("absent.txt", near("2026-03-03T10:00:00Z").with_address("hank@globex.com")),
        ("not_connected.txt", WhyQuery::near(at("2026-03-06T10:00:00Z")).on_calendar(BEN)),
    ];
    for (name, query) in questions {
        let found = why(&product.tenant, &query).await;
        assert_eq!(found.len(), 1, "{name}");
        assert_eq!(found[0].tell(Audience::Engineer), found[0].to_string());
        compare(name, &told(|audience| found[0].tell(audience)));
    }
    let ana = product.explain_connection(ANA).await;
    compare("connection.txt", &told(|audience| ana.tell(audience)));
}

#[tokio::test]
async fn a_customer_reads_no_ids_no_places_and_nobody_elses_address() {
    let product = Product::read().await;
    let mut texts = Vec::new();
    for meeting in product.tenant.meetings().all().await.unwrap() {
        texts.push(product.tenant.explain(&meeting.id).await.unwrap().tell(Audience::Customer));
    }
    for day in ["2026-03-20", "2027-06-01", "2026-03-03"] {
        let query = WhyQuery::near(at(&format!("{day}T10:00:00Z"))).with_address("hank@secret.example");
        texts.extend(why(&product.tenant, &query).await.iter().map(|one| one.tell(Audience::Customer)));
    }
    assert!(texts.len() > 5);
    for text in texts {
        assert_eq!(text.lines().count(), 1, "{text}");
        for internal in ["@", "_", "`", "keep", "manifest", "clause", "lane", "mirror", "sync", "  "] {
            assert!(!text.contains(internal), "{internal:?} in {text}");
        }
    }
}

#[test]
fn an_audience_is_read_from_its_name() {
    for audience in Audience::ALL {
        assert_eq!(audience.as_str().parse::<Audience>().unwrap(), audience);
    }
    let error = "boss".parse::<Audience>().unwrap_err();
    assert!(error.to_string().contains("engineer, support, customer"), "{error}");
}
