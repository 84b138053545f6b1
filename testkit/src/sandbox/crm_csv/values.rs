//! The values of cells.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

use super::error::CsvError;
use super::table::{Row, Table};
use crate::sandbox::hubspot::LIFECYCLE;

/// The parts of a `;`-separated cell.
pub(super) fn list(cell: Option<&str>) -> Vec<String> {
    let parts = cell.unwrap_or_default().split(';').map(str::trim).filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}

/// A property's value as HubSpot stores it, which for a stage is not what it shows.
pub(super) fn stored(property: &str, cell: &str) -> String {
    if property != "lifecyclestage" {
        return cell.to_owned();
    }
    let known = LIFECYCLE.iter().find(|(_, label)| label.eq_ignore_ascii_case(cell));
    known.map_or_else(|| cell.to_lowercase().replace(' ', ""), |(value, _)| (*value).to_owned())
}

/// A record id.
pub(super) fn id(table: &Table, row: &Row, column: usize, text: &str) -> Result<u64, CsvError> {
    (text.parse().ok().filter(|id| *id > 0)).ok_or_else(|| {
        let header = table.header.get(column).map_or("", String::as_str);
        CsvError::new(
            &table.file,
            format!("`{text}` is no record id"),
            "HubSpot's ids are whole numbers; if a spreadsheet has rewritten them, export the file again",
        )
        .line(row.line)
        .column(header)
    })
}

/// The ids of all rows: from the column, or, without one, counted from 1.
pub(super) fn ids(table: &Table, column: Option<usize>) -> Result<Vec<u64>, CsvError> {
    let Some(column) = column else { return Ok((1..=table.rows.len() as u64).collect()) };
    let mut lines: BTreeMap<u64, u64> = BTreeMap::new();
    let mut ids = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        let header = table.header.get(column).map_or("", String::as_str);
        let Some(text) = row.cell(Some(column)) else {
            let advice = "fill it in, or take the whole column out to have ids given";
            return Err(CsvError::new(&table.file, "the record id is empty", advice)
                .line(row.line)
                .column(header));
        };
        let id = id(table, row, column, text)?;
        if let Some(first) = lines.insert(id, row.line) {
            let problem = format!("record id {id} is on line {first} already");
            let advice = "an id names one record: take one of the rows out";
            return Err(CsvError::new(&table.file, problem, advice).line(row.line).column(header));
        }
        ids.push(id);
    }
    Ok(ids)
}

/// A list of record ids, without repetitions.
pub(super) fn id_list(table: &Table, row: &Row, column: Option<usize>) -> Result<Vec<u64>, CsvError> {
    let (mut seen, mut ids) = (BTreeSet::new(), Vec::new());
    for part in list(row.cell(column)) {
        let id = id(table, row, column.unwrap_or_default(), &part)?;
        if seen.insert(id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

/// An instant as exports write it; one without a zone is taken as UTC.
pub(super) fn instant(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(at.to_utc());
    }
    for format in ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"] {
        if let Ok(at) = NaiveDateTime::parse_from_str(text, format) {
            return Some(at.and_utc());
        }
    }
    Some(text.parse::<NaiveDate>().ok()?.and_time(chrono::NaiveTime::MIN).and_utc())
}

/// The instant of a cell; one that cannot be read is left out with a warning.
pub(super) fn time(table: &mut Table, row: usize, column: Option<usize>) -> Option<DateTime<Utc>> {
    let (line, text) = {
        let row = table.rows.get(row)?;
        (row.line, row.cell(column)?.to_owned())
    };
    let at = instant(&text);
    if at.is_none() {
        let header = column.and_then(|column| table.header.get(column)).cloned();
        table.warn(
            Some(line),
            header.as_deref(),
            format!("`{text}` is no date such as 2026-03-04 10:11; left out"),
        );
    }
    at
}
