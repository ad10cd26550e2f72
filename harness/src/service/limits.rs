//! How much memory services take: nodes may fill them without end.

/// How many bytes a store holds, of each version that it keeps; in tests of ours fewer, for they are quick.
pub const STORED_MAX: usize = if cfg!(test) { 1 } else { 1024 } * 64 * 1024;
