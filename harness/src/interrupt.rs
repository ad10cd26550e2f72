//! EDGE. Ctrl-C and its like, as something that a wait can end on.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

/// Whether the user wants the run to end.
///
/// A signal sets a flag and makes a file descriptor readable for good, so that every wait that
/// includes it ends, in whichever thread.
#[derive(Debug)]
pub struct Interrupt {
    raised: Arc<AtomicBool>,
    readable: UnixStream,
}

impl Interrupt {
    /// Catches SIGINT, SIGTERM, SIGHUP and SIGQUIT from here on.
    ///
    /// # Errors
    /// Those of the system on making a socket pair or setting a handler.
    pub fn catch() -> io::Result<Self> {
        let raised = Arc::new(AtomicBool::new(false));
        let (readable, writable) = UnixStream::pair()?;
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] {
            signal_hook::flag::register(signal, Arc::clone(&raised))?;
            signal_hook::low_level::pipe::register(signal, writable.try_clone()?)?;
        }
        Ok(Self { raised, readable })
    }

    /// Whether a signal came.
    pub fn is_raised(&self) -> bool {
        self.raised.load(Ordering::SeqCst)
    }

    /// How many signals came. (Each left a byte, and nobody takes them.)
    pub fn count(&self) -> usize {
        if !self.is_raised() {
            return 0;
        }
        let bytes = rustix::io::ioctl_fionread(&self.readable).unwrap_or_default();
        usize::try_from(bytes).unwrap_or(usize::MAX).max(1)
    }
}

impl AsFd for Interrupt {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.readable.as_fd()
    }
}
