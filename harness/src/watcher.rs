//! EDGE. A second process that ends all nodes with their descendants when the harness itself can't:
//! when it is killed outright.
//!
//! The two are joined by a pipe that the system closes with the harness, however that ends. Then
//! the watcher looks for whatever is left of the run: what has its tag in its environment, what
//! was seen among the harness's descendants, and what comes from these ([`crate::kin`]). They are
//! stopped first, so that none gets away while the others are sought, then killed.
//!
//! Then it removes the working folders that nodes of golden cases had.
//!
//! It is a safety net: where it can't be started the run goes on without it. Only Linux
//! tells what it needs to know. A process that wiped its environment, left its group and lost its
//! parent, all within the last tenth of a second, gets away.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::{self, Child, Command, Stdio};
use std::time::Duration;
use std::{fs, io, thread};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, getppid, kill_process};

use crate::family::{self, Family, children_of};
use crate::interrupt::Interrupt;
use crate::kin::{Entry, Id, Kin};
use crate::workplace;

/// The name by which the harness, started again, knows that it is to be the watcher. No argument,
/// for no user should find it.
const NAME: &str = "harness-watcher";

/// How often the harness's descendants are looked at while it lives.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How long between two looks for what it left behind.
const SEEK_EVERY: Duration = Duration::from_millis(10);

/// How many looks must find nothing new: a process that is just being started can't be told yet.
const QUIET_LOOKS: usize = 5;

/// How often is looked at most; one that forks without end could go on for ever.
const LOOKS_MAX: usize = 200;

/// The harness's hold on its watcher, which goes with it.
#[derive(Debug)]
#[must_use = "when it is dropped, nobody watches any more"]
pub struct Watcher(Option<Child>);

impl Watcher {
    /// Starts the watcher and makes the harness the one that inherits orphans; to be called once,
    /// before anything else starts, by the main thread.
    pub fn start() -> Self {
        let watcher = cfg!(target_os = "linux").then(spawn);
        // Among the children that are there already, it will not be taken for an orphan.
        family::adopt_orphans();
        Self(watcher.and_then(Result::ok))
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        // After a panic there may be nodes left: then the pipe's end is all that it is told.
        if let Some(child) = self.0.as_mut().filter(|_| !thread::panicking()) {
            // An error says that it is gone already.
            let _ = child.kill();
            let _ = child.wait();
        }
        if !thread::panicking() {
            workplace::remove_all_of(family::run());
        }
    }
}

/// In a group of its own, for what ends the harness's group is not to end its watcher, too.
fn spawn() -> io::Result<Child> {
    let spared = family::children();
    // Not by its path: the file may have been replaced meanwhile.
    Command::new("/proc/self/exe")
        .arg0(NAME)
        .arg(family::run())
        .args(spared.iter().map(|pid| pid.as_raw_nonzero().to_string()))
        .env_remove(Family::TAG_VARIABLE)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
}

/// What a watcher is to do.
#[derive(Debug)]
pub struct Watch {
    run: String,
    /// The harness's own process.
    harness: Id,
    /// What the harness had as children before it started anything, and the watcher itself.
    spared: BTreeSet<Id>,
}

impl Watch {
    /// What the arguments say, the program's name included; `None` if it isn't to be a watcher.
    pub fn asked_for(arguments: impl IntoIterator<Item = OsString>) -> Option<Self> {
        let mut arguments = arguments.into_iter();
        arguments.next().filter(|name| name == NAME)?;
        let run = arguments.next()?.into_string().ok()?;
        let ids = arguments.filter_map(|id| id.to_str()?.parse().ok());
        Some(Self {
            harness: run.split_once('-')?.0.parse().ok()?,
            spared: ids.chain([id_of_this()]).collect(),
            run,
        })
    }

    /// Waits until the harness is gone, ends what it left behind, and removes its nodes' folders.
    pub fn keep(&self) {
        // It must not end before the harness, which may be killed for not heeding these.
        let _caught = Interrupt::survive();
        let mut kin = Kin::default();
        loop {
            let mut seen = self.descendants();
            // Who comes from a harness that lives stays its descendant. One that is just being ended
            // may have lost some before its end of the pipe is closed.
            seen.insert_running(&kin, |id| entry(id).map(|entry| entry.started));
            // Of a harness that ended meanwhile not all may have been seen.
            if has_ended(Duration::ZERO) {
                break;
            }
            kin = seen;
            if has_ended(LOOK_EVERY) {
                break;
            }
        }
        self.end(kin);
        workplace::remove_all_of(&self.run);
    }

    /// The descendants that the living harness has now.
    fn descendants(&self) -> Kin {
        let mut kin = Kin::default();
        if getppid().is_none_or(|parent| parent.as_raw_nonzero().get() != self.harness) {
            return kin;
        }
        let mut found = children_of(self.harness);
        while let Some(id) = found.pop() {
            if !self.spared.contains(&id)
                && let Some(entry) = entry(id)
                && kin.insert(id, entry.started)
            {
                found.extend(children_of(id));
            }
        }
        kin
    }

    fn end(&self, mut kin: Kin) {
        let (mut stopped, mut quiet) = (BTreeSet::new(), 0);
        for _ in 0..LOOKS_MAX {
            let found = kin.among(&self.table());
            if found.iter().all(|id| stopped.contains(id)) {
                signal(&found, Signal::KILL);
                quiet += 1;
            } else {
                signal(&found, Signal::STOP);
                quiet = 0;
            }
            stopped = found.into_iter().collect();
            if quiet == QUIET_LOOKS {
                break;
            }
            thread::sleep(SEEK_EVERY);
        }
        signal(&stopped.into_iter().collect::<Vec<_>>(), Signal::KILL);
    }

    /// All processes but those that are none of our business.
    fn table(&self) -> Vec<Entry> {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        entries
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .filter(|id| !self.spared.contains(id))
            .filter_map(entry)
            .map(|entry| Entry {
                is_tagged: self.is_tagged(entry.id),
                ..entry
            })
            .collect()
    }

    fn is_tagged(&self, id: Id) -> bool {
        let wanted = format!("{}={}.", Family::TAG_VARIABLE, self.run);
        let environment = fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
        let mut variables = environment.split(|byte| *byte == 0);
        variables.any(|variable| variable.starts_with(wanted.as_bytes()))
    }
}

fn id_of_this() -> Id {
    process::id().cast_signed()
}

/// Whether the harness has ended, or does within that time.
fn has_ended(within: Duration) -> bool {
    let stdin = io::stdin();
    let mut ends = [PollFd::from_borrowed_fd(stdin.as_fd(), PollFlags::IN)];
    let timeout = Timespec::try_from(within).ok();
    // An error is a signal's. Nothing is ever written: what there is to read is the end.
    poll(&mut ends, timeout.as_ref()).is_ok_and(|ended| ended > 0)
}

/// What the system tells of a process; its environment isn't looked at.
fn entry(id: Id) -> Option<Entry> {
    let stat = fs::read(format!("/proc/{id}/stat")).ok()?;
    let mut fields = family::after_name(&stat)?.split_ascii_whitespace().skip(1);
    Some(Entry {
        id,
        parent: fields.next()?.parse().ok()?,
        group: fields.next()?.parse().ok()?,
        session: fields.next()?.parse().ok()?,
        started: fields.nth(15)?.parse().ok()?,
        is_tagged: false,
    })
}

fn signal(ids: &[Id], signal: Signal) {
    for pid in ids.iter().filter_map(|id| Pid::from_raw(*id)) {
        // Errors say that it is gone already, or runs for another user.
        let _ = kill_process(pid, signal);
    }
}
