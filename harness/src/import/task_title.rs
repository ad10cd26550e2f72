//! What a task of a course is called: by its text, or by its file or folder.

use std::path::Path;

use super::SourceForm;
use super::blocks::{BlockMark, marks};
use super::draft::Reading;
use super::label::{self, COLONS};
use super::source::SourceLine;
use super::title::{plain, split_timeout};

/// How long a title is at most, in characters.
const LENGTH_MAX: usize = 80;

/// Names of files that say nothing of their task: its folder does.
const PLAIN_FILES: [&str; 9] = [
    "readme",
    "task",
    "page",
    "index",
    "statement",
    "problem",
    "description",
    "题目",
    "任务",
];

/// Names of folders that hold the samples of the task above them.
const SAMPLE_FOLDERS: [&str; 9] = [
    "samples", "sample", "examples", "example", "tests", "test", "cases", "样例", "示例",
];

/// The title that a text says: its first heading of the first level, or on a page its first line.
pub fn of(lines: &[SourceLine], samples: Option<&(SourceForm, Reading)>) -> Option<String> {
    let first_sample = samples.and_then(|(_, reading)| Some(reading.drafts.first()?.place.line));
    let before = first_sample.map_or(lines.len(), |line| line.saturating_sub(1));
    let before = lines.get(..before).unwrap_or_default();
    let is_page = samples.is_some_and(|(form, _)| *form == SourceForm::Page);
    let heading = marks(before).into_iter().find_map(|mark| match mark {
        BlockMark::Heading(1, title) => Some(plain(&title).0),
        BlockMark::Heading(..)
        | BlockMark::Blank
        | BlockMark::Fence
        | BlockMark::Label(..)
        | BlockMark::Text => None,
    });
    let heading = heading.filter(|title| !title.is_empty());
    heading.or_else(|| is_page.then(|| first_line(before)).flatten())
}

/// The first line, if it can be a title: no sentence, no label, and no button in capitals.
fn first_line(lines: &[SourceLine]) -> Option<String> {
    let words = lines.iter().map(SourceLine::words);
    let first = words.into_iter().find(|words| !words.is_empty())?;
    let is_sentence = first.ends_with(['.', '。', '!', '?', ',']) || first.ends_with(COLONS);
    let is_title = !is_sentence
        && !first.starts_with(['{', '[', '"', '<'])
        && first.chars().count() <= LENGTH_MAX
        && !is_shouted(&first)
        && label::SampleLabel::of(&first).is_none()
        && split_timeout(&first).is_none();
    is_title.then_some(first)
}

fn is_shouted(words: &str) -> bool {
    words.chars().any(char::is_uppercase) && !words.chars().any(char::is_lowercase)
}

/// The folder whose task a folder of samples belongs to.
pub fn owner(folder: &Path) -> &Path {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    if SAMPLE_FOLDERS.contains(&name.to_lowercase().as_str()) {
        folder.parent().unwrap_or(folder)
    } else {
        folder
    }
}

/// The title of a task whose text at this path says none: its name, or its folder's, or the course's.
pub fn of_path(path: &Path, course: &str) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    if !PLAIN_FILES.contains(&stem.to_lowercase().as_str()) {
        return stem.into_owned();
    }
    let folder = path.parent().and_then(Path::file_name);
    folder.map_or_else(
        || course.to_owned(),
        |name| name.to_string_lossy().into_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::{read_text, source};

    #[track_caller]
    fn check(text: &str, title: Option<&str>) {
        let lines = source::lines("x", text.as_bytes());
        let samples = read_text("x", text.as_bytes()).ok();
        assert_eq!(of(&lines, samples.as_ref()).as_deref(), title, "{text}");
    }

    #[test]
    fn text_says_the_title_of_its_task() {
        let sample = "One\nInput\n{\"a\":1}\nExpected Output\n{}\n";
        check(
            &format!("A broadcast node\nWords.\n{sample}"),
            Some("A broadcast node"),
        );
        check(&format!("广播节点\n{sample}"), Some("广播节点"));
        for none in ["TASK\n", "", "Here you write a node.\n", "Notes:\n"] {
            check(&format!("{none}{sample}"), None);
        }
        let block = "Input:\n```\n{\"a\":1}\n```\nExpected output:\n```\n{}\n```\n";
        check(
            &format!("# `Echo`\n## More\n### One\n{block}"),
            Some("Echo"),
        );
        // The heading of a sample is its own.
        check(&format!("# One\n{block}"), None);
        check("# Echo\nWords\n", Some("Echo"));
        check("Echo\nWords\n", None);
    }

    #[test]
    fn name_of_a_task_is_that_of_its_file_or_folder() {
        for (path, title) in [
            ("a/01-echo/README.md", "01-echo"),
            ("a/echo.md", "echo"),
            ("page.txt", "course"),
        ] {
            assert_eq!(of_path(Path::new(path), "course"), title);
        }
        assert_eq!(owner(Path::new("a/Samples")), Path::new("a"));
        assert_eq!(owner(Path::new("a/echo")), Path::new("a/echo"));
        assert_eq!(owner(Path::new("")), Path::new(""));
    }
}
