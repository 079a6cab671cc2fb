//! How providers deliver: how long they wait, what they take for success, when they try again.

use std::time::Duration;

use super::Message;
use crate::client::Answer;

/// How a provider delivers.
pub(crate) struct Delivering {
    /// How long it waits for an answer.
    pub(crate) deadline: fn(&Message) -> Duration,
    /// Whether it takes an answer for success.
    pub(crate) is_success: fn(&Message, &Answer) -> bool,
    /// The same in words, after "success is".
    pub(crate) success: &'static str,
    pub(crate) retries: Retries,
    /// Gives a message ids of its own; `None` where it has none.
    pub(crate) with_own_ids: fn(&[u8], &NewIds) -> Option<Vec<u8>>,
}

/// When a provider tries again by itself.
pub(crate) enum Retries {
    /// It does not; the sentence says what it does instead.
    Never(&'static str),
    /// It waits so long before each further try; the sentence says what is assumed.
    After(&'static [Wait], &'static str),
}

/// How long is waited before a try: at least the first, and at random up to the second more.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wait {
    pub(crate) least: Duration,
    pub(crate) random: (Duration, Duration),
}

impl Wait {
    /// Waits exactly so many seconds.
    pub(crate) const fn exactly(seconds: u64) -> Self {
        Self::minutes(seconds, 0, 0)
    }

    /// Waits so many seconds, and some minutes more.
    pub(crate) const fn minutes(seconds: u64, from: u64, to: u64) -> Self {
        Self {
            least: Duration::from_secs(seconds),
            random: (Duration::from_secs(from * 60), Duration::from_secs(to * 60)),
        }
    }

    /// Returns the time to wait, given a number of which each is as likely as another.
    pub(crate) fn time(&self, random: u32) -> Duration {
        let (from, to) = self.random;
        let share = f64::from(random) / (f64::from(u32::MAX) + 1.0);
        self.least + from + to.saturating_sub(from).mul_f64(share)
    }
}

/// Makes up ids that no message had before.
pub(crate) struct NewIds(pub(crate) [u8; 16]);

impl NewIds {
    /// Returns an id as UUIDs are written; the number tells those of one message apart.
    pub(crate) fn uuid(&self, number: usize) -> String {
        let mut id = u128::from_be_bytes(self.0).wrapping_add(number as u128);
        // A UUID of version 4 and of the usual variant.
        id = (id & !(0xF << 76)) | (4 << 76);
        id = (id & !(0b11 << 62)) | (0b10 << 62);
        let hex = format!("{id:032x}");
        let parts = [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)];
        parts
            .map(|(from, to)| hex.get(from..to).unwrap_or_default())
            .join("-")
    }

    /// Returns an id of 24 hexadecimal digits.
    pub(crate) fn object(&self, number: usize) -> String {
        let id = u128::from_be_bytes(self.0).wrapping_add(number as u128);
        format!("{:024x}", id & ((1 << 96) - 1))
    }
}

/// The statuses from 200 to 299.
pub(super) fn is_2xx(answer: &Answer) -> bool {
    (200..300).contains(&answer.status)
}

/// For providers whose messages have no ids.
pub(super) fn no_ids(_: &[u8], _: &NewIds) -> Option<Vec<u8>> {
    None
}
