//! Why the tool ends without success, as an exit code and a message.

use std::fmt::Display;
use std::process::ExitCode;

/// Why the tool ends without success.
#[derive(Debug)]
pub(crate) struct Failure {
    code: u8,
    message: String,
    is_silent: bool,
}

impl Failure {
    /// Something went wrong while running: exit code 1.
    pub(crate) fn runtime(message: impl Display) -> Self {
        Self::new(1, message)
    }

    /// The arguments are bad in a way that the argument parser cannot know: exit code 2, as its own.
    pub(crate) fn usage(message: impl Display) -> Self {
        Self::new(2, message)
    }

    /// The configuration, or a file that was named, is bad: exit code 3.
    pub(crate) fn config(message: impl Display) -> Self {
        Self::new(3, message)
    }

    /// The address cannot be listened on: exit code 4.
    pub(crate) fn listen(message: impl Display) -> Self {
        Self::new(4, message)
    }

    fn new(code: u8, message: impl Display) -> Self {
        Self {
            code,
            message: message.to_string(),
            is_silent: false,
        }
    }

    /// Nobody reads the results any more: exit code 1, and nothing is told, as it is no mistake.
    pub(crate) fn unread() -> Self {
        Self {
            is_silent: true,
            ..Self::runtime("cannot write to standard output: nobody reads it any more")
        }
    }

    /// Makes it be told in any case.
    pub(crate) fn told(mut self) -> Self {
        self.is_silent = false;
        self
    }

    /// Tells whether nothing is to be told.
    pub(crate) fn is_silent(&self) -> bool {
        self.is_silent
    }

    /// Returns what to tell.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Returns the exit code.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code)
    }

    /// Returns the exit code as a number.
    pub(crate) fn code(&self) -> u8 {
        self.code
    }
}
