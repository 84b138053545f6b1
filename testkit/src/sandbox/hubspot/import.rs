//! Filling a portal from exported files: all of it, or nothing.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::HubSpotSandbox;
use super::error::CrmError;
use super::kinds::Kind;
use super::link_types;
use super::portal::{Portal, Rules, addresses};
use super::record::{Properties, is_system, split_list};
use crate::sandbox::crm_csv::{CompanyRow, CompanyTable, ContactRow, ContactTable, CsvError, CsvWarning};

/// What was loaded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct LoadReport {
    /// Companies made.
    pub companies: usize,
    /// Contacts made.
    pub contacts: usize,
    /// Associations between a contact and a company made.
    pub associations: usize,
    /// What was odd, in the files and between them.
    pub warnings: Vec<CsvWarning>,
}

/// Why nothing was loaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// A row does not fit what the portal holds already.
    #[error(transparent)]
    Csv(#[from] CsvError),
    /// The portal refuses.
    #[error(transparent)]
    Crm(#[from] CrmError),
}

impl HubSpotSandbox {
    /// Makes the companies and contacts of two exports in `portal`, with their ids, and associates them: by id,
    /// else by a company name or domain that only one company has. The first company of a contact is its
    /// primary one.
    ///
    /// # Errors
    /// If the portal does not exist or has one of the ids already. Then nothing is loaded.
    pub fn load(
        &self,
        portal: u64,
        companies: &CompanyTable,
        contacts: &ContactTable,
    ) -> Result<LoadReport, LoadError> {
        let now = self.clock.now();
        let mut state = self.state();
        let rules = super::server::rules(&state.config, now);
        let portal = state.portals.get_mut(&portal).ok_or(CrmError::UnknownPortal(portal))?;
        check_free(
            portal,
            &Kind::COMPANY,
            &companies.file,
            companies.rows.iter().map(|row| (row.id, row.line)),
        )?;
        check_free(
            portal,
            &Kind::CONTACT,
            &contacts.file,
            contacts.rows.iter().map(|row| (row.id, row.line)),
        )?;
        let mut report = LoadReport::default();
        report.warnings.extend(companies.warnings.iter().chain(&contacts.warnings).cloned());
        let mut import = Import { portal, rules, companies, contacts, names: Names::of(companies), report };
        import.companies()?;
        import.contacts()?;
        let report = import.report;
        if state.announce(now) {
            self.bell.notify_one();
        }
        Ok(report)
    }
}

fn check_free(
    portal: &Portal,
    kind: &Kind,
    file: &str,
    rows: impl IntoIterator<Item = (u64, u64)>,
) -> Result<(), CsvError> {
    match rows.into_iter().find(|(id, _)| portal.id_is_taken(kind, *id)) {
        None => Ok(()),
        Some((id, line)) => {
            let problem = format!("the portal has a {} {id} already", kind.singular());
            Err(CsvError::new(file, problem, "load into an empty portal").line(line).column("Record ID"))
        }
    }
}

/// Companies by name and by domain.
#[derive(Debug, Default)]
struct Names {
    by_name: BTreeMap<String, BTreeSet<u64>>,
    by_domain: BTreeMap<String, BTreeSet<u64>>,
}

enum Found {
    One(u64),
    Several,
    None,
}

impl Names {
    fn of(companies: &CompanyTable) -> Self {
        let mut names = Self::default();
        for row in &companies.rows {
            if let Some(name) = &row.name {
                names.by_name.entry(folded(name)).or_default().insert(row.id);
            }
            for domain in row.domain.iter().chain(&row.additional_domains) {
                names.by_domain.entry(domain.to_lowercase()).or_default().insert(row.id);
            }
        }
        names
    }

    fn find(&self, text: &str) -> Found {
        let found = self.by_name.get(&folded(text)).or_else(|| self.by_domain.get(&text.to_lowercase()));
        match found.map(|ids| (ids.len(), ids.first())) {
            Some((1, Some(id))) => Found::One(*id),
            Some(_) => Found::Several,
            None => Found::None,
        }
    }
}

/// A name without regard to case and spacing.
fn folded(name: &str) -> String {
    name.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

struct Import<'a> {
    portal: &'a mut Portal,
    rules: Rules,
    companies: &'a CompanyTable,
    contacts: &'a ContactTable,
    names: Names,
    report: LoadReport,
}

impl Import<'_> {
    fn warn(&mut self, file: &str, line: u64, column: &str, message: String) {
        self.report.warnings.push(CsvWarning::new(file, Some(line), Some(column), message));
    }

    fn companies(&mut self) -> Result<(), CrmError> {
        let table = self.companies;
        for row in &table.rows {
            let mut properties = self.writable(&Kind::COMPANY, &table.file, row.line, &row.properties);
            if let Some(parent) = self.parent(row) {
                properties.insert("hs_parent_company_id".to_owned(), parent.to_string());
            }
            let times = self.times(&table.file, row.line, row.created, row.updated);
            self.portal.create(&self.rules, &Kind::COMPANY, Some(row.id), properties, Some(times))?;
            self.report.companies += 1;
        }
        // Again, now that all parents are there.
        for row in table.rows.iter().filter(|row| row.parent.is_some()) {
            self.portal.follow_parent(&self.rules, &Kind::COMPANY, row.id);
        }
        Ok(())
    }

    fn parent(&mut self, row: &CompanyRow) -> Option<u64> {
        let (table, text) = (self.companies, row.parent.as_deref()?);
        let id = text.parse().ok().filter(|_| table.has_ids);
        let problem = match (id, self.names.find(text)) {
            (Some(id), _) => return Some(id),
            (None, Found::One(id)) => return Some(id),
            (None, Found::Several) => "more than one company is called",
            (None, Found::None) => "no company of the file is called",
        };
        self.warn(
            &table.file,
            row.line,
            "Parent Company ID",
            format!("{problem} `{text}`; there is no parent"),
        );
        None
    }

    fn contacts(&mut self) -> Result<(), CrmError> {
        let table = self.contacts;
        for row in &table.rows {
            let mut properties = self.writable(&Kind::CONTACT, &table.file, row.line, &row.properties);
            self.drop_taken(row, &mut properties);
            let times = self.times(&table.file, row.line, row.created, row.updated);
            self.portal.create(&self.rules, &Kind::CONTACT, Some(row.id), properties, Some(times))?;
            self.report.contacts += 1;
            let companies = self.companies_of(row);
            for company in companies {
                self.link(row.id, company)?;
            }
        }
        for row in &self.companies.rows {
            for contact in &row.contact_ids {
                if table.has_ids && self.portal.live(&Kind::CONTACT, *contact).is_some() {
                    self.link(*contact, row.id)?;
                } else {
                    let message = format!("there is no contact {contact} to associate");
                    self.warn(&self.companies.file, row.line, "Associated Contact IDs", message);
                }
            }
        }
        Ok(())
    }

    /// Associates a contact; as primary, if it has no primary company yet.
    fn link(&mut self, contact: u64, company: u64) -> Result<(), CrmError> {
        let (from, to) = ((Kind::CONTACT, contact), (Kind::COMPANY, company));
        if self.portal.links.get(&from).is_some_and(|links| links.contains_key(&to)) {
            return Ok(());
        }
        let first = self.portal.primary_company(contact).is_none();
        let link = first.then(|| link_types::primary(&Kind::CONTACT, &Kind::COMPANY)).flatten();
        self.portal.associate(&self.rules, &from, &to, link)?;
        self.report.associations += 1;
        Ok(())
    }

    /// The companies of a contact, the primary one first.
    fn companies_of(&mut self, row: &ContactRow) -> Vec<u64> {
        let file = self.contacts.file.as_str();
        let mut found = Vec::new();
        if self.companies.has_ids && !row.company_ids.is_empty() {
            for id in &row.company_ids {
                if self.portal.live(&Kind::COMPANY, *id).is_some() {
                    found.push(*id);
                } else {
                    let message = format!("there is no company {id}; the association is left out");
                    self.warn(file, row.line, "Associated Company IDs", message);
                }
            }
            return found;
        }
        for text in row.primary_company.iter().chain(&row.company) {
            // A name may hold a semicolon: the whole cell comes first.
            let whole = matches!(self.names.find(text), Found::One(_) | Found::Several);
            let parts: Vec<&str> = if whole { vec![text.as_str()] } else { split_list(text).collect() };
            for part in parts {
                let problem = match self.names.find(part) {
                    Found::One(id) => {
                        if !found.contains(&id) {
                            found.push(id);
                        }
                        continue;
                    }
                    Found::Several => "more than one company is called",
                    Found::None => "no company is called",
                };
                let message = format!("{problem} `{part}`; the association is left out");
                self.warn(file, row.line, "Associated Company", message);
            }
        }
        if found.is_empty()
            && row.company.is_none()
            && row.primary_company.is_none()
            && !row.company_ids.is_empty()
        {
            let message = "the companies have no ids to associate by; the association is left out".to_owned();
            self.warn(file, row.line, "Associated Company IDs", message);
        }
        found
    }

    /// The properties that can be written: the CRM makes its own ones itself.
    fn writable(&mut self, kind: &Kind, file: &str, line: u64, properties: &Properties) -> Properties {
        let (own, kept): (Properties, Properties) =
            properties.clone().into_iter().partition(|(name, _)| is_system(kind, name));
        for name in own.keys() {
            self.warn(file, line, name, "the CRM sets this property itself; left out".to_owned());
        }
        kept
    }

    /// Takes out addresses that another contact has: HubSpot keeps them unique.
    fn drop_taken(&mut self, row: &ContactRow, properties: &mut Properties) {
        let taken: Vec<(String, Option<u64>)> = (addresses(properties).into_iter())
            .filter_map(|email| match self.portal.emails.get(&email) {
                Some(owner) => Some((email, Some(*owner))),
                None => self.portal.erased_emails.contains(&email).then_some((email, None)),
            })
            .collect();
        for (email, owner) in taken {
            for name in ["email", "hs_additional_emails"] {
                let kept: Vec<&str> = split_list(properties.get(name).map_or("", String::as_str))
                    .filter(|value| value.to_lowercase() != email)
                    .collect();
                let kept = kept.join(";");
                properties.insert(name.to_owned(), kept);
            }
            let message = match owner {
                Some(owner) => format!("{email} belongs to contact {owner} already; left out"),
                None => format!("{email} was erased for privacy; left out"),
            };
            self.warn(&self.contacts.file, row.line, "Email", message);
        }
    }

    /// When a row was made and last changed; not after now.
    fn times(
        &mut self,
        file: &str,
        line: u64,
        created: Option<DateTime<Utc>>,
        updated: Option<DateTime<Utc>>,
    ) -> (DateTime<Utc>, DateTime<Utc>) {
        let now = self.rules.now;
        for (at, column) in [(created, "Create Date"), (updated, "Last Modified Date")] {
            if at.is_some_and(|at| at > now) {
                self.warn(file, line, column, "this is in the future; taken as now".to_owned());
            }
        }
        let updated = updated.unwrap_or(now).min(now);
        (created.unwrap_or(updated).min(updated), updated)
    }
}
