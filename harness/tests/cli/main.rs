//! The harness as its users run it: the built binary against small fake nodes.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that can't go on fails"
)]
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a test looks at the variant that it is about"
)]

mod fake;

mod arguments;
mod audit;
mod background;
mod bless;
mod causes;
mod cluster;
mod cluster_cases;
mod compare;
mod course;
mod crowd;
mod documents;
mod envelopes;
mod format;
mod hostile;
mod import;
mod killed;
mod manual;
mod many_nodes;
mod new;
mod no_reply;
mod outputs;
mod pace;
mod places;
mod repeated;
mod reports;
mod samples;
mod selection;
mod services;
mod slips;
mod starting_points;
mod verdicts;
mod watch;
mod words;
