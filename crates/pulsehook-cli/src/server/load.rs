//! What all requests in flight amount to: their number, and the memory of their bodies.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The requests in flight.
#[derive(Clone)]
pub(super) struct Load(Arc<Numbers>);

// They guard no other memory: relaxed is enough.
struct Numbers {
    requests: AtomicUsize,
    /// How many bytes bodies may still take.
    left: AtomicUsize,
}

impl Load {
    /// Makes one with so many bytes for all bodies.
    pub(super) fn new(bytes: usize) -> Self {
        Self(Arc::new(Numbers {
            requests: AtomicUsize::new(0),
            left: AtomicUsize::new(bytes),
        }))
    }

    /// Makes the share of a new request, which holds no bytes yet.
    pub(super) fn share(&self) -> Share {
        self.0.requests.fetch_add(1, Ordering::Relaxed);
        Share {
            all: Arc::clone(&self.0),
            held: AtomicUsize::new(0),
        }
    }

    /// Returns how many shares there are.
    pub(super) fn requests(&self) -> usize {
        self.0.requests.load(Ordering::Relaxed)
    }
}

/// One request, and the bytes that it holds; they are given back when the share is dropped.
pub(super) struct Share {
    all: Arc<Numbers>,
    held: AtomicUsize,
}

impl Share {
    /// Takes so many bytes more, and tells whether there is room for them.
    pub(super) fn take(&self, bytes: usize) -> bool {
        let taken = self
            .all
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(bytes)
            });
        if taken.is_ok() {
            self.held.fetch_add(bytes, Ordering::Relaxed);
        }
        taken.is_ok()
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let held = *self.held.get_mut();
        self.all.left.fetch_add(held, Ordering::Relaxed);
        self.all.requests.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_share_holds_is_given_back_and_what_it_was_refused_is_not() {
        let load = Load::new(10);
        let (first, second) = (load.share(), load.share());
        assert!(first.take(6));
        assert!(!second.take(5));
        assert!(second.take(4));
        assert_eq!(load.requests(), 2);
        assert!(!first.take(1));
        drop(first);
        assert!(second.take(6));
        drop(second);
        assert_eq!(load.requests(), 0);
        let third = load.share();
        assert!(!third.take(11));
        assert!(third.take(10));
    }
}
