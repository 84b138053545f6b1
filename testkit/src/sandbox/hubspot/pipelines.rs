//! Pipelines: the ways that deals go, and the stages of each
//! (<https://developers.hubspot.com/docs/api-reference/latest/crm/pipelines/guide>).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::HubSpotSandbox;
use super::error::CrmError;
use super::kinds::Kind;
use super::record::stamp;
use super::reply::Reply;
use super::server::Cx;

/// The stages every deal pipeline starts with: internal name, label, and how likely it is won.
const STAGES: &[(&str, &str, &str)] = &[
    ("appointmentscheduled", "Appointment Scheduled", "0.2"),
    ("qualifiedtobuy", "Qualified To Buy", "0.4"),
    ("presentationscheduled", "Presentation Scheduled", "0.6"),
    ("decisionmakerboughtin", "Decision Maker Bought-In", "0.8"),
    ("contractsent", "Contract Sent", "0.9"),
    ("closedwon", "Closed Won", "1.0"),
    ("closedlost", "Closed Lost", "0.0"),
];

#[derive(Debug)]
struct Pipeline {
    label: String,
    stages: Vec<(String, String)>,
    created: DateTime<Utc>,
}

/// The pipelines that a portal has made, by type and id.
#[derive(Debug, Default)]
pub(super) struct Pipelines(BTreeMap<(Kind, String), Pipeline>);

fn stage((order, (id, label, probability)): (usize, (&str, &str, Option<&str>)), at: &str) -> Value {
    let mut metadata = json!({"isClosed": matches!(probability, Some("1.0" | "0.0")).to_string()});
    if let Some(probability) = probability {
        metadata["probability"] = json!(probability);
    }
    json!({
        "id": id,
        "label": label,
        "displayOrder": order,
        "metadata": metadata,
        "createdAt": at,
        "updatedAt": at,
        "archived": false,
    })
}

impl Pipelines {
    fn list(&self, kind: &Kind) -> Vec<Value> {
        let mut all = Vec::new();
        let mut show = |id: &str, label: &str, stages: Vec<Value>, at: &str| {
            let order = all.len();
            all.push(json!({
                "id": id,
                "label": label,
                "displayOrder": order,
                "stages": stages,
                "createdAt": at,
                "updatedAt": at,
                "archived": false,
            }));
        };
        if kind.id() == "0-3" {
            let at = "1970-01-01T00:00:00.000Z";
            let stages = STAGES.iter().map(|(id, label, likely)| (*id, *label, Some(*likely))).enumerate();
            show("default", "Sales Pipeline", stages.map(|one| stage(one, at)).collect(), at);
        }
        for ((_, id), pipeline) in self.0.iter().filter(|((own, _), _)| own == kind) {
            let at = stamp(pipeline.created);
            let stages = pipeline.stages.iter().map(|(id, label)| (id.as_str(), label.as_str(), None));
            let stages = stages.enumerate().map(|one| stage(one, &at)).collect();
            show(id, &pipeline.label, stages, &at);
        }
        all
    }
}

pub(super) fn list(cx: &Cx<'_>, kind: &str) -> Result<Reply, Reply> {
    let kind = cx.kind(kind)?;
    cx.need(kind.read_scope())?;
    Ok(Reply::ok(json!({"results": cx.portal.pipelines.list(&kind)})))
}

pub(super) fn one(cx: &Cx<'_>, kind: &str, id: &str) -> Result<Reply, Reply> {
    let kind = cx.kind(kind)?;
    cx.need(kind.read_scope())?;
    let found = cx.portal.pipelines.list(&kind).into_iter().find(|pipeline| pipeline["id"] == id);
    found.map(Reply::ok).ok_or_else(Reply::not_found)
}

impl HubSpotSandbox {
    /// Adds a pipeline beside HubSpot's own one for deals, or puts one in the place of another. Stages are internal
    /// names and labels, in their order.
    ///
    /// # Errors
    /// If the portal or type does not exist.
    pub fn add_pipeline(
        &self,
        portal: u64,
        kind: &str,
        id: &str,
        label: &str,
        stages: &[(&str, &str)],
    ) -> Result<(), CrmError> {
        self.change(portal, |portal, rules| {
            let kind = portal.kind_of(kind)?;
            let stages = stages.iter().map(|(id, label)| ((*id).to_owned(), (*label).to_owned())).collect();
            let pipeline = Pipeline { label: label.to_owned(), stages, created: rules.now };
            portal.pipelines.0.insert((kind, id.to_owned()), pipeline);
            Ok(())
        })
    }
}
