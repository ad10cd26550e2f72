//! A Maelstrom broadcast node whose tree survives a failed child.

pub mod message;
pub mod value;
pub mod values;
