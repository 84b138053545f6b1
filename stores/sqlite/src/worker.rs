//! Threads that own connections, and the lines in which calls wait for them.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use acquaint_core::{Error, ErrorKind, Result};
use rusqlite::Connection;
use tokio::sync::{Semaphore, oneshot};

use crate::fault::{Done, Fault};

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// Which line a call waits in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    /// Short verbs that others wait for: claims, leases, hints, credentials.
    Fast,
    /// Everything else.
    Slow,
}

/// The calls that wait for a thread, served in turn, the fast line first.
pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
    ready: Condvar,
    fast: Arc<Semaphore>,
    slow: Arc<Semaphore>,
}

struct Waiting {
    fast: VecDeque<Job>,
    slow: VecDeque<Job>,
    open: bool,
}

impl Queue {
    /// Lines for at most `places` calls each.
    pub(crate) fn new(places: usize) -> Arc<Self> {
        Arc::new(Self {
            waiting: Mutex::new(Waiting { fast: VecDeque::new(), slow: VecDeque::new(), open: true }),
            ready: Condvar::new(),
            fast: Arc::new(Semaphore::new(places)),
            slow: Arc::new(Semaphore::new(places)),
        })
    }

    /// Starts a thread on the connection that `connect` gives, and waits until it has one.
    pub(crate) async fn serve(
        self: &Arc<Self>,
        connect: impl FnOnce() -> Done<Connection> + Send + 'static,
    ) -> Result<(), Fault> {
        let (reply, answer) = oneshot::channel();
        let queue = Arc::clone(self);
        let work = move || match connect() {
            Ok(mut db) => {
                let _ = reply.send(Ok(()));
                while let Some(job) = queue.next() {
                    job(&mut db);
                }
            }
            Err(fault) => {
                let _ = reply.send(Err(fault));
            }
        };
        std::thread::Builder::new().name("acquaint-sqlite".to_owned()).spawn(work).map_err(|error| {
            Error::new(ErrorKind::Store, "a thread for the store cannot be started").with_source(error)
        })?;
        answer.await.map_err(|_| ended())?
    }

    /// Has `work` done on a thread. Once it is in line it is done whole, whether or not somebody still waits.
    pub(crate) async fn call<T: Send + 'static>(
        &self,
        line: Line,
        work: impl FnOnce(&mut Connection) -> Done<T> + Send + 'static,
    ) -> Result<T, Fault> {
        let places = match line {
            Line::Fast => &self.fast,
            Line::Slow => &self.slow,
        };
        let place = Arc::clone(places).acquire_owned().await.map_err(|_| ended())?;
        let (reply, answer) = oneshot::channel();
        self.push(
            line,
            Box::new(move |db| {
                // A panic rolls the transaction back and must not end the thread for all others.
                let done = catch_unwind(AssertUnwindSafe(|| work(db))).unwrap_or_else(|_| Err(ended()));
                drop(place);
                let _ = reply.send(done);
            }),
        );
        answer.await.map_err(|_| ended())?
    }

    /// Lets the threads end once the lines are empty.
    pub(crate) fn close(&self) {
        self.lock().open = false;
        self.ready.notify_all();
    }

    fn push(&self, line: Line, job: Job) {
        let mut waiting = self.lock();
        match line {
            Line::Fast => waiting.fast.push_back(job),
            Line::Slow => waiting.slow.push_back(job),
        }
        drop(waiting);
        self.ready.notify_one();
    }

    fn next(&self) -> Option<Job> {
        let mut waiting = self.lock();
        loop {
            let job = waiting.fast.pop_front();
            if let Some(job) = job.or_else(|| waiting.slow.pop_front()) {
                return Some(job);
            }
            if !waiting.open {
                return None;
            }
            waiting = self.ready.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// No code that can panic runs under the lock.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn ended() -> Fault {
    Error::bug("a thread of the store ended in the middle of a call").into()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use std::sync::mpsc;

    use super::*;

    async fn serving(places: usize) -> Arc<Queue> {
        let queue = Queue::new(places);
        queue.serve(|| Ok(Connection::open_in_memory()?)).await.unwrap();
        queue
    }

    #[tokio::test]
    async fn a_panic_in_one_call_leaves_the_thread_to_the_others() {
        let queue = serving(1).await;
        let failed = queue.call::<()>(Line::Slow, |_| panic!("on purpose")).await.unwrap_err();
        assert_eq!(failed.into_error("test").kind(), ErrorKind::Bug);
        assert_eq!(queue.call(Line::Slow, |_| Ok(1)).await.unwrap(), 1);
        queue.close();
    }

    #[tokio::test]
    async fn the_fast_line_goes_first() {
        let queue = serving(4).await;
        let (open, gate) = mpsc::channel::<()>();
        let (say, said) = mpsc::channel();
        let blocked = queue.call(Line::Slow, move |_| {
            gate.recv().unwrap();
            Ok(())
        });
        let slow = queue.call(Line::Slow, {
            let say = say.clone();
            move |_| {
                say.send("slow").unwrap();
                Ok(())
            }
        });
        let fast = queue.call(Line::Fast, move |_| {
            say.send("fast").unwrap();
            Ok(())
        });
        // Joined calls get in line in this order; then the gate opens.
        let opened = async { open.send(()).unwrap() };
        let (a, b, c, ()) = tokio::join!(blocked, slow, fast, opened);
        a.and(b).and(c).unwrap();
        assert_eq!(said.iter().take(2).collect::<Vec<_>>(), ["fast", "slow"]);
        queue.close();
    }

    #[tokio::test]
    async fn a_thread_that_cannot_connect_says_why() {
        let queue = Queue::new(1);
        let failed = queue.serve(|| Err(Error::invalid("no such file").into())).await.unwrap_err();
        assert_eq!(failed.into_error("open").to_string(), "open: no such file");
    }
}
