//! The page of a run: its text, and what it does in a browser. The latter needs Chromium, which the
//! project itself does not, so those tests are asked for with `make browser`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test that can't go on fails"
)]

mod chromium;
mod hostile;
mod made;
mod page;
mod speed;
mod text;
