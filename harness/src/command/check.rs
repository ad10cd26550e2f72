//! `harness check`: a stored run, judged again from its files, or a history that anything wrote.
//! Nothing is run, nothing is written.

use std::path::Path;

use super::failed::BadHistory;
use super::{Failed, screen, verdict};
use crate::cli::CheckArguments;
use crate::cluster::checker::finding::Judgement;
use crate::cluster::format::bare;
use crate::cluster::judged::Judged;
use crate::cluster::store::{self, StoreError};
use crate::cluster::workload::kind::WorkloadKind;
use crate::escape::file_name;
use crate::files;
use crate::outcome::Exit;
use crate::report::cluster::summary;

pub fn check(arguments: &CheckArguments) -> Result<Exit, Failed> {
    if let Some(workload) = arguments.workload {
        return history(&arguments.path, workload.into());
    }
    let folder = &arguments.path;
    if folder.is_file() {
        let why = BadHistory::NoWorkload;
        return Err(Failed::BadHistory(folder.clone(), why));
    }
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
        let folder = file_name(&arguments.path);
        lines.push(format!(
            "{folder} ends in the middle: the harness was killed while it ran"
        ));
    }
    tell(lines, judged.verdict.judgement())
}

/// Judges a history that anything wrote.
fn history(file: &Path, workload: WorkloadKind) -> Result<Exit, Failed> {
    let file = file.to_path_buf();
    let text = match files::read(&file) {
        Ok(text) => text,
        Err(_) if file.is_dir() => return Err(Failed::BadHistory(file, BadHistory::IsFolder)),
        Err(error) => return Err(Failed::BadHistory(file, BadHistory::Unreadable(error))),
    };
    let recording = bare::read(workload, &text)
        .map_err(|error| Failed::BadStore(StoreError::Format { file, error }))?;
    let judged = Judged::of(recording);
    let mut lines = vec![summary::history(&judged)];
    lines.extend(verdict::one(&judged, Path::new("."), true));
    tell(lines, judged.verdict.judgement())
}

fn tell(mut lines: Vec<String>, judgement: Judgement) -> Result<Exit, Failed> {
    let (counts, exit) = match judgement {
        Judgement::Valid => ((1, 0, 0), Exit::Passed),
        Judgement::Invalid => ((0, 1, 0), Exit::Failed),
        Judgement::Unjudged => ((0, 0, 1), Exit::CouldNotRun),
    };
    let (valid, not, unjudged) = counts;
    lines.push(verdict::count(valid, not, unjudged));
    screen::Screen::open(false).show(&verdict::text(&lines, screen::width()))?;
    Ok(exit)
}
