//! Servers on free loopback ports, which end when they are dropped.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::panic;
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// A server; ends when dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: Option<Box<dyn FnOnce()>>,
}

impl Server {
    /// Serves in a runtime with one thread of its own.
    pub(crate) fn start<F>(
        serve: impl FnOnce(tokio::net::TcpListener) -> F + Send + 'static,
    ) -> Self
    where
        F: Future + Send + 'static,
    {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let (listener, address) = listen();
        listener.set_nonblocking(true).expect("a socket");
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            serve(listener).await;
        });
        // In the background, so that it can be dropped by an asynchronous test.
        Self::stopped_by(address, move || runtime.shutdown_background())
    }

    /// Takes a server that listens already, and how it is stopped.
    pub(crate) fn stopped_by(address: SocketAddr, stop: impl FnOnce() + 'static) -> Self {
        count_panics();
        Self {
            address,
            stop: Some(Box::new(stop)),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop();
        }
    }
}

/// Listens on a free loopback port.
pub(crate) fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

static PANICS: AtomicUsize = AtomicUsize::new(0);

/// Returns how many threads of servers have panicked so far. Servers catch panics, so that all a
/// client sees is a connection that ends.
pub(crate) fn panics() -> usize {
    PANICS.load(Ordering::SeqCst)
}

fn count_panics() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |panicked| {
            // A thread of a test bears the test's path, and panics where the test fails.
            if !thread::current()
                .name()
                .is_some_and(|name| name.contains("::"))
            {
                PANICS.fetch_add(1, Ordering::SeqCst);
            }
            print(panicked);
        }));
    });
}
