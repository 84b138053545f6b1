//! The export of contacts.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::columns::Columns;
use super::error::{CsvError, CsvWarning};
use super::table::Table;
use super::values;

/// All contacts of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ContactTable {
    /// The file's name, as it was given.
    pub file: String,
    /// Whether the file has a `Record ID` column; else the ids are counted from 1.
    pub has_ids: bool,
    /// In the file's order.
    pub rows: Vec<ContactRow>,
    /// What was odd.
    pub warnings: Vec<CsvWarning>,
}

/// One contact.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ContactRow {
    /// The line, from 1, on which the row begins.
    pub line: u64,
    /// The record id.
    pub id: u64,
    /// `First Name`.
    pub first_name: Option<String>,
    /// `Last Name`.
    pub last_name: Option<String>,
    /// `Email`: the primary address.
    pub email: Option<String>,
    /// `Additional email addresses`.
    pub additional_emails: Vec<String>,
    /// `Associated Company IDs`, the primary one first: that of `Associated Company IDs (Primary)` if the export
    /// has it, else the first listed.
    pub company_ids: Vec<u64>,
    /// `Associated Company` as written: names or domains, for when there are no ids.
    pub company: Option<String>,
    /// `Associated Company (Primary)`, as written.
    pub primary_company: Option<String>,
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
    FirstName,
    LastName,
    Email,
    AdditionalEmails,
    Companies,
    PrimaryCompany,
    CompanyNames,
    PrimaryCompanyName,
    Employer,
    Created,
    Updated,
}

fn role(key: &str) -> Option<Role> {
    Some(match key {
        "recordid" | "recordidcontact" | "contactid" | "hsobjectid" => Role::Id,
        "firstname" => Role::FirstName,
        "lastname" => Role::LastName,
        "email" | "emailaddress" => Role::Email,
        "additionalemailaddresses" | "additionalemails" | "hsadditionalemails" => Role::AdditionalEmails,
        "associatedcompanyids" => Role::Companies,
        "associatedcompanyidsprimary" | "primaryassociatedcompanyid" | "associatedcompanyid" => {
            Role::PrimaryCompany
        }
        "associatedcompany" | "associatedcompanies" => Role::CompanyNames,
        "associatedcompanyprimary" | "primaryassociatedcompany" => Role::PrimaryCompanyName,
        // A text of the contact's own, which associates nothing.
        "companyname" => Role::Employer,
        "createdate" => Role::Created,
        "lastmodifieddate" => Role::Updated,
        _ => return None,
    })
}

/// Reads an export of contacts. `file` is the name that errors and warnings show.
///
/// # Errors
/// If the file is no CSV of contacts, or a row cannot be read; see [`CsvError`].
pub fn load_contacts(file: &str, bytes: &[u8]) -> Result<ContactTable, CsvError> {
    let mut table = Table::read(file, bytes)?;
    let columns = Columns::of(&mut table, role)?;
    if [Role::Email, Role::FirstName, Role::LastName].iter().all(|role| columns.at(*role).is_none()) {
        return Err(CsvError::new(
            file,
            "there is none of the columns `Email`, `First Name` and `Last Name`",
            "check that this is an export of contacts and that its first line names the columns",
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
        let additional_emails = values::list(row.cell(columns.at(Role::AdditionalEmails)));
        for (name, value) in [
            ("firstname", text(Role::FirstName)),
            ("lastname", text(Role::LastName)),
            ("email", text(Role::Email)),
            ("company", text(Role::Employer)),
            ("hs_additional_emails", Some(additional_emails.join(";"))),
        ] {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                properties.insert(name.to_owned(), value);
            }
        }
        let mut company_ids = values::id_list(&table, row, columns.at(Role::PrimaryCompany))?;
        for id in values::id_list(&table, row, columns.at(Role::Companies))? {
            if !company_ids.contains(&id) {
                company_ids.push(id);
            }
        }
        rows.push(ContactRow {
            line: row.line,
            id,
            first_name: text(Role::FirstName),
            last_name: text(Role::LastName),
            email: text(Role::Email),
            additional_emails,
            company_ids,
            company: text(Role::CompanyNames),
            primary_company: text(Role::PrimaryCompanyName),
            created,
            updated,
            properties,
        });
    }
    Ok(ContactTable {
        file: file.to_owned(),
        has_ids: columns.at(Role::Id).is_some(),
        rows,
        warnings: table.warnings,
    })
}
