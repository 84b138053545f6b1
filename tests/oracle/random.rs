//! Rules that nobody has written: drawn at random, said as a manifest would, and followed here word by word.

use std::fmt;

use acquaint::{Entity, Meeting, MeetingAttendee};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use proptest::sample::select;

use super::rules::{counted, day, field, number, text};

/// `keep` and `priority`.
#[derive(Debug, Clone)]
pub struct Random {
    /// All of these must hold.
    pub keep: Vec<Rule>,
    /// What each adds if it holds.
    pub priority: Vec<(Rule, i64)>,
}

/// A rule over a meeting, a person or an account.
#[derive(Debug, Clone)]
pub enum Rule {
    All(Vec<Rule>),
    Any(Vec<Rule>),
    Not(Box<Rule>),
    /// Several fields in one map, which all must pass.
    Fields(Vec<(&'static str, Test)>),
}

/// What is asked of one value. Of one that is missing nothing holds, but that it is missing, and what is denied.
#[derive(Debug, Clone)]
pub enum Test {
    Is(&'static str),
    In(Vec<&'static str>),
    Flag(bool),
    Contains(&'static str),
    StartsWith(&'static str),
    EndsWith(&'static str),
    /// An expression, by its place in the table.
    Matches(usize),
    Exists(bool),
    AtLeast(i64),
    AtMost(i64),
    AtLeastMinutes(i64),
    AtMostMinutes(i64),
    /// Hours from now.
    Before(i64),
    After(i64),
    Within(i64),
    Not(Box<Test>),
    Both(Box<Test>, Box<Test>),
    Some(Box<Rule>),
    Every(Box<Rule>),
    None(Box<Rule>),
    CountAtLeast(usize),
    CountAtMost(usize),
}

type Meaning = fn(&str) -> bool;

/// Expressions, and what they mean.
const EXPRESSIONS: [(&str, Meaning); 4] = [
    ("(?i)^(hold|blocked)", |text| {
        let text = text.to_lowercase();
        text.starts_with("hold") || text.starts_with("blocked")
    }),
    ("^[A-Z]+$", |text| !text.is_empty() && text.chars().all(|letter| letter.is_ascii_uppercase())),
    ("[ -]", |text| text.contains([' ', '-'])),
    ("(?i)r$", |text| text.ends_with(['r', 'R'])),
];

impl Random {
    /// Whether a meeting is kept.
    pub fn keeps(&self, meeting: &Meeting, now: DateTime<Utc>) -> bool {
        self.keep.iter().all(|rule| rule.holds(Subject::Meeting(meeting), now))
    }

    /// The priority of a meeting that is kept.
    pub fn priority(&self, meeting: &Meeting, now: DateTime<Utc>) -> i64 {
        let held = self.priority.iter().filter(|(rule, _)| rule.holds(Subject::Meeting(meeting), now));
        held.map(|(_, add)| add).sum()
    }

    /// The manifest `base` with these rules in the place of its own, and with the priority told.
    pub fn manifest(&self, base: &str) -> String {
        let (head, rest) = base.split_once("keep:\n").expect("it has rules");
        let (_, output) = rest.split_once("output:\n").expect("it has output");
        let output = output.replacen("  title: title\n", "  title: title\n  priority: priority\n", 1);
        let output =
            output.replacen("      what: title\n", "      what: title\n      priority: priority\n", 1);
        let keep = self.keep.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let priority =
            self.priority.iter().map(|(when, add)| format!("\n  - {{ when: {when}, add: {add} }}"));
        let priority = priority.collect::<String>();
        format!("{head}keep: {{ all: [{keep}] }}\npriority:{priority}\noutput:\n{output}")
    }
}

/// What a rule is about.
#[derive(Debug, Clone, Copy)]
enum Subject<'a> {
    Meeting(&'a Meeting),
    Person(&'a MeetingAttendee),
    Account(&'a Entity),
}

/// What a field holds.
#[derive(Debug, Clone)]
enum Value<'a> {
    Missing,
    Text(String),
    Flag(bool),
    At(DateTime<Utc>),
    Length(TimeDelta),
    Record,
    /// A field of the CRM, whose type only the value knows.
    Open(&'a serde_json::Value),
    List(Vec<Subject<'a>>),
}

impl Rule {
    fn holds(&self, subject: Subject<'_>, now: DateTime<Utc>) -> bool {
        match self {
            Self::All(rules) => rules.iter().all(|rule| rule.holds(subject, now)),
            Self::Any(rules) => rules.iter().any(|rule| rule.holds(subject, now)),
            Self::Not(rule) => !rule.holds(subject, now),
            Self::Fields(fields) => fields.iter().all(|(path, test)| test.holds(&subject.value(path), now)),
        }
    }
}

impl<'a> Subject<'a> {
    fn value(self, path: &str) -> Value<'a> {
        match (self, path) {
            (Self::Meeting(meeting), "title") => some_text(text(&meeting.title)),
            (Self::Meeting(meeting), "organiser") => some_text(meeting.organiser.as_deref()),
            (Self::Meeting(meeting), "status") => some_text(Some(meeting.status.as_str())),
            (Self::Meeting(meeting), "private") => Value::Flag(meeting.private),
            (Self::Meeting(meeting), "recurring") => Value::Flag(meeting.recurring),
            (Self::Meeting(meeting), "start") => Value::At(meeting.start.instant()),
            (Self::Meeting(meeting), "end") => Value::At(meeting.end.instant()),
            (Self::Meeting(meeting), "duration") => {
                Value::Length(meeting.end.instant() - meeting.start.instant())
            }
            (Self::Meeting(meeting), "attendees") => {
                Value::List(meeting.attendees.iter().map(Subject::Person).collect())
            }
            (Self::Meeting(meeting), "accounts") => {
                Value::List(meeting.accounts.iter().map(Subject::Account).collect())
            }
            (Self::Meeting(meeting), path) => of_record(meeting.accounts.first(), path, "main_account"),
            (Self::Person(who), "email") => some_text(text(&who.email)),
            (Self::Person(who), "class") => some_text(Some(&who.class)),
            (Self::Person(who), "response") => some_text(Some(who.response.as_str())),
            (Self::Person(who), "external") => Value::Flag(who.external),
            (Self::Person(who), "optional") => Value::Flag(who.optional),
            (Self::Person(who), "organiser") => Value::Flag(who.organiser),
            (Self::Person(who), "ambiguous") => Value::Flag(who.ambiguous),
            (Self::Person(who), path) if path.starts_with("contact") => {
                of_record(who.contact.as_ref(), path, "contact")
            }
            (Self::Person(who), path) => of_record(counted(who), path, "account"),
            (Self::Account(account), path) => of_entity(account, path),
        }
    }
}

/// A record as a whole, or a field of it.
fn of_record<'a>(record: Option<&'a Entity>, path: &str, name: &str) -> Value<'a> {
    let Some(record) = record else { return Value::Missing };
    match path.strip_prefix(name) {
        Some("") => Value::Record,
        Some(rest) => of_entity(record, rest.strip_prefix('.').expect("a field of a record")),
        None => panic!("no field is called {path}"),
    }
}

fn of_entity<'a>(record: &'a Entity, path: &str) -> Value<'a> {
    match path {
        "id" => some_text(Some(&record.id)),
        "name" => some_text(record.name.as_deref()),
        "domain" => some_text(record.domain.as_deref()),
        mapped => field(record, mapped).map_or(Value::Missing, Value::Open),
    }
}

fn some_text<'a>(text: Option<&str>) -> Value<'a> {
    text.filter(|text| !text.is_empty()).map_or(Value::Missing, |text| Value::Text(text.to_owned()))
}

impl Value<'_> {
    /// As text, if it is text or a number.
    fn said(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Open(serde_json::Value::String(text)) => Some(text.clone()),
            Self::Open(serde_json::Value::Number(number)) => Some(number.to_string()),
            _ => None,
        }
    }

    fn instant(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::At(at) => Some(*at),
            Self::Open(value) => day(Some(value)),
            _ => None,
        }
    }
}

impl Test {
    fn holds(&self, value: &Value<'_>, now: DateTime<Utc>) -> bool {
        let said = |test: &dyn Fn(&str) -> bool| value.said().is_some_and(|text| test(&text));
        let same = |wanted: &str| said(&|text| text.to_lowercase() == wanted.to_lowercase());
        let folded = |test: fn(&str, &str) -> bool, part: &str| {
            said(&|text| test(&text.to_lowercase(), &part.to_lowercase()))
        };
        let size = |test: &dyn Fn(f64) -> bool| match value {
            Value::Open(value) => number(Some(value)).is_some_and(test),
            _ => false,
        };
        let lasts = |test: &dyn Fn(i64) -> bool| match value {
            Value::Length(length) => test(length.num_milliseconds()),
            _ => false,
        };
        let when = |test: &dyn Fn(DateTime<Utc>) -> bool| value.instant().is_some_and(test);
        let hours = TimeDelta::hours;
        let elements = |test: &dyn Fn(&[Subject<'_>]) -> bool| match value {
            Value::List(elements) => test(elements),
            _ => false,
        };
        match self {
            Self::Is(wanted) => same(wanted),
            Self::In(wanted) => wanted.iter().any(|wanted| same(wanted)),
            Self::Flag(wanted) => matches!(value, Value::Flag(flag) if flag == wanted),
            Self::Contains(part) => folded(|text, part| text.contains(part), part),
            Self::StartsWith(part) => folded(|text, part| text.starts_with(part), part),
            Self::EndsWith(part) => folded(|text, part| text.ends_with(part), part),
            Self::Matches(nth) => said(&EXPRESSIONS[*nth].1),
            Self::Exists(wanted) => !matches!(value, Value::Missing) == *wanted,
            Self::AtLeast(bound) => size(&|found| found >= *bound as f64),
            Self::AtMost(bound) => size(&|found| found <= *bound as f64),
            Self::AtLeastMinutes(bound) => lasts(&|found| found >= bound * 60_000),
            Self::AtMostMinutes(bound) => lasts(&|found| found <= bound * 60_000),
            Self::Before(from_now) => when(&|at| at < now + hours(*from_now)),
            Self::After(from_now) => when(&|at| at > now + hours(*from_now)),
            Self::Within(span) => when(&|at| (at - now).abs() <= hours(*span)),
            Self::Not(test) => !test.holds(value, now),
            Self::Both(one, other) => one.holds(value, now) && other.holds(value, now),
            Self::Some(rule) => elements(&|all| all.iter().any(|one| rule.holds(*one, now))),
            Self::Every(rule) => elements(&|all| all.iter().all(|one| rule.holds(*one, now))),
            Self::None(rule) => elements(&|all| !all.iter().any(|one| rule.holds(*one, now))),
            Self::CountAtLeast(least) => elements(&|all| all.len() >= *least),
            Self::CountAtMost(most) => elements(&|all| all.len() <= *most),
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |rules: &[Rule]| rules.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        match self {
            Self::All(rules) => write!(f, "{{ all: [{}] }}", list(rules)),
            Self::Any(rules) => write!(f, "{{ any: [{}] }}", list(rules)),
            Self::Not(rule) => write!(f, "{{ not: {rule} }}"),
            Self::Fields(fields) => {
                let fields: Vec<_> = fields.iter().map(|(path, test)| format!("{path}: {test}")).collect();
                write!(f, "{{ {} }}", fields.join(", "))
            }
        }
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(wanted) => write!(f, "{wanted:?}"),
            Self::Flag(wanted) => write!(f, "{wanted}"),
            other => write!(f, "{{ {} }}", Words(other)),
        }
    }
}

/// A test within a map of tests.
struct Words<'a>(&'a Test);

impl fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let now = |hours: &i64| match hours {
            ..0 => format!("now-{}h", -hours),
            _ => format!("now+{hours}h"),
        };
        match self.0 {
            Test::Is(wanted) => write!(f, "is: {wanted:?}"),
            Test::In(wanted) => write!(f, "in: {wanted:?}"),
            Test::Flag(wanted) => write!(f, "is: {wanted}"),
            Test::Contains(part) => write!(f, "contains: {part:?}"),
            Test::StartsWith(part) => write!(f, "starts_with: {part:?}"),
            Test::EndsWith(part) => write!(f, "ends_with: {part:?}"),
            Test::Matches(nth) => write!(f, "matches: '{}'", EXPRESSIONS[*nth].0),
            Test::Exists(wanted) => write!(f, "exists: {wanted}"),
            Test::AtLeast(bound) => write!(f, "at_least: {bound}"),
            Test::AtMost(bound) => write!(f, "at_most: {bound}"),
            Test::AtLeastMinutes(bound) => write!(f, "at_least: {bound}m"),
            Test::AtMostMinutes(bound) => write!(f, "at_most: {bound}m"),
            Test::Before(hours) => write!(f, "before: {}", now(hours)),
            Test::After(hours) => write!(f, "after: {}", now(hours)),
            Test::Within(hours) => write!(f, "within: {hours}h"),
            Test::Not(test) => write!(f, "not: {test}"),
            Test::Both(one, other) => write!(f, "{}, {}", Words(one), Words(other)),
            Test::Some(rule) => write!(f, "some: {rule}"),
            Test::Every(rule) => write!(f, "every: {rule}"),
            Test::None(rule) => write!(f, "none: {rule}"),
            Test::CountAtLeast(least) => write!(f, "count: {{ at_least: {least} }}"),
            Test::CountAtMost(most) => write!(f, "count: {{ at_most: {most} }}"),
        }
    }
}

/// Tests of text.
fn of_text(words: &'static [&'static str]) -> BoxedStrategy<Test> {
    let word = move || select(words);
    prop_oneof![
        2 => word().prop_map(Test::Is),
        1 => prop::collection::vec(word(), 1..3).prop_map(Test::In),
        1 => select(&["r", "Q", "hold", "a", "com", ".", "CFO"][..]).prop_map(Test::Contains),
        1 => select(&["q", "Hold", "j", "C", "in"][..]).prop_map(Test::StartsWith),
        1 => select(&["R", "globex.com", "up", "example"][..]).prop_map(Test::EndsWith),
        1 => (0..EXPRESSIONS.len()).prop_map(Test::Matches),
        1 => any::<bool>().prop_map(Test::Exists),
    ]
    .boxed()
}

/// Tests of words of a closed set.
fn of_words(words: &'static [&'static str]) -> BoxedStrategy<Test> {
    let word = move || select(words);
    prop_oneof![
        word().prop_map(Test::Is),
        prop::collection::vec(word(), 1..3).prop_map(Test::In),
        select(&["e", "tent", "ex"][..]).prop_map(Test::Contains),
    ]
    .boxed()
}

fn of_flag() -> BoxedStrategy<Test> {
    any::<bool>().prop_map(Test::Flag).boxed()
}

/// Tests of instants, around when histories have their meetings.
fn of_instant() -> BoxedStrategy<Test> {
    let hours = || -720_i64..720;
    prop_oneof![
        hours().prop_map(Test::Before),
        hours().prop_map(Test::After),
        (1_i64..900).prop_map(Test::Within),
        (hours(), hours()).prop_map(|(one, other)| Test::Both(
            Box::new(Test::After(one.min(other))),
            Box::new(Test::Before(one.max(other)))
        )),
    ]
    .boxed()
}

fn of_number() -> BoxedStrategy<Test> {
    prop_oneof![
        select(&[9, 10, 49, 50, 75, 76, 120][..]).prop_map(Test::AtLeast),
        select(&[9, 10, 49, 50, 75, 76, 120][..]).prop_map(Test::AtMost),
        select(&["50", "many", "75"][..]).prop_map(Test::Is),
        any::<bool>().prop_map(Test::Exists),
    ]
    .boxed()
}

/// Now and then a test is denied.
fn maybe_not(test: BoxedStrategy<Test>) -> BoxedStrategy<Test> {
    prop_oneof![3 => test.clone(), 1 => test.prop_map(|test| Test::Not(Box::new(test)))].boxed()
}

fn one(path: &'static str, test: BoxedStrategy<Test>) -> BoxedStrategy<(&'static str, Test)> {
    maybe_not(test).prop_map(move |test| (path, test)).boxed()
}

const STAGES: &[&str] = &["customer", "Customer", "lead"];
const CLASSES: &[&str] = &["internal", "external", "role", "robot", "resource"];

fn of_account() -> BoxedStrategy<(&'static str, Test)> {
    prop_oneof![
        one("stage", of_text(STAGES)),
        one("seats", of_number()),
        one("renewal", of_instant()),
        one("domain", of_text(&["globex.com", "initech.co.uk"])),
    ]
    .boxed()
}

fn of_person() -> BoxedStrategy<(&'static str, Test)> {
    let exists = || any::<bool>().prop_map(Test::Exists).boxed();
    prop_oneof![
        one("email", of_text(&["jane@globex.com", "ana@us.example"])),
        one("class", of_words(CLASSES)),
        one("response", of_words(&["accepted", "declined", "needs_action"])),
        one("external", of_flag()),
        one("optional", of_flag()),
        one("organiser", of_flag()),
        one("ambiguous", of_flag()),
        one("account", exists()),
        one("account.stage", of_text(STAGES)),
        one("account.seats", of_number()),
        one("account.renewal", of_instant()),
        one("contact", exists()),
        one("contact.role", of_text(&["CFO", "buyer"])),
    ]
    .boxed()
}

/// Tests of a list, with rules over its elements.
fn of_list(element: BoxedStrategy<(&'static str, Test)>) -> BoxedStrategy<Test> {
    let rule = rule(element, 1);
    prop_oneof![
        3 => rule.clone().prop_map(|rule| Test::Some(Box::new(rule))),
        2 => rule.clone().prop_map(|rule| Test::Every(Box::new(rule))),
        2 => rule.prop_map(|rule| Test::None(Box::new(rule))),
        1 => (0_usize..4).prop_map(Test::CountAtLeast),
        1 => (0_usize..4).prop_map(Test::CountAtMost),
    ]
    .boxed()
}

fn of_meeting() -> BoxedStrategy<(&'static str, Test)> {
    let exists = any::<bool>().prop_map(Test::Exists).boxed();
    let minutes =
        prop_oneof![(0_i64..120).prop_map(Test::AtLeastMinutes), (0_i64..120).prop_map(Test::AtMostMinutes)];
    prop_oneof![
        2 => one("title", of_text(&["QBR", "renewal", "Hold: QBR"])),
        1 => one("organiser", of_text(&["ana@us.example", "jane@globex.com"])),
        1 => one("status", of_words(&["confirmed", "tentative"])),
        1 => one("private", of_flag()),
        1 => one("recurring", of_flag()),
        2 => one("start", of_instant()),
        1 => one("end", of_instant()),
        1 => one("duration", minutes.boxed()),
        4 => one("attendees", of_list(of_person())),
        2 => one("accounts", of_list(of_account())),
        1 => one("main_account", exists),
        1 => one("main_account.stage", of_text(STAGES)),
        1 => one("main_account.seats", of_number()),
        1 => one("main_account.renewal", of_instant()),
    ]
    .boxed()
}

fn rule(field: BoxedStrategy<(&'static str, Test)>, depth: u32) -> BoxedStrategy<Rule> {
    let fields = prop_oneof![
        3 => field.clone().prop_map(|field| Rule::Fields(vec![field])),
        1 => (field.clone(), field).prop_map(|(one, other)| {
            // A map has each key once.
            let fields = if one.0 == other.0 { vec![one] } else { vec![one, other] };
            Rule::Fields(fields)
        }),
    ];
    fields
        .prop_recursive(depth, 6, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 1..3).prop_map(Rule::All),
                prop::collection::vec(inner.clone(), 1..3).prop_map(Rule::Any),
                inner.prop_map(|rule| Rule::Not(Box::new(rule))),
            ]
        })
        .boxed()
}

/// Rules at random. One that keeps nothing shows little, so that most begin with one that keeps much.
pub fn random() -> BoxedStrategy<Random> {
    let keep = prop_oneof![
        3 => prop::collection::vec(rule(of_meeting(), 3), 1..2),
        1 => prop::collection::vec(rule(of_meeting(), 2), 2..4),
    ];
    let priority = prop::collection::vec((rule(of_meeting(), 2), -5_i64..20), 1..3);
    (keep, priority).prop_map(|(keep, priority)| Random { keep, priority }).boxed()
}
