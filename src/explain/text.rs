//! Explanations in words, as engineers read them.

use std::fmt;

use super::answer::{Explanation, Outcome};
use acquaint_core::store::DeliveryStatus;

use super::parts::{
    AttendeeExplained, ClauseExplained, CopyExplained, DecidedExplained, DeliveryExplained, ToldExplained,
};
use super::words::{time, word};

/// The answer in one sentence.
pub(super) fn sentence(explanation: &Explanation) -> String {
    let title = if explanation.title.is_empty() { "(no title)" } else { &explanation.title };
    match &explanation.outcome {
        Outcome::Kept if !explanation.incomplete.is_empty() => {
            let missing = explanation.incomplete.join("`, `");
            format!("\"{title}\" is kept, and not told of while `{missing}` is missing.")
        }
        Outcome::Kept => match accounts(explanation).as_slice() {
            [] => format!("\"{title}\" is kept: every clause holds."),
            accounts => format!("\"{title}\" is kept: every clause holds, with {}.", accounts.join(", ")),
        },
        Outcome::Dropped { because } if because == "cancelled" => {
            format!("\"{title}\" is dropped: it is cancelled.")
        }
        Outcome::Dropped { because } if because.starts_with("output.") => {
            format!("\"{title}\" is dropped: `{because}` is required, and missing.")
        }
        Outcome::Dropped { because } => {
            let saw = blamed(explanation, because).map(|clause| format!(", which saw {}", clause.saw));
            format!("\"{title}\" is dropped by clause `{because}`{}.", saw.unwrap_or_default())
        }
        Outcome::Pending { because } => {
            format!("Meetings are not decided yet: {}.", because.join("; "))
        }
        Outcome::Absent { because } => format!("{title} is not there: {because}."),
    }
}

/// The names of the accounts that count, sorted.
pub(super) fn accounts(explanation: &Explanation) -> Vec<&str> {
    let counted = explanation.attendees.iter().filter(|who| who.account_counts);
    let mut names: Vec<&str> = counted.filter_map(|who| who.account.as_deref()).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The clause that was looked at last of those that are, or belong to, the one that dropped a meeting.
pub(super) fn blamed<'a>(explanation: &'a Explanation, because: &str) -> Option<&'a ClauseExplained> {
    let blamed =
        |clause: &&ClauseExplained| because.starts_with(&clause.clause) || clause.clause.starts_with(because);
    explanation.clauses.iter().rev().find(blamed)
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.sentence)?;
        if let Some(meeting) = &self.meeting {
            writeln!(f, "  meeting {meeting}")?;
        }
        if let Some(start) = self.start {
            write!(f, "  starts {start}")?;
            match self.copies.len() {
                0 => writeln!(f)?,
                1 => writeln!(f, ", seen on one calendar")?,
                count => writeln!(f, ", seen on {count} calendars")?,
            }
        }
        self.copies.iter().try_for_each(|copy| copied(f, copy))?;
        self.withheld.iter().try_for_each(|withheld| writeln!(f, "  not known: {withheld}"))?;
        for clause in &self.clauses {
            let mark = if clause.held { "holds" } else { "fails" };
            writeln!(f, "  {mark}  {}  saw {}", clause.clause, clause.saw)?;
        }
        if let Some(rule) = &self.rule {
            writeln!(f, "  the clause that dropped it demands: {}", rule.demands)?;
        }
        self.attendees.iter().try_for_each(|who| attendee(f, who))?;
        if !self.priorities.is_empty() {
            writeln!(f, "  priority {}", self.priority)?;
        }
        for rule in &self.priorities {
            let mark = if rule.held { "holds" } else { "fails" };
            writeln!(f, "    {mark}  {:+} by {}: {}", rule.adds, rule.rule, rule.demands)?;
        }
        if matches!(self.outcome, Outcome::Kept) {
            writeln!(f, "  output {}", self.content)?;
            for (section, items) in &self.items {
                for (key, content) in items {
                    writeln!(f, "    {section} {key}: {content}")?;
                }
            }
            for item in &self.gathered_by {
                writeln!(f, "  gathered by {} {}", item.section, item.key)?;
            }
        }
        for missing in &self.incomplete {
            writeln!(f, "  incomplete: {missing} is missing")?;
        }
        self.told(f)?;
        if let Some(decided) = &self.decided {
            under(f, decided)?;
        }
        if let Some(absence) = &self.absence {
            writeln!(f, "  next: {}", absence.next())?;
        }
        if self.only_evaluator_moved() {
            writeln!(
                f,
                "  What decides has changed since; it stands until something it was decided from changes."
            )?;
        } else if self.moved_since {
            writeln!(f, "  What it was decided from has changed since; the next sync decides it anew.")?;
        }
        self.moved.iter().try_for_each(|moved| writeln!(f, "    {moved}"))
    }
}

impl Explanation {
    fn told(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(told) = &self.told else { return Ok(()) };
        self.snapshot(f, told)?;
        for entry in &told.entries {
            let what = match &entry.key {
                Some(key) => format!(" {} {key}", entry.section),
                None => String::new(),
            };
            let change = word(&entry.change);
            writeln!(f, "    position {}:{what} {change}, {}", entry.position, time(entry.at))?;
        }
        Ok(())
    }

    fn snapshot(&self, f: &mut fmt::Formatter<'_>, told: &ToldExplained) -> fmt::Result {
        match (&told.content, told.items.is_empty()) {
            _ if told.revision == 0 => writeln!(f, "  nothing was ever told of it"),
            (None, true) => writeln!(f, "  withdrawn with snapshot {}", told.revision),
            _ if told.current => writeln!(f, "  told with snapshot {}, as it is now", told.revision),
            (Some(content), _) => writeln!(f, "  told with snapshot {}: {content}", told.revision),
            (None, false) => {
                let count: usize = told.items.values().map(|items| items.len()).sum();
                writeln!(f, "  told with snapshot {}: {count} items, not as they are now", told.revision)
            }
        }?;
        told.deliveries.iter().try_for_each(|delivery| writeln!(f, "    {}", delivery.in_words()))
    }
}

impl DeliveryExplained {
    /// `snapshot 3 to product: delivered 2026-03-03 10:00 UTC, at attempt 2`.
    fn in_words(&self) -> String {
        let item = self.key.as_ref().map(|key| format!(" of {} {key}", self.section)).unwrap_or_default();
        let failed = self.error.as_ref().map(|error| format!("; the last attempt failed: {error}"));
        let failed = failed.unwrap_or_default();
        let became = match (self.status, self.delivered, self.due) {
            (DeliveryStatus::Delivered, Some(delivered), _) => {
                format!("delivered {}, at attempt {}", time(delivered.at), self.attempts)
            }
            (DeliveryStatus::Dead, ..) => format!("given up after {}{failed}", count(self.attempts)),
            (.., Some(due)) if self.attempts > 0 => {
                format!("tried again {}, after {}{failed}", time(due), count(self.attempts))
            }
            _ => "not tried yet".to_owned(),
        };
        let before = self.delivered.filter(|_| self.status != DeliveryStatus::Delivered);
        let before =
            before.map(|before| format!("; snapshot {} was delivered {}", before.revision, time(before.at)));
        let before = before.unwrap_or_default();
        format!("snapshot {}{item} to {}: {became}{before}", self.revision, self.destination)
    }
}

fn count(attempts: u32) -> String {
    super::words::count(usize::try_from(attempts).unwrap_or(usize::MAX), "attempt")
}

fn copied(f: &mut fmt::Formatter<'_>, copy: &CopyExplained) -> fmt::Result {
    let leads = if copy.leads { "leads" } else { "does not lead" };
    write!(f, "  on {}: {leads}, as {}; {}", copy.calendar, copy.because, word(&copy.status))?;
    if copy.private {
        f.write_str(", private")?;
    }
    writeln!(f)?;
    write!(f, "    {}", copy.record)?;
    if !copy.account.is_empty() {
        write!(f, ", read by the connection of {}", copy.account)?;
    }
    match copy.seen {
        Some(seen) => write!(f, ", last seen {}", time(seen))?,
        None => f.write_str(", in the mirror no more")?,
    }
    if !copy.lanes.is_empty() {
        let told =
            if copy.told { "by schedule, and when the provider tells of a change" } else { "by schedule" };
        write!(f, ", {told}")?;
    }
    writeln!(f)?;
    for lane in &copy.lanes {
        writeln!(f, "    lane {lane}")?;
    }
    copy.stale.as_ref().map_or(Ok(()), |stale| writeln!(f, "    read no more: {stale}"))
}

fn attendee(f: &mut fmt::Formatter<'_>, who: &AttendeeExplained) -> fmt::Result {
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
    if let Some(strategy) = &who.strategy {
        let tie = if who.ambiguous { ", which a mere tie-break decided" } else { "" };
        write!(f, ", by {strategy}{tie}")?;
    }
    writeln!(f)?;
    if let Some(written) = &who.written {
        writeln!(f, "    written {written}")?;
    }
    for step in &who.steps {
        writeln!(f, "    {step}")?;
    }
    for lost in &who.candidates {
        let name = lost.name.as_deref().unwrap_or("without a name");
        let source = lost.source.as_ref().map(|source| format!(" of {source}")).unwrap_or_default();
        let matched = lost.matched.as_ref().map(|key| format!(", found by {key}")).unwrap_or_default();
        writeln!(
            f,
            "    not {} {} ({name}){source}{matched}: {} ({})",
            lost.kind, lost.id, lost.because, lost.strategy
        )?;
    }
    Ok(())
}

fn under(f: &mut fmt::Formatter<'_>, decided: &DecidedExplained) -> fmt::Result {
    write!(f, "  decided under {}", decided.revision)?;
    if decided.revision == decided.in_force {
        f.write_str(", which is in force")?;
    } else {
        write!(f, "; {} is in force", decided.in_force)?;
    }
    write!(f, ", by {}", decided.evaluator)?;
    if decided.evaluator != decided.evaluator_now {
        write!(f, "; {} decides now", decided.evaluator_now)?;
    }
    writeln!(f)?;
    decided.valid_until.map_or(Ok(()), |until| writeln!(f, "  holds until {} by the clock", time(until)))
}
