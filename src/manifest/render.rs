//! What is wrong with a manifest, drawn into its text.

use std::fmt;
use std::sync::Arc;

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode};

use super::problem::{Place, Problems};

/// So many problems are drawn. Whoever has more mends these first.
const MOST: usize = 100;

/// The longest line that is drawn, in bytes. Of a longer one the place is said.
const WIDEST: usize = 500;

/// The problems of a manifest together with its text: what [`miette`] draws, each under the line that it is in.
///
/// ```
/// let text = "acquaint: 1\nname: typo\nsources: { crm: { connector: local } }\nkeep: { titel: { exists: true } }\n";
/// let problems = acquaint::Manifest::parse(text).unwrap_err();
/// let drawn = format!("{}", problems.diagnosis("meetings.yaml", text));
/// assert!(drawn.contains("meetings.yaml:4:9") && drawn.contains("did you mean `title`?"));
/// ```
#[derive(Debug, Clone)]
pub struct Diagnosis {
    summary: String,
    drawn: Vec<Drawn>,
}

/// One problem in the text.
#[derive(Debug, Clone)]
struct Drawn {
    message: String,
    suggestion: Option<String>,
    word: Option<Word>,
}

/// A word in the text, in bytes.
#[derive(Debug, Clone)]
struct Word {
    text: Arc<NamedSource<Arc<str>>>,
    start: usize,
    len: usize,
}

impl Problems {
    /// The problems drawn into the text that they were found in, which is called `file`.
    pub fn diagnosis(&self, file: &str, text: &str) -> Diagnosis {
        let source = Arc::new(NamedSource::new(file, Arc::from(text)));
        let lines = Lines::of(text);
        let drawn = self.problems.iter().take(MOST).map(|problem| {
            let span = lines.span(problem.place);
            let word = span.map(|(start, len)| Word { text: Arc::clone(&source), start, len });
            let message = match &word {
                Some(_) => problem.message.clone(),
                None => format!("{file}:{}: {}", problem.place, problem.message),
            };
            Drawn { message, suggestion: problem.suggestion.clone(), word }
        });
        let drawn = drawn.collect();
        let shown = if self.problems.len() > MOST {
            format!(", of which the first {MOST} are shown")
        } else {
            String::new()
        };
        Diagnosis { summary: format!("{}{shown}", self.summary()), drawn }
    }
}

impl fmt::Display for Diagnosis {
    /// In plain text, without colours.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let theme = miette::GraphicalTheme::unicode_nocolor();
        let handler = miette::GraphicalReportHandler::new_themed(theme).with_width(120).with_links(false);
        self.drawn.iter().try_for_each(|one| handler.render_report(f, one))?;
        writeln!(f, "{}", self.summary)
    }
}

impl std::error::Error for Diagnosis {}

impl Diagnostic for Diagnosis {
    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        Some(Box::new(self.drawn.iter().map(|one| one as &dyn Diagnostic)))
    }
}

impl fmt::Display for Drawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Drawn {}

impl Drawn {
    fn meant(&self) -> Option<String> {
        self.suggestion.as_ref().map(|suggestion| format!("did you mean `{suggestion}`?"))
    }
}

impl Diagnostic for Drawn {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.word.as_ref().map(|word| &*word.text as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let word = self.word.as_ref()?;
        let label = self.meant().unwrap_or_else(|| "here".to_owned());
        Some(Box::new(std::iter::once(LabeledSpan::new(Some(label), word.start, word.len))))
    }

    fn help(&self) -> Option<Box<dyn fmt::Display + '_>> {
        let meant = self.meant().filter(|_| self.word.is_none())?;
        Some(Box::new(meant))
    }
}

/// The lines of a text, each with the byte at which it begins.
struct Lines<'t>(Vec<(usize, &'t str)>);

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        let (mut lines, mut start) = (Vec::new(), 0);
        // YAML ends a line with any of the three.
        while let Some(end) = text[start..].find(['\n', '\r']) {
            lines.push((start, &text[start..start + end]));
            start += end + if text[start + end..].starts_with("\r\n") { 2 } else { 1 };
        }
        lines.push((start, &text[start..]));
        Self(lines)
    }

    /// The bytes of the word at a place: where they begin, and how many they are. `None` if the line is too long to be
    /// drawn. A place behind the end is the end.
    fn span(&self, place: Place) -> Option<(usize, usize)> {
        let line = usize::try_from(place.line.saturating_sub(1)).unwrap_or(usize::MAX);
        let (start, line) = *self.0.get(line).or(self.0.last())?;
        if line.len() > WIDEST {
            return None;
        }
        let column = usize::try_from(place.column.saturating_sub(1)).unwrap_or(usize::MAX);
        let before = line.char_indices().nth(column).map_or(line.len(), |(at, _)| at);
        Some((start + before, length(&line[before..])))
    }
}

/// How long the word is with which a line goes on: a quoted text whole, or up to what ends a word in YAML.
fn length(line: &str) -> usize {
    let first = line.chars().next();
    if let Some(quote @ ('"' | '\'')) = first
        && let Some(end) = line[1..].find(quote)
    {
        return end + 2;
    }
    let ends = |c: char| c.is_whitespace() || matches!(c, ':' | ',' | '}' | ']' | '{' | '[' | '#');
    let first = first.map_or(0, char::len_utf8);
    line[first..].find(ends).map_or(line.len(), |end| first + end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Problem;

    #[test]
    fn a_span_is_the_word_at_the_place() {
        let at = |text: &str, line, column| {
            let (start, len) = Lines::of(text).span(Place { line, column }).unwrap_or_default();
            text[start..start + len].to_owned()
        };
        let text = "a: 1\r\nüb: { titel: \"(x\", z }\rlast";
        assert_eq!(at(text, 1, 1), "a");
        assert_eq!(at(text, 2, 1), "üb");
        assert_eq!(at(text, 2, 7), "titel");
        assert_eq!(at(text, 2, 14), "\"(x\"");
        assert_eq!(at(text, 3, 1), "last");
        assert_eq!(at(text, 3, 99), "");
        assert_eq!(at(text, 99, 99), "");
        assert_eq!(at("", 1, 1), "");
    }

    #[test]
    fn what_cannot_be_drawn_is_said() {
        let problem = |line| Problem::new(Place { line, column: 1 }, "it is wrong");
        let long = Problems { problems: vec![problem(1)] };
        let said = long.diagnosis("a.yaml", &"x".repeat(9_999)).to_string();
        assert!(said.contains("a.yaml:1:1: it is wrong") && said.len() < 200, "{said}");
        let many = Problems { problems: (1..=250).map(problem).collect() };
        let said = many.diagnosis("a.yaml", &"x\n".repeat(300)).to_string();
        assert_eq!(said.matches("it is wrong").count(), MOST);
        assert!(
            said.ends_with("the manifest has 250 problems, of which the first 100 are shown\n"),
            "{said}"
        );
    }
}
