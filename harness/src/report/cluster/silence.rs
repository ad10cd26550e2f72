//! Nodes that did not answer in time, and how busy the machine was, in sentences.

use std::time::Duration;

use super::unchecked::unchecked;
use crate::cluster::checker::finding::{Unchecked, Unjudged};
use crate::cluster::history::{Machine, Silence, Work};
use crate::cluster::names::{Names, count, grouped, percent, reaches, time};
use crate::phrases::fit;
use crate::report::stderr;

/// What one would give a node that starts slowly, as so many times what it had.
const MORE_TIME: u32 = 3;

/// What helps a busy machine.
const FEWER: &str = "run fewer tests or nodes at once";

/// A node that used less than this part of its time did not compute.
const IDLE_PART: u32 = 20;

/// Why a run can't be judged: one sentence, then what a node wrote.
pub fn unjudged(unjudged: &Unjudged, names: &Names<'_>) -> Vec<String> {
    match unjudged {
        Unjudged::StillStarting { silence, others } => {
            let starting = still_starting(silence, others, names);
            let first = format!("the machine is too busy: {starting}");
            with_stderr(first, silence, names)
        }
        Unjudged::TooSlow {
            quantile,
            latency,
            undelayed,
            budget,
        } => {
            let reach = reaches(*quantile);
            vec![format!(
                "the machine was too busy: {reach} {} ms, more than {} ms, but only {} ms without the time \
                 in which the harness and the nodes waited for a CPU; {FEWER}",
                latency.as_millis(),
                budget.as_millis(),
                undelayed.as_millis()
            )]
        }
        Unjudged::Unavailable {
            ok,
            late,
            counted,
            budget,
        } => {
            let least = percent(*budget);
            vec![format!(
                "the machine was too busy: {ok} of {counted} requests succeeded, fewer than {least} of them, but \
                 {late} more would have without the time in which the harness and the nodes waited for a CPU; {FEWER}"
            )]
        }
        Unjudged::Unanswered {
            node,
            others,
            asked,
            had,
            timeout,
        } => {
            let (who, asked) = (names.and_others(*node, others), time(*asked));
            let (node, had, timeout) = (names.node(*node), time(*had), time(*timeout));
            vec![format!(
                "the machine was too busy: {who} did not answer the final read at {asked}, but the harness and the \
                 nodes waited so long for a CPU that {node} had {had} instead of {timeout} to do so; {FEWER}"
            )]
        }
        Unjudged::GaveUp { judged, of } => vec![format!(
            "gave up at operation {} of {}: that is as far as the time and memory of the check went; \
             --check-limit gives it more time",
            grouped(*judged as u64),
            grouped(*of as u64)
        )],
        Unjudged::NothingToCheck(Unchecked::BrokenOff) => {
            vec![unchecked(&Unchecked::BrokenOff, names)]
        }
        Unjudged::NothingToCheck(why) => vec![format!("nothing to check: {}", missing(why, names))],
        Unjudged::AmbiguousWrite { key, value } => vec![format!(
            "two transactions wrote {} to {}, and it was read: whose value that is can't be told; write each \
             value of a key once",
            fit::told(value),
            fit::told(key)
        )],
        Unjudged::CyclesOpen {
            transactions,
            kind: None,
        } => vec![format!(
            "gave up the search for anomalies among {} transactions: that is as far as the time of the check \
             went; --check-limit gives it more",
            grouped(*transactions as u64)
        )],
        Unjudged::CyclesOpen {
            transactions,
            kind: Some(kind),
        } => vec![format!(
            "gave up the search for a {kind} cycle among {} transactions: too many of them depend on each other \
             in circles; a shorter run has fewer (--time-limit)",
            grouped(*transactions as u64)
        )],
    }
}

/// What a history that anything wrote lacks.
fn missing(why: &Unchecked, names: &Names<'_>) -> String {
    match why {
        Unchecked::NothingRead => {
            "no read that was answered is marked with \"final\":true, as the last one of \
                                   each process should be"
                .to_owned()
        }
        Unchecked::BrokenOff
        | Unchecked::NoOperations
        | Unchecked::NotReady
        | Unchecked::NothingAcknowledged { .. }
        | Unchecked::NoAvailability
        | Unchecked::NoLatencies => unchecked(why, names),
    }
}

/// Nodes that did not answer a request of the set-up, and had read nothing.
pub fn still_starting(silence: &Silence, others: &[usize], names: &Names<'_>) -> String {
    let who = names.and_others(silence.node, others);
    let (are, node, them) = if others.is_empty() {
        ("is", "it".to_owned(), "it")
    } else {
        ("are", names.node(silence.node), "them")
    };
    let Some(work) = &silence.work else {
        return format!("{who} {are} still starting");
    };
    let waited = if is_much(work.waited, work) {
        format!(", waited {} for more", seconds(work.waited))
    } else {
        String::new()
    };
    let read = if work.has_read {
        format!("has not answered {}", silence.request)
    } else {
        "has read nothing".to_owned()
    };
    let idle = if is_much(work.cpu, work) || is_much(work.waited, work) {
        ""
    } else {
        " (does it read its stdin?)"
    };
    format!(
        "{who} {are} still starting after {}: {node} used {} of CPU{waited} and {read}{idle}; {} on \
         {}: give {them} --init-timeout {}",
        seconds(work.elapsed),
        seconds(work.cpu),
        count(names.count(), "node", "nodes"),
        count(work.cores, "core", "cores"),
        more(work.elapsed),
    )
}

fn is_much(part: Duration, work: &Work) -> bool {
    part >= work.elapsed / IDLE_PART
}

/// A sentence, then the part of a node's stderr that tells most, and where all of it is.
pub fn with_stderr(first: String, silence: &Silence, names: &Names<'_>) -> Vec<String> {
    std::iter::once(first)
        .chain(stderr_of(silence.node, &silence.stderr, names))
        .collect()
}

/// The part of a node's stderr that tells most, line by line, and where all of it is.
pub fn stderr_of(node: usize, stderr: &str, names: &Names<'_>) -> Vec<String> {
    let is_empty = stderr.trim().is_empty();
    let empty = if is_empty { " (empty)" } else { "" };
    let (name, log) = (names.node(node), names.log(node));
    let log = format!("stderr of {name}: {log}{empty}");
    stderr::told(stderr).into_iter().chain([log]).collect()
}

/// How busy the machine was, where one should know that.
pub fn machine(machine: &Machine, nodes: usize) -> Option<String> {
    if !machine.is_busy() {
        return None;
    }
    let nodes_waited = if machine.waited.is_zero() {
        String::new()
    } else {
        let (cpu, waited) = (seconds(machine.cpu), seconds(machine.waited));
        format!("; the nodes had {cpu} of CPU and waited {waited} for more")
    };
    Some(format!(
        "busy: timers of the harness fired up to {} ms late (99%: {} ms){nodes_waited}; {} on {}",
        machine.late_max.as_millis(),
        machine.late_p99.as_millis(),
        count(nodes, "node", "nodes"),
        count(machine.cores, "core", "cores"),
    ))
}

/// A time to a tenth of a second, or to a millisecond where it is short.
fn seconds(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        return time(duration);
    }
    let tenths = (duration.as_millis() + 50) / 100;
    match (tenths / 10, tenths % 10) {
        (whole, 0) => format!("{whole} s"),
        (whole, tenths) => format!("{whole}.{tenths} s"),
    }
}

/// A longer time, as the command line takes it.
fn more(elapsed: Duration) -> String {
    let more = elapsed * MORE_TIME;
    match more.as_secs() {
        0 => format!("{}ms", more.as_millis()),
        seconds => format!("{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::settings::Settings;

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn what_a_busy_machine_leaves_open_is_told_with_what_helps() {
        let settings = Settings {
            nodes: crate::cluster::settings::names(3),
            ..Settings::default()
        };
        let names = Names::new(&settings, &[]);
        let unavailable = Unjudged::Unavailable {
            ok: 95,
            late: 5,
            counted: 100,
            budget: 1.0,
        };
        assert_eq!(
            unjudged(&unavailable, &names),
            [
                "the machine was too busy: 95 of 100 requests succeeded, fewer than 100% of them, but 5 more \
              would have without the time in which the harness and the nodes waited for a CPU; run fewer tests \
              or nodes at once"
            ]
        );
        let unanswered = Unjudged::Unanswered {
            node: 1,
            others: vec![2],
            asked: ms(10_100),
            had: ms(4400),
            timeout: ms(5000),
        };
        assert_eq!(
            unjudged(&unanswered, &names),
            [
                "the machine was too busy: n1 and n2 did not answer the final read at 10.100 s, but the harness and \
              the nodes waited so long for a CPU that n1 had 4.400 s instead of 5.000 s to do so; run fewer tests \
              or nodes at once"
            ]
        );
    }

    fn silence(cpu: u64, waited: u64, has_read: bool) -> Silence {
        let work = Work {
            elapsed: ms(10_003),
            cpu: ms(cpu),
            waited: ms(waited),
            has_read,
            cores: 2,
        };
        Silence {
            node: 0,
            request: "init".into(),
            stderr: String::new(),
            work: Some(work),
        }
    }

    #[test]
    fn a_node_that_starts_slowly_is_told_so_and_not_to_flush() {
        let settings = Settings::of_nodes(25);
        let names = Names::new(&settings, &[]);
        for (silence, others, says) in [
            (
                silence(3100, 0, false),
                vec![],
                "n0 is still starting after 10 s: it used 3.1 s of CPU and has read nothing; 25 nodes \
                 on 2 cores: give it --init-timeout 30s",
            ),
            (
                silence(30, 1, false),
                vec![1, 2],
                "n0 and 2 others are still starting after 10 s: n0 used 0.030 s of CPU and has read \
                 nothing (does it read its stdin?); 25 nodes on 2 cores: give them --init-timeout 30s",
            ),
            (
                silence(800, 8160, true),
                vec![],
                "n0 is still starting after 10 s: it used 0.800 s of CPU, waited 8.2 s for more and has \
                 not answered init; 25 nodes on 2 cores: give it --init-timeout 30s",
            ),
        ] {
            assert_eq!(still_starting(&silence, &others, &names), says);
        }
    }

    #[test]
    fn a_busy_machine_has_its_line_and_an_idle_one_none() {
        let idle = Machine {
            cores: 2,
            timers: 1000,
            late_max: ms(20),
            late_p99: ms(2),
            cpu: ms(8100),
            waited: ms(100),
        };
        assert_eq!(machine(&idle, 25), None);
        let busy = Machine {
            late_max: ms(310),
            late_p99: ms(12),
            waited: ms(3249),
            ..idle
        };
        let says = "busy: timers of the harness fired up to 310 ms late (99%: 12 ms); the nodes had 8.1 \
                    s of CPU and waited 3.2 s for more; 25 nodes on 2 cores";
        assert_eq!(machine(&busy, 25).as_deref(), Some(says));
        let unknown = Machine {
            cpu: ms(0),
            waited: ms(0),
            ..busy
        };
        let says =
            "busy: timers of the harness fired up to 310 ms late (99%: 12 ms); 25 nodes on 2 cores";
        assert_eq!(machine(&unknown, 25).as_deref(), Some(says));
    }
}
