//! Messages that stand on several lines, as pages print them to be read, each put on one line. Only what can
//! mean nothing else is joined: an object that a line opens and a later one closes, and that is one
//! JSON value with what the importer mends.

use std::mem;

use super::finding::{ImportFinding, SourceWarning};
use super::mend;
use super::source::SourceLine;

/// Puts each message of a block on one line.
pub fn join(lines: &mut Vec<SourceLine>, warnings: &mut Vec<SourceWarning>) {
    let mut rest = mem::take(lines).into_iter();
    while let Some(first) = rest.next() {
        let first_is_object = first.bytes.trim_ascii_start().starts_with(b"{");
        let mut group = vec![first];
        let mut depth = Depth::default();
        while let Some(last) = group.last()
            && first_is_object
            && depth.is_open_after(&last.bytes)
            && let Some(next) = rest.next()
        {
            group.push(next);
        }
        match of_group(&group) {
            Some(joined) => {
                warnings.push(SourceWarning {
                    place: joined.place.clone(),
                    finding: ImportFinding::Joined { lines: group.len() },
                });
                lines.push(joined);
            }
            None => lines.extend(group),
        }
    }
}

/// The one message that several lines are.
fn of_group(group: &[SourceLine]) -> Option<SourceLine> {
    let [first, _, ..] = group else { return None };
    let parts: Vec<_> = group.iter().map(|line| line.bytes.trim_ascii()).collect();
    let joined = SourceLine {
        place: first.place.clone(),
        bytes: parts.join(&b' '),
    };
    mend::is_json(&joined.text()).then_some(joined)
}

/// How deep in objects and arrays a text is.
#[derive(Default)]
struct Depth {
    open: usize,
    quoted: bool,
    escaped: bool,
}

impl Depth {
    /// Whether an object or an array is open after one more line.
    fn is_open_after(&mut self, line: &[u8]) -> bool {
        for byte in line {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' if self.quoted => self.escaped = true,
                b'"' => self.quoted = !self.quoted,
                b'{' | b'[' if !self.quoted => self.open += 1,
                b'}' | b']' if !self.quoted => self.open = self.open.saturating_sub(1),
                _ => {}
            }
        }
        // No string goes on on the next line.
        self.open > 0 && !self.quoted
    }
}
