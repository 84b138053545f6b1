//! The object types that an account has made up:
//! <https://developers.hubspot.com/docs/api-reference/latest/crm/objects/schemas/guide>.

mod schema;

use acquaint_core::connector::Partition;
use acquaint_core::{Error, Result};

use crate::client::Api;
use crate::options::Options;

pub(crate) use schema::Schema;

/// The types that the manifest asks for, as partitions: those of them that the account has.
///
/// # Errors
/// `Invalid` if the account has none of them.
pub(crate) async fn partitions(api: Api<'_>) -> Result<Vec<Partition>> {
    let options = Options::of(&api.cx.settings)?;
    let all = known(api).await?;
    let known = all.iter().map(|schema| schema.name.as_str()).collect::<Vec<_>>().join(", ");
    let missing: Vec<&str> = options
        .objects
        .iter()
        .map(|(name, _)| name)
        .filter(|name| !all.iter().any(|schema| schema.is_called(name)))
        .collect();
    let found: Vec<Partition> = asked(&options, all).map(Schema::into_partition).collect();
    match missing.first() {
        None => {}
        // A slip in one name is no reason to leave the others unread.
        Some(_) if !found.is_empty() => {
            let missing = missing.join(", ");
            tracing::warn!(%missing, %known, "the account lacks custom objects that the manifest names");
        }
        Some(first) => {
            return Err(Error::invalid("the account has no custom object of this name")
                .operation("hubspot.schemas")
                .with("object", first)
                .advise(format!("name one of these: {known}")));
        }
    }
    Ok(found)
}

/// Those of the account's types that the manifest asks for.
pub(crate) fn asked(options: &Options, all: Vec<Schema>) -> impl Iterator<Item = Schema> {
    all.into_iter().filter(|schema| options.objects.iter().any(|(name, _)| schema.is_called(name)))
}

/// All types that the account has made up.
pub(crate) async fn known(api: Api<'_>) -> Result<Vec<Schema>> {
    Ok(api.schemas().await?.into_iter().filter_map(Schema::read).collect())
}
