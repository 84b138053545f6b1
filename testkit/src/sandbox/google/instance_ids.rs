//! How occurrences of series are named.

use chrono::{NaiveDate, NaiveDateTime};

use super::event::Event;
use crate::sandbox::ics::Moment;

const BASE32HEX: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";

/// The id of the occurrence of a series at its original start: `<series>_<start>`, as all the world takes it to be,
/// or the same so that nobody can tell.
pub(super) fn instance_id(master: &Event, original: &Moment) -> String {
    let start = match original {
        Moment::Day(day) => day.format("%Y%m%d").to_string(),
        Moment::Time { wall, zone } => zone.to_utc(*wall).format("%Y%m%dT%H%M%SZ").to_string(),
    };
    let plain = format!("{}_{start}", master.id);
    if master.opaque { scramble(&plain) } else { plain }
}

/// The series and the start that an instance id may name, and whether it names them openly.
pub(super) fn instance_parts(id: &str) -> impl Iterator<Item = (String, String, bool)> + use<> {
    let parts = |id: &str, open| {
        let (master, start) = id.rsplit_once('_')?;
        Some((master.to_owned(), start.to_owned(), open))
    };
    let hidden = unscramble(id).and_then(|plain| parts(&plain, false));
    parts(id, true).into_iter().chain(hidden)
}

/// The clock time that an instance id names, on the clock of its series.
pub(super) fn instance_slot(stamp: &str, series_start: &Moment) -> Option<NaiveDateTime> {
    match series_start {
        Moment::Day(_) => Some(NaiveDate::parse_from_str(stamp, "%Y%m%d").ok()?.and_hms_opt(0, 0, 0)?),
        Moment::Time { zone, .. } => {
            let utc = NaiveDateTime::parse_from_str(stamp, "%Y%m%dT%H%M%SZ").ok()?;
            Some(zone.to_wall(utc.and_utc()))
        }
    }
}

/// Bytes as base32hex (RFC 4648 section 7), in whose letters all ids are.
fn scramble(plain: &str) -> String {
    let (mut held, mut bits, mut scrambled) = (0_u32, 0, String::new());
    let mut push = |value: u32| scrambled.push(char::from(BASE32HEX[usize::from(low_bits(value))]));
    for byte in plain.bytes() {
        held = ((held & 0x1f) << 8) | u32::from(byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            push(held >> bits);
        }
    }
    if bits > 0 {
        push(held << (5 - bits));
    }
    scrambled
}

fn unscramble(scrambled: &str) -> Option<String> {
    let (mut held, mut bits, mut bytes) = (0_u32, 0, Vec::new());
    for sign in scrambled.bytes() {
        let value = BASE32HEX.iter().position(|known| *known == sign)?;
        held = ((held & 0xff) << 5) | u32::try_from(value).ok()?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((held >> bits) & 0xff).ok()?);
        }
    }
    String::from_utf8(bytes).ok()
}

fn low_bits(value: u32) -> u8 {
    u8::try_from(value & 0x1f).unwrap_or_default()
}
