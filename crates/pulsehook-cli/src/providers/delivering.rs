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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers;

    const EVENT: &[u8] = br#"{"meta":{"messageId":"m-1"}}"#;
    const PING: &[u8] = br#"{"ping":"word"}"#;

    fn of(provider: &str) -> &'static Delivering {
        let entry = providers::ALL.iter().find(|entry| entry.name == provider);
        &entry.unwrap().delivering
    }

    #[test]
    fn deadlines_are_those_of_the_providers() {
        for (provider, body, seconds) in [
            ("human-api", EVENT, 3),
            ("metriport", EVENT, 5),
            ("metriport", PING, 2),
            ("thryve", EVENT, 2),
            ("withings", EVENT, 2),
        ] {
            let message = Message::Body(body.into());
            let deadline = (of(provider).deadline)(&message);
            assert_eq!(deadline, Duration::from_secs(seconds), "{provider}");
        }
        let probe = (of("withings").deadline)(&Message::Probe);
        assert_eq!(probe, Duration::from_secs(2));
    }

    #[test]
    fn success_is_what_the_providers_take_for_it() {
        let message = Message::Body(EVENT.into());
        for (provider, successes) in [
            ("human-api", &[200][..]),
            ("metriport", &[200, 201, 204, 299]),
            ("withings", &[200, 201, 204, 299]),
        ] {
            for status in [100, 199, 200, 201, 204, 299, 300, 302, 401, 429, 500] {
                let body = Vec::new();
                let is_success = (of(provider).is_success)(&message, &Answer { status, body });
                let expected = successes.contains(&status);
                assert_eq!(is_success, expected, "{provider} {status}");
            }
        }
        let ping = Message::Body(PING.into());
        for (status, pong, expected) in [
            (200, r#"{"pong":"word"}"#, true),
            (200, r#"{"pong":"other"}"#, false),
            (200, "word", false),
            (500, r#"{"pong":"word"}"#, false),
        ] {
            let body = pong.as_bytes().to_vec();
            let is_success = (of("metriport").is_success)(&ping, &Answer { status, body });
            assert_eq!(is_success, expected, "{status} {pong}");
        }
    }

    #[test]
    fn the_random_part_of_a_wait_is_used() {
        let wait = Wait::minutes(60, 1, 11);
        for (random, seconds) in [(0, 120), (1 << 30, 270), (1 << 31, 420)] {
            assert_eq!(wait.time(random), Duration::from_secs(seconds));
        }
        let longest = wait.time(u32::MAX);
        assert!(longest > Duration::from_secs(719) && longest < Duration::from_secs(720));
        assert_eq!(Wait::exactly(10).time(u32::MAX), Duration::from_secs(10));
    }
}
