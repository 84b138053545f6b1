//! A library: books that are listed and change, and a loan for each book, which can only be asked for by book.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use acquaint::core::auth::{AuthScheme, Carry, Fixed};
use acquaint::core::connector::{
    AnyStream, Connector, ConnectorInfo, Context, FetchRequest, Identity, KeyHint, LaneSpec, Next, Page,
    Partition, Push, RecordStream, Route, SourceSettings, StreamKind, StreamSpec, Told,
};
use acquaint::core::cursor::SyncCursor;
use acquaint::core::http::HttpPolicy;
use acquaint::core::ids::RecordKey;
use acquaint::core::record::{Change, Gone, RawRecord};
use acquaint::core::secret::Secret;
use acquaint::core::view::{Account, View, Views};
use acquaint::{Error, ErrorKind, Result, async_trait};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Request, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

const PAGE: usize = 10;

/// What the library is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Call {
    /// A page of all books.
    List { after: Option<String> },
    /// What has changed.
    Changes,
    /// Single books.
    Books(Vec<String>),
    /// Loans of these books.
    Loans(Vec<String>),
}

impl Call {
    pub(crate) fn loans(&self) -> Option<&[String]> {
        match self {
            Self::Loans(books) => Some(books),
            _ => None,
        }
    }
}

type Deed = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct State {
    /// Title, or why it is gone.
    books: BTreeMap<String, Result<String, Gone>>,
    loans: BTreeMap<String, String>,
    log: Vec<String>,
    calls: Vec<Call>,
    failing: usize,
    unreadable: BTreeSet<String>,
    deeds: VecDeque<(usize, Deed)>,
    loan_calls: usize,
}

/// The library, which all clones share.
#[derive(Clone, Default)]
pub(crate) struct Library(Arc<Mutex<State>>);

impl fmt::Debug for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Library")
    }
}

impl Library {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub(crate) fn put(&self, book: &str, title: &str) {
        let mut state = self.state();
        state.books.insert(book.to_owned(), Ok(title.to_owned()));
        state.log.push(book.to_owned());
    }

    pub(crate) fn merge(&self, book: &str, into: &str) {
        let mut state = self.state();
        state.books.insert(book.to_owned(), Err(Gone::MergedInto(into.into())));
        state.log.push(book.to_owned());
    }

    pub(crate) fn change_silently(&self, book: &str, title: &str) {
        self.state().books.insert(book.to_owned(), Ok(title.to_owned()));
    }

    pub(crate) fn remove_silently(&self, book: &str) {
        self.state().books.remove(book);
    }

    pub(crate) fn lend(&self, book: &str, to: &str) {
        self.state().loans.insert(book.to_owned(), to.to_owned());
    }

    /// Does something when the loans have been asked for so often, before the answer arrives.
    pub(crate) fn after_loans(&self, calls: usize, deed: impl FnOnce() + Send + 'static) {
        self.state().deeds.push_back((calls, Box::new(deed)));
    }

    /// The next so many calls for loans fail.
    pub(crate) fn fail_loans(&self, times: usize) {
        self.state().failing = times;
    }

    /// No answer tells of this book or its loan.
    pub(crate) fn hide(&self, book: &str) {
        self.state().unreadable.insert(book.to_owned());
    }

    pub(crate) fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.state().calls)
    }

    pub(crate) fn connector(&self) -> LibraryConnector {
        LibraryConnector::new(self)
    }
}

#[derive(Debug)]
pub(crate) struct LibraryConnector {
    info: ConnectorInfo,
    streams: Vec<Box<dyn AnyStream>>,
    push: Bulletin,
}

impl LibraryConnector {
    fn new(library: &Library) -> Self {
        let day = 24 * 60 * 60;
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        let token = AuthScheme::Fixed(Fixed::token("A library card", Carry::Bearer));
        let info = ConnectorInfo::new("library", "Library", token, HttpPolicy::default());
        let lanes = vec![LaneSpec::head(minutes(15)), LaneSpec::reconcile(Duration::from_secs(7 * day))];
        let books = StreamSpec::new("books", StreamKind::Directory, lanes).told();
        let lanes = vec![LaneSpec::head(minutes(15)), LaneSpec::walk("reconcile", minutes(360)).sweeping()];
        let mut loans =
            StreamSpec::new("loans", StreamKind::Directory, lanes).partitioned().follows("books").told();
        loans.read_batch = PAGE;
        let visitors = StreamSpec::new("visitors", StreamKind::Directory, vec![LaneSpec::head(minutes(15))]);
        let streams: Vec<Box<dyn AnyStream>> = vec![
            Box::new(Books { spec: books, library: library.clone() }),
            Box::new(Loans { spec: loans, library: library.clone() }),
            Box::new(Visitors(visitors)),
        ];
        Self { info, streams, push: Bulletin }
    }
}

#[async_trait]
impl Connector for LibraryConnector {
    fn info(&self) -> &ConnectorInfo {
        &self.info
    }

    fn streams(&self) -> &[Box<dyn AnyStream>] {
        &self.streams
    }

    async fn identify(&self, _cx: &Context) -> Result<Identity> {
        Ok(Identity::new("library-1", "The library"))
    }

    fn push(&self) -> Option<&dyn Push> {
        Some(&self.push)
    }
}

/// How far a lane has read.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Mark {
    List { after: String, log: usize },
    Log(usize),
}

impl SyncCursor for Mark {
    const KIND: &'static str = "library.mark";
}

#[derive(Debug)]
struct Books {
    spec: StreamSpec,
    library: Library,
}

fn change(state: &State, book: &str) -> Change {
    match state.books.get(book) {
        Some(Ok(title)) => Change::Full(RawRecord::new(book, title.clone())),
        Some(Err(gone)) => Change::gone(book, gone.clone()),
        None => Change::gone(book, Gone::Deleted),
    }
}

#[async_trait]
impl RecordStream for Books {
    type Cursor = Mark;

    fn spec(&self) -> &StreamSpec {
        &self.spec
    }

    async fn fetch(&self, _cx: &Context, request: FetchRequest<Mark>) -> Result<Page<Mark>> {
        let mut state = self.library.state();
        let (after, log) = match request.cursor {
            Some(Mark::Log(from)) => {
                state.calls.push(Call::Changes);
                let changed = state.log[from..].iter().map(|book| change(&state, book)).collect();
                return Ok(Page::new(changed, Next::Done(Mark::Log(state.log.len()))).covers(request.began));
            }
            Some(Mark::List { after, log }) => (Some(after), log),
            None => (None, state.log.len()),
        };
        state.calls.push(Call::List { after: after.clone() });
        let rest = state.books.iter().filter(|(book, title)| title.is_ok() && Some(*book) > after.as_ref());
        let page: Vec<String> = rest.map(|(book, _)| book.clone()).take(PAGE).collect();
        let changes = page.iter().map(|book| change(&state, book)).collect();
        Ok(match page.last() {
            Some(last) if page.len() == PAGE => {
                Page::new(changes, Next::More(Mark::List { after: last.clone(), log }))
            }
            _ => Page::new(changes, Next::Done(Mark::Log(log))).covers(request.began),
        })
    }

    fn view(&self, raw: &RawRecord) -> Result<Views> {
        let title = String::from_utf8_lossy(&raw.raw).into_owned();
        Ok(vec![View::Account(Account::new(raw.key.as_str(), title))])
    }

    async fn read(&self, _cx: &Context, _: &Partition, keys: &[RecordKey]) -> Result<Vec<Change>> {
        let mut state = self.library.state();
        state.calls.push(Call::Books(keys.iter().map(ToString::to_string).collect()));
        let shown = keys.iter().filter(|key| !state.unreadable.contains(key.as_str()));
        Ok(shown.map(|key| change(&state, key.as_str())).collect())
    }
}

#[derive(Debug)]
struct Loans {
    spec: StreamSpec,
    library: Library,
}

#[async_trait]
impl RecordStream for Loans {
    type Cursor = Mark;

    fn spec(&self) -> &StreamSpec {
        &self.spec
    }

    async fn partitions(&self, _cx: &Context) -> Result<Vec<Partition>> {
        Ok(vec![Partition::new("books", "Loans of books").following("books", "")])
    }

    async fn fetch(&self, _cx: &Context, _request: FetchRequest<Mark>) -> Result<Page<Mark>> {
        Err(Error::unsupported())
    }

    fn view(&self, _raw: &RawRecord) -> Result<Views> {
        Ok(Views::new())
    }

    async fn read(&self, _cx: &Context, partition: &Partition, keys: &[RecordKey]) -> Result<Vec<Change>> {
        assert_eq!(partition.key.as_str(), "books");
        let (answer, deed) = {
            let mut state = self.library.state();
            if state.failing > 0 {
                state.failing -= 1;
                return Err(Error::unavailable("the desk is closed"));
            }
            state.loan_calls += 1;
            state.calls.push(Call::Loans(keys.iter().map(ToString::to_string).collect()));
            let loan = |key: &RecordKey| {
                let to = state.loans.get(key.as_str()).cloned().unwrap_or_default();
                Change::Full(RawRecord::new(key.clone(), to))
            };
            let shown = keys.iter().filter(|key| !state.unreadable.contains(key.as_str()));
            let answer = shown.map(loan).collect();
            let due = state.deeds.front().is_some_and(|(after, _)| *after <= state.loan_calls);
            (answer, due.then(|| state.deeds.pop_front()).flatten())
        };
        if let Some((_, deed)) = deed {
            deed();
        }
        Ok(answer)
    }
}

/// A stream that no manifest here asks for.
#[derive(Debug)]
struct Visitors(StreamSpec);

#[async_trait]
impl RecordStream for Visitors {
    type Cursor = Mark;

    fn spec(&self) -> &StreamSpec {
        &self.0
    }

    fn asked(&self, _settings: &SourceSettings) -> bool {
        false
    }

    async fn fetch(&self, _cx: &Context, _request: FetchRequest<Mark>) -> Result<Page<Mark>> {
        panic!("nobody has asked for visitors")
    }

    fn view(&self, _raw: &RawRecord) -> Result<Views> {
        Ok(Views::new())
    }
}

/// Notifications: JSON of what they tell of, signed by repeating the app's secret in a header.
#[derive(Debug)]
struct Bulletin;

/// A notification of `account`: stream, partition, keys, and why they are gone if they are.
pub(crate) fn bulletin(account: &str, told: &[(&str, &str, &[&str])], secret: &str) -> Request<Bytes> {
    let body = serde_json::json!({ "account": account, "told": told }).to_string();
    let request = Request::post("https://elsewhere.example/push/library").header("x-signed", secret);
    request.body(Bytes::from(body)).unwrap()
}

impl Push for Bulletin {
    fn route(&self, request: &Request<Bytes>) -> Route {
        let Ok(body) = serde_json::from_slice::<Value>(request.body()) else {
            return Route::Answer(Response::builder().status(400).body(Bytes::new()).unwrap());
        };
        let account = body["account"].as_str().unwrap().to_owned();
        let told = body["told"].as_array().unwrap().iter().map(|told| {
            let text = |at: usize| told[at].as_str().unwrap().to_owned();
            let keys = told[2].as_array().unwrap().iter().map(|key| key.as_str().unwrap());
            let erased = |key: &str| key.strip_prefix('!').map(|key| KeyHint::new(key).gone(Gone::Erased));
            keys.fold(Told::new(account.clone(), text(0), text(1)), |told, key| match erased(key) {
                Some(erased) => told.key(erased),
                None => told.key(key),
            })
        });
        Route::Accounts(told.collect())
    }

    fn signed(
        &self,
        request: &Request<Bytes>,
        address: &Url,
        secret: &Secret,
        _now: DateTime<Utc>,
    ) -> Result<()> {
        assert_eq!(address.as_str(), "https://product.example/push/library", "the one that was given");
        match request.headers().get("x-signed") {
            Some(signed) if signed.as_bytes() == secret.expose().as_bytes() => Ok(()),
            _ => Err(Error::new(ErrorKind::Forbidden, "not signed")),
        }
    }
}
