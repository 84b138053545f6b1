//! Output of one meeting.

use std::collections::BTreeMap;

use acquaint_core::meeting::{Items, Meeting};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::{ATTENDANCE, Attendance, Line, List, Mapping, Missing, Output, Path, Read, Sort};
use crate::manifest::rules::{
    Clause, Evaluation, Field, Found, Rank, Subject, Truth, elements, evaluate, read, to_json,
};

/// What a meeting comes to.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Mapped {
    /// The meeting's own content.
    pub(crate) content: Value,
    /// What is told besides.
    pub(crate) items: Items,
    /// The value of the meeting's own whose lack drops it, by its place in the manifest.
    pub(crate) dropped: Option<String>,
    /// The values without which nothing may be told, by their places, sorted.
    pub(crate) incomplete: Vec<String>,
}

impl Output {
    /// Whether anything is told of meetings themselves, and not of their items alone.
    pub(crate) fn tells_meetings(&self) -> bool {
        self.meeting.is_some()
    }

    /// The output for `meeting`. If nothing is told of meetings themselves the content is `null`.
    pub(crate) fn map(&self, meeting: &Meeting, now: DateTime<Utc>, evaluation: &mut Evaluation) -> Mapped {
        let mut run = Run { meeting: Some(meeting), now, evaluation, refused: Vec::new() };
        let itself = self.meeting.as_ref().map(|lines| run.item(lines, Subject::Meeting(meeting)));
        let (content, dropped) = itself.unwrap_or_default();
        let mut items = Items::new();
        if let Some(attendance) = &self.attendance {
            let attended = run.attended(attendance);
            if !attended.is_empty() {
                items.insert(ATTENDANCE.to_owned(), attended);
            }
        }
        let mut incomplete = run.refused;
        incomplete.sort();
        incomplete.dedup();
        Mapped { content, items, dropped, incomplete }
    }
}

pub(super) struct Run<'a, 'e> {
    /// Where `meeting.` leads back to.
    pub(super) meeting: Option<&'a Meeting>,
    pub(super) now: DateTime<Utc>,
    pub(super) evaluation: &'e mut Evaluation,
    /// What is missing and refused by now.
    pub(super) refused: Vec<String>,
}

impl<'a> Run<'a, '_> {
    /// A map of all lines, and the one whose lack drops it. What is dropped refuses nothing.
    pub(super) fn item(&mut self, lines: &[Line], subject: Subject<'a>) -> (Value, Option<String>) {
        let before = self.refused.len();
        let (mut content, mut dropped) = (Map::new(), None);
        for line in lines {
            // What is not known yet may be there: it drops and refuses nothing.
            let known_before = !std::mem::take(&mut self.evaluation.unknown_output);
            let value = match &line.mapping {
                Mapping::Constant(value) => value.clone(),
                Mapping::Value(from) => self.value(from, subject),
                Mapping::List(list) => self.list(list, subject),
            };
            let known = !self.evaluation.unknown_output;
            self.evaluation.unknown_output |= !known_before;
            if known && (value.is_null() || value.as_array().is_some_and(Vec::is_empty)) {
                match line.missing {
                    Missing::Told => {}
                    Missing::DropField => continue,
                    Missing::DropItem => {
                        dropped.get_or_insert_with(|| line.place.to_string());
                    }
                    Missing::Refuse => self.refused.push(line.place.to_string()),
                }
            }
            content.insert(line.name.clone(), value);
        }
        if dropped.is_some() {
            self.refused.truncate(before);
        }
        (Value::Object(content), dropped)
    }

    /// One item for each attendee that is asked for, by key.
    fn attended(&mut self, attendance: &Attendance) -> BTreeMap<String, Value> {
        let mut items = BTreeMap::new();
        let meeting = self.meeting;
        for who in meeting.into_iter().flat_map(|meeting| &meeting.attendees) {
            let subject = Subject::Attendee(who);
            let wanted = self.wanted(attendance.only.as_ref(), subject);
            let key = match to_json(&self.read(&attendance.key, subject)) {
                Value::String(key) => key,
                Value::Number(key) => key.to_string(),
                _ => continue,
            };
            if wanted
                && !items.contains_key(&key)
                && let (content, None) = self.item(&attendance.take, subject)
            {
                items.insert(key, content);
            }
        }
        items
    }

    pub(super) fn wanted(&mut self, only: Option<&Clause>, subject: Subject<'_>) -> bool {
        let wanted = only.map_or(Truth::Yes, |clause| evaluate(clause, subject, self.now, self.evaluation));
        self.evaluation.unknown_output |= wanted == Truth::Unknown;
        wanted.holds()
    }

    /// A field's value; if it has not been fetched the output is unknown.
    fn read<'s>(&mut self, field: &Field, subject: Subject<'s>) -> Found<'s> {
        let found = read(field, subject, self.evaluation);
        self.evaluation.unknown_output |= found == Found::Unknown;
        found
    }

    /// What a path is read from.
    fn at(&self, path: &Path, subject: Subject<'a>) -> Subject<'a> {
        self.meeting.filter(|_| path.of_meeting).map_or(subject, Subject::Meeting)
    }

    fn value(&mut self, from: &Read, subject: Subject<'a>) -> Value {
        let Read { from: path, zoned, values, default, call } = from;
        let mut value = to_json(&self.read(&path.field, self.at(path, subject)));
        if let Some(zoned) = zoned {
            value = zoned.write(&value);
        }
        let value = match (&value, values.is_empty()) {
            (Value::Null, _) => default.clone(),
            (_, true) => value,
            (Value::String(text), false) => values.get(&text.to_lowercase()).unwrap_or(default).clone(),
            (other, false) => values.get(&other.to_string()).unwrap_or(default).clone(),
        };
        match call {
            Some(call) if !value.is_null() => call.callee.apply(&value, &call.settings),
            _ => value,
        }
    }

    /// The elements that are wanted, in order.
    fn sorted<'s>(&mut self, sort: &Sort, only: Option<&Clause>, all: &Found<'s>) -> Vec<Subject<'s>> {
        let mut found: Vec<(Option<Rank>, Subject<'s>)> = Vec::new();
        for element in elements(all) {
            if self.wanted(only, element) {
                found.push((self.read(&sort.by, element).rank(), element));
            }
        }
        found.sort_by(|(one, _), (other, _)| match (one, other) {
            (Some(one), Some(other)) if sort.descending => other.cmp(one),
            (Some(one), Some(other)) => one.cmp(other),
            (one, other) => one.is_none().cmp(&other.is_none()),
        });
        found.into_iter().map(|(_, element)| element).collect()
    }

    fn list(&mut self, list: &List, subject: Subject<'a>) -> Value {
        let most = if list.first { 1 } else { list.most.unwrap_or(usize::MAX) };
        let mut found = Vec::new();
        let all = self.read(&list.of.field, self.at(&list.of, subject));
        let mut sorted =
            list.sort.as_ref().map(|sort| self.sorted(sort, list.only.as_ref(), &all)).map(Vec::into_iter);
        let mut own = elements(&all);
        while found.len() < most {
            let next = match &mut sorted {
                Some(sorted) => sorted.next(),
                None => own.by_ref().find(|element| self.wanted(list.only.as_ref(), *element)),
            };
            let Some(element) = next else { break };
            let around = self.meeting;
            if let Subject::Meeting(meeting) = element {
                self.meeting = Some(meeting);
            }
            if let (content, None) = self.item(&list.take, element) {
                found.push(content);
            }
            self.meeting = around;
        }
        if list.first { found.pop().unwrap_or_default() } else { Value::Array(found) }
    }
}
