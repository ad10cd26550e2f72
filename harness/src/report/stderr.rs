//! Which lines of a node's stderr are shown: its end, and all of a traceback that it ends with, for the
//! student's own lines stand at its top, above those of libraries. Pure.

use memchr::memmem;

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
    fn of_a_long_traceback_the_middle_is_left_out() {
        let long = format!("{} .. {}", range(10, 29), range(31, 40));
        assert_eq!(numbers(40, &[10]), long);
        assert_eq!(
            numbers(900, &[10]),
            format!("{} .. {}", range(10, 29), range(891, 900))
        );
    }
}
