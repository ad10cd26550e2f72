//! Judging what a node wrote against what it must write. Pure.
//!
//! [`actual`] reads the node's lines, [`compare`] holds one message against one,
//! [`ids`] keeps `msg_id`s one-to-one while that happens, [`exact`] does it for
//! the whole sequence, and [`marks`] finds the words to show. What comes out are
//! values; nothing here knows colors, files or clocks.

pub mod actual;
pub mod compare;
pub mod exact;
pub mod ids;
pub mod marks;
pub mod number;
pub mod path;
