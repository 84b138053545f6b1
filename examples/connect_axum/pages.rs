//! What people see. Everything that comes from elsewhere goes through [`text`].

use std::fmt::Display;

use acquaint::core::ids::SourceName;
use acquaint::{
    Access, Connection, ConnectionStatus, Disconnected, Finished, Meeting, NoticeEntry, Revocation, Totals,
};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use axum::response::{Html, IntoResponse, Response};

use crate::session::{PEOPLE, Person};

/// Text as it may stand in HTML, within elements and within quotes.
fn text(value: impl Display) -> String {
    let mut escaped = String::new();
    for character in value.to_string().chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

fn page(status: StatusCode, body: &str) -> Response {
    let headers = [
        // No scripts, and in no other site's frame.
        (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        // The address of the callback holds a code: it must not travel on.
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
    ];
    let html = format!(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Connections</title>\n{body}\n</html>\n"
    );
    (status, headers, Html(html)).into_response()
}

/// A sentence, and the way back.
pub(crate) fn sentence(status: StatusCode, sentence: impl Display) -> Response {
    page(status, &format!("<p>{}</p>\n<p><a href=\"/\">Your connections</a></p>", text(sentence)))
}

/// A button that posts.
fn button(action: &str, label: &str, field: Option<(&str, &str)>) -> String {
    let field = field.map_or_else(String::new, |(name, value)| {
        format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", text(name), text(value))
    });
    format!(
        "<form method=\"post\" action=\"{}\">{field}<button>{}</button></form>",
        text(action),
        text(label)
    )
}

pub(crate) fn login() -> Response {
    let people = PEOPLE.iter().map(|person| button("/login", person.name, Some(("user", person.user))));
    page(StatusCode::UNAUTHORIZED, &format!("<h1>Log in</h1>\n{}", people.collect::<Vec<_>>().join("\n")))
}

pub(crate) fn home<'a>(
    person: &Person,
    sources: impl Iterator<Item = &'a SourceName>,
    connections: &[(Connection, Access)],
    meetings: &[Meeting],
) -> Response {
    let mut body = format!("<h1>{} of {}</h1>\n", text(person.name), text(person.tenant));
    for source in sources {
        body.push_str(&button(&format!("/connect/{source}"), &format!("Connect {source}"), None));
    }
    // The two ways without consent that the connectors of this example offer.
    body.push_str(&button("/connect/calendar/delegated", "Connect my calendar by our service account", None));
    body.push_str(
        "<form method=\"post\" action=\"/connect/crm/token\">\
         <input type=\"password\" name=\"token\" placeholder=\"Private app access token\">\
         <button>Connect crm with it</button></form>",
    );
    body.push_str("\n<ul>\n");
    for (connection, access) in connections {
        body.push_str(&row(connection, access));
    }
    body.push_str("</ul>\n");
    body.push_str(&button("/sync", "Read now", None));
    body.push_str(&format!("\n<p>{} meetings matter.</p>\n<ul>\n", meetings.len()));
    for meeting in meetings {
        body.push_str(&format!("<li>{} {}</li>\n", text(meeting.start), text(&meeting.title)));
    }
    body.push_str("</ul>\n<p><a href=\"/notices\">What happened</a></p>\n");
    body.push_str(&button("/logout", "Log out", None));
    page(StatusCode::OK, &body)
}

/// One line for one connection.
fn row(connection: &Connection, access: &Access) -> String {
    let state = match &connection.status {
        ConnectionStatus::Active if access.missing.is_empty() => "works".to_owned(),
        ConnectionStatus::Active => format!("works, but lacks {}", access.missing.join(" and ")),
        ConnectionStatus::NeedsReauth { reason } => format!("has stopped: {reason}"),
        ConnectionStatus::Disconnected { since } => format!("disconnected {}", since.date_naive()),
        _ => "unknown".to_owned(),
    };
    let (reconnect, disconnect) =
        (format!("/reconnect/{}", connection.id), format!("/disconnect/{}", connection.id));
    format!(
        "<li>{}: {}, connected by {}: {} {} {} {}</li>\n",
        text(&connection.source),
        text(&connection.label),
        text(&connection.user),
        text(state),
        button(&reconnect, "Connect again", None),
        button(&disconnect, "Disconnect", Some(("mirrored", "keep"))),
        button(&disconnect, "Disconnect and erase", Some(("mirrored", "erase"))),
    )
}

pub(crate) fn connected(connection: &Connection) -> Response {
    sentence(StatusCode::OK, format!("{} is connected.", connection.label))
}

/// What people did, in the product's own words.
pub(crate) fn finished(finished: &Finished) -> Response {
    let sentence_of = match finished {
        Finished::Connected(connection) => format!("{} is connected.", connection.label),
        Finished::Narrowed { connection, missing, blocked } => {
            let blocked: Vec<&str> = blocked.iter().map(AsRef::as_ref).collect();
            format!(
                "{} is connected, but without {}: we cannot read {}. Connect it again to allow that.",
                connection.label,
                missing.join(" and "),
                blocked.join(" and "),
            )
        }
        Finished::Unticked { .. } => {
            "Nothing can be read without what was unticked. Connect again and leave it ticked.".to_owned()
        }
        Finished::Denied { .. } => "You said no, so nothing was connected.".to_owned(),
        Finished::AdminBlocked { .. } => {
            "Your administrator does not allow this. Ask them to allow our app, then connect again."
                .to_owned()
        }
        Finished::OtherAccount { expected, got } => {
            format!("You chose {got}, but it is {expected} that is connected. Choose that one.")
        }
        Finished::Taken => "This account is connected elsewhere already.".to_owned(),
        Finished::Replayed => "This has been dealt with already. Look at your connections.".to_owned(),
        Finished::NotUnderWay => "This took too long, or did not begin here. Connect again.".to_owned(),
        Finished::ForeignSession => {
            "This was begun by somebody else, or before you logged in. Nothing was connected.".to_owned()
        }
        _ => "Nothing was connected.".to_owned(),
    };
    let status = match finished {
        Finished::Connected(_) | Finished::Narrowed { .. } => StatusCode::OK,
        _ => StatusCode::CONFLICT,
    };
    sentence(status, sentence_of)
}

pub(crate) fn disconnected(disconnected: &Disconnected) -> Response {
    let provider = match &disconnected.revocation {
        Revocation::Done => "The provider has forgotten our access.",
        Revocation::NotNeeded => "There was no access left to give up.",
        Revocation::Shared => "Another connection still uses the account, so our access stays.",
        _ => {
            "We have deleted our access, but the provider keeps it listed: remove our app in your account's settings."
        }
    };
    sentence(StatusCode::OK, format!("Disconnected. {provider} {} records were erased.", disconnected.erased))
}

pub(crate) fn synced(totals: &Totals) -> Response {
    sentence(
        StatusCode::OK,
        format!("{} records were read, {} meetings changed.", totals.records, totals.changes),
    )
}

pub(crate) fn notices(notices: &[NoticeEntry]) -> Response {
    let mut body = "<h1>What happened</h1>\n<ol>\n".to_owned();
    for NoticeEntry { notice, .. } in notices {
        let what = notice.kind.to_string();
        body.push_str(&format!(
            "<li>{} {}: {}</li>\n",
            text(notice.at.format("%F %T")),
            notice.connection.as_ref().map(text).unwrap_or_default(),
            text(what)
        ));
    }
    body.push_str("</ol>\n<p><a href=\"/\">Your connections</a></p>");
    page(StatusCode::OK, &body)
}
