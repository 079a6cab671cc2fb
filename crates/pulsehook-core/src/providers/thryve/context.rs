//! What decoding goes by, and what it notes on the way.

use std::cell::Cell;

use serde::de::Error;

/// How many bytes of a message there must be for each sample. The shortest daily one has more;
/// tiny ones would take many times the memory of the message.
const BYTES_PER_SAMPLE: usize = 32;

/// How many samples are taken of however short a message.
const SAMPLES_ANYWAY: usize = 64;

/// The members around `data`, which are no members of it where the two are one object.
const AROUND_DATA: &[&str] = &["endUserId", "endUserAlias", "timestampType", "type", "data"];

/// What decoding goes by, and what it notes on the way.
pub(super) struct Context {
    strict: bool,
    /// Whether each sample's JSON text is taken, in case that it is odd.
    careful: bool,
    /// Whether the members of `data` stand beside `type`.
    flat: Cell<bool>,
    room: Cell<usize>,
    overfull: Cell<bool>,
    samples_begun: Cell<bool>,
}

impl Context {
    pub(super) fn new(json: &str, strict: bool, careful: bool) -> Self {
        Self {
            strict,
            careful,
            flat: Cell::new(false),
            room: Cell::new(SAMPLES_ANYWAY + json.len() / BYTES_PER_SAMPLE),
            overfull: Cell::new(false),
            samples_begun: Cell::new(false),
        }
    }

    /// Tells whether a message that could not be decoded may hold no more than an odd sample, and
    /// must be decoded again, carefully.
    pub(super) fn needs_care(&self) -> bool {
        self.samples_begun.get() && !self.overfull.get()
    }

    pub(super) fn is_strict(&self) -> bool {
        self.strict
    }

    pub(super) fn is_overfull(&self) -> bool {
        self.overfull.get()
    }

    pub(super) fn is_careful(&self) -> bool {
        self.careful
    }

    pub(super) fn is_flat(&self) -> bool {
        self.flat.get()
    }

    pub(super) fn set_flat(&self) {
        self.flat.set(true);
    }

    /// Names the members that are not those of `data`.
    pub(super) fn skipped(&self) -> &'static [&'static str] {
        if self.is_flat() { AROUND_DATA } else { &[] }
    }

    pub(super) fn begin_samples(&self) {
        self.samples_begun.set(true);
    }

    /// Counts a sample, or a block of them.
    pub(super) fn count<E: Error>(&self) -> Result<(), E> {
        match self.room.get().checked_sub(1) {
            Some(room) => {
                self.room.set(room);
                Ok(())
            }
            None => {
                self.overfull.set(true);
                Err(E::custom("too many samples"))
            }
        }
    }
}
