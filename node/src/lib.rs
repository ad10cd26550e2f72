//! A Maelstrom broadcast node whose tree survives a failed child.

pub mod acks;
pub mod lifecycle;
pub mod message;
pub mod node;
pub mod outbox;
pub mod tree;
pub mod value;
pub mod values;
