//! Reads secrets, which stand in environment variables and files.

use std::io::Read as _;
use std::path::Path;

use pulsehook_axum::{ConfigError, SigningKey};

use super::members::{Fault, Located, Members};

/// How the text of a secret is to be read.
#[derive(Clone, Copy)]
pub(super) enum Encoding {
    Text,
    Hex,
    Base64,
}

impl Encoding {
    /// Takes the member `encoding` out.
    pub(super) fn take(members: &mut Members<'_>) -> Result<Self, Fault> {
        match members.text("encoding")? {
            None => Ok(Self::Text),
            Some(encoding) => match encoding.value {
                "text" => Ok(Self::Text),
                "hex" => Ok(Self::Hex),
                "base64" => Ok(Self::Base64),
                _ => Err(encoding.fault("`encoding` must be \"text\", \"hex\" or \"base64\"")),
            },
        }
    }
}

/// Where a secret stands.
pub(super) enum Secret<'t> {
    Env(Located<&'t str>),
    File(Located<&'t str>, &'t Path),
}

impl<'t> Secret<'t> {
    /// Takes the members `env` and `file` out, one of which must be there.
    pub(super) fn take(members: &mut Members<'t>) -> Result<Self, Fault> {
        let env = members.text("env")?;
        let file = members.text("file")?;
        match (env, file) {
            (Some(env), None) => Ok(Self::Env(env)),
            (None, Some(file)) => Ok(Self::File(file, members.folder)),
            (None, None) => Err(members.fault(
                "the key has neither `env` (the name of an environment variable) nor `file` (a \
                 path)",
            )),
            (Some(_), Some(file)) => Err(file.fault("the key has both `env` and `file`; keep one")),
        }
    }

    /// Says where the secret is named.
    pub(super) fn place(&self) -> Located<()> {
        let (Self::Env(named) | Self::File(named, _)) = self;
        Located {
            value: (),
            at: named.at,
        }
    }

    /// Reads it.
    pub(super) fn read(&self, encoding: Encoding) -> Result<SigningKey, Fault> {
        match self {
            Self::Env(env) => from_env(env, encoding),
            Self::File(file, folder) => from_file(file, encoding, folder),
        }
    }
}

fn from_env(env: &Located<&str>, encoding: Encoding) -> Result<SigningKey, Fault> {
    // Whoever writes the secret itself here must not find it in a log: only what looks like the
    // name of a variable is repeated.
    let usual = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    let named = if env.value.bytes().all(usual) && env.value.contains('_') {
        format!("the environment variable `{}`", env.value)
    } else {
        "the environment variable named here".to_owned()
    };
    if env.value.is_empty() || env.value.contains(['=', '\0']) {
        return Err(env.fault("`env` must be the name of an environment variable"));
    }
    match std::env::var(env.value) {
        Ok(text) => decode(text.into_bytes(), encoding)
            .map_err(|error| env.fault(format!("{named}: {error}; set it to the secret itself"))),
        Err(std::env::VarError::NotPresent) => {
            Err(env.fault(format!("{named} is not set; set it to the secret itself")))
        }
        Err(std::env::VarError::NotUnicode(_)) => Err(env.fault(format!("{named} is not UTF-8"))),
    }
}

fn from_file(file: &Located<&str>, encoding: Encoding, folder: &Path) -> Result<SigningKey, Fault> {
    let (content, what) = match file.value {
        "-" => (read_stdin(file)?, "standard input"),
        _ => (
            read_file(file, folder, "no secret is")?,
            "the file named here",
        ),
    };
    let named = |error| file.fault(format!("{what}: {error}"));
    // This strips one line end and refuses a blank secret, whatever the encoding.
    let text = SigningKey::from_file_content(content).map_err(named)?;
    match encoding {
        Encoding::Text => Ok(text),
        _ => decode(text.expose_bytes().to_vec(), encoding).map_err(named),
    }
}

/// Reads standard input, which holds one secret; it is empty when it is read a second time.
fn read_stdin(file: &Located<&str>) -> Result<Vec<u8>, Fault> {
    let mut content = Vec::new();
    std::io::stdin()
        .lock()
        .take(MOST_FILE + 1)
        .read_to_end(&mut content)
        .map_err(|error| file.fault(format!("standard input cannot be read: {error}")))?;
    if content.len() as u64 > MOST_FILE {
        return Err(file.fault("standard input is larger than 64 KiB, and no secret is"));
    }
    Ok(content)
}

/// The most bytes that a file may hold which the configuration names.
const MOST_FILE: u64 = 64 * 1024;

/// Reads a file that the configuration names, which must not be large.
pub(super) fn read_file(
    file: &Located<&str>,
    folder: &Path,
    nothing_is_larger: &str,
) -> Result<Vec<u8>, Fault> {
    let mut content = Vec::new();
    std::fs::File::open(folder.join(file.value))
        .and_then(|opened| opened.take(MOST_FILE + 1).read_to_end(&mut content))
        .map_err(|error| Fault {
            of_file: "; a relative path starts at the folder of this configuration",
            ..file.fault(format!("the file named here cannot be read: {error}"))
        })?;
    if content.len() as u64 > MOST_FILE {
        return Err(file.fault(format!(
            "the file named here is larger than 64 KiB, and {nothing_is_larger}"
        )));
    }
    Ok(content)
}

fn decode(text: Vec<u8>, encoding: Encoding) -> Result<SigningKey, ConfigError> {
    // Whatever happens, the text is wiped: it is held by a key from here on.
    let text = SigningKey::from_bytes(text)?;
    let utf8 = |encoding| {
        std::str::from_utf8(text.expose_bytes()).map_err(|_| ConfigError::MalformedKey { encoding })
    };
    match encoding {
        Encoding::Text => Ok(text),
        Encoding::Hex => SigningKey::from_hex(utf8("hexadecimal")?),
        Encoding::Base64 => SigningKey::from_base64(utf8("base64")?),
    }
}
