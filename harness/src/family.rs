//! EDGE. A node and all its descendants: seeing the node exit, and leaving none of them behind.
//!
//! A node leads a process group, which ends with one signal, and a session where the harness has a
//! terminal. A descendant that left the group loses its parent sooner or later; on Linux it then becomes a
//! child of the harness (a "subreaper"), which knows its node by its session or by a variable in its
//! environment. A descendant that has neither is ended with the next node that ends while no other runs, at
//! the latest when the harness itself ends. A process that the harness may not kill (it runs for another
//! user) is left, and reported. On other systems only the group is ended. When the harness itself is killed,
//! [`crate::watcher`] kills the group.

mod proc_files;

use std::collections::HashSet;
use std::os::fd::AsFd;
use std::path::Path;
use std::process::{Child, ExitStatus};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{fs, io, thread};

use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, WaitOptions, kill_process, kill_process_group, waitid,
    waitpid,
};

use crate::{watcher, workplace};
pub use proc_files::{ProcessWork, Scheduled};
use proc_files::{children, environment, is_alive, leaders, scheduled};

/// How often descendants are looked for; one that forks without end could go on for ever.
const ROUNDS_MAX: usize = 1000;

/// How often the list of children is read until it stands still.
const READS_MAX: usize = 10;

/// How long a killed process may take to be gone, on a machine that is busy with others. One that may
/// not be killed (it runs for another user) or that hangs in the system is left behind.
const END_MAX: Duration = Duration::from_secs(5);

/// How many processes of a node are asked what they have done; there may be any number.
#[cfg(target_os = "linux")]
const LOOKED_AT_MAX: usize = 256;

/// How many nodes there are that weren't ended yet.
static LIVING: AtomicUsize = AtomicUsize::new(0);

/// The children that the harness had before it started a node: its watcher, and those of a shell that
/// became the harness. They are not ended.
static INHERITED: OnceLock<HashSet<Pid>> = OnceLock::new();

/// A node and its descendants.
#[derive(Debug)]
pub struct Family {
    leader: Pid,
    tag: String,
    /// Which pipe the node's stdin is: its device and inode.
    stdin: Option<(u64, u64)>,
    _living: Living,
}

/// A node that counts among those that were not ended yet.
#[derive(Debug)]
pub struct Living(());

impl Living {
    /// To be made before the node's process is: what comes from a node that doesn't count yet would be
    /// taken for another one's.
    pub fn count() -> Self {
        adopt_orphans();
        LIVING.fetch_add(1, Ordering::SeqCst);
        Self(())
    }
}

impl Drop for Living {
    fn drop(&mut self) {
        LIVING.fetch_sub(1, Ordering::SeqCst);
    }
}

/// How many processes of a node are looked at, and how many threads of each.
const PROCESSES_MAX: usize = 32;
const THREADS_MAX: usize = 500;

impl Family {
    /// A tag that no other node of this harness, or of another one, has.
    pub fn next_tag() -> String {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        format!("{}.{count}", workplace::run())
    }

    /// The family of a node that was started with the tag, leading its process group.
    pub fn new(child: &Child, tag: String, living: Living) -> Self {
        let leader = Pid::from_child(child);
        watcher::node_started(leader);
        Self {
            _living: living,
            leader,
            tag,
            stdin: child.stdin.as_ref().and_then(identity_of),
        }
    }

    /// Whether the node itself has exited. It stays to be waited for, so that its id, and
    /// with it the group's, is given to nobody else.
    pub fn has_exited(&self) -> bool {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        matches!(waitid(WaitId::Pid(self.leader), options), Ok(Some(_)))
    }

    /// How many bytes stand unread in the node's stdin, as long as that is still our pipe.
    #[cfg(target_os = "linux")]
    pub fn unread_input(&self) -> Option<u64> {
        use rustix::fs::{Mode, OFlags};
        let path = format!("/proc/{}/fd/0", self.leader.as_raw_nonzero());
        // Whatever else the node has put there is not opened: with a device that may do something.
        let found = rustix::fs::stat(&path).ok()?;
        self.stdin.filter(|ours| *ours == identity(&found))?;
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let pipe = rustix::fs::open(path, flags, Mode::empty()).ok()?;
        let is_ours = identity_of(&pipe) == self.stdin;
        rustix::io::ioctl_fionread(pipe).ok().filter(|_| is_ours)
    }

    /// How many bytes stand unread in the node's stdin: not known on this system.
    #[cfg(not(target_os = "linux"))]
    pub fn unread_input(&self) -> Option<u64> {
        None
    }

    /// What the node and its descendants have done, as [proc(5)] has it: it may be a shell that only waits
    /// for the program that answers.
    ///
    /// [proc(5)]: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    #[cfg(target_os = "linux")]
    pub fn work(&self) -> Option<ProcessWork> {
        let ticks = rustix::param::clock_ticks_per_second();
        let leader = self.leader.as_raw_nonzero().get();
        let of = |file: &str| proc_files::work(&fs::read(file).ok()?, ticks);
        let mut all = of(&format!("/proc/{leader}/stat"))?;
        let orphans = adopted().into_iter().filter(|pid| self.is_mine(*pid));
        let mut found: Vec<_> = orphans.map(|pid| pid.as_raw_nonzero().get()).collect();
        found.push(leader);
        let mut looked_at = 0;
        while let Some(pid) = found.pop()
            && looked_at < LOOKED_AT_MAX
        {
            looked_at += 1;
            found.extend(proc_files::children_of(pid));
            let time = of(&format!("/proc/{pid}/stat")).map(|work| work.time);
            all.time += time.filter(|_| pid != leader).unwrap_or_default();
            // Of a process only the first thread's state is told.
            let threads = fs::read_dir(format!("/proc/{pid}/task"));
            let mut threads = threads.into_iter().flatten().flatten();
            let stat = |thread: &fs::DirEntry| fs::read(thread.path().join("stat"));
            // A descendant that nobody waits for stays as it is, and wants nothing.
            let runs = |stat: &Vec<u8>| {
                let state = proc_files::after_name(stat).map(str::trim_start);
                state.is_some_and(|state| state.starts_with(['R', 'D']))
            };
            all.wants_more =
                all.wants_more || threads.any(|thread| stat(&thread).is_ok_and(|stat| runs(&stat)));
        }
        Some(all)
    }

    /// What the node has done: not known on this system.
    #[cfg(not(target_os = "linux"))]
    pub fn work(&self) -> Option<ProcessWork> {
        None
    }

    /// What the node and its children have had of the processors since they were started; `None` where
    /// the system can't tell. A wait that lasts is not in it.
    pub fn scheduled(&self) -> Option<Scheduled> {
        let mut sum = None;
        self.each_thread(|thread| {
            let text = fs::read_to_string(thread.join("schedstat")).ok();
            if let Some(thread) = text.and_then(|text| scheduled(&text)) {
                let sum: &mut Scheduled = sum.get_or_insert_default();
                sum.ran += thread.ran;
                sum.waited += thread.waited;
            }
        });
        sum
    }

    /// Looks at the folders of all threads, as [proc(5)] has them; there are none on other systems.
    ///
    /// [proc(5)]: https://man7.org/linux/man-pages/man5/proc_pid_task.5.html
    fn each_thread(&self, mut see: impl FnMut(&Path)) {
        let mut processes = vec![self.leader.as_raw_nonzero().to_string()];
        let mut next = 0;
        while let Some(process) = processes.get(next).cloned() {
            next += 1;
            let threads = fs::read_dir(format!("/proc/{process}/task"));
            for thread in threads.into_iter().flatten().flatten().take(THREADS_MAX) {
                see(&thread.path());
                let children = fs::read_to_string(thread.path().join("children"));
                let room = PROCESSES_MAX.saturating_sub(processes.len());
                let children = children.unwrap_or_default();
                let children = children.split_ascii_whitespace().take(room);
                processes.extend(children.map(str::to_owned));
            }
        }
    }

    /// Sends the node and its group a signal; one that is gone hears nothing.
    pub fn signal(&self, signal: Signal) {
        let _ = kill_process_group(self.leader, signal);
    }

    /// Ends all of them and waits until they are gone; says whether there were any but the node.
    ///
    /// # Errors
    /// Those of waiting for the node.
    pub fn end(&self, child: &mut Child) -> io::Result<bool> {
        let had_exited = self.has_exited();
        let orphans = adopted();
        let is_left = |pid: &Pid| self.is_mine(*pid) && is_alive(*pid);
        let left_children = orphans.iter().any(is_left);
        // An error says that the group is gone already, or that it isn't the node's any more.
        let _ = kill_process_group(self.leader, Signal::KILL);
        watcher::node_ended(self.leader);
        if had_exited && orphans.is_empty() {
            // The children of one that has exited are orphans at once: it left none.
            wait(child)?;
            return Ok(false);
        }
        let _ = kill_process(self.leader, Signal::KILL);
        self.end_orphans();
        wait(child)?;
        self.end_orphans();
        Ok(had_exited && left_children)
    }

    /// Ends those descendants that have become children of the harness, until none comes.
    fn end_orphans(&self) {
        let until = Instant::now() + END_MAX;
        for _ in 0..ROUNDS_MAX {
            let mut mine = adopted();
            // Where no other node runs, whatever came is this one's, wherever it says it's from. One that
            // was started meanwhile counts.
            let is_alone = LIVING.load(Ordering::SeqCst) == 1;
            mine.retain(|pid| *pid != self.leader && (is_alone || self.is_mine(*pid)));
            if mine.is_empty() || !end_all(&mine, until) {
                break;
            }
        }
    }

    fn is_mine(&self, pid: Pid) -> bool {
        if pid == self.leader {
            return false;
        }
        let leader = self.leader.as_raw_nonzero().to_string();
        leaders(pid).contains(&leader) || self.is_tagged(pid)
    }

    fn is_tagged(&self, pid: Pid) -> bool {
        let wanted = format!("{}={}", workplace::TAG_VARIABLE, self.tag);
        let environment = environment(pid);
        let mut variables = environment.split(|byte| *byte == 0);
        variables.any(|variable| variable == wanted.as_bytes())
    }
}

fn identity_of(file: impl AsFd) -> Option<(u64, u64)> {
    Some(identity(&rustix::fs::fstat(file).ok()?))
}

fn identity(found: &rustix::fs::Stat) -> (u64, u64) {
    (found.st_dev, found.st_ino)
}

/// Makes the harness the process that inherits orphans, before its first node starts.
fn adopt_orphans() {
    INHERITED.get_or_init(|| {
        let inherited = children().into_iter().collect();
        // Where that isn't possible, groups are still ended.
        #[cfg(target_os = "linux")]
        let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
        inherited
    });
}

/// Waits until a node that was killed is gone, so that nothing of it is left.
fn wait(child: &mut Child) -> io::Result<ExitStatus> {
    let until = Instant::now() + END_MAX;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if Instant::now() >= until {
            return Err(io::Error::other(format!(
                "process {} can't be ended: it may run for another user",
                child.id()
            )));
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// Ends every child that the harness has adopted; to be called when no node runs any more.
pub fn end_adopted() {
    let until = Instant::now() + END_MAX;
    for _ in 0..ROUNDS_MAX {
        let orphans = adopted();
        if orphans.is_empty() || !end_all(&orphans, until) {
            break;
        }
    }
}

/// Ends children, all at once, and waits until they are gone; `false` if one of them still wasn't when
/// the time was over. That is the same for all of them, so that many that can't be ended take no longer
/// than one.
fn end_all(pids: &[Pid], until: Instant) -> bool {
    for pid in pids {
        // Errors say that it is gone already.
        let _ = kill_process(*pid, Signal::KILL);
    }
    let is_gone = |pid: &Pid| {
        // It may be a node that was started and, for an error, not ended.
        watcher::node_ended(*pid);
        while matches!(waitpid(Some(*pid), WaitOptions::NOHANG), Ok(None)) {
            if Instant::now() >= until {
                return false;
            }
            thread::sleep(Duration::from_millis(1));
        }
        true
    };
    pids.iter().filter(|pid| !is_gone(pid)).count() == 0
}

/// The children that came to the harness when their parents were gone.
fn adopted() -> Vec<Pid> {
    let Some(inherited) = INHERITED.get() else {
        return Vec::new();
    };
    let read = || {
        let mut pids = children();
        pids.retain(|pid| !inherited.contains(pid));
        pids
    };
    let mut pids = read();
    for _ in 0..READS_MAX {
        // Where a child goes while the list is read, the system may leave out the one after it.
        let before = pids.clone();
        if before.is_empty() {
            break;
        }
        pids = read();
        if pids == before {
            break;
        }
    }
    pids
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;
    use std::io::Read;
    use std::os::unix::process::CommandExt;
    use std::process::{Command, Stdio};

    /// Does it with the family of a shell that does this.
    fn with_shell(script: &str, act: impl FnOnce(&Family)) {
        let living = Living::count();
        let mut child = Command::new("sh")
            .args(["-c", script])
            .process_group(0)
            .spawn()
            .unwrap();
        let family = Family::new(&child, Family::next_tag(), living);
        act(&family);
        family.end(&mut child).unwrap();
    }

    #[track_caller]
    fn comes(what: impl Fn() -> bool) {
        let until = Instant::now() + Duration::from_secs(60);
        while !what() {
            assert!(Instant::now() < until);
            thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn who_spins_wants_more_and_who_sleeps_does_not() {
        with_shell("while :; do :; done", |family| {
            let first = family.work().unwrap();
            comes(|| family.work().unwrap().time > first.time + Duration::from_millis(20));
            assert!(family.work().unwrap().wants_more);
        });
        // It is another process that spins, or one that has lost its parent.
        for script in [
            "sh -c 'while :; do :; done'; exit",
            "(sh -c 'while :; do :; done' &) ; exec sleep 1000",
        ] {
            with_shell(script, |family| {
                comes(|| family.work().unwrap().time > Duration::from_millis(30));
                assert!(family.work().unwrap().wants_more, "{script}");
            });
        }
        with_shell("exec sleep 1000", |family| {
            comes(|| !family.work().unwrap().wants_more);
        });
        with_shell("exit", |family| {
            comes(|| family.has_exited());
            assert!(family.work().unwrap().wants_more, "to be waited for");
        });
    }

    /// The state of a process, as `/proc/PID/stat` has it; `None` when it was waited for.
    fn state(pid: u32) -> Option<char> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        stat.rsplit_once(") ")?.1.chars().next()
    }

    #[test]
    fn watcher_hears_of_a_node_before_anyone_can_have_its_id() {
        // All nodes of other tests are told of, too.
        watcher::link().watcher =
            Some(watcher::spawn(Command::new("cat").stdout(Stdio::piped())).unwrap());
        let living = Living::count();
        let mut node = Command::new("sleep");
        let mut node = node.arg("1000").process_group(0).spawn().unwrap();
        let family = Family::new(&node, Family::next_tag(), living);
        let id = node.id();
        thread::scope(|scope| {
            let _held = watcher::link();
            scope.spawn(|| family.end(&mut node).unwrap());
            while !matches!(state(id), Some('Z') | None) {
                thread::sleep(Duration::from_millis(1));
            }
            for _ in 0..20 {
                assert_eq!(state(id), Some('Z'), "waited for before it is told of");
                thread::sleep(Duration::from_millis(1));
            }
        });
        let mut listener = watcher::link().watcher.take().unwrap();
        drop(listener.stdin.take());
        let mut told = String::new();
        let stdout = listener.stdout.as_mut().unwrap();
        stdout.read_to_string(&mut told).unwrap();
        listener.wait().unwrap();
        let told = told
            .lines()
            .filter(|line| line.ends_with(&format!(" {id}")));
        let told: Vec<_> = told.collect();
        assert_eq!(told, [format!("started {id}"), format!("ended {id}")]);
    }
}
