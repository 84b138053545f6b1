//! Merging two records: a new one takes their place, and both old ids lead to it.

use super::error::CrmError;
use super::kinds::Kind;
use super::link_types;
use super::news::Happening;
use super::portal::{Portal, Rules};
use super::record::{Properties, Record, is_system, split_list};

/// As many earlier merges between two records as HubSpot refuses to add to.
const MERGE_LIMIT: usize = 250;

impl Portal {
    /// Merges `other` into `primary` and gives the id of the new record. The primary's values win; addresses
    /// and domains of the other are kept as additional ones.
    pub(super) fn merge(
        &mut self,
        rules: &Rules,
        kind: &Kind,
        primary: u64,
        other: u64,
    ) -> Result<u64, CrmError> {
        let missing = |id| CrmError::NoSuchRecord { kind: kind.singular().to_owned(), id };
        let first = self.live(kind, primary).ok_or_else(|| missing(primary))?.clone();
        let second = self.live(kind, other).ok_or_else(|| missing(other))?.clone();
        if first.id == second.id {
            return Err(CrmError::MergeWithItself { kind: kind.singular().to_owned(), id: first.id });
        }
        let mut gone = first.merged_ids();
        gone.extend(second.merged_ids());
        if gone.len() >= MERGE_LIMIT {
            return Err(CrmError::TooManyMerges);
        }
        gone.extend([first.id, second.id]);

        let properties = merged_properties(kind, &first, &second);
        let id = self.next_id(kind);
        let mut survivor = Record::new(kind, id, properties, first.created.min(second.created), rules.now);
        let ids: Vec<String> = gone.iter().map(u64::to_string).collect();
        survivor.set([("hs_merged_object_ids", ids.join(";").as_str())]);
        if *kind == Kind::CONTACT {
            let at = rules.now.timestamp_millis();
            let mut vids: Vec<String> = [&first, &second]
                .iter()
                .flat_map(|record| split_list(record.get("hs_calculated_merged_vids").unwrap_or_default()))
                .map(str::to_owned)
                .collect();
            vids.extend([first.id, second.id].map(|id| format!("{id}:{at}")));
            survivor.set([("hs_calculated_merged_vids", vids.join(";").as_str())]);
        }
        survivor.touch(kind, rules.now, rules.lag);

        for email in super::portal::addresses(&survivor.properties) {
            if *kind == Kind::CONTACT {
                self.emails.insert(email, id);
            }
        }
        let objects = self.objects.entry(kind.clone()).or_default();
        for old in [first.id, second.id] {
            objects.records.remove(&old);
        }
        for survivor in objects.merged.values_mut().filter(|to| **to == first.id || **to == second.id) {
            *survivor = id;
        }
        objects.merged.extend([(first.id, id), (second.id, id)]);
        objects.records.insert(id, survivor);
        self.move_links(kind, &[first.id, second.id], id);
        self.follow_parent(rules, kind, id);
        let moved =
            (second.properties.keys()).filter(|name| !is_system(kind, name) && first.get(name).is_none());
        let what = Happening::Merged { primary: first.id, other: second.id, moved: moved.count() };
        self.news.tell(kind, id, || what);
        Ok(id)
    }

    /// Moves the associations of merged records to the survivor; of several primaries the first one's stays.
    fn move_links(&mut self, kind: &Kind, old: &[u64], survivor: u64) {
        let end = (kind.clone(), survivor);
        let mut had_primary = Vec::new();
        for id in old {
            let gone = (kind.clone(), *id);
            for (other, types) in self.unlink_all(&gone) {
                if other.0 == *kind && old.contains(&other.1) {
                    continue;
                }
                let primary = (*kind != Kind::COMPANY).then(|| link_types::primary(kind, &other.0)).flatten();
                for link in self.link_types(kind, &other.0) {
                    if !types.contains(&link.id) {
                        continue;
                    }
                    if primary == Some(link.id) {
                        if had_primary.contains(&other.0) {
                            continue;
                        }
                        had_primary.push(other.0.clone());
                    }
                    self.links
                        .entry(end.clone())
                        .or_default()
                        .entry(other.clone())
                        .or_default()
                        .insert(link.id);
                    let back = self.links.entry(other.clone()).or_default();
                    back.entry(end.clone()).or_default().insert(link.inverse);
                }
            }
        }
    }
}

fn merged_properties(kind: &Kind, first: &Record, second: &Record) -> Properties {
    let mut merged: Properties = (second.properties.iter().chain(first.properties.iter()))
        .filter(|(name, _)| !is_system(kind, name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let lists: &[(&str, &str)] = match kind {
        k if *k == Kind::CONTACT => &[("email", "hs_additional_emails")],
        k if *k == Kind::COMPANY => &[("domain", "hs_additional_domains")],
        _ => &[],
    };
    for (main, additional) in lists {
        let mut values: Vec<String> = Vec::new();
        for record in [first, second] {
            for name in [main, additional] {
                for value in split_list(record.get(name).unwrap_or_default()) {
                    if !values.iter().any(|known| known.eq_ignore_ascii_case(value)) {
                        values.push(value.to_owned());
                    }
                }
            }
        }
        if let Some(kept) = merged.get(*main).cloned() {
            values.retain(|value| !value.eq_ignore_ascii_case(&kept));
        }
        if values.is_empty() {
            merged.remove(*additional);
        } else {
            merged.insert((*additional).to_owned(), values.join(";"));
        }
    }
    merged
}
