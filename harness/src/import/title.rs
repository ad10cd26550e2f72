//! Titles, and the timeout that a page glues to them: `Read before any writeTimeout: 5000ms`.

use std::time::Duration;

/// A time, or the text that is none.
pub type Timeout = Result<Duration, String>;

/// What stands before a time.
const WORDS: [&str; 8] = [
    "timeout:",
    "timeout：",
    "超时:",
    "超时：",
    "超时时间:",
    "超时时间：",
    "时间限制:",
    "时间限制：",
];

/// What stands before a line's `Timeout: 5000ms`, and that time; `None` if it doesn't end so.
pub fn split_timeout(text: &str) -> Option<(&str, Timeout)> {
    let ends = [')', '*', '.', ']', '）', '】', '。'];
    let text = text.trim().trim_end_matches(ends);
    // Only ASCII changes its case here, so a place in one is a place in the other.
    let lower = text.to_ascii_lowercase();
    let found = WORDS
        .iter()
        .filter_map(|word| Some((lower.rfind(word)?, word.len())));
    let (start, length) = found.max()?;
    let (title, rest) = text.split_at_checked(start)?;
    let time = rest.get(length..)?.replace("毫秒", "ms").replace('秒', "s");
    let time = time.trim_matches(['*', '_', '`', ' ']);
    let is_time = time.starts_with(|c: char| c.is_ascii_digit())
        && time.len() <= 30
        && time
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '.'));
    let title = title
        .trim()
        .trim_end_matches(['(', '*', '[', '-', '|', ' ', '（', '【']);
    is_time.then(|| (title, read(time)))
}

fn read(time: &str) -> Timeout {
    let above_zero = |duration: &Duration| !duration.is_zero();
    let read = humantime::parse_duration(time).ok().filter(above_zero);
    read.ok_or_else(|| time.to_owned())
}

/// A title without its number (`1. Title`) and the marks of Markdown; whether it had a number.
pub fn plain(text: &str) -> (String, bool) {
    let text = text.replace(['`'], "").replace("**", "").replace("__", "");
    let text = text.trim();
    let after = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered = after.len() < text.len();
    match after.strip_prefix(['.', ')', '．', '、', '）']) {
        Some(title) if numbered => (title.trim().to_owned(), true),
        _ => (text.to_owned(), false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_is_cut_off_wherever_it_is_glued_to() {
        for (text, title, milliseconds) in [
            (
                "Broadcast with no neighborsTimeout: 5000ms",
                "Broadcast with no neighbors",
                5000,
            ),
            ("Two  (timeout: 3 s)", "Two", 3000),
            ("Timeout: 250ms", "", 250),
            ("**Timeout:** 10s", "", 10000),
            ("Timeout: none TIMEOUT: 1s", "Timeout: none", 1000),
            ("日本Timeout: 1s", "日本", 1000),
            ("读取两次（超时：2 秒）", "读取两次", 2000),
            ("时间限制：300毫秒", "", 300),
        ] {
            let timeout = Ok(Duration::from_millis(milliseconds));
            assert_eq!(split_timeout(text), Some((title, timeout)), "{text}");
        }
        for bad in ["0ms", "5000", "5 parsecs"] {
            let text = format!("TitleTimeout: {bad}");
            assert_eq!(split_timeout(&text), Some(("Title", Err(bad.to_owned()))));
        }
        for text in [
            "Title",
            "Timeout: soon",
            "Timeout: 5s or so, we think",
            "Timeout:",
        ] {
            assert_eq!(split_timeout(text), None, "{text}");
        }
    }

    #[test]
    fn a_title_loses_its_number_and_its_marks() {
        for (text, title, numbered) in [
            ("1. Echo", "Echo", true),
            (
                "12) `read` after **broadcast**",
                "read after broadcast",
                true,
            ),
            ("3 nodes", "3 nodes", false),
            ("2、读取", "读取", true),
            ("1.", "", true),
        ] {
            assert_eq!(plain(text), (title.to_owned(), numbered));
        }
    }
}
