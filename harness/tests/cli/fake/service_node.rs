//! A counter in the tests that keeps its sum in seq-kv; or it is wrong in the one way that its first argument
//! names. With `stores-in` and the name of a service it is a store that asks that one.
//!
//! Compiled by the tests themselves, with nothing but the standard library.

mod wire;

use std::collections::BTreeMap;
use std::io::{self, BufRead};

use wire::{number, text, write};

/// What a reply of seq-kv is for: whom to answer, and what is to be added, if anything is.
struct Step {
    source: String,
    msg_id: u64,
    delta: Option<u64>,
}

#[derive(Default)]
struct Node {
    way: String,
    name: String,
    asked: u64,
    reading: BTreeMap<u64, Step>,
    adding: BTreeMap<u64, Step>,
    /// How many reads clients asked for.
    reads: u64,
    /// Of a store, what a reply of the service answers: a client and the number of its request.
    passing: BTreeMap<u64, (String, u64)>,
    /// The sum, as it was read once.
    remembered: Option<u64>,
}

fn main() {
    let mut node = Node {
        way: std::env::args().nth(1).unwrap_or_default(),
        ..Node::default()
    };
    for line in io::stdin().lock().lines().map_while(Result::ok) {
        node.hear(&line);
    }
}

impl Node {
    fn hear(&mut self, line: &str) {
        match text(line, "type") {
            "init" => {
                self.name = text(line, "node_id").to_owned();
                if self.way == "asks-for-more" {
                    self.ask(r#""type":"increment","key":"sum""#);
                }
                self.reply(
                    text(line, "src"),
                    number(line, "msg_id"),
                    r#""type":"init_ok""#,
                );
            }
            "read" | "write" | "cas" if self.way == "stores-in" => self.pass_on(line),
            _ if self.way == "stores-in" => self.pass_back(line),
            "add" if self.only_reads() => {
                let busy = r#""type":"error","code":11,"text":"read-only""#;
                self.reply(text(line, "src"), number(line, "msg_id"), busy);
            }
            "add" => self.read(step(line, Some(number(line, "delta")))),
            "read" if self.only_reads() && self.reads < 10 => {
                self.reads += 1;
                self.show(&step(line, None), 0);
            }
            "read" => match self.remembered.filter(|_| self.only_reads()) {
                Some(sum) => self.show(&step(line, None), sum),
                None => self.read(step(line, None)),
            },
            kind => self.replied(line, kind),
        }
    }

    fn pass_on(&mut self, line: &str) {
        let asker = (text(line, "src").to_owned(), number(line, "msg_id"));
        let id = self.ask(body(line, ",\"msg_id\""));
        self.passing.insert(id, asker);
    }

    fn pass_back(&mut self, line: &str) {
        let (source, msg_id) = self.passing.remove(&number(line, "in_reply_to")).unwrap();
        self.reply(&source, msg_id, body(line, ",\"in_reply_to\""));
    }

    /// Whether it adds nothing, and reads the sum from seq-kv once, in the middle of the run.
    fn only_reads(&self) -> bool {
        self.way == "remembers" && !["n0", "n1"].contains(&self.name.as_str())
    }

    fn replied(&mut self, line: &str, kind: &str) {
        let id = number(line, "in_reply_to");
        if let Some(step) = self.adding.remove(&id) {
            match kind {
                "cas_ok" => self.reply(&step.source, step.msg_id, r#""type":"add_ok""#),
                _ => self.read(step),
            }
        } else if let Some(step) = self.reading.remove(&id) {
            // A key that is missing counts as 0.
            let sum = if kind == "read_ok" {
                number(line, "value")
            } else {
                0
            };
            if let Some(delta) = step.delta {
                let to = sum + delta;
                let id = self.ask(&format!(
                    r#""type":"cas","key":"sum","from":{sum},"to":{to},"create_if_not_exists":true"#
                ));
                self.adding.insert(id, step);
            } else {
                self.remembered = Some(sum);
                self.show(&step, sum);
            }
        }
    }

    fn read(&mut self, step: Step) {
        let id = self.ask(r#""type":"read","key":"sum""#);
        self.reading.insert(id, step);
    }

    fn show(&self, step: &Step, sum: u64) {
        self.reply(
            &step.source,
            step.msg_id,
            &format!(r#""type":"read_ok","value":{sum}"#),
        );
    }

    fn ask(&mut self, body: &str) -> u64 {
        self.asked += 1;
        let service = std::env::args().nth(2);
        let service = service.filter(|_| self.way == "stores-in");
        let service = service.as_deref().unwrap_or("seq-kv");
        self.say(service, &format!(r#"{body},"msg_id":{}"#, self.asked));
        self.asked
    }

    fn reply(&self, to: &str, msg_id: u64, body: &str) {
        self.say(to, &format!(r#"{body},"in_reply_to":{msg_id}"#));
    }

    fn say(&self, to: &str, body: &str) {
        let name = &self.name;
        write(&format!(
            "{{\"src\":\"{name}\",\"dest\":\"{to}\",\"body\":{{{body}}}}}\n"
        ));
    }
}

/// What stands in the body of a message before this.
fn body<'a>(line: &'a str, end: &str) -> &'a str {
    let start = line.find("\"body\":{").unwrap() + "\"body\":{".len();
    let length = line[start..].find(end).unwrap();
    &line[start..start + length]
}

fn step(line: &str, delta: Option<u64>) -> Step {
    Step {
        source: text(line, "src").to_owned(),
        msg_id: number(line, "msg_id"),
        delta,
    }
}
