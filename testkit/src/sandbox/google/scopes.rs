//! Which scopes open a method (from the API's discovery document).

/// What all scopes of the API begin with.
const PREFIX: &str = "https://www.googleapis.com/auth/";

/// Whether any of `granted` opens `method`.
pub(super) fn opens<'a>(method: &str, granted: impl IntoIterator<Item = &'a String>) -> bool {
    let wanted = scopes(method);
    granted.into_iter().filter_map(|scope| scope.strip_prefix(PREFIX)).any(|scope| wanted.contains(&scope))
}

/// The scopes that open a method, without their common prefix.
fn scopes(method: &str) -> &'static [&'static str] {
    match method {
        "acl.delete" | "acl.insert" | "acl.patch" | "acl.update" => &["calendar", "calendar.acls"],
        "acl.get" => &["calendar", "calendar.acls", "calendar.acls.readonly", "calendar.readonly"],
        "acl.list" | "acl.watch" => &["calendar", "calendar.acls", "calendar.acls.readonly"],
        "calendarList.delete" | "calendarList.patch" | "calendarList.update" => {
            &["calendar", "calendar.app.created", "calendar.calendarlist"]
        }
        "calendarList.get" => &[
            "calendar",
            "calendar.app.created",
            "calendar.calendarlist",
            "calendar.calendarlist.readonly",
            "calendar.readonly",
        ],
        "calendarList.insert" => &["calendar", "calendar.calendarlist"],
        "calendarList.list" | "calendarList.watch" => {
            &["calendar", "calendar.calendarlist", "calendar.calendarlist.readonly", "calendar.readonly"]
        }
        "calendars.delete" | "calendars.insert" | "calendars.patch" | "calendars.update" => {
            &["calendar", "calendar.app.created", "calendar.calendars"]
        }
        "calendars.get" => &[
            "calendar",
            "calendar.app.created",
            "calendar.calendars",
            "calendar.calendars.readonly",
            "calendar.readonly",
        ],
        "channels.stop" => &[
            "calendar",
            "calendar.acls",
            "calendar.acls.readonly",
            "calendar.app.created",
            "calendar.calendarlist",
            "calendar.calendarlist.readonly",
            "calendar.events",
            "calendar.events.freebusy",
            "calendar.events.owned",
            "calendar.events.owned.readonly",
            "calendar.events.public.readonly",
            "calendar.events.readonly",
            "calendar.readonly",
            "calendar.settings",
            "calendar.settings.readonly",
        ],
        "colors.get" => &[
            "calendar",
            "calendar.app.created",
            "calendar.calendarlist",
            "calendar.calendarlist.readonly",
            "calendar.events.freebusy",
            "calendar.events.owned",
            "calendar.events.owned.readonly",
            "calendar.events.public.readonly",
            "calendar.readonly",
        ],
        "events.delete" | "events.import" | "events.insert" | "events.patch" | "events.update" => {
            &["calendar", "calendar.app.created", "calendar.events", "calendar.events.owned"]
        }
        "events.get" | "events.instances" | "events.list" | "events.watch" => &[
            "calendar",
            "calendar.app.created",
            "calendar.events",
            "calendar.events.freebusy",
            "calendar.events.owned",
            "calendar.events.owned.readonly",
            "calendar.events.public.readonly",
            "calendar.events.readonly",
            "calendar.readonly",
        ],
        "events.move" => &["calendar", "calendar.events", "calendar.events.owned"],
        "freebusy.query" => {
            &["calendar", "calendar.events.freebusy", "calendar.freebusy", "calendar.readonly"]
        }
        "settings.get" | "settings.list" | "settings.watch" => {
            &["calendar", "calendar.readonly", "calendar.settings", "calendar.settings.readonly"]
        }
        _ => &[],
    }
}
