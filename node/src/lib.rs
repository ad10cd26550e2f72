//! A Maelstrom broadcast node whose tree survives a failed child.
//!
//! A line on standard input takes this way, and each room knows only of those
//! below it:
//!
//! ```text
//! driver     EDGE: lines in, lines out, one deadline
//! ├ input      EDGE: reads standard input, stamps it with the time of arrival
//! ├ message    the wire: line → Incoming, Outgoing → line
//! └ lifecycle  before `init`, then
//!   └ node       what to do about a message: one match over the requests
//!     ├ outbox     what goes out, numbered
//!     ├ batch      values and acks that leave together
//!     ├ fallback_batch  values that go around a failed neighbor together
//!     ├ acks       what waits for an ack, since when, what is due next
//!     ├ resend     what has to be sent again, and when
//!     ├ gossip     how two nodes find out what one of them lacks
//!     ├ tree       topology → overlay; what lies behind a neighbor
//!     └ values     the values in the order in which they were first seen
//!       └ value      when two JSON texts are one value
//! settings   what all of them are told before the start
//! ```
//!
//! Others see only what `main` and the tests of whole nodes use, so that the compiler finds what
//! nobody uses any more.
//!
//! What is absent: only the edges do I/O, start threads or ask a clock, so all
//! else can be run in virtual time. Time is a `Duration` since the start. There
//! is no timer but the deadline that the driver waits for. No message goes out
//! but through the outbox. Input never panics.

mod acks;
mod batch;
pub mod driver;
mod fallback_batch;
mod gossip;
mod input;
pub mod lifecycle;
pub mod message;
pub mod node;
pub mod outbox;
mod resend;
pub mod settings;
pub mod tree;
pub mod value;
mod values;
