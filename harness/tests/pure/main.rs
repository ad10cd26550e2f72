//! The library without processes: one executable, so that it is linked once and no core idles.

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
