//! Rules in plain sentences.

use std::time::Duration;

use super::Page;
use super::words::{either, length, list, value};
use crate::manifest::rules::{
    Bound, Clause, DealField, EntityField, Field, FieldType, GatheredField, Instant, OwnerField, Predicate,
    Scope, Test, Which,
};

/// A rule behind what depends on it: `A meeting is kept if`.
pub(super) fn rule(page: &mut Page, head: &str, clause: &Clause) {
    match &clause.predicate {
        Predicate::All(clauses) if clauses.is_empty() => page.line(format!("{head} it is there.")),
        Predicate::All(clauses) => several(page, &format!("{head} all of this holds:"), clauses, true),
        Predicate::Any(clauses) => several(page, &format!("{head} any of this holds:"), clauses, false),
        _ => {
            page.line(head);
            page.below(|page| self::clause(page, clause, true));
        }
    }
}

fn several(page: &mut Page, head: &str, clauses: &[Clause], all: bool) {
    page.line(head);
    page.below(|page| clauses.iter().for_each(|clause| self::clause(page, clause, all)));
}

/// What a clause demands, where the lines around are true together, all of them, or are not.
pub(super) fn clause(page: &mut Page, clause: &Clause, all: bool) {
    match &clause.predicate {
        Predicate::All(clauses) if clauses.is_empty() => page.line("whatever it is"),
        Predicate::All(clauses) => several(page, "all of:", clauses, true),
        Predicate::Any(clauses) if clauses.is_empty() => page.line("never"),
        Predicate::Any(clauses) => several(page, "any of:", clauses, false),
        Predicate::Not(inner) => {
            page.line("not:");
            page.below(|page| self::clause(page, inner, false));
        }
        Predicate::Field(field, test) => asked(page, field, test, true, all),
    }
}

/// What stands below a line that says of whom.
pub(super) fn whole(page: &mut Page, inner: &Clause) {
    page.below(|page| match &inner.predicate {
        Predicate::All(clauses) if !clauses.is_empty() => {
            clauses.iter().for_each(|inner| clause(page, inner, true));
        }
        _ => clause(page, inner, true),
    });
}

/// A test of a field, or its opposite.
fn asked(page: &mut Page, field: &Field, test: &Test, holds: bool, all: bool) {
    match test {
        Test::Not(inner) => asked(page, field, inner, !holds, all),
        Test::Every(tests) if holds && all => {
            tests.iter().for_each(|test| asked(page, field, test, true, true));
        }
        Test::Every(tests) => {
            page.line(if holds { "all of:" } else { "not all of:" });
            page.below(|page| tests.iter().for_each(|test| asked(page, field, test, true, true)));
        }
        Test::SomeOf(inner) => elements(page, if holds { "some" } else { "no" }, field, inner),
        Test::NoneOf(inner) => elements(page, if holds { "no" } else { "some" }, field, inner),
        Test::EveryOf(inner) => elements(page, if holds { "every" } else { "not every" }, field, inner),
        Test::Count { least, most } => {
            let length = match (*least, *most) {
                (least, most) if least == most => format!("exactly {least}"),
                (0, most) => format!("at most {most}"),
                (least, usize::MAX) => format!("at least {least}"),
                (least, most) => format!("at least {least} and at most {most}"),
            };
            page.line(format!("{} has {}{length} entries", noun(field), if holds { "" } else { "not " }));
        }
        Test::In(values) if field.kind() == FieldType::Flag => {
            let wanted = values.iter().any(|constant| constant.value.as_bool() == Some(true));
            page.line(flag(field, wanted == holds));
        }
        _ => page.line(format!("{} {}", noun(field), verb(test, holds))),
    }
}

/// An element of a list, with what it is a list of where a record has it.
pub(super) fn one(field: &Field) -> String {
    let of = match field {
        Field::MainAccount(_) => " of the main account",
        Field::Account(_) | Field::Own(_) => " of the account",
        Field::Contact(_) => " of the contact",
        _ => "",
    };
    match field.kind().element() {
        Some(Scope::Attendee) => "attendee".to_owned(),
        Some(Scope::Deal) => format!("deal{of}"),
        Some(Scope::Meeting) => "kept meeting around now".to_owned(),
        _ => "account".to_owned(),
    }
}

/// A rule about the elements of a list, in the same line if it is short.
fn elements(page: &mut Page, which: &str, field: &Field, inner: &Clause) {
    let one = one(field);
    let mut below = Page::default();
    clause(&mut below, inner, true);
    match below.text.trim_end() {
        short if !short.contains('\n') => page.line(format!("for {which} {one}: {short}")),
        _ => {
            page.line(format!("for {which} {one}:"));
            whole(page, inner);
        }
    }
}

fn verb(test: &Test, holds: bool) -> String {
    let word = |yes: &str, no: &str| if holds { yes.to_owned() } else { no.to_owned() };
    match test {
        Test::In(values) => match values.as_slice() {
            [one] => format!("{} {}", word("is", "is not"), value(&one.value)),
            many => {
                let values = many.iter().map(|constant| value(&constant.value));
                if holds {
                    format!("is {}", either(values))
                } else {
                    format!("is neither of {}", list(values))
                }
            }
        },
        Test::Contains(part) => format!("{} “{part}”", word("contains", "does not contain")),
        Test::StartsWith(part) => format!("{} “{part}”", word("begins with", "does not begin with")),
        Test::EndsWith(part) => format!("{} “{part}”", word("ends in", "does not end in")),
        Test::Matches(regex) => format!("{} the expression {regex}", word("fits", "does not fit")),
        Test::Exists(wanted) => if *wanted == holds { "is there" } else { "is missing" }.to_owned(),
        Test::AtLeast(bound) => format!("{} {}", word("is at least", "is not at least"), self::bound(*bound)),
        Test::AtMost(bound) => format!("{} {}", word("is at most", "is not at most"), self::bound(*bound)),
        Test::Before(limit) => format!("{} {}", word("is before", "is not before"), instant(*limit)),
        Test::After(limit) => format!("{} {}", word("is after", "is not after"), instant(*limit)),
        Test::Within(most) => {
            format!("{} {} of now", word("is within", "is not within"), length(*most))
        }
        Test::Call(call) => {
            let settings = match &call.settings {
                serde_json::Value::Null => String::new(),
                settings => format!(" with {settings}"),
            };
            format!("{} {}{settings}", word("passes", "does not pass"), call.callee.name())
        }
        // Those are sentences of their own.
        Test::Every(_)
        | Test::Not(_)
        | Test::Count { .. }
        | Test::SomeOf(_)
        | Test::EveryOf(_)
        | Test::NoneOf(_) => String::new(),
    }
}

fn bound(bound: Bound) -> String {
    match bound {
        Bound::Number(number) => number.to_string(),
        Bound::Length(most) => length(most),
    }
}

fn instant(instant: Instant) -> String {
    match instant {
        Instant::At(at) => at.format("%Y-%m-%d %H:%M:%S UTC").to_string().replace(" 00:00:00 UTC", ""),
        Instant::FromNow(0) => "now".to_owned(),
        Instant::FromNow(seconds) => {
            let far = length(Duration::from_secs(seconds.unsigned_abs()));
            if seconds > 0 { format!("{far} from now") } else { format!("{far} ago") }
        }
    }
}

fn flag(field: &Field, holds: bool) -> &'static str {
    let (yes, no) = match field {
        Field::Recurring => ("it is one of a series", "it is not one of a series"),
        Field::AttendeesCut => ("the guest list is cut", "the guest list is complete"),
        Field::AllDay => ("it lasts whole days", "it does not last whole days"),
        Field::Private => ("it is private", "it is not private"),
        Field::External => ("is external", "is not external"),
        Field::Optional => ("need not come", "is to come"),
        Field::IsOrganiser => ("is the organiser", "is not the organiser"),
        Field::Ambiguous => ("was found by a mere tie-break", "was not found by a mere tie-break"),
        _ => ("holds", "does not hold"),
    };
    if holds { yes } else { no }
}

/// A field as a sentence begins with it.
pub(in crate::manifest) fn noun(field: &Field) -> String {
    let plain = match field {
        Field::Title => "the title",
        Field::Start => "the start",
        Field::Zone => "the time zone",
        Field::Recurring => "whether it is one of a series",
        Field::AttendeesCut => "whether the guest list is cut",
        Field::End => "the end",
        Field::Duration => "the length",
        Field::AllDay => "whether it lasts whole days",
        Field::Status => "the status",
        Field::Kind => "the kind",
        Field::Private => "whether it is private",
        Field::Location => "the location",
        Field::Description => "the description",
        Field::Conference => "the link to the conference",
        Field::Organiser => "the organiser's address",
        Field::Attendees => "the list of attendees",
        Field::Accounts => "the list of accounts",
        Field::Priority => "the priority",
        Field::Email => "the address",
        Field::Domain => "the mail domain",
        Field::Name => "the name",
        Field::Class => "the class",
        Field::External => "whether external",
        Field::Response => "the answer to the invitation",
        Field::Optional => "whether optional",
        Field::IsOrganiser => "whether the organiser",
        Field::Strategy => "the strategy that found somebody",
        Field::Ambiguous => "whether a mere tie-break decided",
        Field::MainAccount(part) => return record("the main account", part),
        Field::Account(part) => return record("the account", part),
        Field::Contact(part) => return record("the contact", part),
        Field::Own(part) => return record("the account", part),
        Field::Deal(part) => return deal(part),
        Field::Gathered(GatheredField::Count) => "the number of kept meetings",
        Field::Gathered(GatheredField::Meetings) => "the list of kept meetings",
        Field::Gathered(GatheredField::Of(which, field)) => {
            let which = match which {
                Which::First => "first",
                Which::Last => "last",
                Which::Next => "next",
            };
            return format!("of the {which} kept meeting, {}", noun(field));
        }
    };
    plain.to_owned()
}

fn record(whole: &str, part: &EntityField) -> String {
    match part {
        EntityField::Whole => whole.to_owned(),
        EntityField::Id => format!("{whole}'s id"),
        EntityField::Name => format!("{whole}'s name"),
        EntityField::Domain => format!("{whole}'s domain"),
        EntityField::Source => format!("{whole}'s source"),
        EntityField::Owner(part) => owner(&format!("{whole}'s owner"), *part),
        EntityField::Deals => format!("the list of {whole}'s deals"),
        EntityField::Mapped(name) => format!("{whole}'s {name}"),
    }
}

fn owner(whole: &str, part: OwnerField) -> String {
    match part {
        OwnerField::Whole => whole.to_owned(),
        OwnerField::Id => format!("{whole}'s id"),
        OwnerField::Name => format!("{whole}'s name"),
        OwnerField::Email => format!("{whole}'s address"),
    }
}

fn deal(part: &DealField) -> String {
    match part {
        DealField::Id => "the deal's id".to_owned(),
        DealField::Name => "the deal's name".to_owned(),
        DealField::Pipeline => "the deal's pipeline".to_owned(),
        DealField::Stage => "the deal's stage".to_owned(),
        DealField::Amount => "the deal's amount".to_owned(),
        DealField::Currency => "the deal's currency".to_owned(),
        DealField::Closes => "the day on which the deal closes".to_owned(),
        DealField::Created => "the day on which the deal was made".to_owned(),
        DealField::Owner(part) => owner("the deal's owner", *part),
        DealField::Mapped(name) => format!("the deal's {name}"),
    }
}
