//! EDGE. What the system tells of a process in its folder below `/proc`, as [proc(5)] has it. There is none on
//! other systems: then nothing is known.
//!
//! [proc(5)]: https://man7.org/linux/man-pages/man5/proc.5.html

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{fs, process, thread};

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

/// How long the system may take to finish starting a process.
const START_MAX: Duration = Duration::from_millis(500);

/// What a node and its descendants have done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProcessWork {
    /// How much processor time they have had since they were started, to a hundredth of a second or so.
    pub time: Duration,
    /// Whether it would go on at once if it were its turn.
    pub wants_more: bool,
}

/// What the threads of some processes had of the processors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scheduled {
    pub ran: Duration,
    /// How long they could have run, and had to wait for a processor.
    pub waited: Duration,
}

/// Who leads the group and the session of a process: 0 where that one is outside of a container, which
/// the system's own calls can't say here.
pub(super) fn leaders(pid: Pid) -> Vec<String> {
    let stat = fs::read(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
    let fields = after_name(&stat).unwrap_or_default();
    let leaders = fields.split_ascii_whitespace().skip(2).take(2);
    leaders.map(str::to_owned).collect()
}

/// What a line of `/proc/PID/task/TID/schedstat` says, in nanoseconds; see [scheduler statistics].
///
/// [scheduler statistics]: https://www.kernel.org/doc/html/latest/scheduler/sched-stats.html
pub(super) fn scheduled(text: &str) -> Option<Scheduled> {
    let mut fields = text.split_ascii_whitespace();
    let [ran, waited] = [fields.next()?, fields.next()?].map(str::parse);
    Some(Scheduled {
        ran: Duration::from_nanos(ran.ok()?),
        waited: Duration::from_nanos(waited.ok()?),
    })
}

/// What `/proc/PID/stat` says, in ticks of which there are so many a second; what its children have done
/// that it has waited for is its own.
pub(super) fn work(stat: &[u8], ticks: u64) -> Option<ProcessWork> {
    let stat = after_name(stat)?;
    let mut fields = stat.split_ascii_whitespace();
    let state = fields.next()?;
    let times = fields.skip(10).take(4).map(str::parse::<u64>);
    let times: Vec<_> = times.collect::<Result<_, _>>().ok()?;
    let ticks_used = (times.len() == 4).then(|| {
        times
            .iter()
            .fold(0, |sum: u64, time| sum.saturating_add(*time))
    })?;
    let milliseconds = ticks_used.checked_mul(1000)?.checked_div(ticks)?;
    Some(ProcessWork {
        time: Duration::from_millis(milliseconds),
        // It runs or is about to, waits for a disk, or is about to be gone.
        wants_more: ["R", "D", "Z", "X"].contains(&state),
    })
}

/// What `/proc/PID/stat` says after the process's name, which may hold anything, bytes that are no text
/// included: a process can choose it.
pub(super) fn after_name(stat: &[u8]) -> Option<&str> {
    let end = memchr::memrchr(b')', stat)?;
    str::from_utf8(stat.get(end + 1..)?).ok()
}

/// The environment that a process was started with. Its parent may be gone before the system has
/// finished starting it: until then it has none, and no arguments either, and is waited for.
pub(super) fn environment(pid: Pid) -> Vec<u8> {
    let until = Instant::now() + START_MAX;
    let read =
        |file: &str| fs::read(format!("/proc/{}/{file}", pid.as_raw_nonzero())).unwrap_or_default();
    loop {
        let environment = read("environ");
        let is_starting = environment.is_empty() && read("cmdline").is_empty() && is_alive(pid);
        if !is_starting || Instant::now() >= until {
            return environment;
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// The children of all threads of a process.
pub(super) fn children_of(pid: i32) -> Vec<i32> {
    let threads = fs::read_dir(format!("/proc/{pid}/task"));
    let threads = threads.into_iter().flatten().flatten();
    let lists =
        threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let ids = |list: String| -> Vec<i32> {
        let ids = list.split_ascii_whitespace().map(str::parse);
        ids.filter_map(Result::ok).collect()
    };
    lists.flat_map(ids).collect()
}

/// Whether it still runs; one that has exited is only waited for.
pub(super) fn is_alive(pid: Pid) -> bool {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    matches!(waitid(WaitId::Pid(pid), options), Ok(None))
}

/// The children of the harness that no thread but its first has: orphans go to that one, and
/// nodes are started by others.
pub(super) fn children() -> Vec<Pid> {
    // It stays open, for to open it takes longer than to read it.
    static FILE: LazyLock<Option<Mutex<File>>> = LazyLock::new(|| {
        let main_thread = process::id();
        let file = File::open(format!("/proc/self/task/{main_thread}/children"));
        file.ok().map(Mutex::new)
    });
    let mut children = Vec::new();
    if let Some(file) = FILE.as_ref() {
        // Locked until all is read: where another read has begun meanwhile, the system may go on within an id.
        let file = file.lock().unwrap_or_else(PoisonError::into_inner);
        let mut room = [0; 1024];
        loop {
            match file.read_at(&mut room, children.len() as u64) {
                Ok(0) => break,
                Ok(count) => children.extend_from_slice(room.get(..count).unwrap_or_default()),
                Err(_) => return Vec::new(),
            }
        }
    }
    str::from_utf8(&children)
        .unwrap_or_default()
        .split_ascii_whitespace()
        .filter_map(|pid| Pid::from_raw(pid.parse().ok()?))
        .collect()
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_anything_and_what_is_no_such_line_says_nothing() {
        let line = "7 (a) R 1 (b)) S 1 7 7 0 -1 4194560 96 0 0 0 11 4 7 3 20 0 1 0 99 0 0";
        let work = |line: &str| work(line.as_bytes(), 100);
        let expected = ProcessWork {
            time: Duration::from_millis(250),
            wants_more: false,
        };
        assert_eq!(work(line), Some(expected));
        let odd = [
            b"7 (\xff\n) R (\xfe",
            line.trim_start_matches("7 (a) R 1 (b)").as_bytes(),
        ]
        .concat();
        assert_eq!(
            super::work(&odd, 100),
            Some(expected),
            "a name that is no text"
        );
        for line in [
            "",
            "7 (a",
            "7 (a) R",
            "7 (a) R 1 7 7 0 -1 4 9 0 0 0 x 4 0 0",
            "7 (a) R 1 7 7 0 -1 4 9 0 0 0 1 4",
        ] {
            assert_eq!(work(line), None, "{line}");
        }
    }
}
