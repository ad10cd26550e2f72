//! A folder with `input-N.jsonl` and `expected-N.txt`; `input.jsonl` beside them repeats the first.
//!
//! Nothing is read here: the files come with their bytes.

use super::draft::{Draft, Reading};
use super::finding::ImportFinding;
use super::source::{self, SourceLine, SourcePlace};

/// A file of the folder.
#[derive(Debug, Clone)]
pub struct File {
    /// Its name in the folder; that of a folder in it ends in `/`.
    pub name: String,
    /// Its path, as its user would name it.
    pub path: String,
    pub bytes: Vec<u8>,
}

/// Whether a file of this name may hold a part of a sample: the others needn't be read.
pub fn is_part(name: &str) -> bool {
    let lower = name.to_lowercase();
    (lower.starts_with("input") || lower.starts_with("expected")) && !name.ends_with('/')
}

/// Whether a file of this name holds a part of a sample.
pub fn is_sample(name: &str) -> bool {
    Part::of(name).is_some()
}

/// What a file holds, with the sample's number; none in `input.jsonl`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part<'name> {
    Input(Option<&'name str>),
    Expected(Option<&'name str>),
}

impl<'name> Part<'name> {
    fn of(name: &'name str) -> Option<Self> {
        let number = |rest: &'name str| match rest.strip_prefix('-') {
            Some("") => None,
            Some(number) => Some(Some(number)),
            None => rest.is_empty().then_some(None),
        };
        let between = |start, end| number(name.strip_prefix(start)?.strip_suffix(end)?);
        let input = between("input", ".jsonl").map(Self::Input);
        input.or_else(|| between("expected", ".txt").map(Self::Expected))
    }
}

/// Finds the samples among the files of a folder; none if it is no such folder.
pub fn read(files: &[File]) -> Reading {
    let mut reading = Reading::default();
    let mut files: Vec<_> = files.iter().filter(|file| is_part(&file.name)).collect();
    files.sort_by_key(|file| sort_key(&file.name));
    let samples: Vec<_> = files
        .iter()
        .filter_map(|file| Sample::of(file, &files))
        .collect();
    for sample in &samples {
        if sample.number.is_none() && samples.len() > 1 {
            if samples.iter().any(|other| sample.repeats(other)) {
                continue;
            }
            reading.warn(&sample.place, ImportFinding::NotRepeated);
        }
        reading.drafts.push(sample.draft());
    }
    for file in &files {
        tell_unused(file, &files, &mut reading);
    }
    reading
}

/// By the value of their numbers, the plain one last.
fn sort_key(name: &str) -> (bool, usize, String) {
    let number = match Part::of(name) {
        Some(Part::Input(number) | Part::Expected(number)) => number,
        None => None,
    };
    let number = number.map(|number| number.trim_start_matches('0'));
    (
        number.is_none(),
        number.map_or(0, str::len),
        name.to_owned(),
    )
}

/// An input and what belongs to it.
struct Sample<'file> {
    number: Option<&'file str>,
    place: SourcePlace,
    input: Vec<SourceLine>,
    expected: Option<Vec<SourceLine>>,
}

impl<'file> Sample<'file> {
    fn of(file: &'file File, files: &[&File]) -> Option<Self> {
        let Some(Part::Input(number)) = Part::of(&file.name) else {
            return None;
        };
        Some(Self {
            number,
            place: start(file),
            input: lines(file),
            expected: find(files, Part::Expected(number)).map(lines),
        })
    }

    fn repeats(&self, other: &Self) -> bool {
        let same = |one: &[SourceLine], other: &[SourceLine]| {
            let bytes =
                |lines: &[SourceLine]| lines.iter().map(|line| line.bytes.clone()).collect();
            let (one, other): (Vec<_>, Vec<_>) = (bytes(one), bytes(other));
            one == other
        };
        let same_expected = match (&self.expected, &other.expected) {
            (None, _) => true,
            (Some(one), Some(other)) => same(one, other),
            (Some(_), None) => false,
        };
        other.number.is_some() && same(&self.input, &other.input) && same_expected
    }

    fn draft(&self) -> Draft {
        let title = self
            .number
            .map_or("Sample".to_owned(), |number| format!("Sample {number}"));
        let mut draft = Draft::new(title, self.place.clone());
        draft.input.clone_from(&self.input);
        draft.expected.clone_from(&self.expected);
        draft
    }
}

/// An output wants an input; and what is named almost right was perhaps meant.
fn tell_unused(file: &File, files: &[&File], reading: &mut Reading) {
    match Part::of(&file.name) {
        Some(Part::Expected(number)) if find(files, Part::Input(number)).is_none() => {
            let number = number.map_or(String::new(), |number| format!("-{number}"));
            let missing = format!("input{number}.jsonl");
            reading.warn(&start(file), ImportFinding::Alone { missing });
        }
        Some(_) => {}
        None => reading.warn(&start(file), ImportFinding::NotRead),
    }
}

fn find<'file>(files: &[&'file File], part: Part<'_>) -> Option<&'file File> {
    let found = files.iter().find(|file| Part::of(&file.name) == Some(part));
    found.copied()
}

/// The lines that aren't blank.
fn lines(file: &File) -> Vec<SourceLine> {
    let mut lines = source::lines(&file.path, &file.bytes);
    lines.retain(|line| !line.words().is_empty());
    lines
}

fn start(file: &File) -> SourcePlace {
    SourcePlace {
        file: file.path.as_str().into(),
        line: 1,
    }
}
