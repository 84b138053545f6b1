//! Attendees as calendars have them.

use super::contacts::capitalised;
use super::random::Random;
use super::seats::Seat;
use super::spelling::display_name;
use super::{Case, Cause, Mix, Truth};
use crate::Attendee;

/// Writes the invitation.
pub(super) fn case(mut seat: Seat, cause: Cause, mix: &Mix, random: &mut Random) -> Case {
    let (name, told) = display(&seat, mix, random);
    if let Some(in_address) = seat.by_name {
        seat.contact_resolvable &= told || in_address;
    }
    let Seat { address, kind, class, contacts, accounts, contact_resolvable, account_resolvable, .. } = seat;
    let attendee = match (address, name) {
        (None, name) => Attendee::new(&name.unwrap_or_default()),
        (Some(address), name) => written(&address, name.as_deref(), mix, random),
    };
    let contact_resolvable = contact_resolvable && !contacts.is_empty();
    let account_resolvable = account_resolvable && !accounts.is_empty();
    let truth = Truth { class, contacts, accounts, contact_resolvable, account_resolvable };
    Case { attendee: attendee.of_kind(kind), cause, truth }
}

/// The display name, and whether it tells the whole name.
fn display(seat: &Seat, mix: &Mix, random: &mut Random) -> (Option<String>, bool) {
    let without = random.chance(mix.no_display_name) && seat.address.is_some();
    match (&seat.name, &seat.label) {
        (Some((given, family)), _) if !without => {
            let odd = random.chance(mix.odd_display_names);
            let (name, told) = display_name(given, family, seat.firm.as_deref(), odd, random);
            (Some(name), told)
        }
        (None, Some(label)) if !without => (Some(label.clone()), false),
        // Some programs put the local part where a name should be.
        _ if random.chance(0.15) => {
            let local = seat.address.as_deref().and_then(|address| address.split('@').next());
            (local.map(ToOwned::to_owned), false)
        }
        _ => (None, false),
    }
}

fn written(address: &str, name: Option<&str>, mix: &Mix, random: &mut Random) -> Attendee {
    let address = if !random.chance(mix.odd_case) {
        address.to_owned()
    } else if random.chance(0.3) {
        // ß in capitals would be another host.
        address.to_ascii_uppercase()
    } else {
        capitalised(address)
    };
    match (name, random.below(40)) {
        (Some(name), 0..=1) => Attendee::new(&format!("{name} <{address}>")),
        (Some(name), 2) => Attendee::new(&format!("\"{name}\" <{address}>")),
        (Some(name), 3) => Attendee::new(&format!("mailto:{address}")).named(name),
        (Some(name), _) => Attendee::new(&address).named(name),
        (None, 0..=3) => Attendee::new(&format!("mailto:{address}")),
        (None, 4..=5) => Attendee::new(&format!(" <{address}>; ")),
        (None, _) => Attendee::new(&address),
    }
}
