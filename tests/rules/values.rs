//! Tests of single values.

use acquaint::core::view::{EventKind, EventStatus, EventTime};

use super::{at, decide, empty, judge, review};

#[tokio::test]
async fn text_is_compared_without_regard_to_case() {
    judge(
        &review(),
        &[
            "title: quarterly review",
            "title: { is: QUARTERLY REVIEW }",
            "title: { in: [QBR, quarterly Review] }",
            "title: { contains: 'LY R' }",
            "title: { contains: '' }",
            "title: { starts_with: quarter }",
            "title: { ends_with: VIEW }",
            "title: { exists: true }",
            "title: { not: QBR }",
            "title: { not: { is: QBR, contains: quarter } }",
            "title: { starts_with: q, ends_with: w }",
        ],
        &[
            "title: Quarterly",
            "title: { is: '' }",
            "title: { in: [] }",
            "title: { in: [QBR, Review] }",
            "title: { contains: monthly }",
            "title: { starts_with: review }",
            "title: { ends_with: quarterly }",
            "title: { exists: false }",
            "title: { not: quarterly review }",
            "title: { not: { not: QBR } }",
            "title: { starts_with: q, ends_with: q }",
        ],
    )
    .await;
}

#[tokio::test]
async fn case_is_that_of_every_script() {
    let mut event = review();
    event.title = Some("ÄRGER über ΣΊΣΥΦΟΣ, Straße".to_owned());
    judge(
        &event,
        &[
            "title: { starts_with: ärger ÜBER }",
            "title: { contains: 'σίσυφος' }",
            "title: { ends_with: STRAßE }",
        ],
        &["title: { ends_with: STRASSE }", "title: { starts_with: arger }"],
    )
    .await;
}

#[tokio::test]
async fn a_pattern_sees_the_text_as_it_is() {
    judge(
        &review(),
        &[
            "title: { matches: '^Quarterly' }",
            "title: { matches: '(?i)^quarterly' }",
            "title: { matches: 'y R' }",
        ],
        &["title: { matches: '^quarterly' }", "title: { matches: '^Review' }"],
    )
    .await;
}

#[tokio::test]
async fn a_missing_value_passes_no_test_but_that_it_is_missing() {
    // No description at all, and a location that is empty: both say nothing.
    for field in ["description", "location", "main_account.blank", "main_account.none", "main_account.tags"] {
        let holding = ["exists: false", "not: Berlin", "not: { contains: '' }", "not: { exists: true }"];
        let failing = [
            "exists: true",
            "is: ''",
            "in: ['', Berlin]",
            "contains: ''",
            "starts_with: ''",
            "ends_with: ''",
            "matches: ''",
        ];
        let rule = |test: &str| -> &str { format!("{field}: {{ {test} }}").leak() };
        judge(&review(), &holding.map(rule), &failing.map(rule)).await;
    }
    judge(
        &review(),
        &[
            "main_account.none: { not: { at_least: 0 } }",
            "main_account.blank: { not: { before: 2099-01-01 } }",
        ],
        &[
            "main_account.none: { at_least: 0 }",
            "main_account.none: { at_most: 0 }",
            "main_account.none: { before: 2099-01-01 }",
            "main_account.none: { after: 1999-01-01 }",
            "main_account.none: { within: 9999d }",
            "main_account.none: false",
            "main_account.blank: 0",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_flag_is_one_or_the_other() {
    judge(
        &review(),
        &["all_day: false", "private: { is: false }", "private: { not: true }", "all_day: { exists: true }"],
        &["all_day: true", "private: { is: true }", "private: { not: false }", "all_day: { exists: false }"],
    )
    .await;
    let day = |text: &str| EventTime::Day(text.parse().unwrap());
    let mut fair = review();
    (fair.start, fair.end) = (day("2026-03-10"), day("2026-03-12"));
    judge(&fair, &["all_day: true", "duration: 2d", "start: { after: 2026-03-09 }"], &["all_day: false"])
        .await;
}

#[tokio::test]
async fn a_duration_has_bounds_that_belong_to_it() {
    judge(
        &review(),
        &[
            "duration: 30m",
            "duration: { is: 1800s }",
            "duration: { at_least: 30m }",
            "duration: { at_most: 30m }",
            "duration: { at_least: 29m, at_most: 31m }",
            "duration: { not: 1h }",
        ],
        &[
            "duration: 31m",
            "duration: { at_least: 1801s }",
            "duration: { at_most: 1799s }",
            "duration: { at_least: 30m, at_most: 29m }",
            "duration: { not: { at_most: 1w } }",
        ],
    )
    .await;
    let mut backwards = review();
    backwards.end = EventTime::At(at("2026-03-10T09:00:00Z"));
    judge(
        &backwards,
        &["duration: { not: 1h }"],
        &["duration: { at_least: 0s }", "duration: { at_most: 1w }"],
    )
    .await;
}

#[tokio::test]
async fn an_instant_lies_before_or_after_another() {
    judge(
        &review(),
        &[
            "start: { before: 2026-03-11 }",
            "start: { after: 2026-03-10 }",
            "start: { after: '2026-03-10T09:59:59Z', before: '2026-03-10T10:00:01Z' }",
            "start: { after: '2026-03-10T10:59:59+01:00' }",
            "end: { before: 2026-03-11 }",
            "start: { after: now }",
            "start: { after: now+9d }",
            "start: { before: now+10d }",
            "start: { within: 10d }",
            "start: { not: { within: 9d } }",
        ],
        &[
            "start: { before: '2026-03-10T10:00:00Z' }",
            "start: { after: '2026-03-10T10:00:00Z' }",
            "start: { before: now }",
            "start: { before: now-1d }",
            "start: { after: now+10d }",
            "start: { within: 9d }",
            "end: { after: '2026-03-10T10:30:00Z' }",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_number_of_the_crm_may_be_text() {
    judge(
        &review(),
        &[
            "main_account.seats: 50",
            "main_account.seats: '50'",
            "main_account.seats: 50.0",
            "main_account.seats: { in: [1, 50] }",
            "main_account.seats: { at_least: 50 }",
            "main_account.seats: { at_most: 50.5 }",
            "main_account.seats: { contains: '5' }",
            "main_account.size: 250",
            "main_account.size: { at_least: 249.9 }",
            "main_account.size: { at_most: 250 }",
            "main_account.stage: { not: { at_least: -999999 } }",
        ],
        &[
            "main_account.seats: 51",
            "main_account.seats: { at_least: 51 }",
            "main_account.seats: { at_most: 49 }",
            "main_account.size: { at_least: 1000 }",
            "main_account.size: '25'",
            "main_account.stage: { at_least: 0 }",
            "main_account.stage: { at_most: 0 }",
            "main_account.vip: 1",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_flag_of_the_crm_may_be_text() {
    judge(
        &review(),
        &[
            "main_account.vip: true",
            "main_account.vip: 'TRUE'",
            "main_account.vip: { in: [true] }",
            "main_account.trial: false",
            "main_account.trial: { not: true }",
            "main_account.trial: 'false'",
        ],
        &[
            "main_account.vip: false",
            "main_account.trial: true",
            "main_account.seats: true",
            "main_account.stage: true",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_date_of_the_crm_is_an_instant() {
    judge(
        &review(),
        &[
            "main_account.renewal: { before: 2026-06-02, after: 2026-05-31 }",
            "main_account.renewal: { within: 92d }",
            "main_account.renewal: { after: now+91d }",
            "main_account.since: { before: '2024-05-01T10:00:01Z', after: '2024-05-01T09:59:59Z' }",
            "main_account.since: { before: now-1w }",
        ],
        &[
            "main_account.renewal: { before: 2026-06-01 }",
            "main_account.renewal: { after: 2026-06-01 }",
            "main_account.renewal: { within: 91d }",
            "main_account.stage: { before: 2099-01-01 }",
            "main_account.seats: { after: 1999-01-01 }",
        ],
    )
    .await;
}

#[tokio::test]
async fn what_the_crm_calls_an_account_can_be_asked() {
    judge(
        &review(),
        &[
            "main_account: { exists: true }",
            "main_account.id: '1'",
            "main_account.name: globex",
            "main_account.domain: globex.com",
            "main_account.source: product",
            "main_account.stage: customer",
            "main_account.stage: { in: [customer, partner], not: { starts_with: lead } }",
        ],
        &[
            "main_account: { exists: false }",
            "main_account: { not: { exists: true } }",
            "main_account.id: '2'",
        ],
    )
    .await;
    judge(
        &empty(),
        &["main_account: { exists: false }", "main_account.name: { exists: false }"],
        &[
            "main_account: { exists: true }",
            "main_account.name: globex",
            "main_account.seats: { at_least: 0 }",
        ],
    )
    .await;
}

#[tokio::test]
async fn kinds_and_states_have_words() {
    let kinds = [
        (EventKind::Default, "default"),
        (EventKind::OutOfOffice, "out_of_office"),
        (EventKind::FocusTime, "focus_time"),
        (EventKind::WorkingLocation, "working_location"),
        (EventKind::Birthday, "birthday"),
        (EventKind::FromMail, "from_mail"),
        (EventKind::Other, "other"),
    ];
    for (kind, word) in kinds {
        let mut event = review();
        event.kind = kind;
        assert_eq!(decide(&format!("{{ kind: {word} }}"), &event).await, Ok(()), "{word}");
        let none = decide(&format!("{{ kind: {{ not: {word} }} }}"), &event).await;
        assert_eq!(none, Err("keep.kind".to_owned()), "{word}");
    }
    for (status, word) in [(EventStatus::Confirmed, "confirmed"), (EventStatus::Tentative, "tentative")] {
        let mut event = review();
        event.status = status;
        assert_eq!(decide(&format!("{{ status: {word} }}"), &event).await, Ok(()), "{word}");
    }
}

#[tokio::test]
async fn a_series_its_zone_and_a_cut_guest_list_can_be_asked() {
    let mut event = review();
    event.zone = Some("Europe/Berlin".to_owned());
    event.series = Some("s1".to_owned());
    event.attendees_cut = true;
    let holding =
        ["recurring: true", "zone: europe/berlin", "zone: { starts_with: Europe }", "attendees_cut: true"];
    judge(&event, &holding, &["recurring: false", "zone: UTC", "attendees_cut: false"]).await;
    event.series = None;
    event.attendees_cut = false;
    let (holding, failing) = (["recurring: false", "attendees_cut: false"], ["recurring: true"]);
    judge(&event, &holding, &failing).await;
    event.original_start = Some(event.start);
    judge(&event, &["recurring: true"], &["recurring: false"]).await;
}
