//! EDGE. The nodes that the command line names: by `--bin`, each a file or a glob, or in the list of
//! `--bins`.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};
use std::{fmt, io};

use super::Failed;
use super::node_list::{self, NODES_MAX, NodeLine};
use crate::case::{config, find};
use crate::cli::NodeArguments;
use crate::escape::file_name;
use crate::report::again::TestedNode;
use crate::report::short_names::short_names;
use crate::{files, launch};

/// Why what names the nodes names none, or too many.
#[derive(Debug)]
pub enum BadNodes {
    /// No file is there for a glob, or it is none.
    Glob {
        pattern: PathBuf,
        reason: &'static str,
    },
    /// There are several, where a command takes one.
    Several { count: usize },
    /// The list of `--bins` can't be read.
    Unreadable { file: PathBuf, error: io::Error },
    /// A line of the list is wrong.
    Line {
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it, in a sentence.
        reason: String,
    },
}

impl fmt::Display for BadNodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Glob { pattern, reason } => write!(
                f,
                "--bin {}: {reason}; * stands for anything but /, and ** for folders",
                file_name(pattern)
            ),
            Self::Several { count } => write!(
                f,
                "{count} nodes are named, and only `harness run` takes several: what this command says or \
                 writes is about one; name one of them"
            ),
            Self::Unreadable { file, error } => {
                write!(f, "--bins {} can't be read: {error}", file_name(file))
            }
            Self::Line { file, line, reason } => {
                write!(f, "--bins {}:{line}: {reason}", file_name(file))
            }
        }
    }
}

impl From<BadNodes> for Failed {
    fn from(bad: BadNodes) -> Self {
        Self::Nodes(bad)
    }
}

/// The nodes, at least one, each once; only where there are several they have names. Whether their files are
/// there is not looked at.
///
/// # Errors
/// That a glob matches no file, or what is wrong with the list.
pub fn named(arguments: &NodeArguments, list: Option<&Path>) -> Result<Vec<TestedNode>, BadNodes> {
    let mut nodes = match list {
        Some(list) => listed(list)?,
        None => of_files(&bins(&arguments.bin)?),
    };
    let args = Some(&arguments.node_args).filter(|args| !args.is_empty());
    let are_several = nodes.len() > 1;
    for node in &mut nodes {
        node.name = node.name.take().filter(|_| are_several);
        node.args = node.args.take().or_else(|| args.cloned());
    }
    Ok(nodes)
}

/// The one node of a command that takes no more.
///
/// # Errors
/// As [`named`], and that there are several.
pub fn one(arguments: &NodeArguments) -> Result<TestedNode, BadNodes> {
    let mut nodes = named(arguments, None)?;
    let count = nodes.len();
    let first = nodes.pop().filter(|_| count == 1);
    first.ok_or(BadNodes::Several { count })
}

fn of_files(bins: &[PathBuf]) -> Vec<TestedNode> {
    let paths: Vec<_> = bins.iter().map(PathBuf::as_path).collect();
    let node = |(bin, name): (&PathBuf, String)| TestedNode {
        name: Some(name),
        bin: Some(bin.clone()),
        args: None,
    };
    match bins {
        [] => vec![TestedNode::default()],
        bins => bins.iter().zip(short_names(&paths)).map(node).collect(),
    }
}

/// The files that `--bin` names.
fn bins(named: &[PathBuf]) -> Result<Vec<PathBuf>, BadNodes> {
    let (mut bins, mut known) = (Vec::new(), BTreeSet::new());
    for named in named {
        for bin in expanded(named)? {
            if known.insert(tidy(&bin)) {
                bins.push(bin);
            }
        }
        if bins.len() > NODES_MAX {
            return Err(bad_glob(named, "it makes more than 1000 nodes"));
        }
    }
    Ok(bins)
}

/// The files that one `--bin` names. Where nothing has its name it may be a glob.
fn expanded(named: &Path) -> Result<Vec<PathBuf>, BadNodes> {
    let pattern = named.to_str().filter(|text| find::is_glob(text));
    let Some(pattern) = pattern.filter(|_| named.symlink_metadata().is_err()) else {
        return Ok(vec![named.to_path_buf()]);
    };
    let found = glob::glob_with(pattern, find::GLOB);
    let found = found.map_err(|error| bad_glob(named, error.msg))?;
    // What can't be looked at is no good node, and said to be none in its turn.
    let paths = found.map(|path| path.unwrap_or_else(|error| error.path().to_path_buf()));
    let files = paths.filter(|path| !path.is_dir()).take(NODES_MAX + 1);
    let files: Vec<_> = files.collect();
    if files.is_empty() {
        return Err(bad_glob(named, "no file matches it"));
    }
    Ok(files)
}

fn bad_glob(pattern: &Path, reason: &'static str) -> BadNodes {
    let pattern = pattern.to_path_buf();
    BadNodes::Glob { pattern, reason }
}

fn tidy(path: &Path) -> PathBuf {
    let parts = path.components();
    parts.filter(|part| *part != Component::CurDir).collect()
}

/// The nodes of a list.
fn listed(list: &Path) -> Result<Vec<TestedNode>, BadNodes> {
    let file = || list.to_path_buf();
    let bytes = files::read(list);
    let bytes = bytes.map_err(|error| BadNodes::Unreadable {
        file: file(),
        error,
    })?;
    let bad = |line, reason| BadNodes::Line {
        file: file(),
        line,
        reason,
    };
    let text = config::text(&bytes).map_err(|error| bad(error.line, error.problem.to_string()))?;
    let lines =
        node_list::parse(text).map_err(|(line, bad_line)| bad(line, bad_line.sentence()))?;
    let folder = list.parent().unwrap_or(Path::new(""));
    let node = |line: NodeLine| {
        // What a file names lies beside it, or where the harness runs.
        let args: Vec<OsString> = launch::with_absolute_paths(&line.args, &[folder, Path::new("")]);
        TestedNode {
            name: Some(line.name),
            bin: Some(folder.join(line.program)),
            args: Some(args).filter(|args| !args.is_empty()),
        }
    };
    Ok(lines.into_iter().map(node).collect())
}
