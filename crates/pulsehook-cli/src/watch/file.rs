//! The file with the link, beside the configuration: for its owner alone, while the server runs.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// The most that is read of a file that should hold a link.
const LONGEST: u64 = 512;

/// A file that holds the link until this is dropped.
#[derive(Debug)]
pub(crate) struct WatchFile {
    path: PathBuf,
    link: String,
}

/// Returns where the link stands if nothing else is said.
pub(crate) fn beside(config: &Path) -> PathBuf {
    let mut name = config.as_os_str().to_owned();
    name.push(".watch");
    name.into()
}

/// Reads the link of a running server; `None` where the file holds none.
pub(crate) fn read(path: &Path) -> io::Result<Option<String>> {
    use io::Read as _;

    let mut text = String::new();
    let mut file = fs::File::open(path)?.take(LONGEST);
    match file.read_to_string(&mut text) {
        Err(error) if error.kind() == io::ErrorKind::InvalidData => return Ok(None),
        read => read?,
    };
    let link = text.trim_end();
    let is_link = link.starts_with("http://") && link.contains(super::guard::KEY_IN_LINK);
    Ok(is_link.then(|| link.to_owned()))
}

impl WatchFile {
    /// Writes the file. What a server left behind that was cut off is replaced; nothing else is.
    pub(crate) fn create(path: PathBuf, link: String) -> io::Result<Self> {
        match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
            Ok(found) if found.is_file() && read(&path)?.is_some() => fs::remove_file(&path)?,
            Ok(_) => return Err(io::ErrorKind::AlreadyExists.into()),
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path)?;
        let this = Self { path, link };
        file.write_all(format!("{}\n", this.link).as_bytes())?;
        Ok(this)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for WatchFile {
    fn drop(&mut self) {
        // Another server may have taken the place since; that file is not ours.
        if read(&self.path).is_ok_and(|link| link.as_ref() == Some(&self.link)) {
            // Without it, the link in the file leads nowhere.
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("pulsehook-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn what_is_no_link_is_not_replaced() {
        let folder = folder("not_replaced");
        let path = folder.join("notes.txt");
        for content in [&b"my notes"[..], b"", b"http://127.0.0.1:1/\n", b"\xff"] {
            fs::write(&path, content).unwrap();
            let error = WatchFile::create(path.clone(), "x".to_owned()).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
            assert_eq!(fs::read(&path).unwrap(), content);
        }
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn only_the_own_file_is_removed() {
        let folder = folder("only_own");
        let path = folder.join("a.watch");
        let link = |key: &str| format!("http://127.0.0.1:1/?key={key}");
        let first = WatchFile::create(path.clone(), link("1")).unwrap();
        let second = WatchFile::create(path.clone(), link("2")).unwrap();
        drop(first);
        assert_eq!(read(&path).unwrap(), Some(link("2")));
        drop(second);
        assert!(!path.exists());
        fs::remove_dir_all(folder).unwrap();
    }
}
