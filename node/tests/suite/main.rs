//! All tests of the node but those beside its code: in memory, in virtual time and as a process.

mod extremes;
mod process;
mod robustness;
mod simulation;
mod virtual_time;
