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
