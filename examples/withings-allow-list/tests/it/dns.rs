//! A DNS server on loopback that answers questions for TXT records, and nothing else.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// What the server answers for a name.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// The records, each of some strings.
    Records(Vec<Vec<String>>),
    /// A code without records: 2 is "server failure", 3 is "no such name".
    Code(u8),
    /// Bytes that are no answer.
    Garbage,
}

/// Records of one string each.
pub(crate) fn records(texts: &[&str]) -> Answer {
    Answer::Records(texts.iter().map(|text| vec![(*text).to_owned()]).collect())
}

type Zone = Arc<Mutex<HashMap<String, Answer>>>;

/// The server while it runs; ends when dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    zone: Zone,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start() -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = socket.local_addr().expect("an address");
        socket
            .set_read_timeout(Some(Duration::from_millis(50)))
            .expect("a time-out");
        let (zone, ends) = (Zone::default(), Arc::new(AtomicBool::new(false)));
        let (served, ended) = (Arc::clone(&zone), Arc::clone(&ends));
        let thread = std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while !ended.load(Ordering::Relaxed) {
                // A time-out, to look whether to end.
                let Ok((length, client)) = socket.recv_from(&mut buffer) else {
                    continue;
                };
                if let Some(answer) = answer(&buffer[..length], &served) {
                    socket.send_to(&answer, client).expect("sent");
                }
            }
        });
        Self {
            address,
            zone,
            ends,
            thread: Some(thread),
        }
    }

    /// Sets what is answered for a name, which ends in a full stop. Other names do not exist.
    pub(crate) fn set(&self, name: &str, answer: Answer) {
        let mut zone = self.zone.lock().expect("not poisoned");
        zone.insert(name.to_owned(), answer);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // If it panicked, the test fails by the answer that is missing.
            let _ = thread.join();
        }
    }
}

const HEADER: usize = 12;
const TXT: [u8; 2] = [0, 16];
const IN: [u8; 2] = [0, 1];

fn answer(query: &[u8], zone: &Zone) -> Option<Vec<u8>> {
    let (name, name_length) = name_of(query.get(HEADER..)?)?;
    let question = query.get(HEADER..HEADER + name_length + 4)?;
    assert_eq!(
        question[name_length..],
        [TXT, IN].concat(),
        "a question for TXT"
    );
    let found = zone.lock().expect("not poisoned").get(&name).cloned();
    let (code, records) = match found {
        Some(Answer::Records(records)) => (0, records),
        Some(Answer::Code(code)) => (code, Vec::new()),
        Some(Answer::Garbage) => return Some(query[..5].to_vec()),
        None => (3, Vec::new()),
    };
    let mut answer = query[..2].to_vec();
    // An answer, recursion asked for and available; one question, some answers.
    let count = u8::try_from(records.len()).expect("few records");
    answer.extend([0x81, 0x80 | code, 0, 1, 0, count, 0, 0, 0, 0]);
    answer.extend(question);
    for strings in records {
        let mut data = Vec::new();
        for string in strings {
            data.push(u8::try_from(string.len()).expect("255 bytes at most"));
            data.extend(string.as_bytes());
        }
        // The name of the question, of which this is a record to keep for an hour.
        answer.extend([0xc0, 12, TXT[0], TXT[1], IN[0], IN[1], 0, 0, 0x0e, 0x10]);
        let length = u16::try_from(data.len()).expect("a small record");
        answer.extend(length.to_be_bytes());
        answer.extend(data);
    }
    Some(answer)
}

/// Reads a name, and how many bytes it takes.
fn name_of(bytes: &[u8]) -> Option<(String, usize)> {
    let (mut name, mut place) = (String::new(), 0);
    loop {
        let length = usize::from(*bytes.get(place)?);
        place += 1;
        if length == 0 {
            return Some((name, place));
        }
        let label = std::str::from_utf8(bytes.get(place..place + length)?).ok()?;
        name.push_str(&label.to_ascii_lowercase());
        name.push('.');
        place += length;
    }
}
