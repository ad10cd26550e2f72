//! A node of a cluster in the tests: it floods, and tells again until it is heard; or it is wrong in
//! the one way that its first argument names.
//!
//! Compiled by the tests themselves, with nothing but the standard library.

mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use wire::{after, number, text, write};

/// How often a node looks what it still owes, and whom it hasn't met.
const TICK: Duration = Duration::from_millis(100);

/// A node that could not look for so long stood still.
const STOOD_STILL: Duration = Duration::from_millis(350);

/// How long nothing must come until what comes is kept again.
const LOSES_FOR: Duration = Duration::from_millis(300);

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let way = args.first().cloned().unwrap_or_else(|| "right".to_owned());
    match way.as_str() {
        "exits-at-once" => {
            eprintln!("Traceback: no module named maelstrom");
            std::process::exit(3);
        }
        "starts-slowly" => std::thread::sleep(Duration::from_millis(600)),
        "deaf" => std::thread::sleep(Duration::from_secs(3600)),
        "tells-arguments" => eprintln!("arguments: {args:?}"),
        "has-child" => start_child(&args, false),
        "family" => {
            start_child(&args, false);
            start_child(&args, true);
        }
        _ => {}
    }
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            // No right node expects anything before it has answered `init`.
            if !IS_READY.load(Ordering::SeqCst) && text(&line, "type") != "init" {
                write(&format!("too early: {line}\n"));
            }
            let _ = sender.send(line);
        }
    });
    let mut node = Node::new(way);
    let mut next_tick = Instant::now() + TICK;
    loop {
        match receiver.recv_timeout(next_tick.saturating_duration_since(Instant::now())) {
            Ok(line) => node.hear(&line),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        if Instant::now() >= next_tick {
            node.tick();
            next_tick = Instant::now() + TICK;
        }
    }
}

/// Whether it has answered `init`, or is about to.
static IS_READY: AtomicBool = AtomicBool::new(false);

struct Node {
    way: String,
    name: String,
    neighbors: Vec<String>,
    /// All other nodes, until it knows its neighbors: where nobody tells it, these.
    others: Vec<String>,
    /// Whether it is a set, and no broadcast.
    is_set: bool,
    /// The neighbors that don't know yet that this node lives anew.
    unmet: BTreeSet<String>,
    seen: Vec<u64>,
    /// By neighbor, what it has not said to have.
    owed: BTreeMap<String, BTreeSet<u64>>,
    broadcasts: usize,
    /// How often it told n1 a value that this had acknowledged.
    told: usize,
    /// When it last did something.
    awake: Instant,
    /// Until when it loses what it is told.
    loses_until: Option<Instant>,
    /// When it crashes.
    crashes: Option<Instant>,
    /// As a counter: by node, how often it added, and what in all.
    added: BTreeMap<String, (u64, i64)>,
}

impl Node {
    fn new(way: String) -> Self {
        Self {
            way,
            name: String::new(),
            neighbors: Vec::new(),
            others: Vec::new(),
            is_set: false,
            unmet: BTreeSet::new(),
            seen: Vec::new(),
            owed: BTreeMap::new(),
            broadcasts: 0,
            told: 0,
            awake: Instant::now(),
            loses_until: None,
            crashes: None,
            added: BTreeMap::new(),
        }
    }

    fn is(&self, way: &str) -> bool {
        self.way == way
    }

    fn hear(&mut self, line: &str) {
        self.look_at_the_clock();
        let source = text(line, "src");
        if matches!(text(line, "type"), "add" | "read") && !self.others.is_empty() {
            self.is_set = true;
            self.neighbors = std::mem::take(&mut self.others);
            self.greet();
        }
        match text(line, "type") {
            "init" => self.begin(line),
            "topology" => self.meet(line),
            "add" if self.counts() => self.count(line),
            "merge" => {
                let theirs = (integer(line, "times") as u64, integer(line, "sum"));
                let ours = self.added.entry(text(line, "who").to_owned()).or_default();
                *ours = theirs.max(*ours);
            }
            "broadcast" | "add" => self.broadcast(line),
            "read" => self.read(line),
            "forward" => {
                let values = numbers(after(line, "values"));
                self.say(source, &format!("\"got\",\"values\":{values:?}"));
                for value in values {
                    self.take(value, source);
                }
            }
            "got" => {
                if let Some(owed) = self.owed.get_mut(source) {
                    let got = numbers(after(line, "values"));
                    owed.retain(|value| !got.contains(value));
                }
            }
            "hello" => {
                self.say(source, "\"welcome\"");
                let seen = self.seen.iter().copied().collect();
                self.owed.insert(source.to_owned(), seen);
            }
            "welcome" => {
                self.unmet.remove(source);
            }
            "edge" => eprintln!("{line}"),
            "tell" => self.reply(line, "tell_ok", ""),
            "echo" => self.echo(line),
            "generate" => self.generate(line),
            _ => {}
        }
    }

    fn counts(&self) -> bool {
        self.way.starts_with("counts")
    }

    fn count(&mut self, line: &str) {
        self.broadcasts += 1;
        let drops = self.is("counts-and-drops") && self.broadcasts % 3 == 0;
        let delta = if drops { 0 } else { integer(line, "delta") };
        let (times, sum) = self.added.entry(self.name.clone()).or_default();
        (*times, *sum) = (*times + 1, *sum + delta);
        self.reply(line, "add_ok", "");
    }

    fn generate(&mut self, line: &str) {
        self.told += 1;
        let (name, told) = (&self.name, self.told);
        let id = match &*self.way {
            "nameless-ids" => format!("{told}"),
            _ => format!("\"{name}-{}-{told}\"", std::process::id()),
        };
        self.reply(line, "generate_ok", &format!(",\"id\":{id}"));
    }

    fn echo(&self, line: &str) {
        let echo = text(line, "echo");
        match &*self.way {
            "echoes-nothing" => self.reply(line, "echo_ok", ""),
            "echoes-zero" if echo.ends_with('7') => {
                let more = ",\"echo\":\"Please echo 0\"";
                self.reply(line, "echo_ok", more);
            }
            _ => self.reply(line, "echo_ok", &format!(",\"echo\":\"{echo}\"")),
        }
    }

    fn begin(&mut self, line: &str) {
        self.name = text(line, "node_id").to_owned();
        if self.is("greets") {
            // The others are up before it, and greet it.
            let number: u64 = self.name[1..].parse().unwrap();
            std::thread::sleep(Duration::from_millis(60 * number));
        }
        self.others = names(after(line, "node_ids"));
        self.others.retain(|other| *other != self.name);
        IS_READY.store(true, Ordering::SeqCst);
        self.reply(line, "init_ok", "");
        if self.is("greets") {
            for other in names(after(line, "node_ids")) {
                self.say(&other, "\"hello\"");
            }
        }
        if self.is("crashes") && self.name == "n2" {
            // From one run to the next this differs by as much as process ids do.
            let milliseconds = 100 + u64::from(std::process::id()) * 7919 % 900;
            self.crashes = Some(Instant::now() + Duration::from_millis(milliseconds));
        }
    }

    fn meet(&mut self, line: &str) {
        if self.is("knows-no-topology") {
            let frame = "  File \"x.py\", line 4, in handle\n";
            eprintln!("Traceback (most recent call last):\n{frame}ValueError: topology");
            return;
        }
        self.neighbors = names(after(line, &self.name));
        self.others.clear();
        self.reply(line, "topology_ok", "");
        match (self.way.as_str(), self.name.as_str()) {
            ("forgets", _) => return,
            ("floods", "n0") => self.flood(),
            ("storms" | "storms-and-shows-twice", "n0") => self.storm(),
            ("says-file", "n0") => self.say_file(),
            ("stops-reading", "n1") => std::thread::sleep(Duration::from_secs(3600)),
            _ => {}
        }
        self.greet();
    }

    fn greet(&mut self) {
        if self.is("forgets") {
            return;
        }
        self.unmet = self.neighbors.iter().cloned().collect();
        // One that was started again may have heard of values before it knew whom to tell.
        let seen: BTreeSet<_> = self.seen.iter().copied().collect();
        for other in &self.neighbors {
            self.owed.insert(other.clone(), seen.clone());
        }
    }

    fn broadcast(&mut self, line: &str) {
        if self.is("refuses") && self.name == "n1" {
            let error = ",\"code\":11,\"text\":\"not now\"";
            return self.reply(line, "error", error);
        }
        if self.is("panics") {
            let frames: String = (0..400).map(|i| format!("\tframe {i}\n")).collect();
            eprint!("panic: assignment to entry in nil map\n{frames}");
            std::process::exit(2);
        }
        self.broadcasts += 1;
        let (ok, key) = match self.is_set {
            true => ("add_ok", "element"),
            false => ("broadcast_ok", "message"),
        };
        self.reply(line, ok, "");
        let drops = self.is("acks-and-drops") && self.broadcasts % 3 == 0;
        if !drops {
            self.take(number(line, key), "");
        }
    }

    fn read(&mut self, line: &str) {
        if self.counts() {
            let sum: i64 = self.added.values().map(|(_, sum)| sum).sum();
            let sum = sum + if self.is("counts-more") { 1000 } else { 0 };
            return self.reply(line, "read_ok", &format!(",\"value\":{sum}"));
        }
        let mut shown = self.seen.clone();
        if self.is("keeps-nothing") && self.name == "n12" {
            shown.clear();
        }
        // Also where a busy machine leaves time for one broadcast only.
        if self.is("storms-and-shows-twice") && self.name == "n1" {
            shown.extend(self.seen.first());
        }
        if self.name == "n1" && shown.len() > 3 {
            match self.way.as_str() {
                "invents" => shown.push(123_456),
                "shows-twice" => shown.push(shown[0]),
                "garbage" => write("DEBUG read\n"),
                _ => {}
            }
        }
        let shown = match &shown[..] {
            [] if self.is("null-list") => "null".to_owned(),
            shown => format!("{shown:?}"),
        };
        let key = if self.is_set { "value" } else { "messages" };
        self.reply(line, "read_ok", &format!(",\"{key}\":{shown}"));
    }

    fn take(&mut self, value: u64, from: &str) {
        let now = Instant::now();
        if self.loses_until.is_some_and(|until| now < until) {
            self.loses_until = Some(now + LOSES_FOR);
            return;
        }
        let is_new = !self.seen.contains(&value);
        if is_new || self.is("no-dedup") {
            self.seen.push(value);
        }
        if !is_new {
            return;
        }
        let others = self.neighbors.iter().filter(|name| *name != from);
        let mut others: Vec<_> = others.cloned().collect();
        match self.way.as_str() {
            "never-forwards" => others.clear(),
            "forwards-to-one" => others.truncate(1),
            "stops-after-ten" if self.seen.len() > 10 => others.clear(),
            _ => {}
        }
        for other in others {
            self.owed.entry(other.clone()).or_default().insert(value);
            self.say(&other, &format!("\"forward\",\"values\":[{value}]"));
        }
    }

    fn tick(&mut self) {
        self.look_at_the_clock();
        if self.crashes.is_some_and(|at| at <= Instant::now()) {
            eprintln!("Traceback: KeyError 17");
            std::process::exit(7);
        }
        if self.is("never-retries") {
            return;
        }
        if self.is("tells-for-ever") && self.name == "n0" && self.seen.contains(&0) {
            self.told += 1;
            let told = self.told;
            self.say("n1", &format!("\"tell\",\"message\":0,\"msg_id\":{told}"));
        }
        for (other, owed) in self.owed.iter().filter(|(_, owed)| !owed.is_empty()) {
            let values: Vec<_> = owed.iter().collect();
            self.say(other, &format!("\"forward\",\"values\":{values:?}"));
        }
        for other in &self.unmet {
            self.say(other, "\"hello\"");
        }
        let told = self.neighbors.iter().filter(|_| !self.is("counts-alone"));
        for other in told {
            for (who, (times, sum)) in &self.added {
                let more = format!("\"who\":\"{who}\",\"times\":{times},\"sum\":{sum}");
                self.say(other, &format!("\"merge\",{more}"));
            }
        }
    }

    /// One that loses what came while it stood still does so until nothing comes for a while.
    fn look_at_the_clock(&mut self) {
        let now = Instant::now();
        if self.is("loses-paused") && now - self.awake > STOOD_STILL {
            self.loses_until = Some(now + LOSES_FOR);
        }
        self.awake = now;
    }

    /// Writes more than the harness may keep, for each of these numbers takes far more than its two bytes
    /// there; and does nothing else any more.
    fn flood(&self) -> ! {
        let values = "9,".repeat(30_000) + "9";
        for _ in 0..400 {
            self.say("n1", &format!("\"spam\",\"values\":[{values}]"));
        }
        loop {
            std::thread::sleep(Duration::from_secs(3600));
        }
    }

    /// Writes more messages than any way of telling others what is new needs.
    fn storm(&self) {
        for _ in 0..5000 {
            self.say("n1", "\"spam\"");
        }
    }

    /// Writes what stands in `said` of the folder that its second argument names.
    fn say_file(&self) {
        let folder = std::env::args().nth(2).unwrap();
        let said = std::fs::read(Path::new(&folder).join("said")).unwrap();
        let mut stdout = io::stdout().lock();
        stdout
            .write_all(&said)
            .and_then(|()| stdout.flush())
            .unwrap();
    }

    fn reply(&self, request: &str, kind: &str, more: &str) {
        let id = number(request, "msg_id");
        let body = format!("\"{kind}\",\"in_reply_to\":{id}{more}");
        self.say(text(request, "src"), &body);
    }

    fn say(&self, dest: &str, body: &str) {
        let is_disguised = self.is("wrong-source") && self.name == "n1" && body.contains("forward");
        let source = if is_disguised { "n0" } else { &self.name };
        write(&format!(
            "{{\"src\":\"{source}\",\"dest\":\"{dest}\",\"body\":{{\"type\":{body}}}}}\n"
        ));
    }
}

/// The integer under a key.
fn integer(line: &str, key: &str) -> i64 {
    let text = after(line, key);
    let end = text.find([',', '}']).unwrap();
    text[..end].trim().parse().unwrap()
}

/// The numbers in the list at the beginning.
fn numbers(text: &str) -> Vec<u64> {
    let end = text.find([']', '}', '"']).unwrap_or(text.len());
    let numbers = text[..end].trim_start_matches('[').split(',');
    numbers
        .filter_map(|number| number.trim().parse().ok())
        .collect()
}

/// The names in the list at the beginning.
fn names(text: &str) -> Vec<String> {
    let end = text.find(']').unwrap();
    let quoted = text[..end].split('"').skip(1).step_by(2);
    quoted.map(str::to_owned).collect()
}

/// Starts a child that stays, perhaps in a process group of its own.
fn start_child(args: &[String], escaped: bool) {
    use std::os::unix::process::CommandExt;
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.arg("deaf").args(&args[1..]).stdin(Stdio::null());
    if escaped {
        child.process_group(0);
    }
    child.spawn().unwrap();
}
