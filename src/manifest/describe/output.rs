//! Output in plain sentences.

use super::Page;
use super::rules::{noun, one, whole};
use super::words::value;
use crate::manifest::output::{
    Attendance, Gather, Line, List, Mapping, Missing, Output, Path, Read, Shape, Zoned,
};
use crate::manifest::rules::{EntityField, Field, Scope};

impl Output {
    pub(super) fn describe(&self, page: &mut Page) {
        let meeting = |page: &mut Page, all: &[Line]| lines(page, all, "the meeting is not kept");
        match &self.meeting {
            Some(all) if self.in_sections => {
                page.line("meeting: for the meeting itself");
                page.below(|page| meeting(page, all));
            }
            Some(all) => meeting(page, all),
            None => {}
        }
        if let Some(Attendance { key, only, take }) = &self.attendance {
            let without = if *key == Field::Email { "" } else { "; without it there is none" };
            page.line(format!(
                "attendance: for each attendee an item of its own, under {}{without}",
                noun(key)
            ));
            page.below(|page| {
                if let Some(only) = only {
                    page.line("if:");
                    whole(page, only);
                }
                lines(page, take, "the item is left out");
            });
        }
        self.gathers.iter().for_each(|gather| of_records(page, gather));
    }
}

fn of_records(page: &mut Page, gather: &Gather) {
    let Gather { of, key, only, take } = gather;
    let one = if *of == Scope::ContactItem { "contact" } else { "account" };
    let key = match key {
        None => "its source and id".to_owned(),
        Some(EntityField::Id) => "its id; of several with one id the item is the same".to_owned(),
        Some(part) => {
            let part = part.clone();
            let field = if one == "contact" { Field::Contact(part) } else { Field::Account(part) };
            format!("{}; without it there is none", noun(&field))
        }
    };
    page.line(format!(
        "{one}: for each {one} an item of its own with the kept meetings that it takes part in, under {key}"
    ));
    page.below(|page| {
        if let Some(only) = only {
            page.line("if:");
            whole(page, only);
        }
        lines(page, take, "the item is left out");
    });
}

/// The lines of a map, and what it means to drop it.
fn lines(page: &mut Page, all: &[Line], dropped: &str) {
    for line in all {
        let name = &line.name;
        match &line.mapping {
            Mapping::Constant(constant) => page.line(format!("{name}: always {}", value(constant))),
            Mapping::Value(from) => read(page, name, from),
            Mapping::List(of) => list(page, name, of),
        }
        let missing = if matches!(line.mapping, Mapping::List(List { first: false, .. })) {
            "if there is none"
        } else {
            "if it is missing"
        };
        page.below(|page| match line.missing {
            Missing::Told => {}
            Missing::DropField => page.line(format!("{missing}, {name} is left out")),
            Missing::DropItem => page.line(format!("{missing}, {dropped}")),
            Missing::Refuse => {
                let whole = if line.place.starts_with("output.account.")
                    || line.place.starts_with("output.contact.")
                {
                    "it"
                } else {
                    "the meeting"
                };
                page.line(format!("{missing}, nothing of {whole} is told until it is there"))
            }
        });
    }
}

fn read(page: &mut Page, name: &str, from: &Read) {
    page.line(format!("{name}: {}", of_value(from)));
    let Read { values, default, call, .. } = from;
    page.below(|page| {
        for (theirs, ours) in values {
            page.line(format!("{} for “{theirs}”", value(ours)));
        }
        if !values.is_empty() || !default.is_null() {
            page.line(format!("otherwise {}", value(default)));
        }
        if let Some(call) = call {
            page.line(format!("as {} makes it with {}", call.callee.name(), call.settings));
        }
    });
}

fn list(page: &mut Page, name: &str, list: &List) {
    page.line(format!("{name}: {}", of_list(list)));
    page.below(|page| {
        if let Some(only) = &list.only {
            page.line("if:");
            whole(page, only);
        }
        lines(page, &list.take, &format!("the {} is left out", element(list)));
    });
}

/// What a value is.
pub(in crate::manifest) fn of_value(read: &Read) -> String {
    format!("{}{}", path(&read.from), read.zoned.map(written).unwrap_or_default())
}

/// Of what a list is.
pub(in crate::manifest) fn of_list(list: &List) -> String {
    let one = element(list);
    let of = if list.of.of_meeting { " of the meeting" } else { "" };
    let by = list.sort.as_ref().map(|sort| {
        let order = if sort.descending { "the greatest first" } else { "the least first" };
        format!(", by {}, {order}", noun(&sort.by))
    });
    let by = by.unwrap_or_default();
    match list.most {
        _ if list.first => format!("for the first {one}{of}{by}"),
        Some(most) => format!("for each {one}{of}{by}, and at most {most}"),
        None => format!("for each {one}{of}{by}"),
    }
}

fn element(list: &List) -> String {
    one(&list.of.field)
}

fn path(path: &Path) -> String {
    if path.of_meeting { format!("of the meeting, {}", noun(&path.field)) } else { noun(&path.field) }
}

fn written(zoned: Zoned) -> String {
    let zone = zoned.zone.name();
    match zoned.shape {
        Shape::Rfc3339 => format!(", in the time of {zone}"),
        Shape::Date => format!(", as a date in {zone}"),
        Shape::Time => format!(", as hours and minutes in {zone}"),
    }
}
