//! Views as the mirror keeps them: encoded once when a record comes in, so that a join need not parse it again.

use acquaint_core::view::{View, Views};
use acquaint_core::{Error, Result};
use bytes::Bytes;

/// Raised whenever the encoding changes. A release that raises it computes the mirror's views again from the raw
/// records when it migrates the store.
const VERSION: u8 = 1;

/// Encodes views. Equal views always give equal bytes.
pub(crate) fn encode(views: &[View]) -> Result<Bytes> {
    let mut bytes = vec![VERSION];
    serde_json::to_writer(&mut bytes, views)
        .map_err(|error| Error::bug("a view does not serialise").with_source(error))?;
    Ok(bytes.into())
}

/// Decodes views. Empty bytes are no views: of a record that could not be viewed.
pub(crate) fn decode(bytes: &[u8]) -> Result<Views> {
    match bytes.split_first() {
        None => Ok(Views::new()),
        Some((&VERSION, json)) => acquaint_core::record::parse_json(json),
        Some((version, _)) => Err(Error::invalid("the mirror was written by another release")
            .with("view_version", version)
            .advise("run a baseline of every source with this release")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use acquaint_core::view::{Account, View};

    use super::*;

    #[test]
    fn views_come_back_as_they_went_in() {
        let views = vec![View::Account(Account::new("1", "Globex").domain("globex.com").field("n", 3))];
        assert_eq!(decode(&encode(&views).unwrap()).unwrap(), views);
        assert!(decode(b"").unwrap().is_empty());
        assert!(decode(b"\x09[]").is_err());
    }
}
