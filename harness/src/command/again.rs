//! EDGE. The command that runs one case alone, as the user called the harness.

use std::env;
use std::ffi::OsString;

use crate::case::mode::PaceMode;
use crate::cli::NodeArguments;
use crate::phrases;
use crate::report::again::{Again, TestedNode};
use crate::report::shell;

/// What runs one case alone in the same way, with this node.
pub fn again(arguments: &NodeArguments, node: &TestedNode) -> Again {
    let mut before = Vec::new();
    if let Some(bin) = &node.bin {
        before.extend(["--bin".into(), shell::path(bin)]);
    }
    if let Some(timeout) = arguments.timeout {
        before.extend([
            "--timeout".into(),
            phrases::duration(timeout).replace(' ', "").into(),
        ]);
    }
    if let Some(pace) = arguments.pace {
        let mut names = PaceMode::ALL.iter();
        let name = names.find(|(_, known)| *known == pace);
        before.extend(["--pace", name.map_or("", |(name, _)| name)].map(Into::into));
    }
    let mut after: Vec<OsString> = node.args.clone().unwrap_or_default();
    if !after.is_empty() {
        after.insert(0, "--".into());
    }
    Again {
        harness: harness_name(),
        before,
        after,
    }
}

/// The harness, as the user called it.
pub fn harness_name() -> OsString {
    env::args_os().next().unwrap_or_else(|| "harness".into())
}
