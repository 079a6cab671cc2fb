//! Keeps requests that are authentic and could not be decoded, so that nothing is lost.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::UNIX_EPOCH;

use pulsehook_axum::StoredRequest;

/// A folder for such requests: one JSON file each, readable by the owner alone.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    next: AtomicU64,
}

impl Folder {
    /// Takes a folder that exists.
    pub(crate) fn open(path: PathBuf) -> io::Result<Self> {
        if !std::fs::metadata(&path)?.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        Ok(Self {
            path,
            next: AtomicU64::new(1),
        })
    }

    /// Keeps a request, and returns the file's path, once both will outlast a power cut.
    pub(crate) fn keep(&self, request: &StoredRequest) -> io::Result<PathBuf> {
        let json = serde_json::to_vec(request)?;
        let (mut file, path) = self.create(request)?;
        let written = file
            .write_all(&json)
            .and_then(|()| file.sync_all())
            .and_then(|()| sync_folder(&self.path));
        match written {
            Ok(()) => Ok(path),
            Err(error) => {
                // Half a file is worth nothing.
                let _ = std::fs::remove_file(path);
                Err(error)
            }
        }
    }

    fn create(&self, request: &StoredRequest) -> io::Result<(File, PathBuf)> {
        let millis = request
            .received_at()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_millis());
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            // An endpoint's label holds nothing that a file name must not.
            let name = format!("{}-{millis}-{number}.json", request.endpoint());
            let path = self.path.join(name);
            match create_private(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                created => return Ok((created?, path)),
            }
        }
    }
}

fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Makes the names in a folder last: syncing a file does not promise that for its own.
fn sync_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    match File::open(path)?.sync_all() {
        // Some file systems do not do that for folders, and cannot be told to.
        Err(error)
            if !matches!(
                error.kind(),
                io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported
            ) =>
        {
            return Err(error);
        }
        _ => {}
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}
