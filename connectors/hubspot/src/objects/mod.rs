//! The object types that an account has made up:
//! <https://developers.hubspot.com/docs/api-reference/latest/crm/objects/schemas/guide>.

mod schema;

use acquaint_core::connector::Partition;
use acquaint_core::{Error, Result};

use crate::client::Api;
use crate::options::Options;

pub(crate) use schema::Schema;

/// The types that the manifest asks for, as partitions.
///
/// # Errors
/// `Invalid` if the account has none of a name that the manifest has; the known ones are read on meanwhile.
pub(crate) async fn partitions(api: Api<'_>) -> Result<Vec<Partition>> {
    let options = Options::of(&api.cx.settings)?;
    let all = known(api).await?;
    for (name, _) in options.objects.iter() {
        if !all.iter().any(|schema| schema.is_called(name)) {
            let names: Vec<&str> = all.iter().map(|schema| schema.name.as_str()).collect();
            return Err(Error::invalid("the account has no custom object of this name")
                .operation("hubspot.schemas")
                .with("object", name)
                .advise(format!("name one of these: {}", names.join(", "))));
        }
    }
    Ok(asked(&options, all).map(Schema::into_partition).collect())
}

/// Those of the account's types that the manifest asks for.
pub(crate) fn asked(options: &Options, all: Vec<Schema>) -> impl Iterator<Item = Schema> {
    all.into_iter().filter(|schema| options.objects.iter().any(|(name, _)| schema.is_called(name)))
}

/// All types that the account has made up.
pub(crate) async fn known(api: Api<'_>) -> Result<Vec<Schema>> {
    Ok(api.schemas().await?.into_iter().filter_map(Schema::read).collect())
}
