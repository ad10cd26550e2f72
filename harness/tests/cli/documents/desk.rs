//! A reader's desk: a folder with what is there after `make`, in which the commands of a document are
//! run as they stand.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs, io};

use std::os::unix::fs::PermissionsExt;

use assert_cmd::cargo::cargo_bin;
use tempfile::TempDir;
use walkdir::WalkDir;

use crate::fake;

pub struct Desk {
    folder: TempDir,
}

/// What a script printed, and its exit status.
pub struct Printed {
    pub text: String,
    pub status: i32,
}

impl Desk {
    /// With our two programs and the cases.
    pub fn new() -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let desk = Self { folder };
        fs::create_dir_all(desk.path("target/debug")).unwrap();
        copy(cargo_bin!("harness"), &desk.path("target/debug/harness"));
        copy(fake::own_node(), &desk.path("target/debug/node"));
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        // What makes it our repository, in which our node is run where none is named.
        fs::copy(repository.join("Cargo.toml"), desk.path("Cargo.toml")).unwrap();
        for entry in WalkDir::new(repository.join("cases")) {
            let entry = entry.unwrap();
            let place = desk
                .path("")
                .join(entry.path().strip_prefix(repository).unwrap());
            if entry.file_type().is_dir() {
                fs::create_dir(place).unwrap();
            } else {
                fs::copy(entry.path(), place).unwrap();
            }
        }
        // On a machine with much else to do a node takes its time.
        desk.write("harness.toml", "timeout = \"60s\"\n");
        desk
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect(name)
    }

    /// Our own node under this name, with these arguments.
    pub fn write_node(&self, name: &str, arguments: &str) {
        let node = self.path("target/debug/node");
        self.write_program(name, &format!("exec '{}' {arguments}", node.display()));
    }

    /// A program that is a script of the shell.
    pub fn write_program(&self, name: &str, script: &str) {
        self.write(name, &format!("#!/bin/sh\n{script}\n"));
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// With the example of a node in Python as `my_node.py`; where there is no Python, our own in its place.
    pub fn with_python_node() -> Self {
        let desk = Self::new();
        if Command::new("python3").arg("--version").output().is_ok() {
            copy(
                &desk.path("cases/example_node.py"),
                &desk.path("my_node.py"),
            );
        } else {
            fake::does_without("python3: our own node takes the place of the example's");
            desk.write_node("my_node.py", "");
        }
        desk
    }

    /// Runs a script with the shell's `-e`, as GitHub Actions does, and `harness` on the `$PATH`.
    pub fn run(&self, script: &str, variables: &[(&str, &str)]) -> Printed {
        let path = env::var("PATH").unwrap();
        let path = format!("{}:{path}", self.path("target/debug").display());
        // Both in the order in which a terminal shows them.
        let output = Command::new("sh")
            .args(["-e", "-c", &format!("exec 2>&1\n{script}")])
            .stdin(Stdio::null())
            .current_dir(self.folder.path())
            .env_remove("GITHUB_ACTIONS")
            .env_remove("GITHUB_STEP_SUMMARY")
            .env_remove("CI")
            .env_remove("TF_BUILD")
            .env("XDG_CACHE_HOME", self.path(".cache"))
            .env("PATH", path)
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        Printed {
            text: String::from_utf8(output.stdout).unwrap(),
            status: output.status.code().unwrap(),
        }
    }

    /// What a script prints that ends with this status.
    #[track_caller]
    pub fn prints(&self, script: &str, status: i32) -> String {
        let printed = self.run(script, &[]);
        assert_eq!(printed.status, status, "{script}\n{}", printed.text);
        printed.text
    }
}

/// A file under another name, or a copy where that is on another disk.
fn copy(from: &Path, to: &Path) {
    let linked = fs::hard_link(from, to);
    linked
        .or_else(|_| fs::copy(from, to).map(drop) as io::Result<()>)
        .unwrap();
}

/// A script with what can't be run in a test replaced. Each has to be there.
#[track_caller]
pub fn replaced(script: &str, replacements: &[(&str, &str)]) -> String {
    replacements
        .iter()
        .fold(script.to_owned(), |script, (old, new)| {
            assert!(script.contains(old), "{old:?} is not in:\n{script}");
            script.replace(old, new)
        })
}
