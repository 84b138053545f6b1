//! What the run shows.

use std::collections::BTreeMap;

use acquaint::core::ids::MeetingId;
use acquaint::core::meeting::{Meeting, MeetingAttendee};
use acquaint::core::view::EventTime;
use acquaint::{ChangeKind, Progress, SyncOptions, Tenant, WhyQuery};

use crate::edits::Edits;
use crate::outcome::{Counts, Failure};

/// Runs one sync and says how it goes.
pub(crate) async fn sync(tenant: &Tenant, say: &impl Fn(&str)) -> Result<Counts, Failure> {
    let options = SyncOptions::new().on_progress(|progress| match progress {
        Progress::Page { lane, records } => {
            let part = if lane.partition.as_str().is_empty() {
                String::new()
            } else {
                format!(" {}", lane.partition)
            };
            eprintln!("  {}{part}: {records} records", lane.stream);
        }
        Progress::Waiting => eprintln!("  waiting for what another process has begun"),
        Progress::Joining => eprintln!("  deciding meetings"),
        _ => {}
    });
    let report = tenant.sync_with(&options).await?.into_result()?;
    let counts = Counts {
        requests: report.requests,
        records: report.records,
        kept: tenant.meetings().kept().all().await?.len(),
        dropped: tenant.meetings().dropped().all().await?.len(),
        changes: report.changes,
    };
    say(&format!(
        "  {} requests, {} records; {} meetings kept, {} dropped; {} changes",
        counts.requests, counts.records, counts.kept, counts.dropped, counts.changes
    ));
    Ok(counts)
}

/// The kept meetings, with the people from outside.
pub(crate) async fn table(tenant: &Tenant) -> Result<(), Failure> {
    let kept = tenant.meetings().kept().all().await?;
    println!("\n{:<17} {:<38} {:<24} people from outside", "start (UTC)", "title", "account");
    println!("{:-<17} {:-<38} {:-<24} {:-<40}", "", "", "", "");
    for meeting in &kept {
        let account = meeting.main_account().and_then(|account| account.name.clone()).unwrap_or_default();
        println!(
            "{:<17} {} {} {}",
            when(meeting.start),
            fit(&meeting.title, 38),
            fit(&account, 24),
            people(meeting)
        );
    }
    println!("{} meetings", kept.len());
    Ok(())
}

fn people(meeting: &Meeting) -> String {
    let outside: Vec<String> = meeting.attendees.iter().filter(|who| who.external).map(person).collect();
    match outside.split_at_checked(3) {
        Some((first, rest)) if !rest.is_empty() => format!("{} and {} more", first.join(", "), rest.len()),
        _ => outside.join(", "),
    }
}

/// Name or address, and how the account was found.
fn person(who: &MeetingAttendee) -> String {
    let known = who.contact.as_ref().and_then(|contact| contact.name.clone());
    let name = known.or_else(|| who.name.clone()).unwrap_or_else(|| who.email.clone());
    match &who.strategy {
        Some(strategy) => format!("{name} ({strategy})"),
        None => name,
    }
}

/// Exactly so many characters wide.
fn fit(text: &str, width: usize) -> String {
    let length = text.chars().count();
    if length > width {
        let cut: String = text.chars().take(width - 1).collect();
        return format!("{cut}…");
    }
    format!("{text}{}", " ".repeat(width - length))
}

fn when(time: EventTime) -> String {
    match time {
        EventTime::Day(day) => day.to_string(),
        EventTime::At(at) => at.format("%Y-%m-%d %H:%M").to_string(),
    }
}

/// What meetings are called, for those that will be gone.
pub(crate) async fn titles(tenant: &Tenant) -> Result<BTreeMap<MeetingId, (EventTime, String)>, Failure> {
    let meetings = tenant.meetings().all().await?;
    Ok(meetings.into_iter().map(|meeting| (meeting.id, (meeting.start, meeting.title))).collect())
}

/// What the feed tells after a position.
pub(crate) async fn changes(
    tenant: &Tenant,
    mut after: u64,
    titles: &BTreeMap<MeetingId, (EventTime, String)>,
) -> Result<(), Failure> {
    println!();
    loop {
        let page = tenant.changes(after, 100).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.position;
        for entry in &page {
            let word = match entry.change {
                ChangeKind::Added => "added  ",
                ChangeKind::Changed => "changed",
                ChangeKind::Removed => "removed",
            };
            if let Some(key) = entry.key.as_ref().filter(|_| entry.gathers()) {
                println!("{word} {} {key}", entry.section);
                continue;
            }
            let text =
                |name: &str| entry.content.get(name).and_then(|value| value.as_str()).unwrap_or_default();
            match entry.change {
                ChangeKind::Removed => match titles.get(&entry.meeting) {
                    Some((start, title)) => println!("{word} {start:<20} {title}"),
                    None => println!("{word} {}", entry.meeting),
                },
                _ => println!(
                    "{word} {:<20} {} {}",
                    text("starts_at"),
                    fit(text("title"), 38),
                    text("account")
                ),
            }
        }
    }
}

/// One kept and one dropped meeting, explained.
pub(crate) async fn decisions(tenant: &Tenant) -> Result<Vec<(&'static str, String)>, Failure> {
    let mut texts = Vec::new();
    let kept = tenant.meetings().kept().all().await?;
    let telling = kept.iter().find(|meeting| meeting.attendees.iter().any(|who| who.contact.is_some()));
    if let Some(meeting) = telling.or_else(|| kept.first()) {
        texts.push(("kept", tenant.explain(&meeting.id).await?.to_string()));
    }
    let dropped = tenant.meetings().dropped().all().await?;
    // The telling ones are those that came far: a customer is in it, and something else dropped it.
    let close =
        dropped.iter().find(|meeting| !meeting.accounts.is_empty() && meeting.decision.because.is_some());
    if let Some(meeting) = close.or_else(|| dropped.first()) {
        texts.push(("dropped", tenant.explain(&meeting.id).await?.to_string()));
    }
    Ok(texts)
}

/// One kept, one dropped and one absent meeting, explained.
pub(crate) async fn explanations(
    tenant: &Tenant,
    edits: &Edits,
) -> Result<Vec<(&'static str, String)>, Failure> {
    let mut texts = decisions(tenant).await?;
    if let Some(meeting) = &edits.cancelled {
        let mut query = WhyQuery::near(meeting.start.instant()).within(chrono::TimeDelta::minutes(1));
        if let Some(copy) = meeting.copies.first() {
            query = query.on_calendar(copy.partition.as_str());
        }
        if let Some(who) = meeting.attendees.iter().find(|who| who.external) {
            query = query.with_address(&who.email);
        }
        let found = tenant.why(&query).await?;
        let text: Vec<String> = found.iter().map(ToString::to_string).collect();
        texts.push(("absent", text.join("\n")));
    }
    Ok(texts)
}
