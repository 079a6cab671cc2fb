//! A reception: the body of a request on its way in.

use std::error::Error;
use std::fmt;
use std::io;

use bytes::Bytes;

use crate::error::{LimitInBytes, Reason, ReceiveError};
use crate::provider::{BodyCheck as _, Provider};
use crate::receiver::{Outcome, Receiver};
use crate::request::Head;
use crate::verified::Verified;

/// Takes the body of a request whose head passed, frame by frame.
///
/// Each frame is hashed as it comes and goes into one buffer that never grows beyond the limit,
/// so the verdict is there with the last byte. A body that comes in one frame is not copied.
///
/// Nothing can be decoded before [`finish`](Reception::finish) has verified the whole:
///
/// ```compile_fail,E0599
/// use pulsehook_core::{Provider, Reception};
///
/// fn hasty<P: Provider>(reception: Reception<'_, P>) {
///     let _ = reception.decode();
/// }
/// ```
///
/// The twin that compiles:
///
/// ```
/// use pulsehook_core::{Provider, Reception};
///
/// fn patient<P: Provider>(reception: Reception<'_, P>) {
///     let _ = reception.finish();
/// }
/// ```
#[must_use = "a reception does nothing until it is finished"]
pub struct Reception<'a, P: Provider> {
    receiver: &'a Receiver<P>,
    head: Head<'a>,
    check: P::Check,
    body: BodyBuffer,
}

/// Says why a body did not arrive.
///
/// It is an error too: a body that an application wraps, to limit its time or the memory of all
/// bodies for example, can end with one, and adapters recognise it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BodyFailure {
    /// The connection broke, or the framing was wrong; answered 400.
    #[error("the body broke off")]
    BrokeOff,
    /// A layer outside the adapter cut the body at its own limit; answered 413.
    #[error("the body is larger than an outer layer allows")]
    TooLarge,
    /// It did not come in time; answered 408.
    #[error("the body did not come in time")]
    Timeout,
    /// There is no room for it at present, because of all that is being received; answered 503.
    #[error("there is no room for the body at present")]
    NoRoom,
}

impl BodyFailure {
    /// Tells what an error of a framework's body means: the failure that stands behind it,
    /// `TooLarge` where `is_limit` recognises the framework's own limit, else `BrokeOff`.
    ///
    /// ```
    /// use pulsehook_core::BodyFailure;
    /// use std::io;
    ///
    /// let slow = io::Error::other(BodyFailure::Timeout);
    /// assert_eq!(BodyFailure::of(&slow, |_| false), BodyFailure::Timeout);
    ///
    /// let reset = io::Error::other("reset");
    /// assert_eq!(BodyFailure::of(&reset, |_| false), BodyFailure::BrokeOff);
    /// ```
    #[must_use]
    pub fn of(
        error: &(dyn Error + 'static),
        is_limit: impl Fn(&(dyn Error + 'static)) -> bool,
    ) -> Self {
        let mut causes =
            std::iter::successors(Some(error), |&error| behind(error)).take(MOST_CAUSES);
        let found = causes.find_map(|cause| match cause.downcast_ref() {
            Some(failure) => Some(*failure),
            None => is_limit(cause).then_some(Self::TooLarge),
        });
        found.unwrap_or(Self::BrokeOff)
    }
}

/// How many errors one behind the other are looked at: a chain may lead back to itself.
const MOST_CAUSES: usize = 32;

/// Returns what stands behind an error.
fn behind<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e (dyn Error + 'static)> {
    // An I/O error gives the source of what it wraps for its own, and so passes that over.
    match error.downcast_ref().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}

impl<'a, P: Provider> Reception<'a, P> {
    pub(crate) fn new(receiver: &'a Receiver<P>, head: Head<'a>, check: P::Check) -> Self {
        let body = BodyBuffer::new(receiver.body_limit(), head.content_length());
        Self {
            receiver,
            head,
            check,
            body,
        }
    }

    /// Takes the next frame of the body.
    ///
    /// # Errors
    ///
    /// Returns [`Reason::BodyTooLarge`] when the frame goes over the limit. The frame is not
    /// kept, and the reception is over: whatever follows returns the same error, which the
    /// receiver's hook and log do not see again.
    pub fn push(&mut self, frame: Bytes) -> Result<(), ReceiveError> {
        if self.body.cut {
            return Err(self.already_cut());
        }
        if frame.len() > self.body.room() {
            self.body.cut = true;
            return Err(self
                .receiver
                .refuse(Some(&self.head), Reason::body_too_large(self.body.limit)));
        }
        self.check.update(&frame);
        self.body.push(frame);
        Ok(())
    }

    /// Ends the body and judges the whole request.
    ///
    /// # Errors
    ///
    /// Returns the rule that refuses the request, with the answer to its caller.
    pub fn finish(self) -> Result<Outcome<Verified<'a, P>>, ReceiveError> {
        if self.body.cut {
            return Err(self.already_cut());
        }
        let Self {
            receiver,
            head,
            check,
            body,
        } = self;
        receiver.judge(&head, check, body.into_bytes())
    }

    /// Gives the reception up because the body did not arrive.
    pub fn fail(self, failure: BodyFailure) -> ReceiveError {
        if self.body.cut {
            return self.already_cut();
        }
        let reason = match failure {
            BodyFailure::BrokeOff => Reason::BodyRead,
            BodyFailure::TooLarge => Reason::BodyTooLarge {
                limit: LimitInBytes(None),
            },
            BodyFailure::Timeout => Reason::BodyTimeout,
            BodyFailure::NoRoom => Reason::NoRoom,
        };
        self.receiver.refuse(Some(&self.head), reason)
    }

    /// The refusal of a body that went over the limit, which was reported when it did.
    fn already_cut(&self) -> ReceiveError {
        self.receiver
            .answer(Some(&self.head), Reason::body_too_large(self.body.limit))
    }
}

impl<P: Provider> fmt::Debug for Reception<'_, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reception")
            .field("provider", &P::NAME)
            .field("endpoint", &self.receiver.endpoint())
            .field("body_len", &self.body.len())
            .finish_non_exhaustive()
    }
}

impl Reason {
    pub(crate) fn body_too_large(limit: usize) -> Self {
        Self::BodyTooLarge {
            limit: LimitInBytes(Some(limit)),
        }
    }
}

/// The one buffer of a body, capped at the limit.
struct BodyBuffer {
    limit: usize,
    /// What the head said; a hint for reservations.
    declared: usize,
    cut: bool,
    frames: Frames,
}

enum Frames {
    None,
    /// The only frame so far, as the framework handed it over.
    One(Bytes),
    Many(Vec<u8>),
}

/// The most that is reserved at the word of a Content-Length; more is reserved as it is used.
const FIRST_RESERVATION: usize = 256 * 1024;

impl BodyBuffer {
    fn new(limit: usize, declared: Option<u64>) -> Self {
        let declared = declared
            .and_then(|length| usize::try_from(length).ok())
            .unwrap_or(0);
        Self {
            limit,
            declared,
            cut: false,
            frames: Frames::None,
        }
    }

    fn len(&self) -> usize {
        match &self.frames {
            Frames::None => 0,
            Frames::One(frame) => frame.len(),
            Frames::Many(buffer) => buffer.len(),
        }
    }

    fn room(&self) -> usize {
        self.limit - self.len()
    }

    /// Takes a frame that fits.
    fn push(&mut self, frame: Bytes) {
        if frame.is_empty() {
            return;
        }
        let buffer = match std::mem::replace(&mut self.frames, Frames::None) {
            Frames::None => {
                self.frames = Frames::One(frame);
                return;
            }
            Frames::One(first) => {
                let needed = first.len() + frame.len();
                let hinted = self.declared.min(FIRST_RESERVATION);
                let mut buffer = Vec::with_capacity(needed.max(hinted));
                buffer.extend_from_slice(&first);
                self.with_frame(buffer, &frame)
            }
            Frames::Many(buffer) => self.with_frame(buffer, &frame),
        };
        self.frames = Frames::Many(buffer);
    }

    /// Appends; a full buffer grows to twice its size, but not beyond what was declared or what
    /// is allowed, if that is enough.
    fn with_frame(&self, mut buffer: Vec<u8>, frame: &[u8]) -> Vec<u8> {
        let needed = buffer.len() + frame.len();
        if needed > buffer.capacity() {
            let most = if needed <= self.declared {
                self.declared
            } else {
                self.limit
            };
            let target = needed.max(buffer.capacity().saturating_mul(2).min(most));
            // Exactly: a plain `reserve` would double on its own, beyond the target.
            buffer.reserve_exact(target - buffer.len());
        }
        buffer.extend_from_slice(frame);
        buffer
    }

    fn into_bytes(self) -> Bytes {
        match self.frames {
            Frames::None => Bytes::new(),
            Frames::One(frame) => frame,
            Frames::Many(buffer) => Bytes::from(buffer),
        }
    }
}
