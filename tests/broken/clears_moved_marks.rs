//! A commit of meetings clears every mark of its batch, also those that have moved since.

use std::sync::Arc;

use acquaint::core::store::{Mark, MeetingCommit, Store};
use acquaint::{Result, async_trait};

use crate::history::layer::{Layer, Over};
use crate::history::run::Bend;

#[derive(Debug, Default)]
pub struct ClearsMovedMarks;

impl Bend for ClearsMovedMarks {
    fn over(&self, store: Arc<dyn Store>) -> Arc<dyn Store> {
        Over::store(Bent(store))
    }
}

#[derive(Debug)]
struct Bent(Arc<dyn Store>);

#[async_trait]
impl Layer for Bent {
    fn under(&self) -> &dyn Store {
        &*self.0
    }

    async fn commit_meetings(&self, commit: &MeetingCommit<'_>) -> Result<()> {
        let present = self.0.dirty_batch(commit.claim, usize::MAX >> 1, commit.now).await?;
        let marks: Vec<Mark> = commit
            .marks
            .iter()
            .map(|mark| {
                let moved = present.marks.iter().find(|other| other.key == mark.key);
                Mark { seq: moved.map_or(mark.seq, |moved| moved.seq), ..mark.clone() }
            })
            .collect();
        self.0.commit_meetings(&MeetingCommit { marks: &marks, ..commit.clone() }).await
    }
}
