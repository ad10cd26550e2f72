//! How the argument of a directive, or a value of `harness.toml`, is written: `None` if it isn't.
//!
//! What is said to somebody who wrote it otherwise is known to who asks.

use std::time::Duration;

/// What is known by this name.
pub fn known<T: Copy>(all: &[(&str, T)], name: &str) -> Option<T> {
    let found = all.iter().find(|(known, _)| *known == name)?;
    Some(found.1)
}

/// A text, unless it is empty.
pub fn reason(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// A time above zero, as in `5s`.
pub fn positive(text: &str) -> Option<Duration> {
    humantime::parse_duration(text)
        .ok()
        .filter(|duration| !duration.is_zero())
}

/// The most that is taken for a size, in bytes: more than that nobody should have in memory.
const SIZE_MAX: usize = 64 * 1024 * 1024;

/// A number of bytes above zero, as in `512KiB`, `16MiB` or `1000`, at most 64 MiB.
pub fn size(text: &str) -> Option<usize> {
    let (number, unit) = if let Some(number) = text.strip_suffix("KiB") {
        (number, 1024)
    } else if let Some(number) = text.strip_suffix("MiB") {
        (number, 1024 * 1024)
    } else {
        (text, 1)
    };
    let digits = Some(number.trim_end()).filter(|it| it.bytes().all(|byte| byte.is_ascii_digit()));
    let bytes = digits?.parse::<usize>().ok()?.checked_mul(unit)?;
    (1..=SIZE_MAX).contains(&bytes).then_some(bytes)
}

/// `KEY=VALUE`.
pub fn variable(text: &str) -> Option<(String, String)> {
    let (key, value) = text.split_once('=')?;
    let valid = !key.is_empty() && !key.contains(char::is_whitespace) && !text.contains('\0');
    valid.then(|| (key.to_owned(), value.to_owned()))
}
