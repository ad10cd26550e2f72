//! Runs of clusters in words. Nothing here decides anything.

pub mod again;
pub mod cause;
pub mod conduct;
pub mod junit;
pub mod records;
pub mod results;
pub mod silence;
pub mod summary;
pub mod unchecked;
pub mod warnings;
pub mod words;
