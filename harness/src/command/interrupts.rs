//! How a command is interrupted: in good order, and at the fourth signal at once.

use super::Failed;
use crate::interrupt::Interrupt;
use crate::outcome::ExitCode;
use crate::watcher;

/// Catches Ctrl-C and its like from here on.
pub fn catch() -> Result<Interrupt, Failed> {
    Ok(Interrupt::catch(|| {
        watcher::exit(ExitCode::Interrupted as i32)
    })?)
}
