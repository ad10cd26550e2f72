//! Runs of clusters in words. Nothing here decides anything.

pub mod conduct;
pub mod names;
pub mod warnings;
pub mod words;
