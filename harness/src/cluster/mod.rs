//! Clusters of nodes: what lies between them.
//!
//! Pure, and without a word about what a message says: whoever runs nodes brings the messages.

pub mod network;
