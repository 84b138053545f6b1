//! Connections: how they are written, who else holds a grant for an account, and how they end.

use acquaint_core::ids::{ConnectionId, ConnectorId, RecordRef, TenantId};
use acquaint_core::notice::{Notice, NoticeEntry};
use acquaint_core::store::{Put, PutConnection, RetireConnection, Retired};

use super::state::{State, Tenant};

impl State {
    pub(crate) fn put_connection(&mut self, put: &PutConnection<'_>) -> Put {
        let link = put.connection;
        let found =
            self.read(&link.tenant, |tenant| tenant.connections.get(&link.id).map(|link| link.version));
        if found.unwrap_or(0) != link.version {
            return Put::Conflict;
        }
        let holders = self.grants_for(&link.connector, &link.account);
        if put.alone && holders.iter().any(|(tenant, _)| *tenant != link.tenant) {
            return Put::Taken;
        }
        Put::Stored(self.tenant(&link.tenant).put_connection(put))
    }

    pub(crate) fn grants_for(&self, connector: &ConnectorId, account: &str) -> Vec<(TenantId, ConnectionId)> {
        let links = self.tenants.values().flat_map(|tenant| tenant.connections.values());
        links
            .filter(|link| link.holds_grant() && link.connector == *connector && link.account == account)
            .map(|link| (link.tenant.clone(), link.id.clone()))
            .collect()
    }

    pub(crate) fn retire_connection(&mut self, retire: &RetireConnection<'_>) -> Retired {
        let tenant = self.tenants.get_mut(retire.tenant);
        let retired = tenant.map(|tenant| tenant.retire_connection(retire)).unwrap_or_default();
        if retire.erase && !retired.more {
            self.subscriptions.erase(retire.tenant, retire.connection);
        }
        retired
    }
}

impl Tenant {
    /// Gives the version that the connection has now.
    fn put_connection(&mut self, put: &PutConnection<'_>) -> u64 {
        self.known = true;
        let mut link = put.connection.clone();
        link.version = self.erased.remove(&link.id).unwrap_or(link.version) + 1;
        let version = link.version;
        self.connections.insert(link.id.clone(), link);
        self.mark_anew(put.dirty);
        self.notify(put.notices);
        version
    }

    pub(crate) fn notify(&mut self, notices: &[Notice]) {
        for notice in notices {
            let position = self.notices.last().map_or(0, |entry| entry.position) + 1;
            self.notices.push(NoticeEntry { position, notice: notice.clone() });
        }
    }

    fn retire_connection(&mut self, retire: &RetireConnection<'_>) -> Retired {
        let id = retire.connection;
        self.lanes.retain(|lane, _| lane.connection != *id);
        self.partitions.retain(|(connection, _, _), _| connection != id);
        if !retire.erase {
            return Retired::default();
        }
        let own = self.mirror.rows.keys().filter(|record| record.connection == *id);
        let mut records: Vec<RecordRef> = own.take(retire.limit.saturating_add(1)).cloned().collect();
        let more = records.len() > retire.limit;
        records.truncate(retire.limit);
        self.remove_all(&records);
        if !more && let Some(link) = self.connections.remove(id) {
            self.erased.insert(link.id, link.version);
        }
        Retired { records: u64::try_from(records.len()).unwrap_or(u64::MAX), more }
    }

    /// Removes records, live or not, under one new seq, if there are any.
    fn remove_all(&mut self, records: &[RecordRef]) {
        if records.is_empty() {
            return;
        }
        let seq = self.take_seq();
        for record in records {
            let keys = self.mirror.remove(record);
            self.mark(&keys, seq);
        }
    }
}
