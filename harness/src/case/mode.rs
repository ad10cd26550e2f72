//! The modes of a case: how its messages, `msg_id`s and exit are compared, and at which pace its lines are
//! sent. Each has a default, where neither the case, a `harness.toml` nor the command line sets it.

/// Which sequences of messages pass.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MatchMode {
    /// The same messages in the same order.
    #[default]
    Exact,
    /// The same messages in any order.
    Unordered,
    /// These messages in this order, then anything.
    Prefix,
    /// These messages in this order, anything in between and after.
    Contains,
}

/// How `msg_id`s are compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MsgIdMode {
    /// Up to a one-to-one renaming for each sender.
    #[default]
    Renamed,
    /// By their numbers.
    Exact,
    /// Not at all.
    Ignored,
}

/// When the lines of an `.in` are sent to a node.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PaceMode {
    /// As Maelstrom's clients ask: each line once the replies to the lines before it have come.
    #[default]
    Lockstep,
    /// All at once, and then the end of stdin.
    AllAtOnce,
}

/// Whether a node's exit counts once its stdin was closed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ExitMode {
    /// No: under Maelstrom stdin never ends.
    #[default]
    Any,
    /// It must be status 0.
    Strict,
}

impl PaceMode {
    /// All paces, with their names.
    pub const ALL: [(&str, Self); 2] = [
        ("lockstep", Self::Lockstep),
        ("all-at-once", Self::AllAtOnce),
    ];
}

impl ExitMode {
    /// All of them, with their names.
    pub const ALL: [(&str, Self); 2] = [("any", Self::Any), ("strict", Self::Strict)];
}

impl MatchMode {
    /// All modes, with their names.
    pub const ALL: [(&str, Self); 4] = [
        ("exact", Self::Exact),
        ("unordered", Self::Unordered),
        ("prefix", Self::Prefix),
        ("contains", Self::Contains),
    ];
}

impl MsgIdMode {
    /// All modes, with their names.
    pub const ALL: [(&str, Self); 3] = [
        ("renamed", Self::Renamed),
        ("exact", Self::Exact),
        ("ignored", Self::Ignored),
    ];
}
