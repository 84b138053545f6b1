//! Filling a portal of the HubSpot sandbox from exported files.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod hubspot_support;

use std::collections::BTreeSet;

use acquaint_testkit::sandbox::crm_csv::{load_companies, load_contacts};
use acquaint_testkit::sandbox::hubspot::{LoadError, LoadReport};
use hubspot_support::{PORTAL, World, ids, world};

fn load(world: &World, companies: &str, contacts: &str) -> Result<LoadReport, LoadError> {
    let companies = load_companies("companies.csv", companies.as_bytes()).unwrap();
    let contacts = load_contacts("contacts.csv", contacts.as_bytes()).unwrap();
    world.hubspot.load(PORTAL, &companies, &contacts)
}

fn links(world: &World) -> Vec<(u64, u64, BTreeSet<u32>)> {
    let all = world.hubspot.associations(PORTAL, "contacts", "companies").unwrap();
    all.into_iter().map(|((contact, company), types)| (contact, company, types)).collect()
}

fn warnings(report: &LoadReport) -> Vec<String> {
    report.warnings.iter().map(ToString::to_string).collect()
}

const COMPANIES: &str = "Record ID,Company name,Company Domain Name,Lifecycle Stage,Parent Company ID,Create Date\n\
                         500,Globex,globex.example,Customer,501,2026-01-02 03:04\n\
                         501,Hooli,hooli.example,Lead,,\n";

#[test]
fn exported_records_are_served_by_the_api() {
    let world = world();
    let contacts = "Record ID,First Name,Email,Additional email addresses,Associated Company IDs\n\
                    900,Ann,ann@globex.example,a@old.example; ann@old.example,501;500\n\
                    901,Bob,bob@hooli.example,,\n";
    let report = load(&world, COMPANIES, contacts).unwrap();
    assert_eq!((report.companies, report.contacts, report.associations), (2, 2, 2));
    assert_eq!(warnings(&report), [""; 0]);
    assert_eq!(links(&world), [(900, 500, [279].into()), (900, 501, [1, 279].into())]);
    let list = world.get("/crm/objects/2026-03/contacts?properties=email,hs_additional_emails");
    assert_eq!(ids(&list), [900, 901]);
    assert_eq!(
        list.body["results"][0]["properties"]["hs_additional_emails"],
        "a@old.example;ann@old.example"
    );
    let company =
        world.get("/crm/v3/objects/companies/500?properties=lifecyclestage,hs_parent_company_id").body;
    assert_eq!(company["properties"]["lifecyclestage"], "customer");
    assert_eq!(company["properties"]["hs_parent_company_id"], "501");
    assert_eq!(company["createdAt"], "2026-01-02T03:04:00.000Z");
    let parents = world.hubspot.associations(PORTAL, "companies", "companies").unwrap();
    assert_eq!(parents[&(500, 501)], [14, 450].into());
    assert!(world.contact("new@x.example") > 901, "new ids come after the loaded ones");
}

#[test]
fn without_ids_companies_are_found_by_name_or_domain_if_only_one_has_it() {
    let world = world();
    let companies = "Company name,Company Domain Name,Additional Domains\n\
                     Globex,globex.example,globex-old.example\n\
                     Twin,one.example,\n\
                     twin,two.example,\n\
                     \"Smith; Sons\",smith.example,\n";
    let contacts = "Email,Associated Company\n\
                    a@x.example, globex \n\
                    b@x.example,Globex-Old.example\n\
                    c@x.example,Twin\n\
                    d@x.example,Nobody; one.example\n\
                    e@x.example,\"Smith; Sons\"\n";
    let report = load(&world, companies, contacts).unwrap();
    let primary: BTreeSet<u32> = [1, 279].into();
    let expected = [(1, 1), (2, 1), (4, 2), (5, 4)];
    assert_eq!(links(&world), expected.map(|(contact, company)| (contact, company, primary.clone())));
    assert_eq!(
        warnings(&report),
        [
            "contacts.csv, line 4, column `Associated Company`: more than one company is called `Twin`; the \
             association is left out",
            "contacts.csv, line 5, column `Associated Company`: no company is called `Nobody`; the association is \
             left out",
        ]
    );
}

#[test]
fn ids_of_one_file_mean_nothing_if_the_other_has_none() {
    let world = world();
    let report =
        load(&world, "Company name\nGlobex\n", "Email,Associated Company IDs\na@x.example,1\n").unwrap();
    assert_eq!(links(&world), []);
    assert_eq!(report.warnings.len(), 1, "the id that was counted is not the id that is meant");
}

#[test]
fn an_unknown_company_costs_the_association_only() {
    let world = world();
    let report = load(&world, COMPANIES, "Email,Associated Company IDs\na@x.example,7;500\n").unwrap();
    assert_eq!(links(&world), [(1, 500, [1, 279].into())]);
    assert_eq!(
        warnings(&report),
        [
            "contacts.csv, line 2, column `Associated Company IDs`: there is no company 7; the association is left out"
        ]
    );
}

#[test]
fn an_address_stays_with_the_first_contact_that_has_it() {
    let world = world();
    let contacts = "Record ID,Email,Additional email addresses\n1,a@x.example,\n2,A@x.example,b@x.example\n";
    let report = load(&world, COMPANIES, contacts).unwrap();
    let records = world.hubspot.records(PORTAL, "contacts").unwrap();
    assert_eq!(records[&2].properties.get("email"), None);
    assert_eq!(records[&2].properties["hs_additional_emails"], "b@x.example");
    assert_eq!(
        warnings(&report),
        ["contacts.csv, line 3, column `Email`: a@x.example belongs to contact 1 already; left out"]
    );
}

#[test]
fn a_load_that_does_not_fit_loads_nothing() {
    let world = world();
    world.hubspot.create_with_id(PORTAL, "contacts", 900, &[]).unwrap();
    let contacts = "Record ID,Email\n899,a@x.example\n900,b@x.example\n";
    let error = load(&world, COMPANIES, contacts).unwrap_err();
    assert_eq!(
        error.to_string(),
        "contacts.csv, line 3, column `Record ID`: the portal has a contact 900 already; load into an empty portal"
    );
    assert!(world.hubspot.records(PORTAL, "companies").unwrap().is_empty());
    assert_eq!(world.hubspot.records(PORTAL, "contacts").unwrap().len(), 1);
    let companies = load_companies("companies.csv", COMPANIES.as_bytes()).unwrap();
    let contacts = load_contacts("contacts.csv", b"Email\n").unwrap();
    assert!(matches!(world.hubspot.load(1, &companies, &contacts), Err(LoadError::Crm(_))));
}

#[test]
fn companies_may_name_their_contacts_instead() {
    let world = world();
    let companies = "Record ID,Company name,Associated Contact IDs\n500,Globex,900;901\n501,Hooli,900\n";
    load(&world, companies, "Record ID,Email\n900,a@x.example\n901,b@x.example\n").unwrap();
    assert_eq!(
        links(&world),
        [(900, 500, [1, 279].into()), (900, 501, [279].into()), (901, 500, [1, 279].into())]
    );
}

#[test]
fn properties_of_the_crms_own_and_future_dates_are_not_believed() {
    let world = world();
    let companies =
        "Record ID,Company name,hs_merged_object_ids,Last Modified Date\n500,Globex,1;2,2030-01-01\n";
    let report = load(&world, companies, "Email\n").unwrap();
    assert_eq!(report.warnings.len(), 2, "{:?}", warnings(&report));
    let company = world.hubspot.record(PORTAL, "companies", 500).unwrap().unwrap();
    assert_eq!(company.properties.get("hs_merged_object_ids"), None);
    assert_eq!(company.updated_at.to_rfc3339(), "2026-10-10T08:00:00+00:00");
}
