//! Phrases that several sentences have in them: values, times, exits. [`fit`] brings long lines to the
//! screen's width.

pub mod fit;

use std::time::Duration;

use serde_json::Value;

use crate::process::exit::Exit;

/// How much of a value is shown inside a sentence, in columns.
pub const VALUE_WIDTH_MAX: usize = 60;

/// A duration as one would say it.
pub fn duration(duration: Duration) -> String {
    humantime::format_duration(duration).to_string()
}

/// A number of bytes as one would say it.
pub fn size(bytes: usize) -> String {
    match (
        bytes.is_multiple_of(1024 * 1024),
        bytes.is_multiple_of(1024),
    ) {
        (true, _) => format!("{} MiB", bytes / (1024 * 1024)),
        (false, true) => format!("{} KiB", bytes / 1024),
        (false, false) => format!("{bytes} bytes"),
    }
}

/// A value, cut to what fits into a sentence.
pub fn shown(value: &Value) -> String {
    fit::text(&value.to_string(), VALUE_WIDTH_MAX)
}

pub fn value_text(digits: &str) -> String {
    fit::text(digits, VALUE_WIDTH_MAX)
}

/// A name in quotes, cut likewise.
pub fn quoted(name: &str) -> String {
    shown(&Value::from(name))
}

/// How a process ended, as the end of "the node …".
pub fn exited(exit: Exit) -> String {
    match exit {
        Exit::Status(status) => format!("exited with status {status}"),
        Exit::Signal(signal) => match signal_hook::low_level::signal_name(signal) {
            Some(name) => format!("was killed by {name} (signal {signal})"),
            None => format!("was killed by signal {signal}"),
        },
    }
}
