//! What the tests share: a started server, a small client, signed requests.

use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::panic::Location;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use pulsehook_axum::SigningKey;
use pulsehook_axum::testing::SignedRequest;

/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// What no output may hold; it is in every secret.
pub(crate) const CANARY: &str = concat!("canary", "-4711");
const METRIPORT_KEY: &str = concat!("metriport-", "canary-4711");
const HUMAN_API_KEY: &str = concat!("human-api-", "canary-4711");
/// Secrets that requests hold as they are.
pub(crate) const URL_SECRET: &str = concat!("url-", "canary-4711");
pub(crate) const OLD_URL_SECRET: &str = concat!("old-url-", "canary-4711");
pub(crate) const AUTHORIZATION: &str = concat!("Bearer header-", "canary-4711");
pub(crate) const PASSWORD: &str = concat!("password-", "canary-4711");
const THRYVE_KEY: &str = concat!("thryve-", "canary-4711");

/// Two endpoints; the Human API secret stands in a file beside the configuration.
pub(crate) const TWO_ENDPOINTS: &str = r#"
listen = "127.0.0.1:0"

[[endpoint]]
path = "/hooks/metriport"
provider = "metriport"
keys = [{ id = "2026-11", env = "TEST_METRIPORT_KEY" }]

[[endpoint]]
path = "/hooks/human-api"
provider = "human-api"
keys = [{ file = "secret.txt" }]
body_limit = "4 KiB"
"#;

/// One endpoint of each provider, with every means that it knows.
pub(crate) const FOUR_ENDPOINTS: &str = r#"
listen = "127.0.0.1:0"

[[endpoint]]
path = "/hooks/human-api"
provider = "human-api"
keys = [{ file = "secret.txt" }]

[[endpoint]]
path = "/hooks/metriport"
provider = "metriport"
keys = [{ env = "TEST_METRIPORT_KEY" }]

[[endpoint]]
path = "/hooks/thryve"
provider = "thryve"
authorization = [{ env = "TEST_AUTHORIZATION" }]
keys = [{ env = "TEST_THRYVE_KEY" }]

[[endpoint]]
path = "/hooks/withings"
provider = "withings"
url_secrets = [{ env = "TEST_URL_SECRET" }]
order_updates = true
"#;

/// Makes an empty folder for a test.
pub(crate) fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    path
}

/// Writes a configuration with the secrets it may name, and prepares to run the command with it.
pub(crate) fn command(folder: &Path, config: &str) -> Command {
    let file = folder.join("pulsehook.toml");
    std::fs::write(&file, config).unwrap();
    std::fs::write(folder.join("secret.txt"), format!("{HUMAN_API_KEY}\n")).unwrap();
    let mut command = with_secrets(pulsehook());
    command.args(["serve", "--config"]).arg(file);
    command
}

/// Sets the variables with secrets that a configuration may name.
pub(crate) fn with_secrets(mut command: Command) -> Command {
    command
        .env("TEST_METRIPORT_KEY", METRIPORT_KEY)
        .env("TEST_URL_SECRET", URL_SECRET)
        .env("TEST_OLD_URL_SECRET", OLD_URL_SECRET)
        .env("TEST_AUTHORIZATION", AUTHORIZATION)
        .env("TEST_PASSWORD", PASSWORD)
        .env("TEST_THRYVE_KEY", THRYVE_KEY)
        .env("TEST_BYTES", "00ff")
        .env("TEST_LINE_END", format!("{AUTHORIZATION}\n"))
        .env("TEST_BLANK", "  ")
        .env("TEST_SCHEME_ALONE", "bearer")
        .env("TEST_BASIC_OF_NOTHING", "Basic Og==")
        .env_remove("TEST_UNSET");
    command
}

pub(crate) fn pulsehook() -> Command {
    Command::new(env!("CARGO_BIN_EXE_pulsehook"))
}

/// Returns all verbs, as the command's help lists them.
pub(crate) fn verbs() -> Vec<String> {
    let output = pulsehook().arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let (_, commands) = help.split_once("Commands:\n").unwrap();
    let (commands, _) = commands.split_once("\n\n").unwrap();
    let verbs = commands.lines().filter_map(|line| {
        let verb = line.strip_prefix("  ")?.split(' ').next()?;
        (!verb.is_empty() && verb != "help").then(|| verb.to_owned())
    });
    let verbs: Vec<_> = verbs.collect();
    assert!(verbs.len() >= 6, "{help}");
    verbs
}

pub(crate) fn by_metriport(body: &str) -> SignedRequest {
    let key = SigningKey::from_text(METRIPORT_KEY).unwrap();
    pulsehook_axum::metriport::testing::sign(&key, body.to_owned())
}

pub(crate) fn by_human_api(body: &str) -> SignedRequest {
    let key = SigningKey::from_text(HUMAN_API_KEY).unwrap();
    pulsehook_axum::human_api::testing::sign(&key, body.to_owned(), "1700000000000", "42")
}

pub(crate) fn by_thryve(body: impl Into<Vec<u8>>) -> SignedRequest {
    let key = SigningKey::from_text(THRYVE_KEY).unwrap();
    pulsehook_axum::thryve::testing::sign(&key, body.into(), "1700000000000")
}

/// Pins exit code, place and message of a configuration that is refused.
#[track_caller]
pub(crate) fn check_config(config: &str, code: i32, place: &str, parts: &[&str]) {
    let caller = Location::caller();
    let test = Path::new(caller.file()).file_stem().unwrap();
    let folder = folder(&format!("{}_{}", test.display(), caller.line()));
    let output = command(&folder, config).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{config}\n{text}");
    assert!(output.stdout.is_empty());
    let place = format!("pulsehook.toml{place}: ");
    assert!(text.contains(&place), "{place}\n{config}\n{text}");
    for part in parts {
        assert!(text.contains(part), "{part}\n{config}\n{text}");
    }
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(!text.contains(CANARY), "{config}\n{text}");
}

/// Lines of a stream, gathered by a thread.
#[derive(Clone, Default)]
pub(crate) struct Gathered(Arc<(Mutex<State>, Condvar)>);

#[derive(Default)]
struct State {
    lines: Vec<String>,
    ended: bool,
}

impl Gathered {
    pub(crate) fn from_stream(stream: impl Read + Send + 'static) -> Self {
        let gathered = Self::default();
        let shared = Arc::clone(&gathered.0);
        std::thread::spawn(move || {
            let (state, changed) = &*shared;
            for line in BufReader::new(stream).lines() {
                let Ok(line) = line else { break };
                state.lock().unwrap().lines.push(line);
                changed.notify_all();
            }
            state.lock().unwrap().ended = true;
            changed.notify_all();
        });
        gathered
    }

    /// Waits for a line that holds all the parts, and returns it.
    pub(crate) fn wait_for(&self, parts: &[&str]) -> String {
        let holds = |line: &&String| parts.iter().all(|part| line.contains(part));
        let (state, changed) = &*self.0;
        let deadline = Instant::now() + PATIENCE;
        let mut state = state.lock().unwrap();
        loop {
            if let Some(line) = state.lines.iter().find(holds) {
                return line.clone();
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(
                !state.ended && !left.is_zero(),
                "no line with {parts:?} among {:#?}",
                state.lines
            );
            state = changed.wait_timeout(state, left).unwrap().0;
        }
    }

    /// Returns the lines so far.
    pub(crate) fn now(&self) -> Vec<String> {
        self.0.0.lock().unwrap().lines.clone()
    }

    /// Waits for the line that follows so many.
    pub(crate) fn wait_after(&self, count: usize) -> String {
        let (state, changed) = &*self.0;
        let deadline = Instant::now() + PATIENCE;
        let mut state = state.lock().unwrap();
        loop {
            if let Some(line) = state.lines.get(count) {
                return line.clone();
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!state.ended && !left.is_zero(), "no line after {count}");
            state = changed.wait_timeout(state, left).unwrap().0;
        }
    }

    /// Returns the lines that came so far.
    pub(crate) fn so_far(&self) -> Vec<String> {
        self.0.0.lock().unwrap().lines.clone()
    }

    /// Returns all lines, once the stream has ended.
    pub(crate) fn all(&self) -> Vec<String> {
        let (state, changed) = &*self.0;
        let mut state = state.lock().unwrap();
        while !state.ended {
            let (next, timeout) = changed.wait_timeout(state, PATIENCE).unwrap();
            assert!(!timeout.timed_out(), "the stream does not end");
            state = next;
        }
        state.lines.clone()
    }
}

/// A started `pulsehook serve`.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    pub(crate) stdout: Gathered,
    pub(crate) stderr: Gathered,
}

impl Server {
    /// Returns the number of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Starts a server, and waits until it listens.
    pub(crate) fn start(command: &mut Command) -> Self {
        let (mut server, stdout) = Self::start_with_stdout(command);
        server.stdout = Gathered::from_stream(stdout);
        server
    }

    /// Starts a server, and leaves its standard output to the test.
    pub(crate) fn start_with_stdout(command: &mut Command) -> (Self, ChildStdout) {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = child.stdout.take().unwrap();
        let stderr = Gathered::from_stream(child.stderr.take().unwrap());
        let line = stderr.wait_for(&["pulsehook listens on http://"]);
        let address = line.rsplit_once('/').unwrap().1.parse().unwrap();
        let server = Self {
            child,
            address,
            stdout: Gathered::default(),
            stderr,
        };
        (server, stdout)
    }

    /// Starts a server that writes its notes as JSON; they are returned without the first.
    #[cfg(unix)]
    pub(crate) fn start_with_json_notes(command: &mut Command) -> (Self, Gathered) {
        let (server, stderr) = Self::start_with_first_note(command, |line| {
            let note: serde_json::Value = serde_json::from_str(line).unwrap();
            let message = note["message"].as_str().unwrap().to_owned();
            assert_eq!(note["level"], "info");
            message
        });
        (server, Gathered::from_stream(stderr))
    }

    /// Starts a server that does not tell where it listens.
    #[cfg(unix)]
    pub(crate) fn start_quiet(command: &mut Command, address: SocketAddr) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(address).is_err() {
            assert!(Instant::now() < deadline, "the server does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        Self {
            stdout: Gathered::from_stream(child.stdout.take().unwrap()),
            stderr: Gathered::from_stream(child.stderr.take().unwrap()),
            child,
            address,
        }
    }

    /// Starts a server whose standard error is not read beyond the first line.
    pub(crate) fn start_with_unread_stderr(
        command: &mut Command,
    ) -> (Self, BufReader<ChildStderr>) {
        Self::start_with_first_note(command, str::to_owned)
    }

    fn start_with_first_note(
        command: &mut Command,
        message: impl Fn(&str) -> String,
    ) -> (Self, BufReader<ChildStderr>) {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = Gathered::from_stream(child.stdout.take().unwrap());
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        let message = message(line.trim_end());
        let server = Self {
            child,
            address: message.rsplit_once('/').unwrap().1.parse().unwrap(),
            stdout,
            stderr: Gathered::default(),
        };
        (server, stderr)
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends a signed request over a connection of its own.
    pub(crate) fn post(&self, path: &str, request: &SignedRequest) -> Answer {
        self.send(&wire(path, request))
    }

    /// Sends bytes over a connection of their own.
    pub(crate) fn send(&self, wire: &[u8]) -> Answer {
        let mut stream = self.connect();
        stream.write_all(wire).unwrap();
        read_answer(&mut stream).unwrap()
    }

    #[cfg(unix)]
    pub(crate) fn terminate(&self) {
        let killed = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(killed.success());
    }

    pub(crate) fn wait(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "the server does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends the server and returns what it wrote to both streams.
    #[cfg(unix)]
    pub(crate) fn end(mut self) -> (Vec<String>, Vec<String>) {
        self.terminate();
        assert_eq!(self.wait().code(), Some(0));
        (self.stdout.all(), self.stderr.all())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Ends the server, and pins that no secret is in what it wrote.
#[track_caller]
#[cfg(unix)]
pub(crate) fn end_without_secrets(server: Server) -> (Vec<String>, Vec<String>) {
    let (stdout, stderr) = server.end();
    for line in stdout.iter().chain(&stderr) {
        assert!(!line.contains(CANARY), "{line}");
    }
    (stdout, stderr)
}

/// Returns the bytes of a request.
pub(crate) fn wire(path: &str, request: &SignedRequest) -> Vec<u8> {
    let mut wire = head(path, request);
    wire.extend_from_slice(request.body());
    wire
}

/// Returns the bytes of a request's head.
pub(crate) fn head(path: &str, request: &SignedRequest) -> Vec<u8> {
    let mut head = format!("{} {path} HTTP/1.1\r\nhost: test\r\n", request.method());
    for (name, value) in request.headers() {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("content-length: {}\r\n\r\n", request.body().len()));
    head.into_bytes()
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Status line and headers, in lower case.
    pub(crate) head: String,
    pub(crate) body: String,
}

/// Reads one answer, by its length; `None` when the connection ends before one.
pub(crate) fn try_read_answer(stream: &mut TcpStream) -> io::Result<Option<Answer>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        match stream.read(&mut byte) {
            Ok(0) if head.is_empty() => return Ok(None),
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) => head.push(byte[0]),
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(None),
            Err(error) => return Err(error),
        }
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    let body = String::from_utf8(body).unwrap();
    Ok(Some(Answer { status, head, body }))
}

/// Reads one answer that must come.
pub(crate) fn read_answer(stream: &mut TcpStream) -> io::Result<Answer> {
    try_read_answer(stream)?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}
