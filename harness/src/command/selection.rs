//! What the arguments select: the cases, and the node that they are run with.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use super::own_node::OwnNode;
use super::{Failed, screen};
use crate::case::find::{self, Found};
use crate::case::settings::{CaseSettings, Said};
use crate::cli::run::{CaseShare, Shuffle};
use crate::cli::{NodeArguments, Selection};
use crate::escape::{self, file_name};
use crate::golden::{self, Planned};
use crate::outcome::ExitCode;
use crate::parallel::cores;
use crate::play::Setup;
use crate::report::again::TestedNode;
use crate::script::owed::Awaited;

/// Seeds that nobody has said are below this, so that they are short.
const SEED_END: u64 = 1_000_000;

/// The cases that were selected, at least one.
pub fn select(selection: &Selection) -> Result<(Found, Vec<Planned>), Failed> {
    let mut found = find::find(&selection.paths).map_err(Failed::Find)?;
    let mut planned = golden::plan(std::mem::take(&mut found.cases));
    let count = planned.len();
    if !(selection.filter.is_empty() && selection.exclude.is_empty()) {
        planned.retain(|planned| is_selected(planned, selection));
        found.orphans.clear();
    }
    if planned.is_empty() && found.unreadable.is_empty() {
        return Err(Failed::NothingSelected {
            paths: selection.paths.clone(),
            filters: selection.filter.clone(),
            excludes: selection.exclude.clone(),
            count,
        });
    }
    Ok((found, planned))
}

/// Every so-manieth case: so the shares are even, and each has cases of all folders.
pub fn share_of(planned: Vec<Planned>, share: CaseShare) -> Result<Vec<Planned>, Failed> {
    let count = planned.len();
    let (number, of) = (share.number.get(), share.of.get());
    let own: Vec<_> = planned.into_iter().skip(number - 1).step_by(of).collect();
    if own.is_empty() && count > 0 {
        return Err(Failed::NothingInShare { share, count });
    }
    Ok(own)
}

/// Puts the cases in an order by chance. By which seed.
pub fn shuffled(planned: &mut [Planned], shuffle: Shuffle) -> u64 {
    let seed = match shuffle {
        Shuffle::By(seed) => seed,
        Shuffle::AtRandom => fastrand::u64(..SEED_END),
    };
    fastrand::Rng::with_seed(seed).shuffle(planned);
    seed
}

/// Says on stderr what could not be searched: there may be cases in it, so that nothing is a success.
/// What that amounts to; `None` if all could be.
pub fn complain_of_unreadable(found: &Found) -> Option<ExitCode> {
    for unreadable in &found.unreadable {
        let path = file_name(&unreadable.path);
        let reason = escape::text(&unreadable.reason);
        screen::complain(&format!("{path}: {reason}"));
    }
    (!found.unreadable.is_empty()).then_some(ExitCode::CouldNotRun)
}

fn is_selected(planned: &Planned, selection: &Selection) -> bool {
    let path = planned.files.input.display().to_string();
    let has = |text: &String| {
        path.contains(text) || planned.case().is_ok_and(|case| case.title.contains(text))
    };
    let Selection {
        filter, exclude, ..
    } = selection;
    (filter.is_empty() || filter.iter().any(has)) && !exclude.iter().any(has)
}

/// What the command line says about running a case.
pub fn command_line(arguments: &NodeArguments, node: &TestedNode) -> Result<CaseSettings, Failed> {
    Ok(CaseSettings {
        bin: node.bin.as_deref().map(named_program).transpose()?,
        args: node.args.clone().map(Said::on_command_line),
        timeout: arguments.timeout.map(Said::on_command_line),
        pace: arguments.pace.map(Said::on_command_line),
        ..CaseSettings::default()
    })
}

/// The node that was named, as a path that the system takes for a file and doesn't look up.
pub fn named_program(named: &Path) -> Result<Said<PathBuf>, Failed> {
    let program = named.to_path_buf();
    if named.is_dir() {
        return Err(Failed::NodeIsFolder { program });
    }
    if !named.is_file() {
        return Err(if named.exists() {
            Failed::NodeIsNoFile { program }
        } else {
            Failed::NoSuchNode { program }
        });
    }
    Ok(Said::on_command_line(match named.components().count() {
        1 => Path::new(".").join(named),
        _ => program,
    }))
}

/// How these cases are run with a node.
pub fn setup(
    arguments: &NodeArguments,
    node: &TestedNode,
    planned: &[Planned],
    awaited: Awaited,
) -> Result<Setup, Failed> {
    let settings = command_line(arguments, node)?;
    Ok(Setup {
        program: default_program(planned, &settings)?,
        settings,
        awaited,
    })
}

/// The node for the cases that name none: ours, where they are ours. A path that nobody runs where
/// every case names one.
pub fn default_program(planned: &[Planned], settings: &CaseSettings) -> Result<PathBuf, Failed> {
    let mut own = OwnNode::new();
    if !needs_default(planned, settings) {
        return Ok(own.program().to_path_buf());
    }
    // Only those elsewhere have to be read: most runs begin before all cases are.
    let mut all = planned.iter();
    if all.any(|planned| !own.is_for_case(planned) && names_none(planned)) {
        return Err(Failed::WhichNode);
    }
    own.built()
}

/// Whether that node is run at all: some case names none, nor does the command line.
pub fn needs_default(planned: &[Planned], settings: &CaseSettings) -> bool {
    settings.bin.is_none() && planned.iter().any(names_none)
}

fn names_none(planned: &Planned) -> bool {
    let case = planned.case();
    case.is_ok_and(|case| case.settings().bin.is_none())
}

/// The node that all cases name, if they name one and the same.
pub fn common_program(planned: &[Planned]) -> Option<PathBuf> {
    let named = |planned: &Planned| {
        let case = planned.case().ok()?;
        Some(case.settings().bin?.value)
    };
    let mut all = planned.iter().map(named);
    let first = all.next()??;
    all.all(|other| other.as_ref() == Some(&first))
        .then_some(first)
}

/// How many cases run at once: unless somebody says, twice the number of cores, for cases spend most
/// of their time asleep or waiting for their node.
pub fn jobs(arguments: &NodeArguments) -> usize {
    arguments
        .jobs
        .map_or_else(|| 2 * cores(), NonZeroUsize::get)
}
