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

/// A time above zero, as in `5s` or `0.5s`; a number alone is one of seconds.
pub fn positive(text: &str) -> Option<Duration> {
    time(text, Duration::from_secs(1)).filter(|duration| !duration.is_zero())
}

/// A time: with its unit, as in `3s`, `0.5s` or `1m 30s`, or a plain number of `unit`s.
pub fn time(text: &str, unit: Duration) -> Option<Duration> {
    if let Ok(duration) = humantime::parse_duration(text) {
        return Some(duration);
    }
    let units = [
        ("ms", Duration::from_millis(1)),
        ("s", Duration::from_secs(1)),
        ("", unit),
    ];
    units.into_iter().find_map(|(suffix, unit)| {
        let number: f64 = text.strip_suffix(suffix)?.trim_end().parse().ok()?;
        // None that is negative, infinite or too large.
        Duration::try_from_secs_f64(number * unit.as_secs_f64()).ok()
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_alone_is_one_of_seconds_and_one_with_a_unit_is_exact() {
        for (text, milliseconds) in [
            ("5", 5000),
            ("0.5", 500),
            ("5s", 5000),
            ("1.5 s", 1500),
            ("300ms", 300),
            ("0.5ms", 0),
            ("1m 30s", 90_000),
        ] {
            let time = positive(text).unwrap();
            assert_eq!(time.as_millis(), milliseconds, "{text}");
        }
        assert_eq!(positive("0.7s"), Some(Duration::from_millis(700)));
        for text in [
            "", "0", "0s", "-1", "-1s", "5x", "s", "ms", "inf", "nan", "1e99", "infs", "[5]",
        ] {
            assert_eq!(positive(text), None, "{text}");
        }
        let milliseconds = time("20", Duration::from_millis(1));
        assert_eq!(milliseconds, Some(Duration::from_millis(20)));
    }
}
