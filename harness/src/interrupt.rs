//! EDGE. Ctrl-C and its like, as something that a wait can end on.

use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::low_level::pipe;

const SIGNALS: [i32; 4] = [SIGINT, SIGTERM, SIGHUP, SIGQUIT];

/// With so many signals the harness ends at once, whatever it is at: stdout may take no more, or a
/// judgement go on. A run in good order hears three at most, and its watcher ends what is left of it.
const PATIENCE: usize = 4;

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
    /// Catches SIGINT, SIGTERM, SIGHUP and SIGQUIT from here on. At the fourth it calls `exit`.
    ///
    /// # Errors
    /// Those of the system on making a socket pair, a thread or a handler.
    pub fn catch(exit: fn() -> !) -> io::Result<Self> {
        let (signals, writable) = UnixStream::pair()?;
        for signal in SIGNALS {
            pipe::register(signal, writable.try_clone()?)?;
        }
        thread::Builder::new().spawn(move || end_at_last(signals, exit))?;
        Self::survive()
    }

    /// Catches them, however many come.
    ///
    /// # Errors
    /// Those of the system on making a socket pair or a handler.
    pub fn survive() -> io::Result<Self> {
        let raised = Arc::new(AtomicBool::new(false));
        let (readable, writable) = UnixStream::pair()?;
        for signal in SIGNALS {
            signal_hook::flag::register(signal, Arc::clone(&raised))?;
            pipe::register(signal, writable.try_clone()?)?;
        }
        Ok(Self { raised, readable })
    }

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

fn end_at_last(mut signals: UnixStream, exit: fn() -> !) {
    // It can't fail, for the other end stays open; if it did, there would be nothing to hear.
    if signals.read_exact(&mut [0; PATIENCE]).is_ok() {
        exit();
    }
}
