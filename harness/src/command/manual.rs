//! EDGE. `harness completions` and `harness man`: what the command line knows of itself, for a shell
//! and for man(1).

use std::io;

use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;

use super::screen;
use crate::cli::Arguments;
use crate::outcome::Exit;

pub fn completions(shell: Shell) -> Exit {
    // Not straight to stdout: where nobody reads it any more, this would panic.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "harness", &mut script);
    let _ = screen::write(&String::from_utf8_lossy(&script));
    Exit::Passed
}

/// The page of the whole program, or `of` one command.
pub fn man(of: Option<&str>) -> io::Result<Exit> {
    let mut command = Arguments::command();
    command.build();
    let found = of.and_then(|of| command.find_subcommand(of)).cloned();
    let mut page = Vec::new();
    Man::new(found.unwrap_or(command))
        .source(concat!("harness ", env!("CARGO_PKG_VERSION")))
        .render(&mut page)?;
    let _ = screen::write(&String::from_utf8_lossy(&page));
    Ok(Exit::Passed)
}
