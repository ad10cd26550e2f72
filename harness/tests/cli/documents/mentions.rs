//! What the documents name in passing exists: source files, flags, commands, goals of make, and where
//! links lead.

use std::collections::BTreeSet;
use std::path::Path;

use regex::Regex;
use walkdir::WalkDir;

use super::blocks::{Section, text_of};
use super::{DOCUMENTS, desk::Desk};

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// A picture of the sources: each file and folder that it names stands below the folder whose part of
/// the picture it is in.
pub fn sources(shown: &mut Section) {
    let name = Regex::new(r"[a-z_]+(/[a-z_]+)*(\.rs|/)").unwrap();
    let mut folder = String::new();
    for line in shown.take("text").lines() {
        for (number, name) in name.find_iter(line).map(|found| found.as_str()).enumerate() {
            if number == 0 && line.starts_with(name) {
                name.clone_into(&mut folder);
                assert!(repository().join(&folder).is_dir(), "{folder}");
                continue;
            }
            let files = WalkDir::new(repository().join(&folder)).into_iter();
            let exists = files
                .map(|entry| entry.unwrap().into_path())
                .any(|path| path.ends_with(name.trim_end_matches('/')));
            assert!(exists, "there is no {name} in {folder}");
        }
    }
}

/// What stands between backticks, outside of blocks.
fn code(document: &str) -> Vec<String> {
    let text = text_of(document);
    let prose = text.split("\n```").step_by(2).collect::<String>();
    let parts = prose.split('`').skip(1).step_by(2);
    parts.map(|part| part.replace('\n', " ")).collect()
}

#[test]
fn every_flag_and_command_that_is_named_exists() {
    let desk = Desk::new();
    let commands: Vec<_> = desk
        .prints("harness help", 0)
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter(|line| !line.starts_with("   "))
        .map(|line| line.split_whitespace().next().unwrap().to_owned())
        .collect();
    let mut helps = desk.prints("target/debug/node --help", 0);
    for command in commands.iter().filter(|command| *command != "help") {
        helps += &desk.prints(&format!("harness {command} --help"), 0);
    }
    let flag = Regex::new(r"(?:^|[ ,(])(--[a-z][a-z-]*|-[a-z]\b)").unwrap();
    let exist: BTreeSet<_> = flag
        .captures_iter(&helps)
        .map(|found| found[1].to_owned())
        .collect();
    // Of other programs, of any program, or what cargo is told.
    let foreign = [
        "--release",
        "--test",
        "--path",
        "-9",
        "--option",
        "--locked",
        "-p",
        "--lib",
    ];
    let mut seen = 0;
    for document in DOCUMENTS {
        for code in code(document) {
            for found in flag.captures_iter(&code).map(|found| found[1].to_owned()) {
                let known = exist.contains(&found) || foreign.contains(&found.as_str());
                assert!(known, "{document}: there is no {found}, as in {code:?}");
                seen += 1;
            }
            if let Some(rest) = code.strip_prefix("harness ") {
                let command = rest.split(' ').next().unwrap().to_owned();
                assert!(commands.contains(&command), "{document}: {code}");
            }
        }
    }
    assert!(seen > 60, "only {seen} flags");
}

#[test]
fn every_goal_of_make_that_is_named_exists() {
    let makefile = text_of("Makefile");
    let documents = DOCUMENTS.into_iter().flat_map(code);
    let goals = documents.filter_map(|code| Some(code.strip_prefix("make ")?.to_owned()));
    let goals: Vec<_> = goals.collect();
    assert!(goals.len() > 3, "{goals:?}");
    for goal in goals.iter().flat_map(|goals| goals.split(' ')) {
        assert!(makefile.contains(&format!("\n{goal}:")), "make {goal}");
    }
}

#[test]
fn every_link_leads_somewhere() {
    let link = Regex::new(r"\]\(([^)]+)\)").unwrap();
    for document in DOCUMENTS {
        let text = text_of(document);
        for found in link.captures_iter(&text) {
            let target = &found[1];
            if target.starts_with("https://") {
                continue;
            }
            let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
            let near = Path::new(document).with_file_name(file);
            let file = if file.is_empty() {
                document
            } else {
                near.to_str().unwrap()
            };
            assert!(repository().join(file).exists(), "{document}: {target}");
            let anchors = text_of(file);
            let mut anchors = anchors
                .lines()
                .filter(|line| line.starts_with('#'))
                .map(|line| {
                    line.trim_start_matches(['#', ' '])
                        .to_lowercase()
                        .replace(' ', "-")
                        .replace(['.', '`'], "")
                });
            assert!(
                anchor.is_empty() || anchors.any(|name| name == anchor),
                "{document}: {target}"
            );
        }
    }
}
