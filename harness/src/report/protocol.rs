//! What broke the protocol, as a part of a sentence: the same for a case and for a run of a cluster.

use memchr::memmem;
use serde_json::Value;

use crate::diagnosis::Guess;
use crate::message::malformed::Malformed;
use crate::phrases::fit;
use crate::phrases::{quoted, shown};
use crate::process::exit::Exit;
use crate::service::kind::ServiceKind;

/// The status of a shell that can't find a command.
const NOT_FOUND: i32 = 127;

/// Which service a name that nobody has is likely to mean, as a hint behind a sentence.
pub fn service_meant(name: &str) -> String {
    let meant = ServiceKind::resembling(name);
    meant.map_or_else(String::new, |meant| {
        format!(": the service is called {}", meant.name())
    })
}

/// Whether a name is that of a service.
pub fn is_service(name: &str) -> bool {
    ServiceKind::named(name).is_some()
}

/// What a message must have and a line that is JSON has not, at its first place.
pub fn lacking(field: &str, found: Option<&Value>) -> String {
    match (field, found) {
        ("", _) => "a message is an object".to_owned(),
        ("body", Some(Value::String(_))) => {
            "its body is a string, not an object (is it made JSON twice?)".to_owned()
        }
        (_, Some(found)) => {
            let wants = if field == "body" {
                "an object"
            } else {
                "a string"
            };
            format!("its {field} should be {wants}, is {}", shown(found))
        }
        (_, None) => format!(
            "it has no {field} (a message is \
             {{\"src\": …, \"dest\": …, \"body\": {{\"type\": …, …}}}})"
        ),
    }
}

/// What a line that is no JSON may be, and what to do about it.
pub fn guessed(guess: &Guess) -> String {
    match guess {
        Guess::Empty => "empty: every line must be a message".to_owned(),
        Guess::TwoMessages(_) => "two messages at once: each message needs a line of its own \
             (is the newline missing, or do two threads write at once?)"
            .to_owned(),
        Guess::PythonDictionary => {
            "no JSON but a Python dictionary as print shows it: use json.dumps".to_owned()
        }
        Guess::JavaScriptObject => "no JSON but a JavaScript object: use JSON.stringify".to_owned(),
        Guess::PythonWord => "no JSON: True, False and None are Python's (json.dumps writes true, \
             false and null), and NaN is no number in JSON"
            .to_owned(),
        Guess::ByteOrderMark => {
            "no JSON: it starts with a byte-order mark; write plain UTF-8".to_owned()
        }
        Guess::SeveralLines => "only the start of a message: each must stand on one line (is it \
             printed with an indent?)"
            .to_owned(),
        Guess::TooDeep => {
            "JSON that is nested deeper than 127 levels, which is not read".to_owned()
        }
        Guess::CutShort => "cut short: the node stopped in the middle of a message".to_owned(),
        Guess::BrokenJson { reason, .. } => format!("broken JSON: {}", fit::told(reason)),
        Guess::LogLine => "no JSON: is it a log line? Logs go to stderr".to_owned(),
    }
}

/// Why Maelstrom refuses a message, and what to do; what stands before it is the message.
pub fn refused(malformed: &Malformed) -> String {
    match malformed {
        Malformed::RepeatedKey { key, .. } => format!(
            "with the key {} twice in one object: write each key once (a JSON reader takes one of the \
             two and ignores the other)",
            quoted(key)
        ),
        Malformed::UnknownKey { key } => format!(
            "with the key {} beside src, dest and body: Maelstrom refuses it; put it into the body",
            quoted(key)
        ),
        Malformed::BadId { found } => format!(
            "with the id {} beside src, dest and body: Maelstrom takes only an integer there; leave it \
             out",
            fit::told(found)
        ),
    }
}

/// What a status may mean, in brackets.
pub fn not_found(exit: Exit) -> &'static str {
    match exit {
        Exit::Status(NOT_FOUND) => " (a shell or env says so when it can't find a command)",
        Exit::Status(_) | Exit::Signal(_) => "",
    }
}

/// What a carriage return in what a node wrote last may mean, in brackets.
pub fn line_ends(last_words: &[u8]) -> &'static str {
    match memmem::find(last_words, b"\\r") {
        Some(_) => " (does the script have Windows line ends?)",
        None => "",
    }
}
