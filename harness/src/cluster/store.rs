//! EDGE. The files of a run: written while it runs, read back to be judged again. What stands in them
//! is known in [`super::format`].

use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};

use super::format::history::{HistoryWriter, write_settings};
use super::format::seal::{Seal, Sum};
use super::format::stored::{self, Which};
use super::format::{FormatError, messages};
use super::history::Event;
use super::journal::Carried;
use super::recording::Recording;
use super::rest::{Kept, RestLine};
use super::settings::Settings;
use crate::files;

/// What happened, line by line.
pub const HISTORY: &str = "history.jsonl";
/// Every message, line by line.
pub const MESSAGES: &str = "messages.jsonl";
/// What came of it.
pub const RESULTS: &str = "results.json";
/// All of it to look at.
pub const REPORT: &str = "report.html";
/// What nodes wrote to stderr, a file each, and their working folders.
const LOGS: &str = "nodes";
/// The link to the newest run.
const LATEST: &str = "latest";

/// How much of a run may be lost with a harness that is killed.
const UNWRITTEN_MAX: Duration = Duration::from_millis(200);

/// How much of a node's stderr is kept, in bytes.
const LOG_MAX: usize = 16 * 1024 * 1024;

/// How much of the stderr of all nodes is kept; each has its share.
const LOGS_MAX: usize = 64 * 1024 * 1024;

/// The files of a run under way.
#[derive(Debug)]
pub struct Store {
    nodes: Vec<String>,
    history: BufWriter<File>,
    writer: HistoryWriter,
    messages: BufWriter<File>,
    logs: Vec<LogFile>,
    /// When all was written that had happened by then.
    written: Duration,
    /// The line that is being made.
    line: Vec<u8>,
    has_events: bool,
    seal: Seal,
    /// The folders that were made for the run, the innermost first; `None` if there was an earlier one.
    made: Option<Vec<PathBuf>>,
}

/// A node's stderr.
#[derive(Debug)]
struct LogFile {
    file: File,
    room: usize,
}

impl Store {
    /// Makes the files of a run. What an earlier run left in the folder is replaced.
    ///
    /// # Errors
    /// Those of the system, and where the folder holds anything but an earlier run.
    pub fn create(folder: &Path, what: &Settings) -> io::Result<Self> {
        refuse_if_written(folder)?;
        let is_used = fs::read_dir(folder).is_ok_and(|mut files| files.next().is_some());
        if is_used && !folder.join(HISTORY).is_file() {
            let problem = "the folder has something else in it; name an empty one";
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, problem));
        }
        let logs = folder.join(LOGS);
        if fs::symlink_metadata(&logs).is_ok_and(|found| found.is_symlink()) {
            let problem = format!("its folder {LOGS} is a link to elsewhere");
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, problem));
        }
        let missing = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
        let made = logs.ancestors().take_while(missing);
        let made = made.map(Path::to_path_buf).collect();
        fs::create_dir_all(&logs)?;
        for file in [RESULTS, REPORT] {
            let _ = fs::remove_file(folder.join(file));
        }
        let log = |name: &String| {
            let file = files::anew(&log_file(folder, name))?;
            Ok(LogFile {
                file,
                room: LOG_MAX.min(LOGS_MAX / what.nodes.len().max(1)),
            })
        };
        let mut store = Self {
            history: BufWriter::new(files::anew(&folder.join(HISTORY))?),
            writer: HistoryWriter::new(what),
            messages: BufWriter::new(files::anew(&folder.join(MESSAGES))?),
            logs: what.nodes.iter().map(log).collect::<io::Result<_>>()?,
            nodes: what.nodes.clone(),
            written: Duration::ZERO,
            line: Vec::new(),
            has_events: false,
            seal: Seal {
                history: Sum::default(),
                messages: Sum::default(),
            },
            made: (!is_used).then_some(made),
        };
        // Where it can't be locked, nobody is kept out.
        let _ = flock(store.history.get_ref(), FlockOperation::LockExclusive);
        write_settings(what, &mut store.line);
        store.write_history()?;
        store.write()?;
        Ok(store)
    }

    /// Makes a fresh working folder for each node, beside its log.
    ///
    /// # Errors
    /// Those of the system.
    pub fn workplaces(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let fresh = |name: &String| {
            let place = workplace(folder, name);
            match fs::remove_dir_all(&place) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => fs::create_dir(&place)?,
            }
            Ok(place)
        };
        self.nodes.iter().map(fresh).collect()
    }

    /// So much time has passed.
    ///
    /// # Errors
    /// Those of the system on writing; so for the others.
    pub fn time(&mut self, now: Duration) -> io::Result<()> {
        if now.saturating_sub(self.written) < UNWRITTEN_MAX {
            return Ok(());
        }
        self.written = now;
        self.write()
    }

    fn write(&mut self) -> io::Result<()> {
        self.history.flush()?;
        self.messages.flush()
    }

    fn write_history(&mut self) -> io::Result<()> {
        self.seal.history.add(&self.line);
        self.history.write_all(&self.line)
    }

    pub fn event(&mut self, event: &Event) -> io::Result<()> {
        self.has_events = true;
        self.line.clear();
        self.writer.write(event, &mut self.line);
        self.write_history()
    }

    /// A message came to the end of its way; so much of it is kept.
    pub fn carried(&mut self, carried: &Carried, kept: &Kept) -> io::Result<()> {
        self.line.clear();
        match kept {
            Kept::Whole => messages::write(carried, &mut self.line),
            Kept::Arrival(values) => {
                let arrival = RestLine::Arrival(Carried {
                    values: values.clone(),
                    line: Vec::new(),
                    ..carried.clone()
                });
                messages::write_rest(&arrival, &mut self.line);
            }
            Kept::Counted => return Ok(()),
        }
        self.write_messages()
    }

    fn write_messages(&mut self) -> io::Result<()> {
        self.seal.messages.add(&self.line);
        self.messages.write_all(&self.line)
    }

    /// A node wrote this to its stderr.
    pub fn log(&mut self, node: usize, bytes: &[u8]) -> io::Result<()> {
        let Some(log) = self.logs.get_mut(node).filter(|log| log.room > 0) else {
            return Ok(());
        };
        let kept = bytes.get(..log.room).unwrap_or(bytes);
        log.file.write_all(kept)?;
        log.room -= kept.len();
        if log.room == 0 {
            log.file
                .write_all(b"\n... the node wrote more; it is not kept\n")?;
        }
        Ok(())
    }

    pub fn has_events(&self) -> bool {
        self.has_events
    }

    /// There was no run: what was made for it goes. Where an earlier run was, its files stay, empty.
    pub fn abandon(self, folder: &Path) {
        let Some(made) = self.made else { return };
        // What can't be removed stays: it does no harm.
        let logs = self.nodes.iter().map(|name| log_file(folder, name));
        let files = [HISTORY, MESSAGES].map(|name| folder.join(name));
        for file in logs.chain(files) {
            let _ = fs::remove_file(file);
        }
        let workplaces = self.nodes.iter().map(|name| workplace(folder, name));
        for folder in workplaces.chain(made) {
            let _ = fs::remove_dir(folder);
        }
    }

    /// The run is over: all is written, and that it is whole.
    pub fn finish(mut self, recording: &Recording) -> io::Result<()> {
        for line in recording.rest_lines() {
            self.line.clear();
            messages::write_rest(&line, &mut self.line);
            self.write_messages()?;
        }
        self.messages.flush()?;
        self.line.clear();
        self.seal.write(&mut self.line);
        self.history.write_all(&self.line)?;
        self.write()
    }

    /// The run came to no end of its own: what there was by then is written.
    pub fn break_off(mut self) -> io::Result<()> {
        self.write()
    }
}

fn log_file(folder: &Path, node: &str) -> PathBuf {
    folder.join(LOGS).join(format!("{node}.log"))
}

/// Refuses a folder in which another harness keeps a run that goes on.
fn refuse_if_written(folder: &Path) -> io::Result<()> {
    let Ok(history) = File::open(folder.join(HISTORY)) else {
        return Ok(());
    };
    // A process that is just being started may hold the lock of a run that is over for a moment.
    for _ in 0..20 {
        let lock = flock(&history, FlockOperation::NonBlockingLockShared);
        if lock != Err(rustix::io::Errno::WOULDBLOCK) {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(10));
    }
    let problem = "another harness keeps its run there; name another folder";
    Err(io::Error::other(problem))
}

fn workplace(folder: &Path, node: &str) -> PathBuf {
    folder.join(LOGS).join(node)
}

/// The runs in a folder that is none itself, by name; so the newest is the last, unless `--out` named
/// it otherwise.
pub fn runs_in(folder: &Path) -> Vec<PathBuf> {
    if folder.join(HISTORY).exists() {
        return Vec::new();
    }
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let folders = folders.map(|entry| entry.path());
    let mut runs: Vec<_> = folders.filter(|run| run.join(HISTORY).is_file()).collect();
    runs.sort();
    runs
}

/// Makes a run's folder, which nobody else uses then: another harness may have begun in the same second,
/// with the same seed. Then it gets another name.
///
/// # Errors
/// Those of the system.
pub fn claim(wanted: &Path) -> io::Result<PathBuf> {
    if let Some(above) = wanted.parent() {
        fs::create_dir_all(above)?;
    }
    let mut folder = wanted.to_path_buf();
    for number in 2.. {
        match fs::create_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                folder = wanted.with_file_name(format!(
                    "{}-{number}",
                    wanted.file_name().unwrap_or_default().display()
                ));
            }
            made => return made.map(|()| folder),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Removes a run's folder again, if nothing is in it.
pub fn unclaim(folder: &Path) {
    for folder in folder.ancestors().take(2) {
        let _ = fs::remove_dir(folder);
    }
}

/// Lets `latest` beside a run's folder lead to it.
pub fn link_latest(folder: &Path) -> io::Result<()> {
    let (Some(above), Some(name)) = (folder.parent(), folder.file_name()) else {
        return Ok(());
    };
    let link = above.join(LATEST);
    if fs::symlink_metadata(&link).is_ok_and(|there| !there.is_symlink()) {
        return Ok(());
    }
    // Made beside it and moved there, for others may look at it just now.
    let made = above.join(format!(".{LATEST}-{}", name.display()));
    let _ = fs::remove_file(&made);
    symlink(name, &made)?;
    fs::rename(made, link)
}

/// Why a stored run can't be read.
#[derive(Debug)]
pub enum StoreError {
    /// A file that can't be read.
    Unreadable { file: PathBuf, error: io::Error },
    /// A file in which something is wrong.
    Format { file: PathBuf, error: FormatError },
}

/// A stored run.
#[derive(Debug)]
pub struct Stored {
    pub recording: Recording,
    /// Whether its files end before the run did: the harness was killed while it ran.
    pub is_cut_off: bool,
}

/// Reads a stored run.
///
/// # Errors
/// Where a file can't be read, is not what it was when the run ended, or contradicts itself or the other
/// one; that the run never ended is none.
pub fn read(folder: &Path) -> Result<Stored, StoreError> {
    let (history, messages) = (folder.join(HISTORY), folder.join(MESSAGES));
    let (history_text, messages_text) = (bytes(&history)?, bytes(&messages)?);
    let stored = stored::read(&history_text, &messages_text).map_err(|(which, error)| {
        let file = match which {
            Which::History => history,
            Which::Messages => messages,
        };
        StoreError::Format { file, error }
    })?;
    Ok(Stored {
        recording: Recording::replay(stored.settings, stored.events, stored.carried, stored.rest),
        is_cut_off: !stored.is_whole,
    })
}

/// Reads the messages of a run that has just been stored, to show them: the first ones, where there
/// are more than anybody looks at.
///
/// # Errors
/// Those of the system on reading; a message that can't be read is left out.
pub fn first_messages(folder: &Path, settings: &Settings) -> io::Result<Vec<Carried>> {
    /// How much is read, in bytes: some hundred thousand messages.
    const READ_MAX: u64 = 128 * 1024 * 1024;
    let mut text = Vec::new();
    let file = File::open(folder.join(MESSAGES))?;
    file.take(READ_MAX).read_to_end(&mut text)?;
    let messages = messages::read(&text, settings.nodes.len());
    Ok(messages.filter_map(Result::ok).collect())
}

fn bytes(file: &Path) -> Result<Vec<u8>, StoreError> {
    files::read(file).map_err(|error| StoreError::Unreadable {
        file: file.to_path_buf(),
        error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::history::{Phase, What};

    #[test]
    fn a_folder_with_something_else_in_it_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::default();
        fs::write(folder.path().join("mine"), "mine").unwrap();
        let error = Store::create(folder.path(), &settings).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

        let run = folder.path().join("run");
        for _ in 0..2 {
            Store::create(&run, &settings).unwrap().break_off().unwrap();
        }
        let stored = read(&run).unwrap();
        assert_eq!(stored.recording.settings, settings);
        assert!(stored.is_cut_off, "it never came to its end");
    }

    #[test]
    fn two_runs_at_once_have_two_folders() {
        let folder = tempfile::tempdir().unwrap();
        let wanted = folder.path().join("store/time-7");
        assert_eq!(claim(&wanted).unwrap(), wanted);
        let second = claim(&wanted).unwrap();
        assert_eq!(second, folder.path().join("store/time-7-2"));
        assert_eq!(
            claim(&wanted).unwrap(),
            folder.path().join("store/time-7-3")
        );
        let settings = Settings::default();
        let first = Store::create(&wanted, &settings).unwrap();
        let refused = Store::create(&wanted, &settings).unwrap_err();
        assert!(refused.to_string().contains("another harness"), "{refused}");
        first.break_off().unwrap();
        Store::create(&wanted, &settings).unwrap();
        // Nothing is left of one that never began.
        Store::create(&second, &settings).unwrap().abandon(&second);
        fs::remove_dir(&second).unwrap();
    }

    #[test]
    fn a_run_that_never_began_leaves_what_was_there_before() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::default();
        let abandon = |run: &Path| Store::create(run, &settings).unwrap().abandon(run);
        let entries = |run: &Path| fs::read_dir(run).unwrap().count();
        abandon(&folder.path().join("made/for/it"));
        assert_eq!(entries(folder.path()), 0);

        let mine = folder.path().join("mine");
        fs::create_dir(&mine).unwrap();
        abandon(&mine);
        assert_eq!(entries(&mine), 0);

        Store::create(&mine, &settings)
            .unwrap()
            .break_off()
            .unwrap();
        fs::write(mine.join("nodes/notes.txt"), "mine").unwrap();
        abandon(&mine);
        assert_eq!(fs::read(mine.join("nodes/notes.txt")).unwrap(), b"mine");
        assert!(mine.join(HISTORY).is_file());
    }

    #[test]
    fn what_happened_is_on_disk_soon_and_at_first_what_the_test_is() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::create(folder.path(), &Settings::default()).unwrap();
        let events = || read(folder.path()).unwrap().recording.events.len();
        assert_eq!(events(), 0);
        let what = What::Began(Phase::SetUp);
        let time = Duration::from_millis(1);
        store.event(&Event { time, what }).unwrap();
        store.time(Duration::from_millis(100)).unwrap();
        assert_eq!(events(), 0);
        store.time(Duration::from_millis(200)).unwrap();
        assert_eq!(events(), 1);
    }

    #[test]
    fn a_log_has_an_end() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::create(folder.path(), &Settings::default()).unwrap();
        for _ in 0..20 {
            store.log(2, &vec![b'x'; 1024 * 1024]).unwrap();
        }
        let log = fs::read(folder.path().join("nodes/n2.log")).unwrap();
        assert!(log.len() < LOG_MAX + 100);
        assert!(log.ends_with(b"not kept\n"));
    }

    #[test]
    fn latest_leads_to_the_newest_and_replaces_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let latest = folder.path().join(LATEST);
        for name in ["a", "b"] {
            let run = folder.path().join(name);
            fs::create_dir(&run).unwrap();
            link_latest(&run).unwrap();
            assert_eq!(fs::read_link(&latest).unwrap(), Path::new(name));
        }
        fs::remove_file(&latest).unwrap();
        fs::write(&latest, "mine").unwrap();
        link_latest(&folder.path().join("a")).unwrap();
        assert_eq!(fs::read(&latest).unwrap(), b"mine");
    }
}
