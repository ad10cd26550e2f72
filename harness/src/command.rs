//! EDGE. The commands: from valid arguments to an exit.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::{env, iter, thread};

use anstream::AutoStream;

use crate::case::Case;
use crate::case::find::{self, FindError, Found};
use crate::case::settings::{Said, Settings};
use crate::cli::{Arguments, Command, RunArguments, Selection};
use crate::family;
use crate::golden::{self, Options, Planned};
use crate::interrupt::Interrupt;
use crate::outcome::{Exit, Tally};
use crate::report::terminal::{Again, Terminal, file_name};
use crate::report::{self, escape, words};

/// Why nothing could be done at all.
#[derive(Debug)]
pub enum Failed {
    /// The paths can't be searched.
    Find(FindError),
    /// No case was selected, so a run would prove nothing.
    NothingSelected {
        /// The paths that were searched.
        paths: Vec<PathBuf>,
        /// The filter, and how many cases it left out.
        filter: Option<(String, usize)>,
    },
    /// No node stands beside the harness, and none was named.
    NoNodeBuilt {
        /// Where it would be.
        program: PathBuf,
    },
    /// The node that was named isn't there.
    NoSuchNode {
        /// What was named.
        program: PathBuf,
    },
    /// The node that was named is a folder.
    NodeIsFolder {
        /// What was named.
        program: PathBuf,
    },
    /// The system refused something that the harness itself needs.
    System(io::Error),
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Find(error) => write!(f, "{}", escape::text(&error.to_string())),
            Self::NothingSelected { paths, filter } => {
                let paths: Vec<_> = paths.iter().map(|path| file_name(path)).collect();
                let paths = paths.join(", ");
                match filter {
                    Some((filter, count)) => write!(
                        f,
                        "no case in {paths} has `{}` in its path or title ({count} cases there); \
                         `harness list {paths}` shows them",
                        escape::text(filter)
                    ),
                    None => write!(
                        f,
                        "no case in {paths}: a case is NAME.in with NAME.expected beside it"
                    ),
                }
            }
            Self::NoNodeBuilt { program } => write!(
                f,
                "no node is built at {}; name yours with --bin PATH",
                file_name(program)
            ),
            Self::NoSuchNode { program } => write!(
                f,
                "--bin {}: there is no such file (it is not looked up in $PATH)",
                file_name(program)
            ),
            Self::NodeIsFolder { program } => write!(
                f,
                "--bin {} is a folder; name the file to run",
                file_name(program)
            ),
            Self::System(error) => write!(f, "{error}"),
        }
    }
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

/// Does what the arguments say.
///
/// # Errors
/// Why nothing could be done at all; what became of single cases is told on stdout.
pub fn execute(arguments: Arguments) -> Result<Exit, Failed> {
    match arguments.command {
        Command::Run(arguments) => run(&arguments),
        Command::List(selection) => list(&selection),
        Command::Config(arguments) => config(&arguments),
    }
}

fn run(arguments: &RunArguments) -> Result<Exit, Failed> {
    let (found, planned) = select(&arguments.selection)?;
    let settings = command_line(arguments)?;
    let options = Options {
        program: default_program(&planned, &settings)?,
        settings,
        jobs: arguments.jobs.map_or_else(jobs_default, NonZeroUsize::get),
    };
    let interrupt = Interrupt::catch()?;
    family::adopt_orphans();
    let mut terminal = terminal(arguments);
    // Where nobody reads the report any more (`harness run | head`), the exit still tells.
    for orphan in &found.orphans {
        let _ = terminal.orphan(orphan);
    }
    let mut tally = Tally::default();
    for unreadable in &found.unreadable {
        tally.add_unreadable();
        let _ = terminal.unreadable(unreadable);
    }
    let ended = golden::run(planned, &options, &interrupt, |outcome| {
        tally.add(&outcome.result);
        let _ = terminal.outcome(&outcome);
    });
    let _ = terminal.tally(tally, ended.is_err());
    Ok(ended.map_or(Exit::Interrupted, |()| tally.exit()))
}

fn list(selection: &Selection) -> Result<Exit, Failed> {
    show(selection, |case| {
        let name = file_name(&case.files.input);
        vec![format!("{name}  {}", escape::text(&case.title))]
    })
}

fn config(arguments: &RunArguments) -> Result<Exit, Failed> {
    let settings = command_line(arguments)?;
    let default_bin = beside()?;
    show(&arguments.selection, |case| {
        let settings = settings.over(&case.settings());
        let lines = report::config::lines(&settings, &default_bin, &case.files.input);
        let indented = lines.into_iter().map(|line| format!("  {line}"));
        iter::once(file_name(&case.files.input))
            .chain(indented)
            .collect()
    })
}

/// Shows something of each case that can be read.
fn show(selection: &Selection, lines: impl Fn(&Case) -> Vec<String>) -> Result<Exit, Failed> {
    let (_, planned) = select(selection)?;
    let mut out = anstream::stdout().lock();
    let mut exit = Exit::Passed;
    for planned in &planned {
        match &planned.case {
            Ok(case) => lines(case)
                .iter()
                .for_each(|line| writeln_quietly(&mut out, line)),
            Err(error) => {
                let line = format!("error: {}", words::case_error(error));
                writeln_quietly(&mut anstream::stderr(), &line);
                exit = Exit::CouldNotRun;
            }
        }
    }
    Ok(exit)
}

/// Writes a line; if nobody reads it, that is no error.
fn writeln_quietly(out: &mut impl Write, line: &str) {
    let _ = writeln!(out, "{}", line.trim_end());
}

/// The cases that were selected, at least one.
fn select(selection: &Selection) -> Result<(Found, Vec<Planned>), Failed> {
    let mut found = find::find(&selection.paths).map_err(Failed::Find)?;
    let mut planned = golden::plan(std::mem::take(&mut found.cases));
    let count = planned.len();
    if let Some(filter) = &selection.filter {
        planned.retain(|planned| is_selected(planned, filter));
        found.orphans.clear();
    }
    if planned.is_empty() && found.unreadable.is_empty() {
        return Err(Failed::NothingSelected {
            paths: selection.paths.clone(),
            filter: selection
                .filter
                .clone()
                .filter(|_| count > 0)
                .map(|filter| (filter, count)),
        });
    }
    Ok((found, planned))
}

fn is_selected(planned: &Planned, filter: &str) -> bool {
    let in_title = planned
        .case
        .as_ref()
        .is_ok_and(|case| case.title.contains(filter));
    in_title || planned.files.input.display().to_string().contains(filter)
}

/// What the command line says about running a case.
fn command_line(arguments: &RunArguments) -> Result<Settings, Failed> {
    let args = Some(arguments.node_args.clone()).filter(|args| !args.is_empty());
    Ok(Settings {
        bin: arguments.bin.as_deref().map(named_program).transpose()?,
        args: args.map(Said::on_command_line),
        timeout: arguments.timeout.map(Said::on_command_line),
        ..Settings::default()
    })
}

/// The node that was named, as a path that the system takes for a file and doesn't look up.
fn named_program(named: &Path) -> Result<Said<PathBuf>, Failed> {
    let program = named.to_path_buf();
    if named.is_dir() {
        return Err(Failed::NodeIsFolder { program });
    }
    if !named.is_file() {
        return Err(Failed::NoSuchNode { program });
    }
    Ok(Said::on_command_line(match named.components().count() {
        1 => Path::new(".").join(named),
        _ => program,
    }))
}

/// The node built beside the harness, for the cases that name none.
fn default_program(planned: &[Planned], settings: &Settings) -> Result<PathBuf, Failed> {
    let program = beside()?;
    let is_named = |planned: &Planned| {
        let case = planned.case.as_ref();
        settings.bin.is_some() || case.is_ok_and(|case| case.settings().bin.is_some())
    };
    if program.is_file() || planned.iter().all(is_named) {
        return Ok(program);
    }
    Err(Failed::NoNodeBuilt { program })
}

/// Where the node would be that is built beside the harness.
fn beside() -> io::Result<PathBuf> {
    Ok(env::current_exe()?.with_file_name(format!("node{}", env::consts::EXE_SUFFIX)))
}

/// Cases spend most of their time asleep or waiting for their node.
fn jobs_default() -> usize {
    2 * thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

fn terminal(arguments: &RunArguments) -> Terminal<impl Write> {
    let out = AutoStream::auto(io::stdout());
    Terminal::new(out, width(), arguments.verbose, again(arguments))
}

/// The width of the terminal that stdout is, if it is one.
fn width() -> Option<usize> {
    let stdout = io::stdout();
    let size = stdout
        .is_terminal()
        .then(|| rustix::termios::tcgetwinsize(&stdout).ok());
    let columns = size.flatten()?.ws_col;
    (columns > 0).then_some(usize::from(columns))
}

fn again(arguments: &RunArguments) -> Again {
    let harness = env::args().next().unwrap_or_else(|| "harness".to_owned());
    let mut before = vec![harness, "run".to_owned()];
    if let Some(bin) = &arguments.bin {
        before.extend(["--bin".to_owned(), bin.display().to_string()]);
    }
    if let Some(timeout) = arguments.timeout {
        before.extend([
            "--timeout".to_owned(),
            words::duration(timeout).replace(' ', ""),
        ]);
    }
    let mut after = arguments.node_args.clone();
    if !after.is_empty() {
        after.insert(0, "--".to_owned());
    }
    Again { before, after }
}
