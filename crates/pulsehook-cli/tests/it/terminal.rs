//! The command under a pseudo-terminal: what it asks, and its colours.
#![cfg(unix)]

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::support::{folder, pulsehook};

/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// A command at a terminal of 100 columns.
pub(crate) struct Terminal {
    child: Child,
    keyboard: File,
    screen: Arc<(Mutex<Screen>, Condvar)>,
    /// How much of what was shown has been waited for.
    seen: usize,
}

#[derive(Default)]
struct Screen {
    shown: Vec<u8>,
    ended: bool,
}

impl Terminal {
    /// Starts a command with all three streams at the terminal.
    pub(crate) fn start(mut command: Command) -> Self {
        let (keyboard, terminal) = pair();
        let stream = || Stdio::from(terminal.try_clone().unwrap());
        command.stdin(stream()).stdout(stream()).stderr(stream());
        Self::spawn(command, keyboard)
    }

    /// Starts a command with the output streams at the terminal, and nothing to read.
    pub(crate) fn start_without_keyboard(mut command: Command) -> Self {
        let (keyboard, terminal) = pair();
        let stream = || Stdio::from(terminal.try_clone().unwrap());
        command
            .stdin(Stdio::null())
            .stdout(stream())
            .stderr(stream());
        Self::spawn(command, keyboard)
    }

    fn spawn(mut command: Command, keyboard: File) -> Self {
        if command.get_envs().all(|(name, _)| name != "TERM") {
            command.env("TERM", "xterm-256color");
        }
        if command.get_envs().all(|(name, _)| name != "NO_COLOR") {
            command.env_remove("NO_COLOR");
        }
        let child = command.spawn().unwrap();
        // The command holds the other side of the terminal, which must end with the child.
        drop(command);
        let screen = Arc::<(Mutex<Screen>, Condvar)>::default();
        let (shared, mut reader) = (Arc::clone(&screen), keyboard.try_clone().unwrap());
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            // Where all have left the terminal, reading fails.
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                shared.0.lock().unwrap().shown.extend(&bytes[..count]);
                shared.1.notify_all();
            }
            shared.0.lock().unwrap().ended = true;
            shared.1.notify_all();
        });
        Self {
            child,
            keyboard,
            screen,
            seen: 0,
        }
    }

    /// Waits until a text is shown, after what was waited for before.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        let mut screen = self.screen.0.lock().unwrap();
        loop {
            let shown = &screen.shown[self.seen..];
            if let Some(at) = shown
                .windows(text.len())
                .position(|window| window == text.as_bytes())
            {
                self.seen += at + text.len();
                return;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(
                !screen.ended && !left.is_zero(),
                "no {text:?} in {:?}",
                String::from_utf8_lossy(&screen.shown)
            );
            screen = self.screen.1.wait_timeout(screen, left).unwrap().0;
        }
    }

    pub(crate) fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// Presses a key again and again until the command ends.
    fn press_until_end(&mut self, key: &str) {
        let deadline = Instant::now() + PATIENCE;
        while self.child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < deadline, "the command does not end");
            let _ = self.keyboard.write_all(key.as_bytes());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits for the end; returns the exit code and all that was shown.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        let status = self.child.wait().unwrap();
        let mut screen = self.screen.0.lock().unwrap();
        while !screen.ended {
            let (next, timeout) = self.screen.1.wait_timeout(screen, PATIENCE).unwrap();
            assert!(!timeout.timed_out(), "the terminal does not end");
            screen = next;
        }
        let shown = String::from_utf8(screen.shown.clone()).unwrap();
        (status.code(), shown)
    }
}

fn pair() -> (File, OwnedFd) {
    let keyboard = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&keyboard).unwrap();
    unlockpt(&keyboard).unwrap();
    let name = ptsname(&keyboard, Vec::new()).unwrap();
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let terminal = rustix::fs::open(name, flags, Mode::empty()).unwrap();
    let size = Winsize {
        ws_row: 30,
        ws_col: 100,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&terminal, size).unwrap();
    (File::from(keyboard), terminal)
}

fn with(arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = pulsehook();
    command.args(arguments).envs(variables.iter().copied());
    command
}

#[test]
fn init_asks_and_writes_what_was_answered() {
    let folder = folder("terminal_init");
    let mut command = with(&["init"], &[]);
    command.current_dir(&folder);
    let mut terminal = Terminal::start(command);
    terminal.wait_for("Providers (arrows move, space marks, a marks all, enter ends)");
    terminal.wait_for("Withings");
    // Nothing is marked: it is asked again.
    terminal.press("\r");
    terminal.wait_for("Mark at least one.");
    terminal.wait_for("Withings");
    terminal.press("j ");
    terminal.wait_for("[x] Metriport");
    terminal.press("\r");
    terminal.wait_for("File to write");
    terminal.press("mine.toml\r");
    terminal.wait_for("Make up secrets");
    terminal.press("y");
    terminal.wait_for("wrote mine.toml with 1 endpoint");
    let (code, shown) = terminal.end();
    assert_eq!(code, Some(0), "{shown}");
    assert!(
        shown.contains("pulsehook serve --watch --config mine.toml"),
        "{shown}"
    );

    let checked = with(&["check-config", "mine.toml"], &[])
        .current_dir(&folder)
        .output()
        .unwrap();
    assert_eq!(checked.status.code(), Some(0), "{checked:?}");
    let text = std::fs::read_to_string(folder.join("mine.toml")).unwrap();
    assert_eq!(text.matches("\n[[endpoint]]").count(), 1);
    assert!(text.contains("provider = \"metriport\""));

    // Once more: the file is there now.
    let mut command = with(&["init", "--out", "mine.toml"], &[]);
    command.current_dir(&folder);
    let mut terminal = Terminal::start(command);
    terminal.wait_for("Human API");
    terminal.press(" ");
    terminal.wait_for("[x] Human API");
    terminal.press("\r");
    terminal.wait_for("mine.toml is there; overwrite it?");
    terminal.press("n");
    terminal.wait_for("Make up secrets");
    terminal.press("n");
    let (code, shown) = terminal.end();
    assert_eq!(code, Some(3), "{shown}");
    assert!(shown.contains("left as it is"), "{shown}");
    assert_eq!(
        std::fs::read_to_string(folder.join("mine.toml")).unwrap(),
        text
    );
}

#[test]
fn questions_that_are_left_write_nothing() {
    for key in ["\x1b", "\x03"] {
        let folder = folder(&format!("terminal_left_{}", key.as_bytes()[0]));
        let mut command = with(&["init"], &[]);
        command.current_dir(&folder);
        let mut terminal = Terminal::start(command);
        terminal.wait_for("Withings");
        terminal.press_until_end(key);
        let (code, shown) = terminal.end();
        assert_eq!(code, Some(1), "{key:?} {shown:?}");
        for part in ["nothing was written", "--provider NAME or --all"] {
            assert!(shown.contains(part), "{shown:?}");
        }
        // The cursor is there again.
        let (_, after) = shown.rsplit_once("\x1b[?25l").unwrap();
        assert!(after.contains("\x1b[?25h"), "{shown:?}");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    }
}

#[test]
fn nothing_is_asked_where_nobody_can_answer() {
    let folder = folder("terminal_nobody");
    let mut command = with(&["init"], &[]);
    command.current_dir(&folder);
    let dumb = with(&["init"], &[("TERM", "dumb")]);
    let json = with(&["init", "--json"], &[]);
    for (terminal, what) in [
        (
            Terminal::start_without_keyboard(command),
            "standard input is no terminal",
        ),
        (Terminal::start(dumb), "a terminal that only takes lines"),
        (Terminal::start(json), "a program reads"),
    ] {
        let (code, shown) = terminal.end();
        assert_eq!(code, Some(2), "{what}: {shown}");
        assert!(shown.contains("--all"), "{what}: {shown}");
        assert!(!shown.contains("space marks"), "{what}: {shown}");
    }
}

const GREEN: &str = "\x1b[32m";
const RED: &str = "\x1b[31m";

#[test]
fn colours_are_for_terminals_that_have_them() {
    let none = &[][..];
    let bad = &["check-config", "/nowhere/pulsehook.toml"][..];
    for (arguments, variables, colour) in [
        (&["demo"][..], none, Some(GREEN)),
        (&["demo"], &[("NO_COLOR", "")], Some(GREEN)),
        (&["demo"], &[("NO_COLOR", "1")], None),
        (&["demo"], &[("TERM", "dumb")], None),
        (&["demo", "--json"], none, None),
        (bad, none, Some(RED)),
        (bad, &[("NO_COLOR", "1")], None),
        (bad, &[("TERM", "dumb")], None),
        (
            &["--json", "check-config", "/nowhere/pulsehook.toml"],
            none,
            None,
        ),
        (&["nothing"], none, Some(RED)),
        (&["nothing"], &[("NO_COLOR", "1")], None),
    ] {
        let (_, shown) = Terminal::start(with(arguments, variables)).end();
        match colour {
            Some(colour) => assert!(shown.contains(colour), "{arguments:?} {shown}"),
            None => assert!(
                !shown.contains('\x1b'),
                "{arguments:?} {variables:?} {shown}"
            ),
        }
        // Through a pipe there are none.
        let output = with(arguments, variables).output().unwrap();
        let piped = [output.stdout, output.stderr].concat();
        assert!(!piped.contains(&0x1b), "{arguments:?}");
        assert!(!piped.is_empty(), "{arguments:?}");
    }
}

#[test]
fn help_has_no_colour_where_none_is_wanted() {
    for variables in [&[("NO_COLOR", "1")], &[("TERM", "dumb")]] {
        let (code, shown) = Terminal::start(with(&["--help"], variables)).end();
        assert_eq!(code, Some(0));
        assert!(shown.contains("Usage:"), "{shown}");
        assert!(!shown.contains('\x1b'), "{shown}");
    }
}
