//! EDGE. A report in a file: whole or not at all.

use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use tempfile::NamedTempFile;

use super::Failed;
use crate::case::{config, find};
use crate::files;

/// What anybody may do with a new file, but for what the user's umask forbids.
const MODE: u32 = 0o666;

/// A file that is being written. Until it is finished, what stood there before stands there.
pub struct ReportFile {
    name: PathBuf,
    place: ReportPlace,
    /// The first thing that went wrong.
    error: Option<io::Error>,
}

enum ReportPlace {
    /// Beside the file that it will become.
    Beside { fresh: NamedTempFile, file: PathBuf },
    /// A pipe or a device, which must not be replaced.
    Stream(File),
}

impl ReportFile {
    /// Begins a file.
    ///
    /// # Errors
    /// That nothing can be written there.
    pub fn create(name: &Path) -> Result<Self, Failed> {
        if name == Path::new("-") {
            let error = io::Error::other("it must be a file (--format json writes to stdout)");
            return Err(not_writable(name, error));
        }
        if let Some(what) = part_of_a_case(name) {
            let file = name.to_path_buf();
            return Err(Failed::PreciousReport { file, what });
        }
        let place = place(name).map_err(|error| not_writable(name, error))?;
        Ok(Self {
            name: name.to_path_buf(),
            place,
            error: None,
        })
    }

    /// Whether another one will be the same file.
    pub fn is(&self, other: &Self) -> bool {
        match (&self.place, &other.place) {
            (ReportPlace::Beside { file, .. }, ReportPlace::Beside { file: other, .. }) => {
                file == other
            }
            _ => false,
        }
    }

    /// Whether this path leads to the same file.
    pub fn leads_to(&self, path: &Path) -> bool {
        match &self.place {
            ReportPlace::Beside { file, .. } => {
                fs::canonicalize(path).is_ok_and(|path| path == *file)
            }
            ReportPlace::Stream(_) => false,
        }
    }

    /// Refuses to replace a file of the node.
    ///
    /// # Errors
    /// That it would.
    pub fn spares(&self, node: &Path) -> Result<(), Failed> {
        if self.leads_to(node) {
            let (file, what) = (self.name.clone(), "the node");
            return Err(Failed::PreciousReport { file, what });
        }
        Ok(())
    }

    pub fn name(&self) -> &Path {
        &self.name
    }

    /// Writes more. What goes wrong is told in the end, for a run goes on without its report.
    pub fn write(&mut self, text: &str) {
        if self.error.is_some() {
            return;
        }
        let written = match &mut self.place {
            ReportPlace::Beside { fresh, .. } => fresh.write_all(text.as_bytes()),
            ReportPlace::Stream(stream) => stream.write_all(text.as_bytes()),
        };
        self.error = written.err();
    }

    /// Puts the file where it belongs.
    ///
    /// # Errors
    /// What went wrong since it was begun.
    pub fn finish(self) -> Result<(), Failed> {
        let Self { name, place, error } = self;
        let put = match (error, place) {
            (Some(error), _) => Err(error),
            (None, ReportPlace::Stream(_)) => Ok(()),
            (None, ReportPlace::Beside { fresh, file }) => {
                fresh.persist(file).map(drop).map_err(|error| error.error)
            }
        };
        put.map_err(|error| not_writable(&name, error))
    }
}

/// The files of several reports, as far as they are asked for.
///
/// # Errors
/// That nothing can be written there, or that two are one file.
pub fn create_all<const N: usize>(
    names: [Option<&Path>; N],
) -> Result<[Option<ReportFile>; N], Failed> {
    let mut files = [const { None }; N];
    for (name, place) in names.into_iter().zip(0..) {
        let file = name.map(ReportFile::create).transpose()?;
        let mut others = files.iter().flatten();
        if let Some(file) = file
            .as_ref()
            .filter(|file| others.any(|other| file.is(other)))
        {
            let file = file.name().to_path_buf();
            return Err(Failed::SameFile { file });
        }
        if let Some(free) = files.get_mut(place) {
            *free = file;
        }
    }
    Ok(files)
}

/// What a file is that no report may replace, by its own name or that of what it leads to.
fn part_of_a_case(name: &Path) -> Option<&'static str> {
    let real = fs::canonicalize(name).unwrap_or_default();
    [name, &real].into_iter().find_map(|file| {
        let extension = file.extension().unwrap_or_default();
        if extension == find::INPUT_EXTENSION || extension == find::EXPECTED_EXTENSION {
            Some("a file of a case")
        } else if file
            .file_name()
            .is_some_and(|name| name == config::FILE_NAME)
        {
            Some("settings of cases")
        } else {
            None
        }
    })
}

fn not_writable(name: &Path, error: io::Error) -> Failed {
    let file = name.to_path_buf();
    Failed::UnwritableReport { file, error }
}

fn place(name: &Path) -> io::Result<ReportPlace> {
    let known = match fs::metadata(name) {
        Ok(known) => known,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // A link that leads nowhere yet is written through, too.
            let name = fs::read_link(name).map_or_else(
                |_| name.to_path_buf(),
                |target| name.parent().unwrap_or(Path::new("")).join(target),
            );
            return beside(&in_real_folder(&name)?, &Permissions::from_mode(MODE));
        }
        Err(error) => return Err(error),
    };
    if known.file_type().is_block_device() {
        return Err(io::Error::other("it is a disk"));
    }
    // Also where the folder would let it be replaced, a file that may not be written is not.
    // A pipe that nobody reads is an error, not something to wait for.
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    let stream = File::options()
        .append(true)
        .custom_flags(flags)
        .open(name)?;
    rustix::io::ioctl_fionbio(&stream, false)?;
    if known.is_file() && !is_of_the_system(name) {
        beside(&fs::canonicalize(name)?, &known.permissions())
    } else {
        Ok(ReportPlace::Stream(stream))
    }
}

/// Whether a name stands for something that is open already, as `/dev/stdout` does.
fn is_of_the_system(name: &Path) -> bool {
    ["/dev", "/proc"]
        .iter()
        .any(|folder| name.starts_with(folder))
}

/// A file that isn't there yet, by the real path of its folder.
fn in_real_folder(name: &Path) -> io::Result<PathBuf> {
    let folder = name
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = fs::canonicalize(folder.unwrap_or(Path::new(".")))?;
    match name.file_name() {
        Some(file) => Ok(folder.join(file)),
        None => Err(io::ErrorKind::IsADirectory.into()),
    }
}

fn beside(file: &Path, permissions: &Permissions) -> io::Result<ReportPlace> {
    let folder = file.parent().unwrap_or(Path::new("/"));
    let fresh = files::partial(folder, permissions)?;
    let file = file.to_path_buf();
    Ok(ReportPlace::Beside { fresh, file })
}
