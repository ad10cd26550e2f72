//! The tasks of a course: texts and folders of samples below one folder.
//!
//! Cases mirror the folders of their tasks. The one text of a folder gives its cases to this folder; where
//! there are several, each gets a folder with its name. A case's title begins with that of its task. Nothing
//! is read or written here: the files come with their bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::draft::{Draft, Reading};
use super::finding::{ImportFinding, SourceWarning};
use super::near::{self, NearHeading};
use super::slug::GivenNames;
use super::source::{self, SourceLine, SourcePlace};
use super::task_title;
use super::{Import, ImportedCase, SourceForm, Unrecognized, folder, import, read_text};

/// Which files may be texts with samples, by their extensions.
const TEXT_EXTENSIONS: [&str; 4] = ["md", "markdown", "txt", "text"];

/// Those of files that may be meant as parts of samples, if they are named so.
const PART_EXTENSIONS: [&str; 5] = ["jsonl", "json", "txt", "in", "out"];

/// A file of a course that may hold samples.
#[derive(Debug, Clone)]
pub struct CourseFile {
    /// Its path from the course's folder.
    pub path: PathBuf,
    /// Its name, bytes, and its path as the user would name it.
    pub file: folder::File,
}

impl CourseFile {
    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new(""))
    }

    fn lines(&self) -> Vec<SourceLine> {
        source::lines(&self.file.path, &self.file.bytes)
    }
}

/// Whether a file of this name may hold samples: the others needn't be read.
pub fn is_candidate(name: &str) -> bool {
    is_text(name) || is_part(name)
}

fn is_text(name: &str) -> bool {
    TEXT_EXTENSIONS.contains(&extension(name).as_str()) && !folder::is_sample(name)
}

fn is_part(name: &str) -> bool {
    folder::is_part(name) && PART_EXTENSIONS.contains(&extension(name).as_str())
}

fn extension(name: &str) -> String {
    let extension = Path::new(name).extension().unwrap_or_default();
    extension.to_string_lossy().to_lowercase()
}

/// What a course gives.
#[derive(Debug, Default)]
pub struct Course {
    /// Its tasks with samples, by path.
    pub tasks: Vec<CourseTask>,
    /// What its user should look at, by place.
    pub warnings: Vec<SourceWarning>,
}

/// A source of samples: a text, or a folder of samples.
#[derive(Debug)]
pub struct CourseTask {
    /// Its path from the course's folder.
    pub source: PathBuf,
    pub form: SourceForm,
    /// The folder of its cases, from that of all.
    pub folder: PathBuf,
    pub cases: Vec<ImportedCase>,
    /// How many of the warnings are about it.
    pub warnings: usize,
}

/// A text, and what was found in it.
struct CourseText<'file> {
    file: &'file CourseFile,
    /// The task's title, if it says one.
    title: Option<String>,
    samples: Option<(SourceForm, Reading)>,
    near: Vec<NearHeading>,
    is_utf16: bool,
}

impl<'file> CourseText<'file> {
    fn read(file: &'file CourseFile) -> Self {
        let read = read_text(&file.file.path, &file.file.bytes);
        let is_utf16 = matches!(read, Err(Unrecognized::Utf16));
        let samples = read.ok();
        let lines = file.lines();
        let near = match samples {
            None if !is_utf16 => near::headings(&lines),
            Some(_) | None => Vec::new(),
        };
        Self {
            file,
            title: task_title::of(&lines, samples.as_ref()),
            samples,
            near,
            is_utf16,
        }
    }
}

/// Makes cases from the files of a course. `name` is that of its folder.
pub fn read(name: &str, files: &[CourseFile]) -> Course {
    let texts = files.iter().filter(|file| is_text(&file.file.name));
    let texts: Vec<_> = texts.map(CourseText::read).collect();
    let titled = texts.iter().rev().filter_map(|text| {
        let folder = text.file.folder().to_path_buf();
        Some((folder, text.title.clone()?))
    });
    let mut builder = CourseBuilder {
        name,
        titles: titled.collect(),
        texts,
        course: Course::default(),
        names: BTreeMap::new(),
        seen: BTreeMap::new(),
    };
    builder.texts();
    builder.folders(files);
    builder.texts_without();
    let mut course = builder.course;
    course
        .tasks
        .sort_by(|one, other| one.source.cmp(&other.source));
    course
        .warnings
        .sort_by(|one, other| one.place.cmp(&other.place));
    course
}

/// The lines of a sample's two parts.
type SampleParts = (Vec<Vec<u8>>, Option<Vec<Vec<u8>>>);

struct CourseBuilder<'course> {
    name: &'course str,
    texts: Vec<CourseText<'course>>,
    /// The title that the first text of each folder says.
    titles: BTreeMap<PathBuf, String>,
    course: Course,
    /// The names of the cases in each folder of theirs.
    names: BTreeMap<PathBuf, GivenNames>,
    /// The samples of each folder's texts.
    seen: BTreeMap<PathBuf, BTreeSet<SampleParts>>,
}

impl CourseBuilder<'_> {
    fn texts(&mut self) {
        let mut counts = BTreeMap::<PathBuf, usize>::new();
        let with_samples = |text: &&mut CourseText<'_>| text.samples.is_some();
        for text in self.texts.iter_mut().filter(with_samples) {
            *counts.entry(text.file.folder().to_path_buf()).or_default() += 1;
        }
        for index in 0..self.texts.len() {
            let Some(text) = self.texts.get_mut(index) else {
                break;
            };
            let Some((form, reading)) = text.samples.take() else {
                continue;
            };
            let (file, folder) = (text.file, text.file.folder());
            let is_alone = counts.get(folder) == Some(&1);
            let stem = file.path.file_stem().unwrap_or_default();
            let own = text.title.clone();
            let title = own.unwrap_or_else(|| task_title::of_path(&file.path, self.name));
            let seen = self.seen.entry(folder.to_path_buf()).or_default();
            seen.extend(reading.drafts.iter().map(parts));
            let cases = if is_alone {
                folder.to_path_buf()
            } else {
                folder.join(stem)
            };
            self.task(&file.path, form, cases, &title, reading);
        }
    }

    fn folders(&mut self, files: &[CourseFile]) {
        let mut folders = BTreeMap::<&Path, Vec<folder::File>>::new();
        let is_sample = |file: &&CourseFile| is_part(&file.file.name);
        // A text that is named like a part of a sample may have been a task.
        let tasks = self.course.tasks.iter();
        let tasks: BTreeSet<_> = tasks.map(|task| task.source.clone()).collect();
        let is_task = |file: &&CourseFile| tasks.contains(&file.path);
        for file in files.iter().filter(is_sample).filter(|file| !is_task(file)) {
            let folder = folders.entry(file.folder()).or_default();
            folder.push(file.file.clone());
        }
        for (folder, files) in folders {
            let mut reading = folder::read(&files);
            let owner = task_title::owner(folder);
            if let Some(seen) = self.seen.get(owner) {
                leave_out_repeated(&mut reading, seen);
            }
            let title = self.title_of_folder(owner);
            if reading.drafts.is_empty() {
                self.course.warnings.extend(reading.warnings);
            } else {
                self.task(
                    folder,
                    SourceForm::Samples,
                    folder.to_path_buf(),
                    &title,
                    reading,
                );
            }
        }
    }

    /// The title that a text in the task's folder says, or its name.
    fn title_of_folder(&self, folder: &Path) -> String {
        let title = self.titles.get(folder).cloned();
        title.unwrap_or_else(|| task_title::of_path(&folder.join("task"), self.name))
    }

    fn task(
        &mut self,
        source: &Path,
        form: SourceForm,
        folder: PathBuf,
        title: &str,
        mut reading: Reading,
    ) {
        for draft in &mut reading.drafts {
            draft.task = Some(source::shown(title));
        }
        let names = self.names.entry(folder.clone()).or_default();
        let Import { cases, warnings } = import(reading, names);
        self.course.tasks.push(CourseTask {
            source: source.to_path_buf(),
            form,
            folder,
            cases,
            warnings: warnings.iter().filter(|it| !it.is_left_out()).count(),
        });
        self.course.warnings.extend(warnings);
    }

    /// Tells of texts that look as if they had samples, where their task has none.
    fn texts_without(&mut self) {
        let with_tasks = self.folders_with_tasks();
        let told = self.texts.iter().filter_map(|text| {
            let finding = if text.is_utf16 {
                ImportFinding::Utf16
            } else if self.looks_like_samples(text, &with_tasks) {
                let near = text.near.clone();
                ImportFinding::NoSample { near }
            } else {
                return None;
            };
            let near = text.near.iter().find(|near| near.above_messages);
            let place = SourcePlace {
                file: text.file.file.path.as_str().into(),
                line: near.map_or(1, |near| near.line),
            };
            Some(SourceWarning { place, finding })
        });
        let told: Vec<_> = told.collect();
        self.course.warnings.extend(told);
    }

    /// Whether a text without samples has an input and an output. A single message is an example of what
    /// nodes send, and so is what stands in a text with tasks in the folders below.
    fn looks_like_samples(&self, text: &CourseText<'_>, with_tasks: &BTreeSet<&Path>) -> bool {
        let headings = text.near.iter().filter(|near| near.above_messages).count();
        let is_course = !self.course.tasks.is_empty();
        match headings {
            0 => false,
            1 => !is_course,
            _ => !with_tasks.contains(text.file.folder()),
        }
    }

    /// The folders with samples in them, or with tasks below them.
    fn folders_with_tasks(&self) -> BTreeSet<&Path> {
        let above = |task: &'_ CourseTask| match task.form {
            SourceForm::Samples => 0,
            // The text itself, and the folder that it shares with others.
            SourceForm::Page | SourceForm::Markdown => 2,
        };
        let tasks = self.course.tasks.iter();
        let folders = tasks.flat_map(|task| task.source.ancestors().skip(above(task)));
        folders.collect()
    }
}

fn parts(draft: &Draft) -> SampleParts {
    let bytes = |lines: &[SourceLine]| {
        let filled = lines.iter().filter(|line| !line.words().is_empty());
        filled.map(|line| line.words().into_bytes()).collect()
    };
    (bytes(&draft.input), draft.expected.as_deref().map(bytes))
}

/// Leaves out the samples that stand in the task's text, too, where they have titles.
fn leave_out_repeated(reading: &mut Reading, seen: &BTreeSet<SampleParts>) {
    let drafts = std::mem::take(&mut reading.drafts);
    let (repeated, fresh): (Vec<_>, Vec<_>) = drafts
        .into_iter()
        .partition(|draft| seen.contains(&parts(draft)));
    reading.drafts = fresh;
    if let Some(first) = repeated.first() {
        let count = repeated.len();
        reading.warn(&first.place, ImportFinding::Repeated { count });
    }
}
