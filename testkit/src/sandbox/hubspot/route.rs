//! Which endpoint a path means. Versions by date and by number have different layouts, so this is a table.

use http::Method;

/// An endpoint with what its path says. Types are still as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    Authorize {
        portal: Option<u64>,
    },
    Token,
    Introspect,
    TokenInfo {
        token: String,
    },
    Revoke,
    RevokeByPath {
        token: String,
    },
    Uninstall,
    AccountDetails,
    Owners,
    Owner {
        id: String,
    },
    Properties {
        kind: String,
    },
    Property {
        kind: String,
        name: String,
    },
    CreateProperty {
        kind: String,
    },
    ChangeProperty {
        kind: String,
        name: String,
    },
    ArchiveProperty {
        kind: String,
        name: String,
    },
    Schemas,
    Schema {
        kind: String,
    },
    Pipelines {
        kind: String,
    },
    Pipeline {
        kind: String,
        id: String,
    },
    List {
        kind: String,
    },
    Create {
        kind: String,
    },
    Read {
        kind: String,
        id: String,
    },
    Update {
        kind: String,
        id: String,
    },
    Archive {
        kind: String,
        id: String,
    },
    BatchRead {
        kind: String,
    },
    BatchWrite {
        kind: String,
        verb: Verb,
    },
    Search {
        kind: String,
    },
    Merge {
        kind: String,
    },
    GdprDelete {
        kind: String,
    },
    AssociationsOf {
        from: String,
        id: String,
        to: String,
    },
    AssociationsBatch {
        from: String,
        to: String,
    },
    AssociationLabels {
        from: String,
        to: String,
    },
    CreateLabel {
        from: String,
        to: String,
    },
    /// Version 3, where types of association go by names.
    NamedTypes {
        from: String,
        to: String,
    },
    NamedLinks {
        from: String,
        to: String,
        verb: NamedVerb,
    },
    BatchLink {
        from: String,
        to: String,
        verb: LinkVerb,
    },
    Associate {
        from: String,
        id: String,
        to: String,
        to_id: String,
        default: bool,
    },
    Dissociate {
        from: String,
        id: String,
        to: String,
        to_id: String,
    },
}

/// What a batch does to records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Create,
    Update,
    Upsert,
    Archive,
}

impl Verb {
    const NAMES: [(&'static str, Self); 4] = [
        ("create", Self::Create),
        ("update", Self::Update),
        ("upsert", Self::Upsert),
        ("archive", Self::Archive),
    ];

    fn parse(text: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(name, _)| *name == text).map(|(_, verb)| *verb)
    }

    fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, verb)| *verb == self).map_or("", |(name, _)| name)
    }
}

/// What a batch does to associations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LinkVerb {
    Create,
    CreateDefault,
    Archive,
    ArchiveLabels,
}

/// What version 3 does to many associations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NamedVerb {
    Read,
    Create,
    Archive,
}

/// Date versions that are answered; see
/// <https://developers.hubspot.com/docs/api-reference/legacy/migration-guide>.
const DATES: &[&str] = &["2025-09", "2026-03", "2026-09"];

/// The path with its version taken out, for the areas that have one.
fn unversioned<'a>(parts: &[&'a str]) -> Option<Vec<&'a str>> {
    let date = |text: &str| DATES.contains(&text);
    match parts {
        // Associations under objects have another shape in v3, which is not answered; the rest of v4 is v3.
        ["crm", "v3", "objects", _, _, "associations", ..] => None,
        ["crm", "v4", "objects", rest @ ..] if rest.get(2) != Some(&"associations") => None,
        ["crm", "v3", "associations", rest @ ..] => Some([&["named"], rest].concat()),
        // /crm/v3/objects/… and /crm/v4/associations/…, but /crm/objects/2026-03/…
        ["crm", number, area, rest @ ..]
            if (*number == "v3"
                && matches!(*area, "objects" | "properties" | "owners" | "pipelines" | "schemas"))
                || (*number == "v4" && matches!(*area, "associations" | "objects")) =>
        {
            Some([&[*area], rest].concat())
        }
        ["crm", area, version, rest @ ..]
            if date(version)
                && matches!(*area, "objects" | "properties" | "owners" | "associations" | "pipelines") =>
        {
            Some([&[*area], rest].concat())
        }
        ["crm-object-schemas", version, rest @ ..] if date(version) || *version == "v3" => {
            Some(rest.to_vec())
        }
        ["oauth", version, rest @ ..] if date(version) || matches!(*version, "v1" | "v3") => {
            Some([&["oauth"], rest].concat())
        }
        [area @ ("account-info" | "appinstalls"), version, rest @ ..]
            if date(version) || *version == "v3" =>
        {
            Some([&[*area], rest].concat())
        }
        ["oauth", ..] => Some(parts.to_vec()),
        _ => None,
    }
}

impl Route {
    /// The endpoint of `method` and `path`.
    pub(super) fn parse(method: &Method, path: &str) -> Option<Self> {
        let decoded: Vec<String> = path.split('/').filter(|part| !part.is_empty()).map(decode).collect();
        let all: Vec<&str> = decoded.iter().map(String::as_str).collect();
        let parts = unversioned(&all)?;
        let own = |text: &&str| (*text).to_owned();
        Some(match (method.as_str(), parts.as_slice()) {
            ("GET", ["oauth", "authorize"]) => Self::Authorize { portal: None },
            ("GET", ["oauth", portal, "authorize"]) => Self::Authorize { portal: Some(portal.parse().ok()?) },
            ("POST", ["oauth", "token"]) => Self::Token,
            ("POST", ["oauth", "token", "introspect"]) => Self::Introspect,
            ("POST", ["oauth", "token", "revoke"]) => Self::Revoke,
            ("GET", ["oauth", "access-tokens" | "refresh-tokens", token]) => {
                Self::TokenInfo { token: own(token) }
            }
            ("DELETE", ["oauth", "refresh-tokens", token]) => Self::RevokeByPath { token: own(token) },
            ("DELETE", ["appinstalls", "external-install"]) => Self::Uninstall,
            ("GET", ["account-info", "details"]) => Self::AccountDetails,
            ("GET", ["owners"]) => Self::Owners,
            ("GET", ["owners", id]) => Self::Owner { id: own(id) },
            ("GET", ["properties", kind]) => Self::Properties { kind: own(kind) },
            ("POST", ["properties", kind]) => Self::CreateProperty { kind: own(kind) },
            ("GET", ["properties", kind, name]) => Self::Property { kind: own(kind), name: own(name) },
            ("PATCH", ["properties", kind, name]) => {
                Self::ChangeProperty { kind: own(kind), name: own(name) }
            }
            ("DELETE", ["properties", kind, name]) => {
                Self::ArchiveProperty { kind: own(kind), name: own(name) }
            }
            ("GET", ["schemas"]) => Self::Schemas,
            ("GET", ["schemas", kind]) => Self::Schema { kind: own(kind) },
            ("GET", ["pipelines", kind]) => Self::Pipelines { kind: own(kind) },
            ("GET", ["pipelines", kind, id]) => Self::Pipeline { kind: own(kind), id: own(id) },
            ("GET", ["objects", kind]) => Self::List { kind: own(kind) },
            ("POST", ["objects", kind]) => Self::Create { kind: own(kind) },
            ("POST", ["objects", kind, "search"]) => Self::Search { kind: own(kind) },
            ("POST", ["objects", kind, "merge"]) => Self::Merge { kind: own(kind) },
            ("POST", ["objects", kind, "gdpr-delete"]) => Self::GdprDelete { kind: own(kind) },
            ("POST", ["objects", kind, "batch", "read"]) => Self::BatchRead { kind: own(kind) },
            ("POST", ["objects", kind, "batch", verb]) => {
                Self::BatchWrite { kind: own(kind), verb: Verb::parse(verb)? }
            }
            ("GET", ["objects", kind, id]) => Self::Read { kind: own(kind), id: own(id) },
            ("PATCH", ["objects", kind, id]) => Self::Update { kind: own(kind), id: own(id) },
            ("DELETE", ["objects", kind, id]) => Self::Archive { kind: own(kind), id: own(id) },
            ("GET", ["objects", from, id, "associations", to]) => {
                Self::AssociationsOf { from: own(from), id: own(id), to: own(to) }
            }
            ("PUT", ["objects", from, id, "associations", "default", to, to_id]) => Self::Associate {
                from: own(from),
                id: own(id),
                to: own(to),
                to_id: own(to_id),
                default: true,
            },
            ("PUT", ["objects", from, id, "associations", to, to_id]) => Self::Associate {
                from: own(from),
                id: own(id),
                to: own(to),
                to_id: own(to_id),
                default: false,
            },
            ("DELETE", ["objects", from, id, "associations", to, to_id]) => {
                Self::Dissociate { from: own(from), id: own(id), to: own(to), to_id: own(to_id) }
            }
            ("POST", ["associations", from, to, "batch", "read"]) => {
                Self::AssociationsBatch { from: own(from), to: own(to) }
            }
            ("POST", ["associations", from, to, "batch", verb @ ..]) => {
                let verb = match verb {
                    ["create"] => LinkVerb::Create,
                    ["associate", "default"] => LinkVerb::CreateDefault,
                    ["archive"] => LinkVerb::Archive,
                    ["labels", "archive"] => LinkVerb::ArchiveLabels,
                    _ => return None,
                };
                Self::BatchLink { from: own(from), to: own(to), verb }
            }
            ("GET", ["named", from, to, "types"]) => Self::NamedTypes { from: own(from), to: own(to) },
            ("POST", ["named", from, to, "batch", verb]) => {
                let verb = match *verb {
                    "read" => NamedVerb::Read,
                    "create" => NamedVerb::Create,
                    "archive" => NamedVerb::Archive,
                    _ => return None,
                };
                Self::NamedLinks { from: own(from), to: own(to), verb }
            }
            ("POST", ["associations", from, to, "labels"]) => {
                Self::CreateLabel { from: own(from), to: own(to) }
            }
            ("GET", ["associations", from, to, "labels"]) => {
                Self::AssociationLabels { from: own(from), to: own(to) }
            }
            _ => return None,
        })
    }

    /// The name under which calls are counted; `plural` tells what a type is called.
    pub(super) fn name(&self, plural: &dyn Fn(&str) -> String) -> String {
        let counted = |operation: &str, kinds: &[&String]| {
            kinds.iter().fold(operation.to_owned(), |name, kind| format!("{name} {}", plural(kind)))
        };
        match self {
            Self::Authorize { .. } => "authorize".to_owned(),
            Self::Token => "token".to_owned(),
            Self::Introspect | Self::TokenInfo { .. } => "introspect".to_owned(),
            Self::Revoke | Self::RevokeByPath { .. } => "revoke".to_owned(),
            Self::Uninstall => "uninstall".to_owned(),
            Self::AccountDetails => "account details".to_owned(),
            Self::Owners | Self::Owner { .. } => "owners".to_owned(),
            Self::Properties { kind } | Self::Property { kind, .. } => counted("properties", &[kind]),
            Self::CreateProperty { kind } => counted("create property", &[kind]),
            Self::ChangeProperty { kind, .. } => counted("change property", &[kind]),
            Self::ArchiveProperty { kind, .. } => counted("archive property", &[kind]),
            Self::Schemas | Self::Schema { .. } => "schemas".to_owned(),
            Self::Pipelines { kind } | Self::Pipeline { kind, .. } => counted("pipelines", &[kind]),
            Self::List { kind } => counted("list", &[kind]),
            Self::Create { kind } => counted("create", &[kind]),
            Self::Read { kind, .. } => counted("read", &[kind]),
            Self::Update { kind, .. } => counted("update", &[kind]),
            Self::Archive { kind, .. } => counted("archive", &[kind]),
            Self::BatchRead { kind } => counted("batch read", &[kind]),
            Self::BatchWrite { kind, verb } => counted(&format!("batch {}", verb.name()), &[kind]),
            Self::Search { kind } => counted("search", &[kind]),
            Self::Merge { kind } => counted("merge", &[kind]),
            Self::GdprDelete { kind } => counted("gdpr delete", &[kind]),
            Self::AssociationsOf { from, to, .. } => counted("associations of", &[from, to]),
            Self::AssociationsBatch { from, to } => counted("associations", &[from, to]),
            Self::AssociationLabels { from, to } => counted("association labels", &[from, to]),
            Self::NamedTypes { from, to } => counted("association types", &[from, to]),
            Self::NamedLinks { from, to, verb: NamedVerb::Read } => counted("associations", &[from, to]),
            Self::NamedLinks { from, to, verb: NamedVerb::Create } => counted("batch associate", &[from, to]),
            Self::NamedLinks { from, to, verb: NamedVerb::Archive } => {
                counted("batch dissociate", &[from, to])
            }
            Self::CreateLabel { from, to } => counted("create label", &[from, to]),
            Self::BatchLink { from, to, verb: LinkVerb::Create | LinkVerb::CreateDefault } => {
                counted("batch associate", &[from, to])
            }
            Self::BatchLink { from, to, .. } => counted("batch dissociate", &[from, to]),
            Self::Associate { from, to, .. } => counted("associate", &[from, to]),
            Self::Dissociate { from, to, .. } => counted("dissociate", &[from, to]),
        }
    }
}

/// A path segment without its percent signs.
fn decode(part: &str) -> String {
    // Form decoding reads `+` as a space; in a path it is itself.
    let escaped = part.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    url::form_urlencoded::parse(format!("v={escaped}").as_bytes())
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn both_forms_of_a_path_mean_the_same() {
        for (method, paths) in [
            (Method::GET, ["/crm/v3/objects/contacts", "/crm/objects/2026-03/contacts"]),
            (Method::POST, ["/oauth/v1/token", "/oauth/2026-09/token"]),
            (Method::GET, ["/crm/v3/owners", "/crm/owners/2026-03"]),
            (Method::GET, ["/account-info/v3/details", "/account-info/2026-03/details"]),
            (Method::GET, ["/crm/v3/schemas", "/crm-object-schemas/2026-03/schemas"]),
            (Method::GET, ["/crm-object-schemas/v3/schemas/2-1", "/crm-object-schemas/2026-09/schemas/2-1"]),
            (Method::GET, ["/crm/v3/pipelines/deals", "/crm/pipelines/2026-03/deals"]),
            (
                Method::POST,
                [
                    "/crm/v4/associations/contacts/companies/batch/associate/default",
                    "/crm/associations/2026-03/contacts/companies/batch/associate/default",
                ],
            ),
            (
                Method::POST,
                [
                    "/crm/v4/associations/contacts/companies/batch/read",
                    "/crm/associations/2026-03/contacts/companies/batch/read",
                ],
            ),
            (
                Method::GET,
                [
                    "/crm/v4/objects/contacts/1/associations/companies",
                    "/crm/objects/2026-03/contacts/1/associations/companies",
                ],
            ),
        ] {
            let routes = paths.map(|path| Route::parse(&method, path).unwrap());
            assert_eq!(routes[0], routes[1]);
        }
        for path in
            ["/crm/objects/contacts", "/crm/objects/2019-03/contacts", "/crm/v9/objects/contacts", "/"]
        {
            assert_eq!(Route::parse(&Method::GET, path), None, "{path}");
        }
    }

    #[test]
    fn a_path_segment_is_decoded_once() {
        let route = Route::parse(&Method::GET, "/crm/v3/objects/contacts/a%2Bb+c%40x.example").unwrap();
        assert_eq!(route, Route::Read { kind: "contacts".into(), id: "a+b+c@x.example".into() });
    }
}
