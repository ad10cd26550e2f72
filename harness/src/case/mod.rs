//! A golden case: what a node reads, what it must answer, and how it is run.
//!
//! [`find`] looks for the files, [`Loader`] reads them, [`input`], [`expected`] and [`config`] parse
//! them; of a case with several nodes, [`mod@cluster`] knows what they are, [`act`] what is done to
//! them and [`fates`] what makes sense when. Nothing here runs or judges anything, and nothing
//! half-parsed leaves: a [`Case`] is whole or there is a [`CaseError`].

pub mod act;
pub mod allowed;
pub mod answered;
pub mod argument;
pub mod background;
pub mod cluster;
pub mod config;
pub mod expected;
pub mod fates;
pub mod find;
pub mod ignored;
pub mod input;
pub mod mode;
pub mod nearest;
pub mod pattern;
pub mod played;
pub mod settings;
pub mod slips;
pub mod steps;
pub mod syntax;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::{fs, io};

pub use expected::ExpectedLine;
pub use input::{Directives, Input};
use settings::CaseSettings;
pub use steps::{InputMessage, Step, StepPlaceholder};
use syntax::{Problem, SyntaxError};

use crate::{files, message};

/// One case, ready to be run.
#[derive(Debug, Clone)]
pub struct Case {
    pub files: CaseFiles,
    /// The first comment of the `.in`; empty if there is none.
    pub title: String,
    /// What the head of the `.in` asks for.
    pub directives: Directives,
    /// What the `harness.toml`s above it say.
    pub defaults: CaseSettings,
    /// What to do, in order.
    pub steps: Vec<Step>,
    /// Those steps that send a JSON message, as the judge sees them.
    pub requests: Vec<InputMessage>,
    /// What the node must write; `None` while nobody wrote the file.
    pub expected: Option<Vec<ExpectedLine>>,
}

impl Case {
    /// A case of what its files say. `defaults`: what the `harness.toml`s above it say.
    pub fn new(
        files: CaseFiles,
        input: Input,
        expected: Option<Vec<ExpectedLine>>,
        defaults: CaseSettings,
    ) -> Self {
        Self {
            files,
            title: input.title,
            directives: input.directives,
            defaults,
            steps: input.steps,
            requests: input.requests,
            expected,
        }
    }

    /// The nodes of its cluster that are started again.
    pub fn restarted(&self) -> BTreeSet<String> {
        let cluster = self.directives.cluster.as_ref();
        cluster.map_or_else(BTreeSet::new, |cluster| {
            steps::restarted(cluster, &self.steps)
        })
    }

    /// What the case and the `harness.toml`s above it say.
    pub fn settings(&self) -> CaseSettings {
        self.directives.settings.over(&self.defaults)
    }
}

/// The two files of a case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CaseFiles {
    /// The `.in`: what the node reads.
    pub input: PathBuf,
}

impl CaseFiles {
    /// The files of the case whose `.in` is at `input`.
    pub fn new(input: PathBuf) -> Self {
        Self { input }
    }

    /// The `.expected` beside the `.in`.
    pub fn expected(&self) -> PathBuf {
        self.input.with_extension(find::EXPECTED_EXTENSION)
    }
}

/// Why a case can't be run.
#[derive(Debug)]
pub enum CaseError {
    /// A file that can't be read.
    Unreadable { file: PathBuf, error: io::Error },
    /// A file that breaks the rules of its format.
    Syntax {
        file: PathBuf,
        /// The line, the column and the rule.
        error: SyntaxError,
    },
}

/// Reads cases, for several threads at once; each `harness.toml` above them is read once.
#[derive(Debug, Default)]
pub struct Loader {
    known: Mutex<Known>,
}

/// What was read already that says something about many cases.
#[derive(Debug, Default)]
struct Known {
    configs: BTreeMap<PathBuf, Option<CaseSettings>>,
    /// What they say together about the cases in a folder.
    defaults: BTreeMap<PathBuf, CaseSettings>,
}

impl Loader {
    /// Reads and parses the files of one case.
    pub fn load(&self, files: CaseFiles) -> Result<Case, CaseError> {
        // Where a thread panicked, what it knew till then holds all the same.
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let defaults = known.defaults(&files.input)?;
        drop(known);
        let text = read(&files.input)?;
        let syntax = |error| CaseError::Syntax {
            file: files.input.clone(),
            error,
        };
        let input = input::parse(&text).map_err(syntax)?;
        let settings = input.directives.settings.over(&defaults);
        check_asked(&settings, &input).map_err(syntax)?;
        let expected = load_expected(&files.expected())?;
        if let Some(expected) = &expected {
            check_names(&input, expected).map_err(syntax)?;
            let mut checked = check_ignored(&settings, expected)
                .and_then(|()| check_asked_of_services(&settings, expected));
            if input.directives.cluster.is_some() {
                checked = checked.and_then(|()| check_receivers(expected));
            }
            checked.map_err(|error| CaseError::Syntax {
                file: files.expected(),
                error,
            })?;
        }
        Ok(Case::new(files, input, expected, defaults))
    }
}

impl Known {
    /// What the `harness.toml`s in the folders from the case up to the root say; the nearest wins.
    fn defaults(&mut self, input: &Path) -> Result<CaseSettings, CaseError> {
        let folder = input.parent().unwrap_or(Path::new(""));
        if let Some(known) = self.defaults.get(folder) {
            return Ok(known.clone());
        }
        let mut settings = CaseSettings::default();
        for folder in folders_up(folder) {
            if let Some(lower) = self.config(&folder)? {
                settings = settings.over(lower);
            }
        }
        self.defaults.insert(folder.to_path_buf(), settings.clone());
        Ok(settings)
    }

    fn config(&mut self, folder: &Path) -> Result<Option<&CaseSettings>, CaseError> {
        let entry = match self.configs.entry(folder.to_path_buf()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(load_config(folder)?),
        };
        Ok(entry.as_ref())
    }
}

fn load_config(folder: &Path) -> Result<Option<CaseSettings>, CaseError> {
    let file = folder.join(config::FILE_NAME);
    if fs::metadata(&file).is_err() {
        return Ok(None);
    }
    let syntax = |error| CaseError::Syntax {
        file: file.clone(),
        error,
    };
    let bytes = read(&file)?;
    let text = config::text(&bytes).map_err(syntax)?;
    config::parse(text, &file).map(Some).map_err(syntax)
}

/// The files that may set defaults for a case, whether they are there or not; the nearest first.
pub fn config_files(input: &Path) -> Vec<PathBuf> {
    let folders = folders_up(input.parent().unwrap_or(Path::new("")));
    let file = |folder: &PathBuf| folder.join(config::FILE_NAME);
    folders.iter().map(file).collect()
}

/// The folder and all above it, as they are named: a relative path stays one as long as it can.
fn folders_up(folder: &Path) -> Vec<PathBuf> {
    let is_plain = |path: &Path| path.components().all(|part| part != Component::ParentDir);
    let named = folder.ancestors().filter(|path| is_plain(path));
    let mut folders: Vec<_> = named.map(Path::to_path_buf).collect();
    if folder.is_relative() {
        let here = if is_plain(folder) {
            Path::new(".")
        } else {
            folder
        };
        let above = fs::canonicalize(here).unwrap_or_default();
        let skip = usize::from(is_plain(folder));
        folders.extend(above.ancestors().skip(skip).map(Path::to_path_buf));
    }
    folders
}

/// Every name that the `.in` uses must be one that the `.expected` binds.
fn check_names(input: &Input, expected: &[ExpectedLine]) -> Result<(), SyntaxError> {
    let mut bound = BTreeSet::new();
    for line in expected {
        line.collect_names(&mut bound);
    }
    for step in &input.steps {
        let Step::Send {
            line, bytes, names, ..
        } = step
        else {
            continue;
        };
        if let Some(unbound) = names.iter().find(|name| !bound.contains(&name.name)) {
            let text = String::from_utf8_lossy(bytes);
            let known = bound.iter().map(String::as_str);
            let nearest = nearest::nearest(known, &unbound.name).to_owned();
            return Err(SyntaxError {
                line: *line,
                column: syntax::column(&text, &unbound.text),
                problem: Problem::UnboundName {
                    text: unbound.text.clone(),
                    nearest: (!bound.is_empty()).then_some(nearest),
                },
            });
        }
    }
    Ok(())
}

/// What a client asks for is compared: the answer is no background message.
fn check_asked(settings: &CaseSettings, input: &Input) -> Result<(), SyntaxError> {
    let Some(ignored) = &settings.ignore else {
        return Ok(());
    };
    let is_unheard = |request: &&InputMessage| {
        let is_of_client = message::client(request.source()).is_some();
        is_of_client && request.wants_answer() && ignored.value.has_reply_to(request)
    };
    let Some(request) = input.requests.iter().find(is_unheard) else {
        return Ok(());
    };
    Err(SyntaxError {
        line: request.line,
        column: 1,
        problem: Problem::IgnoredReply {
            kind: request.kind().to_owned(),
            by: ignored.by.clone(),
        },
    })
}

/// A message of a type that isn't compared is expected in vain.
fn check_ignored(settings: &CaseSettings, expected: &[ExpectedLine]) -> Result<(), SyntaxError> {
    let Some(ignored) = &settings.ignore else {
        return Ok(());
    };
    let is_ignored = |line: &&ExpectedLine| line.json().is_some_and(|it| ignored.value.has(it));
    let Some(line) = expected.iter().find(is_ignored) else {
        return Ok(());
    };
    let kind = line.json().and_then(message::kind).unwrap_or_default();
    Err(SyntaxError {
        line: line.number,
        column: 1,
        problem: Problem::Ignored {
            kind: kind.to_owned(),
            by: ignored.by.clone(),
        },
    })
}

/// What is asked of a service that the harness plays isn't compared.
fn check_asked_of_services(
    settings: &CaseSettings,
    expected: &[ExpectedLine],
) -> Result<(), SyntaxError> {
    let Some(played) = &settings.services else {
        return Ok(());
    };
    for line in expected {
        if let Some(service) = line.json().and_then(|it| played.value.asked_by(it)) {
            return Err(SyntaxError {
                line: line.number,
                column: 1,
                problem: Problem::ForService {
                    service: service.name(),
                    by: played.by.clone(),
                },
            });
        }
    }
    Ok(())
}

/// Of what a cluster writes, only that reaches the output which goes to clients.
fn check_receivers(expected: &[ExpectedLine]) -> Result<(), SyntaxError> {
    for line in expected {
        let receiver = line.json().and_then(message::destination);
        let is_client = |name| message::client(name).is_some_and(|number| number > 0);
        // Who stands behind a placeholder isn't known.
        let may_be = |name| is_client(name) || pattern::is_bracketed(name);
        let problem = match receiver {
            Some(name) if may_be(name) => continue,
            Some(name) => Problem::NotForClient {
                destination: name.to_owned(),
            },
            None => Problem::NoEnvelope,
        };
        return Err(SyntaxError {
            line: line.number,
            column: 1,
            problem,
        });
    }
    Ok(())
}

/// An `.expected` that isn't there is no error: the case fails, with the advice to make one.
fn load_expected(file: &Path) -> Result<Option<Vec<ExpectedLine>>, CaseError> {
    let text = match read(file) {
        Err(CaseError::Unreadable { error, .. }) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(None);
        }
        text => text?,
    };
    let lines = expected::parse(&text).map_err(|error| CaseError::Syntax {
        file: file.to_path_buf(),
        error,
    })?;
    Ok(Some(lines))
}

fn read(file: &Path) -> Result<Vec<u8>, CaseError> {
    files::read(file).map_err(|error| CaseError::Unreadable {
        file: file.to_path_buf(),
        error,
    })
}
