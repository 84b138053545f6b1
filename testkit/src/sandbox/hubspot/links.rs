//! Associations between records: made, labelled and taken away in both directions at once.

use std::collections::BTreeSet;

use super::error::CrmError;
use super::kinds::Kind;
use super::link_types::{self, LinkType};
use super::news::Happening;
use super::portal::{Portal, Rules};

/// One end of an association.
pub(super) type End = (Kind, u64);

impl Portal {
    /// All types of association from one object type to another, custom labels included.
    pub(super) fn link_types(&self, from: &Kind, to: &Kind) -> Vec<LinkType> {
        let mut types = link_types::defined(from, to);
        types.extend(self.labels.get(&(from.clone(), to.clone())).into_iter().flatten().cloned());
        types
    }

    /// Adds a custom label to a pair of types; gives its type id in the one and the other direction.
    pub(super) fn define_label(&mut self, from: &Kind, to: &Kind, label: &str) -> (u32, u32) {
        let name = label.to_lowercase().replace(' ', "_");
        self.add_types(from, to, Some(label), (&name, &name))
    }

    /// Lets records of a pair of types be associated at all, if HubSpot itself does not.
    pub(super) fn define_plain_link(&mut self, from: &Kind, to: &Kind) {
        let (one, other) = (self.link_name(from), self.link_name(to));
        self.add_types(from, to, None, (&format!("{one}_to_{other}"), &format!("{other}_to_{one}")));
    }

    fn add_types(&mut self, from: &Kind, to: &Kind, label: Option<&str>, names: (&str, &str)) -> (u32, u32) {
        let count: usize = self.labels.values().map(Vec::len).sum();
        let id = u32::try_from(count).unwrap_or(u32::MAX - 2) + 1001;
        let mut add = |from: &Kind, to: &Kind, name: &str, id, inverse| {
            let all = self.labels.entry((from.clone(), to.clone())).or_default();
            let (label, name) = (label.map(str::to_owned), name.to_owned());
            all.push(LinkType { id, label, category: "USER_DEFINED", name, inverse });
        };
        if from == to {
            add(from, to, names.0, id, id);
            return (id, id);
        }
        add(from, to, names.0, id, id + 1);
        add(to, from, names.1, id + 1, id);
        (id, id + 1)
    }

    /// The type that every association of a pair carries, whatever its labels.
    pub(super) fn unlabelled(&self, from: &Kind, to: &Kind) -> Option<u32> {
        link_types::unlabelled(from, to).or_else(|| {
            let own = self.labels.get(&(from.clone(), to.clone()))?;
            own.iter().find(|link| link.label.is_none()).map(|link| link.id)
        })
    }

    fn end(&self, end: &End) -> Result<End, CrmError> {
        let missing = || CrmError::NoSuchRecord { kind: end.0.singular().to_owned(), id: end.1 };
        Ok((end.0.clone(), self.live(&end.0, end.1).ok_or_else(missing)?.id))
    }

    fn link_type(&self, from: &Kind, to: &Kind, id: Option<u32>) -> Result<LinkType, CrmError> {
        let wanted = id.or_else(|| self.unlabelled(from, to));
        (self.link_types(from, to).into_iter().find(|link| Some(link.id) == wanted)).ok_or_else(|| {
            CrmError::NoSuchAssociationType {
                from: from.singular().to_owned(),
                to: to.singular().to_owned(),
                wanted: id.map_or_else(|| "without a label".to_owned(), |id| id.to_string()),
            }
        })
    }

    /// Associates two live records under a type (`None`: unlabelled). A primary one takes the place of the
    /// earlier primary.
    pub(super) fn associate(
        &mut self,
        rules: &Rules,
        from: &End,
        to: &End,
        id: Option<u32>,
    ) -> Result<(), CrmError> {
        let (from, to) = (self.end(from)?, self.end(to)?);
        let link = self.link_type(&from.0, &to.0, id)?;
        // The one primary belongs to the side that is not the company.
        let sides = [(&from, &to, link.id, link.inverse), (&to, &from, link.inverse, link.id)];
        for (owner, kept, id, inverse) in sides {
            if owner.0 == Kind::COMPANY || link_types::primary(&owner.0, &kept.0) != Some(id) {
                continue;
            }
            let others: Vec<End> = (self.links.get(owner).into_iter().flatten())
                .filter(|(end, types)| end != &kept && end.0 == kept.0 && types.contains(&id))
                .map(|(end, _)| end.clone())
                .collect();
            for other in others {
                self.remove_type(owner, &other, id, inverse);
            }
        }
        self.add_link(rules, &from, &to, link.id, link.inverse);
        Ok(())
    }

    pub(super) fn add_link(&mut self, rules: &Rules, from: &End, to: &End, id: u32, inverse: u32) {
        for (a, b, id) in [(from, to, id), (to, from, inverse)] {
            // Every association has the unlabelled type too.
            let plain = self.unlabelled(&a.0, &b.0);
            let types = self.links.entry(a.clone()).or_default().entry(b.clone()).or_default();
            for link in plain.into_iter().chain([id]) {
                if types.insert(link) {
                    let told = Happening::Linked { to: b.clone(), link, removed: false };
                    self.news.tell(&a.0, a.1, || told);
                }
            }
        }
        self.touch_ends(rules, from, to);
    }

    /// Takes one type away, or the whole association: with `None`, and with the unlabelled type.
    pub(super) fn dissociate(
        &mut self,
        rules: &Rules,
        from: &End,
        to: &End,
        id: Option<u32>,
    ) -> Result<(), CrmError> {
        let (from, to) = (self.end(from)?, self.end(to)?);
        let link = self.link_type(&from.0, &to.0, id)?;
        if Some(link.id) == self.unlabelled(&from.0, &to.0) {
            self.unlink_pair(&from, &to);
        } else {
            self.remove_type(&from, &to, link.id, link.inverse);
        }
        self.touch_ends(rules, &from, &to);
        Ok(())
    }

    fn remove_type(&mut self, from: &End, to: &End, id: u32, inverse: u32) {
        for (a, b, id) in [(from, to, id), (to, from, inverse)] {
            let Some(all) = self.links.get_mut(a) else { continue };
            let Some(types) = all.get_mut(b) else { continue };
            if types.remove(&id) {
                let told = Happening::Linked { to: b.clone(), link: id, removed: true };
                self.news.tell(&a.0, a.1, || told);
            }
            if types.is_empty() {
                all.remove(b);
            }
        }
    }

    pub(super) fn unlink_pair(&mut self, from: &End, to: &End) {
        for (a, b) in [(from, to), (to, from)] {
            let types = self.links.get_mut(a).and_then(|all| all.remove(b)).unwrap_or_default();
            for link in types {
                let told = Happening::Linked { to: b.clone(), link, removed: true };
                self.news.tell(&a.0, a.1, || told);
            }
        }
    }

    /// Takes every association of one record away, and gives them.
    pub(super) fn unlink_all(&mut self, end: &End) -> Vec<(End, BTreeSet<u32>)> {
        let all = self.links.remove(end).unwrap_or_default();
        for other in all.keys() {
            if let Some(back) = self.links.get_mut(other) {
                back.remove(end);
            }
        }
        all.into_iter().collect()
    }

    /// The live records of type `to` that a record is associated with, by id.
    pub(super) fn linked<'a>(
        &'a self,
        from: &End,
        to: &'a Kind,
    ) -> impl Iterator<Item = (u64, &'a BTreeSet<u32>)> + use<'a> {
        let first = (to.clone(), 0);
        (self.links.get(from).into_iter())
            .flat_map(move |all| all.range(first.clone()..))
            .take_while(move |((kind, _), _)| kind == to)
            .filter(|((kind, id), _)| self.live(kind, *id).is_some())
            .map(|((_, id), types)| (*id, types))
    }

    fn touch_ends(&mut self, rules: &Rules, from: &End, to: &End) {
        if !rules.associations_touch {
            return;
        }
        for (end, other) in [(from, to), (to, from)] {
            let company =
                (end.0 == Kind::CONTACT && other.0 == Kind::COMPANY).then(|| self.primary_company(end.1));
            let objects = self.objects.get_mut(&end.0);
            if let Some(record) = objects.and_then(|objects| objects.records.get_mut(&end.1)) {
                if let Some(company) = company {
                    let text = company.map_or_else(String::new, |id| id.to_string());
                    record.set([("associatedcompanyid", text.as_str())]);
                }
                record.touch(&end.0, rules.now, rules.lag);
            }
        }
    }

    /// The primary company of a contact.
    pub(super) fn primary_company(&self, contact: u64) -> Option<u64> {
        let primary = link_types::primary(&Kind::CONTACT, &Kind::COMPANY)?;
        let from = (Kind::CONTACT, contact);
        self.linked(&from, &Kind::COMPANY).find(|(_, types)| types.contains(&primary)).map(|(id, _)| id)
    }
}
