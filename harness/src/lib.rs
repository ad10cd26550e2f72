//! Golden files for Maelstrom nodes: feed, normalize, compare, explain.
