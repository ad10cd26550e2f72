//! EDGE. `harness test`: a cluster, its load, its faults, and the verdict; once, or under many seeds.

use std::env;
use std::ffi::OsString;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::live::Live;
use super::own_node::OwnNode;
use super::screen::{self, Screen};
use super::selection::named_program;
use super::test_reports::TestReports;
use super::{Failed, interrupts};
use super::{judging, verdict};
use crate::cli::test::TestArguments;
use crate::cluster::judged::Judged;
use crate::cluster::nemesis;
use crate::cluster::run::{self, End, RunFailed};
use crate::cluster::settings::Settings;
use crate::cluster::store::{self, Store};
use crate::files;
use crate::interrupt::Interrupt;
use crate::launch::{self, Launch};
use crate::outcome::ExitCode;
use crate::parallel::{self, WorkEvent, cores};
use crate::report::cluster::{again, results};
use crate::report::html::{self, Report};
use crate::report::{escape, words};
use crate::watcher::Watcher;
use crate::{play, process};

/// How many cores a run is given when several are to go on at once.
const CORES_PER_RUN: usize = 4;

/// How many digits a seed has at most that nobody chose.
const SEED_END: u64 = 1_000_000;

/// One run of the test.
struct PlannedRun {
    settings: Settings,
    folder: PathBuf,
    /// Whether nobody named the folder.
    is_in_store: bool,
}

/// What came of it.
struct Done {
    judged: Judged,
    folder: PathBuf,
    /// The command that repeats it.
    again: String,
    end: End,
}

pub fn test(arguments: &TestArguments) -> Result<ExitCode, Failed> {
    let launch = Launch {
        program: program(arguments)?,
        args: launch::with_absolute_paths(&arguments.node_args, &[Path::new("")]),
        env: Vec::new(),
        folder: None,
    };
    let planned = plan(arguments)?;
    let interrupt = interrupts::catch()?;
    let _watcher = Watcher::start();
    process::allow_many_files();
    let live = Live::open(
        arguments,
        &planned.iter().map(|one| &one.settings).collect::<Vec<_>>(),
    );
    let runs = planned.len();
    let workload = planned
        .first()
        .map_or("", |one| one.settings.workload.name());
    let mut reports = TestReports::open(arguments, runs, workload, &launch.program)?;
    let mut tally =
        verdict::RunTally::new(runs, command_words(), screen::width(), detail(arguments));
    let mut failed = None;
    let work = |planned| (!interrupt.is_raised()).then(|| one(planned, &launch, &interrupt, &live));
    parallel::run(planned, jobs(arguments), work, |event| {
        let WorkEvent::InOrder(came) = event else {
            return;
        };
        let told = came.and_then(|done| {
            let text = tally.add(&done.judged, &done.folder, done.end);
            reports.run(&done.judged, &done.folder, &done.again, done.end);
            live.show(&text).map_err(Failed::System)
        });
        if let Err(error) = told {
            failed.get_or_insert(error);
        }
    });
    live.finish();
    if let Some(error) = failed {
        return Err(error);
    }
    Screen::open(false).show(&tally.finish())?;
    let exit = tally.exit(interrupt.is_raised());
    reports.finish(tally.counts(), exit)?;
    Ok(exit)
}

fn detail(arguments: &TestArguments) -> verdict::Detail {
    if arguments.verbose {
        verdict::Detail::Verbose
    } else if arguments.quiet {
        verdict::Detail::Quiet
    } else {
        verdict::Detail::Usual
    }
}

fn program(arguments: &TestArguments) -> Result<PathBuf, Failed> {
    if let Some(named) = &arguments.bin {
        return Ok(named_program(named)?.value);
    }
    OwnNode::new().for_folder(Path::new("."))
}

/// The runs: each with a seed of its own, and a folder.
fn plan(arguments: &TestArguments) -> Result<Vec<PlannedRun>, Failed> {
    let random = || nemesis::isolating(fastrand::u64(..SEED_END));
    let first = arguments.seed.unwrap_or_else(random);
    let count = u64::try_from(arguments.test_count.get()).unwrap_or(u64::MAX);
    let time = stamp(SystemTime::now());
    let seeds = (0..count).map(|number| first.wrapping_add(number));
    let planned = seeds.map(|seed| {
        let settings = arguments.settings(seed).map_err(Failed::BadTest)?;
        let folder = match &arguments.out {
            Some(out) if count == 1 => out.clone(),
            Some(out) => out.join(seed.to_string()),
            None => Path::new("store").join(format!("{time}-{seed}")),
        };
        // However it is written: with a slash at its end a link would be followed.
        let plain: PathBuf = folder.components().collect();
        if plain.is_symlink() {
            return Err(Failed::OutIsLink { folder });
        }
        let is_in_store = arguments.out.is_none();
        Ok(PlannedRun {
            settings,
            folder,
            is_in_store,
        })
    });
    planned.collect()
}

/// The time, as a part of a file's name; the epoch's where the clock shows none that has four digits for its
/// year.
fn stamp(now: SystemTime) -> String {
    let last = Duration::from_secs(253_402_300_799);
    let since = now.duration_since(SystemTime::UNIX_EPOCH).ok();
    let since = since.filter(|since| *since <= last).unwrap_or_default();
    let time = humantime::format_rfc3339_seconds(SystemTime::UNIX_EPOCH + since);
    time.to_string().replace(':', "-")
}

fn jobs(arguments: &TestArguments) -> usize {
    let jobs = arguments.jobs.map(NonZeroUsize::get);
    jobs.unwrap_or_else(|| (cores() / CORES_PER_RUN).max(1))
}

/// The command line, as the user wrote it.
fn command_words() -> Vec<OsString> {
    env::args_os().collect()
}

/// Runs, judges and stores one.
fn one(
    planned: PlannedRun,
    launch: &Launch,
    interrupt: &Interrupt,
    live: &Live,
) -> Result<Done, Failed> {
    let PlannedRun {
        settings,
        folder,
        is_in_store,
    } = planned;
    let folder = if is_in_store {
        store::claim(&folder).map_err(|error| Failed::Unwritable {
            file: folder.clone(),
            error,
        })?
    } else {
        folder
    };
    let unwritable = |error| Failed::Unwritable {
        file: folder.clone(),
        error,
    };
    let mut store = Store::create(&folder, &settings).map_err(unwritable)?;
    let seed = settings.seed;
    let run = live.begin(&settings, &folder);
    let folders = store.workplaces(&folder).map_err(unwritable)?;
    let ran = run::run(settings, launch.clone(), folders, interrupt, &mut |sight| {
        run.see(&sight)?;
        keep(&mut store, &sight)
    });
    let (recording, end) = match ran {
        Ok(ran) => ran,
        Err(error) => {
            if store.has_events() {
                // It came to an early end; what there is can be looked at.
                let _ = store.break_off();
            } else {
                store.abandon(&folder);
                if is_in_store {
                    store::unclaim(&folder);
                }
            }
            return Err(not_run(error, &launch.program));
        }
    };
    store.finish(&recording).map_err(unwritable)?;
    let judged = judging::judge(recording, false);
    let again = again::command(&command_words(), seed);
    write_results(&judged, &folder, &again).map_err(unwritable)?;
    if is_in_store {
        // A link is a help, and no more.
        let _ = store::link_latest(&folder);
    }
    run.ended();
    Ok(Done {
        judged,
        folder,
        again,
        end,
    })
}

fn keep(store: &mut Store, sight: &run::Sight<'_>) -> io::Result<()> {
    match sight {
        run::Sight::Event(event) => store.event(event),
        run::Sight::Carried(carried, kept) => store.carried(carried, kept),
        run::Sight::Log(node, log) => store.log(*node, log),
        run::Sight::Time(now) => store.time(*now),
        run::Sight::Said(..) => Ok(()),
    }
}

fn write_results(judged: &Judged, folder: &Path, again: &str) -> io::Result<()> {
    let results = results::results(judged, again);
    let text = escape::json(&format!("{results:#}")) + "\n";
    files::replace(&folder.join(store::RESULTS), text.as_bytes())?;
    let report = Report {
        judged,
        command: again,
    };
    let messages = store::first_messages(folder, &judged.recording.settings)?;
    let page = html::render(&report, &messages);
    files::replace(&folder.join(store::REPORT), page.as_bytes())?;
    Ok(())
}

fn not_run(error: RunFailed, program: &Path) -> Failed {
    match error {
        RunFailed::System(error) => Failed::System(error),
        RunFailed::NotStarted(error) => {
            Failed::NotRun(words::not_run(&play::not_started(program, error)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_wrong_makes_a_name_all_the_same() {
        let day = Duration::from_secs(86_400);
        let epoch = SystemTime::UNIX_EPOCH;
        assert_eq!(stamp(epoch + day), "1970-01-02T00-00-00Z");
        for odd in [epoch - day, epoch + day * 366 * 9000] {
            assert_eq!(stamp(odd), "1970-01-01T00-00-00Z");
        }
    }
}
