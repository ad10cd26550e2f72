//! EDGE: runs a node on real streams, with a real clock.
//!
//! One loop: take what arrived or wait for the one deadline, let the node
//! decide, write what it said. Nothing is decided here.

use std::fmt::{self, Write as _};
use std::io::{self, Read, Write};
use std::mem;
use std::time::Duration;

use crate::input::{Chunk, Event, Input};
use crate::lifecycle::Lifecycle;
use crate::message::{excerpt, parse};
use crate::node::Moment;
use crate::outbox::Output;
use crate::settings::Settings;

/// How much may wait to be written while there is more to handle, in bytes.
const UNSENT_BYTES_MAX: usize = 64 * 1024;

/// The byte-order mark that some editors put at the start of a file: it must not hide the `init`.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// How long what has been said may wait to be written while more arrives.
const FLUSH_PAUSE_MAX: Duration = Duration::from_millis(5);

/// How many characters of a bad line the log shows.
const LINE_CHARACTERS_MAX: usize = 120;

/// Why a run ended early.
#[derive(Debug)]
pub enum RunError {
    /// The input can't be read.
    Input(io::Error),
    /// The output can't be written: nobody listens any more.
    Output(io::Error),
}

/// Runs a node that is as `settings` say, until `input` ends.
///
/// Messages are lines on `input` and `output`. On `log` there is a line about
/// each bad line and each fallback; whether it can be written doesn't matter.
pub fn run(
    input: impl Read + Send + 'static,
    output: &mut impl Write,
    log: &mut impl Write,
    settings: Settings,
) -> Result<(), RunError> {
    let input = Input::start(input).map_err(RunError::Input)?;
    let lifecycle = Lifecycle::new(settings);
    let mut driver = Driver {
        lifecycle,
        line_number: 0,
        line: Vec::new(),
        unsent: Unsent::new(output),
        log,
    };
    let mut flushed = Duration::ZERO;
    loop {
        match input.next(driver.lifecycle.next_deadline()) {
            Event::Arrived(chunk) => driver.handle_chunk(&input, &chunk),
            Event::Due(now) => driver.tick(now),
            Event::Ended(end) => return driver.finish(input.now(), end),
        }
        let now = input.now();
        if input.pauses() || now.saturating_sub(flushed) > FLUSH_PAUSE_MAX {
            driver.unsent.flush();
            flushed = now;
        }
        driver.unsent.check()?;
    }
}

struct Driver<'a, O, L> {
    lifecycle: Lifecycle,
    /// Of the last line that was handled, from 1.
    line_number: u64,
    /// The start of a line whose end has not arrived.
    line: Vec<u8>,
    unsent: Unsent<'a, O>,
    log: &'a mut L,
}

/// What waits to be written while there is more to handle.
struct Unsent<'a, O> {
    output: &'a mut O,
    bytes: Vec<u8>,
    /// Why the last attempt to write has failed; then nothing is written any more.
    error: Option<io::Error>,
}

impl<O: Write, L: Write> Driver<'_, O, L> {
    /// A line arrives when its end does.
    fn handle_chunk(&mut self, input: &Input, chunk: &Chunk) {
        self.tick(chunk.arrived);
        let mut rest = chunk.bytes.as_slice();
        while let Some(end) = memchr::memchr(b'\n', rest) {
            let (line, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
            let moment = Moment {
                arrived: chunk.arrived,
                now: input.now(),
            };
            if self.line.is_empty() {
                self.handle_line(moment, line);
            } else {
                self.line.extend_from_slice(line);
                let line = mem::take(&mut self.line);
                self.handle_line(moment, &line);
            }
            rest = after.get(1..).unwrap_or_default();
        }
        self.line.extend_from_slice(rest);
    }

    fn handle_line(&mut self, moment: Moment, line: &[u8]) {
        self.line_number += 1;
        let line = match self.line_number {
            1 => line.strip_prefix(MARK).unwrap_or(line),
            _ => line,
        };
        let line = line.trim_ascii_end();
        if line.is_empty() {
            return;
        }
        match parse(line) {
            Ok(message) => {
                let output = self.lifecycle.handle(moment, message);
                self.take(output);
            }
            Err(error) => {
                let start = excerpt(line, LINE_CHARACTERS_MAX);
                self.log(format!("line {}: {error}: {start}", self.line_number));
            }
        }
    }

    fn tick(&mut self, now: Duration) {
        let output = self.lifecycle.tick(now);
        self.take(output);
    }

    /// The last line may lack its line break.
    fn finish(&mut self, now: Duration, end: io::Result<()>) -> Result<(), RunError> {
        let line = mem::take(&mut self.line);
        self.handle_line(Moment::at(now), &line);
        let output = self.lifecycle.finish();
        self.take(output);
        self.unsent.flush();
        self.unsent.check()?;
        end.map_err(RunError::Input)
    }

    fn take(&mut self, output: Output) {
        for notice in output.notices {
            self.log(notice.to_string());
        }
        for message in output.messages {
            // What can't be written is kept as an error.
            let _ = message.write(&mut self.unsent);
            let _ = self.unsent.write_char('\n');
        }
    }

    /// One write a line, and no harm done if nobody reads it.
    fn log(&mut self, mut line: String) {
        line.push('\n');
        let _ = self.log.write_all(line.as_bytes());
    }
}

impl<'a, O: Write> Unsent<'a, O> {
    fn new(output: &'a mut O) -> Self {
        let bytes = Vec::with_capacity(UNSENT_BYTES_MAX);
        Self {
            output,
            bytes,
            error: None,
        }
    }

    /// Writes all that one input or several led to in one go.
    fn flush(&mut self) {
        self.empty();
        if self.error.is_none() {
            self.error = self.output.flush().err();
        }
    }

    fn empty(&mut self) {
        if self.error.is_none() && !self.bytes.is_empty() {
            self.error = self.output.write_all(&self.bytes).err();
        }
        self.bytes.clear();
    }

    /// An error if there has been one.
    fn check(&mut self) -> Result<(), RunError> {
        self.error
            .take()
            .map_or(Ok(()), |error| Err(RunError::Output(error)))
    }
}

impl<O: Write> fmt::Write for Unsent<'_, O> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.bytes.len() + text.len() > UNSENT_BYTES_MAX {
            self.empty();
        }
        self.bytes.extend_from_slice(text.as_bytes());
        if self.error.is_some() {
            return Err(fmt::Error);
        }
        Ok(())
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(error) => write!(f, "cannot read standard input: {error}"),
            Self::Output(error) => write!(f, "cannot write to standard output: {error}"),
        }
    }
}

impl std::error::Error for RunError {}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(3600);

    fn settings() -> Settings {
        Settings {
            ack_timeout: TIMEOUT,
            ..Settings::default()
        }
    }

    /// Fails every write.
    struct Closed;

    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn check(input: &'static [u8], expected_output: &str, expected_log: &str) {
        let (mut output, mut log) = (Vec::new(), Vec::new());
        run(input, &mut output, &mut log, settings()).unwrap();
        assert_eq!(String::from_utf8(output).unwrap(), expected_output);
        assert_eq!(String::from_utf8(log).unwrap(), expected_log);
    }

    #[test]
    fn lines_may_end_as_they_like() {
        let init_ok = r#"{"src": "n1", "dest": "c0", "body": {"type": "init_ok", "in_reply_to": 1, "msg_id": 0}}"#;
        let error = r#"{"src": "n1", "dest": "c0", "body": {"type": "error", "code": 22, "text": "already initialised as n1", "in_reply_to": 1, "msg_id": 1}}"#;
        check(
            b"\n\r\n  \t\n{\"src\":\"c0\",\"dest\":\"n1\",\"body\":{\"type\":\"init\",\"msg_id\":1,\"node_id\":\"n1\",\"node_ids\":[]}}\r\n{\"src\":\"c0\",\"dest\":\"n1\",\"body\":{\"type\":\"init\",\"msg_id\":1,\"node_id\":\"n1\",\"node_ids\":[]}}",
            &format!("{init_ok}\n{error}\n"),
            "",
        );
        check(b"", "", "");
    }

    #[test]
    fn a_bad_line_is_logged_with_its_number_and_start() {
        check(
            b"\nhello\x1b\n\xff\n{}\n",
            "",
            concat!(
                "line 2: no JSON object: expected value at column 1: hello\\u{1b}\n",
                "line 3: not UTF-8 after byte 0: \u{fffd}\n",
                "line 4: body is missing: {}\n",
            ),
        );
    }

    #[test]
    fn a_closed_log_does_no_harm_and_a_closed_output_ends_the_run() {
        let request =
            &b"bad\n{\"src\":\"c0\",\"dest\":\"n1\",\"body\":{\"type\":\"read\",\"msg_id\":1}}\n"[..];
        let mut output = Vec::new();
        run(request, &mut output, &mut Closed, settings()).unwrap();
        assert!(!output.is_empty());
        let end = run(request, &mut Closed, &mut Closed, settings());
        assert!(matches!(end, Err(RunError::Output(_))), "{end:?}");
    }

    #[test]
    fn a_flood_of_bad_lines_does_not_hold_up_a_timeout() {
        let input = Input::start(io::empty()).unwrap();
        let (mut output, mut log) = (Vec::new(), Vec::new());
        let lifecycle = Lifecycle::new(settings());
        let mut driver = Driver {
            lifecycle,
            line_number: 0,
            line: Vec::new(),
            unsent: Unsent::new(&mut output),
            log: &mut log,
        };
        let init =
            r#"{"src":"c0","dest":"n1","body":{"type":"init","node_id":"n1","node_ids":["n2"]}}"#;
        let topology =
            r#"{"src":"c1","dest":"n1","body":{"type":"topology","topology":{"n1":["n2"]}}}"#;
        let broadcast = r#"{"src":"c1","dest":"n1","body":{"type":"broadcast","message":42}}"#;
        let good = format!("{init}\n{topology}\n{broadcast}\n");
        for (arrived, text) in [(Duration::ZERO, good.as_str()), (2 * TIMEOUT, "bad\n")] {
            let bytes = text.into();
            driver.handle_chunk(&input, &Chunk { arrived, bytes });
        }
        let unsent = String::from_utf8(driver.unsent.bytes).unwrap();
        assert_eq!(unsent.matches(r#""direct": true"#).count(), 1, "{unsent}");
    }
}
