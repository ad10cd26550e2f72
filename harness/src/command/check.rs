//! `harness check`: a stored run, judged again from its files, or a history that anything wrote.
//! Nothing is run, nothing is written.

use std::path::Path;

use super::failed::BadHistory;
use super::{Failed, judging, screen, verdict};
use crate::cli::CheckArguments;
use crate::cluster::checker::finding::Judgement;
use crate::cluster::format::bare;
use crate::cluster::recording::Recording;
use crate::cluster::store::{self, StoreError};
use crate::cluster::workload::kind::WorkloadKind;
use crate::escape::file_name;
use crate::files;
use crate::outcome::ExitCode;
use crate::report::cluster::summary;

pub fn check(arguments: &CheckArguments) -> Result<ExitCode, Failed> {
    if let Some(workload) = arguments.workload {
        return history(arguments, workload.into());
    }
    let folder = &arguments.path;
    if folder.is_file() {
        let why = BadHistory::NoWorkload;
        return Err(Failed::BadHistory(folder.clone(), why));
    }
    let mut stored = store::read(folder).map_err(|error| match store::runs_in(folder) {
        runs if runs.is_empty() => Failed::BadStore(error),
        runs => Failed::FolderOfRuns {
            folder: folder.clone(),
            runs,
        },
    })?;
    judge_as(arguments, &mut stored.recording);
    let judged = judging::judge(stored.recording, stored.is_cut_off);
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
fn history(arguments: &CheckArguments, workload: WorkloadKind) -> Result<ExitCode, Failed> {
    let mut recording = read_history(&arguments.path, workload)?;
    judge_as(arguments, &mut recording);
    let judged = judging::judge(recording, false);
    let mut lines = vec![summary::history(&judged)];
    lines.extend(verdict::one(&judged, Path::new("."), true));
    tell(lines, judged.verdict.judgement())
}

fn read_history(path: &Path, workload: WorkloadKind) -> Result<Recording, Failed> {
    let file = path.to_path_buf();
    let unreadable = |error| {
        let why = if path.is_dir() {
            BadHistory::IsFolder
        } else {
            BadHistory::Unreadable(error)
        };
        Failed::BadHistory(file.clone(), why)
    };
    let lines = files::lines(path).map_err(unreadable)?;
    if let Some(recording) = bare::read_lines(workload, lines).map_err(unreadable)? {
        return Ok(recording);
    }
    let text = files::read(path).map_err(unreadable)?;
    bare::read(workload, &text)
        .map_err(|error| Failed::BadStore(StoreError::Format { file, error }))
}

/// What the user says beats what the run was judged by.
fn judge_as(arguments: &CheckArguments, recording: &mut Recording) {
    let judging = &mut recording.settings.judging;
    *judging = arguments.judging.over(judging);
}

fn tell(mut lines: Vec<String>, judgement: Judgement) -> Result<ExitCode, Failed> {
    let (counts, exit) = match judgement {
        Judgement::Valid => ((1, 0, 0), ExitCode::Passed),
        Judgement::Invalid => ((0, 1, 0), ExitCode::Failed),
        Judgement::Unjudged => ((0, 0, 1), ExitCode::CouldNotRun),
    };
    let (valid, not, unjudged) = counts;
    lines.push(verdict::count(valid, not, unjudged));
    screen::Screen::open(false).show(&verdict::text(&lines, screen::width()))?;
    Ok(exit)
}
