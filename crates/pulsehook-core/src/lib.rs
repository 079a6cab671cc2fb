//! All of pulsehook that is not a web framework: it verifies and decodes health-data webhooks,
//! without I/O.
//!
//! Applications use one of the adapter crates, such as `pulsehook-axum`, which re-export what
//! they need from here. This crate is for those who write an adapter, a provider, or a receiver
//! without a framework.
//!
//! # From request to delivery
//!
//! Each state can only be made from the one before:
//!
//! 1. [`Receiver::begin`] judges the head of a request ([`RequestHead`]) before one byte of the
//!    body is taken, and gives a [`Reception`].
//! 2. [`Reception::push`] takes the body as it arrives: limit, signature and buffer in one pass.
//! 3. [`Reception::finish`] judges the whole and gives a [`Verified`] request, which can be stored
//!    ([`StoredRequest`]) and decoded later.
//! 4. [`Verified::decode`] gives a [`Delivery`]: events, raw body, de-duplication key, and the
//!    acknowledgement that the provider expects.
//!
//! [`Receiver::receive`] does it all in one call. A request may turn out to be a probe, which is
//! answered and carries no event ([`Outcome::Probe`]), or be refused ([`ReceiveError`]).
//!
//! Neither a verified request nor a delivery can be made up, by a provider either: each of
//! [`Reception`], [`Verified`], [`Delivery`] and [`Undecodable`] shows in its documentation what
//! does not compile, beside a twin that does.
//!
//! # After the delivery
//!
//! Events are typed to the last field, and each has a settled JSON form, which its provider's
//! `Event` describes. [`view`] shows the events of all providers in the same few terms, and
//! [`follow_up`] plans the calls by which an application fetches what an event points to. Both are
//! pure functions of the event.
//!
//! # Features
//!
//! On by default is `zstd` alone, which decompresses Thryve's data pushes and needs a C compiler to
//! build. The others only add: `http` (types of the `http` crate, requests of follow-up calls
//! among them), `tracing` (one event for each refusal), `testing` (requests signed as the providers
//! sign).

#![cfg_attr(docsrs, feature(doc_cfg))]

mod adapter;
mod credentials;
mod delivery;
mod error;
mod key;
mod provider;
mod receiver;
mod reception;
mod reply;
mod request;
mod stored;
mod string_enum;
mod swappable;
mod text;
mod time;
mod verified;

pub mod address;
#[cfg(feature = "zstd")]
pub mod compression;
pub mod danger;
pub mod follow_up;
pub mod form;
pub mod json;
pub mod providers;
pub mod signature;
#[cfg(feature = "testing")]
pub mod testing;
pub mod view;

#[cfg(doc)]
#[doc = include_str!("../docs/what-arrives.md")]
pub mod what_arrives {}

pub use crate::adapter::{HandlerError, Refused, Rejection, SharedDelivery, Source};
pub use crate::credentials::{HeaderSecrets, SecretSource, SharedSecrets, UrlSecrets};
pub use crate::delivery::{Authenticity, DedupKey, DedupKind, Delivery, ReplayKey};
pub use crate::error::{
    ConfigError, DecodeError, DecodeErrorKind, LimitInBytes, Reason, ReceiveError, Undecodable,
    VerifyError,
};
pub use crate::key::{KeyId, SharedSecret, SigningKey, SigningKeys};
pub use crate::provider::{BodyCheck, Decoded, Opening, Proof, Provider, Verdict};
pub use crate::providers::*;
pub use crate::receiver::{Outcome, Receiver, ReceiverBuilder};
pub use crate::reception::{BodyFailure, Reception};
pub use crate::reply::Reply;
pub use crate::request::{Head, HeaderLookup, Headers, RequestHead, WantedHeader};
pub use crate::stored::StoredRequest;
pub use crate::swappable::Swappable;
pub use crate::text::{RawJson, Text};
pub use crate::time::TimeText;
pub use crate::verified::Verified;

pub use bytes;
pub use jiff;

/// What applications need; every adapter re-exports all of it.
pub mod prelude {
    #[cfg(feature = "zstd")]
    pub use crate::compression;
    #[doc(no_inline)]
    pub use crate::providers::*;
    #[cfg(feature = "testing")]
    pub use crate::testing;
    pub use crate::{
        Authenticity, BodyFailure, ConfigError, DecodeError, DecodeErrorKind, DedupKey, DedupKind,
        Delivery, HandlerError, Head, HeaderLookup, HeaderSecrets, KeyId, LimitInBytes, Outcome,
        Provider, RawJson, Reason, ReceiveError, Receiver, ReceiverBuilder, Refused, Rejection,
        ReplayKey, Reply, RequestHead, SecretSource, SharedDelivery, SharedSecret, SharedSecrets,
        SigningKey, SigningKeys, StoredRequest, Swappable, Text, TimeText, Undecodable, UrlSecrets,
        Verified, VerifyError, address, bytes, danger, follow_up, jiff, signature, view,
    };
}

/// What the crate's macros expand to; not for direct use.
#[doc(hidden)]
pub mod __private {
    pub use serde;
}
