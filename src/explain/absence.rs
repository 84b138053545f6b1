//! What keeps a meeting out that somebody asks for, as data and in words.

use std::fmt;
use std::time::Duration;

use acquaint_core::ids::SourceName;
use acquaint_core::record::Gone;
use acquaint_core::view::EventTime;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::parts::ProblemExplained;
use super::words::{count, list};
use crate::manifest::length;

/// What keeps a meeting out that somebody asks for. It displays as what follows `It is not there:`. `calendar` is an
/// address, or what the calendar is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Absence {
    /// No calendar is read at all.
    NoCalendar,
    /// The product pushes events itself, and has pushed none like this to this source.
    NotPushed {
        /// The source.
        source: SourceName,
    },
    /// Nobody has connected this calendar, or what was connected was erased.
    NotConnected {
        /// Which.
        calendar: String,
    },
    /// It was disconnected, and what was read of it does not show the meeting.
    Disconnected {
        /// Which.
        calendar: String,
        /// When.
        since: DateTime<Utc>,
    },
    /// Its connection must be authorised again; nothing is read until then.
    NeedsReauth {
        /// Which.
        calendar: String,
        /// Why.
        reason: String,
    },
    /// Its person has not granted what reading needs.
    Lacks {
        /// Which.
        calendar: String,
        /// The scopes that are missing.
        scopes: Vec<String>,
    },
    /// The manifest in force does not have the source any more that it is connected to.
    SourceGone {
        /// Which.
        calendar: String,
        /// The source.
        source: SourceName,
    },
    /// The account is connected, but nobody has found this calendar yet, or it was not chosen.
    NotChosen {
        /// Which.
        calendar: String,
    },
    /// It lies outside of the window that is read.
    OutsideWindow {
        /// Of which calendar.
        calendar: String,
        /// The beginning of the window.
        from: DateTime<Utc>,
        /// Its end.
        to: DateTime<Utc>,
    },
    /// It is so long ago that the manifest has it removed, for privacy.
    PastRetention {
        /// How long after their end events stay, in seconds.
        after: u64,
    },
    /// The calendar has not been read completely yet.
    NotRead {
        /// Which.
        calendar: String,
        /// Why, if reading it fails.
        error: Option<String>,
    },
    /// The event was there.
    Gone {
        /// On which calendar.
        calendar: String,
        /// What has become of it.
        how: Gone,
    },
    /// What there is at that time is private: only its times are read, so nobody can say who is in it.
    Private {
        /// On which calendar, if one was asked for.
        calendar: Option<String>,
        /// How many there are.
        meetings: usize,
    },
    /// There are meetings at that time, with others.
    Others {
        /// On which calendar, if one was asked for.
        calendar: Option<String>,
        /// Who is missed.
        missed: String,
        /// The meetings with those who are in them.
        meetings: Vec<OtherMeeting>,
        /// How many more there are, further from the time asked for.
        more: usize,
        /// How many more there are that are private, and show nobody.
        private: usize,
    },
    /// There are events whose time cannot be read, and it may be one of them.
    NotUnderstood {
        /// On which calendar.
        calendar: String,
        /// Which they are, and why.
        events: Vec<ProblemExplained>,
        /// Whether there are more.
        more: bool,
    },
    /// The calendar shows no such event to its connection.
    NotSeen {
        /// Which.
        calendar: String,
    },
}

/// A meeting that is at the time asked for, without the person asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OtherMeeting {
    /// Its title.
    pub title: String,
    /// When it begins.
    pub start: EventTime,
    /// Who is in it, by normalised address.
    pub people: Vec<String>,
}

impl fmt::Display for Absence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = |at: &DateTime<Utc>| at.format("%Y-%m-%d").to_string();
        match self {
            Self::NoCalendar => f.write_str("no calendar is read"),
            Self::NotPushed { source } => write!(f, "the product has pushed no such event to `{source}`"),
            Self::NotConnected { calendar } => write!(f, "{calendar} is not connected"),
            Self::Disconnected { calendar, since } => {
                write!(f, "{calendar} was disconnected on {}", day(since))
            }
            Self::NeedsReauth { calendar, reason } => {
                write!(f, "the connection that reads {calendar} must be authorised again ({reason})")
            }
            Self::Lacks { calendar, scopes } => {
                write!(f, "{calendar} may not be read: its person has not granted {}", scopes.join(" "))
            }
            Self::SourceGone { calendar, source } => write!(
                f,
                "{calendar} is read no more: the manifest in force has no source `{source}`, to which it is connected"
            ),
            Self::NotChosen { calendar } => {
                write!(f, "{calendar} is connected, but this calendar has not been found or was not chosen")
            }
            Self::OutsideWindow { calendar, from, to } => write!(
                f,
                "it lies outside of the window that is read of {calendar}, {} to {}",
                day(from),
                day(to)
            ),
            Self::PastRetention { after } => write!(
                f,
                "it ended more than {} ago, and the manifest has such events removed",
                length(Duration::from_secs(*after))
            ),
            Self::NotRead { calendar, error } => {
                write!(f, "{calendar} has not been read completely yet")?;
                error.as_ref().map_or(Ok(()), |error| write!(f, ": {error}"))
            }
            Self::Gone { calendar, how } => write!(f, "the event on {calendar} {}", gone(how)),
            Self::Private { calendar, meetings } => {
                let (is, times) =
                    if *meetings == 1 { ("is", "its times are") } else { ("are", "their times are") };
                write!(
                    f,
                    "{} near that time{} {is} private: only {times} read, and who is in it is not known",
                    count(*meetings, "meeting"),
                    on(calendar)
                )
            }
            Self::Others { calendar, missed, meetings, more, private } => {
                let count = count(meetings.len() + more, "meeting");
                write!(f, "{missed} is not among the people of the {count} near that time{}", on(calendar))?;
                for (index, other) in meetings.iter().enumerate() {
                    let before = if index == 0 { ": " } else { "; " };
                    let title = if other.title.is_empty() { "(no title)" } else { &other.title };
                    write!(f, "{before}\"{title}\" at {} with {}", other.start, list(&other.people))?;
                }
                if *more > 0 {
                    write!(f, "; and {more} others")?;
                }
                match private {
                    0 => Ok(()),
                    1 => f.write_str("; 1 more is private, and shows nobody"),
                    more => write!(f, "; {more} more are private, and show nobody"),
                }
            }
            Self::NotUnderstood { calendar, events, more } => {
                let (of, number) = if *more { ("more than ", events.len()) } else { ("", events.len()) };
                write!(f, "{of}{} on {calendar} cannot be understood: ", count(number, "event"))?;
                let named: Vec<String> = events.iter().map(ToString::to_string).collect();
                f.write_str(&list(&named))
            }
            Self::NotSeen { calendar } => write!(f, "{calendar} shows no such event to this connection"),
        }
    }
}

fn on(calendar: &Option<String>) -> String {
    calendar.as_ref().map(|calendar| format!(" on {calendar}")).unwrap_or_default()
}

fn gone(gone: &Gone) -> String {
    match gone {
        Gone::Deleted => "was cancelled or deleted".to_owned(),
        Gone::Archived => "was archived".to_owned(),
        Gone::Erased => "was erased for privacy, and is not kept".to_owned(),
        Gone::MergedInto(key) => format!("was merged into {key}"),
        Gone::LostAccess => "can no longer be seen: access to the calendar was lost".to_owned(),
        Gone::MovedOutOfWindow => "was moved out of the window that is read".to_owned(),
        Gone::Deselected => "is no longer what the manifest selects at the provider".to_owned(),
        Gone::PastRetention => {
            "ended longer ago than events are kept for privacy, and was removed".to_owned()
        }
        Gone::Unseen => "was gone when the calendar was read again from the beginning".to_owned(),
        _ => "is gone".to_owned(),
    }
}

impl Absence {
    /// What to do about it, as an order to whoever supports the product.
    pub fn next(&self) -> &'static str {
        match self {
            Self::NoCalendar | Self::NotConnected { .. } => "have its person connect the calendar",
            Self::NotPushed { .. } => "look whether the product should have pushed the event",
            Self::Disconnected { .. } => "have its person connect the calendar again, if that is wanted",
            Self::NeedsReauth { .. } => "have its person authorise the connection again",
            Self::Lacks { .. } => "have its person authorise the connection again, and grant what is missing",
            Self::SourceGone { .. } => {
                "apply a manifest that has the source, or tell that this calendar is not read any more"
            }
            Self::NotChosen { .. } => {
                "sync; if it stays so, look at which calendars the manifest chooses and who may see this one"
            }
            Self::OutsideWindow { .. } => "nothing, or a wider `window` in the manifest",
            Self::PastRetention { .. } => "nothing, or a longer `privacy.retain` for what is to come",
            Self::NotRead { error: None, .. } => "wait for the first sync to end",
            Self::NotRead { .. } => "look at the connection's failure, and wait for the next sync",
            Self::Gone { .. } => "ask whoever changed the calendar",
            Self::Private { .. } => "have the event made visible to its calendar, if it should count",
            Self::Others { .. } => {
                "compare the address with those of the meeting: the person may be invited under another one"
            }
            Self::NotUnderstood { .. } => "look at these events on the calendar: one of them may be meant",
            Self::NotSeen { .. } => {
                "ask for the meeting's time and calendar, and whether the account may see it"
            }
        }
    }

    /// For the customer, as what follows `It is not shown:`. Names no address and nothing of how it works.
    pub(super) fn plainly(&self) -> String {
        match self {
            Self::NoCalendar | Self::NotConnected { .. } => {
                "this calendar is not connected. Connect it, and its meetings appear"
            }
            Self::NotPushed { .. } => "we have not been told of it",
            Self::Disconnected { .. } => {
                "this calendar was disconnected. Connect it again, and its meetings appear"
            }
            Self::NeedsReauth { .. } => {
                "we may no longer read this calendar. Connect it again, and its meetings appear"
            }
            Self::Lacks { .. } => {
                "we were not permitted to read this calendar. Connect it again and permit that, and its meetings appear"
            }
            Self::SourceGone { .. } => "this calendar is not used any more",
            Self::NotChosen { .. } => {
                "this calendar is not among those that we read, or has only just been connected"
            }
            Self::OutsideWindow { from, to, .. } => {
                return format!(
                    "we look at meetings from {} to {} only",
                    from.format("%Y-%m-%d"),
                    to.format("%Y-%m-%d")
                );
            }
            Self::PastRetention { .. } => "it is too long ago: we do not keep what is so old",
            Self::NotRead { .. } => "we are still reading this calendar. Please look again later",
            Self::Gone { how: Gone::LostAccess, .. } => "we can no longer see it on the calendar",
            Self::Gone { how: Gone::Unseen | Gone::Deleted | Gone::Archived | Gone::Erased, .. } => {
                "it is no longer on the calendar"
            }
            Self::Gone { .. } => "it is no longer among the meetings that we look at",
            Self::Private { .. } => {
                "what is on the calendar at that time is private, so we cannot see who is in it"
            }
            Self::Others { meetings, more, private, .. } => {
                return format!(
                    "there {} near that time, and this person is not on {}",
                    match meetings.len() + more + private {
                        1 => "is 1 meeting".to_owned(),
                        many => format!("are {many} meetings"),
                    },
                    if meetings.len() + more + private == 1 { "its guest list" } else { "a guest list that we see" }
                );
            }
            Self::NotUnderstood { .. } => "some entries of the calendar cannot be read, and it may be one of them",
            Self::NotSeen { .. } => "we see no such meeting on the calendar",
        }
        .to_owned()
    }
}
