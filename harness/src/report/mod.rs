//! Outcomes in words: the only place that makes them.
//!
//! [`terminal`] lays a run out on a [`page`], [`causes`] and [`words`] say what evidence means,
//! [`fit`] brings long lines to the screen's width, [`escape`] keeps what a node wrote from acting
//! on a terminal, [`again`] names the command that runs a case alone. [`config`] shows settings.
//! Nothing here decides anything, and nothing here writes it anywhere.

pub mod again;
pub mod causes;
pub mod config;
pub mod escape;
pub mod fit;
pub mod page;
pub mod terminal;
pub mod words;
