//! Where each endpoint is. HubSpot puts the version at another place in each API, so this is a table.
//!
//! See <https://developers.hubspot.com/docs/api-reference/legacy/migration-guide>.

use acquaint_core::{Error, Result};
use url::Url;

use crate::object::ObjectKind;

/// The addresses of all endpoints under one base and version.
#[derive(Debug, Clone)]
pub(crate) struct Endpoints {
    base: Url,
    version: String,
}

impl Endpoints {
    /// # Errors
    /// `Invalid` if `version` is no date version, or paths cannot be added to `base`.
    pub(crate) fn new(base: &Url, version: &str) -> Result<Self> {
        if !is_date_version(version) {
            return Err(Error::invalid("this is no version of HubSpot's API that the connector speaks")
                .with("version", version)
                .advise("use a date version such as 2026-03"));
        }
        below(base, &[])?;
        Ok(Self { base: base.clone(), version: version.to_owned() })
    }

    pub(crate) fn token(&self) -> Result<Url> {
        self.url(&["oauth", &self.version, "token"])
    }

    pub(crate) fn revoke(&self) -> Result<Url> {
        self.url(&["oauth", &self.version, "token", "revoke"])
    }

    pub(crate) fn account_details(&self) -> Result<Url> {
        self.url(&["account-info", &self.version, "details"])
    }

    pub(crate) fn properties(&self, kind: ObjectKind) -> Result<Url> {
        self.url(&["crm", "properties", &self.version, kind.path()])
    }

    pub(crate) fn list(&self, kind: ObjectKind) -> Result<Url> {
        self.url(&["crm", "objects", &self.version, kind.path()])
    }

    pub(crate) fn search(&self, kind: ObjectKind) -> Result<Url> {
        self.url(&["crm", "objects", &self.version, kind.path(), "search"])
    }

    pub(crate) fn batch_read(&self, kind: ObjectKind) -> Result<Url> {
        self.url(&["crm", "objects", &self.version, kind.path(), "batch", "read"])
    }

    pub(crate) fn associations(&self, from: ObjectKind, to: ObjectKind) -> Result<Url> {
        self.url(&["crm", "associations", &self.version, from.path(), to.path(), "batch", "read"])
    }

    fn url(&self, path: &[&str]) -> Result<Url> {
        below(&self.base, path)
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

    #[test]
    fn each_api_has_its_version_where_hubspot_puts_it() {
        let table = Endpoints::new(&Url::parse("https://api.hubapi.com").unwrap(), "2026-03").unwrap();
        let (contacts, companies) = (ObjectKind::Contacts, ObjectKind::Companies);
        for (url, path) in [
            (table.token(), "/oauth/2026-03/token"),
            (table.revoke(), "/oauth/2026-03/token/revoke"),
            (table.account_details(), "/account-info/2026-03/details"),
            (table.properties(contacts), "/crm/properties/2026-03/contacts"),
            (table.list(companies), "/crm/objects/2026-03/companies"),
            (table.search(contacts), "/crm/objects/2026-03/contacts/search"),
            (table.batch_read(companies), "/crm/objects/2026-03/companies/batch/read"),
            (
                table.associations(contacts, companies),
                "/crm/associations/2026-03/contacts/companies/batch/read",
            ),
        ] {
            assert_eq!(url.unwrap().as_str(), format!("https://api.hubapi.com{path}"));
        }
    }

    #[test]
    fn a_base_may_have_a_path_of_its_own() {
        let table =
            Endpoints::new(&Url::parse("http://localhost:8080/hub/").unwrap(), "2026-09-beta").unwrap();
        assert_eq!(table.token().unwrap().path(), "/hub/oauth/2026-09-beta/token");
    }

    #[test]
    fn a_version_or_base_that_cannot_work_is_refused_with_advice() {
        let base = Url::parse("https://api.hubapi.com").unwrap();
        for version in ["v3", "2026", "2026-3", "2026-03/..", "2026-03-gamma", ""] {
            let error = Endpoints::new(&base, version).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid, "{version}");
            assert!(error.advice().is_some());
        }
        assert!(Endpoints::new(&Url::parse("mailto:a@b.example").unwrap(), "2026-03").is_err());
    }
}
