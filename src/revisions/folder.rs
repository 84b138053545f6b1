//! Manifests in a folder, one for each group of tenants.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use acquaint_core::ids::TenantId;
use acquaint_core::{Error, Result, async_trait};

use super::source::{ManifestSource, read};

/// Manifests in a folder, as `NAME.yaml`. All tenants go by `default.yaml`, unless they belong to a group, which goes by
/// the file of its name. So a new manifest reaches one group of tenants after the other: by a change of its file, or by
/// a change of who belongs to it.
///
/// ```
/// use acquaint::ManifestFolder;
/// // Those who try what is new go by `manifests/early.yaml`.
/// let source = ManifestFolder::at("manifests").groups(|tenant| {
///     matches!(tenant.as_str(), "acme" | "globex").then(|| "early".to_owned())
/// });
/// # let _ = source;
/// ```
#[derive(Clone)]
pub struct ManifestFolder {
    path: PathBuf,
    groups: Option<Groups>,
}

type Groups = Arc<dyn Fn(&TenantId) -> Option<String> + Send + Sync>;

impl fmt::Debug for ManifestFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManifestFolder").field("path", &self.path).finish_non_exhaustive()
    }
}

impl ManifestFolder {
    /// In this folder. Every tenant goes by `default.yaml`.
    pub fn at(path: impl AsRef<Path>) -> Self {
        Self { path: path.as_ref().to_owned(), groups: None }
    }

    /// Says which tenants belong to which group; `None` for those who go by `default.yaml`. It is asked at every sync, so
    /// it must be quick, and may change its answers.
    ///
    /// A name is one of a file: letters, digits, `_`, `-` and dots, of which the first is none.
    #[must_use]
    pub fn groups(mut self, group: impl Fn(&TenantId) -> Option<String> + Send + Sync + 'static) -> Self {
        self.groups = Some(Arc::new(group));
        self
    }
}

#[async_trait]
impl ManifestSource for ManifestFolder {
    async fn read(&self) -> Result<String> {
        read(&self.path.join("default.yaml"))
    }

    fn group(&self, tenant: &TenantId) -> Option<String> {
        self.groups.as_ref().and_then(|group| group(tenant))
    }

    async fn read_group(&self, group: &str) -> Result<String> {
        // A group may be called after what a customer has typed: it must not lead out of the folder.
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
        if group.is_empty() || group.starts_with('.') || !group.bytes().all(fits) {
            return Err(Error::invalid("this cannot name a group's manifest")
                .with("group", group)
                .advise("use letters, digits, `_`, `-` and dots, of which the first is none"));
        }
        read(&self.path.join(format!("{group}.yaml")))
    }
}
