//! The address as HubSpot says that it must be decoded before it is signed:
//! <https://developers.hubspot.com/docs/apps/developer-platform/build-apps/authentication/request-validation>.

/// Sequences that are decoded. All others, such as `%20`, stay as they are.
const TABLE: &[(&str, char)] = &[
    ("%3A", ':'),
    ("%2F", '/'),
    ("%3F", '?'),
    ("%40", '@'),
    ("%21", '!'),
    ("%24", '$'),
    ("%27", '\''),
    ("%28", '('),
    ("%29", ')'),
    ("%2A", '*'),
    ("%2C", ','),
    ("%3B", ';'),
];

/// Decodes what the table holds, once.
pub(super) fn decoded(address: &str) -> String {
    let mut all = String::with_capacity(address.len());
    let mut rest = address;
    while let Some(at) = rest.find('%') {
        all.push_str(&rest[..at]);
        rest = &rest[at..];
        let known =
            rest.get(..3).and_then(|code| TABLE.iter().find(|(known, _)| known.eq_ignore_ascii_case(code)));
        match known {
            Some((code, letter)) => {
                all.push(*letter);
                rest = &rest[code.len()..];
            }
            None => {
                all.push('%');
                rest = &rest[1..];
            }
        }
    }
    all.push_str(rest);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_table_holds_is_decoded_once_and_nothing_else() {
        for (address, expected) in [
            ("https://a.example/x", "https://a.example/x"),
            ("%3A%2F%3F%40%21%24%27%28%29%2A%2C%3B", ":/?@!$'()*,;"),
            ("a%3ab&x=%20y%26%3D", "a:b&x=%20y%26%3D"),
            ("%253A", "%253A"),
            ("%", "%"),
            ("%3", "%3"),
            ("ä%3Aß%", "ä:ß%"),
            ("%ä", "%ä"),
        ] {
            assert_eq!(decoded(address), expected);
        }
    }
}
