//! Processes that a node of the tests starts, and how they get away from it.

use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

/// Starts this program again, with the same arguments but for the way.
pub fn again(args: &[String], way: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.arg(way).args(&args[1..]);
    command
}

/// Starts a child that goes this way.
pub fn start_child(args: &[String], way: &str) {
    again(args, way).spawn().unwrap();
}

/// Starts a child without any environment to tell where it comes from, perhaps in a group of its own.
pub fn start_nameless(args: &[String], escaped: bool) {
    let mut nameless = again(args, "deaf");
    nameless.env_clear().stdin(Stdio::null());
    if escaped {
        nameless.process_group(0);
    }
    nameless.spawn().unwrap();
}

/// Starts a child in a session of its own, if there is a setsid(1) that can.
pub fn start_in_session(args: &[String]) {
    let node = std::env::current_exe().unwrap();
    let mut session = Command::new("setsid");
    session.arg(node).arg("deaf").args(&args[1..]);
    if let Err(error) = session.spawn() {
        eprintln!("setsid: {error}");
    }
}

/// Starts a grandchild in a process group of its own, whose parent is gone; perhaps without any
/// environment to tell where it comes from.
pub fn start_escaping(args: &[String], nameless: bool) {
    let mut intermediate = again(args, "intermediate");
    intermediate.arg(if nameless { "nameless" } else { "named" });
    intermediate.status().unwrap();
}

/// Starts the process that [`start_escaping`] is about; this one is to exit then.
pub fn start_escaped(args: &[String]) {
    let mut escaped = again(args, "deaf");
    escaped
        .process_group(0)
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    if args.last().unwrap() == "nameless" {
        escaped.env_clear();
    }
    escaped.spawn().unwrap();
}
