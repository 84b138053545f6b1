//! iCalendar files are loaded as their authors meant them, whole or not at all.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use acquaint_testkit::sandbox::ics::{IcsCalendar, IcsProblem, IcsStatus, Moment, load, load_bytes};
use chrono::{DateTime, Utc};

const GOOGLE: &str = include_str!("ics/google_calendar_public_holidays.ics");
const APPLE: &str = include_str!("ics/apple_ical.ics");
const OFFICE: &str = include_str!("ics/office_360_nz_tz.ics");
const CHANGED: &str = include_str!("ics/recurring_with_single_change.ics");

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// `start summary` of everything between two days.
fn titles(calendar: &IcsCalendar, from: &str, until: &str) -> Vec<String> {
    let (from, until) = (at(&format!("{from}T00:00:00Z")), at(&format!("{until}T00:00:00Z")));
    calendar
        .occurrences(from, until, 1000)
        .iter()
        .map(|occurrence| {
            let start = match &occurrence.start {
                Moment::Day(day) => day.to_string(),
                time => time.instant(&calendar.zone).format("%Y-%m-%dT%H:%MZ").to_string(),
            };
            format!("{start} {}", occurrence.event.summary.as_deref().unwrap_or("-"))
        })
        .collect()
}

/// A calendar of one event with these lines.
fn event(lines: &str) -> IcsCalendar {
    let text =
        format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:u\nSUMMARY:s\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n");
    load("event.ics", &text).unwrap()
}

#[test]
fn real_exports_load_without_warnings() {
    for (name, text, events) in
        [("google", GOOGLE, 111), ("apple", APPLE, 8), ("office", OFFICE, 3), ("changed", CHANGED, 2)]
    {
        let calendar = load(name, text).unwrap();
        assert_eq!(calendar.events(), text.matches("BEGIN:VEVENT").count(), "{name}");
        assert_eq!(calendar.events(), events, "{name}");
        assert_eq!(calendar.warnings, [], "{name}");
    }
    assert_eq!(load("apple", APPLE).unwrap().name.as_deref(), Some("Home"));
}

#[test]
fn a_windows_zone_follows_its_daylight_saving() {
    let calendar = load("office", OFFICE).unwrap();
    assert_eq!(
        titles(&calendar, "2025-10-01", "2025-11-01"),
        ["2025-10-07T20:00Z 9am local Wednesday event", "2025-10-10T21:00Z 10am local time Saturday event"]
    );
    // New Zealand leaves daylight saving on 5 April 2026.
    let series = titles(&calendar, "2025-12-01", "2027-01-01");
    assert_eq!(series.len(), 51);
    let starts: Vec<&str> = series.iter().map(|line| &line[..17]).collect();
    assert_eq!(starts[..2], ["2025-12-08T02:00Z", "2025-12-10T02:00Z"]);
    assert!(starts.contains(&"2026-04-01T02:00Z") && starts.contains(&"2026-04-06T03:00Z"));
    assert_eq!(starts[50], "2026-06-01T03:00Z");
}

#[test]
fn a_rule_without_end_is_expanded_in_its_window_only() {
    let calendar = load("apple", APPLE).unwrap();
    let daily = titles(&calendar, "2022-11-05", "2022-11-08");
    // Los Angeles leaves daylight saving on 6 November 2022.
    assert_eq!(daily, ["2022-11-05T16:00Z Daily", "2022-11-06T17:00Z Daily", "2022-11-07T17:00Z Daily"]);
    let ended = titles(&calendar, "2022-09-13", "2022-09-26");
    assert_eq!(ended.iter().filter(|line| line.ends_with(" Daily")).count(), 13);
    assert_eq!(titles(&calendar, "2023-10-12", "2023-10-13").len(), 2);
}

#[test]
fn a_changed_occurrence_replaces_its_slot_wherever_it_stands_in_the_file() {
    let calendar = load("changed", CHANGED).unwrap();
    assert_eq!(
        titles(&calendar, "2026-01-01", "2027-01-01"),
        [
            "2026-02-01T15:00Z Initial Title",
            "2026-02-02T15:00Z Edited Title",
            "2026-02-03T15:00Z Initial Title"
        ]
    );
}

#[test]
fn rules_recur_as_the_standard_says() {
    let berlin = "DTSTART;TZID=Europe/Berlin:20260323T090000\n";
    for (rule, expected) in [
        // Berlin enters daylight saving on 29 March 2026.
        ("RRULE:FREQ=WEEKLY;COUNT=2", &["2026-03-23T08:00Z s", "2026-03-30T07:00Z s"][..]),
        ("RRULE:FREQ=DAILY;UNTIL=20260324", &["2026-03-23T08:00Z s", "2026-03-24T08:00Z s"]),
        ("RRULE:FREQ=DAILY;UNTIL=20260324T090000", &["2026-03-23T08:00Z s", "2026-03-24T08:00Z s"]),
        ("RRULE:FREQ=DAILY;UNTIL=20260324T075959Z", &["2026-03-23T08:00Z s"]),
        (
            "RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=2",
            &["2026-03-23T08:00Z s", "2026-03-31T07:00Z s", "2026-04-30T07:00Z s"],
        ),
        (
            "RRULE:FREQ=DAILY;COUNT=3\nEXDATE;TZID=Europe/Berlin:20260323T090000,20260325T090000",
            &["2026-03-24T08:00Z s"],
        ),
        ("RRULE:FREQ=DAILY;COUNT=2\nEXDATE:20260324T080000Z", &["2026-03-23T08:00Z s"]),
        ("RRULE:FREQ=DAILY;COUNT=2\nEXDATE;VALUE=DATE:20260324", &["2026-03-23T08:00Z s"]),
        ("RDATE;VALUE=PERIOD:20260401T100000Z/PT3H", &["2026-03-23T08:00Z s", "2026-04-01T10:00Z s"]),
    ] {
        let calendar = event(&format!("{berlin}DURATION:PT1H\n{rule}"));
        assert_eq!(calendar.warnings, [], "{rule}");
        assert_eq!(titles(&calendar, "2026-03-01", "2026-06-01"), expected, "{rule}");
    }
    let period = event(&format!("{berlin}DURATION:PT1H\nRDATE;VALUE=PERIOD:20260401T100000Z/PT3H"));
    let found = period.occurrences(at("2026-04-01T00:00:00Z"), at("2026-04-02T00:00:00Z"), 10);
    assert_eq!(found[0].end.instant(&period.zone), at("2026-04-01T13:00:00Z"));
}

#[test]
fn week_start_decides_which_weeks_are_skipped() {
    // The example of RFC 5545, section 3.8.5.3.
    let with = |start: &str| {
        event(&format!(
            "DTSTART:19970805T090000Z\nRRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST={start}"
        ))
    };
    let days = |calendar: &IcsCalendar| -> Vec<String> {
        titles(calendar, "1997-01-01", "1998-01-01").iter().map(|line| line[5..10].to_owned()).collect()
    };
    assert_eq!(days(&with("MO")), ["08-05", "08-10", "08-19", "08-24"]);
    assert_eq!(days(&with("SU")), ["08-05", "08-17", "08-19", "08-31"]);
}

#[test]
fn ends_are_found_in_every_form() {
    for (lines, end) in [
        ("DTSTART:20260101T100000Z\nDTEND:20260101T110000Z", "2026-01-01T11:00:00Z"),
        ("DTSTART:20260101T100000Z\nDURATION:PT90M", "2026-01-01T11:30:00Z"),
        ("DTSTART:20260101T100000Z", "2026-01-01T10:00:00Z"),
        ("DTSTART;VALUE=DATE:20260101", "2026-01-02T00:00:00Z"),
        ("DTSTART;VALUE=DATE:20260101\nDTEND;VALUE=DATE:20260101", "2026-01-02T00:00:00Z"),
        ("DTSTART;VALUE=DATE:20260101\nDURATION:P3D", "2026-01-04T00:00:00Z"),
        ("DTSTART:20260101T100000Z\nDTEND:20260101T090000Z", "2026-01-01T10:00:00Z"),
        ("DTSTART:20260101T100000Z\nDTEND:nonsense", "2026-01-01T10:00:00Z"),
    ] {
        let calendar = event(lines);
        let event = calendar.series[0].master.as_ref().unwrap();
        assert_eq!(event.end.instant(&calendar.zone), at(end), "{lines}");
    }
}

#[test]
fn a_zone_that_only_the_file_knows_is_evaluated() {
    let text = "BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nTZID:Head office\r\nBEGIN:STANDARD\r\n\
        DTSTART:16010101T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n\
        RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\nEND:STANDARD\r\nBEGIN:DAYLIGHT\r\n\
        DTSTART:16010101T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n\
        RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n\
        BEGIN:VEVENT\r\nUID:1\r\nSUMMARY:s\r\nDTSTART;TZID=Head office:20260326T090000\r\n\
        RRULE:FREQ=WEEKLY;COUNT=2\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let calendar = load("own.ics", text).unwrap();
    assert_eq!(calendar.warnings, []);
    let found = titles(&calendar, "2026-01-01", "2027-01-01");
    assert_eq!(found, ["2026-03-26T08:00Z s", "2026-04-02T07:00Z s"]);
    let Moment::Time { zone, .. } = &calendar.series[0].master.as_ref().unwrap().start else {
        panic!("timed")
    };
    assert_eq!(zone.nearest_iana(&[]).unwrap().name(), "Europe/Berlin");
}

#[test]
fn clock_times_without_a_zone_are_read_in_the_calendars_zone() {
    let text = |zone: &str| {
        format!(
            "BEGIN:VCALENDAR\nX-WR-TIMEZONE:{zone}\nBEGIN:VEVENT\nUID:1\nDTSTART:20260701T090000\nSUMMARY:s\n\
             END:VEVENT\nEND:VCALENDAR"
        )
    };
    let titled = |zone| titles(&load("f", &text(zone)).unwrap(), "2026-06-01", "2026-08-01");
    assert_eq!(titled("America/New_York"), ["2026-07-01T13:00Z s"]);
    assert_eq!(titled("Tokyo Standard Time"), ["2026-07-01T00:00Z s"]);
    let unknown = load("f", &text("Atlantis")).unwrap();
    assert_eq!((unknown.warnings.len(), unknown.warnings[0].line), (1, 2));
    assert_eq!(titles(&unknown, "2026-06-01", "2026-08-01"), ["2026-07-01T09:00Z s"]);
}

#[test]
fn this_and_future_moves_the_rest_of_the_series() {
    let text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nSUMMARY:old\nDTSTART:20260105T090000Z\n\
        DTEND:20260105T100000Z\nRRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=5\nEXDATE:20260126T090000Z\nEND:VEVENT\n\
        BEGIN:VEVENT\nUID:1\nSUMMARY:new\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260119T090000Z\n\
        DTSTART:20260120T110000Z\nDTEND:20260120T113000Z\nEND:VEVENT\nEND:VCALENDAR\n";
    let calendar = load("f", text).unwrap();
    assert_eq!(
        titles(&calendar, "2026-01-01", "2027-01-01"),
        ["2026-01-05T09:00Z old", "2026-01-12T09:00Z old", "2026-01-20T11:00Z new", "2026-02-03T11:00Z new"]
    );
}

#[test]
fn cancelled_occurrences_do_not_take_place() {
    let text = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nSUMMARY:s\nDTSTART:20260105T090000Z\n\
        RRULE:FREQ=DAILY;COUNT=3\nEND:VEVENT\n\
        BEGIN:VEVENT\nUID:1\nSTATUS:CANCELLED\nRECURRENCE-ID:20260106T090000Z\nEND:VEVENT\n\
        BEGIN:VEVENT\nUID:orphan\nSUMMARY:orphan\nRECURRENCE-ID:20260201T090000Z\n\
        DTSTART:20260201T100000Z\nEND:VEVENT\nEND:VCALENDAR\n";
    let calendar = load("f", text).unwrap();
    assert_eq!(calendar.series[0].exceptions[0].status, IcsStatus::Cancelled);
    assert_eq!(
        titles(&calendar, "2026-01-01", "2027-01-01"),
        ["2026-01-05T09:00Z s", "2026-01-07T09:00Z s", "2026-02-01T10:00Z orphan"]
    );
}

#[test]
fn several_calendars_and_other_components_in_one_file_are_fine() {
    let one = |uid: &str, extra: &str| {
        format!(
            "BEGIN:VCALENDAR\n{extra}BEGIN:VEVENT\nUID:{uid}\nDTSTART:20260101T090000Z\n\
                 BEGIN:VALARM\nTRIGGER:-PT5M\nEND:VALARM\nEND:VEVENT\nEND:VCALENDAR\n"
        )
    };
    let todo = "BEGIN:VTODO\nUID:t\nDTSTART:soon\nEND:VTODO\nBEGIN:VFREEBUSY\nEND:VFREEBUSY\n";
    let calendar = load("f", &format!("{}\n\n{}", one("a", todo), one("b", ""))).unwrap();
    assert_eq!((calendar.events(), calendar.warnings.len()), (2, 0));
}

#[test]
fn events_that_share_or_lack_a_uid_are_all_kept() {
    let text = "BEGIN:VCALENDAR\n\
        BEGIN:VEVENT\nUID:same\nDTSTART:20260101T090000Z\nSUMMARY:a\nEND:VEVENT\n\
        BEGIN:VEVENT\nUID:same\nDTSTART:20260102T090000Z\nSUMMARY:b\nEND:VEVENT\n\
        BEGIN:VEVENT\nUID:newer\nDTSTART:20260103T090000Z\nSUMMARY:old\nEND:VEVENT\n\
        BEGIN:VEVENT\nUID:newer\nDTSTART:20260104T090000Z\nSEQUENCE:1\nSUMMARY:new\nEND:VEVENT\n\
        BEGIN:VEVENT\nDTSTART:20260105T090000Z\nSUMMARY:c\nEND:VEVENT\nEND:VCALENDAR\n";
    let calendar = load("f", text).unwrap();
    assert_eq!(
        titles(&calendar, "2026-01-01", "2027-01-01"),
        ["2026-01-01T09:00Z a", "2026-01-02T09:00Z b", "2026-01-04T09:00Z new", "2026-01-05T09:00Z c"]
    );
    assert_eq!(calendar.warnings.len(), 3);
    assert_eq!(load("g", text).unwrap().series[3].uid, calendar.series[3].uid);
}

#[test]
fn what_is_broken_names_file_and_line() {
    let fails = |text: &str| load("broken.ics", text).unwrap_err();
    for (text, line) in [
        ("", 1),
        ("hello\nworld\n", 1),
        ("<html><body>404</body></html>", 1),
        ("BEGIN:VCARD\nEND:VCARD\n", 1),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260101\n", 2),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\n", 3),
        ("BEGIN:VCALENDAR\nEND:VCALENDAR\nEND:VEVENT\n", 3),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:someday\nEND:VEVENT\nEND:VCALENDAR\n", 4),
    ] {
        let error = fails(text);
        assert_eq!((error.file.as_str(), error.line), ("broken.ics", line), "{text}: {error}");
    }
    let error =
        fails("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:some\n day\nEND:VEVENT\nEND:VCALENDAR\n");
    assert_eq!(error.problem, IcsProblem::BadTime { property: "DTSTART", value: "someday".to_owned() });
    assert!(error.to_string().starts_with("broken.ics:4: DTSTART is not a date or time: `someday`"));
}

#[test]
fn what_is_odd_is_told_with_its_line_and_the_rest_loads() {
    let calendar =
        event("DTSTART;TZID=Nowhere:20260101T090000\nRRULE:FREQ=SOMETIMES\nno content line\nEXDATE:x");
    let lines: Vec<usize> = calendar.warnings.iter().map(|warning| warning.line).collect();
    assert_eq!(lines, [5, 6, 7, 8], "{:?}", calendar.warnings);
    assert_eq!(titles(&calendar, "2026-01-01", "2026-02-01"), ["2026-01-01T09:00Z s"]);
    let nowhere = event("LOCATION:no start");
    assert_eq!((nowhere.events(), nowhere.warnings[0].line), (0, 2));
}

#[test]
fn dates_at_the_ends_of_time_cost_nothing_and_break_nothing() {
    for start in
        ["00000101T000000Z", "00010101T090000Z", "16010101T000000", "19000101T090000Z", "99991231T235959Z"]
    {
        for rule in [
            "FREQ=DAILY",
            "FREQ=SECONDLY",
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
            "FREQ=WEEKLY;INTERVAL=65535",
        ] {
            let calendar = event(&format!("DTSTART:{start}\nDURATION:P20W\nRRULE:{rule}"));
            calendar.occurrences(at("2026-01-01T00:00:00Z"), at("2026-01-08T00:00:00Z"), 100);
            calendar.occurrences(DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC, 100);
        }
    }
    let old = event("DTSTART:16010101T090000Z\nRRULE:FREQ=DAILY");
    assert_eq!(titles(&old, "2026-01-01", "2026-01-03").len(), 2);
}

/// A small generator, so that every run damages the files alike.
struct Damage(u64);

impl Damage {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit.max(1)
    }
}

#[test]
fn damaged_files_never_panic() {
    let mut damage = Damage(7);
    for text in [GOOGLE, APPLE, OFFICE, CHANGED] {
        let bytes = text.as_bytes();
        for round in 0..80 {
            let mut damaged = bytes.to_vec();
            match round % 4 {
                0 => damaged.truncate(damage.below(bytes.len())),
                1 => {
                    let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
                    for _ in 0..=damage.below(4) {
                        lines.remove(damage.below(lines.len()));
                    }
                    damaged = lines.join(&b'\n');
                }
                2 => {
                    for _ in 0..20 {
                        let at = damage.below(damaged.len());
                        damaged[at] = u8::try_from(damage.below(256)).unwrap();
                    }
                }
                _ => {
                    let (a, b) = (damage.below(bytes.len()), damage.below(bytes.len()));
                    damaged.drain(a.min(b)..a.max(b).min(a.min(b) + 40));
                }
            }
            match load_bytes("damaged.ics", &damaged) {
                Ok(calendar) => {
                    calendar.occurrences(at("2022-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"), 500);
                }
                Err(error) => assert!(error.line >= 1),
            }
        }
    }
}
