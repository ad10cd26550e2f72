//! `harness check`: a stored run, judged again from its files. Nothing is run, nothing is written.

use super::{Failed, screen, verdict};
use crate::cli::CheckArguments;
use crate::cluster::checker::finding::Judgement;
use crate::cluster::judged::Judged;
use crate::cluster::store;
use crate::escape::file_name;
use crate::outcome::Exit;
use crate::report::cluster::summary;

pub fn check(arguments: &CheckArguments) -> Result<Exit, Failed> {
    let folder = &arguments.folder;
    let stored = store::read(folder).map_err(|error| match store::runs_in(folder) {
        runs if runs.is_empty() => Failed::BadStore(error),
        runs => Failed::FolderOfRuns {
            folder: folder.clone(),
            runs,
        },
    })?;
    let judged = if stored.is_cut_off {
        Judged::of_part(stored.recording)
    } else {
        Judged::of(stored.recording)
    };
    let mut lines = vec![summary::test(&judged.recording.settings)];
    lines.extend(verdict::one(&judged, folder, true));
    if stored.is_cut_off {
        let folder = file_name(&arguments.folder);
        lines.push(format!(
            "{folder} ends in the middle: the harness was killed while it ran"
        ));
    }
    let (counts, exit) = match judged.verdict.judgement() {
        Judgement::Valid => ((1, 0, 0), Exit::Passed),
        Judgement::Invalid => ((0, 1, 0), Exit::Failed),
        Judgement::Unjudged => ((0, 0, 1), Exit::CouldNotRun),
    };
    let (valid, not, unjudged) = counts;
    lines.push(verdict::count(valid, not, unjudged));
    screen::Screen::open(false).show(&verdict::text(&lines, screen::width()))?;
    Ok(exit)
}
