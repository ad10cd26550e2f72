//! `messages.jsonl`: a line for each message at the end of its way, so that one that was duplicated
//! has two.
//!
//! ```text
//! {"id":12,"sent":3.204118000,"due":3.304118000,"settled":3.304118000,"src":"n0","dest":"n3","fate":"cut","fault":2,"type":"broadcast","values":[17],"message":{"src":"n0",…}}
//! ```
//!
//! `message` is the line as its sender wrote it, if that is a JSON object without a character that acts
//! on a terminal; otherwise it stands as a text in `line`, or, if it is none, in `escaped`, with a
//! backslash twice and other bytes as in `\xff`. A `fate` is `delivered`, `lost`, `cut` or `dead` (both
//! with the number of a `fault`), `no room` or `under way`.
//!
//! Where the file would grow too large, lines of another kind come after these ([`super::rest`]).

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::object::{self, Object};
use super::{FormatError, Line, Lines, Names, Problem};
use crate::cluster::journal::{Carried, Fate, Party};

/// Adds the line of a message.
pub fn write(carried: &Carried, names: &Names, out: &mut Vec<u8>) {
    let mut object = Object::open(out);
    object
        .put("id", &carried.id)
        .put_time("sent", carried.sent)
        .put_time("due", carried.due)
        .put_time("settled", carried.settled);
    write_party(&mut object, "src", carried.source, names);
    write_party(&mut object, "dest", carried.destination, names);
    write_fate(&mut object, carried.fate);
    object
        .put("type", &carried.kind)
        .put("values", &carried.values);
    if is_object(&carried.line) {
        object.put_raw("message", &carried.line);
    } else {
        object.put_line(&carried.line);
    }
    object.close();
}

pub(super) fn write_party(object: &mut Object, key: &str, party: Party, names: &Names) {
    match party {
        Party::Node(number) => object.put(key, names.node(number)),
        Party::Client(number) => object.put_client(key, number),
    };
}

pub(super) fn write_fate(object: &mut Object, fate: Fate) {
    let (name, fault) = match fate {
        Fate::Delivered => ("delivered", None),
        Fate::Lost => ("lost", None),
        Fate::Cut(number) => ("cut", Some(number)),
        Fate::Dead(number) => ("dead", number),
        Fate::NoRoom => ("no room", None),
        Fate::UnderWay => ("under way", None),
    };
    object.put("fate", name);
    object.put_some("fault", fault.as_ref());
}

/// Whether a line can stand among others as it is: nothing in it acts, such as a line break, and there
/// are no blanks around it, which would get lost.
fn is_object(line: &[u8]) -> bool {
    line.starts_with(b"{")
        && line.ends_with(b"}")
        && object::is_inert(line)
        && std::str::from_utf8(line)
            .is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok())
}

/// The messages of a file, in the order in which their ways ended.
#[derive(Debug, Clone)]
pub struct Messages<'a> {
    lines: Lines<'a>,
    names: &'a Names,
}

/// Prepares to read the messages between these nodes and their clients.
pub fn read<'a>(text: &'a [u8], names: &'a Names) -> Messages<'a> {
    let lines = Lines::of(text);
    Messages { lines, names }
}

impl Iterator for Messages<'_> {
    type Item = Result<Carried, FormatError>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = self.lines.next()?;
        Some(message(line, self.names))
    }
}

fn message(line: Line, names: &Names) -> Result<Carried, FormatError> {
    let raw: Raw = line.decode()?;
    raw.carried(names)
        .map_err(|problem| problem.on(line.number))
}

/// A line as it stands.
#[derive(Deserialize)]
struct Raw<'a> {
    id: u64,
    #[serde(borrow)]
    sent: &'a RawValue,
    #[serde(borrow)]
    due: &'a RawValue,
    #[serde(borrow)]
    settled: &'a RawValue,
    #[serde(borrow)]
    src: Cow<'a, str>,
    #[serde(borrow)]
    dest: Cow<'a, str>,
    #[serde(borrow)]
    fate: Cow<'a, str>,
    fault: Option<usize>,
    r#type: String,
    values: Vec<usize>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
    line: Option<String>,
    escaped: Option<String>,
}

impl Raw<'_> {
    fn carried(self, names: &Names) -> Result<Carried, Problem> {
        Ok(Carried {
            id: self.id,
            sent: object::time("sent", self.sent)?,
            due: object::time("due", self.due)?,
            settled: object::time("settled", self.settled)?,
            source: names.party_called("src", &self.src)?,
            destination: names.party_called("dest", &self.dest)?,
            fate: read_fate(&self.fate, self.fault)?,
            line: match self.message {
                Some(message) => message.get().as_bytes().to_vec(),
                None => object::line(self.line.as_deref(), self.escaped.as_deref())?,
            },
            kind: self.r#type,
            values: self.values,
        })
    }
}

pub(super) fn read_fate(fate: &str, fault: Option<usize>) -> Result<Fate, Problem> {
    Ok(match (fate, fault) {
        ("delivered", _) => Fate::Delivered,
        ("lost", _) => Fate::Lost,
        ("cut", Some(number)) => Fate::Cut(number),
        ("cut", None) => return Err(Problem::Lacks("fault")),
        ("dead", number) => Fate::Dead(number),
        ("no room", _) => Fate::NoRoom,
        ("under way", _) => Fate::UnderWay,
        (other, _) => return Err(Problem::means("fate", other)),
    })
}
