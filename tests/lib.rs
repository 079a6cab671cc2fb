//! Nothing of its own: the package exists for its tests, for `fixtures/`, and to compile what the
//! README shows:
//!
#![doc = include_str!("../README.md")]
