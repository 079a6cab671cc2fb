//! The file with the link, beside the configuration: for its owner alone, while the server runs.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::{StatusCode, Url};

use super::RUN;
use crate::client::Client;

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

/// A link of a run, taken apart.
pub(crate) struct Link {
    pub(crate) url: Url,
    pub(crate) access: String,
}

impl Link {
    /// Returns the link that a file holds, if it leads to this machine; nothing is sent elsewhere.
    pub(crate) fn read(path: &Path) -> io::Result<Option<Self>> {
        let url = read(path)?.and_then(|text| text.parse::<Url>().ok());
        Ok(url.filter(is_local).and_then(|url| {
            let (_, access) = url.query_pairs().find(|(name, _)| name == "key")?;
            let access = access.into_owned();
            Some(Self { url, access })
        }))
    }

    /// Tells whether the server of this run is there still.
    async fn is_alive(&self) -> bool {
        let Ok(client) = Client::new(FIRST_ANSWER) else {
            return false;
        };
        let mut url = self.url.clone();
        url.set_path(RUN);
        url.set_query(None);
        let asked = client.get(url).bearer_auth(&self.access).send();
        match asked.await {
            Ok(answer) => answer.status() == StatusCode::NO_CONTENT,
            // It has no time to answer, it seems; but someone is there.
            Err(error) => error.is_timeout(),
        }
    }
}

/// How long a server may take to say that it is there.
const FIRST_ANSWER: Duration = Duration::from_secs(5);

fn is_local(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let address = host.parse::<std::net::IpAddr>();
    address.is_ok_and(|address| address.is_loopback())
}

/// Reads the text of a link; `None` where the file holds none.
fn read(path: &Path) -> io::Result<Option<String>> {
    use io::Read as _;

    if !fs::metadata(path)?.is_file() {
        // A pipe, for one, would be waited for.
        return Ok(None);
    }
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
    ///
    /// The ports are taken already, and nobody answers there yet.
    pub(crate) async fn create(path: PathBuf, link: String, taken: &[u16]) -> io::Result<Self> {
        let of_other = |other: &Link| !other.url.port().is_some_and(|port| taken.contains(&port));
        if let Ok(Some(other)) = Link::read(&path)
            && of_other(&other)
            && other.is_alive().await
        {
            return Err(io::ErrorKind::ResourceBusy.into());
        }
        match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
            Ok(found) if found.is_file() && Link::read(&path)?.is_some() => fs::remove_file(&path)?,
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

    #[tokio::test]
    async fn what_is_no_link_is_not_replaced() {
        let folder = folder("not_replaced");
        let path = folder.join("notes.txt");
        for content in [
            &b"my notes"[..],
            b"",
            b"http://127.0.0.1:1/\n",
            b"http://192.0.2.1:1/?key=1\n",
            b"\xff",
        ] {
            fs::write(&path, content).unwrap();
            let created = WatchFile::create(path.clone(), "x".to_owned(), &[]).await;
            let error = created.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
            assert_eq!(fs::read(&path).unwrap(), content);
        }
        fs::remove_dir_all(folder).unwrap();
    }

    #[tokio::test]
    async fn only_the_own_file_is_removed() {
        let folder = folder("only_own");
        let path = folder.join("a.watch");
        let link = |key: &str| format!("http://127.0.0.1:1/?key={key}");
        let create = async |key: &str| WatchFile::create(path.clone(), link(key), &[1]).await;
        let first = create("1").await.unwrap();
        let second = create("2").await.unwrap();
        drop(first);
        assert_eq!(read(&path).unwrap(), Some(link("2")));
        drop(second);
        assert!(!path.exists());
        fs::remove_dir_all(folder).unwrap();
    }
}
