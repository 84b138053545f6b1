//! Whose account a grant opens.

use acquaint_core::connector::Identity;
use acquaint_core::{Error, ErrorKind, Result};

use crate::client::Api;
use crate::error::lacks_scope;
use crate::model::Whose;

/// The id of a primary calendar is the address of the account. Where the list of calendars was not granted, the
/// account's events tell it.
pub(crate) async fn identify(api: Api<'_>) -> Result<Identity> {
    match api.primary_calendar().await {
        Ok(primary) => Ok(Identity::new(primary.id.clone(), primary.label().to_owned()).email(primary.id)),
        Err(error) if lacks_scope(&error) => by_events(api).await,
        Err(error) => Err(error),
    }
}

/// The address by which events of the primary calendar call the calendar that they are on, or the calendar's name,
/// which is its address unless somebody has renamed it.
///
/// # Errors
/// `Forbidden` if neither tells it.
pub(crate) async fn by_events(api: Api<'_>) -> Result<Identity> {
    let calendar = api.whose().await?;
    let name = calendar.summary.clone().filter(|name| !name.trim().is_empty());
    let address = own_address(&calendar)
        .or_else(|| name.clone().filter(|name| looks_like_an_address(name)))
        .ok_or_else(|| {
            Error::new(ErrorKind::Forbidden, "whose account this is cannot be told from its events alone")
                .operation("identify")
                .advise("connect again and also allow the list of calendars to be read")
        })?;
    Ok(Identity::new(address.clone(), name.unwrap_or_else(|| address.clone())).email(address))
}

/// Organisers first: theirs is the calendar's id itself, where a guest may have been invited under another name.
fn own_address(calendar: &Whose) -> Option<String> {
    let events = || calendar.items.iter().flatten();
    let organisers = events().filter_map(|event| event.organizer.as_ref());
    let creators = events().filter_map(|event| event.creator.as_ref());
    let guests = events().filter_map(|event| event.attendees.as_ref()).flatten();
    let mut people = organisers.chain(creators).chain(guests);
    people
        .find(|person| {
            person.is_self == Some(true) && person.email.as_deref().is_some_and(looks_like_an_address)
        })?
        .email
        .clone()
}

fn looks_like_an_address(text: &str) -> bool {
    let parts = text.split_once('@');
    parts.is_some_and(|(name, host)| {
        !name.is_empty() && host.contains('.') && !host.contains('@') && !text.contains(char::is_whitespace)
    })
}
