//! What lies between nodes and what is done to it: latencies, losses and cuts, the shapes of clusters, the
//! kinds of faults. Pure: nodes are numbers here, messages are anything, and time is a parameter.

pub mod fault;
pub mod network;
pub mod topology;
