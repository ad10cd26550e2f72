//! The lines of a node's stderr that are shown: its end, and all of a traceback that it ends with, for the
//! student's own lines stand at the top of a traceback, above those of libraries. Pure.

use memchr::memmem;

use crate::diagnosis;
use crate::phrases::fit;

/// How many lines are shown.
const LINES_MAX: usize = 12;

/// How many lines of a traceback are shown, and how many of a longer one at its end.
const TRACEBACK_MAX: usize = 30;
const TRACEBACK_END: usize = 10;

/// How a traceback of Python's begins, wherever on the line: a node of a cluster has its name before it.
const TRACEBACK: &[u8] = b"Traceback (most recent call last):";

/// The lines to show, without blank ones; `None` stands for lines that are left out.
pub fn shown(stderr: &[u8]) -> Vec<Option<&[u8]>> {
    let lines: Vec<_> = stderr
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.trim_ascii().is_empty())
        .collect();
    let end = lines.len().saturating_sub(LINES_MAX);
    let traceback = lines
        .iter()
        .rposition(|line| memmem::find(line, TRACEBACK).is_some());
    let start = traceback.map_or(end, |traceback| traceback.min(end));
    let lines = lines.get(start..).unwrap_or_default();
    if lines.len() <= TRACEBACK_MAX {
        return lines.iter().copied().map(Some).collect();
    }
    let (first, rest) = lines.split_at(TRACEBACK_MAX - TRACEBACK_END);
    let last = rest.get(rest.len().saturating_sub(TRACEBACK_END)..);
    let first = first.iter().copied().map(Some);
    let last = last.unwrap_or_default().iter().copied().map(Some);
    first.chain([None]).chain(last).collect()
}

/// What of the lines shown tells one failure from another: the traceback, if there is one, without what
/// was logged before it.
pub fn essence(shown: &[Option<&[u8]>]) -> Vec<u8> {
    let lines: Vec<_> = shown.iter().copied().flatten().collect();
    let traceback = lines
        .iter()
        .rposition(|line| memmem::find(line, TRACEBACK).is_some());
    let essential = lines.get(traceback.unwrap_or_default()..);
    essential.unwrap_or_default().join(&b'\n')
}

/// How many lines of it are told in a list of findings, and how wide each.
const TOLD_MAX: usize = 5;
const TOLD_WIDTH_MAX: usize = 120;

/// The few lines that tell most: the end, and before it the lines that name an error if they stand above,
/// as with Go, whose stack trace follows them.
pub fn told(stderr: &str) -> Vec<String> {
    let lines = stderr.lines().map(str::as_bytes);
    let lines: Vec<_> = lines.filter(|line| !line.trim_ascii().is_empty()).collect();
    let (error, count) = diagnosis::error_lines(&lines);
    let end = lines.len().saturating_sub(TOLD_MAX);
    let is_above = error < end;
    let skipped = if is_above { end + count } else { end };
    let error = lines.iter().skip(error).take(count).filter(|_| is_above);
    let text = |line: &&[u8]| {
        // The frames of many a stack trace are indented by tabs.
        let text = String::from_utf8_lossy(line).replace('\t', "    ");
        fit::short(&text, TOLD_WIDTH_MAX)
    };
    let left_out = is_above.then(|| "…".to_owned());
    let end = lines.iter().skip(skipped).map(text);
    error.map(text).chain(left_out).chain(end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines by their numbers, `..` for those left out.
    fn numbers(lines: usize, tracebacks: &[usize]) -> String {
        let line = |number| {
            let words = if tracebacks.contains(&number) {
                "n1: Traceback (most recent call last):"
            } else {
                "  line"
            };
            format!("{words} {number}\n\n")
        };
        let stderr: String = (1..=lines).map(line).collect();
        let shown = shown(stderr.as_bytes());
        let number = |line: Option<&[u8]>| match line {
            Some(line) => String::from_utf8_lossy(line)
                .split(' ')
                .next_back()
                .unwrap()
                .to_owned(),
            None => "..".to_owned(),
        };
        shown.into_iter().map(number).collect::<Vec<_>>().join(" ")
    }

    fn range(from: usize, to: usize) -> String {
        (from..=to)
            .map(|number| number.to_string())
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn the_end_is_shown_and_with_it_the_last_traceback_from_its_top() {
        assert_eq!(numbers(0, &[]), "");
        assert_eq!(numbers(12, &[]), range(1, 12));
        assert_eq!(numbers(40, &[]), range(29, 40));
        assert_eq!(numbers(40, &[35]), range(29, 40), "the end is more than it");
        assert_eq!(numbers(40, &[3, 20]), range(20, 40), "the last one");
        assert_eq!(numbers(40, &[11]), range(11, 40));
    }

    #[test]
    fn the_line_that_names_the_error_is_told_before_the_end_of_a_long_stack_trace() {
        let frames: Vec<_> = (0..40).map(|i| format!("\tframe {i}\n")).collect();
        let frames = frames.concat();
        let joined = |text: String| told(&text).join("|").replace("    ", "");
        assert_eq!(
            joined(format!("log\npanic: nil map\n{frames}")),
            "panic: nil map|…|frame 36|frame 37|frame 38|frame 39"
        );
        assert_eq!(joined("one\n\ntwo\n".to_owned()), "one|two");
        assert_eq!(joined(String::new()), "");
        assert_eq!(
            joined("panic: nil map\n\tframe 1\n".to_owned()),
            "panic: nil map|frame 1"
        );
        let rust = format!("thread 'x' panicked at a.rs:1:2:\nboom\n{frames}");
        assert_eq!(
            joined(rust),
            "thread 'x' panicked at a.rs:1:2:|boom|…|frame 37|frame 38|frame 39"
        );
    }

    #[test]
    fn of_a_long_traceback_the_middle_is_left_out() {
        let long = format!("{} .. {}", range(10, 29), range(31, 40));
        assert_eq!(numbers(40, &[10]), long);
        assert_eq!(
            numbers(900, &[10]),
            format!("{} .. {}", range(10, 29), range(891, 900))
        );
    }
}
