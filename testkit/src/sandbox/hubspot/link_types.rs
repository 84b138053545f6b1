//! The types of association between two object types, and which one is seen from the other side.

use super::kinds::Kind;

/// One type of association, in one direction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LinkType {
    pub(super) id: u32,
    pub(super) label: Option<String>,
    /// `HUBSPOT_DEFINED` or `USER_DEFINED`.
    pub(super) category: &'static str,
    /// The name used by the list endpoint's `associations`.
    pub(super) name: String,
    /// The type that the other side shows.
    pub(super) inverse: u32,
}

/// (from, to, unlabelled, primary). Directional ids of
/// <https://developers.hubspot.com/docs/api-reference/latest/crm/associations/associate-records/guide>.
const PAIRS: &[(&str, &str, u32, Option<u32>)] = &[
    ("0-1", "0-2", 279, Some(1)),
    ("0-2", "0-1", 280, Some(2)),
    ("0-3", "0-1", 3, None),
    ("0-1", "0-3", 4, None),
    ("0-3", "0-2", 341, Some(5)),
    ("0-2", "0-3", 342, Some(6)),
    ("0-47", "0-1", 200, None),
    ("0-1", "0-47", 199, None),
    ("0-47", "0-2", 188, None),
    ("0-2", "0-47", 187, None),
    ("0-47", "0-3", 212, None),
    ("0-3", "0-47", 211, None),
    ("0-2", "0-2", 450, None),
    ("0-1", "0-1", 449, None),
    ("0-3", "0-3", 451, None),
];

/// From a parent company to its child.
pub(super) const PARENT_TO_CHILD: u32 = 13;
/// From a child company to its parent.
pub(super) const CHILD_TO_PARENT: u32 = 14;

fn ids(from: &Kind, to: &Kind) -> Option<(u32, Option<u32>)> {
    PAIRS
        .iter()
        .find(|(a, b, ..)| *a == from.id() && *b == to.id())
        .map(|(_, _, any, primary)| (*any, *primary))
}

/// The unlabelled type, which every association of the pair carries.
pub(super) fn unlabelled(from: &Kind, to: &Kind) -> Option<u32> {
    ids(from, to).map(|(any, _)| any)
}

/// The type of the one primary association, for pairs that have it.
pub(super) fn primary(from: &Kind, to: &Kind) -> Option<u32> {
    ids(from, to).and_then(|(_, primary)| primary)
}

/// HubSpot's own types of the pair.
pub(super) fn defined(from: &Kind, to: &Kind) -> Vec<LinkType> {
    let Some(((any, first), (any_back, first_back))) = ids(from, to).zip(ids(to, from)) else {
        return Vec::new();
    };
    let plain = format!("{}_to_{}", from.in_label(), to.in_label());
    let make = |id, label: Option<&str>, name: String, inverse| LinkType {
        id,
        label: label.map(str::to_owned),
        category: "HUBSPOT_DEFINED",
        name,
        inverse,
    };
    let mut types = Vec::new();
    if let Some((primary, back)) = first.zip(first_back) {
        types.push(make(any, None, format!("{plain}_unlabeled"), any_back));
        types.push(make(primary, Some("Primary"), plain, back));
    } else {
        types.push(make(any, None, plain, any_back));
    }
    if *from == Kind::COMPANY && *to == Kind::COMPANY {
        // Each label names the other end: the far end of parent-to-child is the child.
        types.push(make(
            PARENT_TO_CHILD,
            Some("Child Company"),
            "parent_to_child_company".to_owned(),
            CHILD_TO_PARENT,
        ));
        types.push(make(
            CHILD_TO_PARENT,
            Some("Parent Company"),
            "child_to_parent_company".to_owned(),
            PARENT_TO_CHILD,
        ));
    }
    types
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_type_has_an_inverse_that_points_back() {
        for (from, to, ..) in PAIRS {
            let (from, to) = (Kind::parse(from).unwrap(), Kind::parse(to).unwrap());
            let back = defined(&to, &from);
            let there = defined(&from, &to);
            assert!(!there.is_empty());
            for link in there {
                let inverse = back.iter().find(|b| b.id == link.inverse).unwrap();
                assert_eq!(inverse.inverse, link.id);
            }
        }
    }
}
