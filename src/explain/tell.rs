//! Explanations for different readers.

use super::answer::{Explanation, Outcome};
use super::audience::Audience;
use super::parts::AttendeeExplained;
use super::text::accounts;
use super::words::{begins, list};

impl Explanation {
    /// Says it to a reader, in text that ends with a new line.
    pub fn tell(&self, audience: Audience) -> String {
        match audience {
            Audience::Engineer => self.to_string(),
            Audience::Support => {
                let lines = [vec![self.what_happened()], self.who(), vec![self.next()]].concat();
                lines.join("\n") + "\n"
            }
            Audience::Customer => self.plainly() + "\n",
        }
    }

    /// `"Title" on 2026-03-03 10:00 UTC`.
    fn named(&self) -> String {
        let title = match self.title.as_str() {
            "" => "A meeting that shows no title".to_owned(),
            title => format!("\"{title}\""),
        };
        self.start.map_or(title.clone(), |start| format!("{title} on {}", begins(start)))
    }

    fn what_happened(&self) -> String {
        let (named, told) = (self.named(), self.told.as_ref());
        match &self.outcome {
            Outcome::Kept if !self.incomplete.is_empty() => format!(
                "{named} counts as a meeting that is wanted, but nothing is told of it yet, since this is missing: {}.",
                self.incomplete.join(", ")
            ),
            Outcome::Kept => {
                let with = match accounts(self).as_slice() {
                    [] => String::new(),
                    accounts => format!(", with {}", list(accounts)),
                };
                let told = match told {
                    Some(told) if told.revision == 0 => "; it has not been told to the product yet",
                    Some(told) if !told.current => "; the product was told something else of it last",
                    Some(told) if told.waits() => "; it has not reached the product everywhere yet",
                    _ => "",
                };
                format!("{named} is there{with}{told}.")
            }
            Outcome::Dropped { because } if because == "cancelled" => {
                format!("{named} is left out, because it is cancelled.")
            }
            Outcome::Dropped { because } if because.starts_with("output.") => {
                format!(
                    "{named} is left out, because a value is missing that the manifest requires (`{because}`)."
                )
            }
            Outcome::Dropped { because } => match &self.rule {
                None => format!("{named} is left out by the rule `{because}`."),
                Some(rule) => {
                    let saw = rule.saw.as_ref().map(|saw| format!(" It saw {saw}.")).unwrap_or_default();
                    format!("{named} is left out by a rule, which demands: {}.{saw}", rule.demands)
                }
            },
            Outcome::Pending { .. } | Outcome::Absent { .. } => self.sentence.clone(),
        }
    }

    /// Who is in it, a line for each kind of people.
    fn who(&self) -> Vec<String> {
        let (outside, own): (Vec<_>, Vec<_>) = self.attendees.iter().partition(|who| who.external);
        let mut lines: Vec<String> = outside.iter().map(|who| somebody(who)).collect();
        if !own.is_empty() {
            let own: Vec<&str> = own.iter().map(|who| who.email.as_str()).collect();
            lines.push(format!("From the customer's own side: {}.", list(&own)));
        }
        lines.extend(self.withheld.iter().map(|withheld| format!("Not known: {withheld}.")));
        lines
    }

    fn next(&self) -> String {
        if self.moved_since && !self.only_evaluator_moved() {
            let moved = self.moved.first().map(|moved| format!(" ({moved})")).unwrap_or_default();
            return format!("Next: sync, and look again: something has changed since it was decided{moved}.");
        }
        let next = match (&self.outcome, &self.absence) {
            (_, Some(absence)) => absence.next().to_owned(),
            (Outcome::Kept, _) if !self.incomplete.is_empty() => {
                "have the missing values filled in where they come from".to_owned()
            }
            (Outcome::Kept, _) => "nothing".to_owned(),
            (Outcome::Dropped { because }, _) if because == "cancelled" => "nothing".to_owned(),
            (Outcome::Dropped { because }, _) => format!(
                "if it should be there, have the meeting or the CRM record corrected, or `{because}` of the manifest changed"
            ),
            (Outcome::Pending { .. } | Outcome::Absent { .. }, _) => {
                "see to what is missing, then sync".to_owned()
            }
        };
        format!("Next: {next}.")
    }

    /// For the customer. Absent meetings are named by their time alone: what was asked for may name others.
    fn plainly(&self) -> String {
        let named = self.named();
        match &self.outcome {
            Outcome::Kept if !self.incomplete.is_empty() => {
                format!("{named} is recognised, but some details are still missing, so it is not shown yet.")
            }
            Outcome::Kept => match accounts(self).as_slice() {
                [] => format!("{named} is shown."),
                accounts => format!("{named} is shown, as a meeting with {}.", list(accounts)),
            },
            Outcome::Dropped { because } if because == "cancelled" => {
                format!("{named} is not shown, because it was cancelled.")
            }
            Outcome::Dropped { because } if because.starts_with("output.") => {
                format!("{named} is not shown, because some of its details are missing.")
            }
            Outcome::Dropped { .. } => match self.rule.as_ref().and_then(|rule| rule.about.as_ref()) {
                Some(about) => format!("{named} is not shown, because of {about}."),
                None => format!(
                    "{named} is not shown: it is not one of the kinds of meetings that are set up to be shown."
                ),
            },
            Outcome::Pending { .. } => {
                "Your meetings are still being prepared. Please look again later.".to_owned()
            }
            Outcome::Absent { .. } => match &self.absence {
                Some(absence) => format!("The meeting that you miss is not shown: {}.", absence.plainly()),
                None => "The meeting that you miss is not shown.".to_owned(),
            },
        }
    }
}

/// One from outside in one sentence.
fn somebody(who: &AttendeeExplained) -> String {
    let (email, counts) = (&who.email, if who.account_counts { "" } else { ", which does not count" });
    match (&who.contact, &who.account) {
        (Some(contact), Some(account)) => format!("{email} is {contact} of {account}{counts}."),
        (None, Some(account)) => format!("{email} is somebody of {account}{counts}."),
        (Some(contact), None) => format!("{email} is {contact}, whom the CRM links to no company."),
        (None, None) => format!("{email} is nobody that the CRM knows."),
    }
}
