//! EDGE. The keys that a user may press while `harness watch` waits: there are none but in the foreground of a
//! terminal.

use std::io::{self, Stdin};
use std::os::fd::{AsFd, BorrowedFd};

use rustix::process::getpgrp;
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcgetpgrp, tcsetattr,
};

use super::screen;

/// What a key stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatchKey {
    All,
    /// Run those that failed last.
    Failed,
    Again,
    Quit,
}

/// As long as it lives, the terminal tells of each key, and doesn't show it.
pub struct Keys {
    stdin: Stdin,
    before: Termios,
}

impl Keys {
    /// What was typed before is forgotten.
    pub fn open() -> Option<Self> {
        let stdin = io::stdin();
        // In the background, to change the terminal would stop the harness.
        let is_ours = tcgetpgrp(&stdin).ok()? == getpgrp();
        if !(is_ours && screen::is_terminal()) {
            return None;
        }
        let before = tcgetattr(&stdin).ok()?;
        let mut single = before.clone();
        single.local_modes -= LocalModes::ICANON | LocalModes::ECHO;
        single.special_codes[SpecialCodeIndex::VMIN] = 1;
        single.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(&stdin, OptionalActions::Flush, &single).ok()?;
        Some(Self { stdin, before })
    }

    /// What the key stands for that was pressed, if for anything; to be called when there is one to read.
    pub fn read(&self) -> Option<WatchKey> {
        let mut typed = [0; 64];
        match rustix::io::read(&self.stdin, &mut typed) {
            // Nobody is there any more.
            Ok(0) | Err(_) => Some(WatchKey::Quit),
            Ok(count) => typed.iter().take(count).find_map(|byte| key(*byte)),
        }
    }
}

impl AsFd for Keys {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stdin.as_fd()
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        let _ = tcsetattr(&self.stdin, OptionalActions::Now, &self.before);
    }
}

fn key(typed: u8) -> Option<WatchKey> {
    match typed.to_ascii_lowercase() {
        b'a' => Some(WatchKey::All),
        b'f' => Some(WatchKey::Failed),
        b'\r' | b'\n' => Some(WatchKey::Again),
        b'q' => Some(WatchKey::Quit),
        _ => None,
    }
}
