//! Defects of connections, grants, notices and tickets.

use acquaint_core::Result;
use acquaint_core::ids::{ConnectionId, ConnectorId, TenantId};
use acquaint_core::notice::NoticeEntry;
use acquaint_core::store::{Connection, ConnectionStatus, Put, PutConnection, Store, TakenTicket, Ticket};
use chrono::{DateTime, Utc};

use super::{Broken, Defect};

impl Broken {
    /// The connections of everybody that `choose` wants.
    fn links(&self, choose: impl Fn(&Connection) -> bool) -> Vec<Connection> {
        let state = self.inner.state();
        let links = state.tenants.values().flat_map(|tenant| tenant.connections.values());
        links.filter(|link| choose(link)).cloned().collect()
    }

    fn found(&self, link: &Connection) -> Option<Connection> {
        self.links(|found| found.tenant == link.tenant && found.id == link.id).pop()
    }

    /// Whether a connection must not be alone for which the inner store has no objection.
    fn is_in_the_way(&self, link: &Connection) -> bool {
        let near = |found: &Connection| found.connector == link.connector && found.account == link.account;
        let blocks = |found: &Connection| match self.defect {
            Defect::OwnAccountIsTaken => {
                found.tenant == link.tenant && found.id != link.id && found.holds_grant() && near(found)
            }
            _ if found.tenant == link.tenant => false,
            Defect::EndedIsInTheWay => near(found) && is_ended(found) && found.version == 1,
            Defect::GrantlessIsInTheWay => near(found) && found.grant.is_none(),
            Defect::ConnectorIsIgnored => found.holds_grant() && found.account == link.account,
            Defect::AccountIsIgnored => {
                found.holds_grant() && found.connector == link.connector && found.version == 1
            }
            _ => false,
        };
        !self.links(blocks).is_empty()
    }

    pub(super) async fn broken_put(&self, put: &PutConnection<'_>) -> Result<Put> {
        let mut link = put.connection.clone();
        let before = self.found(&link);
        let found = before.as_ref().map_or(0, |found| found.version);
        let mut given = *put;
        match (self.defect, before) {
            (Defect::PutKeepsTheEmail, Some(before)) => link.email = before.email,
            (Defect::ConnectionDropsKeys, _) => given.dirty = &[],
            (Defect::NewIsNotChecked, Some(_)) if link.version == 0 && found > 1 => link.version = found,
            (Defect::OlderVersionsWillDo, Some(_)) if link.version > 0 && link.version + 1 < found => {
                link.version = found;
            }
            (Defect::UnknownIsMade, None) if !self.has_erased(&link) => link.version = 0,
            (Defect::PutInTwoSteps, _) if link.version == found => {
                tokio::task::yield_now().await;
                link.version = self.found(&link).map_or(0, |found| found.version);
            }
            (Defect::AloneInTwoSteps, _) if put.alone => {
                let others = self.inner.grants_for(&link.connector, &link.account).await?;
                tokio::task::yield_now().await;
                given.alone = others.iter().any(|(tenant, _)| *tenant != link.tenant);
            }
            (Defect::BrokenGrantsAreFree, _) => {
                let works = |found: &Connection| {
                    let near = found.connector == link.connector && found.account == link.account;
                    near && found.tenant != link.tenant && found.status == ConnectionStatus::Active
                };
                given.alone &= !self.links(works).is_empty();
            }
            _ => {}
        }
        if put.alone && self.is_in_the_way(&link) {
            return Ok(Put::Taken);
        }
        given.connection = &link;
        let done = self.inner.put_connection(&given).await?;
        match (self.defect, done) {
            (Defect::ConflictMarks, Put::Conflict) | (Defect::TakenMarks, Put::Taken) => {
                self.with(&link.tenant, |tenant| tenant.mark_anew(put.dirty));
            }
            (Defect::ConflictNotifies, Put::Conflict) | (Defect::TakenNotifies, Put::Taken) => {
                self.with(&link.tenant, |tenant| tenant.notify(put.notices));
            }
            (Defect::TakenIsWritten, Put::Taken) if !put.dirty.is_empty() => {
                self.inner.put_connection(&PutConnection::new(&link)).await?;
            }
            (Defect::VersionsCountByTwo, Put::Stored(version)) => {
                self.with(&link.tenant, |tenant| {
                    tenant.connections.get_mut(&link.id).unwrap().version = version + 1;
                });
                return Ok(Put::Stored(version + 1));
            }
            (Defect::NoticePositionsSkip, Put::Stored(_)) => self.with(&link.tenant, |tenant| {
                if let [_, _, .., last] = &mut tenant.notices[..] {
                    last.position += u64::from(!put.notices.is_empty());
                }
            }),
            _ => {}
        }
        Ok(done)
    }

    fn has_erased(&self, link: &Connection) -> bool {
        self.inner.state().read(&link.tenant, |tenant| tenant.erased.contains_key(&link.id))
    }

    pub(super) fn broken_grants_for(
        &self,
        connector: &ConnectorId,
        account: &str,
    ) -> Vec<(TenantId, ConnectionId)> {
        let mut links = self.links(|link| {
            let (same, here) = (link.connector == *connector, link.account == account);
            match self.defect {
                Defect::HoldersMustWork => {
                    same && here && link.holds_grant() && link.status == ConnectionStatus::Active
                }
                // Longer ones too, as a comparison of beginnings has it.
                Defect::HoldersOfAnyAccount => {
                    same && link.account.starts_with(account) && link.holds_grant()
                }
                Defect::HoldersOfAnyConnector => here && link.holds_grant(),
                Defect::HoldersWithoutGrant => same && here && !is_ended(link),
                Defect::EndedFromTheStartHold => {
                    same && here && (link.holds_grant() || is_ended(link) && link.version == 1)
                }
                Defect::EndedLaterHold => {
                    same && here && (link.holds_grant() || is_ended(link) && link.version > 1)
                }
                _ => same && here && link.holds_grant(),
            }
        });
        if self.is(Defect::HoldersReversed) {
            links.reverse();
        }
        links.into_iter().map(|link| (link.tenant, link.id)).collect()
    }

    pub(super) async fn broken_notices(
        &self,
        tenant: &TenantId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<NoticeEntry>> {
        let after = if self.is(Defect::NoticesRepeat) { after.saturating_sub(1) } else { after };
        if self.is(Defect::NoticesOfAll) {
            let state = self.inner.state();
            let all = state.tenants.values().flat_map(|tenant| &tenant.notices);
            return Ok(all.filter(|entry| entry.position > after).take(limit).cloned().collect());
        }
        let mut notices = self.inner.notices(tenant, after, limit).await?;
        if self.is(Defect::NoticesAreSorted) {
            notices.sort_by_key(|entry| entry.notice.at);
        }
        Ok(notices)
    }

    pub(super) async fn broken_take(&self, id: &str, now: DateTime<Utc>) -> Result<TakenTicket> {
        let kept = self.kept(id);
        let never = self.is(Defect::TicketsNeverExpire) && kept.is_some();
        if self.is(Defect::TakeInTwoSteps) {
            tokio::task::yield_now().await;
        }
        let now = if never { DateTime::<Utc>::MIN_UTC } else { now };
        let taken = self.inner.take_ticket(id, now).await?;
        match (self.defect, &taken, kept) {
            (Defect::TakeInTwoSteps, TakenTicket::Used, Some(ticket)) => {
                return Ok(TakenTicket::Taken(ticket));
            }
            (Defect::UsedIsGood, TakenTicket::Taken(ticket), _) if id != "raced" => {
                self.inner.put_ticket(ticket).await?;
            }
            (Defect::UsedIsUnknown, TakenTicket::Used, _) => return Ok(TakenTicket::Unknown),
            (Defect::UsedNeverExpires, TakenTicket::Taken(_), _) => {
                if let Some(row) = self.inner.state().tickets.rows.get_mut(id) {
                    row.expires = DateTime::<Utc>::MAX_UTC;
                }
            }
            _ => {}
        }
        Ok(taken)
    }

    /// The ticket, if nobody has taken it.
    fn kept(&self, id: &str) -> Option<Ticket> {
        let state = self.inner.state();
        let row = state.tickets.rows.get(id)?;
        let (tenant, expires) = (row.tenant.clone(), row.expires);
        Some(Ticket { id: id.to_owned(), tenant, sealed: row.sealed.clone()?, expires })
    }
}

fn is_ended(link: &Connection) -> bool {
    matches!(link.status, ConnectionStatus::Disconnected { .. })
}
