//! `harness.toml`: defaults for the cases at and below its folder.
//!
//! Pure: [`super`] finds and reads the files.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::argument;
use super::ignored::IgnoredTypes;
use super::mode::{ExitMode, MatchMode, MsgIdMode, PaceMode};
use super::nearest::nearest;
use super::played::PlayedServices;
use super::settings::{CaseSettings, Origin, Said};
use super::slips;
use super::syntax::{self, Problem, SyntaxError};

/// The file's name.
pub const FILE_NAME: &str = "harness.toml";

/// The keys, for the advice on a misspelt one.
const KEYS: [&str; 12] = [
    "bin",
    "args",
    "cwd",
    "env",
    "timeout",
    "output-max",
    "match",
    "msg_id",
    "pace",
    "exit",
    "ignore",
    "service",
];

/// Parses a `harness.toml`. `file` is where it lies; `bin` and `cwd` are relative to its folder.
pub fn parse(text: &str, file: &Path) -> Result<CaseSettings, SyntaxError> {
    let table = DeTable::parse(text).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        let before = text.get(..offset).unwrap_or_default();
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        let line = text.get(start..).unwrap_or_default().lines().next();
        if let Some((_, problem)) = line.and_then(|line| slips::of_line(line.as_bytes())) {
            return error_at(text, start, problem);
        }
        error_at(
            text,
            offset,
            Problem::NotToml {
                reason: error.message().to_owned(),
            },
        )
    })?;
    let mut parser = ConfigParser {
        text,
        line_ends: memchr::memchr_iter(b'\n', text.as_bytes()).collect(),
        file: file.into(),
        settings: CaseSettings::default(),
    };
    for (key, value) in table.get_ref() {
        parser.entry(key, value)?;
    }
    Ok(parser.settings)
}

struct ConfigParser<'text> {
    text: &'text str,
    /// Where its lines end: a file may have many entries, and each remembers its line.
    line_ends: Vec<usize>,
    file: Arc<Path>,
    settings: CaseSettings,
}

/// A value with its place.
type Value<'a, 'text> = &'a Spanned<DeValue<'text>>;

impl ConfigParser<'_> {
    fn entry(
        &mut self,
        key: &Spanned<std::borrow::Cow<'_, str>>,
        value: Value<'_, '_>,
    ) -> Result<(), SyntaxError> {
        match key.get_ref().as_ref() {
            "bin" => {
                let wants = "a path, as in \"../my_node.py\"";
                let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
                let bin = self.convert("bin", wants, value, some)?;
                self.settings.bin = Some(self.said(self.folder().join(bin), value));
            }
            "cwd" => {
                let wants = "a folder, as in \"../data\"";
                let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
                let cwd = self.convert("cwd", wants, value, some)?;
                self.settings.cwd = Some(self.said(self.folder().join(cwd), value));
            }
            "args" => self.settings.args = Some(self.said(self.args(value)?, value)),
            "env" => self.env(value)?,
            "timeout" => {
                let wants = "a time above zero, as in \"5s\"";
                // A number is one of seconds.
                let written = value.get_ref().as_str();
                let written = written.or_else(|| self.text.get(value.span()));
                let timeout = written.and_then(argument::positive);
                let timeout = timeout.ok_or_else(|| self.bad("timeout", wants, value))?;
                self.settings.timeout = Some(self.said(timeout, value));
            }
            "output-max" => {
                let wants = "a size of at most 64 MiB, as in \"16MiB\", \"512KiB\" or \"1000\"";
                let size = self.convert("output-max", wants, value, argument::size)?;
                self.settings.output_max = Some(self.said(size, value));
            }
            "match" => {
                let wants = "\"exact\", \"unordered\", \"prefix\" or \"contains\"";
                let known = |name: &str| argument::known(&MatchMode::ALL, name);
                let mode = self.convert("match", wants, value, known)?;
                self.settings.match_mode = Some(self.said(mode, value));
            }
            "msg_id" => {
                let wants = "\"renamed\", \"exact\" or \"ignored\"";
                let known = |name: &str| argument::known(&MsgIdMode::ALL, name);
                let mode = self.convert("msg_id", wants, value, known)?;
                self.settings.msg_id = Some(self.said(mode, value));
            }
            "pace" => {
                let wants = "\"lockstep\" or \"all-at-once\"";
                let known = |name: &str| argument::known(&PaceMode::ALL, name);
                let pace = self.convert("pace", wants, value, known)?;
                self.settings.pace = Some(self.said(pace, value));
            }
            "exit" => {
                let wants = "\"strict\" or \"any\"";
                let known = |name: &str| argument::known(&ExitMode::ALL, name);
                let exit = self.convert("exit", wants, value, known)?;
                self.settings.exit = Some(self.said(exit, value));
            }
            "ignore" => self.settings.ignore = Some(self.said(self.ignored(value)?, value)),
            "service" => self.settings.services = Some(self.said(self.services(value)?, value)),
            unknown => {
                let problem = Problem::UnknownKey {
                    key: unknown.to_owned(),
                    nearest: nearest(KEYS, unknown),
                    all: KEYS.join(", "),
                };
                return Err(error_at(self.text, key.span().start, problem));
            }
        }
        Ok(())
    }

    fn folder(&self) -> &Path {
        self.file.parent().unwrap_or(Path::new(""))
    }

    fn args(&self, value: Value<'_, '_>) -> Result<Vec<OsString>, SyntaxError> {
        let wants = "an array of strings, as in [\"--ack-timeout\", \"50ms\"]";
        let Some(array) = value.get_ref().as_array() else {
            return Err(self.bad("args", wants, value));
        };
        array
            .iter()
            .map(|arg| Ok(self.text_of("args", wants, arg)?.into()))
            .collect()
    }

    fn ignored(&self, value: Value<'_, '_>) -> Result<IgnoredTypes, SyntaxError> {
        let wants = "an array of types, as in [\"gossip\", \"heartbeat\"]";
        let Some(array) = value.get_ref().as_array() else {
            return Err(self.bad("ignore", wants, value));
        };
        let mut ignored = IgnoredTypes::default();
        for kind in array {
            let added = ignored.add(&self.text_of("ignore", wants, kind)?);
            added.map_err(|wants| self.bad("ignore", wants, kind))?;
        }
        Ok(ignored)
    }

    fn services(&self, value: Value<'_, '_>) -> Result<PlayedServices, SyntaxError> {
        let wants = "an array of services, as in [\"lin-kv\", \"seq-kv\"]";
        let Some(array) = value.get_ref().as_array() else {
            return Err(self.bad("service", wants, value));
        };
        let mut services = PlayedServices::default();
        for name in array {
            let added = services.add(&self.text_of("service", wants, name)?);
            added.map_err(|wants| self.bad("service", wants, name))?;
        }
        Ok(services)
    }

    fn env(&mut self, value: Value<'_, '_>) -> Result<(), SyntaxError> {
        let wants = "a table of strings, as in { GREETING = \"hello\" }";
        let Some(table) = value.get_ref().as_table() else {
            return Err(self.bad("env", wants, value));
        };
        for (name, value) in table {
            let text = self.text_of("env", wants, value)?;
            if text.contains('\0')
                || name.get_ref().contains(['\0', '='])
                || name.get_ref().is_empty()
            {
                return Err(self.bad("env", wants, value));
            }
            let pair = (name.get_ref().clone().into_owned(), text);
            self.settings.env.push(self.said(pair, value));
        }
        Ok(())
    }

    fn convert<T>(
        &self,
        key: &'static str,
        wants: &'static str,
        value: Value<'_, '_>,
        convert: impl Fn(&str) -> Option<T>,
    ) -> Result<T, SyntaxError> {
        convert(&self.text_of(key, wants, value)?).ok_or_else(|| self.bad(key, wants, value))
    }

    fn text_of(
        &self,
        key: &'static str,
        wants: &'static str,
        value: Value<'_, '_>,
    ) -> Result<String, SyntaxError> {
        let text = value.get_ref().as_str().filter(|text| !text.contains('\0'));
        text.map(str::to_owned)
            .ok_or_else(|| self.bad(key, wants, value))
    }

    fn bad(&self, key: &'static str, wants: &'static str, value: Value<'_, '_>) -> SyntaxError {
        let found = self.text.get(value.span()).unwrap_or_default().to_owned();
        error_at(
            self.text,
            value.span().start,
            Problem::BadValue { key, wants, found },
        )
    }

    fn said<T>(&self, value: T, place: Value<'_, '_>) -> Said<T> {
        let start = place.span().start;
        let line = self.line_ends.partition_point(|end| *end < start) + 1;
        Said {
            value,
            by: Origin::Config {
                file: Arc::clone(&self.file),
                line,
            },
        }
    }
}

fn error_at(text: &str, offset: usize, problem: Problem) -> SyntaxError {
    let (line, column) = place_of(text, offset);
    SyntaxError {
        line,
        column,
        problem,
    }
}

/// The line and the column, both from 1, of a byte.
fn place_of(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let last_line = before.rsplit('\n').next().unwrap_or_default();
    (
        before.matches('\n').count() + 1,
        last_line.chars().count() + 1,
    )
}

/// A `harness.toml`, its byte-order mark left out, as text.
///
/// # Errors
/// Where it is no text, or one of another encoding.
pub fn text(bytes: &[u8]) -> Result<&str, SyntaxError> {
    slips::check_encoding(bytes)?;
    let bytes = syntax::without_mark(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = memchr::memchr_iter(b'\n', valid).count() + 1;
        let last = valid.rsplit(|byte| *byte == b'\n').next();
        syntax::not_utf8(line, last.unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn check_error(text: &str, line: usize, column: usize, says: &str) {
        let error = parse(text, Path::new("x/harness.toml")).expect_err(text);
        let said = error.problem.to_string();
        assert_eq!((error.line, error.column), (line, column), "{text}: {said}");
        assert!(said.contains(says), "{text}: {said}");
    }

    #[test]
    fn every_key_is_read_and_remembers_its_line() {
        let text = "bin = \"../node.py\"\nargs = [\"-a\", \"b c\"]\ncwd = \"data\"\ntimeout = \"2s\"\noutput-max = \"16MiB\"\nmatch = \"prefix\"\nmsg_id = \"exact\"\npace = \"all-at-once\"\nexit = \"strict\"\nignore = [\"gossip\", \"beat\"]\n[env]\nA = \"1\"\n";
        let settings = parse(text, Path::new("x/harness.toml")).unwrap();
        let bin = settings.bin.clone().unwrap();
        assert_eq!(bin.value, Path::new("x/../node.py"));
        assert_eq!(settings.args.clone().unwrap().value, ["-a", "b c"]);
        assert_eq!(settings.cwd.clone().unwrap().value, Path::new("x/data"));
        assert_eq!(settings.timeout(), Duration::from_secs(2));
        assert_eq!(settings.output_max(), 16 << 20);
        assert_eq!(settings.match_mode(), MatchMode::Prefix);
        assert_eq!(settings.msg_id(), MsgIdMode::Exact);
        assert_eq!(settings.pace(), PaceMode::AllAtOnce);
        assert_eq!(settings.exit(), ExitMode::Strict);
        assert_eq!(settings.background().types.names(), "beat gossip");
        assert_eq!(settings.env[0].value, ("A".to_owned(), "1".to_owned()));
        let file: Arc<Path> = Path::new("x/harness.toml").into();
        assert_eq!(settings.env[0].by, Origin::Config { file, line: 12 });
    }

    #[test]
    fn what_is_wrong_has_a_place() {
        check_error(
            "timeout = \"5s\"\ntimeuot = \"5s\"",
            2,
            1,
            "no key `timeuot`; did you mean `timeout`?",
        );
        check_error(
            "timeout = [5]",
            1,
            11,
            "`timeout` wants a time above zero, as in \"5s\", not `[5]`",
        );
        check_error("timeout = \"0s\"", 1, 11, "above zero");
        for size in ["0", "65MiB", "64MB", "-1", "2 GiB", "", "1.5MiB"] {
            let text = format!("output-max = \"{size}\"");
            check_error(&text, 1, 14, "a size of at most 64 MiB, as in \"16MiB\"");
        }
        check_error("match = \"all\"", 1, 9, "\"unordered\"");
        check_error("msg_id = true", 1, 10, "\"renamed\"");
        check_error("pace = \"slow\"", 1, 8, "\"all-at-once\"");
        check_error("exit = 0", 1, 8, "\"strict\"");
        check_error("ignore = \"gossip\"", 1, 10, "an array of types");
        check_error("ignore = [\"a\", \"a\"]", 1, 16, "each type once");
        check_error("ignore = [\"error\"]", 1, 11, "may answer anything");
        check_error("args = \"-a\"", 1, 8, "an array of strings");
        check_error("args = [1]", 1, 9, "an array of strings");
        check_error("bin = []", 1, 7, "a path");
        check_error("bin = \"\"", 1, 7, "a path");
        check_error("cwd = \"\"", 1, 7, "a folder");
        check_error("env = 1", 1, 7, "a table of strings");
        check_error("[env]\nA = 1", 2, 5, "a table of strings");
        check_error("bin = \"a\"\nbin = \"b\"", 2, 1, "duplicate");
        check_error("timeout = \"é", 1, 13, "this is no TOML");
    }
}
