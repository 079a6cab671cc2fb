//! What `init` writes to the disk.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use pulsehook_axum::signature::encode_hex;
use serde::Serialize;

use crate::failure::Failure;
use crate::providers::Entry;

/// The folder of made-up secrets, beside the configuration.
pub(super) const SECRETS: &str = "secrets";

/// The file of a secret.
#[derive(Debug, Serialize)]
pub(super) struct Secret {
    pub(super) file: PathBuf,
    /// Whether it was made up now; else it was there before.
    pub(super) made_up: bool,
}

/// Tells early whether the configuration can be written.
pub(super) fn can_be_written(out: &Path, force: bool) -> Result<(), Failure> {
    match !force && out.symlink_metadata().is_ok() {
        true => Err(is_there(out)),
        false => Ok(()),
    }
}

fn is_there(out: &Path) -> Failure {
    Failure::config(format_args!(
        "{} is there already, and is left as it is; name another file with --out, or overwrite it \
         with --force",
        out.display()
    ))
}

/// Writes the configuration.
pub(super) fn write(out: &Path, text: &str, force: bool) -> Result<(), Failure> {
    let file = match force {
        true => File::create(out),
        false => File::create_new(out),
    };
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => is_there(out),
        _ => cannot("written", out, &error),
    })
}

/// Makes up the secrets of providers; a file that is there stays as it is.
pub(super) fn make_up_secrets(out: &Path, entries: &[&Entry]) -> Result<Vec<Secret>, Failure> {
    let folder = out.parent().unwrap_or(Path::new("")).join(SECRETS);
    make_folder(&folder).map_err(|error| cannot("made", &folder, &error))?;
    let secrets = entries.iter().flat_map(|entry| entry.setup.secrets);
    secrets
        .map(|secret| {
            let file = folder.join(secret.file);
            let made_up = make_up(&file).map_err(|error| cannot("written", &file, &error))?;
            Ok(Secret { file, made_up })
        })
        .collect()
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(folder) {
        Err(_) if folder.is_dir() => Ok(()),
        other => other,
    }
}

/// Makes a secret up; tells whether its file was not there before.
fn make_up(path: &Path) -> io::Result<bool> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(mut file) => {
            file.write_all(format!("{}\n", encode_hex(&bytes)).as_bytes())?;
            Ok(true)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

fn cannot(what: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::config(format_args!(
        "{} cannot be {what}: {error}; name a file in a folder that is there and yours with --out",
        path.display()
    ))
}
