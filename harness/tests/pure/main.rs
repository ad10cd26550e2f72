//! The library without processes: one executable, so that it is linked once and no core idles.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a test looks at the variant that it is about"
)]

mod audit;
mod bless;
mod diagnosis;
mod diagram;
mod fuzz;
mod house;
mod import;
mod imports;
mod matching;
mod properties;
