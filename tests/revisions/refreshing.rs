use std::sync::{Arc, Mutex};
use std::time::Duration;

use acquaint::{
    Error, ErrorKind, Manifest, ManifestFile, ManifestFolder, ManifestSource, Refreshed, Result, async_trait,
};

use super::{Acquaint, World, apply, customers, external, fill, kept};

/// A text that a test changes, or that cannot be read.
#[derive(Debug, Clone)]
struct Board(Arc<Mutex<Option<String>>>);

impl Board {
    fn new(text: &str) -> Self {
        Self(Arc::new(Mutex::new(Some(text.to_owned()))))
    }

    fn write(&self, text: Option<String>) {
        *self.0.lock().unwrap() = text;
    }
}

#[async_trait]
impl ManifestSource for Board {
    async fn read(&self) -> Result<String> {
        self.0.lock().unwrap().clone().ok_or_else(|| Error::unavailable("the board is out of sight"))
    }
}

async fn engine(world: &World, source: impl ManifestSource) -> Result<Acquaint> {
    world.builder().manifest_source(source).build().await
}

#[tokio::test]
async fn a_running_engine_picks_up_a_new_manifest() {
    let (world, board) = (World::new(), Board::new(&external().to_json().to_string()));
    let acquaint = engine(&world, board.clone()).await.unwrap();
    let tenant = acquaint.tenant("acme");
    fill(&tenant).await;
    assert_eq!(kept(&tenant).await.len(), 3);

    board.write(Some(customers().to_json().to_string()));
    tenant.sync().await.unwrap().into_result().unwrap();
    assert_eq!(kept(&tenant).await.len(), 3, "it was looked at a moment ago");
    world.clock.advance(Duration::from_secs(31));
    tenant.sync().await.unwrap().into_result().unwrap();
    assert_eq!(kept(&tenant).await, ["QBR"]);
    assert_eq!(acquaint.manifest().revision(), customers().revision());
}

#[tokio::test]
async fn a_bad_manifest_is_refused_and_the_old_one_stays() {
    let (world, board) = (World::new(), Board::new(&external().to_json().to_string()));
    let acquaint = engine(&world, board.clone()).await.unwrap();
    let tenant = acquaint.tenant("acme");
    fill(&tenant).await;
    for text in [Some("acquaint: 1\nkeep: { titel: x }\n".to_owned()), None] {
        board.write(text);
        world.clock.advance(Duration::from_secs(31));
        tenant.sync().await.unwrap().into_result().unwrap();
        assert_eq!(kept(&tenant).await.len(), 3);
    }
    assert_eq!(acquaint.refresh_manifest().await.unwrap_err().kind(), ErrorKind::Unavailable);
    board.write(Some("acquaint: 1\n".to_owned()));
    let refreshed = acquaint.refresh_manifest().await.unwrap();
    assert!(
        matches!(&refreshed, Refreshed::Refused(problems) if problems.problems.len() == 2),
        "{refreshed:?}"
    );
    assert_eq!(acquaint.manifest().revision(), external().revision());
}

#[tokio::test]
async fn a_tenant_to_which_a_revision_was_applied_is_left_with_it() {
    let (world, board) = (World::new(), Board::new(&external().to_json().to_string()));
    let acquaint = engine(&world, board.clone()).await.unwrap();
    let tenant = acquaint.tenant("acme");
    fill(&tenant).await;
    apply(&tenant, &customers()).await;
    board.write(Some(super::manifest("keep: { title: Demo }\n").to_json().to_string()));
    assert!(matches!(acquaint.refresh_manifest().await.unwrap(), Refreshed::Now(_)));
    tenant.sync().await.unwrap().into_result().unwrap();
    assert_eq!(kept(&tenant).await, ["QBR"]);
}

#[tokio::test]
async fn a_manifest_in_a_file_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("meetings.yaml");
    let world = World::new();
    let error = engine(&world, ManifestFile::at(&path)).await.unwrap_err();
    assert!(error.to_string().contains("cannot be read"), "{error}");
    std::fs::write(&path, external().to_json().to_string()).unwrap();
    let acquaint = engine(&world, ManifestFile::at(&path)).await.unwrap();
    assert_eq!(acquaint.refresh_manifest().await.unwrap(), Refreshed::Unchanged);
    std::fs::write(&path, customers().to_json().to_string()).unwrap();
    let now = acquaint.refresh_manifest().await.unwrap();
    assert_eq!(now, Refreshed::Now(customers().revision().clone()));
}

/// A folder with a manifest for each group.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.path().join(name), text).unwrap();
    }

    fn put(&self, name: &str, manifest: &Manifest) {
        self.write(name, &manifest.to_json().to_string());
    }

    fn source(&self, early: &Arc<Mutex<Vec<&'static str>>>) -> ManifestFolder {
        let early = Arc::clone(early);
        ManifestFolder::at(self.0.path()).groups(move |tenant| {
            early.lock().unwrap().contains(&tenant.as_str()).then(|| "early".to_owned())
        })
    }
}

#[tokio::test]
async fn tenants_are_moved_over_in_groups() {
    let (world, folder) = (World::new(), Folder::new());
    folder.put("default.yaml", &external());
    folder.put("early.yaml", &customers());
    let early = Arc::new(Mutex::new(vec!["acme"]));
    let acquaint = engine(&world, folder.source(&early)).await.unwrap();
    let (acme, other) = (acquaint.tenant("acme"), acquaint.tenant("other"));
    fill(&acme).await;
    fill(&other).await;
    assert_eq!(kept(&acme).await, ["QBR"]);
    assert_eq!(kept(&other).await.len(), 3);
    assert_eq!(acquaint.manifest().revision(), external().revision());

    // The file of a group changes, and reaches that group alone, without a restart.
    let demos = super::manifest("keep: { title: Demo }\n");
    folder.put("early.yaml", &demos);
    world.clock.advance(Duration::from_secs(31));
    for tenant in [&acme, &other] {
        tenant.sync().await.unwrap().into_result().unwrap();
    }
    assert_eq!(kept(&acme).await, ["Demo"]);
    assert_eq!(kept(&other).await.len(), 3);

    // So does who belongs to it.
    *early.lock().unwrap() = vec!["other"];
    for tenant in [&acme, &other] {
        tenant.sync().await.unwrap().into_result().unwrap();
    }
    assert_eq!(kept(&acme).await.len(), 3);
    assert_eq!(kept(&other).await, ["Demo"]);

    folder.put("early.yaml", &customers());
    assert_eq!(acquaint.refresh_manifest().await.unwrap(), Refreshed::Unchanged);
    let now = acquaint.refresh_manifest_of("other").await.unwrap();
    assert_eq!(now, Refreshed::Now(customers().revision().clone()));
    assert_eq!(acquaint.refresh_manifest_of("acme").await.unwrap(), Refreshed::Unchanged);
}

#[tokio::test]
async fn a_bad_manifest_of_a_group_is_refused_and_the_old_one_stays_also_after_a_restart() {
    let (world, folder) = (World::new(), Folder::new());
    folder.put("default.yaml", &external());
    folder.put("early.yaml", &customers());
    let early = Arc::new(Mutex::new(vec!["acme", "late"]));
    let acquaint = engine(&world, folder.source(&early)).await.unwrap();
    fill(&acquaint.tenant("acme")).await;
    folder.write("early.yaml", "acquaint: 1\nkeep: { titel: x }\n");
    let refreshed = acquaint.refresh_manifest_of("acme").await.unwrap();
    assert!(matches!(refreshed, Refreshed::Refused(_)), "{refreshed:?}");
    let restarted = engine(&world, folder.source(&early)).await.unwrap();
    for acquaint in [&acquaint, &restarted] {
        world.clock.advance(Duration::from_secs(31));
        acquaint.tenant("acme").sync().await.unwrap().into_result().unwrap();
        assert_eq!(kept(&acquaint.tenant("acme")).await, ["QBR"]);
    }
    // Nobody is synced by rules that were meant for others.
    let error = restarted.tenant("late").sync().await.unwrap_err();
    assert_eq!((error.kind(), error.context("group")), (ErrorKind::Invalid, Some("early")), "{error}");
    std::fs::remove_file(folder.0.path().join("early.yaml")).unwrap();
    let error = restarted.tenant("late").sync().await.unwrap_err();
    assert!(error.to_string().contains("early.yaml"), "{error}");
    restarted.tenant("acme").sync().await.unwrap().into_result().unwrap();
    assert_eq!(kept(&restarted.tenant("acme")).await, ["QBR"]);
}

#[tokio::test]
async fn a_group_never_leads_out_of_the_folder() {
    let (world, folder) = (World::new(), Folder::new());
    folder.put("default.yaml", &external());
    for group in ["../outside", "/etc/passwd", "..", "", ".hidden", "a/b", "a\\b"] {
        let source = ManifestFolder::at(folder.0.path()).groups(move |_| Some(group.to_owned()));
        let acquaint = engine(&world, source).await.unwrap();
        let error = acquaint.refresh_manifest_of("acme").await.unwrap_err();
        assert!(error.to_string().contains("cannot name"), "{group}: {error}");
    }
}
