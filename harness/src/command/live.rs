//! EDGE. The progress of clusters while they run: a line at the foot of a terminal, breaches of the protocol
//! at once, and the logs that were asked for.

use std::collections::BTreeMap;
use std::io;
use std::mem::{self, Discriminant};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::screen::Screen;
use crate::cli::test::{Log, TestArguments};
use crate::cluster::checker::conduct::was_starved;
use crate::cluster::history::{Breach, Outcome, Phase, Silence, What};
use crate::cluster::journal::{Carried, Fate, Party};
use crate::cluster::names::{Names, count, time};
use crate::cluster::run::Sight;
use crate::cluster::settings::Settings;
use crate::message::rule::Rule;
use crate::phrases::fit;
use crate::report::cluster::{conduct, summary};
use crate::report::escape;

/// How much of a node's log is waited for until a line of it ends, in bytes.
const LINE_MAX: usize = 64 * 1024;

/// What one sees of all runs.
pub struct Live {
    screen: Screen,
    bar: ProgressBar,
    log: Log,
    runs: usize,
    done: AtomicUsize,
}

/// What one sees of a run.
pub struct LiveRun<'live> {
    live: &'live Live,
    settings: Settings,
    folder: PathBuf,
    state: Mutex<State>,
    shown_at: AtomicU64,
}

#[derive(Default)]
struct State {
    phase: Option<Phase>,
    load_began: Duration,
    answered: usize,
    failed: usize,
    messages: usize,
    /// The rules that were broken: of each the first breach is shown; the verdict counts them all.
    broken: Vec<Discriminant<Rule>>,
    /// By node, what is known of it when it did not answer.
    silences: BTreeMap<usize, Silence>,
    /// By node, the line of its log that hasn't ended yet.
    unfinished: BTreeMap<usize, Vec<u8>>,
}

impl Live {
    /// So many runs are about to begin; the first line says what they are, unless it is to be quiet.
    pub fn open(arguments: &TestArguments, all: &[&Settings]) -> Self {
        let bar = ProgressBar::new_spinner();
        let style = ProgressStyle::with_template("{spinner} {wide_msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        let live = Self {
            screen: Screen::open(false),
            bar,
            log: arguments.log,
            runs: all.len(),
            done: AtomicUsize::new(0),
        };
        if let Some(settings) = all.first().filter(|_| !arguments.quiet) {
            let more = match all.len() {
                1 => String::new(),
                runs => format!(" and the next {}", runs - 1),
            };
            // Where stdout takes nothing, the verdict will say so.
            let _ = live.show(&format!("{}{more}\n", summary::test(settings)));
        }
        live
    }

    /// Shows text above the line.
    pub fn show(&self, text: &str) -> io::Result<()> {
        self.bar.suspend(|| self.screen.show(text))
    }

    /// All is over: the line goes.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }

    pub fn begin(&self, settings: &Settings, folder: &Path) -> LiveRun<'_> {
        LiveRun {
            live: self,
            settings: settings.clone(),
            folder: folder.to_path_buf(),
            state: Mutex::default(),
            shown_at: AtomicU64::new(0),
        }
    }
}

impl LiveRun<'_> {
    pub fn see(&self, sight: &Sight<'_>) -> io::Result<()> {
        let Ok(mut state) = self.state.lock() else {
            return Ok(());
        };
        match sight {
            Sight::Time(now) => self.show_progress(&state, *now),
            Sight::Event(event) => {
                if let What::Broke(breach) = &event.what {
                    let rule = mem::discriminant(&breach.rule);
                    let silence = state.silences.remove(&breach.node);
                    // That it had no CPU is said with the verdict.
                    let is_starved = silence
                        .as_ref()
                        .is_some_and(|silence| was_starved(breach, silence, &self.settings));
                    if !is_starved && !state.broken.contains(&rule) {
                        state.broken.push(rule);
                        let words = self.breach(event.time, breach, silence.as_ref());
                        self.live.show(&words)?;
                    }
                }
                state.see(event.time, &event.what);
            }
            Sight::Carried(carried, _) => {
                let is_servers = carried.is_between_nodes() || carried.with_service().is_some();
                state.messages += usize::from(is_servers);
                // What nodes send is shown as soon as they have written it.
                let is_ours = !matches!(carried.source, Party::Node(_));
                if self.live.log.log_net_send && is_ours {
                    let line = line_of(&carried.line);
                    self.live
                        .show(&format!("{} sent {line}\n", time(carried.sent)))?;
                }
                if self.live.log.log_net_recv {
                    self.live.show(&arrival(carried))?;
                }
            }
            Sight::Said(now, line) if self.live.log.log_net_send => {
                self.live
                    .show(&format!("{} sent {}\n", time(*now), line_of(line)))?;
            }
            Sight::Log(node, log) if self.live.log.log_stderr => {
                let unfinished = state.unfinished.entry(*node).or_default();
                self.show_log(*node, &whole_lines(unfinished, log))?;
            }
            Sight::Said(..) | Sight::Log(..) => {}
        }
        Ok(())
    }

    pub fn ended(&self) {
        if let Ok(mut state) = self.state.lock() {
            for (node, log) in mem::take(&mut state.unfinished) {
                // Where stdout takes nothing, the verdict will say so.
                let _ = self.show_log(node, &log);
            }
        }
        self.live.done.fetch_add(1, Ordering::Relaxed);
    }

    fn show_log(&self, node: usize, log: &[u8]) -> io::Result<()> {
        let name = self.name(node);
        let lines = lines(log).map(|line| format!("{name} stderr: {}\n", line_of(line)));
        self.live.show(&lines.collect::<Vec<_>>().concat())
    }

    fn name(&self, node: usize) -> String {
        let name = self.settings.nodes.get(node);
        fit::told(name.map_or("?", String::as_str))
    }

    fn breach(&self, at: Duration, breach: &Breach, silence: Option<&Silence>) -> String {
        let names = Names::new(&self.settings, &[]).in_folder(&self.folder);
        let words = conduct::broke(breach, at, silence, &names);
        format!("{}\n", words.join("\n    "))
    }

    fn show_progress(&self, state: &State, now: Duration) {
        /// How often the line changes, in milliseconds.
        const EVERY: u64 = 100;
        let now_ms = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        let due = self.shown_at.load(Ordering::Relaxed) + EVERY;
        if now_ms < due || self.live.bar.is_hidden() {
            return;
        }
        self.shown_at.store(now_ms, Ordering::Relaxed);
        let load = now.saturating_sub(state.load_began).as_secs_f64();
        let phase = match state.phase {
            None | Some(Phase::SetUp) => "starting".to_owned(),
            Some(Phase::Load) => {
                format!("{load:.1} of {} s", self.settings.time_limit.as_secs_f64())
            }
            Some(Phase::Recovery) => "recovering".to_owned(),
            Some(Phase::FinalReads | Phase::End) => "judging".to_owned(),
        };
        let failed = match state.failed {
            0 => String::new(),
            failed => format!(", {failed} failed"),
        };
        let runs = match self.live.runs {
            1 => String::new(),
            runs => format!(
                "{} of {runs} runs; ",
                self.live.done.load(Ordering::Relaxed)
            ),
        };
        let requests = count(state.answered, "request", "requests");
        let messages = count(state.messages, "message", "messages");
        let line = format!("{runs}{phase}: {requests}{failed}, {messages}");
        self.live.bar.set_message(line);
        self.live.bar.tick();
    }
}

/// The lines that are whole once more has come; what is left of the last one waits for its end, unless
/// that is too long in coming.
fn whole_lines(unfinished: &mut Vec<u8>, more: &[u8]) -> Vec<u8> {
    unfinished.extend_from_slice(more);
    let whole = match memchr::memrchr(b'\n', unfinished) {
        Some(end) => end + 1,
        None if unfinished.len() > LINE_MAX => unfinished.len(),
        None => 0,
    };
    unfinished.drain(..whole).collect()
}

/// The lines of a log, without their ends; the last one may lack its own.
fn lines(log: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = log.split_inclusive(|byte| *byte == b'\n');
    lines.map(|line| {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        line.strip_suffix(b"\r").unwrap_or(line)
    })
}

/// A line that a node wrote, as far as anybody looks at it.
fn line_of(line: &[u8]) -> String {
    match line.get(..LINE_MAX) {
        Some(start) if start.len() < line.len() => escape::bytes(start) + "…",
        _ => escape::bytes(line),
    }
}

/// A message at the end of its way.
fn arrival(carried: &Carried) -> String {
    let fate = match carried.fate {
        Fate::Delivered => "arrived".to_owned(),
        Fate::Cut(number) => format!("dropped by cut #{number}"),
        Fate::Lost => "lost".to_owned(),
        Fate::Dead(_) => "dropped: its node is down".to_owned(),
        Fate::NoRoom => "dropped: its node doesn't read".to_owned(),
        Fate::UnderWay => "under way in the end".to_owned(),
    };
    let line = line_of(&carried.line);
    format!("{} {fate} {line}\n", time(carried.settled))
}

impl State {
    fn see(&mut self, time: Duration, what: &What) {
        match what {
            What::Began(phase) => {
                self.phase = Some(*phase);
                if *phase == Phase::Load {
                    self.load_began = time;
                }
            }
            What::Completed { outcome, .. } => {
                self.answered += 1;
                let failed = matches!(outcome, Outcome::Failed(_) | Outcome::Unknown(_));
                self.failed += usize::from(failed);
            }
            What::Silent(silence) => {
                self.silences.insert(silence.node, Silence::clone(silence));
            }
            What::Invoked(_)
            | What::Late { .. }
            | What::FaultBegan { .. }
            | What::FaultEnded { .. }
            | What::Recovered { .. }
            | What::Crashed { .. }
            | What::Delayed { .. }
            | What::Machine(_)
            | What::Broke(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_shown_of_a_log_that_is_not_in_it() {
        assert_eq!(lines(b"").count(), 0);
        let all: Vec<_> = lines(b"a\r\n\nb").collect();
        assert_eq!(all, [&b"a"[..], b"", b"b"]);
    }

    #[test]
    fn a_line_is_shown_as_far_as_anybody_looks() {
        let whole = "x".repeat(LINE_MAX);
        assert_eq!(line_of(whole.as_bytes()), whole);
        assert_eq!(line_of(format!("{whole}y").as_bytes()), whole + "…");
    }

    #[test]
    fn a_log_is_shown_by_whole_lines() {
        let mut unfinished = Vec::new();
        assert_eq!(whole_lines(&mut unfinished, b"a b"), b"");
        assert_eq!(whole_lines(&mut unfinished, b" c\nd\ne"), b"a b c\nd\n");
        assert_eq!(unfinished, b"e");
        let endless = vec![b'x'; LINE_MAX];
        assert_eq!(whole_lines(&mut unfinished, &endless).len(), LINE_MAX + 1);
        assert_eq!(unfinished, b"");
    }
}
