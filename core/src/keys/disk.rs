//! The files of a folder of keys: written whole or not at all, and overwritten before they are removed.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind::NotFound, Write as _};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::{Error, ErrorKind};
use crate::ids::TenantId;

const LOCK: &str = "lock";
/// Ends the name of a file that is being written.
const NEW: &str = ".new";
/// Begins a file whose key was overwritten and that was not removed yet.
const WIPED: &[u8] = b"destroyed\n";

/// A directory with one file per key and a lock file.
#[derive(Debug)]
pub(super) struct Disk {
    path: PathBuf,
}

/// Held by whoever writes, or must be sure that nobody does. Given back when dropped, or when the process dies.
#[derive(Debug)]
#[must_use]
pub(super) struct Lock {
    _file: File,
}

/// The name of a tenant's file. Any id is safe.
pub(super) fn name_of(tenant: &TenantId) -> String {
    Sha256::digest(tenant.as_str()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn is_name(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

impl Disk {
    /// The directory, made if it is missing.
    pub(super) fn at(path: PathBuf) -> io::Result<Self> {
        let mut directory = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut directory, 0o700);
        match directory.create(&path) {
            // A directory that a power cut takes away takes the keys with it.
            Ok(()) => sync_directory(&parent(&path))?,
            Err(_) if path.is_dir() => {}
            Err(error) => return Err(error),
        }
        let disk = Self { path };
        let mut lock = OpenOptions::new();
        owners_alone(lock.write(true).create(true).truncate(false)).open(disk.path.join(LOCK))?;
        Ok(disk)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// A failure to reach the files.
    pub(super) fn failed(&self, error: io::Error) -> Error {
        Error::new(ErrorKind::Unavailable, "the folder of keys cannot be used")
            .with("folder", self.path.display())
            .advise(
                "see that the folder is mounted, that this process may write to it, and that there is space",
            )
            .with_source(error)
    }

    /// Waits until nobody writes.
    pub(super) fn lock_shared(&self) -> io::Result<Lock> {
        let file = self.lock_file()?;
        file.lock_shared()?;
        Ok(Lock { _file: file })
    }

    /// Waits until nobody else writes or must not be disturbed.
    pub(super) fn lock(&self) -> io::Result<Lock> {
        let file = self.lock_file()?;
        file.lock()?;
        Ok(Lock { _file: file })
    }

    /// Opened anew each time, because a lock is between open files and not between threads. Not created here:
    /// where it is missing, the folder is not the one that was opened, but perhaps an empty mount point.
    fn lock_file(&self) -> io::Result<File> {
        OpenOptions::new().write(true).open(self.path.join(LOCK))
    }

    /// The content of a file; `None` if there is none, or one that is as good as removed.
    pub(super) fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.path.join(name)) {
            Ok(bytes) if bytes.starts_with(WIPED) => Ok(None),
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes or replaces a file, so that there is at no time a part of it. What it said before is overwritten.
    pub(super) fn write(&self, name: &str, bytes: &[u8], _lock: &Lock) -> io::Result<()> {
        let (place, new) = (self.path.join(name), self.new_of(name));
        remove(&new)?;
        let mut file = owners_alone(OpenOptions::new().write(true).create_new(true)).open(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        let before = match OpenOptions::new().write(true).open(&place) {
            Ok(before) => Some(before),
            Err(error) if error.kind() == NotFound => None,
            Err(error) => return Err(error),
        };
        fs::rename(&new, &place)?;
        sync_directory(&self.path)?;
        before.map_or(Ok(()), |mut before| wipe(&mut before))
    }

    /// Overwrites and removes a file, and what an interrupted [`Disk::write`] may have left of it.
    pub(super) fn destroy(&self, name: &str, _lock: &Lock) -> io::Result<()> {
        remove(&self.new_of(name))?;
        remove(&self.path.join(name))?;
        sync_directory(&self.path)
    }

    /// Removes what an interrupted [`Disk::write`] or [`Disk::destroy`] has left.
    pub(super) fn tidy(&self, name: &str, _lock: &Lock) -> io::Result<()> {
        remove(&self.new_of(name))?;
        match fs::read(self.path.join(name)) {
            Ok(bytes) if bytes.starts_with(WIPED) => remove(&self.path.join(name)),
            Ok(_) => Ok(()),
            Err(error) if error.kind() == NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The names of all files, in order.
    pub(super) fn names(&self) -> io::Result<BTreeSet<String>> {
        self.some_names(usize::MAX)
    }

    /// The names of up to `limit` files.
    pub(super) fn some_names(&self, limit: usize) -> io::Result<BTreeSet<String>> {
        let mut names = BTreeSet::new();
        for entry in fs::read_dir(&self.path)? {
            let file = entry?.file_name();
            let Some(file) = file.to_str() else { continue };
            let name = file.strip_suffix(NEW).unwrap_or(file);
            if is_name(name) {
                names.insert(name.to_owned());
            }
            if names.len() >= limit {
                break;
            }
        }
        Ok(names)
    }

    fn new_of(&self, name: &str) -> PathBuf {
        self.path.join(format!("{name}{NEW}"))
    }
}

fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn owners_alone(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Overwrites a file and removes it; there may be none.
fn remove(path: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).open(path) {
        Ok(mut file) => wipe(&mut file)?,
        Err(error) if error.kind() == NotFound => return Ok(()),
        Err(error) => return Err(error),
    }
    fs::remove_file(path)
}

fn wipe(file: &mut File) -> io::Result<()> {
    let length = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    let mut bytes = vec![0; length.max(WIPED.len())];
    for (to, from) in bytes.iter_mut().zip(WIPED) {
        *to = *from;
    }
    file.write_all(&bytes)?;
    file.sync_all()
}

/// Makes durable which files there are, where that can be asked for.
fn sync_directory(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}
