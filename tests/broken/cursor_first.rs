//! The cursor is committed before its records: a crash in between loses a page.

use std::sync::Arc;

use acquaint::core::store::{Committed, PageCommit, Store};
use acquaint::{Result, async_trait};

use crate::history::layer::{Layer, Over};
use crate::history::run::Bend;

#[derive(Debug, Default)]
pub struct CursorFirst;

impl Bend for CursorFirst {
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

    async fn commit_page(&self, commit: &PageCommit<'_>) -> Result<Committed> {
        if commit.writes.is_empty() {
            return self.0.commit_page(commit).await;
        }
        let cursor = self.0.commit_page(&PageCommit { writes: &[], ..commit.clone() }).await?;
        self.0.commit_page(&PageCommit { expected: cursor.version, ..commit.clone() }).await
    }
}
