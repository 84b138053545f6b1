//! What the product is told.

use std::sync::Arc;

use acquaint_core::notice::{Notice, NoticeEntry, NoticeKind};
use acquaint_core::store::{Connection, Put, PutConnection, Store};

use super::super::{Failure, ensure, ensure_eq};
use super::Outcome;
use super::connections::{link, put};
use super::stage::{MANY, at};

fn notice(second: i64, kind: NoticeKind) -> Notice {
    Notice::new(at(second), "c1".into(), kind)
}

/// Writes a connection with notices, which has the version of this write then.
async fn tell(store: &Arc<dyn Store>, link: &mut Connection, notices: &[Notice]) -> Outcome {
    match store.put_connection(&PutConnection::new(link).notices(notices)).await? {
        Put::Stored(version) => {
            link.version = version;
            Ok(())
        }
        other => Err(Failure::new(format_args!("a connection that may be written gave {other:?}"))),
    }
}

async fn told(store: &Arc<dyn Store>, tenant: &str) -> Result<Vec<NoticeEntry>, Failure> {
    Ok(store.notices(&tenant.into(), 0, MANY).await?)
}

/// Notices are kept as they were given, in order, if and only if the connection is written.
pub async fn notices_come_with_the_write_they_tell_of(store: Arc<dyn Store>) -> Outcome {
    let reauth = NoticeKind::NeedsReauth { reason: "ä\u{0}b".to_owned() };
    let scopes =
        NoticeKind::ScopesMissing { scopes: vec!["read".to_owned()], streams: vec!["events".into()] };
    let given = [notice(1, NoticeKind::Connected), notice(2, reauth), notice(1, scopes)];
    let mut ours = link("acme", "c1");
    tell(&store, &mut ours, &given[..2]).await?;
    tell(&store, &mut ours, &given[2..]).await?;

    let mut stale = ours.clone();
    stale.version += 1;
    let late = [notice(3, NoticeKind::Disconnected)];
    let conflict = store.put_connection(&PutConnection::new(&stale).notices(&late)).await?;
    ensure_eq!(conflict, Put::Conflict, "a put that expects another version");
    let mut theirs = link("globex", "c1");
    theirs.grant = Some("g1".into());
    put(&store, &mut theirs).await?;
    let taken = store.put_connection(&PutConnection::new(&ours).notices(&late).alone(true)).await?;
    ensure_eq!(taken, Put::Taken, "a put that must be alone");

    let told: Vec<Notice> = told(&store, "acme").await?.into_iter().map(|entry| entry.notice).collect();
    ensure_eq!(told, given, "the notices of a tenant");
    Ok(())
}

/// Positions count from 1 without gaps, whichever connections the notices come with.
pub async fn notice_positions_are_gap_free(store: Arc<dyn Store>) -> Outcome {
    let (mut first, mut second) = (link("acme", "c1"), link("acme", "c2"));
    let two = [notice(1, NoticeKind::Connected), notice(1, NoticeKind::Disconnected)];
    for _ in 0..2 {
        tell(&store, &mut first, &two).await?;
        tell(&store, &mut second, &[]).await?;
        tell(&store, &mut second, &two[..1]).await?;
    }
    let positions: Vec<u64> = told(&store, "acme").await?.iter().map(|entry| entry.position).collect();
    ensure_eq!(positions, [1, 2, 3, 4, 5, 6], "the positions of notices");
    Ok(())
}

/// Notices are read on from a position, page by page.
pub async fn notices_are_read_on_from_a_position(store: Arc<dyn Store>) -> Outcome {
    let mut link = link("acme", "c1");
    for second in 0..5 {
        tell(&store, &mut link, &[notice(second, NoticeKind::Connected)]).await?;
    }
    let mut read: Vec<NoticeEntry> = Vec::new();
    for _ in 0..5 {
        let after = read.last().map_or(0, |entry| entry.position);
        let page = store.notices(&link.tenant, after, 2).await?;
        ensure!(page.len() <= 2, "a page of {} where 2 were asked for", page.len());
        read.extend(page);
    }
    let seconds: Vec<_> = read.iter().map(|entry| entry.notice.at).collect();
    ensure_eq!(seconds, [at(0), at(1), at(2), at(3), at(4)], "all notices, read by pages of two");
    Ok(())
}

/// Each tenant reads its own notices, with positions of its own.
pub async fn notices_of_tenants_stay_apart(store: Arc<dyn Store>) -> Outcome {
    ensure!(told(&store, "acme").await?.is_empty(), "notices of a tenant that nobody has written to");
    for (second, tenant) in [(1, "acme"), (2, "globex")] {
        tell(&store, &mut link(tenant, "c1"), &[notice(second, NoticeKind::Connected)]).await?;
    }
    for (second, tenant) in [(1, "acme"), (2, "globex")] {
        let found: Vec<_> =
            told(&store, tenant).await?.iter().map(|entry| (entry.position, entry.notice.at)).collect();
        ensure_eq!(found, [(1, at(second))], "the notices of {tenant}");
    }
    Ok(())
}
