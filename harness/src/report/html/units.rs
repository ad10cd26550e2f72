//! Numbers as they are shown, with their units. A space that doesn't break stands before a unit.

use std::time::Duration;

pub use crate::cluster::names::grouped;

/// A point in time: `3.204 s`.
pub fn seconds(time: Duration) -> String {
    format!("{:.3}\u{a0}s", time.as_secs_f64())
}

/// A time from one point to another: `4.0–9.1 s`.
pub fn span(from: Duration, until: Option<Duration>) -> String {
    let from = from.as_secs_f64();
    match until {
        Some(until) => format!("{from:.1}–{:.1}\u{a0}s", until.as_secs_f64()),
        None => format!("from {from:.1}\u{a0}s on"),
    }
}

/// How long something took, with no more digits than one reads: `0.31 ms`, `4.2 ms`, `412 ms`,
/// `12.3 s`.
pub fn lasted(time: Duration) -> String {
    if time >= Duration::from_secs(10) {
        return format!("{:.1}\u{a0}s", time.as_secs_f64());
    }
    let milliseconds = time.as_secs_f64() * 1000.0;
    let digits = match milliseconds {
        _ if milliseconds == 0.0 => 0,
        _ if milliseconds < 1.0 => 2,
        _ if milliseconds < 10.0 => 1,
        _ => 0,
    };
    format!("{milliseconds:.digits$}\u{a0}ms")
}

/// A part of a whole: `98.2 %`. What is not the whole is never shown as `100 %`.
pub fn percent(part: f64) -> String {
    let percent = part * 100.0;
    if part < 1.0 && percent > 99.95 {
        return "99.9\u{a0}%".to_owned();
    }
    format!("{percent:.1}\u{a0}%").replace(".0\u{a0}%", "\u{a0}%")
}

/// A number of things: `1 node`, `25 nodes`, `12,345 messages`.
pub fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(number as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_long_as_one_reads() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(count(1, "node"), "1 node");
        assert_eq!(count(0, "node"), "0 nodes");
        assert_eq!(lasted(Duration::ZERO), "0\u{a0}ms");
        assert_eq!(lasted(Duration::from_micros(312)), "0.31\u{a0}ms");
        assert_eq!(lasted(Duration::from_micros(4_200)), "4.2\u{a0}ms");
        assert_eq!(lasted(Duration::from_millis(412)), "412\u{a0}ms");
        assert_eq!(lasted(Duration::from_millis(9_999)), "9999\u{a0}ms");
        assert_eq!(lasted(Duration::from_millis(12_345)), "12.3\u{a0}s");
    }

    #[test]
    fn only_the_whole_is_a_hundred_percent() {
        assert_eq!(percent(1.0), "100\u{a0}%");
        assert_eq!(percent(0.9999), "99.9\u{a0}%");
        assert_eq!(percent(0.982), "98.2\u{a0}%");
        assert_eq!(percent(0.0), "0\u{a0}%");
    }
}
