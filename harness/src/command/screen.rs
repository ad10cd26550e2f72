//! EDGE. Text on stdout, with colors where they are wanted.

use std::io::{self, IsTerminal, Write};

use anstream::adapter::strip_str;
use anstream::{AutoStream, ColorChoice};

/// Stdout, and what it can show.
pub struct Screen {
    colors: bool,
}

impl Screen {
    /// Stdout, with colors if it is a terminal or somebody asks for them.
    pub fn open() -> Self {
        let colors = AutoStream::choice(&io::stdout()) != ColorChoice::Never;
        Self { colors }
    }

    /// Shows text. Where nobody reads it any more (`harness run | head`), that is no error: the exit
    /// still tells.
    pub fn show(&self, text: &str) {
        if text.is_empty() {
            return;
        }
        let shown = if self.colors {
            text.to_owned()
        } else {
            strip_str(text).to_string()
        };
        let mut stdout = io::stdout().lock();
        let _ = stdout
            .write_all(shown.as_bytes())
            .and_then(|()| stdout.flush());
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
