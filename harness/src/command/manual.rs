//! EDGE. `harness completions` and `harness man`: what the command line knows of itself, for a shell
//! and for man(1).

use std::io;

use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;

use super::screen;
use crate::cli::Arguments;
use crate::outcome::ExitCode;

/// What the generated script lacks: after `--` there are files of the node's, `--option=value` is three words
/// for bash, and a value may be a list.
const IN_BASH: &str = r#"
_harness_words() {
    local word
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        if [[ $word == -- ]]; then
            COMPREPLY=($(compgen -f -- "$2"))
            return 0
        fi
    done
    if [[ $2 == "=" ]]; then
        _harness "$1" "" "$3"
    elif [[ $3 == "=" ]]; then
        _harness "$1" "$2" "${COMP_WORDS[COMP_CWORD-2]}"
    elif [[ $2 == *,* ]]; then
        _harness "$1" "${2##*,}" "$3"
        COMPREPLY=("${COMPREPLY[@]/#/${2%,*},}")
    else
        _harness "$@"
    fi
}

complete -F _harness_words -o bashdefault -o default harness
"#;

pub fn completions(shell: Shell) -> ExitCode {
    // Not straight to stdout: where nobody reads it any more, this would panic.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "harness", &mut script);
    if shell == Shell::Bash {
        script.extend_from_slice(IN_BASH.as_bytes());
    }
    let _ = screen::write(&String::from_utf8_lossy(&script));
    ExitCode::Passed
}

/// The page of the whole program, or `of` one command.
pub fn man(of: Option<&str>) -> io::Result<ExitCode> {
    let mut command = Arguments::command();
    command.build();
    let found = of.and_then(|of| command.find_subcommand(of)).cloned();
    let mut page = Vec::new();
    Man::new(found.unwrap_or(command))
        .source(concat!("harness ", env!("CARGO_PKG_VERSION")))
        .render(&mut page)?;
    let _ = screen::write(&String::from_utf8_lossy(&page));
    Ok(ExitCode::Passed)
}
