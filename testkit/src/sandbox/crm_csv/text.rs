//! From bytes to text, and which sign separates the cells.

use super::error::CsvError;

/// The text of a file: UTF-8 with or without a mark, or UTF-16 with one.
pub(super) fn decode(file: &str, bytes: &[u8]) -> Result<String, CsvError> {
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(file, rest, u16::from_le_bytes)?,
        [0xfe, 0xff, rest @ ..] => utf16(file, rest, u16::from_be_bytes)?,
        _ => {
            let rest = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
            let text = std::str::from_utf8(rest).map_err(|error| {
                let before = rest.get(..error.valid_up_to()).unwrap_or_default();
                CsvError::new(file, "these bytes are no UTF-8 text", SAVE_AS).line(line_of(before))
            })?;
            text.to_owned()
        }
    };
    match text.find('\0') {
        Some(at) => {
            Err(CsvError::new(file, "this is no text", SAVE_AS).line(line_of(&text.as_bytes()[..at])))
        }
        None => Ok(text),
    }
}

const SAVE_AS: &str = "export it as CSV, or save it as `CSV UTF-8`";

fn line_of(before: &[u8]) -> u64 {
    before.iter().filter(|byte| **byte == b'\n').count() as u64 + 1
}

fn utf16(file: &str, bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, CsvError> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let text = String::from_utf16(&pairs.iter().copied().map(unit).collect::<Vec<_>>());
    match text {
        Ok(text) if odd.is_empty() => Ok(text),
        _ => Err(CsvError::new(file, "it begins as UTF-16 text and is not", SAVE_AS)),
    }
}

/// The separator of a file and where its header begins. Excel's own first line `sep=;` decides, else the sign that
/// the header has most often outside quotes.
pub(super) fn separator(text: &str) -> (u8, usize) {
    let line_end = text.find('\n').map_or(text.len(), |at| at + 1);
    let first = text[..line_end].trim_end();
    if let Some(b"sep=,") | Some(b"sep=;") | Some(b"sep=\t") = first.get(..5).map(str::as_bytes)
        && first.len() == 5
    {
        return (first.as_bytes()[4], line_end);
    }
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in text.bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            _ if !quoted => counts.iter_mut().filter(|(sign, _)| *sign == byte).for_each(|(_, n)| *n += 1),
            _ => {}
        }
    }
    // Of equals the first wins: a header of one column is as good as comma-separated.
    let best = counts.iter().rev().max_by_key(|(_, count)| *count);
    (best.map_or(b',', |(sign, _)| *sign), 0)
}

/// The line, from 1, of a quote that is never closed.
pub(super) fn open_quote(text: &str, separator: u8) -> Option<u64> {
    let (mut line, mut opened, mut at_start) = (1, None, true);
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        line += u64::from(byte == b'\n');
        match byte {
            b'"' if opened.is_some() => {
                // Two quotes within quotes are one quote.
                if bytes.next_if_eq(&b'"').is_none() {
                    opened = None;
                    at_start = false;
                }
            }
            _ if opened.is_some() => {}
            b'"' if at_start => opened = Some(line),
            _ => at_start = byte == separator || byte == b'\n' || byte == b'\r',
        }
    }
    opened
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_separator_is_the_headers() {
        assert_eq!(separator("a,b;c,d\n1;2;3;4;5").0, b',');
        assert_eq!(separator("\"a,b,c\";d\n").0, b';');
        assert_eq!(separator("a\tb").0, b'\t');
        assert_eq!(separator("alone\n1,2").0, b',');
        assert_eq!(separator("sep=;\na,b,c"), (b';', 6));
    }

    #[test]
    fn an_open_quote_is_found_where_it_opens() {
        assert_eq!(open_quote("a,b\n\"x\ny\",z\n", b','), None);
        assert_eq!(open_quote("a,b\n1,\"x\ny,z\n", b','), Some(2));
        assert_eq!(open_quote("a,b\n5\" pipe,\"x\"\"y\"\n", b','), None);
    }
}
