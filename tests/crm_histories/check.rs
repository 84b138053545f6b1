//! The comparison of the mirror with what the portal holds, by rules of its own.

use std::collections::{BTreeMap, BTreeSet};

use acquaint::core::view::{
    Account, Association, Colleague, Contact, CustomObject, Deal, EntityKind, Fields, LoggedMeeting, View,
};
use acquaint_testkit::sandbox::hubspot::CrmRecord;
use chrono::{DateTime, SubsecRound, Utc};

use crate::edit::{KINDS, MACHINES, PAIRS, PORTAL};
use crate::scene::Scene;

/// Every record of every type is there as it is, and no other but what was erased, which nothing tells of.
pub(crate) async fn records_are_truth(scene: &Scene) {
    let erased = scene.crm.erased();
    for (index, kind) in KINDS.iter().enumerate() {
        let truth = scene.crm.hubspot.records(PORTAL, scene.crm.kind(index)).unwrap();
        let truth: BTreeMap<String, View> = truth
            .values()
            .map(|record| (record.id.to_string(), view(kind, record, &scene.crm.machines)))
            .collect();
        let partition = if *kind == MACHINES { scene.crm.machines.as_str() } else { "" };
        let stream = if *kind == MACHINES { "objects" } else { kind };
        let mut found = BTreeMap::new();
        let records =
            scene.tenant.records(&scene.connection, stream).partition(partition).all().await.unwrap();
        for record in records {
            let [view] = record.views.as_slice() else { panic!("{stream}: {record:?}") };
            found.insert(record.record.key.to_string(), comparable(view.clone()));
        }
        if *kind == "contacts" {
            found.retain(|id, _| truth.contains_key(id) || !erased.contains(&id.parse().unwrap()));
        }
        same(kind, &found, &truth);
    }
}

/// What was erased is gone too, and all links and owners are what they are.
pub(crate) async fn everything_is_truth(scene: &Scene) {
    let records = scene.tenant.records(&scene.connection, "contacts").all().await.unwrap();
    let erased = scene.crm.erased();
    for record in records {
        assert!(!erased.contains(&record.record.key.as_str().parse().unwrap()), "{record:?} was erased");
    }
    for (from, to) in PAIRS {
        let links = scene.crm.hubspot.associations(PORTAL, scene.crm.kind(from), scene.crm.kind(to)).unwrap();
        let truth: BTreeMap<(String, String), (bool, bool)> = links
            .into_iter()
            .map(|((a, b), types)| {
                let primary = types.contains(&[1, 5][usize::from(KINDS[from] == "deals")]);
                let pair = (a.to_string(), b.to_string());
                (pair, (primary && KINDS[to] == "companies", types.contains(&scene.crm.label)))
            })
            .collect();
        let name = |index: usize| scene.crm.kind(index).to_owned();
        let partition = format!("{}/{}", name(from), name(to));
        let records = scene.tenant.records(&scene.connection, "associations").partition(partition.as_str());
        let mut found = BTreeMap::new();
        for record in records.all().await.unwrap() {
            for view in record.views {
                let View::Association(link) = view else { panic!("{view:?} is no link") };
                assert_eq!((link.from_kind, link.to_kind), (entity(from), entity(to)));
                let champion = link.labels.iter().any(|label| label == "Champion");
                let Association { from, to, primary, .. } = link;
                let bare = |id: String| id.rsplit('/').next().unwrap().to_owned();
                let before = found.insert((bare(from), bare(to)), (primary, champion));
                assert_eq!(before, None, "{partition}: a link comes once");
            }
        }
        same(&partition, &found, &truth);
    }
    let mut found = BTreeMap::new();
    for record in scene.tenant.records(&scene.connection, "owners").all().await.unwrap() {
        for view in record.views {
            let View::Colleague(Colleague { id, emails, left, .. }) = view else { panic!("no colleague") };
            found.insert(id, (emails, left));
        }
    }
    let truth = scene.crm.owners();
    same("owners", &found, &truth);
}

fn same<K: Ord + std::fmt::Debug, V: PartialEq + std::fmt::Debug>(
    what: &str,
    found: &BTreeMap<K, V>,
    truth: &BTreeMap<K, V>,
) {
    for (key, value) in found {
        assert_eq!(Some(value), truth.get(key), "{what} {key:?}");
    }
    let missing: Vec<&K> = truth.keys().filter(|key| !found.contains_key(key)).collect();
    assert!(missing.is_empty(), "{what} lack {missing:?}");
}

fn entity(kind: usize) -> EntityKind {
    [EntityKind::Contact, EntityKind::Account, EntityKind::Deal, EntityKind::Meeting, EntityKind::Object]
        [kind]
}

/// A view with the fields alone that the manifest asks for.
fn comparable(mut view: View) -> View {
    let keep = |fields: &mut Fields| {
        fields.retain(|name, _| {
            matches!(name.as_str(), "jobtitle" | "jobfloor" | "industry" | "dealtype" | "serial")
        });
    };
    let sort = |merged: &mut Vec<String>| merged.sort();
    match &mut view {
        View::Account(account) => {
            keep(&mut account.fields);
            sort(&mut account.merged);
        }
        View::Contact(contact) => {
            keep(&mut contact.fields);
            sort(&mut contact.merged);
        }
        View::Deal(deal) => {
            keep(&mut deal.fields);
            sort(&mut deal.merged);
        }
        View::LoggedMeeting(meeting) => {
            keep(&mut meeting.fields);
            sort(&mut meeting.merged);
        }
        View::Object(object) => {
            keep(&mut object.fields);
            sort(&mut object.merged);
        }
        other => panic!("{other:?}"),
    }
    view
}

fn view(kind: &str, record: &CrmRecord, machines: &str) -> View {
    let id = record.id.to_string();
    let get = |name: &str| record.properties.get(name).cloned();
    let list = |names: &[&str]| -> Vec<String> {
        let values = names.iter().filter_map(|name| record.properties.get(*name));
        values.flat_map(|value| value.split(';')).map(|value| value.trim().to_owned()).collect()
    };
    let merged: Vec<String> =
        list(&["hs_merged_object_ids"]).into_iter().collect::<BTreeSet<_>>().into_iter().collect();
    let mut merged = merged;
    merged.sort();
    let created = Some(record.created_at.trunc_subsecs(3));
    let owner = get("hubspot_owner_id");
    let fields = |names: &[&str]| -> Fields {
        names.iter().filter_map(|name| Some(((*name).to_owned(), get(name)?.into()))).collect()
    };
    let instant = |name: &str| get(name).map(|text| text.parse::<DateTime<Utc>>().unwrap());
    match kind {
        "contacts" => {
            let mut contact = Contact::default();
            let names: Vec<String> = [get("firstname"), get("lastname")].into_iter().flatten().collect();
            contact.name = Some(names.join(" ")).filter(|name| !name.is_empty());
            (contact.id, contact.merged, contact.created, contact.owner) = (id, merged, created, owner);
            contact.emails = list(&["email", "hs_additional_emails"]);
            contact.stage = get("lifecyclestage");
            contact.fields = fields(&["jobtitle", "jobfloor"]);
            View::Contact(contact)
        }
        "companies" => {
            let mut account = Account::default();
            (account.id, account.merged, account.created, account.owner) = (id, merged, created, owner);
            account.name = get("name");
            account.domains = list(&["domain", "hs_additional_domains"]);
            account.parent = get("hs_parent_company_id");
            account.stage = get("lifecyclestage");
            account.fields = fields(&["industry"]);
            View::Account(account)
        }
        "deals" => {
            let mut deal = Deal::default();
            (deal.id, deal.merged, deal.created, deal.owner) = (id, merged, created, owner);
            deal.name = get("dealname");
            deal.pipeline = get("pipeline");
            deal.stage = get("dealstage");
            deal.amount = get("amount");
            deal.fields = fields(&["dealtype"]);
            View::Deal(deal)
        }
        "meetings" => {
            let mut meeting = LoggedMeeting::default();
            (meeting.id, meeting.merged, meeting.created, meeting.owner) = (id, merged, created, owner);
            meeting.title = get("hs_meeting_title");
            meeting.start = instant("hs_meeting_start_time");
            meeting.end = instant("hs_meeting_end_time");
            meeting.outcome = get("hs_meeting_outcome");
            View::LoggedMeeting(meeting)
        }
        _ => {
            let mut object = CustomObject::default();
            (object.id, object.merged, object.created, object.owner) = (id, merged, created, owner);
            object.r#type = if machines.is_empty() { String::new() } else { MACHINES.to_owned() };
            object.name = get("serial");
            object.fields = fields(&["serial"]);
            View::Object(object)
        }
    }
}
