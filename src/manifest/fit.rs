//! Whether a manifest fits what is registered: its connectors, their settings, scopes, and what privacy drops.

use std::collections::BTreeMap;
use std::time::Duration;

use acquaint_core::Error;
use acquaint_core::connector::{Connector, StreamKind};
use acquaint_core::ids::SourceName;

use super::describe::length;
use super::privacy::Privacy;
use super::problem::{Place, Problem};
use super::reader::Reader;
use super::rules::Follows;
use super::section::Matching;
use super::source::Source;
use crate::connect::too_few_scopes;
use crate::registry::Registry;

/// Notes what does not fit.
pub(super) fn check(
    reader: &Reader,
    sources: &BTreeMap<SourceName, Source>,
    privacy: &Privacy,
    matching: &Matching,
    follows: &Follows,
    registry: &Registry,
) {
    let reads_contacts = matching.reads_contacts() || follows.deals();
    let mut droppable = Vec::new();
    let mut complete = true;
    for (name, source) in sources {
        let Some(connector) = registry.connectors.get(&source.connector) else {
            complete = false;
            unknown(reader, source, registry);
            continue;
        };
        let connector = &**connector;
        if let Err(error) = connector.check(&source.settings) {
            reader.say(source.places.of(error.context("setting")), in_one(name, &error));
        }
        if let Err(error) = too_few_scopes(connector, source, reads_contacts) {
            reader.say(source.places.scopes, in_one(name, &error));
        }
        retained(reader, name, source, connector, privacy);
        tells_private(reader, name, connector, privacy);
        let streams = connector.streams().iter().flat_map(|stream| &stream.spec().droppable);
        droppable.extend(streams.map(|(name, _)| *name));
    }
    precedence(reader, sources, &matching.precedence, registry);
    droppable.sort_unstable();
    droppable.dedup();
    // What an unknown connector can drop is unknown too.
    for (name, place) in privacy.drop.iter().filter(|_| complete) {
        if !droppable.contains(&name.as_str()) {
            // What cannot be dropped would be stored against the manifest's word.
            let known = droppable.join(", ");
            let message =
                format!("no connector here can leave out `{name}`; what can be left out is {known}");
            reader.note(Problem::new(*place, message).closest(name, droppable.iter().copied()));
        }
    }
}

/// What is read again and again must not be too old to be kept.
fn retained(
    reader: &Reader,
    name: &SourceName,
    source: &Source,
    connector: &dyn Connector,
    privacy: &Privacy,
) {
    let reads_events = connector.streams().iter().any(|stream| {
        let spec = stream.spec();
        spec.kind == StreamKind::Events && !spec.lanes.is_empty()
    });
    let past = Duration::from_secs(source.settings.window.past.unsigned_abs());
    if let Some((retain, place)) = privacy.retain.filter(|(retain, _)| reads_events && past > *retain) {
        let (past, retain) = (length(past), length(retain));
        let place = source.places.past.unwrap_or(place);
        reader.say(
            place,
            format!(
                "source `{name}` reads events of the last {past}, and `retain` keeps them for {retain}: \
                 write a `window.past` that is no longer, or a longer `retain`"
            ),
        );
    }
}

/// Where private events are to give their times alone, they must be told from others.
fn tells_private(reader: &Reader, name: &SourceName, connector: &dyn Connector, privacy: &Privacy) {
    let events = connector.streams().iter().filter(|stream| stream.spec().kind == StreamKind::Events);
    let tells = events.map(|stream| stream.spec().private.is_some()).fold(true, std::ops::BitAnd::bitand);
    if let Some(place) = privacy.busy_only.filter(|_| !tells) {
        let id = &connector.info().id;
        reader.say(
            place,
            format!("source `{name}`: the connector `{id}` cannot tell which events are private"),
        );
    }
}

/// Sources with which nobody can be found have no place among those that are looked at first.
fn precedence(
    reader: &Reader,
    sources: &BTreeMap<SourceName, Source>,
    first: &[(SourceName, Place)],
    registry: &Registry,
) {
    let holds = |name: &SourceName| {
        let connector = sources.get(name).and_then(|source| registry.connectors.get(&source.connector));
        connector.is_none_or(|connector| {
            connector.streams().iter().any(|stream| stream.spec().kind == StreamKind::Directory)
        })
    };
    for (name, place) in first.iter().filter(|(name, _)| !holds(name)) {
        let able: Vec<&str> = sources.keys().filter(|name| holds(name)).map(SourceName::as_str).collect();
        let message = match able.as_slice() {
            [] => format!("`{name}` holds neither accounts nor contacts, and no source here does"),
            able => format!(
                "`{name}` holds neither accounts nor contacts; name one that does: {}",
                able.join(", ")
            ),
        };
        reader.note(Problem::new(*place, message).closest(name.as_str(), able));
    }
}

fn unknown(reader: &Reader, source: &Source, registry: &Registry) {
    let name = source.connector.as_str();
    let known = registry.connector_names().collect::<Vec<_>>().join(", ");
    let message = format!("no connector `{name}` is registered; known are {known}");
    reader.note(Problem::new(source.places.connector, message).closest(name, registry.connector_names()));
}

/// An error of a source with its advice, and what it names that is missing, in one line.
fn in_one(source: &SourceName, error: &Error) -> String {
    let missing =
        error.context("missing").map(|missing| format!(" (missing: {missing})")).unwrap_or_default();
    let advice = error.advice().map(|advice| format!("; {advice}")).unwrap_or_default();
    format!("source `{source}`: {}{missing}{advice}", error.message())
}
