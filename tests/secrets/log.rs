//! Everything that this process logs, as text: every crate, every level, through `tracing` or through `log`.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex, OnceLock};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// What was logged since it was installed, with every field of every event and span.
#[derive(Debug, Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<Line>>>);

#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// Who logged it.
    pub(crate) target: String,
    pub(crate) text: String,
}

impl Log {
    /// Records what this process logs, from the first call on.
    pub(crate) fn install() -> Self {
        static LOG: OnceLock<Log> = OnceLock::new();
        let installed = LOG.get_or_init(|| {
            let log = Self::default();
            tracing::subscriber::set_global_default(log.clone()).unwrap();
            log::set_boxed_logger(Box::new(log.clone())).unwrap();
            log::set_max_level(log::LevelFilter::Trace);
            log
        });
        installed.clone()
    }

    pub(crate) fn lines(&self) -> Vec<Line> {
        self.0.lock().unwrap().clone()
    }

    /// How many lines each crate has logged.
    pub(crate) fn by_crate(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for line in self.0.lock().unwrap().iter() {
            let krate = line.target.split("::").next().unwrap_or_default();
            *counts.entry(krate.to_owned()).or_default() += 1;
        }
        counts
    }

    fn add(&self, metadata: &Metadata<'_>, record: impl FnOnce(&mut Fields)) {
        let mut fields = Fields(metadata.name().to_owned());
        record(&mut fields);
        let line = Line { target: metadata.target().to_owned(), text: fields.0 };
        self.0.lock().unwrap().push(line);
    }
}

/// A field may look otherwise in each of its forms.
struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {field}={value:?} {value:#?}").unwrap();
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        write!(self.0, " {field}={value} {value:?}").unwrap();
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let mut next = Some(value);
        while let Some(error) = next {
            write!(self.0, " {field}={error} {error:?} {error:#?}").unwrap();
            next = error.source();
        }
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.add(span.metadata(), |fields| span.record(fields));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut fields = Fields("span".to_owned());
        values.record(&mut fields);
        self.0.lock().unwrap().push(Line { target: "span".to_owned(), text: fields.0 });
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        self.add(event.metadata(), |fields| event.record(fields));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// The other facade: reqwest and rustls log through it.
impl log::Log for Log {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let line = Line { target: record.target().to_owned(), text: record.args().to_string() };
        self.0.lock().unwrap().push(line);
    }

    fn flush(&self) {}
}
