//! One event of a notification, in the classic form (`contact.propertyChange`) or the generic one (`object.propertyChange`):
//! <https://developers.hubspot.com/docs/apps/legacy-apps/public-apps/create-generic-webhook-subscriptions>.

use acquaint_core::record::Gone;
use serde_json::Value;

use crate::links;
use crate::model::Id;
use crate::object::ObjectKind;

/// An event that means something here.
#[derive(Debug)]
pub(super) struct Event<'a> {
    pub(super) account: String,
    what: What,
    /// The object type that it is about, if it is about one.
    subject: Option<Subject>,
    raw: &'a Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    /// Made, changed, restored, deleted: to be read again.
    Changed,
    Erased,
    Merged,
    Linked,
}

/// An object type, with its name in paths.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Subject {
    kind: ObjectKind,
    path: String,
}

/// A record that an event tells of.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Hinted {
    pub(super) stream: &'static str,
    pub(super) partition: String,
    pub(super) key: String,
    pub(super) gone: Option<Gone>,
}

impl<'a> Event<'a> {
    pub(super) fn of(raw: &'a Value) -> Option<Self> {
        let account = Id::of(raw.get("portalId")?)?.0;
        let (subject, what) = raw.get("subscriptionType")?.as_str()?.split_once('.')?;
        let what = match what {
            "creation" | "propertyChange" | "restore" | "deletion" => What::Changed,
            "privacyDeletion" => What::Erased,
            "merge" => What::Merged,
            "associationChange" => What::Linked,
            _ => return None,
        };
        let subject = match subject {
            "object" => raw.get("objectTypeId").and_then(Value::as_str).and_then(Subject::of_type_id),
            name => Subject::of_name(name),
        };
        Some(Self { account, what, subject, raw })
    }

    pub(super) fn hints(&self) -> Vec<Hinted> {
        match self.what {
            What::Linked => self.linked().into_iter().collect(),
            What::Changed => self.records(&["objectId"], None),
            What::Erased => self.records(&["objectId"], Some(&Gone::Erased)),
            What::Merged => {
                self.records(&["objectId", "primaryObjectId", "mergedObjectIds", "newObjectId"], None)
            }
        }
    }

    /// The records that the members with these names tell of.
    fn records(&self, members: &[&str], gone: Option<&Gone>) -> Vec<Hinted> {
        let Some(subject) = &self.subject else { return Vec::new() };
        let hinted = |key: String| Hinted {
            stream: subject.kind.stream(),
            partition: if subject.kind == ObjectKind::Custom { subject.path.clone() } else { String::new() },
            key,
            gone: gone.cloned(),
        };
        members.iter().flat_map(|member| self.ids(member)).map(hinted).collect()
    }

    /// The side of a link that links are read from, whichever side tells.
    fn linked(&self) -> Option<Hinted> {
        let [from, to] = self.ends()?;
        let [from_id, to_id] = ["fromObjectId", "toObjectId"].map(|member| self.ids(member).next());
        let (from_id, to_id) = (from_id?, to_id?);
        let (partition, key) = links::canonical((&from.path, &from_id), (&to.path, &to_id))?;
        Some(Hinted { stream: links::STREAM, partition, key: key.to_owned(), gone: None })
    }

    /// The types of both ends: by their ids, or in the name of the association's type, as `CONTACT_TO_COMPANY`.
    fn ends(&self) -> Option<[Subject; 2]> {
        let text = |member: &str| self.raw.get(member).and_then(Value::as_str);
        if let (Some(from), Some(to)) = (text("fromObjectTypeId"), text("toObjectTypeId")) {
            return Some([Subject::of_type_id(from)?, Subject::of_type_id(to)?]);
        }
        let (from, to) = text("associationType")?.split_once("_TO_")?;
        let named = |name: &str| Subject::of_name(&name.to_ascii_lowercase());
        Some([named(from)?, named(to)?])
    }

    fn ids(&self, member: &str) -> impl Iterator<Item = String> {
        let value = self.raw.get(member);
        let all = value.map(|value| value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice));
        all.into_iter().flatten().filter_map(Id::of).map(|id| id.0).filter(|id| id.parse::<u64>().is_ok())
    }
}

impl Subject {
    fn of_name(name: &str) -> Option<Self> {
        // A meeting is an event where types of associations are named.
        let name = if name == "meeting_event" { "meeting" } else { name };
        let kind = ObjectKind::STANDARD.into_iter().find(|kind| kind.describe().singular == name)?;
        Some(Self { kind, path: kind.stream().to_owned() })
    }

    fn of_type_id(id: &str) -> Option<Self> {
        let kind = ObjectKind::of_type_id(id)?;
        let path = if kind == ObjectKind::Custom { id } else { kind.stream() };
        Some(Self { kind, path: path.to_owned() })
    }
}
