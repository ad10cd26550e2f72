//! How strictly the messages and their ids are compared: what a case, a `harness.toml` or nobody
//! says.

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
