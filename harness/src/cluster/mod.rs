//! Clusters of nodes: what lies between them, what is asked of them and done to them, and what came
//! of it.

pub mod checker;
pub mod consistency;
mod encoding;
pub mod engine;
pub mod envelope;
pub mod fault;
pub mod format;
pub mod history;
pub mod journal;
pub mod judged;
pub mod nemesis;
pub mod network;
pub mod nodes;
pub mod numbering;
pub mod recording;
pub mod requests;
pub mod resends;
pub mod rest;
pub mod router;
pub mod rule;
pub mod run;
pub mod set_full;
pub mod settings;
pub mod spread;
pub mod store;
pub mod topology;
pub mod traffic;
pub mod workload;
