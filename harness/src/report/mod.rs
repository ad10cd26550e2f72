//! Outcomes in words: the only place that makes them.
//!
//! [`terminal`] lays a run out on a [`page`], its end in [`summary`]; [`causes`] and [`words`] say what
//! evidence means, [`diagram`] draws an exchange, [`escape`] keeps what a node wrote from acting on a
//! terminal, `alike` shows how texts differ that look alike, `stderr` picks the lines of stderr that are
//! shown, [`again`] names the command that runs a case alone, and [`shell`] quotes it. For others than a
//! person at a terminal there are [`json`], [`junit`] and [`annotations`], and [`step_summary`] for GitHub's
//! page of a job: with [`names`] for programs, and [`gist`] for an outcome in brief.
//!
//! [`config`] shows settings, [`mod@bless`] what was blessed, [`audit`] what cases let through.
//! [`matrix`] is the table of several nodes, [`compare`] tells of two runs. [`cluster`] has the words for runs of
//! clusters, [`html`] the page of one, and that of a run of cases.
//!
//! Nothing here decides anything, and nothing here writes it anywhere.

pub use crate::escape;

pub mod again;
mod alike;
pub mod annotations;
pub mod audit;
pub mod bless;
pub mod causes;
pub mod cluster;
pub mod compare;
pub mod compare_figures;
pub mod config;
pub mod diagram;
pub mod gist;
pub mod html;
pub mod json;
pub mod junit;
pub mod matrix;
pub mod names;
mod nodes;
pub mod page;
mod protocol;
pub mod shell;
pub mod short_names;
mod stderr;
pub mod step_summary;
pub mod summary;
pub mod terminal;
pub mod words;
