//! Where in which file something is wrong or odd.

use std::fmt;

/// A file that cannot be read as it is. Nothing of it has been loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CsvError {
    /// The file's name, as it was given.
    pub file: String,
    /// The line, from 1, on which the row begins; `None` if it is about the whole file.
    pub line: Option<u64>,
    /// The header of the column, where one is meant.
    pub column: Option<String>,
    /// What is wrong.
    pub problem: String,
    /// What to do about it.
    pub advice: String,
}

impl CsvError {
    pub(crate) fn new(file: &str, problem: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line: None,
            column: None,
            problem: problem.into(),
            advice: advice.into(),
        }
    }

    pub(crate) fn line(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }

    pub(crate) fn column(mut self, column: &str) -> Self {
        self.column = Some(column.to_owned());
        self
    }
}

impl fmt::Display for CsvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        place(f, &self.file, self.line, self.column.as_deref())?;
        write!(f, ": {}; {}", self.problem, self.advice)
    }
}

impl std::error::Error for CsvError {}

/// Something odd about a file that was loaded all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CsvWarning {
    /// The file's name, as it was given.
    pub file: String,
    /// The line, from 1, on which the row begins; `None` if it is about the whole file.
    pub line: Option<u64>,
    /// The header of the column, where one is meant.
    pub column: Option<String>,
    /// What is odd, and what was made of it.
    pub message: String,
}

impl CsvWarning {
    pub(crate) fn new(
        file: &str,
        line: Option<u64>,
        column: Option<&str>,
        message: impl Into<String>,
    ) -> Self {
        Self { file: file.to_owned(), line, column: column.map(str::to_owned), message: message.into() }
    }
}

impl fmt::Display for CsvWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        place(f, &self.file, self.line, self.column.as_deref())?;
        write!(f, ": {}", self.message)
    }
}

fn place(f: &mut fmt::Formatter<'_>, file: &str, line: Option<u64>, column: Option<&str>) -> fmt::Result {
    f.write_str(file)?;
    if let Some(line) = line {
        write!(f, ", line {line}")?;
    }
    if let Some(column) = column {
        write!(f, ", column `{column}`")?;
    }
    Ok(())
}
