//! What views ought to be, from the sandbox's own truth.

use std::collections::BTreeMap;

use acquaint_core::view::{Account, Association, Contact, View, Views};
use acquaint_testkit::sandbox::hubspot::CrmRecord;

use super::{PORTAL, World};

/// What the views ought to be, from the sandbox's own truth.
pub(crate) fn truth(world: &World, stream: &str, further: &[&str]) -> BTreeMap<String, Views> {
    let records = world.sandbox.records(PORTAL, stream).unwrap();
    records
        .into_iter()
        .map(|(id, record)| {
            let view = match stream {
                "companies" => View::Account(account(&record, further)),
                "contacts" => View::Contact(contact(&record, further)),
                other => panic!("nothing is known of {other}"),
            };
            (id.to_string(), vec![view])
        })
        .collect()
}

/// What the links of contacts to companies ought to be, by contact.
pub(crate) fn true_links(world: &World) -> BTreeMap<String, Vec<Association>> {
    let contacts = world.sandbox.records(PORTAL, "contacts").unwrap();
    let mut all: BTreeMap<String, Vec<Association>> =
        contacts.into_keys().map(|id| (id.to_string(), Vec::new())).collect();
    for ((from, to), types) in world.sandbox.associations(PORTAL, "contacts", "companies").unwrap() {
        let (from, to) = (from.to_string(), to.to_string());
        all.entry(from.clone()).or_default().push(Association::contact_to_account(
            from,
            to,
            types.contains(&1),
        ));
    }
    all.values_mut().for_each(|links| links.sort_by(|a, b| a.to.cmp(&b.to)));
    all
}

fn list(record: &CrmRecord, names: &[&str]) -> Vec<String> {
    let values = names.iter().filter_map(|name| record.properties.get(*name));
    values.flat_map(|value| value.split(';')).map(|value| value.trim().to_owned()).collect()
}

fn merged(record: &CrmRecord) -> Vec<String> {
    list(record, &["hs_merged_object_ids"])
}

fn account(record: &CrmRecord, further: &[&str]) -> Account {
    let get = |name: &str| record.properties.get(name).cloned();
    let mut account = Account::default();
    account.id = record.id.to_string();
    account.name = get("name");
    account.domains = list(record, &["domain", "hs_additional_domains"]);
    account.parent = get("hs_parent_company_id");
    account.stage = get("lifecyclestage");
    account.owner = get("hubspot_owner_id");
    account.merged = merged(record);
    account.created = Some(record.created_at);
    let viewed: &[&str] = &[
        "createdate",
        "domain",
        "hs_additional_domains",
        "hs_parent_company_id",
        "hubspot_owner_id",
        "lifecyclestage",
        "name",
    ];
    account.fields = viewed
        .iter()
        .chain(further)
        .filter_map(|name| Some(((*name).to_owned(), get(name)?.into())))
        .collect();
    account
}

fn contact(record: &CrmRecord, further: &[&str]) -> Contact {
    let get = |name: &str| record.properties.get(name).cloned();
    let mut contact = Contact::default();
    contact.id = record.id.to_string();
    contact.name = match (get("firstname"), get("lastname")) {
        (Some(first), Some(last)) => Some(format!("{first} {last}")),
        (first, last) => first.or(last),
    };
    contact.emails = list(record, &["email", "hs_additional_emails"]);
    contact.stage = get("lifecyclestage");
    contact.owner = get("hubspot_owner_id");
    contact.merged = merged(record);
    contact.created = Some(record.created_at);
    let viewed: &[&str] = &[
        "createdate",
        "email",
        "firstname",
        "hs_additional_emails",
        "hubspot_owner_id",
        "lastname",
        "lifecyclestage",
    ];
    contact.fields = viewed
        .iter()
        .chain(further)
        .filter_map(|name| Some(((*name).to_owned(), get(name)?.into())))
        .collect();
    contact
}
