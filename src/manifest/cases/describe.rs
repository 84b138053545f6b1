//! Cases in sentences.

use super::given::GivenAccount;
use super::{Case, expect};
use crate::manifest::describe::list;

impl Case {
    /// The title of its meeting.
    pub(super) fn title(&self) -> Option<&str> {
        self.events.first()?.title.as_deref()
    }

    /// What it shows, in one sentence without its end.
    pub(in crate::manifest) fn describe(&self) -> String {
        let name = self.name.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
        format!("{name}{} {}", self.meeting(), list(self.expectations()))
    }

    fn meeting(&self) -> String {
        let title = match self.title() {
            Some(title) => format!("“{title}”"),
            None => "a meeting without a title".to_owned(),
        };
        let people = self.events.first().map(|event| &event.attendees);
        let people: Vec<&str> = people.into_iter().flatten().map(|who| who.email.as_str()).collect();
        let with = if people.is_empty() { String::new() } else { format!(" with {}", list(people)) };
        let on = match self.events.len() {
            0 | 1 => String::new(),
            calendars => format!(" on {calendars} calendars"),
        };
        format!("{title}{with}{on}")
    }

    fn expectations(&self) -> Vec<String> {
        let expected = &self.expected;
        let label = |account: &GivenAccount| account.label().to_owned();
        let mut said = Vec::new();
        match (&expected.kept, &expected.because) {
            (_, Some((_, because))) if because == expect::CANCELLED => {
                said.push("is dropped, as it is cancelled".to_owned());
            }
            (_, Some((_, because))) => said.push(format!("is dropped by {because}")),
            (Some((_, true)), None) => said.push("is kept".to_owned()),
            (Some((_, false)), None) => said.push("is dropped".to_owned()),
            (None, None) => {}
        }
        said.extend(expected.priority.map(|(_, priority)| format!("has the priority {priority}")));
        said.extend(expected.accounts.as_ref().map(|(_, accounts)| match accounts.as_slice() {
            [] => "has no account that counts".to_owned(),
            accounts => format!("counts for {}", list(accounts.iter().map(label))),
        }));
        // In an order of their own, for a map has none.
        let mut matches: Vec<_> = expected.matches.iter().collect();
        matches.sort_by_key(|(_, who, _)| who);
        for (_, who, account) in matches {
            said.push(match account {
                Some(account) => format!("finds {} for {who}", account.label()),
                None => format!("finds no account for {who}"),
            });
        }
        let mut names: Vec<&str> = expected.output.iter().map(|(_, name, _)| name.as_str()).collect();
        names.sort_unstable();
        if !names.is_empty() {
            said.push(format!("delivers {} as written", list(names)));
        }
        said
    }
}
