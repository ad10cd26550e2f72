//! Outcomes in words: the only place that makes them.
//!
//! [`terminal`] lays a run out, [`causes`] and [`words`] say what evidence means, [`diagram`] draws an exchange, [`fit`] brings
//! long lines to the screen's width, [`escape`] keeps what a node wrote from acting
//! on a terminal. [`config`] shows settings, [`mod@bless`] what was blessed, [`audit`] what cases let through. Nothing here decides anything.

pub mod audit;
pub mod bless;
pub mod causes;
pub mod config;
pub mod diagram;
pub mod escape;
pub mod fit;
pub mod terminal;
pub mod words;
