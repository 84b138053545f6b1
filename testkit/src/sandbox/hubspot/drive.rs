//! What people do in HubSpot itself: making, changing, merging and archiving records by hand.

use super::HubSpotSandbox;
use super::error::CrmError;
use super::kinds::Kind;
use super::link_types;
use super::people::Owner;
use super::portal::{Portal, Rules};
use super::record::Properties;
use super::server::rules;

/// Under which type two records are associated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// Without a label.
    Unlabelled,
    /// As the primary company; takes the place of the earlier primary.
    Primary,
    /// Under this type id, in the direction from → to.
    Type(u32),
}

fn owned(properties: &[(&str, &str)]) -> Properties {
    properties.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Records named by type (`contacts`, `contact` or `0-1`) and id; a merged-away id means its survivor.
impl HubSpotSandbox {
    /// Adds a portal: a customer's account, its website domain, and the user who consents for it. The first
    /// one consents unless a `login_hint` names another portal or user. A portal of the same id is emptied.
    pub fn add_portal(&self, portal: u64, domain: &str, user: &str) {
        self.oauth().add_account(portal.to_string(), user);
        let mut state = self.state();
        state.portals.insert(portal, Portal::new(portal, domain.to_owned(), user.to_owned()));
        state.listen();
    }

    /// Which portal consents from now on when nobody is named.
    pub fn consent_as(&self, portal: u64) {
        self.oauth().set_default_account(portal.to_string());
    }

    /// An access token of `portal` without any consent page, for tests that are not about connecting.
    ///
    /// # Errors
    /// If there is no such portal.
    pub fn access_token(&self, portal: u64, scopes: &[&str]) -> Result<String, CrmError> {
        let id = portal.to_string();
        let account = self.oauth().accounts().into_iter().find(|account| account.id == id);
        let account = account.ok_or(CrmError::UnknownPortal(portal))?;
        let client = self.state().config.client_id.clone();
        Ok(self.oauth().grant(&client, &account, scopes).access_token)
    }

    /// The scopes that the plan of `portal` lacks from now on: asked for as optional ones they are left out of the grant
    /// in silence; a connection that requires one of them is refused. Empty: it lacks none.
    pub fn lack_scopes(&self, portal: u64, scopes: &[&str]) {
        self.oauth().lack_scopes(&portal.to_string(), scopes.iter().copied());
    }

    /// Uninstalls the app from `portal`: refresh tokens end, and nothing is told of it any more; access tokens live on
    /// until they expire.
    pub fn uninstall(&self, portal: u64) {
        self.oauth().revoke_account(&portal.to_string());
        if let Some(portal) = self.state().portals.get_mut(&portal) {
            portal.installed = false;
        }
    }

    /// Deletes the portal as a customer: its tokens answer that there is no such hub.
    ///
    /// # Errors
    /// If there is no such portal.
    pub fn close_portal(&self, portal: u64) -> Result<(), CrmError> {
        let mut state = self.state();
        state.portals.get_mut(&portal).ok_or(CrmError::UnknownPortal(portal))?.gone = true;
        state.statics.retain(|_, (owner, _)| *owner != portal);
        Ok(())
    }

    pub(super) fn change<T>(
        &self,
        portal: u64,
        change: impl FnOnce(&mut Portal, &Rules) -> Result<T, CrmError>,
    ) -> Result<T, CrmError> {
        let now = self.clock.now();
        let mut state = self.state();
        let rules = rules(&state.config, now);
        let portal = state.portals.get_mut(&portal).ok_or(CrmError::UnknownPortal(portal))?;
        portal.news.by_app = false;
        let outcome = change(portal, &rules);
        if state.announce(now) {
            self.bell.notify_one();
        }
        outcome
    }

    /// Makes a record and gives its id. Properties that the type does not have yet are defined as text.
    ///
    /// # Errors
    /// If the portal or type does not exist, or an address belongs to another contact.
    pub fn create(&self, portal: u64, kind: &str, properties: &[(&str, &str)]) -> Result<u64, CrmError> {
        self.change(portal, |portal, rules| {
            let kind = portal.kind_of(kind)?;
            portal.create(rules, &kind, None, owned(properties), None)
        })
    }

    /// Like [`Self::create`], with an id of your choice.
    ///
    /// # Errors
    /// As [`Self::create`], and if the id is or was in use.
    pub fn create_with_id(
        &self,
        portal: u64,
        kind: &str,
        id: u64,
        properties: &[(&str, &str)],
    ) -> Result<u64, CrmError> {
        self.change(portal, |portal, rules| {
            let kind = portal.kind_of(kind)?;
            portal.create(rules, &kind, Some(id), owned(properties), None)
        })
    }

    /// Sets properties; an empty value removes one.
    ///
    /// # Errors
    /// If there is no such live record, or an address belongs to another contact.
    pub fn update(
        &self,
        portal: u64,
        kind: &str,
        id: u64,
        properties: &[(&str, &str)],
    ) -> Result<(), CrmError> {
        self.change(portal, |portal, rules| {
            let kind = portal.kind_of(kind)?;
            portal.update(rules, &kind, id, &owned(properties)).map(drop)
        })
    }

    /// Puts a record into the recycle bin, where it stays for 90 days.
    ///
    /// # Errors
    /// If there is no such live record.
    pub fn archive(&self, portal: u64, kind: &str, id: u64) -> Result<(), CrmError> {
        self.change(portal, |portal, rules| {
            let kind = portal.kind_of(kind)?;
            portal.archive(rules, &kind, id)
        })
    }

    /// Takes a record out of the recycle bin, associations included.
    ///
    /// # Errors
    /// If it is not there, or its address has been given to another contact.
    pub fn restore(&self, portal: u64, kind: &str, id: u64) -> Result<(), CrmError> {
        self.change(portal, |portal, rules| {
            let kind = portal.kind_of(kind)?;
            portal.restore(rules, &kind, id)
        })
    }

    /// Merges `other` into `primary`, whose values win, and gives the id of the new record. Both old ids lead
    /// to it and vanish from lists and searches.
    ///
    /// # Errors
    /// If one of them is no live record, or they have been merged too often.
    pub fn merge(&self, portal: u64, kind: &str, primary: u64, other: u64) -> Result<u64, CrmError> {
        self.change(portal, |portal, rules| {
            let kind = portal.kind_of(kind)?;
            portal.merge(rules, &kind, primary, other)
        })
    }

    /// Erases a record for privacy: nothing tells of it any more, and its addresses cannot come back.
    ///
    /// # Errors
    /// If there is no such record, live or archived.
    pub fn gdpr_delete(&self, portal: u64, kind: &str, id: u64) -> Result<(), CrmError> {
        self.change(portal, |portal, _| {
            let kind = portal.kind_of(kind)?;
            portal.gdpr_delete(&kind, id)
        })
    }

    /// Associates two records, each given as (type, id).
    ///
    /// # Errors
    /// If one of them is no live record, or there is no such association type between them.
    pub fn associate(
        &self,
        portal: u64,
        from: (&str, u64),
        to: (&str, u64),
        link: Link,
    ) -> Result<(), CrmError> {
        self.change(portal, |portal, rules| {
            let (from, to) = ((portal.kind_of(from.0)?, from.1), (portal.kind_of(to.0)?, to.1));
            let link = type_id(&from.0, &to.0, link)?;
            portal.associate(rules, &from, &to, link)
        })
    }

    /// Takes one type of association away; with [`Link::Unlabelled`] the whole association, as in HubSpot.
    ///
    /// # Errors
    /// As [`Self::associate`].
    pub fn dissociate(
        &self,
        portal: u64,
        from: (&str, u64),
        to: (&str, u64),
        link: Link,
    ) -> Result<(), CrmError> {
        self.change(portal, |portal, rules| {
            let (from, to) = ((portal.kind_of(from.0)?, from.1), (portal.kind_of(to.0)?, to.1));
            let link = type_id(&from.0, &to.0, link)?;
            portal.dissociate(rules, &from, &to, link)
        })
    }

    /// Defines a custom association label; gives its type ids from → to and back.
    ///
    /// # Errors
    /// If the portal or a type does not exist.
    pub fn define_label(
        &self,
        portal: u64,
        from: &str,
        to: &str,
        label: &str,
    ) -> Result<(u32, u32), CrmError> {
        self.change(portal, |portal, _| {
            let (from, to) = (portal.kind_of(from)?, portal.kind_of(to)?);
            Ok(portal.define_label(&from, &to, label))
        })
    }

    /// Adds an owner. An owner's id is not the id of its user; this gives the former.
    ///
    /// # Errors
    /// If there is no such portal.
    pub fn add_owner(
        &self,
        portal: u64,
        email: &str,
        first_name: &str,
        last_name: &str,
    ) -> Result<u64, CrmError> {
        self.change(portal, |portal, rules| {
            let number = portal.owners.len() as u64 + 1;
            let id = 41_000_000 + number;
            let owner = Owner {
                id,
                user_id: 7_100_000 + number,
                email: email.to_owned(),
                first_name: first_name.to_owned(),
                last_name: last_name.to_owned(),
                archived: false,
                created: rules.now,
            };
            portal.owners.insert(id, owner);
            Ok(id)
        })
    }

    /// Archives an owner, as happens when a user is removed.
    ///
    /// # Errors
    /// If there is no such owner.
    pub fn archive_owner(&self, portal: u64, id: u64) -> Result<(), CrmError> {
        self.change(portal, |portal, _| {
            let missing = CrmError::NoSuchRecord { kind: "owner".to_owned(), id };
            portal.owners.get_mut(&id).ok_or(missing)?.archived = true;
            Ok(())
        })
    }
}

/// The type id of a link; `None` is the unlabelled one.
fn type_id(from: &Kind, to: &Kind, link: Link) -> Result<Option<u32>, CrmError> {
    match link {
        Link::Unlabelled => Ok(None),
        Link::Type(id) => Ok(Some(id)),
        Link::Primary => match link_types::primary(from, to) {
            Some(id) => Ok(Some(id)),
            None => Err(CrmError::NoSuchAssociationType {
                from: from.singular().to_owned(),
                to: to.singular().to_owned(),
                wanted: "`primary`".to_owned(),
            }),
        },
    }
}
