//! The machinery of the core, whatever a provider decodes.

#![expect(clippy::expect_used, clippy::panic, reason = "tests fail loudly")]

mod body;
mod head;
mod http;
mod keys;
mod logs;
mod plain;
pub(crate) mod secrets;
mod signature;
mod source;
mod states;
mod text;
mod time;

pub(crate) use self::logs::logged;
pub(crate) use self::secrets::Canaries;
