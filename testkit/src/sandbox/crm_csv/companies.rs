//! The export of companies.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::columns::Columns;
use super::error::{CsvError, CsvWarning};
use super::table::Table;
use super::values;

/// All companies of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CompanyTable {
    /// The file's name, as it was given.
    pub file: String,
    /// Whether the file has a `Record ID` column; else the ids are counted from 1.
    pub has_ids: bool,
    /// In the file's order.
    pub rows: Vec<CompanyRow>,
    /// What was odd.
    pub warnings: Vec<CsvWarning>,
}

/// One company.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CompanyRow {
    /// The line, from 1, on which the row begins.
    pub line: u64,
    /// The record id.
    pub id: u64,
    /// `Company name`.
    pub name: Option<String>,
    /// `Company Domain Name`: the primary domain.
    pub domain: Option<String>,
    /// `Additional Domains`.
    pub additional_domains: Vec<String>,
    /// `Parent Company ID`, or the parent's name where the export shows that.
    pub parent: Option<String>,
    /// `Associated Contact IDs`.
    pub contact_ids: Vec<u64>,
    /// `Create Date`.
    pub created: Option<DateTime<Utc>>,
    /// `Last Modified Date`.
    pub updated: Option<DateTime<Utc>>,
    /// All properties by their internal names, those above with one included. No value is empty.
    pub properties: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Role {
    Id,
    Name,
    Domain,
    AdditionalDomains,
    Parent,
    Contacts,
    ContactNames,
    Created,
    Updated,
}

fn role(key: &str) -> Option<Role> {
    Some(match key {
        "recordid" | "recordidcompany" | "companyid" | "hsobjectid" => Role::Id,
        "companyname" | "name" => Role::Name,
        "companydomainname" | "companydomain" | "domain" => Role::Domain,
        "additionaldomains" | "hsadditionaldomains" => Role::AdditionalDomains,
        "parentcompanyid" | "parentcompany" | "hsparentcompanyid" => Role::Parent,
        "associatedcontactids" => Role::Contacts,
        "associatedcontact" => Role::ContactNames,
        "createdate" => Role::Created,
        "lastmodifieddate" | "hslastmodifieddate" => Role::Updated,
        _ => return None,
    })
}

/// Reads an export of companies. `file` is the name that errors and warnings show.
///
/// # Errors
/// If the file is no CSV of companies, or a row cannot be read; see [`CsvError`].
pub fn load_companies(file: &str, bytes: &[u8]) -> Result<CompanyTable, CsvError> {
    let mut table = Table::read(file, bytes)?;
    let columns = Columns::of(&mut table, role)?;
    if columns.at(Role::Name).is_none() && columns.at(Role::Domain).is_none() {
        return Err(CsvError::new(
            file,
            "there is neither a column `Company name` nor `Company Domain Name`",
            "check that this is an export of companies and that its first line names the columns",
        )
        .line(1));
    }
    let ids = values::ids(&table, columns.at(Role::Id))?;
    let mut rows = Vec::with_capacity(table.rows.len());
    for (at, id) in ids.into_iter().enumerate() {
        let created = values::time(&mut table, at, columns.at(Role::Created));
        let updated = values::time(&mut table, at, columns.at(Role::Updated));
        let row = &table.rows[at];
        let text = |role| row.cell(columns.at(role)).map(str::to_owned);
        let mut properties: BTreeMap<String, String> = (columns.properties.iter())
            .filter_map(|(at, name)| Some((name.clone(), values::stored(name, row.cell(Some(*at))?))))
            .collect();
        let additional_domains = values::list(row.cell(columns.at(Role::AdditionalDomains)));
        for (name, value) in [
            ("name", text(Role::Name)),
            ("domain", text(Role::Domain)),
            ("hs_additional_domains", Some(additional_domains.join(";"))),
        ] {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                properties.insert(name.to_owned(), value);
            }
        }
        rows.push(CompanyRow {
            line: row.line,
            id,
            name: text(Role::Name),
            domain: text(Role::Domain),
            additional_domains,
            parent: text(Role::Parent),
            contact_ids: values::id_list(&table, row, columns.at(Role::Contacts))?,
            created,
            updated,
            properties,
        });
    }
    Ok(CompanyTable {
        file: file.to_owned(),
        has_ids: columns.at(Role::Id).is_some(),
        rows,
        warnings: table.warnings,
    })
}
