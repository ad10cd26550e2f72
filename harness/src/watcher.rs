//! EDGE. A second process that ends the nodes when the harness itself can't: when it is killed outright.
//!
//! The harness tells it through a pipe which process groups its nodes lead: one line when a node has been
//! started, one when it has been ended. The system closes the pipe with the harness, however that ends.
//! Then the watcher kills the groups that were not ended, and removes the working folders that nodes of
//! golden cases had.
//!
//! It is a safety net: where it can't be started or doesn't read, the run goes on without it. When the
//! harness is killed, a descendant that left its node's group gets away, and so does a node that was started
//! in the microseconds before, if the watcher wasn't told of it yet.

use std::collections::HashSet;
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};
use std::{fmt, process, thread};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::interrupt::Interrupt;
use crate::workplace;

/// The name by which the harness, started again, knows that it is to be the watcher. No argument,
/// for no user should find it.
const NAME: &str = "harness-watcher";

/// How long the watcher waits for more once it has read all: to be woken for each node would cost the nodes
/// more time than all that it does.
const READ_EVERY: Duration = Duration::from_millis(20);

/// How long between two looks whether the killed groups are gone.
const KILL_EVERY: Duration = Duration::from_millis(10);

/// How often a group is killed at most: where nobody waits for the processes of a dead harness, their
/// groups never go.
const KILLS_MAX: usize = 100;

/// How long an exit waits at most until the watcher knows of all nodes.
const EXIT_WAIT_MAX: Duration = Duration::from_secs(1);

/// Read by those who start a node.
static STARTS: RwLock<()> = RwLock::new(());

/// The watcher of this process, as long as a [`Watcher`] lives.
static LINK: LazyLock<Mutex<Link>> = LazyLock::new(Mutex::default);

/// The harness's hold on its watcher, which goes with it.
#[derive(Debug)]
#[must_use = "when it is dropped, nobody watches any more"]
pub struct Watcher(());

impl Watcher {
    /// Starts the watcher; to be called once, before any node starts, by the main thread.
    pub fn start() -> Self {
        // Not by its path: the file may have been replaced meanwhile.
        let mut command = Command::new("/proc/self/exe");
        command.arg0(NAME).arg(workplace::run());
        // Where this harness is started by the node of another one, that one's tag is not the watcher's.
        command.env_remove(workplace::TAG_VARIABLE);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let watcher = cfg!(target_os = "linux").then(|| spawn(&mut command));
        link().watcher = watcher.and_then(Result::ok);
        Self(())
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        // After a panic there may be nodes left: then the system closes the pipe.
        if !thread::panicking() {
            link().end();
            workplace::remove_all_of(workplace::run());
        }
    }
}

/// To be held from before a node's process is made until the watcher was told of it.
pub fn node_starts() -> RwLockReadGuard<'static, ()> {
    STARTS.read().unwrap_or_else(PoisonError::into_inner)
}

/// Ends the harness at once and leaves its nodes to the watcher, which knows of all of them, unless the
/// system needs longer than a second to start one.
pub fn exit(status: i32) -> ! {
    let _none_starts = until(EXIT_WAIT_MAX, || STARTS.try_write().ok());
    process::exit(status)
}

fn until<T>(wait_max: Duration, ready: impl Fn() -> Option<T>) -> Option<T> {
    let began = Instant::now();
    loop {
        let found = ready();
        if found.is_some() || began.elapsed() > wait_max {
            return found;
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// Tells the watcher that a node leads this process group.
pub fn node_started(group: Pid) {
    link().tell(GroupChange::Started(group));
}

/// Tells the watcher that a process was killed with its group. To be called before the process is waited
/// for: until then its id is given to nobody else.
pub fn node_ended(group: Pid) {
    link().tell(GroupChange::Ended(group));
}

/// In a group of its own, for what ends the harness's group is not to end its watcher, too.
pub(crate) fn spawn(command: &mut Command) -> io::Result<Child> {
    let watcher = command.stdin(Stdio::piped()).process_group(0).spawn()?;
    if let Some(pipe) = &watcher.stdin {
        // A watcher that stands still must not hold up the harness.
        rustix::io::ioctl_fionbio(pipe, true)?;
    }
    Ok(watcher)
}

/// The harness's end of the pipe, and what it has told.
#[derive(Debug, Default)]
pub(crate) struct Link {
    pub(crate) watcher: Option<Child>,
    groups: ProcessGroups,
}

impl Link {
    fn tell(&mut self, change: GroupChange) {
        if !self.groups.apply(change) {
            return;
        }
        let pipe = self.watcher.as_mut().and_then(|child| child.stdin.as_mut());
        // The pipe takes a line as a whole or not at all: it is far shorter than PIPE_BUF.
        if pipe.is_some_and(|pipe| pipe.write_all(change.to_string().as_bytes()).is_err()) {
            // One that misses an end would kill whoever is given the id later.
            self.end();
        }
    }

    fn end(&mut self) {
        if let Some(mut watcher) = self.watcher.take() {
            // Before its pipe is closed, so that it kills nobody. An error says that it is gone already.
            let _ = watcher.kill();
            let _ = watcher.wait();
        }
    }
}

pub(crate) fn link() -> MutexGuard<'static, Link> {
    // Nothing panics while it is held.
    LINK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the watcher is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum GroupChange {
    Started(Pid),
    Ended(Pid),
}

impl GroupChange {
    fn read(line: &str) -> Option<Self> {
        let (verb, id) = line.split_once(' ')?;
        // To kill "group 1" would be to kill all processes.
        let id = id.parse().ok().filter(|id| *id > 1);
        let group = id.and_then(Pid::from_raw)?;
        match verb {
            "started" => Some(Self::Started(group)),
            "ended" => Some(Self::Ended(group)),
            _ => None,
        }
    }
}

impl fmt::Display for GroupChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Started(group) => writeln!(f, "started {group}"),
            Self::Ended(group) => writeln!(f, "ended {group}"),
        }
    }
}

/// The process groups of the nodes that were started and not ended.
#[derive(Debug, Default)]
struct ProcessGroups(HashSet<Pid>);

impl ProcessGroups {
    fn apply(&mut self, change: GroupChange) -> bool {
        match change {
            GroupChange::Started(group) => self.0.insert(group),
            GroupChange::Ended(group) => self.0.remove(&group),
        }
    }

    /// Kills them and waits until they are gone.
    fn kill(mut self) {
        for _ in 0..KILLS_MAX {
            // An error says that the group is gone, or runs for another user.
            self.0
                .retain(|group| kill_process_group(*group, Signal::KILL).is_ok());
            if self.0.is_empty() {
                break;
            }
            thread::sleep(KILL_EVERY);
        }
    }
}

/// What a watcher is to do.
#[derive(Debug)]
pub struct Watch {
    run: String,
}

impl Watch {
    /// What the arguments say, the program's name included; `None` if it isn't to be a watcher.
    pub fn asked_for(arguments: impl IntoIterator<Item = OsString>) -> Option<Self> {
        let mut arguments = arguments.into_iter();
        arguments.next().filter(|name| name == NAME)?;
        let run = arguments.next()?.into_string().ok()?;
        Some(Self { run })
    }

    /// Waits until the harness is gone, ends the nodes that it left behind, and removes their folders.
    pub fn keep(&self) {
        // It must not end before the harness, which may be killed for not heeding these.
        let _caught = Interrupt::survive();
        let mut groups = ProcessGroups::default();
        let (mut told, mut line) = (BufReader::new(io::stdin()), String::new());
        while told.read_line(&mut line).is_ok_and(|length| length > 0) {
            if let Some(change) = GroupChange::read(line.trim_end()) {
                groups.apply(change);
            }
            line.clear();
            if told.buffer().is_empty() {
                thread::sleep(READ_EVERY);
            }
        }
        groups.kill();
        workplace::remove_all_of(&self.run);
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    fn sleeper() -> Child {
        let mut sleeper = Command::new("sleep");
        sleeper.arg("1000").process_group(0).spawn().unwrap()
    }

    #[test]
    fn only_groups_that_were_not_ended_are_killed() {
        let (mut ended, mut left) = (sleeper(), sleeper());
        let [ended_group, left_group] = [&ended, &left].map(Pid::from_child);
        let mut groups = ProcessGroups::default();
        for change in [
            GroupChange::Started(ended_group),
            GroupChange::Started(left_group),
            GroupChange::Ended(ended_group),
        ] {
            let line = change.to_string();
            assert_eq!(GroupChange::read(line.trim_end()), Some(change));
            assert!(groups.apply(change));
            assert!(!groups.apply(change), "{change} again");
        }
        let exit = thread::scope(|scope| {
            scope.spawn(|| groups.kill());
            left.wait().unwrap()
        });
        assert_eq!(exit.signal(), Some(9));
        assert_eq!(ended.try_wait().unwrap(), None);
        ended.kill().unwrap();
        ended.wait().unwrap();
    }

    #[test]
    fn exit_waits_while_a_node_starts_and_not_for_ever() {
        let starts = node_starts();
        let none_starts = || STARTS.try_write().ok();
        assert!(until(Duration::from_millis(20), none_starts).is_none());
        thread::scope(|scope| {
            let exit = scope.spawn(|| until(Duration::MAX, none_starts).is_some());
            drop(starts);
            assert!(exit.join().unwrap());
        });
    }

    #[test]
    fn line_without_a_group_is_ignored() {
        for line in [
            "",
            "started",
            "started 0",
            "started 1",
            "started -7",
            "started x",
            "killed 7",
        ] {
            assert_eq!(GroupChange::read(line), None, "{line}");
        }
    }

    #[test]
    fn watcher_that_never_reads_is_ended_and_holds_up_nobody() {
        let watcher = spawn(Command::new("sleep").arg("1000")).unwrap();
        let group = Pid::from_child(&watcher);
        let mut link = Link {
            watcher: Some(watcher),
            groups: ProcessGroups::default(),
        };
        let mut lines = 0;
        while link.watcher.is_some() {
            link.tell(GroupChange::Started(group));
            link.tell(GroupChange::Ended(group));
            lines += 2;
            assert!(lines < 1_000_000);
        }
        assert!(kill_process_group(group, Signal::KILL).is_err(), "gone");
    }
}
