//! The calls to HubSpot.

use acquaint_core::connector::Context;
use acquaint_core::{Error, ErrorKind, Result};
use serde_json::{Value, json};

use crate::config::HubSpotConfig;
use crate::ids::IdRange;
use crate::model::{AccountDetails, Batch, Definition, Definitions, LinksOf, RecordPage};
use crate::object::ObjectKind;
use crate::versions::Endpoints;

/// The operation that has a quota of its own.
pub(crate) const SEARCH: &str = "hubspot.search";

/// What all streams of a connector share.
#[derive(Debug)]
pub(crate) struct Setup {
    pub(crate) config: HubSpotConfig,
    pub(crate) endpoints: Endpoints,
}

/// HubSpot as one connection sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Api<'a> {
    pub(crate) cx: &'a Context,
    pub(crate) setup: &'a Setup,
}

/// The answer to a question that names properties: with all of them, or too long and asked without.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) page: RecordPage,
    /// Whether its records have every property asked for; otherwise they have their ids and times.
    pub(crate) whole: bool,
}

impl<'a> Api<'a> {
    pub(crate) fn new(cx: &'a Context, setup: &'a Setup) -> Self {
        Self { cx, setup }
    }

    pub(crate) async fn account(&self) -> Result<AccountDetails> {
        let url = self.setup.endpoints.account_details()?;
        self.cx.http.get(url).operation("hubspot.account").receive().await
    }

    pub(crate) async fn definitions(&self, kind: ObjectKind) -> Result<Vec<Definition>> {
        let url = self.setup.endpoints.properties(kind)?;
        let all: Definitions = self.cx.http.get(url).operation("hubspot.properties").receive().await?;
        Ok(all.results)
    }

    /// A page of all records, contacts with their companies.
    pub(crate) async fn list(
        &self,
        kind: ObjectKind,
        after: Option<&str>,
        properties: &[String],
    ) -> Result<Answer> {
        let mut url = self.list_url(kind, after, &properties.join(","))?;
        let whole = url.as_str().len() <= self.setup.config.url_limit;
        if !whole {
            url = self.list_url(kind, after, kind.modified())?;
        }
        if kind == ObjectKind::Contacts {
            url.query_pairs_mut().append_pair("associations", ObjectKind::Companies.path());
        }
        let page = self.cx.http.get(url).operation("hubspot.list").receive().await;
        Ok(Answer { page: page.map_err(|error| dead_after(after, error))?, whole })
    }

    /// A page of the archived records, with their times and merges alone.
    pub(crate) async fn archived(&self, kind: ObjectKind, after: Option<&str>) -> Result<RecordPage> {
        let mut url = self.list_url(kind, after, &kind.history().join(","))?;
        url.query_pairs_mut().append_pair("archived", "true");
        let page = self.cx.http.get(url).operation("hubspot.archived").receive().await;
        page.map_err(|error| dead_after(after, error))
    }

    fn list_url(&self, kind: ObjectKind, after: Option<&str>, properties: &str) -> Result<url::Url> {
        let mut url = self.setup.endpoints.list(kind)?;
        let mut query = url.query_pairs_mut();
        query.append_pair("limit", &self.setup.config.list_page.to_string());
        query.append_pair("properties", properties);
        if let Some(after) = after {
            query.append_pair("after", after);
        }
        drop(query);
        Ok(url)
    }

    /// Records changed since `from` (milliseconds since 1970), by id.
    ///
    /// There is no upper end: a record that is edited again while this is read stays in the result.
    pub(crate) async fn changed(
        &self,
        kind: ObjectKind,
        from: i64,
        ids: IdRange,
        properties: &[String],
    ) -> Result<Answer> {
        let mut filters = vec![filter(kind.modified(), "GTE", &from.to_string())];
        if ids.low > 0 {
            filters.push(filter("hs_object_id", "GTE", &ids.low.to_string()));
        }
        if let Some(high) = ids.high {
            filters.push(filter("hs_object_id", "LTE", &high.to_string()));
        }
        let body = |properties: &[String]| {
            json!({
                "filterGroups": [{"filters": filters}],
                "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
                "properties": properties,
                "limit": self.setup.config.search_page,
            })
        };
        let mut request = body(properties);
        let whole = request.to_string().chars().count() <= self.setup.config.search_body_limit;
        if !whole {
            request = body(&[kind.modified().to_owned()]);
        }
        let url = self.setup.endpoints.search(kind)?;
        let page = self.cx.http.post(url).json(&request).operation(SEARCH).receive().await?;
        Ok(Answer { page, whole })
    }

    /// Records by id, as many as a batch takes.
    pub(crate) async fn batch_read(
        &self,
        kind: ObjectKind,
        ids: &[&str],
        properties: &[String],
    ) -> Result<Batch<Value>> {
        let inputs: Vec<Value> = ids.iter().map(|id| json!({"id": id})).collect();
        let body = json!({"inputs": inputs, "properties": properties, "propertiesWithHistory": []});
        let url = self.setup.endpoints.batch_read(kind)?;
        self.cx.http.post(url).json(&body).operation("hubspot.batch_read").receive().await
    }

    /// The companies of contacts, as many as a batch takes, each from its paging cursor on.
    pub(crate) async fn companies_of(&self, inputs: &[(String, Option<String>)]) -> Result<Batch<LinksOf>> {
        let input = |(id, after): &(String, Option<String>)| match after {
            Some(after) => json!({"id": id, "after": after}),
            None => json!({"id": id}),
        };
        let body = json!({"inputs": inputs.iter().map(input).collect::<Vec<_>>()});
        let url = self.setup.endpoints.associations(ObjectKind::Contacts, ObjectKind::Companies)?;
        self.cx.http.post(url).json(&body).operation("hubspot.associations").receive().await
    }
}

/// A list that goes well without a paging cursor and is refused with it: the paging cursor is dead.
fn dead_after(after: Option<&str>, error: Error) -> Error {
    if after.is_some() && error.kind() == ErrorKind::Invalid && error.context("status") == Some("400") {
        return Error::new(ErrorKind::CursorExpired, "HubSpot no longer takes the paging cursor")
            .operation("hubspot.list")
            .with_source(error);
    }
    error
}

fn filter(property: &str, operator: &str, value: &str) -> Value {
    json!({"propertyName": property, "operator": operator, "value": value})
}
