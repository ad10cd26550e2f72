//! EDGE. The exit of a process, as something that a wait can end on.
//!
//! How it exited is not asked here: that is for [`super::Process`].

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::Child;
use std::time::Duration;

/// How long a wait is at most where nothing tells of an exit.
const TICK: Duration = Duration::from_millis(5);

/// Something to `poll` that becomes readable when the process exits.
///
/// Where the system has no such thing, waits are cut short so that the exit is seen soon.
#[derive(Debug)]
pub(super) struct ExitWatch(Option<OwnedFd>);

impl ExitWatch {
    #[cfg(target_os = "linux")]
    pub(super) fn new(child: &Child) -> Self {
        let flags = rustix::process::PidfdFlags::empty();
        Self(rustix::process::pidfd_open(rustix::process::Pid::from_child(child), flags).ok())
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn new(_child: &Child) -> Self {
        Self(None)
    }

    pub(super) fn as_fd(&self) -> Option<BorrowedFd<'_>> {
        self.0.as_ref().map(AsFd::as_fd)
    }

    /// Whether it never becomes readable.
    pub(super) fn is_blind(&self) -> bool {
        self.0.is_none()
    }

    /// How long to wait at once, where so long is wanted.
    pub(super) fn cap(&self, wait: Duration) -> Duration {
        match self.0 {
            Some(_) => wait,
            None => wait.min(TICK),
        }
    }
}
