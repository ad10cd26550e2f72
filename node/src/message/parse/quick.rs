//! The short way for the messages that come by the million.
//!
//! It knows only the commonest requests and only plain spellings: no escapes in strings, no spaces
//! but plain ones, no numbers but integers, nothing nested in a body. About everything else it says
//! nothing, and the long way decides. What it does read, it reads as the long way would:
//! `quick/tests.rs` holds the two against each other.

use super::super::{Body, Incoming, MsgId, NodeId, Request, Route};
use super::is_reply;
use crate::value::Value;

/// The most characters of an integer that is surely its own canonical spelling.
const INTEGER_CHARACTERS_MAX: usize = 20;

/// What was found in a body.
#[derive(Default)]
struct Fields<'a> {
    kind: Option<&'a str>,
    msg_id: Option<&'a str>,
    in_reply_to: Option<&'a str>,
    message: Option<&'a str>,
    direct: bool,
    repair: bool,
}

/// Reads `line` if it is one of the plain ones.
pub(super) fn parse(line: &str) -> Option<Incoming> {
    if has_control_characters(line) {
        return None;
    }
    let mut cursor = Cursor { text: line, at: 0 };
    let (mut src, mut dest, mut body) = (None, None, None);
    cursor.object(|cursor, key| {
        match key {
            "src" => src = Some(cursor.string()?),
            "dest" => dest = Some(cursor.string()?),
            "body" => body = Some(fields(cursor)?),
            _ => drop(cursor.scalar()?),
        }
        Some(())
    })?;
    cursor.skip_space();
    if cursor.at < line.len() {
        return None;
    }
    Some(Incoming {
        src: NodeId::from(src?),
        dest: NodeId::from(dest?),
        body: body?.read()?,
    })
}

/// All are looked at, for that is faster than to stop at the first.
fn has_control_characters(line: &str) -> bool {
    line.bytes().fold(u8::MAX, u8::min) < b' '
}

fn fields<'a>(cursor: &mut Cursor<'a>) -> Option<Fields<'a>> {
    let mut fields = Fields::default();
    cursor.object(|cursor, key| {
        match key {
            "type" => fields.kind = Some(cursor.string()?),
            "msg_id" => fields.msg_id = Some(cursor.integer()?),
            "in_reply_to" => fields.in_reply_to = Some(cursor.integer()?),
            "message" => fields.message = Some(cursor.scalar()?),
            "direct" => fields.direct = cursor.flag()?,
            "repair" => fields.repair = cursor.flag()?,
            _ => drop(cursor.scalar()?),
        }
        Some(())
    })?;
    Some(fields)
}

impl Fields<'_> {
    fn read(self) -> Option<Body> {
        let kind = self.kind?;
        if kind == "error" {
            return None;
        }
        if let Some(in_reply_to) = self.in_reply_to {
            let number = in_reply_to.parse().ok().filter(|_| kind == "broadcast_ack");
            let ack = |in_reply_to| Body::BroadcastAck { in_reply_to };
            return Some(number.map_or(Body::OtherReply, ack));
        }
        if is_reply(kind) {
            return Some(Body::OtherReply);
        }
        let request = match kind {
            "broadcast" => Request::Broadcast {
                message: Value::from_plain(self.message?),
                route: Route::new(self.direct, self.repair),
            },
            "read" => Request::Read,
            _ => return None,
        };
        let msg_id = self.msg_id.map(MsgId::from);
        Some(Body::Request { msg_id, request })
    }
}

/// A place in a text.
struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    /// Reads an object, with `field` for what follows each key.
    fn object(&mut self, mut field: impl FnMut(&mut Self, &'a str) -> Option<()>) -> Option<()> {
        self.take(b'{')?;
        if self.take(b'}').is_some() {
            return Some(());
        }
        loop {
            let key = self.string()?;
            self.take(b':')?;
            field(self, key)?;
            if self.take(b',').is_none() {
                return self.take(b'}');
            }
        }
    }

    /// What stands between the quotes of a string without escapes.
    fn string(&mut self) -> Option<&'a str> {
        self.take(b'"')?;
        let start = self.at;
        self.at += memchr::memchr2(b'"', b'\\', self.text.as_bytes().get(start..)?)?;
        let string = self.text.get(start..self.at)?;
        let is_closed = self.peek()? == b'"';
        self.at += 1;
        is_closed.then_some(string)
    }

    fn integer(&mut self) -> Option<&'a str> {
        self.skip_space();
        let start = self.at;
        self.at += usize::from(self.peek()? == b'-');
        let digits = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        let first = self.text.as_bytes().get(digits)?;
        let is_plain = match self.at - digits {
            0 => false,
            1 => digits == start || *first != b'0',
            _ => *first != b'0',
        };
        let is_whole = !matches!(self.peek(), Some(b'.' | b'e' | b'E'));
        let is_short = self.at - start <= INTEGER_CHARACTERS_MAX;
        let all_hold = is_plain && is_whole && is_short;
        self.text.get(start..self.at).filter(|_| all_hold)
    }

    fn flag(&mut self) -> Option<bool> {
        match self.word()? {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// The text of a value that holds no others.
    fn scalar(&mut self) -> Option<&'a str> {
        self.skip_space();
        match self.peek()? {
            b'"' => {
                let start = self.at;
                self.string()?;
                self.text.get(start..self.at)
            }
            b'-' | b'0'..=b'9' => self.integer(),
            _ => self
                .word()
                .filter(|word| matches!(*word, "true" | "false" | "null")),
        }
    }

    fn word(&mut self) -> Option<&'a str> {
        self.skip_space();
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_lowercase()) {
            self.at += 1;
        }
        self.text.get(start..self.at)
    }

    /// Skips spaces and then `byte`, if that comes next.
    fn take(&mut self, byte: u8) -> Option<()> {
        self.skip_space();
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next.then_some(())
    }

    fn skip_space(&mut self) {
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

#[cfg(test)]
mod tests;
