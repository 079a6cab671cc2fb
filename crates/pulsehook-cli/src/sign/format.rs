//! How a signed message is written.

use std::path::PathBuf;

use serde::Serialize;

use super::length;
use crate::failure::Failure;
use crate::request::Request;
use crate::samples::Text;
use crate::secrets::Secrets;
use crate::send::target::Target;

/// How a signed message is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "kebab-case")]
pub(crate) enum Format {
    // The headers, one on a line.
    Plain,
    // A command that sends it.
    Curl,
    // A complete HTTP/1.1 message.
    Http,
    // An object with method, target, headers and body.
    Json,
    // The secrets alone, for `curl --config -`.
    CurlSecrets,
}

/// A message that is signed, and what is to be known to write it.
pub(super) struct Signed<'a> {
    pub(super) request: &'a Request,
    pub(super) target: &'a Target,
    pub(super) secrets: &'a Secrets,
    /// A file with the body as it was signed.
    pub(super) body_file: Option<PathBuf>,
    /// The options that name the secrets.
    pub(super) secret_arguments: Vec<String>,
    pub(super) provider: &'static str,
}

/// A message as JSON.
#[derive(Serialize)]
pub(super) struct Json<'a> {
    method: &'a str,
    target: String,
    headers: Vec<[String; 2]>,
    #[serde(flatten)]
    body: Text,
}

impl Signed<'_> {
    /// Writes it in any format but JSON.
    pub(super) fn written(&self, format: Format) -> Result<Vec<u8>, Failure> {
        Ok(match format {
            Format::Plain | Format::Json => self.plain(),
            Format::Http => self.http(),
            Format::Curl => self.curl()?.into_bytes(),
            Format::CurlSecrets => self.curl_secrets()?.into_bytes(),
        })
    }

    pub(super) fn json(&self) -> Json<'_> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Json {
            method: self.request.method(),
            target: self.target_text(),
            headers: self
                .request
                .headers()
                .map(|(name, value)| [name.to_owned(), text(value)])
                .collect(),
            body: Text::of(self.request.body()),
        }
    }

    /// Tells whether what is written holds a secret that is no MAC.
    pub(super) fn holds_secret(&self, format: Format) -> bool {
        match format {
            Format::Curl => false,
            Format::Plain => self.secrets.in_header.is_some(),
            Format::Http | Format::Json | Format::CurlSecrets => self.sends_secret(),
        }
    }

    fn sends_secret(&self) -> bool {
        self.secrets.in_header.is_some() || self.secrets.in_url.is_some()
    }

    fn target_text(&self) -> String {
        let url = self.target.url(self.request);
        match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        }
    }

    fn plain(&self) -> Vec<u8> {
        let mut text = Vec::new();
        for (name, value) in self.request.headers() {
            text.extend_from_slice(&[name.as_bytes(), b": ", value, b"\n"].concat());
        }
        text
    }

    fn http(&self) -> Vec<u8> {
        let request = self.request;
        let mut message = format!(
            "{} {} HTTP/1.1\r\nhost: {}\r\n",
            request.method(),
            self.target_text(),
            self.target.authority()
        )
        .into_bytes();
        for (name, value) in request.headers() {
            message.extend_from_slice(&[name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        if let Some(length) = length(request) {
            message.extend_from_slice(format!("content-length: {length}\r\n").as_bytes());
        }
        message.extend_from_slice(b"\r\n");
        message.extend_from_slice(request.body());
        message
    }

    /// Writes a command that sends the message. What is a secret itself is piped to curl: neither
    /// the history of the shell nor the list of processes shows it.
    fn curl(&self) -> Result<String, Failure> {
        let mut command = String::new();
        if self.sends_secret() {
            command.push_str(&format!("pulsehook sign {}", self.provider));
            let mut arguments = self.secret_arguments.clone();
            if self.secrets.in_url.is_some() {
                arguments.extend(["--to".to_owned(), self.target.shown().to_owned()]);
            }
            arguments.extend(["--format".to_owned(), "curl-secrets".to_owned()]);
            for argument in arguments {
                command.push_str(&format!(" {}", quoted(&argument)));
            }
            command.push_str(" --quiet |\n");
        }
        command.push_str("curl");
        if self.sends_secret() {
            command.push_str(" --config -");
        }
        let request = self.request;
        let mut lines = Vec::new();
        if self.secrets.in_url.is_none() {
            lines.push(format!("--url {}", quoted(self.target.shown())));
        }
        match request.method() {
            "HEAD" => lines.push("--head".to_owned()),
            method => lines.push(format!("--request {method}")),
        }
        let proving = self.secrets.in_header.as_ref().map(|it| it.name.as_str());
        for (name, value) in request.headers() {
            if proving != Some(name) {
                let value = String::from_utf8_lossy(value);
                lines.push(format!("--header {}", quoted(&format!("{name}: {value}"))));
            }
        }
        if length(request).is_some() {
            let file = self.body_file.as_ref().ok_or_else(|| {
                Failure::usage(
                    "curl takes the body from a file: add --write-body FILE, which gets the bytes \
                     that were signed",
                )
            })?;
            let file = format!("@{}", file.display());
            lines.push(format!("--data-binary {}", quoted(&file)));
        }
        for line in lines {
            command.push_str(&format!(" \\\n  {line}"));
        }
        command.push('\n');
        Ok(command)
    }

    /// Writes the secrets as lines of a configuration that curl reads.
    fn curl_secrets(&self) -> Result<String, Failure> {
        if !self.sends_secret() {
            return Err(Failure::usage(
                "the secrets of this endpoint are never sent; --format curl needs none of them",
            ));
        }
        let mut lines = String::new();
        if self.secrets.in_url.is_some() {
            let url = self.target.url(self.request);
            lines.push_str(&format!("url = {}\n", in_config(url.as_str())));
        }
        if let Some(in_header) = &self.secrets.in_header {
            let value = self.request.header_text(&in_header.name);
            let value = value.ok_or_else(|| {
                Failure::config("the value of the header is not UTF-8, so curl cannot read it")
            })?;
            let header = format!("{}: {value}", in_header.name);
            lines.push_str(&format!("header = {}\n", in_config(&header)));
        }
        Ok(lines)
    }
}

/// Quotes a text for a shell, where it has to be.
fn quoted(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=@,+".contains(&byte);
    match !text.is_empty() && text.bytes().all(is_plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

/// Quotes a text for curl's configuration.
fn in_config(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted() {
        for (text, shell, config) in [
            ("a-b=c:/d@e", "a-b=c:/d@e", "\"a-b=c:/d@e\""),
            ("it's", r"'it'\''s'", "\"it's\""),
            ("", "''", "\"\""),
            ("$(x) \"y\" \\", "'$(x) \"y\" \\'", r#""$(x) \"y\" \\""#),
        ] {
            assert_eq!(quoted(text), shell);
            assert_eq!(in_config(text), config);
        }
    }
}
