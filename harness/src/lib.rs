//! Golden files for Maelstrom nodes: feed, normalize, compare, explain.
pub mod case;
pub mod matching;
pub mod message;
