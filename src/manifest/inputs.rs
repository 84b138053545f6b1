//! What a manifest reads of a meeting.

use std::collections::BTreeSet;

use acquaint_core::meeting::{Entity, Meeting, MeetingAttendee};

use super::output::{Line, List, Mapping, Output, Path};
use super::priority::Addend;
use super::rules::{
    Clause, DealField, EntityField, Evaluation, Field, FieldType, GatheredField, OwnerField, Predicate,
    Scope, Subject, Test, read,
};

/// Every field that the rules and the output of a manifest read. Where their values are equal, so is what is decided,
/// as long as no clause turns with the clock.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    /// Of the meeting itself. A list among them is read as a whole.
    meeting: Vec<Field>,
    /// Of each attendee, if they are gone through one by one.
    attendees: Option<Vec<Field>>,
    /// Of each account that the meeting counts, likewise.
    accounts: Option<Vec<Field>>,
    /// What the items of accounts and contacts read of a meeting, whose own decision that leaves alone.
    gathered: Option<Box<Inputs>>,
    /// Of each attendee's account, for the rule that says whether it counts.
    counting: Option<Vec<Field>>,
}

impl Inputs {
    pub(super) fn of(counting: Option<&Clause>, keep: &Clause, priority: &[Addend], output: &Output) -> Self {
        // A meeting that is cancelled is dropped by no rule.
        let mut inputs = Self { meeting: vec![Field::Status], ..Self::default() };
        if let Some(rule) = counting {
            inputs.counting = Some(Vec::new());
            inputs.clause(rule, |inputs| inputs.counting.get_or_insert_default());
        }
        for rule in priority.iter().map(|addend| &addend.when).chain([keep]) {
            inputs.clause(rule, |inputs| &mut inputs.meeting);
        }
        let meeting: Place = |inputs| &mut inputs.meeting;
        inputs.lines(output.meeting.as_deref().unwrap_or_default(), Some(meeting));
        if let Some(attendance) = &output.attendance {
            let of: Place = |inputs| inputs.attendees.get_or_insert_default();
            attendance.only.iter().for_each(|clause| inputs.clause(clause, of));
            inputs.note(&attendance.key, of);
            inputs.lines(&attendance.take, Some(of));
        }
        for gather in &output.gathers {
            let gathered = inputs.gathered.get_or_insert_default();
            let of: Place = if gather.of == Scope::ContactItem {
                |inputs| inputs.attendees.get_or_insert_default()
            } else {
                |inputs| inputs.accounts.get_or_insert_default()
            };
            of(gathered);
            let key = gather.key.clone().unwrap_or(EntityField::Id);
            let contacts = gather.of == Scope::ContactItem;
            gathered.note(&if contacts { Field::Contact(key) } else { Field::Own(key) }, of);
            if contacts {
                gathered.note(&Field::External, of);
            }
            gather.only.iter().for_each(|clause| gathered.clause(clause, of));
            gathered.lines(&gather.take, Some(of));
        }
        inputs
    }

    /// The paths, sorted: what is read of attendees and accounts stands behind the list.
    pub(super) fn paths(&self) -> Vec<String> {
        let of = |head: &str, fields: Option<&Vec<Field>>| -> Vec<String> {
            match fields.map(Vec::as_slice) {
                None => Vec::new(),
                Some([]) => vec![head.to_owned()],
                Some(fields) => fields
                    .iter()
                    .map(|field| match path(field) {
                        whole if whole.is_empty() => head.to_owned(),
                        part => format!("{head}.{part}"),
                    })
                    .collect(),
            }
        };
        let mut paths: BTreeSet<String> = self.meeting.iter().map(path).collect();
        paths.extend(of("attendees", self.attendees.as_ref()));
        // An account that gathers meetings names what is its own as that of an attendee.
        let own = |field: &Field| match field {
            Field::Account(part) => Field::Own(part.clone()),
            field => field.clone(),
        };
        let accounts: Option<Vec<Field>> =
            self.accounts.as_ref().map(|fields| fields.iter().map(own).collect());
        paths.extend(of("accounts", accounts.as_ref()));
        paths.extend(of("attendees.account", self.counting.as_ref()));
        paths.extend(self.gathered.iter().flat_map(|gathered| gathered.paths()));
        paths.into_iter().collect()
    }

    /// Whether two meetings are equal in everything that is read.
    pub(super) fn equal(&self, one: &Meeting, other: &Meeting) -> bool {
        let known = Evaluation::default();
        let alike = |fields: &[Field], one: Subject<'_>, other: Subject<'_>| {
            fields.iter().all(|field| read(field, one, &known) == read(field, other, &known))
        };
        let people = |compare: &dyn Fn(&MeetingAttendee, &MeetingAttendee) -> bool| {
            one.attendees.len() == other.attendees.len()
                && one.attendees.iter().zip(&other.attendees).all(|(one, other)| compare(one, other))
        };
        let owned = |fields: &[Field], one: Option<&Entity>, other: Option<&Entity>| match (one, other) {
            (Some(one), Some(other)) => alike(fields, Subject::Entity(one), Subject::Entity(other)),
            (one, other) => one.is_none() && other.is_none(),
        };
        alike(&self.meeting, Subject::Meeting(one), Subject::Meeting(other))
            && self.attendees.as_ref().is_none_or(|fields| {
                people(&|one, other| alike(fields, Subject::Attendee(one), Subject::Attendee(other)))
            })
            && self.counting.as_ref().is_none_or(|fields| {
                people(&|one, other| owned(fields, one.account.as_ref(), other.account.as_ref()))
            })
            && self.accounts.as_ref().is_none_or(|fields| {
                one.accounts.len() == other.accounts.len()
                    && one
                        .accounts
                        .iter()
                        .zip(&other.accounts)
                        .all(|(one, other)| owned(fields, Some(one), Some(other)))
            })
    }

    fn clause(&mut self, clause: &Clause, of: Place) {
        match &clause.predicate {
            Predicate::All(clauses) | Predicate::Any(clauses) => {
                clauses.iter().for_each(|clause| self.clause(clause, of));
            }
            Predicate::Not(inner) => self.clause(inner, of),
            Predicate::Field(field, test) => self.test(field, test, of),
        }
    }

    fn test(&mut self, field: &Field, test: &Test, of: Place) {
        match test {
            Test::Every(tests) => tests.iter().for_each(|test| self.test(field, test, of)),
            Test::Not(inner) => self.test(field, inner, of),
            Test::SomeOf(clause) | Test::EveryOf(clause) | Test::NoneOf(clause) => {
                if let Some(of) = self.each(field, of) {
                    self.clause(clause, of);
                }
            }
            _ => self.note(field, of),
        }
    }

    /// `of` is where what is read of the subject is noted; `None` if the subject is noted as a whole.
    fn lines(&mut self, lines: &[Line], of: Option<Place>) {
        for line in lines {
            match &line.mapping {
                Mapping::Constant(_) => {}
                Mapping::Value(from) => {
                    if let Some(of) = place(&from.from, of) {
                        self.note(&from.from.field, of);
                    }
                }
                Mapping::List(List { of: list, only, sort, take, .. }) => {
                    let inner = place(list, of).and_then(|of| self.each(&list.field, of));
                    if let Some(of) = inner {
                        only.iter().for_each(|clause| self.clause(clause, of));
                        sort.iter().for_each(|sort| self.note(&sort.by, of));
                    }
                    self.lines(take, inner);
                }
            }
        }
    }

    /// The place for what is read of a list's elements; `None` for a list that is noted as a whole.
    fn each(&mut self, list: &Field, of: Place) -> Option<Place> {
        let of: Place = match list.kind() {
            FieldType::Meetings => |inputs| &mut inputs.meeting,
            FieldType::People => |inputs| inputs.attendees.get_or_insert_default(),
            FieldType::Deals => {
                self.note(list, of);
                return None;
            }
            _ => |inputs| inputs.accounts.get_or_insert_default(),
        };
        of(self);
        Some(of)
    }

    fn note(&mut self, field: &Field, of: Place) {
        match field {
            Field::Gathered(GatheredField::Of(_, field)) => {
                return self.note(field, |inputs| &mut inputs.meeting);
            }
            // When a meeting begins says whether it is the last or the next.
            Field::Gathered(_) => return,
            _ => {}
        }
        let fields = of(self);
        // The priority is made of what is read anyway.
        if *field != Field::Priority && !fields.contains(field) {
            fields.push(field.clone());
        }
    }
}

/// Where what is read is noted.
type Place = fn(&mut Inputs) -> &mut Vec<Field>;

/// Where a path of the output is noted.
fn place(path: &Path, of: Option<Place>) -> Option<Place> {
    let meeting: Place = |inputs| &mut inputs.meeting;
    if path.of_meeting { Some(meeting) } else { of }
}

fn of_owner(part: OwnerField) -> &'static str {
    match part {
        OwnerField::Whole => "owner",
        OwnerField::Id => "owner.id",
        OwnerField::Name => "owner.name",
        OwnerField::Email => "owner.email",
    }
}

/// A field as manifests write it. That of an account or a contact as a whole, within itself, is empty.
fn path(field: &Field) -> String {
    let part = |head: &str, part: &EntityField| {
        let part = match part {
            EntityField::Whole => return head.to_owned(),
            EntityField::Id => "id",
            EntityField::Name => "name",
            EntityField::Domain => "domain",
            EntityField::Source => "source",
            EntityField::Owner(part) => of_owner(*part),
            EntityField::Deals => "deals",
            EntityField::Mapped(name) => name,
        };
        if head.is_empty() { part.to_owned() } else { format!("{head}.{part}") }
    };
    let word = match field {
        Field::Title => "title",
        Field::Start => "start",
        Field::Zone => "zone",
        Field::Recurring => "recurring",
        Field::AttendeesCut => "attendees_cut",
        Field::End => "end",
        Field::Duration => "duration",
        Field::AllDay => "all_day",
        Field::Status => "status",
        Field::Kind => "kind",
        Field::Private => "private",
        Field::Location => "location",
        Field::Description => "description",
        Field::Conference => "conference",
        Field::Organiser | Field::IsOrganiser => "organiser",
        Field::Attendees => "attendees",
        Field::Accounts => "accounts",
        Field::Priority => "priority",
        Field::Email => "email",
        Field::Domain => "domain",
        Field::Name => "name",
        Field::Class => "class",
        Field::External => "external",
        Field::Response => "response",
        Field::Optional => "optional",
        Field::Strategy => "strategy",
        Field::Ambiguous => "ambiguous",
        Field::MainAccount(field) => return part("main_account", field),
        Field::Account(field) => return part("account", field),
        Field::Contact(field) => return part("contact", field),
        Field::Own(field) => return part("", field),
        Field::Gathered(_) => "start",
        // Deals are noted as a whole.
        Field::Deal(DealField::Mapped(_) | DealField::Owner(_)) | Field::Deal(_) => "deals",
    };
    word.to_owned()
}
