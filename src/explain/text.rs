//! Explanations in words.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::answer::{Explanation, Outcome};

/// A serde name in words: `free_mail` as `free mail`, with what it carries behind.
pub(super) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word.replace('_', " "),
        Ok(Value::Object(map)) => map
            .iter()
            .map(|(name, value)| match value {
                Value::String(text) => format!("{}: {text}", name.replace('_', " ")),
                other => format!("{}: {other}", name.replace('_', " ")),
            })
            .collect::<Vec<_>>()
            .join(", "),
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}

/// The answer in one sentence.
pub(super) fn sentence(explanation: &Explanation) -> String {
    let title = if explanation.title.is_empty() { "(no title)" } else { &explanation.title };
    match &explanation.outcome {
        Outcome::Kept if !explanation.incomplete.is_empty() => {
            let missing = explanation.incomplete.join("`, `");
            format!("\"{title}\" is kept, and not told of while `{missing}` is missing.")
        }
        Outcome::Kept => {
            let accounts: Vec<&str> = {
                let mut names: Vec<&str> = explanation
                    .attendees
                    .iter()
                    .filter(|who| who.account_counts)
                    .filter_map(|who| who.account.as_deref())
                    .collect();
                names.sort_unstable();
                names.dedup();
                names
            };
            if accounts.is_empty() {
                format!("\"{title}\" is kept: every clause holds.")
            } else {
                format!("\"{title}\" is kept: every clause holds, with {}.", accounts.join(", "))
            }
        }
        Outcome::Dropped { because } if because == "cancelled" => {
            format!("\"{title}\" is dropped: it is cancelled.")
        }
        Outcome::Dropped { because } if because.starts_with("output.") => {
            format!("\"{title}\" is dropped: `{because}` is required, and missing.")
        }
        Outcome::Dropped { because } => {
            let saw = explanation
                .clauses
                .iter()
                .rev()
                .find(|clause| {
                    because.starts_with(&clause.clause) || clause.clause.starts_with(because.as_str())
                })
                .map(|clause| format!(", which saw {}", clause.saw))
                .unwrap_or_default();
            format!("\"{title}\" is dropped by clause `{because}`{saw}.")
        }
        Outcome::Pending { because } => {
            format!("Meetings are not decided yet: {}.", because.join("; "))
        }
        Outcome::Absent { because } => format!("{title} is not there: {because}."),
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.sentence)?;
        if let Some(start) = self.start {
            write!(f, "  starts {start}")?;
            match self.copies.len() {
                0 => writeln!(f)?,
                1 => writeln!(f, ", seen on one calendar")?,
                count => writeln!(f, ", seen on {count} calendars")?,
            }
        }
        for clause in &self.clauses {
            let mark = if clause.held { "holds" } else { "fails" };
            writeln!(f, "  {mark}  {}  saw {}", clause.clause, clause.saw)?;
        }
        for who in &self.attendees {
            write!(f, "  {} is {}", who.email, who.class)?;
            if let Some(contact) = &who.contact {
                write!(f, ", contact {contact}")?;
            }
            if let Some(account) = &who.account {
                write!(f, ", account {account}")?;
                if !who.account_counts {
                    f.write_str(" (not counted by `match.accounts`)")?;
                }
            }
            writeln!(f)?;
            for step in &who.steps {
                writeln!(f, "    {step}")?;
            }
        }
        if self.moved_since {
            writeln!(f, "  What it was decided from has changed since; the next sync decides it anew.")?;
        }
        Ok(())
    }
}
