//! A manifest in plain sentences, for people who decide and do not write YAML.

mod clauses;
mod output;
pub(super) mod rules;
mod words;

pub(super) use output::{of_list, of_value};

use std::time::Duration;

use acquaint_core::connector::PrivateEvents;
use acquaint_core::ids::SourceName;

use super::section::InternalDomains;
use super::{Compiled, Manifest, Source};
pub(crate) use words::length;
pub(super) use words::list;
use words::{apart, either};

impl Manifest {
    /// What it says, in plain sentences, one a line; what belongs to a sentence is indented below it.
    ///
    /// ```
    /// let manifest = acquaint::Manifest::parse("
    /// acquaint: 1
    /// name: reviews
    /// sources: { calendar: { connector: google-calendar } }
    /// keep: { title: { contains: review }, attendees: { some: { external: true } } }
    /// ").unwrap();
    /// assert!(manifest.describe().contains("
    /// A meeting is kept if all of this holds:
    ///   - the title contains “review”
    ///   - for some attendee: is external
    /// "));
    /// ```
    pub fn describe(&self) -> String {
        let Compiled { name, sources, privacy, matching, keep, priority, output, cases, .. } = &*self.0;
        let mut page = Page::default();
        page.line(format!("{name} mirrors:"));
        page.below(|page| sources.iter().for_each(|(name, source)| mirrored(page, name, source)));
        if !privacy.drop.is_empty() {
            page.line(format!("Of events, what is never stored: {}.", list(privacy.dropped())));
        }
        if privacy.private_events == PrivateEvents::BusyOnly {
            page.line("Of private events, nothing is stored but when they are.");
        }
        if let Some(retain) = privacy.retain() {
            page.line(format!("What ended more than {} ago is removed.", length(retain)));
        }
        page.line(format!("The tenant's own are those at {}.", own(&matching.internal)));
        page.line(format!("Attendees are looked for by {}, in this order.", list(matching.matcher.names())));
        if let [(first, _), rest @ ..] = matching.precedence.as_slice() {
            let rest: String = rest.iter().map(|(name, _)| format!("then {name}, ")).collect();
            page.line(format!(
                "Of several sources that know somebody, {first} counts first, {rest}then all others."
            ));
        }
        match &matching.accounts {
            None => page.line("Every account counts."),
            Some(rule) => rules::rule(&mut page, "An account counts if", rule),
        }
        rules::rule(&mut page, "A meeting is kept if", keep);
        for addend in priority {
            rules::rule(&mut page, &format!("Its priority is {:+} if", addend.add), &addend.when);
        }
        page.line("Of a meeting that is kept, this is delivered:");
        page.below(|page| output.describe(page));
        if !cases.is_empty() {
            page.line("Cases show it:");
            page.below(|page| cases.iter().for_each(|case| page.line(case.describe())));
        }
        page.text
    }
}

/// Lines with what belongs to them below.
#[derive(Debug, Default)]
pub(super) struct Page {
    text: String,
    depth: usize,
}

impl Page {
    pub(super) fn line(&mut self, line: impl AsRef<str>) {
        if self.depth > 0 {
            self.text.push_str(&"  ".repeat(self.depth));
            self.text.push_str("- ");
        }
        self.text.push_str(line.as_ref());
        self.text.push('\n');
    }

    /// What is written belongs to the line before.
    pub(super) fn below(&mut self, write: impl FnOnce(&mut Self)) {
        self.depth += 1;
        write(self);
        self.depth -= 1;
    }
}

fn mirrored(page: &mut Page, name: &SourceName, source: &Source) {
    page.line(format!("{name}, by {}", source.connector));
    page.below(|page| {
        let window = source.settings.window;
        if window != Default::default() {
            let side = |seconds: i64| length(Duration::from_secs(seconds.unsigned_abs()));
            page.line(format!("events from {} ago to {} ahead", side(window.past), side(window.future)));
        }
        if let Some(every) = source.every {
            page.line(format!("asked for changes every {}", apart(every)));
        }
        if let Some(baseline) = source.baseline {
            page.line(format!("read from the beginning every {}", apart(baseline)));
        }
        if !source.push {
            page.line("without being told of changes");
        }
        let fields = [
            ("accounts", &source.account_fields),
            ("contacts", &source.contact_fields),
            ("deals", &source.deal_fields),
        ];
        for (what, fields) in fields {
            if !fields.is_empty() {
                let fields = fields.iter().map(|(ours, theirs)| format!("{ours} (there {theirs})"));
                page.line(format!("of {what} also {}", list(fields)));
            }
        }
        if let Some(exactly) = &source.scopes.exactly {
            page.line(format!("asking for exactly these scopes: {}", list(exactly)));
        }
        if !source.scopes.add.is_empty() {
            page.line(format!("asking for these scopes besides: {}", list(&source.scopes.add)));
        }
        for (option, value) in &source.settings.options {
            page.line(format!("with the setting {option}: {value}"));
        }
    });
}

fn own(internal: &InternalDomains) -> String {
    let mut domains: Vec<String> = Vec::new();
    if internal.from_users {
        domains.push("the domains of its users".to_owned());
    }
    domains.extend(internal.fixed.iter().cloned());
    let otherwise = if domains.is_empty() { "no domain".to_owned() } else { either(domains) };
    match &internal.slot {
        None => otherwise,
        Some(slot) => format!("the domains that the tenant puts into the slot {slot}, or else {otherwise}"),
    }
}
