//! The short way and the long one, held against each other.

use super::super::parse_anything;
use super::*;

/// Lines that the short way reads, to be spoiled.
const PLAIN: [&str; 6] = [
    r#"{"id":3,"src":"c1","dest":"n1","body":{"type":"broadcast","msg_id":2,"message":-120}}"#,
    r#"{"src":"n2","dest":"n1","body":{"type":"broadcast","message":"é x","direct":true,"msg_id":3}}"#,
    r#"{ "src" : "n2" , "dest" : "n1", "body" : {"message":null,"repair":true,"type":"broadcast"} }"#,
    r#"{"src":"n2","dest":"n1","body":{"type":"broadcast_ack","in_reply_to":17,"msg_id":3}}"#,
    r#"{"src":"c1","dest":"n1","body":{"type":"read","msg_id":4,"more":false}}"#,
    r#"{"src":"n2","dest":"n1","body":{"type":"read_ok","in_reply_to":0,"code":11,"text":"no"}}"#,
];

const SCRAPS: [&str; 24] = [
    "\"",
    "\\",
    "\\u0041",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    " ",
    "\t",
    "\u{1}",
    "0",
    "1",
    "-",
    ".5",
    "e1",
    "999999999999999999999",
    "null",
    "true",
    "type",
    "\"msg_id\":1,",
    "\"message\":2,",
    "é",
];

fn spoil(line: &str, random: &mut fastrand::Rng) -> String {
    let mut characters: Vec<_> = line.chars().map(String::from).collect();
    for _ in 0..random.usize(..4) {
        let at = random.usize(..characters.len());
        let scrap = SCRAPS[random.usize(..SCRAPS.len())].to_owned();
        match random.u8(..3) {
            0 => drop(characters.remove(at)),
            1 => characters.insert(at, scrap),
            _ => characters[at] = scrap,
        }
    }
    characters.concat()
}

/// `PARSE_LINES=10000000 cargo test --release quick_and_the_long` takes its time.
#[test]
fn the_quick_and_the_long_way_read_the_same() {
    let lines = std::env::var("PARSE_LINES").map_or(20_000, |lines| lines.parse().unwrap());
    let mut random = fastrand::Rng::with_seed(1);
    let mut quick = 0;
    for line in PLAIN {
        assert!(parse(line).is_some(), "{line}");
    }
    for number in 0..lines {
        let line = spoil(PLAIN[number % PLAIN.len()], &mut random);
        if let Some(message) = parse(&line) {
            let long = parse_anything(&line);
            assert_eq!(long.ok().as_ref(), Some(&message), "{line}");
            let Body::Request {
                request: Request::Broadcast { message, .. },
                ..
            } = message.body
            else {
                continue;
            };
            let slowly = Value::from_json(message.as_json()).unwrap();
            assert_eq!(message.canonical(), slowly.canonical(), "{line}");
            quick += 1;
        }
    }
    assert!(quick > lines / 20, "{quick} of {lines}");
}
