//! Reading exported companies and contacts from CSV.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use acquaint_testkit::sandbox::crm_csv::{CsvError, load_companies, load_contacts};

fn refused(text: &str) -> CsvError {
    load_companies("companies.csv", text.as_bytes()).unwrap_err()
}

#[test]
fn columns_come_in_any_order_and_spelling() {
    let text = "\u{feff}Additional Domains,record  id,PLAN Tier,company NAME,Company Domain Name\r\n\
                \"old.example; older.example ;\",70020001,gold,Globex,globex.example\r\n";
    let table = load_companies("companies.csv", text.as_bytes()).unwrap();
    let row = &table.rows[0];
    assert!(table.has_ids && table.warnings.is_empty(), "{:?}", table.warnings);
    assert_eq!((row.id, row.line), (70_020_001, 2));
    assert_eq!(row.name.as_deref(), Some("Globex"));
    assert_eq!(row.additional_domains, ["old.example", "older.example"]);
    let properties: Vec<(&str, &str)> =
        row.properties.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(
        properties,
        [
            ("domain", "globex.example"),
            ("hs_additional_domains", "old.example;older.example"),
            ("name", "Globex"),
            ("plan_tier", "gold"),
        ]
    );
}

#[test]
fn labels_and_stages_are_kept_as_hubspot_stores_them() {
    let text = "Record ID,First Name,Last Name,Email,Lifecycle Stage,Job Title,Website URL,Company Name,Phone Number\n\
                1,Ann,Lee,a@x.example,Sales Qualified Lead,CTO,https://x.example,X Ltd,\n\
                2,,,b@x.example,CUSTOMER,,,,\n\
                3,,,c@x.example,Trial Phase,,,,\n";
    let rows = load_contacts("contacts.csv", text.as_bytes()).unwrap().rows;
    let get = |row: usize, name: &str| rows[row].properties.get(name).map(String::as_str);
    assert_eq!(get(0, "lifecyclestage"), Some("salesqualifiedlead"));
    assert_eq!(get(1, "lifecyclestage"), Some("customer"));
    assert_eq!(get(2, "lifecyclestage"), Some("trialphase"));
    assert_eq!((get(0, "jobtitle"), get(0, "website")), (Some("CTO"), Some("https://x.example")));
    assert_eq!((get(0, "company"), get(0, "phone")), (Some("X Ltd"), None), "an empty cell is no property");
    assert_eq!((get(0, "firstname"), get(1, "firstname")), (Some("Ann"), None));
}

#[test]
fn commas_semicolons_and_tabs_are_told_apart() {
    for sign in [",", ";", "\t"] {
        let text = ["Record ID", "Company name", "Additional Domains"].join(sign)
            + "\n"
            + &["5", "\"A, B; and\tC\"", "\"a.example;b.example\""].join(sign)
            + "\n";
        let table = load_companies("companies.csv", text.as_bytes()).unwrap();
        assert_eq!(table.rows[0].name.as_deref(), Some("A, B; and\tC"), "{sign:?}");
        assert_eq!(table.rows[0].additional_domains, ["a.example", "b.example"]);
    }
    let excel = "sep=;\r\nRecord ID;Company name\r\n5;A, B\r\n";
    let table = load_companies("companies.csv", excel.as_bytes()).unwrap();
    assert_eq!((table.rows[0].line, table.rows[0].name.as_deref()), (3, Some("A, B")));
}

#[test]
fn utf_16_exports_are_read() {
    let text = "Record ID\tCompany name\n7\tMüller & Söhne\n";
    let little: Vec<u8> =
        [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect();
    for bytes in [little, big] {
        let table = load_companies("companies.csv", &bytes).unwrap();
        assert_eq!(table.rows[0].name.as_deref(), Some("Müller & Söhne"));
    }
}

#[test]
fn a_quoted_cell_may_span_lines_and_lines_are_still_counted() {
    let text = "Record ID,Company name,Description\n1,A,\"first\nsecond \"\"quoted\"\"\"\n\n2,B,\n1,C,\n";
    let error = refused(text);
    assert_eq!(error.line, Some(6));
    assert_eq!(
        error.to_string(),
        "companies.csv, line 6, column `Record ID`: record id 1 is on line 2 already; an id names one record: take \
         one of the rows out"
    );
    let table = load_companies("companies.csv", text.replace("\n1,C,", "").as_bytes()).unwrap();
    assert_eq!(table.rows[0].properties["description"], "first\nsecond \"quoted\"");
    assert_eq!(table.rows[1].line, 5);
}

#[test]
fn without_record_ids_they_are_counted_from_one() {
    let table = load_companies("companies.csv", b"Company name\nA\nB\n").unwrap();
    assert!(!table.has_ids);
    assert_eq!(table.rows.iter().map(|row| row.id).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn rows_of_odd_length_are_read_with_a_warning() {
    let table =
        load_companies("c.csv", b"Record ID,Company name,City\n1,A\n2,B,Bonn,extra\n,,\n3,C,Kiel\n").unwrap();
    assert_eq!(table.rows.len(), 3);
    assert_eq!(table.rows[0].properties.get("city"), None);
    assert_eq!(table.rows[1].properties["city"], "Bonn");
    let warnings: Vec<String> = table.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "c.csv, line 2: the row has 2 cells and the header 3; the missing ones are taken as empty",
            "c.csv, line 3: the row has 4 cells and the header 3; the rest is left out",
        ]
    );
}

#[test]
fn an_error_names_the_place_and_what_to_do() {
    for (text, line, column, problem) in [
        ("", None, None, "the file is empty"),
        ("\n\n", None, None, "the file is empty"),
        ("Record ID,City\n1,Bonn\n", Some(1), None, "there is neither a column `Company name` nor"),
        ("Record ID,Company name\n7.0E+10,A\n", Some(2), Some("Record ID"), "`7.0E+10` is no record id"),
        ("Record ID,Company name\n1,A\n,B\n", Some(3), Some("Record ID"), "the record id is empty"),
        (
            "Record ID,Company name,record_id\n1,A,1\n",
            Some(1),
            Some("record_id"),
            "columns 1 and 3 mean the same",
        ),
        ("Record ID,Company name\n1,\"A\n2,B\n", Some(2), None, "a quote is opened and never closed"),
    ] {
        let error = refused(text);
        assert_eq!(
            (error.file.as_str(), error.line, error.column.as_deref()),
            ("companies.csv", line, column),
            "{text:?}"
        );
        assert!(error.problem.starts_with(problem), "{error}");
        assert!(!error.advice.is_empty());
    }
    let latin = load_companies("companies.csv", b"Company name\nA\nM\xfcller\n").unwrap_err();
    assert_eq!(latin.line, Some(3));
    let contacts = load_contacts("contacts.csv", b"Record ID,Company name\n1,A\n").unwrap_err();
    assert!(contacts.to_string().contains("Email"));
    let ids = "Record ID,Email,Associated Company IDs\n1,a@x.example,12;Acme\n";
    let contacts = load_contacts("contacts.csv", ids.as_bytes()).unwrap_err();
    assert_eq!((contacts.line, contacts.column.as_deref()), (Some(2), Some("Associated Company IDs")));
}

#[test]
fn the_primary_company_comes_first() {
    let text = "Record ID,Email,Associated Company IDs,Associated Company IDs (Primary),Associated Deal IDs\n\
                1,a@x.example,5; 6;5,6,900\n\
                2,b@x.example,5;6,,\n";
    let table = load_contacts("contacts.csv", text.as_bytes()).unwrap();
    assert_eq!(table.rows[0].company_ids, [6, 5]);
    assert_eq!(table.rows[1].company_ids, [5, 6]);
    assert_eq!(table.warnings[0].column.as_deref(), Some("Associated Deal IDs"));
    assert!(!table.rows[0].properties.contains_key("associated_deal_ids"));
}

#[test]
fn columns_of_one_name_are_all_kept() {
    let text = "Company name,Segment,segment,\nA,x,y,z\n";
    let table = load_companies("c.csv", text.as_bytes()).unwrap();
    assert_eq!(table.rows[0].properties["segment"], "x");
    assert_eq!(table.rows[0].properties["segment_2"], "y");
    assert_eq!(table.warnings.len(), 2, "{:?}", table.warnings);
}

#[test]
fn dates_are_read_and_odd_ones_left_out_with_a_warning() {
    let text = "Company name,Create Date,Last Modified Date\n\
                A,2026-03-04 10:11,2026-03-05T09:00:00.250Z\n\
                B,03/04/26,\n";
    let table = load_companies("c.csv", text.as_bytes()).unwrap();
    assert_eq!(table.rows[0].created.unwrap().to_rfc3339(), "2026-03-04T10:11:00+00:00");
    assert_eq!(table.rows[0].updated.unwrap().timestamp_subsec_millis(), 250);
    assert_eq!(table.rows[1].created, None);
    assert_eq!((table.warnings[0].line, table.warnings[0].column.as_deref()), (Some(3), Some("Create Date")));
}
