//! What all requests in flight hold in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The memory for the bodies of all requests in flight.
#[derive(Clone)]
pub(super) struct Load(Arc<AtomicUsize>);

impl Load {
    /// Makes one of so many bytes.
    pub(super) fn new(bytes: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(bytes)))
    }

    /// Makes the share of a new request, which holds nothing yet.
    pub(super) fn share(&self) -> Share {
        Share {
            left: Arc::clone(&self.0),
            held: AtomicUsize::new(0),
        }
    }
}

/// What one request holds; it is given back with the last use of the share.
pub(super) struct Share {
    left: Arc<AtomicUsize>,
    held: AtomicUsize,
}

impl Share {
    /// Takes so many bytes more, and tells whether there is room for them.
    pub(super) fn take(&self, bytes: usize) -> bool {
        // The numbers guard no other memory: relaxed is enough.
        let taken = self
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
        self.left.fetch_add(*self.held.get_mut(), Ordering::Relaxed);
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
        assert!(!first.take(1));
        drop(first);
        assert!(second.take(6));
        drop(second);
        let third = load.share();
        assert!(!third.take(11));
        assert!(third.take(10));
    }
}
