//! Cases: what they can say, and what is said of those that come out otherwise.

use acquaint::manifest::{Place, Problems};
use acquaint::{CaseOutcome, Manifest, Registry};

use crate::mutants::good;

const RULES: &str = "\
acquaint: 1
name: cases
sources:
  calendar: { connector: google-calendar }
  crm:
    connector: hubspot
    accounts: { fields: { stage: lifecyclestage, seats: seats } }
    contacts: { fields: { role: jobtitle } }
match:
  internal: { domains: { slot: own_domains, default: from_users } }
  accounts: { stage: customer }
keep:
  all:
    - attendees: { some: { external: true, account: { exists: true } } }
    - title: { not: { matches: '(?i)^hold' } }
    - start: { before: now+7d }
    - not: { location: { contains: gym } }
priority:
  - { when: { attendees: { some: { contact.role: { matches: '(?i)chief' } } } }, add: 10 }
output:
  title: title
  seats: main_account.seats
  people: { each: attendees, where: { external: true }, take: { email: email, role: contact.role } }
";

fn registry() -> Registry {
    Registry::bundled().unwrap()
}

fn outcomes(cases: &str) -> Vec<CaseOutcome> {
    let manifest = Manifest::parse(RULES).unwrap();
    let text = format!("cases:\n{cases}");
    manifest.run_cases_beside(&text, &registry()).unwrap_or_else(|problems| panic!("{problems}\n{text}"))
}

/// The one case's problems, in words.
fn unmet(case: &str) -> Vec<String> {
    let outcomes = outcomes(case);
    assert_eq!(outcomes.len(), 1);
    outcomes[0].problems.iter().map(|problem| problem.message.clone()).collect()
}

fn refused(cases: &str) -> Problems {
    let manifest = Manifest::parse(RULES).unwrap();
    let text = format!("cases:\n{cases}");
    manifest.run_cases_beside(&text, &registry()).expect_err(&text)
}

#[test]
fn a_case_says_what_the_rules_do() {
    let cases = r#"
  - name: A customer, and who they are
    given:
      accounts:
        - { name: Globex, domain: globex.com, stage: customer, seats: 70 }
        - { name: Globex Labs, domain: globex.dev, stage: lead, parent: Globex }
      contacts: [{ email: jane@globex.com, name: Jane, account: Globex, role: Chief of Staff }]
      users: [me@us.example]
    meeting: { title: QBR, attendees: [me@us.example, Jane@Globex.com, { email: x@globex.dev, response: declined }] }
    kept: true
    priority: 10
    accounts: [Globex]
    matches: { jane@globex.com: Globex, x@globex.dev: Globex Labs, me@us.example: ~ }
    output: { title: QBR, seats: 70, people: [{ email: jane@globex.com, role: Chief of Staff }, { email: x@globex.dev, role: ~ }] }
  - given: { accounts: [{ name: Globex, domain: globex.com, stage: customer }] }
    meeting: { title: "Hold: QBR", attendees: [jane@globex.com] }
    kept: false
    because: title
  - given: { accounts: [{ name: Globex, domains: [globex.com, globex.dev], stage: lead }] }
    meeting: { title: QBR, attendees: [jane@globex.com] }
    because: attendees
    accounts: []
    matches: { jane@globex.com: Globex }
  - given: { accounts: { name: Globex, domain: globex.com, stage: customer } }
    meeting: { attendees: jane@globex.com, location: A gym }
    because: keep.all[3].not
  - meeting: { status: cancelled }
    because: cancelled
"#;
    for outcome in outcomes(cases) {
        assert!(outcome.passed(), "{outcome}: {:?}", outcome.problems);
    }
}

#[test]
fn the_cases_of_good_manifests_come_out_as_they_expect_also_when_they_are_written_back() {
    let mut seen = 0;
    for (name, text) in good() {
        let manifest =
            Manifest::check(&text, &registry()).unwrap_or_else(|problems| panic!("{name}: {problems}"));
        let again = manifest.to_json().to_string();
        let again =
            Manifest::check(&again, &registry()).unwrap_or_else(|problems| panic!("{name}: {problems}"));
        let came = |manifest: &Manifest| {
            let outcomes = manifest.run_cases().into_iter();
            outcomes.map(|case| (case.name, case.title, case.kept, case.because)).collect::<Vec<_>>()
        };
        seen += came(&manifest).len();
        assert_eq!(came(&again), came(&manifest), "{name}");
    }
    assert_eq!(seen, 8);
}

#[test]
fn time_stands_where_the_case_says_and_meetings_are_tomorrow() {
    let given = "given: { accounts: [{ name: G, domain: g.example, stage: customer }] }";
    let meeting = |meeting: &str| format!("attendees: [j@g.example], {meeting}");
    let cases = [
        ("", "title: x", "kept: true"),
        ("", "start: 2026-01-11T09:00:00Z", "kept: true"),
        ("", "start: 2026-01-12T09:00:01Z", "because: start"),
        ("now: 2026-01-06, ", "start: 2026-01-12T09:00:01Z", "kept: true"),
        ("now: 2026-01-06T00:00:00Z, ", "start: now+8d", "because: start"),
        ("", "start: 2026-01-12", "kept: true"),
        ("", "start: 2026-01-13", "because: start"),
        ("", "start: 2026-01-13, all_day: false", "because: start"),
    ];
    for (now, when, expected) in cases {
        let found = unmet(&format!("  - {{ {given}, {now}meeting: {{ {} }}, {expected} }}\n", meeting(when)));
        assert!(found.is_empty(), "{now}{when}: {found:?}");
    }
}

#[test]
fn users_and_slots_say_who_is_internal() {
    let given =
        |more: &str| format!("accounts: [{{ name: Us, domain: us.example, stage: customer }}], {more}");
    let cases = [
        ("users: [ann@us.example]", "kept: false"),
        ("users: [ann@else.example]", "kept: true"),
        ("slots: { own_domains: [us.example] }", "kept: false"),
        ("users: [ann@us.example], slots: { own_domains: [else.example] }", "kept: true"),
    ];
    for (more, expected) in cases {
        let case = format!(
            "  - {{ given: {{ {} }}, meeting: {{ title: x, attendees: [bob@us.example] }}, {expected} }}\n",
            given(more)
        );
        let found = unmet(&case);
        assert!(found.is_empty(), "{more}: {found:?}");
    }
}

#[test]
fn what_a_case_did_not_expect_is_said_with_what_the_clauses_saw() {
    let given = "given: { accounts: [{ name: G, domain: g.example, stage: customer }], contacts: [{ email: j@g.example }] }";
    let of = |meeting: &str, expected: &str| {
        unmet(&format!("  - {{ {given}, meeting: {{ attendees: [j@g.example], {meeting} }}, {expected} }}\n"))
    };
    let one = |found: Vec<String>| {
        assert_eq!(found.len(), 1, "{found:?}");
        found.into_iter().next().unwrap()
    };
    assert_eq!(
        one(of("title: 'Hold: x'", "kept: true")),
        "case 1: it should be kept, but `keep.all[1].title` dropped it: `keep.all[1].title` saw \"Hold: x\""
    );
    let kept = one(of("title: x", "kept: false, because: title"));
    assert!(kept.starts_with("case 1: it should be dropped, but it is kept: "), "{kept}");
    assert!(kept.contains("`keep.all[0].attendees` saw 1 attendees") && kept.contains("saw \"x\""), "{kept}");
    let other = one(of("title: 'Hold: x'", "because: start"));
    assert!(
        other.starts_with("case 1: `keep.all[2].start` should drop it, but `keep.all[1].title` dr"),
        "{other}"
    );
    assert_eq!(one(of("title: x", "priority: 5")), "case 1: its priority should be 5, but it is 0");
    assert_eq!(one(of("title: x", "accounts: []")), "case 1: its accounts should be none, but they are G");
    assert_eq!(
        one(of("title: x", "matches: { j@g.example: ~ }")),
        "case 1: j@g.example should be matched with no account, but domain found G"
    );
    assert_eq!(
        one(of("title: x", "output: { title: y }")),
        "case 1: `title` of the output should be \"y\", but it is \"x\""
    );
}

#[test]
fn a_case_that_names_what_is_not_there_is_refused_in_its_place() {
    let refusals = [
        ("- { meeting: { titel: x }, kept: true }", "title"),
        ("- { meeting: { title: x }, ketp: true }", "kept"),
        ("- { meeting: { status: canceled }, kept: true }", "cancelled"),
        ("- { given: { acounts: [] }, meeting: {}, kept: true }", "accounts"),
        ("- { given: { accounts: [{ name: A, stag: x }] }, meeting: {}, kept: true }", "stage"),
        ("- { given: { accounts: [{ name: A, source: cmr }] }, meeting: {}, kept: true }", "crm"),
        ("- { given: { accounts: [{ name: Globex }] }, meeting: {}, accounts: [Globx] }", "Globex"),
        ("- { given: { slots: { own_domain: [] } }, meeting: {}, kept: true }", "own_domains"),
        ("- { meeting: {}, because: titel }", "title"),
        ("- { meeting: {}, output: { titel: x } }", "title"),
        ("- { meeting: { attendees: [a@b.example] }, matches: { a@b.exampel: ~ } }", "a@b.example"),
    ];
    for (case, meant) in refusals {
        let problems = refused(&format!("  {case}\n"));
        assert_eq!(problems.problems.len(), 1, "{case}: {problems}");
        assert_eq!(problems.problems[0].suggestion.as_deref(), Some(meant), "{case}: {problems}");
        assert_eq!(problems.problems[0].place.line, 2);
    }
    let others = [
        "- { meeting: {} }",
        "- { kept: true }",
        "- { meeting: {}, kept: 1 }",
        "- { meeting: {}, kept: true, because: title }",
        "- { meeting: {}, now: now, kept: true }",
        "- { meeting: { start: 2026-01-02, end: 2026-01-01 }, kept: true }",
        "- { meeting: { end: 2026-01-02, duration: 1h }, kept: true }",
        "- { meeting: { attendees: [jane] }, kept: true }",
        "- { meeting: { attendees: [{ name: Jane }] }, kept: true }",
        "- { given: { users: [us] }, meeting: {}, kept: true }",
        "- { given: { accounts: [{ name: A, domain: 'a b' }] }, meeting: {}, kept: true }",
        "- { given: { accounts: [{ name: A, id: 1 }, { name: B, id: '1' }] }, meeting: {}, kept: true }",
        "- { given: { accounts: [{ name: A, id: a }, { name: B, id: a }] }, meeting: {}, kept: true }",
        "- { given: { accounts: [{ name: A }, { name: A }] }, meeting: {}, accounts: A }",
        "- { given: { accounts: [{ name: A, source: calendar, stage: x }] }, meeting: {}, kept: true }",
        "- { given: { accounts: [{ name: A, source: calendar }], contacts: [{ email: a@b.example, account: A, role: x }] }, meeting: {}, kept: true }",
    ];
    for case in others {
        assert_eq!(refused(&format!("  {case}\n")).problems.len(), 1, "{case}");
    }
    assert!(Manifest::parse(RULES).unwrap().run_cases_beside("keep: {}\n", &registry()).is_err());
}

#[test]
fn check_decides_the_cases_of_a_manifest_and_parse_only_reads_them() {
    let text = format!("{RULES}cases:\n  - {{ meeting: {{ title: 'Hold: x' }}, kept: true }}\n");
    let manifest = Manifest::parse(&text).unwrap();
    let problems = Manifest::check(&text, &registry()).unwrap_err();
    let line = u64::try_from(text.lines().count()).unwrap();
    assert_eq!(problems.problems.len(), 1, "{problems}");
    assert_eq!(problems.problems[0].place, Place { line, column: 38 });
    assert!(Manifest::check(&text.replace("kept: true", "kept: false"), &registry()).is_ok());
    assert!(!manifest.run_cases()[0].passed());
}

#[test]
fn cases_beside_a_manifest_are_checked_like_its_own() {
    let manifest = Manifest::parse(RULES).unwrap();
    let case = |kept: bool| format!("cases: [{{ meeting: {{ title: 'Hold: x' }}, kept: {kept} }}]");
    assert!(manifest.check_cases(&case(false), &registry()).is_ok());
    let problems = manifest.check_cases(&case(true), &registry()).unwrap_err();
    assert_eq!(problems.problems[0].place, Place { line: 1, column: 42 });
}

#[test]
fn a_case_makes_no_revision_and_is_part_of_what_a_manifest_says() {
    let plain = Manifest::parse(RULES).unwrap();
    let with = Manifest::parse(&format!("{RULES}cases: [{{ meeting: {{}}, kept: false }}]\n")).unwrap();
    assert_eq!(with.revision(), plain.revision());
    assert_eq!(with.to_json()["cases"][0]["kept"], false);
    assert!(plain.to_json().get("cases").is_none());
}

#[test]
fn what_is_expected_of_a_private_meeting_is_what_anybody_sees_of_it() {
    let found = unmet(
        "  - given: { accounts: [{ name: G, domain: g.example, stage: customer }] }
    meeting: { title: x, private: true, attendees: [j@g.example] }
    because: attendees
    matches: { j@g.example: G }
    output: { title: ~ }\n",
    );
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("nobody of a private meeting is seen"), "{found:?}");
}

#[test]
fn a_case_may_expect_that_a_value_which_must_be_there_drops_the_meeting() {
    let text = "
acquaint: 1
name: required
sources: { crm: { connector: local } }
output: { account: { from: main_account.name, required: true } }
cases:
  - { meeting: { title: Lunch }, kept: false, because: output.account }
  - { meeting: { title: Lunch }, because: account }
";
    let manifest = Manifest::check(text, &Registry::bundled().unwrap());
    assert!(manifest.is_ok(), "{:?}", manifest.err());
}

/// Rules over what hangs on an account, with a case.
fn linked(case: &str) -> Vec<String> {
    let rules = "\
acquaint: 1
name: linked
sources: { calendar: { connector: google-calendar }, crm: { connector: hubspot } }
keep:
  all:
    - main_account.deals: { some: { stage: open } }
    - main_account.owner.name: Ana
    - attendees: { every: { not: { response: declined } } }
";
    let manifest = Manifest::parse(rules).unwrap();
    let outcomes = manifest.run_cases_beside(&format!("cases:\n  - {case}\n"), &registry());
    let outcomes = outcomes.unwrap_or_else(|problems| panic!("{problems}\n{case}"));
    outcomes[0].problems.iter().map(|problem| problem.message.clone()).collect()
}

#[test]
fn deals_and_owners_hang_where_the_case_says() {
    let case = |account: &str, deal: &str, expected: &str| {
        linked(&format!(
            "{{ given: {{ accounts: [{{ name: Globex, domain: globex.com{account} }}], deals: [{deal}] }}, \
             meeting: {{ attendees: [jane@globex.com] }}, {expected} }}"
        ))
    };
    let (ana, none) = (", owner: { name: Ana }", "");
    let none_of_it: [String; 0] = [];
    for (account, deal, expected) in [
        (ana, "{ stage: open, account: Globex }", "kept: true"),
        (ana, "{ stage: won, account: Globex }", "because: deals"),
        (ana, "{ stage: open }", "because: deals"),
        (ana, "{ stage: open, account: Globex, archived: true }", "because: deals"),
        (none, "{ stage: open, account: Globex }", "because: name"),
        (", merged: [old], owner: { name: Ana }", "{ stage: open, account: old }", "kept: true"),
    ] {
        assert_eq!(case(account, deal, expected), none_of_it, "{account} {deal} {expected}");
    }
}

#[test]
fn copies_are_merged_as_those_of_real_meetings() {
    let given = "given: { users: [ana@us.example, ben@us.example], accounts: [{ name: Globex, domain: globex.com, owner: { name: Ana } }], deals: [{ stage: open, account: Globex }] }";
    let case = |meeting: &str, expected: &str| {
        linked(&format!("{{ {given}, meeting: {{ {meeting} }}, {expected} }}"))
    };
    let none_of_it: [String; 0] = [];
    for (meeting, expected) in [
        // Each person's answer comes from their own copy.
        (
            "attendees: [jane@globex.com, ben@us.example], copies: [{ calendar: ben@us.example, attendees: [jane@globex.com, { email: ben@us.example, response: declined }] }]",
            "because: attendees",
        ),
        // A private copy adds nobody, and one that others see leads.
        (
            "attendees: [], copies: [{ calendar: ben@us.example, attendees: [jane@globex.com], private: true }]",
            "kept: false",
        ),
        (
            "attendees: [jane@globex.com], private: true, copies: [{ calendar: ben@us.example, private: false }]",
            "kept: true",
        ),
        ("attendees: [], copies: [{ calendar: ben@us.example, attendees: [jane@globex.com] }]", "kept: true"),
        // Losing one copy cancels nothing; the organiser's own does.
        (
            "attendees: [jane@globex.com], copies: [{ calendar: ben@us.example, status: cancelled }]",
            "kept: true",
        ),
        (
            "attendees: [jane@globex.com], status: cancelled, copies: [{ calendar: ben@us.example, status: confirmed }]",
            "because: cancelled",
        ),
        // Another organiser's is another meeting.
        (
            "attendees: [], copies: [{ calendar: ben@us.example, organiser: x@globex.com, attendees: [jane@globex.com] }]",
            "kept: false",
        ),
    ] {
        assert_eq!(case(meeting, expected), none_of_it, "{meeting} {expected}");
    }
}

#[test]
fn cases_are_described_in_a_sentence_each() {
    let cases = "cases:
  - name: Hold
    meeting: { title: \"Hold: QBR\", attendees: [jane@globex.com] }
    because: title
  - given: { accounts: [{ name: Globex, domain: globex.com, stage: customer }] }
    meeting: { attendees: [jane@globex.com], copies: [{ calendar: ben@us.example }] }
    kept: true
    priority: 0
    accounts: Globex
    output: { title: ~, seats: ~ }
";
    let described = Manifest::parse(&format!("{RULES}{cases}")).unwrap().describe();
    let expected = "Cases show it:
  - Hold: “Hold: QBR” with jane@globex.com is dropped by keep.all[1].title
  - a meeting without a title with jane@globex.com on 2 calendars is kept, has the priority 0, counts for Globex and delivers seats and title as written
";
    assert!(described.ends_with(expected), "{described}");
}
