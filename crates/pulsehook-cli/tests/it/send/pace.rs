//! How fast is sent, how much at a time, and what is shown of it meanwhile.

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use super::fake::{Fake, OK};
use super::{Play, Ran, run, send};
use crate::support::{CANARY, FOUR_ENDPOINTS, command, folder};
use crate::terminal::Terminal;

const MANY: [&str; 6] = [
    "metriport",
    "patient.admit",
    "--repeat",
    "100",
    "--rate",
    "100/s",
];

#[test]
fn progress_is_shown_to_a_person_only() {
    let play = Play::start("send_progress");
    for (more, is_shown) in [(&[][..], true), (&["--quiet"], false), (&["--json"], false)] {
        let mut command = send(&play.folder);
        command.args(MANY).args(more);
        let (code, shown) = Terminal::start(command).end();
        assert_eq!(code, Some(0), "{shown}");
        // As in `17/100`.
        assert_eq!(shown.contains("/100 "), is_shown, "{more:?} {shown:?}");
        assert!(!shown.contains(CANARY), "{shown}");
    }
    let Ran {
        code,
        stdout,
        stderr,
    } = play.send(&MANY);
    assert_eq!((code, &*stderr), (Some(0), ""));
    assert!(!stdout.contains("/100 ") && !stdout.contains('\x1b'));
    assert!(
        stdout.starts_with("100 deliveries: 100 accepted"),
        "{stdout}"
    );
    play.end();
}

#[test]
fn copies_count_for_the_rate() {
    let fake = Fake::start(&[OK]);
    let folder = folder("send_rate");
    command(&folder, FOUR_ENDPOINTS);
    let url = fake.url();
    let arguments = [
        "metriport",
        "patient.admit",
        "--repeat",
        "20",
        "--duplicate",
    ];
    let started = Instant::now();
    let ran = run(send(&folder)
        .args(arguments)
        .args(["--rate", "20/s", "--to", &url]));
    // The last of 40 has its time after 39/20 of a second.
    assert!(started.elapsed() >= Duration::from_millis(1_900), "{ran:?}");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(fake.requests().len(), 40);
}

#[test]
fn so_many_are_sent_at_a_time() {
    let folder = folder("send_parallel");
    command(&folder, FOUR_ENDPOINTS);
    for parallel in ["2", "6"] {
        let address = answer_together(parallel.parse().unwrap());
        let url = format!("http://{address}/hook");
        let ran = run(send(&folder).args([
            "metriport",
            "patient.admit",
            "--repeat",
            "6",
            "--parallel",
            parallel,
            "--timeout",
            "10s",
            "--to",
            &url,
        ]));
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.stdout.contains("6 deliveries: 6 accepted"), "{ran:?}");
    }
}

/// Starts a server that answers once so many requests are there.
fn answer_together(count: usize) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let together = Arc::new(Barrier::new(count));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let together = Arc::clone(&together);
            std::thread::spawn(move || {
                super::fake::read_request(&mut stream);
                together.wait();
                // The client may have gone.
                let _ = stream.write_all(OK.as_bytes());
            });
        }
    });
    address
}
