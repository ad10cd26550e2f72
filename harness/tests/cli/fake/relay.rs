//! A node in the manner of others: it passes what it reads on to a node that answers, and the one that
//! is tested differs only in how it reads.

use std::io::{self, BufRead, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Starts the node that the arguments name.
fn start(args: &[String]) -> Child {
    let mut node = Command::new(&args[1]);
    node.args(&args[2..]).stdin(Stdio::piped()).spawn().unwrap()
}

/// Handles each line in a thread of its own, which takes from 0 to 2 ms; when stdin ends, so does it, as
/// threads of Python's do that are daemons.
pub fn in_threads(args: &[String]) {
    let mut node = start(args);
    let input = Arc::new(Mutex::new(node.stdin.take().unwrap()));
    for (count, line) in io::stdin().lock().lines().enumerate() {
        let (line, input) = (line.unwrap() + "\n", Arc::clone(&input));
        thread::spawn(move || {
            let pauses = [1500, 0, 2000, 700, 0, 1900, 300];
            thread::sleep(Duration::from_micros(pauses[count % pauses.len()]));
            let _ = input.lock().unwrap().write_all(line.as_bytes());
        });
    }
    let _ = node.kill().and_then(|()| node.wait());
    std::process::exit(0);
}

/// Reads everything before it passes anything on.
pub fn at_the_end(args: &[String]) {
    let mut all = Vec::new();
    io::stdin().read_to_end(&mut all).unwrap();
    let mut node = start(args);
    node.stdin.take().unwrap().write_all(&all).unwrap();
    node.wait().unwrap();
}
