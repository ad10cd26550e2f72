//! What to do next with a running node: a case against what the node said so far.
//!
//! Sans-IO: it is told what happened and when, and answers with what to send,
//! when to close the input, and when to stop. It judges nothing, and it never
//! looks at a clock: every `now` is the time since the node was started. Several nodes at once are
//! driven by [`cluster`].

pub mod cluster;
pub mod eventually;
pub mod pace;
pub mod set_up;
pub mod told;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::answers::Answers;
use crate::case::Placeholder;
use crate::case::mode::MatchMode;
use crate::case::{Case, Step};
use crate::matching::compare::Rules;
use crate::peers::Peers;
use crate::transcript::InVain;

/// How long a node that has said all it should, and whose input has ended, may take to exit.
pub const GRACE: Duration = Duration::from_millis(500);

/// How much processor time it must have had of that, if it still wants some: on a machine that others
/// keep busy its moment could be over before it had its turn. One that spins has had it soon.
const TURN: Duration = Duration::from_millis(250);

/// How long an `@sleep` waits for the answers to what was sent before it; in a cluster, every step.
///
/// Time is let pass after the node has dealt with a message, not after it was sent: a node that
/// is slow to start must not eat up the sleep. A node that never answers must not hold the case
/// up for long either.
pub const SETTLE_MAX: Duration = Duration::from_secs(1);

/// What to do now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action<'case> {
    /// Send these bytes.
    Send(Cow<'case, [u8]>),
    /// Close the node's input once everything is sent.
    CloseInput,
    /// End the run; the node is still there.
    Stop(Stop),
}

/// Why a run was ended before the node exited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The case's time is over.
    TimedOut,
    /// The node said all that it should, and had its moment to exit.
    Lingered,
}

/// The state of one run.
#[derive(Debug)]
pub struct Script<'case> {
    steps: &'case [Step],
    next: usize,
    /// Which answers each `@sleep` waits for.
    answers: Answers,
    peers: Peers<'case>,
    timeout: Duration,
    /// Whether the node has said all that it should once it has said so many lines.
    counts_lines: bool,
    lines_expected: usize,
    lines_heard: usize,
    lines_heard_open: usize,
    /// When the node had taken all that was sent.
    delivered_at: Option<Duration>,
    /// When the sleep under way is over.
    asleep_until: Option<Duration>,
    closed_at: Option<Duration>,
    /// When the last thing that could still matter happened.
    complete_at: Option<Duration>,
    /// How much processor time the node had had when its moment to exit began.
    worked_before: Option<Duration>,
    /// When it had had less of that moment than its turn.
    held_up_at: Option<Duration>,
    in_vain: Option<InVain>,
    sent_line: usize,
    /// How long the input stays open for a node that has taken it all and said nothing.
    patience: Option<Duration>,
    /// How long that was in vain.
    waited_in_vain: Option<Duration>,
}

impl<'case> Script<'case> {
    /// The run of a case that may take `timeout` from start to exit.
    pub fn new(case: &'case Case, mode: MatchMode, rules: &'case Rules, timeout: Duration) -> Self {
        let expected = case.expected.as_deref().unwrap_or_default();
        Self {
            steps: &case.steps,
            next: 0,
            answers: Answers::of(&case.steps, &case.requests, expected),
            peers: Peers::of(&case.steps, expected, rules),
            timeout,
            counts_lines: mode != MatchMode::Contains,
            lines_expected: expected.len(),
            lines_heard: 0,
            lines_heard_open: 0,
            delivered_at: None,
            asleep_until: None,
            closed_at: None,
            complete_at: None,
            worked_before: None,
            held_up_at: None,
            in_vain: None,
            sent_line: 0,
            patience: None,
            waited_in_vain: None,
        }
    }

    /// Keeps the input open for so long once the node has taken it all, or until the node says something:
    /// so it shows whether its stdout is flushed.
    #[must_use]
    pub fn patient(self, patience: Option<Duration>) -> Self {
        Self { patience, ..self }
    }

    /// What to do at `now`; to be asked again until there is nothing.
    pub fn next(&mut self, now: Duration) -> Option<Action<'case>> {
        if let Some(stop) = self.stop(now) {
            return Some(Action::Stop(stop));
        }
        loop {
            match self.steps.get(self.next) {
                Some(Step::Send {
                    bytes, names, line, ..
                }) => {
                    let Some(bytes) = self.peers.fill_in(bytes, names) else {
                        if self.holds_on(now) {
                            return None;
                        }
                        self.give_up(*line, names);
                        continue;
                    };
                    self.next += 1;
                    self.sent_line = *line;
                    self.delivered_at = None;
                    return Some(Action::Send(bytes));
                }
                Some(Step::Sleep { duration, line }) => {
                    if !self.slept(now, *line, *duration) {
                        return None;
                    }
                    self.next += 1;
                }
                // A single node has no cluster that anything could be done to.
                Some(Step::Act { .. }) => self.next += 1,
                None if self.patience_ends().is_some_and(|end| now < end) => return None,
                None if self.closed_at.is_none() => {
                    let end = self.patience_ends();
                    self.waited_in_vain = end
                        .zip(self.delivered_at)
                        .map(|(end, taken)| end.saturating_sub(taken));
                    self.closed_at = Some(now);
                    return Some(Action::CloseInput);
                }
                None => return None,
            }
        }
    }

    /// When to ask again at the latest.
    pub fn deadline(&self) -> Duration {
        let step = self.asleep_until.or_else(|| self.waits_until());
        let grace = self.grace_ends();
        [step, grace, self.patience_ends()]
            .into_iter()
            .flatten()
            .fold(self.timeout, Duration::min)
    }

    /// Whether the next step waits for the node to take what was sent.
    pub fn awaits_delivery(&self) -> bool {
        let waits = self.next < self.steps.len() || self.patience_ends().is_some();
        self.delivered_at.is_none() && self.next > 0 && waits
    }

    /// The node has taken all that was sent, or will take no more.
    pub fn delivered(&mut self, now: Duration) {
        self.delivered_at.get_or_insert(now);
    }

    /// Whether it matters what the node's lines say, and not only that they come.
    pub fn listens(&self) -> bool {
        self.answers.are_missing() || self.peers.are_awaited()
    }

    /// The node wrote a line.
    pub fn heard(&mut self, now: Duration, line: &[u8]) {
        self.lines_heard += 1;
        if self.closed_at.is_none() {
            self.lines_heard_open += 1;
        }
        if self.counts_lines && self.lines_heard >= self.lines_expected {
            self.complete_at = Some(now);
        }
        if self.answers.are_missing() {
            self.answers.heard(line);
        }
        self.peers.heard(self.lines_heard, line);
    }

    /// The node will write no more.
    pub fn output_ended(&mut self, now: Duration) {
        self.complete_at.get_or_insert(now);
    }

    /// Whether it matters how much the node has worked: when its moment to exit begins, and when it ends.
    pub fn asks_for_work(&self, now: Duration) -> bool {
        let is_near = |end| self.worked_before.is_none() || now >= end;
        self.grace_ends().is_some_and(is_near)
    }

    /// How much processor time the node has had since it was started, and whether it wants more at once.
    pub fn worked(&mut self, now: Duration, time: Duration, wants_more: bool) {
        let before = *self.worked_before.get_or_insert(time);
        let is_over = self.grace_ends().is_some_and(|end| now >= end);
        if is_over && wants_more && time.saturating_sub(before) < TURN {
            self.held_up_at = Some(now);
        }
    }

    /// The line of the `.in` that was sent last; 0 if none was.
    pub fn sent_line(&self) -> usize {
        self.sent_line
    }

    /// Whether everything was sent and the input closed.
    pub fn input_closed(&self) -> bool {
        self.closed_at.is_some()
    }

    /// How long the node said nothing, before it said something when its input had ended.
    pub fn not_flushed(&self) -> Option<Duration> {
        if !self.came_late() {
            return None;
        }
        // A sleep has waited for an answer, too.
        let slept = self
            .in_vain
            .as_ref()
            .filter(|in_vain| in_vain.name.is_none());
        self.waited_in_vain.or(slept.map(|_| SETTLE_MAX))
    }

    /// Whether all that the node said came when its input had ended.
    fn came_late(&self) -> bool {
        self.lines_heard_open == 0 && self.lines_heard > 0
    }

    /// What the names in the `.in` stood for, and what was waited for in vain.
    pub fn finish(self) -> (BTreeMap<String, Value>, Option<InVain>) {
        let came_late = self.came_late();
        let in_vain = self.in_vain.map(|in_vain| InVain {
            came_late: match &in_vain.name {
                Some(name) => self.peers.is_bound(name),
                None => came_late,
            },
            ..in_vain
        });
        (self.peers.names(), in_vain)
    }

    fn stop(&self, now: Duration) -> Option<Stop> {
        let timed_out = now >= self.timeout;
        let graced = self.grace_ends().is_some_and(|end| now >= end);
        let said_it_all = self.counts_lines && self.lines_heard >= self.lines_expected;
        if graced || (timed_out && self.input_closed() && said_it_all) {
            return Some(Stop::Lingered);
        }
        timed_out.then_some(Stop::TimedOut)
    }

    fn grace_ends(&self) -> Option<Duration> {
        let said_it_all = self.closed_at?.max(self.complete_at?);
        Some(said_it_all.max(self.held_up_at.unwrap_or_default()) + GRACE)
    }

    /// When the input is closed at the latest; `None` where nothing is waited for.
    fn patience_ends(&self) -> Option<Duration> {
        let patience = self.patience?;
        let is_over = self.closed_at.or(self.complete_at).is_some() || self.in_vain.is_some();
        if is_over || self.next < self.steps.len() || self.lines_heard > 0 {
            return None;
        }
        let latest = self.timeout / 2;
        let taken = self
            .delivered_at
            .map(|taken| taken.saturating_add(patience));
        Some(taken.map_or(latest, |end| end.min(latest)))
    }

    /// Whether the sleep on `line` is over; starts it when its time has come.
    fn slept(&mut self, now: Duration, line: usize, duration: Duration) -> bool {
        if self.asleep_until.is_none() {
            let Some(settled_by) = self.waits_until() else {
                return false;
            };
            if self.answers.missing_before(line) {
                if now < settled_by {
                    return false;
                }
                self.in_vain.get_or_insert(InVain {
                    line,
                    name: None,
                    came_late: false,
                });
            }
            self.asleep_until = Some(now.saturating_add(duration));
        }
        let over = self.asleep_until.is_some_and(|end| now >= end);
        if over {
            self.asleep_until = None;
        }
        over
    }

    /// Whether a message that is held back is held back longer.
    fn holds_on(&self, now: Duration) -> bool {
        self.waits_until().is_none_or(|end| now < end)
    }

    /// Closes the input instead of sending what was held back, and all that comes after.
    fn give_up(&mut self, line: usize, names: &[Placeholder]) {
        let unbound = names.iter().find(|name| !self.peers.is_bound(&name.text));
        let name = unbound.map(|name| name.text.clone());
        self.in_vain.get_or_insert(InVain {
            line,
            name,
            came_late: false,
        });
        self.next = self.steps.len();
    }

    /// How long the next step waits for the node; `None` while messages are on their way to it.
    fn waits_until(&self) -> Option<Duration> {
        // What is sent first waits for nobody, but may be held back all the same.
        let since = if self.next == 0 {
            Some(Duration::ZERO)
        } else {
            self.delivered_at
        };
        match self.steps.get(self.next)? {
            Step::Sleep { .. } | Step::Act { .. } => Some(since? + SETTLE_MAX),
            Step::Send { .. } => Some(since? + self.timeout / 2),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;
    use crate::case::settings::Settings;
    use crate::case::{CaseFiles, expected, input};

    const PING: &str = r#"{"src":"c1","dest":"n1","body":{"type":"ping","msg_id":1}}"#;
    const PONG: &str = r#"{"src":"n1","dest":"c1","body":{"type":"pong","in_reply_to":1}}"#;

    fn case(input_text: &str, expected_text: &str) -> Case {
        let input = input::parse(input_text.as_bytes()).unwrap();
        Case::new(
            CaseFiles::new("x.in".into()),
            input,
            Some(expected::parse(expected_text.as_bytes()).unwrap()),
            Settings::default(),
        )
    }

    fn start(case: &Case, timeout: Duration) -> Script<'_> {
        static RULES: LazyLock<Rules> = LazyLock::new(Rules::default);
        Script::new(case, MatchMode::Exact, &RULES, timeout)
    }

    fn milliseconds(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    const TIMEOUT: Duration = Duration::from_secs(5);

    fn sends(script: &mut Script<'_>, now: Duration) -> bool {
        matches!(script.next(now), Some(Action::Send(_)))
    }

    #[test]
    fn everything_is_sent_at_once_and_then_the_input_is_closed() {
        let case = case(&format!("{PING}\n{PING}"), PONG);
        let mut script = start(&case, TIMEOUT);
        assert!(sends(&mut script, Duration::ZERO));
        assert!(sends(&mut script, Duration::ZERO));
        assert_eq!(script.next(Duration::ZERO), Some(Action::CloseInput));
        assert_eq!(script.next(Duration::ZERO), None);
        assert_eq!(script.deadline(), TIMEOUT);
    }

    #[test]
    fn a_sleep_begins_when_what_came_before_it_is_answered() {
        let case = case(&format!("{PING}\n@sleep 600ms\n{PING}"), PONG);
        let mut script = start(&case, TIMEOUT);
        assert!(sends(&mut script, Duration::ZERO));
        assert_eq!(script.next(milliseconds(10)), None, "not yet delivered");
        assert_eq!(script.deadline(), TIMEOUT);
        script.delivered(milliseconds(20));
        assert_eq!(script.next(milliseconds(20)), None, "not yet answered");
        assert_eq!(script.deadline(), milliseconds(1020));
        script.heard(milliseconds(300), PONG.as_bytes());
        assert_eq!(script.next(milliseconds(300)), None, "asleep");
        assert_eq!(script.deadline(), milliseconds(900));
        assert_eq!(script.next(milliseconds(899)), None);
        assert!(sends(&mut script, milliseconds(900)));
    }

    #[test]
    fn a_sleep_does_not_wait_for_ever_for_an_answer_nor_for_one_that_nobody_promised() {
        let unanswered = case(&format!("{PING}\n@sleep 1ms\n{PING}"), PONG);
        let mut script = start(&unanswered, TIMEOUT);
        assert!(sends(&mut script, Duration::ZERO));
        script.delivered(Duration::ZERO);
        assert_eq!(script.next(milliseconds(999)), None);
        assert_eq!(script.next(milliseconds(1000)), None, "asleep");
        assert!(sends(&mut script, milliseconds(1001)));

        let unpromised = case(&format!("{PING}\n@sleep 1ms\n{PING}"), "");
        let mut script = start(&unpromised, TIMEOUT);
        assert!(sends(&mut script, Duration::ZERO));
        script.delivered(Duration::ZERO);
        assert_eq!(script.next(Duration::ZERO), None);
        assert!(sends(&mut script, milliseconds(1)));
    }

    #[test]
    fn a_node_that_said_it_all_has_a_moment_to_exit() {
        let case = case(PING, PONG);
        let mut script = start(&case, TIMEOUT);
        while script.next(Duration::ZERO).is_some() {}
        script.heard(milliseconds(100), PONG.as_bytes());
        assert_eq!(script.deadline(), milliseconds(600));
        assert_eq!(script.next(milliseconds(599)), None);
        assert_eq!(
            script.next(milliseconds(600)),
            Some(Action::Stop(Stop::Lingered))
        );
    }

    #[test]
    fn a_node_that_others_hold_up_has_another_moment_until_it_had_its_turn() {
        let case = case(PING, PONG);
        // What it has worked, and whether it goes on; when it is taken for one that stays.
        for (works, ends) in [
            (
                &[(400, 40, true), (900, 289, true), (1400, 290, true)][..],
                1400,
            ),
            (&[(400, 40, true), (900, 40, false)], 900),
            (
                &[(400, 40, false), (900, 41, true), (1400, 41, false)],
                1400,
            ),
            (&[(400, 40, true), (900, 540, true)], 900),
        ] {
            let mut script = start(&case, TIMEOUT);
            while script.next(Duration::ZERO).is_some() {}
            assert!(!script.asks_for_work(milliseconds(399)));
            script.heard(milliseconds(400), PONG.as_bytes());
            for (now, time, wants_more) in works {
                let now = milliseconds(*now);
                assert!(script.asks_for_work(now));
                script.worked(now, milliseconds(*time), *wants_more);
                let stop = (now == milliseconds(ends)).then_some(Action::Stop(Stop::Lingered));
                assert_eq!(script.next(now), stop, "{works:?} at {now:?}");
            }
        }
        let mut script = start(&case, milliseconds(1000));
        while script.next(Duration::ZERO).is_some() {}
        script.heard(milliseconds(400), PONG.as_bytes());
        for now in [400, 900] {
            script.worked(milliseconds(now), Duration::ZERO, true);
            assert_eq!(script.next(milliseconds(now)), None);
        }
        assert_eq!(script.deadline(), milliseconds(1000), "but not for ever");
        let stop = script.next(milliseconds(1000));
        assert_eq!(stop, Some(Action::Stop(Stop::Lingered)));
    }

    #[test]
    fn a_node_that_owes_something_has_until_the_timeout() {
        let case = case(PING, PONG);
        let mut script = start(&case, TIMEOUT);
        while script.next(Duration::ZERO).is_some() {}
        assert_eq!(script.next(milliseconds(4999)), None);
        assert_eq!(script.next(TIMEOUT), Some(Action::Stop(Stop::TimedOut)));
    }

    #[test]
    fn a_node_that_closed_its_output_owes_nothing_more() {
        let case = case(PING, PONG);
        let mut script = start(&case, TIMEOUT);
        while script.next(Duration::ZERO).is_some() {}
        script.output_ended(milliseconds(50));
        assert_eq!(
            script.next(milliseconds(550)),
            Some(Action::Stop(Stop::Lingered))
        );
    }

    #[test]
    fn a_node_that_should_say_nothing_is_not_taken_for_done_before_it_began() {
        let case = case(PING, "");
        let mut script = start(&case, TIMEOUT);
        while script.next(Duration::ZERO).is_some() {}
        assert_eq!(script.next(milliseconds(4999)), None);
        assert_eq!(script.next(TIMEOUT), Some(Action::Stop(Stop::Lingered)));
    }

    #[test]
    fn a_short_timeout_is_no_timeout_for_a_node_that_said_it_all() {
        let case = case(PING, PONG);
        let mut script = start(&case, milliseconds(200));
        while script.next(Duration::ZERO).is_some() {}
        script.heard(milliseconds(100), PONG.as_bytes());
        assert_eq!(
            script.next(milliseconds(200)),
            Some(Action::Stop(Stop::Lingered))
        );
    }

    #[test]
    fn a_node_that_is_given_time_shows_whether_it_flushes() {
        let case = case(PING, PONG);
        let patient = || start(&case, TIMEOUT).patient(Some(milliseconds(2000)));
        let mut script = patient();
        assert!(sends(&mut script, Duration::ZERO));
        assert!(script.awaits_delivery());
        assert_eq!(script.next(milliseconds(5)), None, "not yet taken");
        script.delivered(milliseconds(10));
        assert_eq!(script.next(milliseconds(10)), None, "not yet answered");
        assert_eq!(script.deadline(), milliseconds(2010));
        script.heard(milliseconds(15), PONG.as_bytes());
        assert_eq!(script.next(milliseconds(15)), Some(Action::CloseInput));
        assert_eq!(script.not_flushed(), None);

        for said in [true, false] {
            let mut script = patient();
            assert!(sends(&mut script, Duration::ZERO));
            script.delivered(milliseconds(10));
            assert_eq!(script.next(milliseconds(2009)), None);
            assert_eq!(script.next(milliseconds(2010)), Some(Action::CloseInput));
            if said {
                script.heard(milliseconds(2020), PONG.as_bytes());
            }
            let waited = said.then_some(milliseconds(2000));
            assert_eq!(script.not_flushed(), waited);
        }
        let mut deaf = patient();
        assert!(sends(&mut deaf, Duration::ZERO));
        assert_eq!(deaf.next(milliseconds(2499)), None);
        assert_eq!(deaf.next(milliseconds(2500)), Some(Action::CloseInput));
        deaf.heard(milliseconds(2600), PONG.as_bytes());
        assert_eq!(deaf.not_flushed(), None, "it may have been slow to start");

        let mut hasty = start(&case, milliseconds(600)).patient(Some(milliseconds(2000)));
        assert!(sends(&mut hasty, Duration::ZERO));
        hasty.delivered(milliseconds(20));
        assert_eq!(hasty.next(milliseconds(300)), Some(Action::CloseInput));
        hasty.heard(milliseconds(310), PONG.as_bytes());
        assert_eq!(hasty.not_flushed(), Some(milliseconds(280)));
    }

    #[test]
    fn a_sleep_that_waited_in_vain_shows_who_does_not_flush() {
        let case = case(&format!("{PING}\n@sleep 1ms\n{PING}"), PONG);
        for (heard, waited) in [(1500, None), (1501, Some(SETTLE_MAX))] {
            let mut script = start(&case, TIMEOUT);
            assert!(sends(&mut script, Duration::ZERO));
            script.delivered(milliseconds(500));
            let mut now = milliseconds(1500);
            assert_eq!(script.next(now), None, "asleep");
            if now == milliseconds(heard) {
                script.heard(now, PONG.as_bytes());
            }
            now = milliseconds(1501);
            assert!(sends(&mut script, now));
            script.delivered(now);
            assert_eq!(script.next(now), Some(Action::CloseInput));
            script.heard(now, PONG.as_bytes());
            assert_eq!(script.not_flushed(), waited);
        }
    }

    const REPLY: &str = r#"{"src":"c1","dest":"n1","body":{"type":"x","in_reply_to":"<id:ping>"}}"#;
    const BINDS: &str = r#"{"src":"n1","dest":"c1","body":{"type":"pong","msg_id":"<id:ping>"}}"#;

    #[test]
    fn a_message_is_held_back_until_its_name_is_said() {
        let case = case(&format!("{PING}\n{REPLY}\n{PING}"), BINDS);
        let mut script = start(&case, TIMEOUT);
        assert!(sends(&mut script, Duration::ZERO));
        script.delivered(milliseconds(1));
        assert_eq!(script.next(milliseconds(1)), None, "held back");
        assert_eq!(script.deadline(), milliseconds(2501));
        script.heard(
            milliseconds(40),
            br#"{"src":"n1","dest":"c2","body":{"type":"pong","msg_id":6}}"#,
        );
        assert_eq!(script.next(milliseconds(40)), None, "not the one");
        script.heard(
            milliseconds(50),
            br#"{"src":"n1","dest":"c1","body":{"type":"pong","msg_id":7}}"#,
        );
        let Some(Action::Send(bytes)) = script.next(milliseconds(50)) else {
            panic!("it goes out");
        };
        let sent = REPLY.replace("\"<id:ping>\"", "7") + "\n";
        assert_eq!(String::from_utf8_lossy(&bytes), sent);
        assert!(sends(&mut script, milliseconds(50)), "and so does the next");
        assert_eq!(script.next(milliseconds(50)), Some(Action::CloseInput));
        let (names, in_vain) = script.finish();
        assert_eq!(names.get("ping"), Some(&7.into()));
        assert_eq!(in_vain, None);
    }

    #[test]
    fn what_is_never_said_ends_the_wait_and_what_is_said_at_the_end_was_not_flushed() {
        for (said, came_late) in [
            ("", false),
            (
                r#"{"src":"n1","dest":"c1","body":{"type":"pong","msg_id":7}}"#,
                true,
            ),
        ] {
            let case = case(&format!("{PING}\n{REPLY}"), BINDS);
            let mut script = start(&case, TIMEOUT);
            assert!(sends(&mut script, Duration::ZERO));
            script.delivered(Duration::ZERO);
            assert_eq!(script.next(milliseconds(2499)), None);
            assert_eq!(script.next(milliseconds(2500)), Some(Action::CloseInput));
            script.heard(milliseconds(2600), said.as_bytes());
            let name = Some("<id:ping>".to_owned());
            assert_eq!(
                script.finish().1,
                Some(InVain {
                    line: 2,
                    name,
                    came_late
                })
            );
        }
    }
}
