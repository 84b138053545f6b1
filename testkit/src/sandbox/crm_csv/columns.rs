//! What each column of an export is: one of those with a meaning of their own, or a property.

use std::collections::BTreeMap;

use super::error::CsvError;
use super::table::Table;

/// A header without case, spaces and punctuation: `Record ID`, `record_id` and `RecordId` are one.
pub(super) fn folded(header: &str) -> String {
    header.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Labels of HubSpot's own properties whose internal name is not the label in snake case.
const KNOWN: &[(&str, &str)] = &[
    ("annualrevenue", "annualrevenue"),
    ("countryregion", "country"),
    ("jobtitle", "jobtitle"),
    ("leadstatus", "hs_lead_status"),
    ("lifecyclestage", "lifecyclestage"),
    ("mobilephonenumber", "mobilephone"),
    ("numberofemployees", "numberofemployees"),
    ("phonenumber", "phone"),
    ("postalcode", "zip"),
    ("stateregion", "state"),
    ("streetaddress", "address"),
    ("websiteurl", "website"),
];

/// The internal name under which a column without a meaning of its own is kept.
pub(super) fn internal_name(header: &str) -> String {
    let key = folded(header);
    if let Some((_, name)) = KNOWN.iter().find(|(label, _)| *label == key) {
        return (*name).to_owned();
    }
    let words: Vec<String> = (header.split(|c: char| !c.is_alphanumeric()))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.join("_")
}

/// The column of each role, and the property of every other column.
#[derive(Debug)]
pub(super) struct Columns<R> {
    roles: BTreeMap<R, usize>,
    /// Column, property name.
    pub(super) properties: Vec<(usize, String)>,
}

impl<R: Copy + Ord> Columns<R> {
    /// Sorts a table's columns by what `role` says of their folded headers. Columns of associations that have no
    /// role are left out with a warning: they are no properties.
    pub(super) fn of(table: &mut Table, role: impl Fn(&str) -> Option<R>) -> Result<Self, CsvError> {
        let mut columns = Self { roles: BTreeMap::new(), properties: Vec::new() };
        for (at, header) in table.header.clone().iter().enumerate() {
            let key = folded(header);
            if key.is_empty() {
                if table.rows.iter().any(|row| row.cell(Some(at)).is_some()) {
                    table.warn(None, None, format!("column {} has no header and is left out", at + 1));
                }
                continue;
            }
            if let Some(role) = role(&key) {
                if let Some(first) = columns.roles.insert(role, at) {
                    let problem = format!("columns {} and {} mean the same", first + 1, at + 1);
                    return Err(CsvError::new(&table.file, problem, "keep one of them")
                        .line(1)
                        .column(header));
                }
                continue;
            }
            if key.starts_with("associated") {
                table.warn(None, Some(header), "associations of this kind are left out");
                continue;
            }
            let base = internal_name(header);
            let mut name = base.clone();
            let mut copies = 1;
            while columns.properties.iter().any(|(_, other)| *other == name) {
                copies += 1;
                name = format!("{base}_{copies}");
            }
            if copies > 1 {
                let message =
                    format!("there is more than one column of this name; this one is kept as `{name}`");
                table.warn(None, Some(header), message);
            }
            columns.properties.push((at, name));
        }
        Ok(columns)
    }

    pub(super) fn at(&self, role: R) -> Option<usize> {
        self.roles.get(&role).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_become_internal_names() {
        for (label, name) in [
            ("Job Title", "jobtitle"),
            ("Website URL", "website"),
            ("Plan tier (2026)", "plan_tier_2026"),
            ("hs_lead_status", "hs_lead_status"),
            ("State/Region", "state"),
        ] {
            assert_eq!(internal_name(label), name);
        }
    }
}
