//! EDGE. All that is written to stdout and stderr, and the only way there for text of nodes and users: of it
//! nothing acts on a terminal but line ends and the harness's own colors, where colors are wanted, and no
//! line is a command in a log of GitHub Actions.

use std::env;
use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use anstream::stream::RawStream;
use anstream::{AutoStream, ColorChoice};
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::github;
use crate::outcome::ExitCode;
use crate::report::{annotations, escape, shell};

/// One of the two streams, and what it can show.
pub struct Screen {
    stream: OutputStream,
    colors: bool,
    /// Whether a line may be taken for a command.
    obeyed: bool,
}

#[derive(Clone, Copy)]
enum OutputStream {
    Stdout,
    Stderr,
}

impl Screen {
    /// Stdout, with colors if it is a terminal or somebody asks for them. `annotated`: it gets
    /// annotations, so that other lines may be taken for commands, too.
    pub fn open(annotated: bool) -> Self {
        Self {
            stream: OutputStream::Stdout,
            colors: has_colors(&io::stdout()),
            obeyed: annotated || github::is_here(),
        }
    }

    fn stderr() -> Self {
        Self {
            stream: OutputStream::Stderr,
            colors: has_colors(&io::stderr()),
            obeyed: github::is_here(),
        }
    }

    /// Shows text, with words of a node in it.
    ///
    /// # Errors
    /// As [`fn@write`].
    pub fn show(&self, text: &str) -> io::Result<()> {
        self.stream.write(&self.safe(text))
    }

    /// The text as it may be shown here, whoever wrote it.
    fn safe(&self, text: &str) -> String {
        let said = escape::said(text, self.colors);
        if self.obeyed {
            annotations::harmless(&said)
        } else {
            said
        }
    }
}

/// Whether colors are wanted: `NO_COLOR` beats `FORCE_COLOR`, which beats what the stream is.
fn has_colors(stream: &impl RawStream) -> bool {
    let value = |name| env::var_os(name).filter(|value| !value.is_empty());
    let is_no = |value: &OsString| value == "0" || value == "false";
    let forced = value("FORCE_COLOR").filter(|value| !is_no(value));
    let is_forced = forced.is_some() && value("NO_COLOR").is_none();
    is_forced || AutoStream::choice(stream) != ColorChoice::Never
}

/// What first went wrong on stdout, if anything did that a user should know of.
static LOST: Mutex<Option<String>> = Mutex::new(None);

impl OutputStream {
    fn write(self, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        let written = match self {
            Self::Stdout => {
                let mut stdout = io::stdout().lock();
                stdout
                    .write_all(text.as_bytes())
                    .and_then(|()| stdout.flush())
            }
            Self::Stderr => io::stderr().lock().write_all(text.as_bytes()),
        };
        match written {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                if matches!(self, Self::Stdout) {
                    let mut lost = LOST.lock().unwrap_or_else(PoisonError::into_inner);
                    lost.get_or_insert_with(|| error.to_string());
                }
                Err(error)
            }
            _ => Ok(()),
        }
    }
}

/// Writes data to stdout as it stands. Where nobody reads it any more (`harness run | head`), that
/// is no error: the exit still tells.
///
/// # Errors
/// Others of the system, such as a full disk.
pub fn write(text: &str) -> io::Result<()> {
    OutputStream::Stdout.write(text)
}

/// Writes data to stderr as it stands.
///
/// # Errors
/// As [`fn@write`].
pub fn write_aside(text: &str) -> io::Result<()> {
    OutputStream::Stderr.write(text)
}

/// Says a line on stdout. If nobody reads it, that is no error.
pub fn say(line: &str) {
    let _ = Screen::open(false).show(&format!("{line}\n"));
}

/// Says on stderr why something could not be done. If stderr is gone, the exit still tells.
pub fn complain(why: &impl Display) {
    let _ = Screen::stderr().show(&format!("error: {why}\n"));
}

/// Says what is wrong with the arguments, or the help that they ask for; gives the status to exit with.
pub fn misused(mut error: clap::Error) -> u8 {
    if let Some(program) = misplaced_program(&error) {
        let hint = format!(
            "the node is named with --bin {}, and its arguments stand after --",
            shell::quoted(&[shell::path(Path::new(&program))])
        );
        error.insert(
            ContextKind::Suggested,
            ContextValue::StyledStrs(vec![hint.into()]),
        );
    }
    let screen = if error.use_stderr() {
        Screen::stderr()
    } else {
        Screen::open(false)
    };
    let _ = screen.show(&error.render().ansi().to_string());
    if complains_of_lost_output() {
        return ExitCode::CouldNotRun as u8;
    }
    u8::try_from(error.exit_code()).unwrap_or(u8::MAX)
}

/// Says if something could not be written to stdout. (That nobody reads it is no trouble.)
pub fn complains_of_lost_output() -> bool {
    let lost = LOST.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(error) = &lost {
        complain(&format!("stdout can't be written: {error}"));
    }
    lost.is_some()
}

/// The file that stands where `harness test` takes none.
fn misplaced_program(error: &clap::Error) -> Option<String> {
    let is_test = env::args_os()
        .nth(1)
        .is_some_and(|command| command == "test");
    let unknown = error.kind() == ErrorKind::UnknownArgument && is_test;
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    (unknown && Path::new(word).is_file()).then(|| word.clone())
}

/// Whether stderr is a terminal, where something can be shown for a while.
pub fn has_foot() -> bool {
    io::stderr().is_terminal()
}

/// Whether stdout is a terminal.
pub fn is_terminal() -> bool {
    io::stdout().is_terminal()
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

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    /// What becomes something else beside others of these.
    const PARTS: [&str; 24] = [
        "\u{1b}[31m",
        "\u{1b}[0m",
        "\u{1b}[",
        "\u{1b}",
        "31m",
        "5m",
        "[",
        "]0;title\u{7}",
        "\u{9b}2J",
        "\r",
        "\n",
        "\t",
        "\0",
        " ",
        "\u{a0}",
        "\u{2028}",
        "\u{202e}",
        "\u{200b}",
        "#",
        "##[",
        ":",
        "::error::x",
        "%0A",
        "é",
    ];

    /// Asserts that nothing acts in a text that is shown, wherever that is.
    fn check_safe(text: &str) {
        for (colors, obeyed) in [(false, false), (false, true), (true, false), (true, true)] {
            let stream = OutputStream::Stdout;
            let screen = Screen {
                stream,
                colors,
                obeyed,
            };
            let shown = screen.safe(text);
            let mut plain = shown.clone();
            for color in ["0", "1", "2", "4", "31", "32", "33"]
                .iter()
                .filter(|_| colors)
            {
                plain = plain.replace(&format!("\u{1b}[{color}m"), "");
            }
            let acts = plain.chars().find(|c| *c != '\n' && escape::acts(*c));
            assert_eq!(acts, None, "{text:?}");
            assert_eq!(
                shown.matches('\n').count(),
                text.matches('\n').count(),
                "{text:?}"
            );
            let is_command =
                |line: &&str| line.trim_start().starts_with("::") || line.contains("##[");
            let command = shown.lines().find(is_command).filter(|_| obeyed);
            assert_eq!(command, None, "{text:?}");
            assert_eq!(screen.safe(&shown), shown, "what is safe stays as it is");
        }
    }

    #[test]
    fn nothing_acts_that_is_shown_and_no_line_is_a_command() {
        for one in PARTS {
            for other in PARTS {
                check_safe(&[one, other].concat());
                check_safe(&["#", one, other, "["].concat());
            }
        }
    }

    proptest! {
        #[test]
        fn nothing_acts_of_any_text(
            parts in vec(prop_oneof![3 => select(&PARTS[..]).prop_map(str::to_owned), 1 => any::<String>()], 0..9),
        ) {
            check_safe(&parts.concat());
        }
    }
}
