//! Clusters of nodes: what lies between them, what is asked of them and done to them, and what came
//! of it.

pub mod fault;
pub mod history;
pub mod journal;
pub mod network;
pub mod settings;
pub mod topology;
