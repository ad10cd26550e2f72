//! A member of a golden case's cluster; what it is like to be any other node is in `node.rs`.

use super::lines;
use super::wire::{number, text, write};

/// A node of a cluster: it keeps whatever it is told, and passes on, once, what is new to it, if it
/// passes on anything. Some requests make it misbehave.
pub fn be_a_member(forwards: bool) {
    let (mut neighbors, mut values) = (Vec::new(), Vec::new());
    let sent = std::cell::Cell::new(0);
    lines(|line, _| {
        let (kind, source, own) = (text(line, "type"), text(line, "src"), text(line, "dest"));
        let send = |dest: &str, body: &str| {
            sent.set(sent.get() + 1);
            let body = format!("{body},\"msg_id\":{}", sent.get());
            write(&format!(
                "{{\"src\":\"{own}\",\"dest\":\"{dest}\",\"body\":{{{body}}}}}\n"
            ));
        };
        match kind {
            "topology" => {
                let mine = line.rsplit_once(&format!("\"{own}\":[")).unwrap().1;
                let mine = mine.split(']').next().unwrap().split(',');
                let names = mine.map(|name| name.trim_matches('"').to_owned());
                neighbors = names.filter(|name| !name.is_empty()).collect();
            }
            "broadcast" => {
                let value = number(line, "message");
                let is_new = !values.contains(&value);
                values.push(value);
                for neighbor in neighbors.iter().filter(|name| **name != source) {
                    if is_new && forwards {
                        send(
                            neighbor,
                            &format!("\"type\":\"broadcast\",\"message\":{value}"),
                        );
                    }
                }
            }
            "die" => {
                eprintln!("Traceback: KeyError 'die'");
                std::process::exit(7);
            }
            "mumble" => write("Listening on port 80\n"),
            "forge" => write("{\"src\":\"n9\",\"dest\":\"c1\",\"body\":{\"type\":\"x\"}}\n"),
            "stray" => send("n9", "\"type\":\"x\""),
            "push" => send("c2", "\"type\":\"news\""),
            _ => {}
        }
        if source.starts_with('c') {
            let reply = number(line, "msg_id");
            let body = format!("\"type\":\"{kind}_ok\",\"in_reply_to\":{reply}");
            let shown = if kind == "read" {
                format!(",\"messages\":{values:?}")
            } else {
                String::new()
            };
            send(source, &format!("{body}{shown}"));
        }
    });
}
