//! From bytes to content lines: decoding, unfolding, and the split into name, parameters and value.
//!
//! Written here rather than taken from a parser, because every problem must be told with its line in the file,
//! and because real exports hold lines that are no content lines at all.

/// One unfolded line and where it began.
#[derive(Debug)]
pub(super) struct Line {
    /// 1-based number of its first physical line.
    pub(super) number: usize,
    pub(super) text: String,
    /// Whether its bytes were no UTF-8 and have been read as Latin-1.
    pub(super) latin1: bool,
}

/// `NAME;PARAM=value;…:value`.
#[derive(Debug, Clone)]
pub(super) struct ContentLine {
    pub(super) number: usize,
    /// Upper case, without a group prefix.
    pub(super) name: String,
    params: Vec<(String, String)>,
    pub(super) value: String,
}

/// Unfolds on bytes, since some exporters fold in the midst of a UTF-8 sequence.
pub(super) fn unfold(bytes: &[u8]) -> Vec<Line> {
    let decoded = decode_utf16(bytes);
    let bytes = decoded.as_deref().map_or(bytes, str::as_bytes);
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    // A lone carriage return ends a line only where there is no line feed at all.
    let end = if bytes.contains(&b'\n') { b'\n' } else { b'\r' };
    let mut unfolded: Vec<(usize, Vec<u8>)> = Vec::new();
    for (index, mut physical) in bytes.split(|&byte| byte == end).enumerate() {
        while let Some(rest) = physical.strip_suffix(b"\r") {
            physical = rest;
        }
        match (physical, unfolded.last_mut()) {
            // Blank lines stand between components, and in old Mozilla exports inside of folded lines.
            ([], Some(_)) => {}
            ([b' ' | b'\t', rest @ ..], Some((_, line))) => line.extend_from_slice(rest),
            _ => unfolded.push((index + 1, physical.to_vec())),
        }
    }
    unfolded
        .into_iter()
        .filter(|(_, line)| !line.trim_ascii().is_empty())
        .map(|(number, line)| match String::from_utf8(line) {
            Ok(text) => Line { number, text, latin1: false },
            Err(error) => {
                let text = error.as_bytes().iter().copied().map(char::from).collect();
                Line { number, text, latin1: true }
            }
        })
        .collect()
}

fn decode_utf16(bytes: &[u8]) -> Option<String> {
    let (rest, unit): (_, fn([u8; 2]) -> u16) = match bytes {
        [0xFF, 0xFE, rest @ ..] => (rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => (rest, u16::from_be_bytes),
        _ => return None,
    };
    let units: Vec<u16> = rest.as_chunks::<2>().0.iter().map(|&pair| unit(pair)).collect();
    Some(String::from_utf16_lossy(&units))
}

impl ContentLine {
    /// `None` if the line is no content line.
    pub(super) fn parse(line: &Line) -> Option<Self> {
        let text = line.text.trim_start();
        let name_end = text.find([':', ';'])?;
        let (name, mut rest) = text.split_at(name_end);
        let name = name.trim_end();
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
            return None;
        }
        let mut params = Vec::new();
        while let Some(after) = rest.strip_prefix(';') {
            let (param, remainder) = split_param(after)?;
            params.extend(param);
            rest = remainder;
        }
        let name = name.rsplit('.').next().unwrap_or(name).to_ascii_uppercase();
        let value = rest.strip_prefix(':')?.to_owned();
        Some(Self { number: line.number, name, params, value })
    }

    /// The first value of a parameter, without its quotes.
    pub(super) fn param(&self, name: &str) -> Option<&str> {
        (self.params.iter().find(|(key, _)| key == name)).map(|(_, value)| value.as_str())
    }

    pub(super) fn param_is(&self, name: &str, value: &str) -> bool {
        self.param(name).is_some_and(|found| found.eq_ignore_ascii_case(value))
    }

    /// The value as TEXT, unescaped.
    pub(super) fn text(&self) -> String {
        let mut text = String::with_capacity(self.value.len());
        let mut chars = self.value.chars();
        while let Some(c) = chars.next() {
            match c {
                '\\' => match chars.next() {
                    Some('n' | 'N') => text.push('\n'),
                    Some(escaped @ ('\\' | ';' | ',' | ':' | '"')) => text.push(escaped),
                    Some(other) => text.extend(['\\', other]),
                    None => text.push('\\'),
                },
                c => text.push(c),
            }
        }
        text
    }
}

/// Splits `KEY=value` or `KEY="quoted",…` from the front of what follows a semicolon, up to the next
/// semicolon or colon.
fn split_param(text: &str) -> Option<(Option<(String, String)>, &str)> {
    let key_end = text.find(['=', ';', ':'])?;
    let (key, rest) = text.split_at(key_end);
    let key = key.trim().to_ascii_uppercase();
    let Some(mut rest) = rest.strip_prefix('=') else {
        return Some((None, rest));
    };
    let mut value = String::new();
    if rest.starts_with('"') {
        while let Some(quoted) = rest.strip_prefix('"') {
            let close = quoted.find('"')?;
            if value.is_empty() {
                quoted[..close].clone_into(&mut value);
            }
            rest = quoted[close + 1..].trim_start_matches(' ');
            // Doubled or unescaped quotes inside: what follows up to the separator belongs to the value.
            if !rest.starts_with([',', ';', ':']) {
                let end = rest.find([';', ':'])?;
                value.push_str(rest[..end].trim_matches('"'));
                rest = &rest[end..];
            }
            rest = rest.strip_prefix(',').unwrap_or(rest);
        }
        if !rest.starts_with([';', ':']) {
            rest = &rest[rest.find([';', ':'])?..];
        }
    } else {
        let mut end = rest.find([';', ':'])?;
        // Outlook writes display names such as `(UTC-05:00) Eastern Time` as TZID without quotes.
        if key == "TZID" && rest[..end].starts_with('(') && !rest[..end].contains(')') {
            let close = rest.find(')')?;
            end = close + rest[close..].find([';', ':'])?;
        }
        rest[..end].trim().clone_into(&mut value);
        rest = &rest[end..];
    }
    Some((Some((key, unescape_param(&value))), rest))
}

/// RFC 6868: `^n`, `^^` and `^'` inside parameter values.
fn unescape_param(value: &str) -> String {
    if !value.contains('^') {
        return value.to_owned();
    }
    value.replace("^n", "\n").replace("^'", "\"").replace("^^", "^")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn parse(text: &str) -> Option<ContentLine> {
        ContentLine::parse(&Line { number: 1, text: text.to_owned(), latin1: false })
    }

    #[test]
    fn folds_inside_a_character_are_undone() {
        let mut bytes = "SUMMARY:Caf".as_bytes().to_vec();
        bytes.extend([0xC3, b'\r', b'\n', b' ', 0xA9]);
        bytes.extend(b"\r\n\r\nEND:VEVENT");
        let lines = unfold(&bytes);
        assert_eq!(unfold(b"SUMMARY\n\n :x\n")[0].text, "SUMMARY:x");
        assert_eq!(lines[0].text, "SUMMARY:Café");
        assert_eq!((lines[1].text.as_str(), lines[1].number), ("END:VEVENT", 4));
    }

    #[test]
    fn marks_and_odd_encodings_are_read() {
        assert_eq!(unfold("\u{feff}BEGIN:VCALENDAR\r\r\nX:1".as_bytes())[0].text, "BEGIN:VCALENDAR");
        let utf16: Vec<u8> = "\u{feff}A:ü\r\nB:2".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(unfold(&utf16)[0].text, "A:ü");
        let latin1 = unfold(b"SUMMARY:Caf\xE9");
        assert_eq!((latin1[0].text.as_str(), latin1[0].latin1), ("SUMMARY:Café", true));
        assert_eq!(unfold(b"A:1\rB:2").len(), 2);
    }

    #[test]
    fn parameters_keep_separators_inside_quotes() {
        let line =
            parse(r#"ATTENDEE;CN="Doe, Jane; x:y";MEMBER="mailto:a@b","mailto:c@d":MAILTO:j@x"#).unwrap();
        assert_eq!(line.param("CN"), Some("Doe, Jane; x:y"));
        assert_eq!(line.param("MEMBER"), Some("mailto:a@b"));
        assert_eq!(line.value, "MAILTO:j@x");
        let line = parse(r#"ATTENDEE;CN="A "B" C":mailto:x@y"#).unwrap();
        assert_eq!(line.value, "mailto:x@y");
        let line = parse("DTSTART;TZID=(UTC-05:00) Eastern Time (US & Canada):20230101T000000").unwrap();
        assert_eq!(line.param("TZID"), Some("(UTC-05:00) Eastern Time (US & Canada)"));
        assert_eq!(line.value, "20230101T000000");
    }

    #[test]
    fn what_is_no_content_line_is_refused() {
        for text in ["just words", "with space: x", ":x", "NAME", "A;B=c", "A;CN=\"open:x"] {
            assert!(parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn text_is_unescaped() {
        assert_eq!(parse(r"DESCRIPTION:a\, b\; c\\n\nd\N\x").unwrap().text(), "a, b; c\\n\nd\n\\x");
    }
}
