//! A node of the tests: it behaves, or misbehaves in the one way that its first argument names.
//!
//! Compiled by the tests themselves, with nothing but the standard library.

mod children;
mod member;
mod relay;
mod wire;

use std::io::{self, BufRead, Read, Write};
use std::time::Duration;

use children::{again, start_child, start_escaped, start_escaping};
use member::be_a_member;
use wire::{number, text, write};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.first().map_or("good", String::as_str) {
        "good" => answer(Style::default()),
        "renumbered" => answer(Style {
            id: |count| 1_000_000 - 7 * count,
            ..Style::default()
        }),
        "reordered" => answer(Style {
            reordered: true,
            ..Style::default()
        }),
        "spaced" => answer(Style {
            spaced: true,
            ..Style::default()
        }),
        "reused-id" => answer(Style {
            id: |count| count.min(1),
            ..Style::default()
        }),
        "wrong-reply" => answer(Style {
            reply: |id| id.max(2),
            ..Style::default()
        }),
        "wrong-source" => answer(Style {
            source: Some("n2"),
            ..Style::default()
        }),
        "reply-to-nothing" => answer(Style {
            reply: |id| id + 100 * (id / 2),
            ..Style::default()
        }),
        "forgetful" => answer(Style {
            silent_after: 2,
            ..Style::default()
        }),
        "double" => answer(Style {
            doubled: true,
            ..Style::default()
        }),
        "garbage" => {
            println!("Starting node \u{1b}[31mn1\u{1b}[0m");
            answer(Style::default());
        }
        // What could act on a terminal, in a log of GitHub Actions, or in XML.
        "hostile" => {
            read_line();
            let hostile =
                b"::error::\x1b[31mx ##[add-mask]e ]]>&<\0\xff\xed\xa0\x80\xef\xbf\xbe\xc2\x9b\r\n";
            let mut stdout = io::stdout();
            let _ = stdout.write_all(hostile).and_then(|()| stdout.flush());
            let _ = io::stderr().write_all(b"  ::stop-commands::x\n::set-env name=x::y\n");
            let _ = io::stderr().write_all(hostile);
            let _ = io::stdin().read_to_end(&mut Vec::new());
            std::process::exit(3);
        }
        "broken-json" => write("{\"src\":\"n1\",\"dest\":c1}\n"),
        "python" => write("{'src': 'n1', 'dest': 'c1'}\n"),
        "two-on-a-line" => {
            let mut answers = Vec::new();
            lines(|line, count| answers.push(Style::default().answer(line, count)));
            write(&answers.concat());
            write("\n");
        }
        "cut-short" => write("{\"src\":\"n1\",\"dest\":\"c1\",\"bo"),
        "no-envelope" => {
            lines(|_, count| write(&format!("{{\"type\":\"x\",\"msg_id\":{count}}}\n")))
        }
        "endless" => loop {
            write("{\"src\":\"n1\",\"dest\":\"c1\",\"body\":{\"type\":\"more\"}}\n");
        },
        "endless-line" => loop {
            write(&"x".repeat(4096));
        },
        // More than a harness may keep, and then nothing.
        "long-stderr" => {
            for _ in 0..512 << 8 {
                let _ = io::stderr().write_all(&[b'e'; 4096]);
            }
            sleep();
        }
        "endless-stderr" => loop {
            let _ = io::stderr().write_all(&[b'e'; 4096]);
        },
        // Argument: how many thousands of values. One message of very many very small values.
        "numbers" => write_values(&args, "1", ","),
        "nested" => write_values(&args, "[[1]]", ","),
        "objects" => write_values(&args, "{\"\":0}", ","),
        // The same in many messages.
        "many-numbers" => write_values(&args, &format!("1{}", ",1".repeat(8000)), NEXT_MESSAGE),
        // As many messages as small as can be, after the right answers.
        "messages-at-last" => {
            answer(Style::default());
            write_values(&args, "", NEXT_MESSAGE);
        }
        // Argument: a file. Once it is there, the node answers as it should.
        "waits-for" => {
            while !std::path::Path::new(&args[1]).exists() {
                std::thread::sleep(Duration::from_millis(10));
            }
            answer(Style::default());
        }
        "deaf" => sleep(),
        "lingers" => {
            answer(Style::default());
            sleep();
        }
        "stuck" => {
            lines(|_, _| {});
            sleep();
        }
        "exits-early" => {
            read_line();
            eprintln!("Traceback: KeyError 'node_id'");
            std::process::exit(3);
        }
        "exits-late" => {
            answer(Style::default());
            std::process::exit(4);
        }
        "aborts" => {
            answer(Style::default());
            std::process::abort();
        }
        "answers-once" => {
            let mut line = String::new();
            let _ = io::stdin().lock().read_line(&mut line);
            write(&(Style::default().answer(&line, 0) + "\n"));
        }
        // A heartbeat before each answer, and after the last; to n2, or to whom its argument says.
        "beats" => {
            let dest = args.get(1).map_or("n2", String::as_str);
            let beat = |source: &str, count: usize| {
                let id = 900 + count;
                let body = format!("{{\"type\":\"beat\",\"beat\":{count},\"msg_id\":{id}}}");
                write(&format!(
                    "{{\"src\":\"{source}\",\"dest\":\"{dest}\",\"body\":{body}}}\n"
                ));
            };
            let mut last = (String::new(), 0);
            lines(|line, count| {
                beat(text(line, "dest"), count);
                last = (text(line, "dest").to_owned(), count + 1);
                write(&(Style::default().answer(line, count) + "\n"));
            });
            beat(&last.0, last.1);
        }
        "silent" => lines(|_, _| {}),
        "edits" => {
            // Argument: a file that it writes a comment into, as its author might meanwhile.
            let old = std::fs::read_to_string(&args[1]).unwrap_or_default();
            if !old.starts_with("# edited") {
                std::fs::write(&args[1], format!("# edited\n{old}")).unwrap();
            }
            answer(Style::default());
        }
        "fails-at-first" => {
            // Arguments: a file that counts the starts, and how many of them fail.
            let fails = starts(&args[1]) <= args[2].parse().unwrap();
            answer(Style {
                kind: fails.then_some("wrong"),
                ..Style::default()
            });
        }
        "leaves-child" => {
            start_child(&args, "deaf");
            answer(Style::default());
        }
        "leaves-escaped-child" => {
            start_escaping(&args, false);
            answer(Style::default());
        }
        "leaves-nameless-child" => {
            start_escaping(&args, true);
            answer(Style::default());
        }
        "lingers-with-family" => {
            start_child(&args, "deaf");
            start_escaping(&args, false);
            answer(Style::default());
            sleep();
        }
        "stuck-with-child" => {
            read_line();
            start_child(&args, "deaf");
            sleep();
        }
        // Starts a process in a group of its own and leaves it.
        "intermediate" => start_escaped(&args),
        "writes-first" => {
            let megabytes = args[1].parse::<usize>().unwrap();
            let message = format!(
                "{{\"src\":\"n1\",\"dest\":\"c1\",\"body\":{{\"type\":\"{}\"}}}}\n",
                "x".repeat(1024 - 52)
            );
            for _ in 0..megabytes * 1024 {
                write(&message);
            }
            answer(Style::default());
        }
        // Arguments: a file, whose bytes it says on both outputs, and the status that it ends with.
        "says" => {
            let _ = io::stdin().read_to_end(&mut Vec::new());
            let said = std::fs::read(&args[1]).unwrap();
            let mut stdout = io::stdout();
            let _ = stdout.write_all(&said).and_then(|()| stdout.flush());
            let _ = io::stderr().write_all(&said);
            std::process::exit(args.get(2).map_or(0, |status| status.parse().unwrap()));
        }
        // At once, for a run waits for the first word of its first node.
        "replay" => {
            read_line();
            write(&std::fs::read_to_string(&args[1]).unwrap());
            let _ = io::stdin().read_to_end(&mut Vec::new());
        }
        "takes-turns" => {
            // Arguments: a file that counts the starts, and what to write at each.
            read_line();
            let turn = starts(&args[1]) + 1;
            write(&std::fs::read_to_string(&args[turn]).unwrap());
            lines(|_, _| {});
        }
        "arguments" => {
            read_line();
            write(&format!("{args:?} {:?}\n", std::env::var("GREETING").ok()));
        }
        // Answers each request, but only once n2 has answered a question about it.
        "asks" | "asks-at-length" => {
            let blanks = if args[0] == "asks" { 0 } else { 900 * 1024 };
            let blanks = " ".repeat(blanks);
            let mut request = None;
            lines(|line, count| match request.take() {
                None => {
                    let id = 500 + count as u64;
                    write(&format!(
                        "{{\"src\":\"n1\",\"dest\":\"n2\",\"body\":{{\"type\":\"ask\",\"msg_id\":{id}}}{blanks}}}\n"
                    ));
                    request = Some((line.to_owned(), id));
                }
                Some((request, id)) => {
                    assert_eq!(number(line, "in_reply_to"), id);
                    write(&Style::default().answer(&request, count));
                    write("\n");
                }
            });
        }
        "buffers" => {
            let mut answers = String::new();
            lines(|line, count| {
                answers += &Style {
                    id: |count| 500 + count,
                    ..Style::default()
                }
                .answer(line, count);
                answers.push('\n');
            });
            write(&answers);
        }
        "swaps" => {
            let mut answers = Vec::new();
            lines(|line, count| {
                answers.push(Style::default().answer(line, count) + "\n");
                if count == 2 {
                    answers.swap(1, 2);
                    write(&answers.concat());
                }
            });
        }
        // Arguments: a node and its arguments.
        "relays-in-threads" => relay::in_threads(&args),
        "relays-at-the-end" => relay::at_the_end(&args),
        // Answers like a node whose reading loop knows no end of input.
        "falls-over" => {
            answer(Style::default());
            eprintln!("Traceback: end of input");
            std::process::exit(1);
        }
        // Knows `init` and `echo`, and falls over what else it hears.
        "echoes" => lines(|line, count| {
            if !["init", "echo"].contains(&text(line, "type")) {
                eprintln!("Traceback: KeyError '{}'", text(line, "type"));
                std::process::exit(9);
            }
            write(&(Style::default().answer(line, count) + "\n"));
        }),
        // Answers `init` after a while, and each message in a thread of its own; ends with its input.
        "threads" => lines(|line, count| {
            let line = line.to_owned();
            std::thread::spawn(move || {
                if count == 0 {
                    std::thread::sleep(Duration::from_millis(2));
                }
                write(&(Style::default().answer(&line, count) + "\n"));
            });
        }),
        "elapsed" => tell_pauses(Duration::from_millis(args[1].parse().unwrap())),
        "floods" => be_a_member(true),
        "hoards" => be_a_member(false),
        "starts-slowly" => {
            std::thread::sleep(Duration::from_millis(1500));
            tell_pauses(Duration::from_millis(args[1].parse().unwrap()));
        }
        "leaves-group" => {
            use std::os::unix::process::CommandExt;
            let parent = std::os::unix::process::parent_id();
            let stat = std::fs::read_to_string(format!("/proc/{parent}/stat")).unwrap();
            // Behind the name: the state, the parent's parent, the group.
            let (_, fields) = stat.rsplit_once(')').unwrap();
            let group = fields.split_whitespace().nth(2).unwrap().parse().unwrap();
            // Who leads a session can't.
            let _ = again(&args, "deaf").process_group(group).exec();
            sleep();
        }
        other => panic!("unknown way {other}"),
    }
}

/// What ends the values of a message, and begins those of the next.
const NEXT_MESSAGE: &str = "]}}\n{\"src\":\"n1\",\"dest\":\"c1\",\"body\":{\"type\":\"x\",\"v\":[";

/// Writes a message that has this value so often that the separators are as many thousands as its argument
/// says, and blanks, so that it is nearly 2 MiB.
fn write_values(args: &[String], value: &str, between: &str) {
    let element = format!("{value}{between}");
    let separators = element.matches([',', '[', '{', '\n']).count();
    let times = args[1].parse::<usize>().unwrap() * 1000 / separators - 2;
    let elements = element.repeat(times) + value;
    write("{\"src\":\"n1\",\"dest\":\"c1\",\"body\":{\"type\":\"x\",\"v\":[");
    write(&elements);
    write("]}}");
    write(&" ".repeat(2_000_000 - elements.len()));
    write("\n");
}

/// Answers `quick` or `slow`, by the time since the request before: as long as this pause or not.
fn tell_pauses(pause: Duration) {
    let mut last: Option<std::time::Instant> = None;
    lines(|line, count| {
        let now = std::time::Instant::now();
        let slow = last.is_some_and(|last| now - last >= pause);
        last = Some(now);
        let kind = if slow { "slow" } else { "quick" };
        let style = Style {
            kind: Some(kind),
            ..Style::default()
        };
        write(&style.answer(line, count));
        write("\n");
    });
}

/// How a behaving node writes its answers.
struct Style {
    id: fn(usize) -> usize,
    reply: fn(u64) -> u64,
    source: Option<&'static str>,
    kind: Option<&'static str>,
    reordered: bool,
    spaced: bool,
    doubled: bool,
    silent_after: usize,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            id: |count| count,
            reply: |id| id,
            source: None,
            kind: None,
            reordered: false,
            spaced: false,
            doubled: false,
            silent_after: usize::MAX,
        }
    }
}

impl Style {
    /// Answers any request of type `x` with an `x_ok`.
    fn answer(&self, line: &str, count: usize) -> String {
        let source = self.source.unwrap_or_else(|| text(line, "dest"));
        let client = text(line, "src");
        let kind = self
            .kind
            .map_or_else(|| format!("{}_ok", text(line, "type")), str::to_owned);
        let reply = (self.reply)(number(line, "msg_id"));
        let id = (self.id)(count);
        let body = if self.reordered {
            format!("{{\"msg_id\":{id},\"type\":\"{kind}\",\"in_reply_to\":{reply}}}")
        } else {
            format!("{{\"type\":\"{kind}\",\"in_reply_to\":{reply},\"msg_id\":{id}}}")
        };
        let answer = if self.reordered {
            format!("{{\"body\":{body},\"dest\":\"{client}\",\"src\":\"{source}\"}}")
        } else {
            format!("{{\"src\":\"{source}\",\"dest\":\"{client}\",\"body\":{body}}}")
        };
        if self.spaced {
            format!("  {}\t", answer.replace(',', " ,\t").replace(':', " :  "))
        } else {
            answer
        }
    }
}

fn answer(style: Style) {
    lines(|line, count| {
        if count >= style.silent_after {
            return;
        }
        let answer = style.answer(line, count);
        write(&format!("{answer}\n"));
        if style.doubled {
            write(&format!("{}\n", style.answer(line, count + 100)));
        }
    });
}

fn lines(mut each: impl FnMut(&str, usize)) {
    for (count, line) in io::stdin().lock().lines().enumerate() {
        each(&line.unwrap(), count);
    }
}

fn read_line() {
    let _ = io::stdin().lock().read_line(&mut String::new());
}

fn sleep() {
    std::thread::sleep(Duration::from_secs(3600));
}

/// How often a node was started with this file, this time included.
fn starts(file: &str) -> usize {
    let mut opened = std::fs::File::options()
        .append(true)
        .create(true)
        .open(file)
        .unwrap();
    opened.write_all(b".").unwrap();
    std::fs::read(file).unwrap().len()
}
