//! All tests of the node but those beside its code: in memory, in virtual time and as a process.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a test looks at the variant that it is about"
)]

mod extremes;
mod process;
mod robustness;
mod simulation;
mod virtual_time;
