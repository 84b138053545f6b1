//! What is not records: the account, its people, its definitions, and links.

use acquaint_core::Result;
use serde_json::{Value, json};

use super::{Api, dead_after};
use crate::model::{
    AccountDetails, Batch, Definition, Definitions, LinksOf, RecordPage, SchemaDefinition, Schemas,
};

impl Api<'_> {
    pub(crate) async fn account(&self) -> Result<AccountDetails> {
        let url = self.setup.endpoints.account_details()?;
        self.cx.http.get(url).operation("hubspot.account").receive().await
    }

    pub(crate) async fn definitions(&self, object: &str) -> Result<Vec<Definition>> {
        let url = self.setup.endpoints.properties(object)?;
        let all: Definitions = self.cx.http.get(url).operation("hubspot.properties").receive().await?;
        Ok(all.results)
    }

    /// The object types that the account has made up.
    pub(crate) async fn schemas(&self) -> Result<Vec<SchemaDefinition>> {
        let url = self.setup.endpoints.schemas()?;
        let all: Schemas = self.cx.http.get(url).operation("hubspot.schemas").receive().await?;
        Ok(all.results)
    }

    /// A page of the owners that are still there, or of those that have left.
    pub(crate) async fn owners(&self, archived: bool, after: Option<&str>) -> Result<RecordPage> {
        let mut url = self.setup.endpoints.owners()?;
        let limit = self.setup.config.list_page.to_string();
        let archived = if archived { "true" } else { "false" };
        let own = [("limit", limit.as_str()), ("archived", archived)];
        url.query_pairs_mut().extend_pairs(own.into_iter().chain(after.map(|after| ("after", after))));
        let page = self.cx.http.get(url).operation("hubspot.owners").receive().await;
        page.map_err(|error| dead_after(after, error))
    }

    /// The links of records of one type to those of another, as many as a batch takes, each from its paging cursor on.
    pub(crate) async fn links(
        &self,
        from: &str,
        to: &str,
        inputs: &[(String, Option<String>)],
    ) -> Result<Batch<LinksOf>> {
        let input = |(id, after): &(String, Option<String>)| match after {
            Some(after) => json!({"id": id, "after": after}),
            None => json!({"id": id}),
        };
        let inputs: Vec<Value> = inputs.iter().map(input).collect();
        let url = self.setup.endpoints.associations(from, to)?;
        let body = json!({"inputs": inputs});
        self.cx.http.post(url).json(&body).operation("hubspot.associations").receive().await
    }
}
