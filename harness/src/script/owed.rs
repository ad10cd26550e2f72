//! What a node owes: the messages that a case awaits, and the line of `.in` that must not be sent before
//! each of them. Pure.
//!
//! A reply to a line is awaited by the lines after it, with two exceptions. Where the order of `.expected`
//! counts, it may show that the reply comes only after a later line was sent. And a line that replies to
//! the node itself waits only for what it replies to: the node may need it for all else.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use memchr::{memchr, memmem};
use serde_json::Value;

use crate::case::background::Background;
use crate::case::mode::MatchMode;
use crate::case::{Case, ExpectedLine, InputMessage, Step, pattern};
use crate::json;
use crate::message::{self, Id};

/// Which messages a run awaits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Awaited {
    /// Those that `.expected` shows.
    Expected,
    /// A reply to each request, whatever is expected.
    EveryReply,
}

/// How many lines are searched for the one that a reply out of order is awaited by.
const SEARCHED_MAX: usize = 1000;

/// The end of the case, as a line that awaits something.
pub const END: usize = usize::MAX;

/// The messages that are still to come.
#[derive(Debug, Default)]
pub struct Owed {
    /// The promises that a message keeps, the first one first.
    keys: BTreeMap<MessageKey, VecDeque<usize>>,
    promises: Vec<Promise>,
    /// Replies that are still to come: the first line that awaits one, and its promise.
    replies: BTreeSet<(usize, usize)>,
    /// The same of other messages. Any line may be the one that causes them.
    messages: BTreeSet<(usize, usize)>,
    /// Promises that are not waited for any longer.
    forgiven: BTreeSet<usize>,
    /// How many of the promises are in `.expected` and still to come.
    expected: usize,
    /// Whether `.expected` has nothing but replies, each to another request.
    has_only_replies: bool,
    /// The lines of the requests to which a reply is promised.
    asked: BTreeSet<usize>,
    /// The lines that reply to the node, nobody knows to what.
    reactions: BTreeSet<usize>,
    /// By its place in `.expected`, the line that replies to a message.
    replied_to: BTreeMap<usize, usize>,
}

/// By which a message is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum MessageKey {
    /// A reply: to whom, and to which request.
    Reply(String, Id),
    /// Any other message: to whom, and its type.
    Message(String, String),
}

#[derive(Debug)]
struct Promise {
    /// The line of the request; `None`: no request is known to cause the message.
    request: Option<usize>,
    /// The first line that awaits it, or [`END`].
    before: usize,
    is_expected: bool,
}

/// A line that is sent, and the place in `.expected` before which it is sent.
#[derive(Debug)]
struct Sent {
    line: usize,
    /// What stands there or behind it may come of this line; `None`: nobody knows.
    limit: Option<usize>,
}

impl Owed {
    /// Nothing has come yet. Background messages keep no promise.
    pub fn of(case: &Case, mode: MatchMode, awaited: Awaited, background: &Background) -> Self {
        let expected = case.expected.as_deref().unwrap_or_default();
        let mut owed = Self::default();
        let every = awaited == Awaited::EveryReply;
        let is_ordered = !every && mode != MatchMode::Unordered;
        let sent = owed.sent(case, expected, is_ordered);
        if every {
            let is_heard = |request: &&InputMessage| !background.has_reply_to(request);
            owed.promise_every_reply(case.requests.iter().filter(is_heard), &sent);
        } else {
            let knows_all = owed.promise_expected(&case.requests, expected, &sent, is_ordered);
            if !knows_all || matches!(mode, MatchMode::Prefix | MatchMode::Contains) {
                owed.promise_init(&case.requests, &sent);
            }
        }
        owed
    }

    /// The lines in order, with what stands before what comes of them.
    fn sent(&mut self, case: &Case, expected: &[ExpectedLine], is_ordered: bool) -> Vec<Sent> {
        let mut places = Places::of(expected);
        let mut requests = case.requests.iter().peekable();
        let mut sent = Vec::new();
        for step in &case.steps {
            let Step::Send { line, names, .. } = step else {
                continue;
            };
            let request = requests.next_if(|request| request.line == *line);
            let answers = request.and_then(|request| message::in_reply_to(&request.message));
            let mut limit = request.and_then(|request| places.reply_to(request));
            if !names.is_empty() {
                let bound = names.iter().filter_map(|name| places.binds(&name.name));
                let bound: Vec<_> = bound.collect();
                limit = Some(bound.iter().max().map_or(0, |place| place + 1));
                self.replied_to
                    .extend(bound.into_iter().map(|place| (place, *line)));
            } else if let (Some(request), Some(id)) = (request, answers) {
                let place = places.sent_to(request.source(), &id);
                limit = Some(place.map_or(0, |place| place + 1));
                self.replied_to.extend(place.map(|place| (place, *line)));
                if place.is_none() || !is_ordered {
                    self.reactions.insert(*line);
                }
            } else if !is_ordered {
                limit = None;
            }
            if !is_ordered {
                limit = limit.map(|_| 0);
            }
            sent.push(Sent { line: *line, limit });
        }
        sent
    }

    /// Promises what `.expected` shows; whether each of its messages can be told from others.
    fn promise_expected(
        &mut self,
        requests: &[InputMessage],
        expected: &[ExpectedLine],
        sent: &[Sent],
        is_ordered: bool,
    ) -> bool {
        let mut asked: BTreeMap<MessageKey, VecDeque<usize>> = BTreeMap::new();
        let inits = requests.iter().filter(|request| request.kind() == "init");
        let inits: BTreeSet<_> = inits.map(|init| init.line).collect();
        for request in requests {
            if let Some(key) = key_of(request) {
                asked.entry(key).or_default().push_back(request.line);
            }
        }
        // Up to each line, the last place before which something is sent.
        let reach: Vec<_> = sent
            .iter()
            .scan(0, |reach, sent| {
                *reach = sent.limit.unwrap_or_default().max(*reach);
                Some(*reach)
            })
            .collect();
        let (mut has_only_replies, mut knows_all) = (true, true);
        for (place, line) in expected.iter().enumerate() {
            let reply = line.json().and_then(reply_key);
            let request = reply.as_ref().and_then(|key| {
                let lines = asked.get_mut(key)?;
                // A second reply to a request is awaited, too.
                let is_last = lines.len() == 1;
                let line = lines.front().copied();
                if !is_last {
                    lines.pop_front();
                }
                line
            });
            if let (Some(key), Some(request)) = (reply, request) {
                has_only_replies &= !self.keys.contains_key(&key);
                let place = if is_ordered { place } else { 0 };
                let before = if inits.contains(&request) {
                    next_line(sent, request)
                } else {
                    first_after(sent, request, place)
                };
                self.promise(key, Some(request), before, true);
                continue;
            }
            has_only_replies = false;
            let key = line.json().and_then(message_key);
            knows_all &= key.is_some();
            if let Some(key) = key {
                let position = reach.partition_point(|reach| *reach <= place);
                let first = sent.get(position.max(1)).map(|sent| sent.line);
                let first = first.filter(|_| is_ordered).unwrap_or(END);
                let before = self.replied_to.get(&place).copied().unwrap_or(first);
                self.promise(key, None, before, true);
            }
        }
        self.has_only_replies = has_only_replies;
        knows_all
    }

    fn promise_every_reply<'a>(
        &mut self,
        requests: impl Iterator<Item = &'a InputMessage>,
        sent: &[Sent],
    ) {
        for request in requests.filter(|request| request.wants_answer()) {
            if let Some(key) = key_of(request) {
                let before = match request.kind() {
                    "init" => next_line(sent, request.line),
                    _ => first_after(sent, request.line, 0),
                };
                self.promise(key, Some(request.line), before, false);
            }
        }
    }

    /// Nothing comes before `init_ok`, also where the case doesn't look for it.
    fn promise_init(&mut self, requests: &[InputMessage], sent: &[Sent]) {
        let inits = requests.iter().filter(|request| request.kind() == "init");
        for request in inits {
            let key = key_of(request).filter(|key| !self.keys.contains_key(key));
            if let Some(key) = key {
                let before = next_line(sent, request.line);
                self.promise(key, Some(request.line), before, false);
            }
        }
    }

    fn promise(
        &mut self,
        key: MessageKey,
        request: Option<usize>,
        before: usize,
        is_expected: bool,
    ) {
        let number = self.promises.len();
        self.promises.push(Promise {
            request,
            before,
            is_expected,
        });
        self.expected += usize::from(is_expected);
        self.asked.extend(request);
        self.keys.entry(key).or_default().push_back(number);
        let missing = match request {
            Some(_) => &mut self.replies,
            None => &mut self.messages,
        };
        missing.insert((before, number));
    }

    /// Whether it matters what the node writes.
    pub fn is_open(&self) -> bool {
        !self.keys.is_empty()
    }

    /// The node wrote a line; whether it was awaited. What was forgiven comes late once stdin is closed.
    pub fn heard(&mut self, line: &[u8]) -> OwedHeard {
        let may_be_reply = memmem::find(line, b"in_reply_to").is_some();
        // A key may be written with escapes.
        let may_be = may_be_reply || !self.messages.is_empty() || memchr(b'\\', line).is_some();
        if !self.is_open() || !may_be {
            return OwedHeard::Unawaited;
        }
        let Ok(message) = json::read(line) else {
            return OwedHeard::Unawaited;
        };
        let keys = [reply_key(&message), message_key(&message)];
        let kept = keys.into_iter().flatten().find_map(|key| self.keep(&key));
        let Some(number) = kept else {
            return OwedHeard::Unawaited;
        };
        if let Some(promise) = self.promises.get(number) {
            self.expected -= usize::from(promise.is_expected);
            let missing = match promise.request {
                Some(_) => &mut self.replies,
                None => &mut self.messages,
            };
            missing.remove(&(promise.before, number));
        }
        if self.forgiven.remove(&number) {
            return OwedHeard::Forgiven;
        }
        OwedHeard::Awaited
    }

    /// The promise that a message keeps.
    fn keep(&mut self, key: &MessageKey) -> Option<usize> {
        let promised = self.keys.get_mut(key)?;
        let number = promised.pop_front();
        if promised.is_empty() {
            self.keys.remove(key);
        }
        number
    }

    /// The request whose reply a line awaits that is still to come; [`END`] awaits all of them.
    pub fn reply_before(&self, line: usize) -> Option<usize> {
        let (_, number) = self.replies.first().filter(|(first, _)| *first <= line)?;
        self.promises.get(*number)?.request
    }

    /// Whether a message that is no reply should come before a line.
    pub fn is_message_before(&self, line: usize) -> bool {
        self.messages
            .first()
            .is_some_and(|(first, _)| *first <= line)
    }

    /// Whether a line replies to the node, nobody knows to which of its messages.
    pub fn is_reaction(&self, line: usize) -> bool {
        self.reactions.contains(&line)
    }

    /// Whether a reply to a line is promised.
    pub fn is_asked(&self, line: usize) -> bool {
        self.asked.contains(&line)
    }

    /// From now on a line waits for nothing that it awaits.
    pub fn forgive(&mut self, line: usize) {
        for missing in [&mut self.replies, &mut self.messages] {
            let later = missing.split_off(&(line, usize::MAX));
            let given_up = std::mem::replace(missing, later);
            self.forgiven
                .extend(given_up.into_iter().map(|(_, number)| number));
        }
    }

    /// Whether all that `.expected` shows has come; `None` where nobody can tell.
    pub fn is_all(&self) -> Option<bool> {
        self.has_only_replies.then_some(self.expected == 0)
    }

    /// Whether anything is still to come that is awaited whatever is expected.
    pub fn wants_more(&self) -> bool {
        self.expected < self.replies.len() + self.messages.len() + self.forgiven.len()
    }
}

/// What a line was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwedHeard {
    Unawaited,
    /// A message that is awaited.
    Awaited,
    /// A message that was awaited in vain before.
    Forgiven,
}

fn next_line(sent: &[Sent], line: usize) -> usize {
    let after = sent.partition_point(|sent| sent.line <= line);
    sent.get(after).map_or(END, |sent| sent.line)
}

/// The first line after a request that awaits what stands at a place.
fn first_after(sent: &[Sent], request: usize, place: usize) -> usize {
    let after = sent.partition_point(|sent| sent.line <= request);
    let later = sent.iter().skip(after).take(SEARCHED_MAX);
    let mut awaiting = later.filter(|sent| sent.limit.is_none_or(|limit| limit > place));
    awaiting.next().map_or(END, |sent| sent.line)
}

/// Where messages stand in `.expected`.
struct Places {
    /// Of several requests with one number each gets the reply that is next.
    replies: BTreeMap<MessageKey, VecDeque<usize>>,
    names: BTreeMap<String, usize>,
    /// By whom they are sent to and their `msg_id`.
    ids: BTreeMap<(String, Id), usize>,
}

impl Places {
    fn of(expected: &[ExpectedLine]) -> Self {
        let mut replies: BTreeMap<_, VecDeque<_>> = BTreeMap::new();
        let (mut names, mut ids) = (BTreeMap::new(), BTreeMap::new());
        for (place, line) in expected.iter().enumerate() {
            let mut bound = BTreeSet::new();
            line.collect_names(&mut bound);
            for name in bound {
                names.entry(name).or_insert(place);
            }
            let Some(message) = line.json() else {
                continue;
            };
            if let Some(key) = reply_key(message) {
                replies.entry(key).or_default().push_back(place);
            }
            if let (Some(receiver), Some(id)) =
                (message::destination(message), message::msg_id(message))
            {
                ids.entry((receiver.to_owned(), id)).or_insert(place);
            }
        }
        Self {
            replies,
            names,
            ids,
        }
    }

    fn reply_to(&mut self, request: &InputMessage) -> Option<usize> {
        self.replies.get_mut(&key_of(request)?)?.pop_front()
    }

    fn binds(&self, name: &str) -> Option<usize> {
        self.names.get(name).copied()
    }

    fn sent_to(&self, receiver: &str, id: &Id) -> Option<usize> {
        self.ids.get(&(receiver.to_owned(), id.clone())).copied()
    }
}

fn key_of(request: &InputMessage) -> Option<MessageKey> {
    Some(MessageKey::Reply(
        request.source().to_owned(),
        request.msg_id()?,
    ))
}

fn reply_key(message: &Value) -> Option<MessageKey> {
    let (receiver, id) = message::answer(message)?;
    Some(MessageKey::Reply(receiver.to_owned(), id))
}

fn message_key(message: &Value) -> Option<MessageKey> {
    let [receiver, kind] = [message::destination(message)?, message::kind(message)?];
    let is_known = ![receiver, kind].into_iter().any(pattern::is_bracketed);
    is_known.then(|| MessageKey::Message(receiver.to_owned(), kind.to_owned()))
}
