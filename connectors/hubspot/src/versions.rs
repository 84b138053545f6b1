//! Where each API is. HubSpot puts the version at another place in each, and numbers some of them 3 and some 4, so this is a
//! table.
//!
//! See <https://developers.hubspot.com/docs/api-reference/legacy/migration-guide>.

use acquaint_core::{Error, Result};
use url::Url;

/// A part of HubSpot's API with a path of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Area {
    Objects,
    Properties,
    Owners,
    Associations,
    Schemas,
    OAuth,
    Account,
}

/// What stands for the date in a dated path.
const DATE: &str = "{date}";

/// An API, its dated path, and its numbered one.
type Line = (Area, &'static [&'static str], &'static [&'static str]);

const TABLE: &[Line] = &[
    (Area::Objects, &["crm", "objects", DATE], &["crm", "v3", "objects"]),
    (Area::Properties, &["crm", "properties", DATE], &["crm", "v3", "properties"]),
    (Area::Owners, &["crm", "owners", DATE], &["crm", "v3", "owners"]),
    // With labels since version 4.
    (Area::Associations, &["crm", "associations", DATE], &["crm", "v4", "associations"]),
    (Area::Schemas, &["crm-object-schemas", DATE, "schemas"], &["crm-object-schemas", "v3", "schemas"]),
    (Area::OAuth, &["oauth", DATE, "token"], &["oauth", "v3", "token"]),
    (Area::Account, &["account-info", DATE, "details"], &["account-info", "v3", "details"]),
];

/// The addresses of all endpoints under one base and version.
#[derive(Debug, Clone)]
pub(crate) struct Endpoints {
    base: Url,
    /// `None` is the numbered versions.
    date: Option<String>,
}

impl Endpoints {
    /// # Errors
    /// `Invalid` if `version` is neither a date version nor `v3`, or paths cannot be added to `base`.
    pub(crate) fn new(base: &Url, version: &str) -> Result<Self> {
        let date = match version {
            "v3" => None,
            date if is_date_version(date) => Some(date.to_owned()),
            _ => {
                return Err(Error::invalid("this is no version of HubSpot's API that the connector speaks")
                    .with("version", version)
                    .advise("use a date version such as 2026-03, or v3"));
            }
        };
        below(base, &[])?;
        Ok(Self { base: base.clone(), date })
    }

    pub(crate) fn token(&self) -> Result<Url> {
        self.url(Area::OAuth, &[])
    }

    pub(crate) fn revoke(&self) -> Result<Url> {
        self.url(Area::OAuth, &["revoke"])
    }

    #[cfg(test)]
    pub(crate) fn introspect(&self) -> Result<Url> {
        self.url(Area::OAuth, &["introspect"])
    }

    pub(crate) fn account_details(&self) -> Result<Url> {
        self.url(Area::Account, &[])
    }

    pub(crate) fn schemas(&self) -> Result<Url> {
        self.url(Area::Schemas, &[])
    }

    pub(crate) fn owners(&self) -> Result<Url> {
        self.url(Area::Owners, &[])
    }

    pub(crate) fn properties(&self, object: &str) -> Result<Url> {
        self.url(Area::Properties, &[object])
    }

    pub(crate) fn list(&self, object: &str) -> Result<Url> {
        self.url(Area::Objects, &[object])
    }

    pub(crate) fn one(&self, object: &str, id: &str) -> Result<Url> {
        self.url(Area::Objects, &[object, id])
    }

    pub(crate) fn search(&self, object: &str) -> Result<Url> {
        self.url(Area::Objects, &[object, "search"])
    }

    pub(crate) fn batch_read(&self, object: &str) -> Result<Url> {
        self.url(Area::Objects, &[object, "batch", "read"])
    }

    pub(crate) fn associations(&self, from: &str, to: &str) -> Result<Url> {
        self.url(Area::Associations, &[from, to, "batch", "read"])
    }

    fn url(&self, area: Area, rest: &[&str]) -> Result<Url> {
        let line = TABLE.iter().find(|(listed, ..)| *listed == area);
        let (_, dated, numbered) = line.ok_or_else(|| Error::bug("an API is missing in the table"))?;
        let path: Vec<&str> = match &self.date {
            Some(date) => dated.iter().map(|part| if *part == DATE { date } else { *part }).collect(),
            None => numbered.to_vec(),
        };
        below(&self.base, &[&path, rest].concat())
    }
}

/// `base` with path segments added.
pub(crate) fn below(base: &Url, path: &[&str]) -> Result<Url> {
    let mut url = base.clone();
    url.path_segments_mut()
        .map_err(|()| {
            Error::invalid("no path can be added to this base address")
                .advise("use an address such as https://api.hubapi.com")
        })?
        .pop_if_empty()
        .extend(path);
    Ok(url)
}

/// `YYYY-MM`, with `-beta` after it or not.
fn is_date_version(text: &str) -> bool {
    let date = text.strip_suffix("-beta").unwrap_or(text).as_bytes();
    date.len() == 7
        && date
            .iter()
            .enumerate()
            .all(|(at, byte)| if at == 4 { *byte == b'-' } else { byte.is_ascii_digit() })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use acquaint_core::ErrorKind;

    use super::*;

    fn endpoints(version: &str) -> Endpoints {
        Endpoints::new(&Url::parse("https://api.hubapi.com").unwrap(), version).unwrap()
    }

    #[test]
    fn each_api_has_its_version_where_hubspot_puts_it() {
        for (version, paths) in [
            (
                "2026-03",
                [
                    "/oauth/2026-03/token",
                    "/oauth/2026-03/token/revoke",
                    "/oauth/2026-03/token/introspect",
                    "/account-info/2026-03/details",
                    "/crm-object-schemas/2026-03/schemas",
                    "/crm/owners/2026-03",
                    "/crm/properties/2026-03/contacts",
                    "/crm/objects/2026-03/companies",
                    "/crm/objects/2026-03/companies/7",
                    "/crm/objects/2026-03/2-34/search",
                    "/crm/objects/2026-03/companies/batch/read",
                    "/crm/associations/2026-03/contacts/companies/batch/read",
                ],
            ),
            (
                "v3",
                [
                    "/oauth/v3/token",
                    "/oauth/v3/token/revoke",
                    "/oauth/v3/token/introspect",
                    "/account-info/v3/details",
                    "/crm-object-schemas/v3/schemas",
                    "/crm/v3/owners",
                    "/crm/v3/properties/contacts",
                    "/crm/v3/objects/companies",
                    "/crm/v3/objects/companies/7",
                    "/crm/v3/objects/2-34/search",
                    "/crm/v3/objects/companies/batch/read",
                    "/crm/v4/associations/contacts/companies/batch/read",
                ],
            ),
        ] {
            let table = endpoints(version);
            let urls = [
                table.token(),
                table.revoke(),
                table.introspect(),
                table.account_details(),
                table.schemas(),
                table.owners(),
                table.properties("contacts"),
                table.list("companies"),
                table.one("companies", "7"),
                table.search("2-34"),
                table.batch_read("companies"),
                table.associations("contacts", "companies"),
            ];
            for (url, path) in urls.into_iter().zip(paths) {
                assert_eq!(url.unwrap().as_str(), format!("https://api.hubapi.com{path}"));
            }
        }
    }

    #[test]
    fn another_date_changes_nothing_but_the_date() {
        for date in ["2026-09", "2027-03-beta"] {
            for (area, dated, _) in TABLE {
                let url = endpoints(date).url(*area, &[]).unwrap();
                let path = dated.join("/").replace(DATE, date);
                assert_eq!(url.path(), format!("/{path}"), "{area:?}");
            }
        }
    }

    #[test]
    fn a_base_may_have_a_path_of_its_own() {
        let base = Url::parse("http://localhost:8080/hub/").unwrap();
        let table = Endpoints::new(&base, "2026-09-beta").unwrap();
        assert_eq!(table.token().unwrap().path(), "/hub/oauth/2026-09-beta/token");
    }

    #[test]
    fn an_id_cannot_lead_elsewhere() {
        let url = endpoints("2026-03").one("contacts", "../../x?y#z").unwrap();
        assert_eq!(url.path(), "/crm/objects/2026-03/contacts/..%2F..%2Fx%3Fy%23z");
    }

    #[test]
    fn a_version_or_base_that_cannot_work_is_refused_with_advice() {
        let base = Url::parse("https://api.hubapi.com").unwrap();
        for version in ["v4", "v1", "2026", "2026-3", "2026-03/..", "2026-03-gamma", ""] {
            let error = Endpoints::new(&base, version).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid, "{version}");
            assert!(error.advice().is_some());
        }
        assert!(Endpoints::new(&Url::parse("mailto:a@b.example").unwrap(), "2026-03").is_err());
    }
}
