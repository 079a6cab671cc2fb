//! The machinery of the core, whatever a provider decodes.

#![expect(clippy::expect_used, clippy::panic, reason = "tests fail loudly")]

mod adapter;
mod address;
mod body;
mod credentials;
mod follow_up;
mod form;
mod head;
mod header_secrets;
mod http;
mod keys;
mod logs;
mod plain;
mod proxies;
mod refusal;
pub(crate) mod secrets;
mod shared_secrets;
mod signature;
mod source;
mod states;
mod swappable;
mod text;
mod time;
mod view;

pub(crate) use self::logs::logged;
pub(crate) use self::secrets::Canaries;
