//! A Maelstrom node: one JSON message a line on stdin and stdout, logs on stderr.

use std::error::Error;
use std::io::{self, BufRead, Write};

use serde_json::{Value, json};

#[derive(Default)]
struct Node {
    id: Value,
    next_id: u64,
}

impl Node {
    fn handle(&mut self, message: &Value) -> io::Result<()> {
        let (src, body) = (&message["src"], &message["body"]);
        let (kind, id) = (body["type"].as_str(), &body["msg_id"]);
        let reply = match kind.unwrap_or_default() {
            "init" => {
                self.id = body["node_id"].clone();
                writeln!(
                    io::stderr(),
                    "started as {} of {}",
                    self.id,
                    body["node_ids"]
                )?;
                json!({"type": "init_ok", "in_reply_to": id})
            }
            "echo" => json!({"type": "echo_ok", "echo": body["echo"], "in_reply_to": id}),
            _ if id.is_null() || !body["in_reply_to"].is_null() => return Ok(()),
            _ => json!({"type": "error", "code": 10, "text": "not supported", "in_reply_to": id}),
        };
        self.send(src, reply)
    }

    fn send(&mut self, dest: &Value, mut body: Value) -> io::Result<()> {
        if let Some(fields) = body.as_object_mut() {
            fields.insert("msg_id".to_owned(), self.next_id.into());
        }
        self.next_id += 1;
        let message = json!({"src": self.id, "dest": dest, "body": body});
        let mut stdout = io::stdout();
        writeln!(stdout, "{message}")?;
        stdout.flush()
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut node = Node::default();
    for line in io::stdin().lock().lines() {
        node.handle(&serde_json::from_str(&line?)?)?;
    }
    Ok(())
}
