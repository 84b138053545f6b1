//! From nodes to output.

use chrono_tz::Tz;
use serde_json::{Map, Value};

use super::{Attendance, Gather, Line, List, Mapping, Missing, Output, Path, Read, Sort, Zoned, zoned};
use crate::manifest::call;
use crate::manifest::node::{Body, Entry, Node, parse};
use crate::manifest::problem::Problem;
use crate::manifest::reader::Reader;
use crate::manifest::rules::{
    EntityField, Field, FieldType, Fields, Scope, compile as compile_rule, compile_path,
};

/// What may stand in a value, but for a constant.
pub(in crate::manifest) const OF_VALUE: &[&str] =
    &["from", "zone", "format", "values", "default", "call", "required", "missing"];
/// What may stand in a list.
pub(in crate::manifest) const OF_LIST: &[&str] =
    &["each", "first", "where", "sort", "limit", "take", "required", "missing"];
/// What may stand in `sort`, if it is more than a path.
pub(in crate::manifest) const OF_SORT: &[&str] = &["by", "descending"];
pub(in crate::manifest) const SECTIONS: &[&str] = &["meeting", "attendance", "account", "contact"];
/// What may stand in a section of items.
pub(in crate::manifest) const OF_ITEM: &[&str] = &["key", "where", "take"];
const MEETINGS_ARE_A_LIST: &str = "`meetings` is a list of whole meetings: write `each: meetings` with `take`, or meeting_count for their number";
const NOTHING_TAKEN: &str = "a section needs `take`: which values are told";
/// What happens if something is missing.
pub(in crate::manifest) const MISSING: &[&str] = &["drop_field", "drop_item", "refuse"];

impl Output {
    /// What is delivered if the manifest names no output.
    pub(in crate::manifest) fn standard(reader: &Reader, fields: &Fields<'_>) -> Self {
        const TEXT: &str = "\
title: title
starts_at: start
ends_at: end
account: main_account.name
people: { each: attendees, where: { external: true }, take: { email: email, name: name, account: account.name } }
";
        // The text is a constant that the tests read.
        parse(TEXT).map_or_else(|_| Self::default(), |node| Self::compile(reader, fields, &node))
    }

    /// The values of the meeting itself, or sections.
    pub(in crate::manifest) fn compile(reader: &Reader, fields: &Fields<'_>, node: &Node) -> Self {
        let compiler = Compiler { reader, fields, in_meeting: true };
        match &node.body {
            Body::Map(entries) if entries.iter().any(is_section) => compiler.sections(entries),
            _ => Self { meeting: Some(compiler.lines(Scope::Meeting, node, "output")), ..Self::default() },
        }
    }
}

/// Whether an entry is a section: a map with `take` that is of no list.
fn is_section(entry: &Entry) -> bool {
    let Body::Map(entries) = &entry.value.body else { return false };
    let has = |key: &str| entries.iter().any(|entry| entry.key == key);
    has("take") && !has("each") && !has("first")
}

/// What everything here is compiled with.
#[derive(Debug, Clone, Copy)]
struct Compiler<'a> {
    reader: &'a Reader,
    fields: &'a Fields<'a>,
    /// Whether there is one meeting that `meeting.` leads back to.
    in_meeting: bool,
}

impl Compiler<'_> {
    fn sections(self, entries: &[Entry]) -> Output {
        let mut output = Output { in_sections: true, ..Output::default() };
        for entry in entries {
            let name = entry.key.as_str();
            match name {
                _ if !is_section(entry) => self.reader.say(
                    entry.place,
                    format!("`{name}` stands beside sections and is none: put it into the `take` of the section `meeting`"),
                ),
                "meeting" => output.meeting = Some(self.meeting(&entry.value)),
                "attendance" => output.attendance = Some(self.attendance(&entry.value)),
                "account" => output.gathers.push(self.gather(Scope::AccountItem, name, &entry.value)),
                "contact" => output.gathers.push(self.gather(Scope::ContactItem, name, &entry.value)),
                _ => {
                    let message = format!("unknown section `{name}` of the output; known are {}; a list among the values of a meeting needs `each`", SECTIONS.join(", "));
                    self.reader.note(Problem::new(entry.place, message).closest(name, SECTIONS.iter().copied()));
                }
            }
        }
        output
    }

    fn meeting(self, node: &Node) -> Vec<Line> {
        let mut take = Vec::new();
        for entry in self.reader.map(node, "a section") {
            match entry.key.as_str() {
                "take" => take = self.lines(Scope::Meeting, &entry.value, "output.meeting"),
                _ => self.reader.unknown(entry, "the section `meeting`", &["take"]),
            }
        }
        self.some_taken(node, self.reader.map(node, "a section"), NOTHING_TAKEN);
        take
    }

    fn attendance(self, node: &Node) -> Attendance {
        const PLACE: &str = "output.attendance";
        let (mut key, mut only, mut take) = (None, None, Vec::new());
        let rule = |node: &Node| {
            compile_rule(self.reader, self.fields, Scope::Attendee, node, &format!("{PLACE}.where"))
        };
        let entries = self.reader.map(node, "a section");
        for entry in entries {
            match entry.key.as_str() {
                "key" => key = self.key(&entry.value),
                "where" => only = Some(rule(&entry.value)),
                "take" => take = self.lines(Scope::Attendee, &entry.value, PLACE),
                _ => self.reader.unknown(entry, "the section `attendance`", OF_ITEM),
            }
        }
        self.some_taken(node, entries, NOTHING_TAKEN);
        // The text is a constant that the tests read.
        let only = only.or_else(|| parse("external: true").ok().map(|node| rule(&node)));
        Attendance { key: key.unwrap_or(Field::Email), only, take }
    }

    /// An item for each account, or contact, with the meetings that it gathers.
    fn gather(self, of: Scope, name: &str, node: &Node) -> Gather {
        let place = format!("output.{name}");
        let own = Self { in_meeting: false, ..self };
        let (mut key, mut only, mut take) = (None, None, Vec::new());
        let entries = self.reader.map(node, "a section");
        for entry in entries {
            match entry.key.as_str() {
                "key" => key = self.key_of_record(of, &entry.value),
                "where" => {
                    let name = format!("{place}.where");
                    only = Some(compile_rule(self.reader, self.fields, of, &entry.value, &name));
                }
                "take" => take = own.lines(of, &entry.value, &place),
                _ => self.reader.unknown(entry, &format!("the section `{name}`"), OF_ITEM),
            }
        }
        self.some_taken(node, entries, NOTHING_TAKEN);
        Gather { of, key, only, take }
    }

    /// A path of the record itself that gives text or a number.
    fn key_of_record(self, of: Scope, node: &Node) -> Option<EntityField> {
        let field = compile_path(self.reader, self.fields, of, node)?;
        let fits = matches!(field.kind(), FieldType::Text | FieldType::Open) && !field.is_owner();
        match field {
            Field::Account(part) | Field::Contact(part) if fits => Some(part),
            _ => {
                self.reader
                    .say(node.place, "a key is text or a number of the record itself, such as id or domain");
                None
            }
        }
    }

    /// A path of the attendee that gives text or a number.
    fn key(self, node: &Node) -> Option<Field> {
        let field = compile_path(self.reader, self.fields, Scope::Attendee, node)?;
        if !matches!(field.kind(), FieldType::Text | FieldType::Open) {
            self.reader.say(node.place, "a key is text or a number, such as email or contact.id");
        }
        Some(field)
    }

    fn lines(self, scope: Scope, node: &Node, place: &str) -> Vec<Line> {
        let entries = self.reader.map(node, "output").iter();
        entries.filter_map(|entry| self.line(scope, entry, &format!("{place}.{}", entry.key))).collect()
    }

    fn line(self, scope: Scope, entry: &Entry, place: &str) -> Option<Line> {
        let node = &entry.value;
        let (mapping, missing) = match &node.body {
            Body::Map(entries) => {
                let has = |key: &str| entries.iter().any(|entry| entry.key == key);
                let mapping = if has("each") || has("first") {
                    Mapping::List(self.list(scope, node, entries, place)?)
                } else if has("value") {
                    self.constant(entries)?
                } else {
                    Mapping::Value(self.value(scope, node, entries)?)
                };
                (mapping, self.missing(entries))
            }
            _ => {
                let from = self.path(scope, node)?;
                if from.field.kind() == FieldType::Meetings {
                    self.reader.say(node.place, MEETINGS_ARE_A_LIST);
                }
                let (values, default) = (Map::new(), Value::Null);
                (Mapping::Value(Read { from, zoned: None, values, default, call: None }), Missing::default())
            }
        };
        Some(Line { name: entry.key.clone(), place: place.into(), mapping, missing })
    }

    /// A path; within a list `meeting.` leads back to the meeting.
    fn path(self, scope: Scope, node: &Node) -> Option<Path> {
        if let (Body::Text(text), true) = (&node.body, scope != Scope::Meeting)
            && let Some(path) = text.strip_prefix("meeting.")
        {
            if !self.in_meeting {
                self.reader.say(
                    node.place,
                    "there are many meetings here: name first., last. or next., or write `each: meetings`",
                );
                return None;
            }
            let node = Node { place: node.place, body: Body::Text(path.to_owned()) };
            let field = compile_path(self.reader, self.fields, Scope::Meeting, &node)?;
            return Some(Path { field, of_meeting: true });
        }
        let field = compile_path(self.reader, self.fields, scope, node)?;
        Some(Path { field, of_meeting: false })
    }

    fn constant(self, entries: &[Entry]) -> Option<Mapping> {
        let mut found = None;
        for entry in entries {
            match entry.key.as_str() {
                "value" => found = Some(Mapping::Constant(entry.value.to_json())),
                known if OF_VALUE.contains(&known) => {
                    self.reader.say(entry.place, format!("a constant is always there as it is: leave out `{known}`, or read `from` a path instead of `value`"));
                }
                _ => self.reader.unknown(entry, "a constant of the output", &["value"]),
            }
        }
        found
    }

    fn value(self, scope: Scope, node: &Node, entries: &[Entry]) -> Option<Read> {
        let reader = self.reader;
        let (mut from, mut values, mut default, mut call) = (None, Map::new(), Value::Null, None);
        let (mut zone, mut shape) = (None, None);
        for entry in entries {
            match entry.key.as_str() {
                "from" => from = self.path(scope, &entry.value),
                "zone" => zone = zoned::zone(reader, &entry.value),
                "format" => shape = zoned::shape(reader, &entry.value),
                "values" => {
                    for line in reader.map(&entry.value, "`values`") {
                        if values.insert(line.key.to_lowercase(), line.value.to_json()).is_some() {
                            reader.say(
                                line.place,
                                format!("`{}` is given twice; case makes no difference", line.key),
                            );
                        }
                    }
                }
                "default" => default = entry.value.to_json(),
                "call" => call = call::transform(reader, self.fields.registry.transforms(), &entry.value),
                "required" | "missing" => {}
                _ => {
                    let others = ["value", "each", "first", "where", "sort", "limit", "take"];
                    reader.unknown(entry, "a value of the output", &[OF_VALUE, &others].concat());
                }
            }
        }
        if from.is_none() && !entries.iter().any(|entry| entry.key == "from") {
            reader.say(
                node.place,
                "a value needs `from`, the path that it is read from, or `value`, if it is always the same",
            );
        }
        let from = from?;
        if from.field.kind() == FieldType::Meetings {
            reader.say(node.place, MEETINGS_ARE_A_LIST);
        }
        if let Some(entry) = entries.iter().find(|entry| ["zone", "format"].contains(&entry.key.as_str()))
            && !may_be_instant(&from.field)
        {
            let message = format!(
                "`{}` is for points in time, such as start, and fields of the CRM that hold one",
                entry.key
            );
            reader.say(entry.place, message);
        }
        let zoned = (zone.is_some() || shape.is_some())
            .then(|| Zoned { zone: zone.unwrap_or(Tz::UTC), shape: shape.unwrap_or_default() });
        Some(Read { from, zoned, values, default, call })
    }

    fn list(self, scope: Scope, node: &Node, entries: &[Entry], place: &str) -> Option<List> {
        let reader = self.reader;
        let heads: Vec<&Entry> =
            entries.iter().filter(|entry| ["each", "first"].contains(&entry.key.as_str())).collect();
        let head = *heads.first()?;
        if let Some(second) = heads.get(1) {
            reader.say(second.place, "write either `each`, for a list, or `first`, for one element");
        }
        let first = head.key == "first";
        let of = self.path(scope, &head.value)?;
        let Some(inner) = of.field.kind().element() else {
            let more =
                if matches!(scope, Scope::AccountItem | Scope::ContactItem) { "meetings, " } else { "" };
            let message = format!("`{}` takes a list: {more}attendees, accounts or deals", head.key);
            reader.say(head.value.place, message);
            return None;
        };
        let within = Self { in_meeting: self.in_meeting || inner == Scope::Meeting, ..self };
        let (mut only, mut sort, mut take, mut most) = (None, None, Vec::new(), None);
        for entry in entries {
            match entry.key.as_str() {
                "sort" => sort = self.sort(inner, &entry.value),
                "each" | "first" | "required" | "missing" => {}
                "where" => only = Some(compile_rule(reader, self.fields, inner, &entry.value, "where")),
                "take" => take = within.lines(inner, &entry.value, place),
                "limit" if first => {
                    reader.say(entry.place, "`first` gives one element already: leave out `limit`")
                }
                "limit" => match entry.value.body {
                    Body::Int(limit) if limit > 0 => most = usize::try_from(limit).ok(),
                    _ => reader
                        .say(entry.value.place, "`limit` is the most elements: a whole number from 1 on"),
                },
                _ => reader.unknown(entry, "a list of the output", OF_LIST),
            }
        }
        self.some_taken(node, entries, "a list needs `take`: which values of each element");
        Some(List { of, only, sort, take, most, first })
    }

    /// A path of the elements, or a map that says besides in which direction.
    fn sort(self, inner: Scope, node: &Node) -> Option<Sort> {
        let (mut by, mut descending) = (None, false);
        match &node.body {
            Body::Map(entries) => {
                for entry in entries {
                    match entry.key.as_str() {
                        "by" => by = Some(&entry.value),
                        "descending" => {
                            descending = self.reader.flag(&entry.value, "`descending`").unwrap_or_default();
                        }
                        _ => self.reader.unknown(entry, "`sort`", OF_SORT),
                    }
                }
            }
            _ => by = Some(node),
        }
        let Some(path) = by else {
            self.reader
                .say(node.place, "`sort` needs `by`, the path of the elements that they are sorted by");
            return None;
        };
        let by = compile_path(self.reader, self.fields, inner, path)?;
        if !by.kind().has_order() {
            self.reader.say(path.place, "a list is sorted by a single value, such as a name or a time");
        }
        Some(Sort { by, descending })
    }

    /// Notes if there is no `take`, or an empty one.
    fn some_taken(self, node: &Node, entries: &[Entry], message: &str) {
        let empty = |entry: &Entry| match &entry.value.body {
            Body::Null => true,
            Body::Map(taken) => taken.is_empty(),
            _ => false,
        };
        if entries.iter().find(|entry| entry.key == "take").is_none_or(empty) {
            self.reader.say(node.place, message);
        }
    }

    /// `required: true`, and what happens otherwise.
    fn missing(self, entries: &[Entry]) -> Missing {
        let reader = self.reader;
        let (mut required, mut missing) = (None, None);
        for entry in entries {
            match entry.key.as_str() {
                "required" => required = reader.flag(&entry.value, "`required`"),
                "missing" => {
                    missing = reader.text(&entry.value, "`missing`").map(|word| (word, &entry.value))
                }
                _ => {}
            }
        }
        let Some((word, node)) = missing else {
            return if required == Some(true) { Missing::DropItem } else { Missing::Told };
        };
        let missing = match word {
            "drop_field" => Missing::DropField,
            "drop_item" => Missing::DropItem,
            "refuse" => Missing::Refuse,
            _ => {
                let message =
                    format!("unknown answer `{word}` to what is missing; known are {}", MISSING.join(", "));
                reader.note(Problem::new(node.place, message).closest(word, MISSING.iter().copied()));
                return Missing::Told;
            }
        };
        if required == Some(false) && missing != Missing::DropField {
            let message = format!("`required: false` and `missing: {word}` contradict each other");
            reader.say(node.place, message);
        }
        missing
    }
}

/// Whether a point in time may be read from a field.
fn may_be_instant(field: &Field) -> bool {
    match field.kind() {
        FieldType::Instant | FieldType::OptionalInstant => true,
        FieldType::Open => *field != Field::Priority,
        _ => false,
    }
}
