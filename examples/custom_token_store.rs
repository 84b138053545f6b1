//! A token store of one's own: a directory with a file for each grant, for several processes on one machine.
//! `cargo run --example custom_token_store` keeps a credential in it. `cargo test --test custom_token_store` runs
//! the conformance suite on it; for yours that takes one line, `token_store_conformance!(place, open)`.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use acquaint::core::token::{Expected, GrantKey, Saved, Scope, Sealed, TokenManager, TokenSet, Versioned};
use acquaint::core::{env::Env, http::ReqwestTransport};
use acquaint::{Error, Keys, Result, TokenStore, async_trait};
use sha2::{Digest as _, Sha256};

/// The store in an existing directory. Any number may be open on it, here and in other processes.
#[derive(Debug, Clone)]
pub(crate) struct DirectoryStore(pub(crate) PathBuf);

/// A hash makes a file name of any text; the key itself is in the file's first line.
fn path(directory: &Path, key: &GrantKey) -> io::Result<PathBuf> {
    let hash = Sha256::digest(serde_json::to_vec(key)?);
    Ok(directory.join(hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>() + ".grant"))
}

/// Locked until it is closed. Its length is the newest version that any key was given, so never remove it.
fn lock(directory: &Path) -> io::Result<File> {
    let file = File::options().write(true).create(true).truncate(false).open(directory.join("lock"))?;
    file.lock().map(|()| file)
}

/// Makes what was renamed or removed outlast a power cut. Windows neither needs nor allows it.
fn sync(directory: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(directory)?.sync_all() } else { Ok(()) }
}

/// What a file holds. Files are replaced as a whole, so this needs no lock.
fn read(path: &Path) -> io::Result<Option<(GrantKey, Versioned<Sealed>)>> {
    let bytes = match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        bytes => bytes?,
    };
    let end = bytes.iter().position(|byte| *byte == b'\n').ok_or(ErrorKind::InvalidData)?;
    let (key, version) = serde_json::from_slice(&bytes[..end])?;
    Ok(Some((key, Versioned { value: Sealed::from_bytes(&bytes[end + 1..]), version })))
}

/// Does work that may block, to its end even if nobody waits for it any more.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::store)?.map_err(Error::store)
}

#[async_trait]
impl TokenStore for DirectoryStore {
    async fn load(&self, key: &GrantKey) -> Result<Option<Versioned<Sealed>>> {
        let path = path(&self.0, key).map_err(Error::store)?;
        blocking(move || Ok(read(&path)?.map(|(_, found)| found))).await
    }

    async fn save(&self, key: &GrantKey, value: &Sealed, expected: Expected) -> Result<Saved> {
        let (directory, key, value) = (self.0.clone(), key.clone(), value.clone());
        let work = move || {
            let (path, new, lock) = (path(&directory, &key)?, directory.join("new"), lock(&directory)?);
            let found = read(&path)?.map_or(Expected::Absent, |(_, found)| Expected::Version(found.version));
            if found != expected {
                return Ok(Saved::Conflict);
            }
            let version = lock.metadata()?.len() + 1;
            lock.set_len(version).and_then(|()| lock.sync_all())?; // It is used up before anybody sees it.
            let mut file = File::create(&new)?;
            file.write_all(&[&serde_json::to_vec(&(key, version))?, &b"\n"[..], value.as_bytes()].concat())?;
            file.sync_all()?;
            fs::rename(new, path)?;
            sync(&directory).map(|()| Saved::Stored(version))
        };
        blocking(work).await
    }

    async fn delete(&self, key: &GrantKey) -> Result<bool> {
        let (directory, path) = (self.0.clone(), path(&self.0, key).map_err(Error::store)?);
        let work = move || {
            let _lock = lock(&directory)?;
            let removed = path.try_exists()?.then(|| fs::remove_file(path)).transpose()?.is_some();
            sync(&directory).map(|()| removed)
        };
        blocking(work).await
    }

    async fn list(&self, scope: Scope, after: Option<&GrantKey>, limit: usize) -> Result<Vec<GrantKey>> {
        let directory = self.0.clone();
        let work = move || {
            let _lock = lock(&directory)?; // A directory that changes while it is read may hide a file.
            let files =
                fs::read_dir(directory)?.map(|file| Ok(file?.path())).collect::<io::Result<Vec<_>>>()?;
            let grants = files.iter().filter(|path| path.extension() == Some("grant".as_ref()));
            grants.filter_map(|path| Some(read(path).transpose()?.map(|(key, _)| key))).collect()
        };
        let mut keys: Vec<GrantKey> = blocking(work).await?;
        match scope {
            Scope::All => {}
            Scope::Tenant(tenant) => keys.retain(|key| key.tenant == tenant),
            _ => return Err(Error::unsupported()),
        }
        keys.retain(|key| after.is_none_or(|after| key > after));
        keys.sort_unstable();
        Ok(keys.into_iter().take(limit).collect())
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let directory = tempfile::tempdir().map_err(Error::store)?; // Yours stays, and the key is secret.
    let (store, keys) = (DirectoryStore(directory.path().into()), Keys::new("example", [7; 32]));
    let env = Env::new(Arc::new(ReqwestTransport::new()?));
    let tokens = TokenManager::new(Arc::new(store.clone()), Arc::new(keys), env.clone());
    let key = GrantKey { tenant: "acme".into(), grant: "crm".into() };
    tokens.save_new(&key, TokenSet::new("an access token", env.now())).await?;
    println!("stored: {key}\nloaded: {:?}", tokens.status(&key).await?.map(|status| status.state));
    store.list(Scope::All, None, 10).await.map(|keys| println!("listed: {keys:?}"))
}
