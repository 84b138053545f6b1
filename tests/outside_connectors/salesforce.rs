//! Accounts and contacts of one Salesforce organisation, addressed by its My Domain.
//!
//! A pass has two stages: what was changed, by `SystemModstamp`, then what was deleted. Deletions are no lane of
//! their own, because Salesforce remembers them for 15 days: after a longer pause only a baseline tells what is
//! gone, and the cursor that must expire then is the one that a baseline begins anew.
//!
//! <https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_list.htm>

use std::sync::Arc;
use std::time::Duration;

use acquaint::core::auth::AuthScheme;
use acquaint::core::connector::{
    AnyStream, Connector, ConnectorInfo, Context, FetchRequest, Identity, LaneSpec, Next, Page, RecordStream,
    SourceSettings, StreamKind, StreamSpec,
};
use acquaint::core::cursor::SyncCursor;
use acquaint::core::http::{ErrorTable, HttpPolicy, Verdict};
use acquaint::core::oauth::OAuth2;
use acquaint::core::record::{Change, Gone, RawRecord, Version, parse_json};
use acquaint::core::view::{Account, Association, Contact, View, Views};
use acquaint::{Error, ErrorKind, Result, async_trait};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use url::Url;

const API: &str = "/services/data/v66.0";

/// Transactions that end late carry an earlier time.
const OVERLAP: TimeDelta = TimeDelta::minutes(5);

#[derive(Debug)]
pub(crate) struct Salesforce {
    info: ConnectorInfo,
    streams: Vec<Box<dyn AnyStream>>,
    instance: Arc<Url>,
}

impl Salesforce {
    /// `instance` is the organisation's own host, `https://{name}.my.salesforce.com`.
    pub(crate) fn new(instance: Url) -> Result<Self> {
        let mut oauth = OAuth2::new(
            on(&instance, "/services/oauth2/authorize")?,
            on(&instance, "/services/oauth2/token")?,
        );
        oauth.revoke_url = Some(on(&instance, "/services/oauth2/revoke")?);
        oauth.base_scopes = vec!["refresh_token".into(), "openid".into()];
        oauth.token.revoked_codes = vec!["inactive_user".into()];
        let errors = ErrorTable::default()
            .reasons_at(["/0/errorCode"])
            .on(403, "REQUEST_LIMIT_EXCEEDED", Verdict::QuotaExhausted)
            .on(403, "API_DISABLED_FOR_ORG", Verdict::Forbidden)
            .advise("the organisation's edition has no API; nothing can be read before that changes")
            .on(400, "INVALID_FIELD", Verdict::Forbidden)
            .advise("a field is missing, or hidden from the person who connected")
            .on(400, "UNABLE_TO_LOCK_ROW", Verdict::Unavailable)
            .on(400, "QUERY_TIMEOUT", Verdict::Unavailable)
            .on(400, "EXCEEDED_ID_LIMIT", Verdict::CursorExpired);
        let http = HttpPolicy::new([&instance], errors);
        let info = ConnectorInfo::new("salesforce", "Salesforce", AuthScheme::OAuth2(oauth), http);
        let instance = Arc::new(instance);
        let stream = |object| Box::new(Objects::new(object, &instance)) as Box<dyn AnyStream>;
        Ok(Self { info, streams: [Object::Account, Object::Contact].map(stream).into(), instance })
    }
}

fn on(instance: &Url, path: &str) -> Result<Url> {
    instance.join(path).map_err(|error| Error::invalid("this path is none").with_source(error))
}

#[derive(Deserialize)]
struct UserInfo {
    organization_id: String,
    email: Option<String>,
}

#[async_trait]
impl Connector for Salesforce {
    fn info(&self) -> &ConnectorInfo {
        &self.info
    }

    fn streams(&self) -> &[Box<dyn AnyStream>] {
        &self.streams
    }

    async fn identify(&self, cx: &Context) -> Result<Identity> {
        let url = on(&self.instance, "/services/oauth2/userinfo")?;
        let who: UserInfo = cx.http.get(url).operation("salesforce.userinfo").receive().await?;
        let label = self.instance.host_str().unwrap_or_default().to_owned();
        let identity = Identity::new(who.organization_id, label);
        Ok(match who.email {
            Some(email) => identity.email(email),
            None => identity,
        })
    }

    /// Names of fields become part of a query.
    fn check(&self, settings: &SourceSettings) -> Vec<Error> {
        let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let wrong = settings.fields.values().flatten().filter(|name| !is_name(name));
        wrong.map(|name| Error::invalid("this is no name of a field").with("field", name)).collect()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Object {
    Account,
    Contact,
}

impl Object {
    fn name(self) -> &'static str {
        match self {
            Self::Account => "Account",
            Self::Contact => "Contact",
        }
    }

    /// The section of the manifest, and the name of the stream.
    fn section(self) -> &'static str {
        match self {
            Self::Account => "accounts",
            Self::Contact => "contacts",
        }
    }

    fn fields(self) -> &'static str {
        match self {
            Self::Account => "Id,SystemModstamp,CreatedDate,Name,Website,ParentId",
            Self::Contact => "Id,SystemModstamp,CreatedDate,Name,Email,AccountId",
        }
    }
}

/// Where a pass stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub(crate) enum Cursor {
    /// Within the changes; a baseline has no `from`.
    Changes {
        from: Option<DateTime<Utc>>,
        until: DateTime<Utc>,
        deleted_from: DateTime<Utc>,
        locator: String,
    },
    /// Before the deletions.
    Deletions { until: DateTime<Utc>, deleted_from: DateTime<Utc> },
    /// Between two passes.
    Ready { until: DateTime<Utc>, deleted_from: DateTime<Utc> },
}

impl SyncCursor for Cursor {
    const KIND: &'static str = "salesforce.objects";
}

#[derive(Debug)]
struct Objects {
    object: Object,
    spec: StreamSpec,
    instance: Arc<Url>,
}

#[derive(Deserialize)]
struct QueryPage<'a> {
    #[serde(rename = "nextRecordsUrl")]
    next: Option<String>,
    #[serde(borrow)]
    records: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DeletedPage {
    deleted_records: Vec<DeletedRecord>,
    earliest_date_available: String,
    latest_date_covered: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DeletedRecord {
    id: String,
    deleted_date: String,
}

#[derive(Deserialize)]
struct Named {
    #[serde(rename = "Id")]
    id: String,
}

#[derive(Deserialize)]
struct Row {
    #[serde(rename = "Id")]
    id: String,
    #[serde(rename = "SystemModstamp")]
    modified: String,
    #[serde(rename = "CreatedDate")]
    created: Option<String>,
    #[serde(flatten)]
    fields: serde_json::Map<String, Value>,
}

/// Salesforce's offsets have no colon, which RFC 3339 wants.
fn instant(text: &str) -> Result<DateTime<Utc>> {
    DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z")
        .map(|at| at.to_utc())
        .map_err(|_| Error::new(ErrorKind::Malformed, "this is no time of Salesforce's"))
}

fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

impl Objects {
    fn new(object: Object, instance: &Arc<Url>) -> Self {
        let head =
            LaneSpec::head(Duration::from_secs(15 * 60)).baseline_every(Duration::from_secs(7 * 86_400));
        let mut spec = StreamSpec::new(object.section(), StreamKind::Directory, vec![head]).scope("api");
        spec.lag = OVERLAP.to_std().unwrap_or_default();
        Self { object, spec, instance: Arc::clone(instance) }
    }

    /// The first page of what was changed since `from`. There is no upper bound: what changes while it is read
    /// must not fall out of a baseline.
    fn query(&self, settings: &SourceSettings, from: Option<DateTime<Utc>>) -> Result<Url> {
        let fields = [&[self.object.fields().to_owned()], settings.fields_of(self.object.section())].concat();
        let since =
            from.map(|from| format!(" WHERE SystemModstamp >= {}", written(from))).unwrap_or_default();
        let (fields, object) = (fields.join(","), self.object.name());
        let soql = format!("SELECT {fields} FROM {object}{since} ORDER BY SystemModstamp, Id");
        let mut url = on(&self.instance, &format!("{API}/query"))?;
        url.query_pairs_mut().append_pair("q", &soql);
        Ok(url)
    }

    async fn changes(
        &self,
        cx: &Context,
        (from, until, deleted_from): (Option<DateTime<Utc>>, DateTime<Utc>, DateTime<Utc>),
        locator: Option<String>,
    ) -> Result<Page<Cursor>> {
        let first = self.query(&cx.settings, from)?;
        let url = match &locator {
            Some(path) => on(&self.instance, path)?,
            None => first.clone(),
        };
        let response = match cx.http.get(url).operation("salesforce.query").send().await {
            // It lives two days, or less. What it led through is read again, which loses nothing.
            Err(error) if locator.is_some() && error.context("reason") == Some("INVALID_QUERY_LOCATOR") => {
                cx.http.get(first).operation("salesforce.query").send().await?
            }
            other => other?,
        };
        let page: QueryPage<'_> = parse_json(response.body())?;
        let changes = page.records.into_iter().map(change).collect();
        let next = match page.next {
            Some(locator) => Cursor::Changes { from, until, deleted_from, locator },
            None => Cursor::Deletions { until, deleted_from },
        };
        Ok(Page::new(changes, Next::More(next)))
    }

    async fn deletions(
        &self,
        cx: &Context,
        until: DateTime<Utc>,
        from: DateTime<Utc>,
    ) -> Result<Page<Cursor>> {
        let done = |deleted_from| Next::Done(Cursor::Ready { until, deleted_from });
        // Seconds are cut off, and an empty span is refused.
        if until - from < TimeDelta::minutes(2) {
            return Ok(Page::new(Vec::new(), done(from)).covers(from - OVERLAP));
        }
        let url = on(&self.instance, &format!("{API}/sobjects/{}/deleted/", self.object.name()))?;
        let span = [("start", written(from)), ("end", written(until))];
        let call = cx.http.get(url).query(span).operation("salesforce.deleted");
        let page: DeletedPage = call.receive().await?;
        if instant(&page.earliest_date_available)? > from {
            return Err(Error::new(
                ErrorKind::CursorExpired,
                "Salesforce has forgotten what was deleted since",
            ));
        }
        let tombstone = |record: DeletedRecord| {
            let version = Some(Version::from(instant(&record.deleted_date)?));
            Ok(Change::Tombstone { key: record.id.into(), gone: Gone::Deleted, version })
        };
        let changes = page.deleted_records.into_iter().map(tombstone).collect::<Result<_>>()?;
        let covered = instant(&page.latest_date_covered)?;
        Ok(Page::new(changes, done(covered)).covers(covered.min(until - OVERLAP)))
    }
}

fn change(item: &RawValue) -> Change {
    let raw = item.get().to_owned();
    match parse_json::<Row>(item.get().as_bytes()).and_then(|row| Ok((row.id, instant(&row.modified)?))) {
        Ok((id, modified)) => Change::Full(RawRecord::new(id, raw).at_version(modified)),
        Err(error) => {
            let id = parse_json::<Named>(item.get().as_bytes())
                .map_or_else(|_| "unreadable".into(), |item| item.id);
            Change::Rejected { record: RawRecord::new(id, raw), why: error.message().to_owned() }
        }
    }
}

#[async_trait]
impl RecordStream for Objects {
    type Cursor = Cursor;

    fn spec(&self) -> &StreamSpec {
        &self.spec
    }

    async fn fetch(&self, cx: &Context, request: FetchRequest<Cursor>) -> Result<Page<Cursor>> {
        let began = request.began;
        match request.cursor {
            None => self.changes(cx, (None, began, began), None).await,
            Some(Cursor::Changes { from, until, deleted_from, locator }) => {
                self.changes(cx, (from, until, deleted_from), Some(locator)).await
            }
            Some(Cursor::Deletions { until, deleted_from }) => self.deletions(cx, until, deleted_from).await,
            Some(Cursor::Ready { until, deleted_from }) => {
                self.changes(cx, (Some(until - OVERLAP), began, deleted_from), None).await
            }
        }
    }

    fn view(&self, raw: &RawRecord) -> Result<Views> {
        let Row { id, created, mut fields, .. } = raw.parse()?;
        let created = created.as_deref().map(instant).transpose()?;
        fields.remove("attributes");
        let mut text = |name: &str| match fields.remove(name) {
            Some(Value::String(text)) if !text.is_empty() => Some(text),
            _ => None,
        };
        let name = text("Name");
        Ok(match self.object {
            Object::Account => {
                let mut account = Account::default();
                (account.id, account.name, account.created) = (id, name, created);
                account.domains = text("Website").into_iter().collect();
                account.parent = text("ParentId");
                account.fields = fields.into_iter().collect();
                vec![View::Account(account)]
            }
            Object::Contact => {
                let mut contact = Contact::default();
                (contact.id, contact.name, contact.created) = (id.clone(), name, created);
                contact.emails = text("Email").into_iter().collect();
                let of = text("AccountId").map(|account| Association::contact_to_account(id, account, true));
                contact.fields = fields.into_iter().collect();
                [View::Contact(contact)].into_iter().chain(of.map(View::Association)).collect()
            }
        })
    }

    fn binding(&self, settings: &SourceSettings) -> String {
        settings.fields_of(self.object.section()).join(",")
    }
}

mod tests {
    use acquaint::core::connector::Partition;

    use super::*;
    use crate::{Script, at, context, fetch};

    const PAGE: &str = r#"{"totalSize": 2, "done": false, "nextRecordsUrl": "/services/data/v66.0/query/01g-1",
        "records": [{"attributes": {"type": "Account"}, "Id": "001A", "SystemModstamp": "2026-03-01T09:00:00.000+0000",
        "CreatedDate": "2024-01-01T00:00:00.000+0000", "Name": "Globex", "Website": "https://globex.com",
        "ParentId": null, "Industry": "Energy"}]}"#;
    const LAST: &str = r#"{"totalSize": 2, "done": true, "records": [{"Id": "001B"}]}"#;
    const DELETED: &str = r#"{"deletedRecords": [{"id": "001A", "deletedDate": "2026-03-02T09:58:00.000+0000"}],
        "earliestDateAvailable": "2026-02-15T00:00:00.000+0000", "latestDateCovered": "2026-03-02T09:59:00.000+0000"}"#;

    fn salesforce() -> Salesforce {
        Salesforce::new("https://globex.my.salesforce.com".parse().unwrap()).unwrap()
    }

    fn ready(deleted_from: &str) -> Option<acquaint::core::cursor::StoredCursor> {
        let cursor = Cursor::Ready { until: at("2026-03-02T09:45:00Z"), deleted_from: at(deleted_from) };
        Some(acquaint::core::cursor::StoredCursor::store(&cursor).unwrap())
    }

    #[tokio::test]
    async fn a_baseline_follows_the_locator_and_survives_its_loss() {
        let lost = r#"[{"message": "invalid query locator", "errorCode": "INVALID_QUERY_LOCATOR"}]"#;
        let script =
            Script::new([(200, PAGE), (400, lost), (200, LAST)].map(|(code, body)| (code, body.into())));
        let salesforce = salesforce();
        let (cx, stream) = (context(&salesforce, &script), &*salesforce.streams()[0]);
        let mut cursor = None;
        let mut changes = Vec::new();
        loop {
            let page = fetch(stream, &cx, Partition::whole(), cursor).await.unwrap();
            changes.extend(page.changes);
            match page.next {
                Next::More(next) => cursor = Some(next),
                Next::Done(_) => break,
                Next::Wait { .. } => panic!("nothing to wait for"),
            }
        }
        assert!(script.asked()[1].ends_with("/services/data/v66.0/query/01g-1"));
        assert_eq!(script.asked()[0], script.asked()[2], "the query is asked again");
        assert!(matches!(&changes[0], Change::Full(record) if record.version.is_some()));
        assert!(matches!(&changes[1], Change::Rejected { record, .. } if record.key.as_str() == "001B"));
    }

    #[tokio::test]
    async fn an_increment_ends_with_the_deletions() {
        let script = Script::new([(200, LAST), (200, DELETED)].map(|(code, body)| (code, body.into())));
        let salesforce = salesforce();
        let (cx, stream) = (context(&salesforce, &script), &*salesforce.streams()[0]);
        let page = fetch(stream, &cx, Partition::whole(), ready("2026-03-02T09:44:00Z")).await.unwrap();
        let Next::More(cursor) = page.next else { panic!("deletions follow") };
        let page = fetch(stream, &cx, Partition::whole(), Some(cursor)).await.unwrap();
        assert!(script.asked()[0].contains("SystemModstamp+%3E%3D+2026-03-02T09%3A40%3A00Z"));
        assert!(
            script.asked()[1]
                .contains("/deleted/?start=2026-03-02T09%3A44%3A00Z&end=2026-03-02T10%3A00%3A00Z")
        );
        assert!(matches!(&page.changes[0], Change::Tombstone { gone: Gone::Deleted, .. }));
        let Next::Done(cursor) = page.next else { panic!("the pass is complete") };
        let expected =
            Cursor::Ready { until: at("2026-03-02T10:00:00Z"), deleted_from: at("2026-03-02T09:59:00Z") };
        assert_eq!(cursor.load::<Cursor>().unwrap(), expected);
    }

    #[tokio::test]
    async fn deletions_that_are_forgotten_want_a_baseline() {
        let script = Script::new([(200, LAST), (200, DELETED)].map(|(code, body)| (code, body.into())));
        let salesforce = salesforce();
        let (cx, stream) = (context(&salesforce, &script), &*salesforce.streams()[0]);
        let page = fetch(stream, &cx, Partition::whole(), ready("2026-02-01T00:00:00Z")).await.unwrap();
        let Next::More(cursor) = page.next else { panic!("deletions follow") };
        let error = fetch(stream, &cx, Partition::whole(), Some(cursor)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::CursorExpired);
    }

    #[test]
    fn an_account_and_a_contact_are_read() {
        let salesforce = salesforce();
        let page: QueryPage<'_> = parse_json(PAGE.as_bytes()).unwrap();
        let record = RawRecord::new("001A", page.records[0].get().to_owned());
        let expected =
            Account::new("001A", "Globex").domain("https://globex.com").field("Industry", "Energy");
        match salesforce.streams()[0].view(&record).unwrap().as_slice() {
            [View::Account(account)] => {
                assert_eq!((&account.name, &account.domains), (&expected.name, &expected.domains));
                assert_eq!(account.fields, expected.fields);
                assert_eq!(account.created, Some(at("2024-01-01T00:00:00Z")));
            }
            other => panic!("{other:?}"),
        }
        let jane = r#"{"Id": "003J", "SystemModstamp": "2026-03-01T09:00:00.000+0000", "Name": "Jane Doe",
            "Email": "jane@globex.com", "AccountId": "001A"}"#;
        let views = salesforce.streams()[1].view(&RawRecord::new("003J", jane)).unwrap();
        assert_eq!(views[0], View::Contact(Contact::new("003J", "jane@globex.com").name("Jane Doe")));
        assert_eq!(views[1], View::Association(Association::contact_to_account("003J", "001A", true)));
    }

    #[test]
    fn a_field_cannot_smuggle_in_a_query() {
        let mut settings = SourceSettings::default();
        settings.fields.insert("accounts".into(), vec!["Id FROM User--".into(), "Name, Id".into()]);
        let kinds: Vec<_> = salesforce().check(&settings).iter().map(Error::kind).collect();
        assert_eq!(kinds, [ErrorKind::Invalid, ErrorKind::Invalid]);
    }
}
