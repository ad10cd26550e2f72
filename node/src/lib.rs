//! A Maelstrom broadcast node whose tree survives a failed child.
