//! Calendars as partitions of the stream of events: all of them, or what has changed since the last look.
//! <https://developers.google.com/workspace/calendar/api/v3/reference/calendarList/list>.

mod choice;
mod cursor;
mod list;
mod partition;

use acquaint_core::Result;
use acquaint_core::connector::{Context, Discovered, Partition, Partitions};
use acquaint_core::cursor::StoredCursor;

use crate::client::Api;
use crate::error::lacks_scope;
use crate::identity;
use crate::model::CalendarListEntry;
use crate::options::Options;
pub(crate) use choice::CalendarChoice;
use cursor::ListCursor;

/// The calendars that the source asks for, each once, under its real id.
pub(crate) async fn partitions(cx: &Context, api: Api<'_>) -> Result<Vec<Partition>> {
    match discover(cx, api, None).await?.partitions {
        Partitions::All(all) => Ok(all),
        // Without a cursor there is nothing that a change could be told against.
        _ => Ok(Vec::new()),
    }
}

/// What of it is new since a look, or all of it.
pub(crate) async fn discover(cx: &Context, api: Api<'_>, since: Option<StoredCursor>) -> Result<Discovered> {
    let choice = Options::of(&cx.settings)?.calendars;
    let since: Option<ListCursor> = since.map(StoredCursor::load).transpose()?;
    let look = match &since {
        Some(ListCursor { token }) => list::since(api, token).await,
        None => list::whole(api).await,
    };
    let look = match look {
        Err(error) if lacks_scope(&error) => {
            return primary_alone(cx, api, &choice).await.map(Discovered::all);
        }
        look => look?,
    };
    let chosen = |entry: &CalendarListEntry| entry.deleted != Some(true) && choice.takes(entry);
    let (now, gone): (Vec<_>, Vec<_>) = look.entries.into_iter().partition(chosen);
    let now = now.into_iter().map(partition::of).collect();
    let found = match since {
        None => Discovered::all(now),
        Some(_) => Discovered::changed(now, gone.into_iter().map(|entry| entry.id.into()).collect()),
    };
    // Without a new token the old one tells the same again, which loses nothing.
    match look.token.map(|token| ListCursor { token }).or(since) {
        Some(cursor) => found.cursor(&cursor),
        None => Ok(found),
    }
}

/// All that can be known without the list: the account's own calendar, whose id is the account's address.
async fn primary_alone(cx: &Context, api: Api<'_>, choice: &CalendarChoice) -> Result<Vec<Partition>> {
    let id = match &cx.account {
        Some(account) => account.clone(),
        None => identity::by_events(api).await?.account,
    };
    let entry = CalendarListEntry::own(id);
    Ok(if choice.takes(&entry) { vec![partition::of(entry)] } else { Vec::new() })
}
