//! EDGE. Text on stdout, with colors where they are wanted.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};

use anstream::adapter::strip_str;
use anstream::{AutoStream, ColorChoice};

use crate::report::annotations;

/// Stdout, and what it can show.
pub struct Screen {
    colors: bool,
    /// Whether a line may be taken for a command.
    obeyed: bool,
}

impl Screen {
    /// Stdout, with colors if it is a terminal or somebody asks for them. `obeyed`: whether a line
    /// may be taken for a command.
    pub fn open(obeyed: bool) -> Self {
        let colors = AutoStream::choice(&io::stdout()) != ColorChoice::Never;
        Self { colors, obeyed }
    }

    /// Shows text, with words of a node in it.
    ///
    /// # Errors
    /// As [`fn@write`].
    pub fn show(&self, text: &str) -> io::Result<()> {
        let mut text = Cow::from(text);
        if !self.colors {
            text = strip_str(&text).to_string().into();
        }
        if self.obeyed {
            text = annotations::harmless(&text).into();
        }
        write(&text)
    }
}

/// Writes text to stdout as it stands. Where nobody reads it any more (`harness run | head`), that
/// is no error: the exit still tells.
///
/// # Errors
/// Others of the system, such as a full disk.
pub fn write(text: &str) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    let mut stdout = io::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}

/// The width of the terminal that stdout is, if it is one.
pub fn width() -> Option<usize> {
    let stdout = io::stdout();
    let size = stdout
        .is_terminal()
        .then(|| rustix::termios::tcgetwinsize(&stdout).ok());
    let columns = size.flatten()?.ws_col;
    (columns > 0).then_some(usize::from(columns))
}
