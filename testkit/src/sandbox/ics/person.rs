//! ORGANIZER and ATTENDEE.

use super::lines::ContentLine;

/// CUTYPE: what kind of calendar user it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum IcsUserType {
    /// A person, or not stated.
    #[default]
    Individual,
    /// A group of people.
    Group,
    /// A thing.
    Resource,
    /// A room.
    Room,
}

/// PARTSTAT: what somebody answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum IcsAnswer {
    /// Nothing yet, or not stated.
    #[default]
    NeedsAction,
    /// Yes.
    Accepted,
    /// No.
    Declined,
    /// Perhaps.
    Tentative,
}

/// A calendar user.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IcsPerson {
    /// The mail address as written, without `mailto:`.
    pub address: String,
    /// CN, unless it only repeats the address.
    pub name: Option<String>,
    /// CUTYPE.
    pub user_type: IcsUserType,
    /// PARTSTAT.
    pub answer: IcsAnswer,
    /// ROLE=OPT-PARTICIPANT or NON-PARTICIPANT.
    pub optional: bool,
}

impl IcsPerson {
    /// `None` if no mail address can be found.
    pub(super) fn read(line: &ContentLine) -> Option<Self> {
        let name = line.param("CN").map(|name| name.trim().trim_matches(['"', '\'']).replace("\\,", ","));
        let candidates =
            [Some(line.value.as_str()), line.param("EMAIL"), line.param("X-EMAIL"), name.as_deref()];
        let address = candidates.into_iter().flatten().find_map(mail_address)?;
        let name = name.filter(|name| !name.is_empty() && mail_address(name).is_none_or(|a| a != address));
        let upper = |param| line.param(param).map(str::to_ascii_uppercase);
        Some(Self {
            name,
            user_type: match upper("CUTYPE").as_deref() {
                Some("GROUP") => IcsUserType::Group,
                Some("RESOURCE") => IcsUserType::Resource,
                Some("ROOM") => IcsUserType::Room,
                _ => IcsUserType::Individual,
            },
            answer: match upper("PARTSTAT").as_deref() {
                Some("ACCEPTED") => IcsAnswer::Accepted,
                Some("DECLINED") => IcsAnswer::Declined,
                Some("TENTATIVE") => IcsAnswer::Tentative,
                _ => IcsAnswer::NeedsAction,
            },
            optional: matches!(upper("ROLE").as_deref(), Some("OPT-PARTICIPANT" | "NON-PARTICIPANT")),
            address,
        })
    }
}

/// The address of `mailto:a@b`, `MAILTO: a@b`, `a@b` or `Name <a@b>`.
fn mail_address(value: &str) -> Option<String> {
    let mut value = value.trim();
    while let Some(scheme) = value.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:")) {
        value = value[scheme.len()..].trim();
    }
    if let (Some(open), true) = (value.rfind('<'), value.ends_with('>')) {
        value = &value[open + 1..value.len() - 1];
    }
    let (local, host) = value.rsplit_once('@')?;
    let fits = !local.is_empty()
        && !host.is_empty()
        && !value.contains(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '/' | ':'));
    fits.then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::lines::Line;
    use super::*;

    fn person(text: &str) -> Option<IcsPerson> {
        let line = Line { number: 1, text: text.to_owned(), latin1: false };
        IcsPerson::read(&ContentLine::parse(&line).unwrap())
    }

    #[test]
    fn addresses_are_found_in_every_form() {
        for line in [
            "ATTENDEE;CN=\"Doe, Jane\":mailto:jane@x.example",
            "ATTENDEE;CN=\"Doe, Jane\":MAILTO:jane@x.example",
            "ATTENDEE;CN=\"Doe, Jane\":jane@x.example",
            "ATTENDEE;CN=\"Doe, Jane\";EMAIL=jane@x.example:/aMTIzNDU2/principal/",
            "ATTENDEE;CN=\"Doe, Jane\";SCHEDULE-AGENT=CLIENT:mailto:mailto:jane@x.example",
            "ATTENDEE;CN='Doe\\, Jane':Jane <jane@x.example>",
        ] {
            let person = person(line).unwrap();
            assert_eq!(
                (person.address.as_str(), person.name.as_deref()),
                ("jane@x.example", Some("Doe, Jane"))
            );
        }
        assert_eq!(person("ATTENDEE;CN=a@b.example:mailto:a@b.example").unwrap().name, None);
        assert_eq!(person("ATTENDEE;CN=Nobody:invalid:nomail"), None);
        let room = "ATTENDEE;CUTYPE=room;ROLE=OPT-PARTICIPANT;PARTSTAT=ACCEPTED:mailto:r@x.example";
        let room = person(room).unwrap();
        assert_eq!(
            (room.user_type, room.answer, room.optional),
            (IcsUserType::Room, IcsAnswer::Accepted, true)
        );
    }
}
