//! Records: listed, searched, read by id.

use acquaint_core::{ErrorKind, Result};
use serde_json::{Value, json};
use url::Url;

use super::{Api, SEARCH, dead_after};
use crate::config::HubSpotConfig;
use crate::ids::IdRange;
use crate::model::{Batch, RecordPage};
use crate::object::ObjectKind;
use crate::options::Selection;
use crate::reading::Reading;

/// The answer to a question that names properties: with all of them, or too long and asked without.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) page: RecordPage,
    /// Whether its records have every property asked for; otherwise they have their ids and times.
    pub(crate) whole: bool,
}

impl Api<'_> {
    /// A page of all records.
    pub(crate) async fn list(&self, reading: &Reading<'_>, after: Option<&str>) -> Result<Answer> {
        let mut url = self.list_url(reading.path, after, &reading.properties.join(","))?;
        let whole = url.as_str().len() <= self.setup.config.url_limit;
        if !whole {
            url = self.list_url(reading.path, after, reading.kind.modified())?;
        }
        let page = self.cx.http.get(url).operation("hubspot.list").receive().await;
        Ok(Answer { page: page.map_err(|error| dead_after(after, error))?, whole })
    }

    /// A page of the archived records, with their times and merges alone.
    pub(crate) async fn archived(&self, reading: &Reading<'_>, after: Option<&str>) -> Result<RecordPage> {
        let mut url = self.list_url(reading.path, after, &reading.kind.history().join(","))?;
        url.query_pairs_mut().append_pair("archived", "true");
        let page = self.cx.http.get(url).operation("hubspot.archived").receive().await;
        page.map_err(|error| dead_after(after, error))
    }

    fn list_url(&self, object: &str, after: Option<&str>, properties: &str) -> Result<Url> {
        let mut url = self.setup.endpoints.list(object)?;
        let mut query = url.query_pairs_mut();
        query.append_pair("limit", &self.setup.config.list_page.to_string());
        query.append_pair("properties", properties);
        if let Some(after) = after {
            query.append_pair("after", after);
        }
        drop(query);
        Ok(url)
    }

    /// Records changed since `from` (milliseconds since 1970), by id, whether the manifest selects them or not: what left
    /// its selection must be seen too.
    ///
    /// There is no upper end: a record that is edited again while this is read stays in the result.
    pub(crate) async fn changed(&self, reading: &Reading<'_>, from: i64, ids: IdRange) -> Result<Answer> {
        let since = json!({
            "propertyName": reading.kind.modified(), "operator": "GTE", "value": from.to_string(),
        });
        self.search(reading, vec![since], ids).await
    }

    /// Records that the manifest selects, by id.
    pub(crate) async fn selected(&self, reading: &Reading<'_>, ids: IdRange) -> Result<Answer> {
        self.search(reading, reading.selection.filters(), ids).await
    }

    async fn search(&self, reading: &Reading<'_>, filters: Vec<Value>, ids: IdRange) -> Result<Answer> {
        let config = &self.setup.config;
        let properties: Vec<&str> = reading.properties.iter().map(String::as_str).collect();
        let mut request = search_body(config, filters.clone(), ids, &properties);
        let whole = length(&request) <= config.search_body_limit;
        if !whole {
            request = search_body(config, filters, ids, &[reading.kind.modified()]);
        }
        let url = self.setup.endpoints.search(reading.path)?;
        let page = self.cx.http.post(url).json(&request).operation(SEARCH).receive().await?;
        Ok(Answer { page, whole })
    }

    /// Records by id, as many as a batch takes; from the recycle bin if `archived`.
    pub(crate) async fn batch_read(
        &self,
        object: &str,
        ids: &[&str],
        properties: &[impl AsRef<str>],
        archived: bool,
    ) -> Result<Batch<Value>> {
        let inputs: Vec<Value> = ids.iter().map(|id| json!({"id": id})).collect();
        let properties: Vec<&str> = properties.iter().map(AsRef::as_ref).collect();
        let body = json!({"inputs": inputs, "properties": properties, "propertiesWithHistory": []});
        let mut url = self.setup.endpoints.batch_read(object)?;
        if archived {
            url.query_pairs_mut().append_pair("archived", "true");
        }
        self.cx.http.post(url).json(&body).operation("hubspot.batch_read").receive().await
    }

    /// One record by an id that it has or once had; `None` if there is none.
    pub(crate) async fn one(&self, object: &str, id: &str) -> Result<Option<Value>> {
        let url = self.setup.endpoints.one(object, id)?;
        match self.cx.http.get(url).operation("hubspot.read").receive().await {
            Ok(record) => Ok(Some(record)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// A question to search, by id.
fn search_body(config: &HubSpotConfig, mut filters: Vec<Value>, ids: IdRange, properties: &[&str]) -> Value {
    let bound = |operator: &str, id: u64| {
        let id = id.to_string();
        json!({"propertyName": "hs_object_id", "operator": operator, "value": id})
    };
    if ids.low > 0 {
        filters.push(bound("GTE", ids.low));
    }
    filters.extend(ids.high.map(|high| bound("LTE", high)));
    json!({
        "filterGroups": [{"filters": filters}],
        "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
        "properties": properties,
        "limit": config.search_page,
    })
}

/// As HubSpot counts it, in characters.
fn length(body: &Value) -> usize {
    body.to_string().chars().count()
}

/// The longest body that a search for what a manifest selects of a type can have, with as few properties as it can do with.
pub(crate) fn longest(config: &HubSpotConfig, kind: ObjectKind, selection: &Selection) -> usize {
    let ids = IdRange { low: u64::MAX, high: Some(u64::MAX), disorder: false };
    length(&search_body(config, selection.filters(), ids, &[kind.modified()]))
}
