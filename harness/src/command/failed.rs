//! The errors that keep a command from doing anything, in sentences.

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::Refused;
use super::nodes::BadNodes;
use crate::case::find::FindError;
use crate::cli::run::CaseShare;
use crate::cli::test::BadTest;
use crate::cluster::store::StoreError;
use crate::escape::file_name;
use crate::phrases::fit;
use crate::report::again::{TestedNode, UsedList};
use crate::report::{escape, shell, summary};
use crate::skeleton::BadRequest;

/// Why a history can't be judged.
#[derive(Debug)]
pub enum BadHistory {
    /// Nobody says what was asked.
    NoWorkload,
    /// It is a folder, as those of runs are; and their files say what was asked.
    IsFolder,
    Unreadable(io::Error),
}

/// Why nothing could be done at all.
#[derive(Debug)]
pub enum Failed {
    /// The paths can't be searched.
    Find(FindError),
    /// No case was selected, so a run would prove nothing.
    NothingSelected {
        /// The paths that were searched.
        paths: Vec<PathBuf>,
        /// The texts of which a case must have one.
        filters: Vec<String>,
        /// The texts of which a case must have none.
        excludes: Vec<String>,
        /// How many cases there are without these.
        count: usize,
    },
    /// No selected case failed when it was last run, so `--failed` runs nothing.
    NothingFailed(UsedList),
    /// This node was never run from this folder, so `--failed` knows nothing.
    NoFailedList(TestedNode),
    /// No node was named, and the cases are not our own node's.
    WhichNode,
    /// No node stands beside the harness, and none was named.
    NoNodeBuilt {
        program: PathBuf,
    },
    /// The node that was named isn't there.
    NoSuchNode {
        program: PathBuf,
    },
    /// The node that was named is a folder.
    NodeIsFolder {
        program: PathBuf,
    },
    /// The node that was named is a pipe or a device.
    NodeIsNoFile {
        program: PathBuf,
    },
    /// The nodes can't be told from what names them.
    Nodes(BadNodes),
    /// The share of the selected cases that was asked for is empty.
    NothingInShare {
        share: CaseShare,
        /// How many cases were selected.
        count: usize,
    },
    /// A report of a run that can't be compared.
    BadReport {
        file: PathBuf,
        /// What is wrong with it, in a sentence.
        reason: String,
    },
    /// A report was to replace a file that the run needs.
    PreciousReport {
        file: PathBuf,
        what: &'static str,
    },
    /// What failed last can't be known: there is no place to keep it.
    NothingKept,
    /// A new case or node that is there already.
    FileExists {
        /// The file that is there.
        file: PathBuf,
    },
    /// A case that can't have this name.
    BadCaseName {
        name: PathBuf,
    },
    /// A new node whose file hasn't the extension of its language.
    BadNodeName {
        file: PathBuf,
        extension: &'static str,
    },
    /// A new case was to have a request that is none.
    BadRequest(BadRequest),
    /// A file can't be written.
    Unwritable {
        file: PathBuf,
        error: io::Error,
    },
    /// The folder that a run was to leave its files in is a link, as `store/latest` is.
    OutIsLink {
        folder: PathBuf,
    },
    /// The folder that was to be checked holds runs, and is none.
    FolderOfRuns {
        folder: PathBuf,
        /// The folders of the runs, the newest last.
        runs: Vec<PathBuf>,
    },
    /// A report that was asked for can't be written.
    UnwritableReport {
        file: PathBuf,
        error: io::Error,
    },
    /// A cluster that can't be tested so.
    BadTest(BadTest),
    /// The node could not be started: why, in words.
    NotRun(String),
    /// A stored run that can't be read.
    BadStore(StoreError),
    /// A history that can't be judged: which one, and why.
    BadHistory(PathBuf, BadHistory),
    /// Blessing, where no person looks at what is blessed.
    BlessInCi,
    Import(Refused),
    /// Two reports are to go into one file.
    SameFile {
        file: PathBuf,
    },
    /// The system refused something that the harness itself needs.
    System(io::Error),
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Find(error) => write!(f, "{}", escape::text(&error.to_string())),
            Self::NothingSelected {
                paths,
                filters,
                excludes,
                count,
            } => f.write_str(&nothing_selected(paths, filters, excludes, *count)),
            Self::NothingFailed(list) => f.write_str(&nothing_failed(list)),
            Self::NoFailedList(node) => write!(
                f,
                "--failed: no earlier run {} is stored; run all cases, without --failed",
                summary::from_here(node)
            ),
            Self::WhichNode => f.write_str(
                "no node is named: name it, as in `--bin my_node.py` (or as `bin` in a harness.toml)",
            ),
            Self::NoNodeBuilt { program } => write!(
                f,
                "no node is built at {}; name yours with --bin PATH",
                file_name(program)
            ),
            Self::NoSuchNode { program } => write!(
                f,
                "--bin {}: there is no such file (it is not looked up in $PATH){}",
                file_name(program),
                how_to_run(program)
            ),
            Self::NodeIsFolder { program } => write!(
                f,
                "--bin {} is a folder; name the file to run",
                file_name(program)
            ),
            Self::NodeIsNoFile { program } => write!(
                f,
                "--bin {} is no file, but a pipe or a device",
                file_name(program)
            ),
            Self::Nodes(bad) => write!(f, "{bad}"),
            Self::NothingInShare { share, count } => f.write_str(&nothing_in_share(*share, *count)),
            Self::BadReport { file, reason } => f.write_str(&bad_report(file, reason)),
            Self::PreciousReport { file, what } => write!(
                f,
                "the report {} would replace {what}; name another file",
                file_name(file)
            ),
            Self::NothingKept => f.write_str(
                "--failed: no earlier run is stored, for neither HOME nor XDG_CACHE_HOME names a folder for \
                 it; run all cases, without --failed",
            ),
            Self::FileExists { file } => write!(
                f,
                "{} is there already; choose another name, or edit it",
                file_name(file)
            ),
            Self::BadCaseName { name } => write!(
                f,
                "{} can't be a case's name; name one as in cases/read-twice",
                file_name(name)
            ),
            Self::BadNodeName { file, extension } => write!(
                f,
                "{} has not the extension of its language; name it as in my_node.{extension}",
                file_name(file)
            ),
            Self::BadRequest(bad) => write!(f, "{}", fit::told(&bad.to_string())),
            Self::Unwritable { file, error } => {
                write!(f, "{} can't be written: {error}", file_name(file))
            }
            Self::OutIsLink { folder } => write!(
                f,
                "--out {} is a link, and the run that it leads to would be lost; name another folder",
                file_name(folder)
            ),
            Self::FolderOfRuns { folder, runs } => f.write_str(&of_runs(folder, runs)),
            Self::BadTest(why) => f.write_str(&bad_test(why)),
            Self::NotRun(why) => f.write_str(why),
            Self::BadHistory(path, why) => f.write_str(&bad_history(path, why)),
            Self::BadStore(error) => f.write_str(&bad_store(error)),
            Self::BlessInCi => f.write_str(
                "CI is set, and a golden file is for a person to bless: bless it where you can look \
                 at it, or say --force",
            ),
            Self::Import(refused) => write!(f, "{refused}"),
            Self::UnwritableReport { file, error } => write!(
                f,
                "the report {} can't be written: {error}",
                file_name(file)
            ),
            Self::SameFile { file } => {
                write!(f, "two reports can't go into one file, {}", file_name(file))
            }
            Self::System(error) => write!(f, "{error}"),
        }
    }
}

/// Why what was named is not judged as a history.
fn bad_history(path: &Path, why: &BadHistory) -> String {
    let name = file_name(path);
    match why {
        BadHistory::NoWorkload => format!(
            "{name} is a file: -w NAME says which requests are in it (the folder of a run needs none)"
        ),
        BadHistory::IsFolder => format!(
            "{name} is a folder, and -w NAME wants a file: without -w the folder of a run is judged again"
        ),
        BadHistory::Unreadable(error) => format!("the history {name} can't be read: {error}"),
    }
}

/// What is wrong with the files of a run, or with a history.
fn bad_store(error: &StoreError) -> String {
    match error {
        StoreError::Unreadable { file, error } => format!(
            "{} can't be read: {error}; name the folder of a run, as in store/latest",
            file_name(file)
        ),
        StoreError::Format { file, error } => {
            format!("{}: {}", file_name(file), fit::told(&error.to_string()))
        }
    }
}

/// That the list of failed cases has none of those that were selected.
fn nothing_failed(list: &UsedList) -> String {
    format!(
        "no selected case failed when last run {} (list written {}); run them all, without --failed",
        summary::from_here(&list.node),
        summary::age(list)
    )
}

/// That no case is at these paths, or none that the filters leave of so many.
fn nothing_selected(
    paths: &[PathBuf],
    filters: &[String],
    excludes: &[String],
    count: usize,
) -> String {
    let names: Vec<_> = paths.iter().map(|path| file_name(path)).collect();
    let names = names.join(", ");
    if count == 0 {
        return format!("no case in {names}: a case is NAME.in with NAME.expected beside it");
    }
    let quoted = |texts: &[String]| {
        let texts = texts.iter().map(|text| format!("`{}`", fit::told(text)));
        texts.collect::<Vec<_>>().join(" or ")
    };
    let has = match filters {
        [] => String::new(),
        texts => format!(" has {}", quoted(texts)),
    };
    let lacks = match (filters, excludes) {
        (_, []) => String::new(),
        ([], texts) => format!(" is without {}", quoted(texts)),
        (_, texts) => format!(" and is without {}", quoted(texts)),
    };
    let cases = if count == 1 { "case" } else { "cases" };
    let is_glob = filters
        .iter()
        .chain(excludes)
        .any(|text| text.contains('*'));
    let plain = if is_glob {
        "; these options take plain text, and a pattern is a path, as in 'cases/unit-2/*'"
    } else {
        ""
    };
    format!(
        "no case in {names}{has}{lacks} in its path or title ({count} {cases} there); `{}` shows them{plain}",
        list(paths)
    )
}

/// That so many cases were selected, and none is in this share of them.
fn nothing_in_share(share: CaseShare, count: usize) -> String {
    format!(
        "--partition {share}: this share has no case, for there are only {count}; make fewer shares"
    )
}

/// Why a file can't be compared with another one.
fn bad_report(file: &Path, reason: &str) -> String {
    let file = file_name(file);
    format!("{file}: {reason}; name what `harness run --json FILE` has written")
}

/// How to name what runs a node, if that was meant: an interpreter alone, or with arguments.
fn how_to_run(program: &Path) -> String {
    let text = program.to_string_lossy();
    if let Some(said) = of_language(&text) {
        return said;
    }
    let mut words = text.split_whitespace().map(OsString::from);
    let (Some(program), Some(first)) = (words.next(), words.next()) else {
        return String::new();
    };
    let arguments: Vec<_> = std::iter::once(first).chain(words).collect();
    let arguments = shell::quoted(&arguments);
    let program = shell::quoted(&[program]);
    let program = if program.contains('/') {
        program
    } else {
        format!("\"$(command -v {program})\"")
    };
    format!("; what follows the program stands after --, as in --bin {program} -- {arguments}")
}

/// How a node is run by what a language comes with; `None` for other names.
fn of_language(program: &str) -> Option<String> {
    let (first_line, file) = match program {
        "python" | "python3" => (Some("#!/usr/bin/env python3"), "my_node.py"),
        "node" | "nodejs" => (Some("#!/usr/bin/env node"), "my_node.js"),
        "ruby" => (Some("#!/usr/bin/env ruby"), "my_node.rb"),
        "java" => (None, "my_node.java"),
        "go" => {
            return Some(
                "; go builds a program: go build -o my_node my_node.go, then --bin my_node"
                    .to_owned(),
            );
        }
        "cargo" | "rustc" => {
            let said = "; cargo builds a program: cargo build --release, then --bin target/release/my_node";
            return Some(said.to_owned());
        }
        _ => return None,
    };
    let by_path = format!("--bin \"$(command -v {program})\" -- {file}");
    Some(match first_line {
        Some(line) => format!(
            "; make {file} executable, with the first line {line}, and name it: --bin {file}; or say {by_path}"
        ),
        None => format!("; say {by_path}"),
    })
}

/// How many runs of many are listed.
const RUNS_LISTED_MAX: usize = 10;

/// Which runs there are, and how to check one.
fn of_runs(folder: &Path, runs: &[PathBuf]) -> String {
    let skipped = runs.len().saturating_sub(RUNS_LISTED_MAX);
    let listed = runs.iter().skip(skipped);
    let listed = listed.flat_map(|run| ["\n  ".to_owned(), file_name(run)]);
    let listed: String = listed.collect();
    let newest = match skipped {
        0 => String::new(),
        _ => format!(", of which the last {RUNS_LISTED_MAX} are"),
    };
    let check = ["harness", "check"].map(OsString::from).into_iter();
    let check: Vec<_> = check
        .chain(runs.last().map(|run| shell::path(run)))
        .collect();
    let count = match runs.len() {
        1 => "a run".to_owned(),
        count => format!("{count} runs"),
    };
    format!(
        "{} is no run, but holds {count}{newest}:{listed}\nname one, as in `{}`",
        file_name(folder),
        shell::quoted(&check)
    )
}

/// The command that lists the cases in these paths.
fn list(paths: &[PathBuf]) -> String {
    let words = ["harness", "list"].map(OsString::from).into_iter();
    let words = words.chain(paths.iter().map(|path| shell::path(path)));
    shell::quoted(&words.collect::<Vec<_>>())
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

fn bad_test(why: &BadTest) -> String {
    match why {
        BadTest::OddGroup { clients, group } => format!(
            "lin-kv needs clients in groups of two a node, of which one reads and one writes: --concurrency \
             makes {clients}, which is no multiple of {group}; leave it out, or say 2n or 4n"
        ),
        BadTest::SameName(name) => format!("--nodes names {} twice", fit::told(name)),
        BadTest::TooLarge(what) => what.to_string(),
    }
}
