//! The start of a node in each language: it answers `init` and `echo`, flushes, and logs to stderr.

use std::ffi::OsString;
use std::path::Path;

use clap::ValueEnum;

use crate::report::shell;

/// A language that a node can be started in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// Python 3
    Python,
    /// Go
    Go,
    /// Rust, with `serde_json`
    Rust,
    /// JavaScript, for Node.js
    Js,
    /// Java 11 or later
    Java,
}

impl Language {
    /// What stands in the node's file.
    pub fn text(self) -> &'static str {
        match self {
            Self::Python => include_str!("../starting_points/node.py"),
            Self::Go => include_str!("../starting_points/node.go"),
            Self::Rust => include_str!("../starting_points/node.rs"),
            Self::Js => include_str!("../starting_points/node.js"),
            Self::Java => include_str!("../starting_points/node.java"),
        }
    }

    /// The extension of its files.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Python => "py",
            Self::Go => "go",
            Self::Rust => "rs",
            Self::Js => "js",
            Self::Java => "java",
        }
    }

    /// Whether its files are run as they stand: they begin with `#!`.
    pub fn is_executable(self) -> bool {
        self.text().starts_with("#!")
    }

    /// The commands that build and try a node in this file.
    pub fn next(self, file: &Path) -> Vec<String> {
        let built = file.with_extension("");
        let quoted = |path: &Path| shell::quoted(&[shell::path(path)]);
        let mut commands = Vec::new();
        let (bin, arguments) = match self {
            Self::Python | Self::Js => (quoted(file), String::new()),
            Self::Java => {
                let arguments = format!(" -- {}", quoted(file));
                ("\"$(command -v java)\"".to_owned(), arguments)
            }
            Self::Go => {
                let (built, file) = (quoted(&built), quoted(file));
                commands.push(format!("go build -o {built} {file}"));
                (built, String::new())
            }
            Self::Rust => {
                let name = built.file_name().unwrap_or_default();
                let name = if name == "main" {
                    OsString::from("my_node")
                } else {
                    name.to_owned()
                };
                let name = shell::quoted(&[name]);
                if let Some(folder) = cargo_folder(file) {
                    commands.push(format!("cd {}", quoted(folder)));
                }
                commands.push(format!("cargo init --name {name} && cargo add serde_json"));
                commands.push("cargo build --release".to_owned());
                (format!("target/release/{name}"), String::new())
            }
        };
        commands.push(format!("harness test --profile 1 --bin {bin}{arguments}"));
        commands
    }
}

/// The folder of the Cargo project that a file is in, if that is another one than the user's.
fn cargo_folder(file: &Path) -> Option<&Path> {
    let folder = file.parent()?;
    let folder = if folder.ends_with("src") {
        folder.parent()?
    } else {
        folder
    };
    (folder != Path::new("")).then_some(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starting_point_is_short_and_says_what_it_is() {
        for language in Language::value_variants() {
            let text = language.text();
            let lines = text.lines().count();
            assert!((30..=60).contains(&lines), "{language:?}: {lines} lines");
            assert!(
                text.contains("A Maelstrom node: one JSON message a line"),
                "{language:?}"
            );
        }
    }

    #[test]
    fn commands_name_the_file_and_what_is_built_of_it() {
        let next = |language: Language, file: &str| language.next(Path::new(file)).join("\n");
        assert_eq!(
            next(Language::Go, "a b/my_node.go"),
            "go build -o 'a b/my_node' 'a b/my_node.go'\nharness test --profile 1 --bin 'a b/my_node'"
        );
        assert!(next(Language::Rust, "src/main.rs").starts_with("cargo init --name my_node &&"));
        assert!(next(Language::Rust, "a/src/main.rs").starts_with("cd a\ncargo init"));
        assert!(next(Language::Rust, "a/x.rs").starts_with("cd a\ncargo init --name x &&"));
        assert!(next(Language::Java, "x.java").ends_with("--bin \"$(command -v java)\" -- x.java"));
        assert!(next(Language::Python, "-x.py").ends_with("--bin ./-x.py"));
    }
}
