//! The nesting of components, with lines.

use super::error::{IcsError, IcsProblem, IcsWarning};
use super::lines::{ContentLine, unfold};

/// `BEGIN:NAME` to `END:NAME`.
#[derive(Debug)]
pub(super) struct Component {
    /// Upper case.
    pub(super) name: String,
    /// The line of its BEGIN.
    pub(super) line: usize,
    pub(super) properties: Vec<ContentLine>,
    pub(super) children: Vec<Component>,
}

/// How deep components may nest; real ones do four levels.
const DEPTH: usize = 16;

impl Component {
    pub(super) fn property(&self, name: &str) -> Option<&ContentLine> {
        self.properties.iter().find(|property| property.name == name)
    }

    /// The trimmed value of a property, if it is not empty.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.property(name).map(|property| property.value.trim()).filter(|value| !value.is_empty())
    }
}

/// Reads the VCALENDARs of a file.
pub(super) fn read(
    file: &str,
    bytes: &[u8],
    warnings: &mut Vec<IcsWarning>,
) -> Result<Vec<Component>, IcsError> {
    let fail = |line, problem| IcsError { file: file.to_owned(), line, problem };
    let mut calendars = Vec::new();
    let mut open: Vec<Component> = Vec::new();
    let mut strays = 0;
    for line in unfold(bytes) {
        if line.latin1 {
            warnings.push(IcsWarning::new(line.number, "not UTF-8; read as Latin-1"));
        }
        let Some(content) = ContentLine::parse(&line) else {
            strays += usize::from(open.is_empty());
            if !open.is_empty() {
                warnings.push(IcsWarning::new(line.number, "not a content line; ignored"));
            } else if strays == 1 && calendars.is_empty() && !line.text.contains("BEGIN:") {
                warnings.push(IcsWarning::new(line.number, "text before BEGIN:VCALENDAR; ignored"));
            }
            continue;
        };
        let named = content.value.trim().to_ascii_uppercase();
        match content.name.as_str() {
            "BEGIN" if open.is_empty() && named != "VCALENDAR" => {
                return Err(fail(line.number, IcsProblem::NotACalendar));
            }
            "BEGIN" if open.len() >= DEPTH => return Err(fail(line.number, IcsProblem::TooDeep)),
            "BEGIN" => {
                // A second calendar inside an open one means that the first was cut off.
                if named == "VCALENDAR"
                    && let Some(outer) = open.last()
                {
                    return Err(fail(outer.line, IcsProblem::Unclosed { component: outer.name.clone() }));
                }
                open.push(Component {
                    name: named,
                    line: line.number,
                    properties: Vec::new(),
                    children: Vec::new(),
                });
            }
            "END" => {
                let Some(closed) = open.pop() else {
                    return Err(fail(line.number, IcsProblem::UnopenedEnd { component: named }));
                };
                if closed.name != named {
                    let problem =
                        IcsProblem::WrongEnd { component: closed.name, opened: closed.line, found: named };
                    return Err(fail(line.number, problem));
                }
                match open.last_mut() {
                    Some(parent) => parent.children.push(closed),
                    None => calendars.push(closed),
                }
            }
            _ => match open.last_mut() {
                Some(component) => component.properties.push(content),
                None => warnings.push(IcsWarning::new(line.number, "outside of any calendar; ignored")),
            },
        }
    }
    if let Some(component) = open.pop() {
        return Err(fail(component.line, IcsProblem::Unclosed { component: component.name }));
    }
    if calendars.is_empty() {
        return Err(fail(1, IcsProblem::NotACalendar));
    }
    Ok(calendars)
}
