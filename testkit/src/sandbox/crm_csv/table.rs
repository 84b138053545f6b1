//! A file as a header and rows of cells, each with its line.

use csv::ReaderBuilder;

use super::error::{CsvError, CsvWarning};
use super::text;

/// The cells of a file, trimmed, every row as long as the header.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) file: String,
    pub(super) header: Vec<String>,
    pub(super) rows: Vec<Row>,
    pub(super) warnings: Vec<CsvWarning>,
}

#[derive(Debug)]
pub(super) struct Row {
    /// From 1, where the row begins.
    pub(super) line: u64,
    pub(super) cells: Vec<String>,
}

impl Row {
    /// A cell that is not empty.
    pub(super) fn cell(&self, column: Option<usize>) -> Option<&str> {
        self.cells.get(column?).map(String::as_str).filter(|cell| !cell.is_empty())
    }
}

impl Table {
    pub(super) fn read(file: &str, bytes: &[u8]) -> Result<Self, CsvError> {
        let text = text::decode(file, bytes)?;
        let (separator, start) = text::separator(&text);
        let body = &text[start..];
        let skipped = u64::from(start > 0);
        let mut place = Place { text: body, at: 0, line: 1 + skipped };
        if let Some(line) = text::open_quote(body, separator) {
            let advice = "close it, or double it if it belongs to the text";
            return Err(
                CsvError::new(file, "a quote is opened and never closed", advice).line(line + skipped)
            );
        }
        let mut reader = ReaderBuilder::new()
            .delimiter(separator)
            .has_headers(false)
            .flexible(true)
            .from_reader(body.as_bytes());
        let mut lines = reader.records().map(|record| {
            let record = record.map_err(|error| {
                CsvError::new(file, format!("it cannot be read as CSV ({error})"), "export it again as CSV")
            })?;
            let start = record.position().map_or(0, csv::Position::byte);
            let line = place.line_of_row(usize::try_from(start).unwrap_or(usize::MAX));
            Ok::<_, CsvError>(Row { line, cells: record.iter().map(|cell| cell.trim().to_owned()).collect() })
        });
        let header = loop {
            match lines.next().transpose()? {
                Some(row) if row.cells.iter().all(String::is_empty) => {}
                Some(row) => break row.cells,
                None => {
                    let advice = "the first line must name the columns, such as `Record ID` and `Email`";
                    return Err(CsvError::new(file, "the file is empty", advice));
                }
            }
        };
        let (mut rows, mut warnings) = (Vec::new(), Vec::new());
        for row in lines {
            let mut row = row?;
            if row.cells.iter().all(String::is_empty) {
                continue;
            }
            if row.cells.len() != header.len() {
                let (cells, columns) = (row.cells.len(), header.len());
                let made = if cells < columns {
                    "the missing ones are taken as empty"
                } else {
                    "the rest is left out"
                };
                let message = format!("the row has {cells} cells and the header {columns}; {made}");
                warnings.push(CsvWarning::new(file, Some(row.line), None, message));
                row.cells.resize(columns, String::new());
            }
            rows.push(row);
        }
        Ok(Self { file: file.to_owned(), header, rows, warnings })
    }

    pub(super) fn warn(&mut self, line: Option<u64>, column: Option<&str>, message: impl Into<String>) {
        self.warnings.push(CsvWarning::new(&self.file, line, column, message));
    }
}

/// Counts the lines of a text on the way through it. The reader's own count lags behind: it says where a row's
/// bytes begin before the line ends that it skips.
struct Place<'a> {
    text: &'a str,
    at: usize,
    line: u64,
}

impl Place<'_> {
    /// The line on which the row begins whose bytes, line ends before it included, begin at `start`.
    fn line_of_row(&mut self, start: usize) -> u64 {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            if self.at >= start && !matches!(byte, b'\r' | b'\n') {
                break;
            }
            let ends = *byte == b'\n' || (*byte == b'\r' && bytes.get(self.at + 1) != Some(&b'\n'));
            self.line += u64::from(ends);
            self.at += 1;
        }
        self.line
    }
}
