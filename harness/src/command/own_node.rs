//! EDGE. The node of this repository: it is run where no node is named, and only for cases inside the
//! repository. Elsewhere a forgotten `--bin` would test it in the place of the user's own node.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use toml::de::DeTable;

use super::Failed;
use crate::golden::Planned;

/// What the workspace is made of.
const MEMBERS: [&str; 2] = ["node", "harness"];

/// How much of a `Cargo.toml` is read, in bytes: ours is small.
const MANIFEST_MAX: u64 = 64 * 1024;

/// The node built beside the harness, and the repositories that it may be run in.
pub struct OwnNode {
    program: PathBuf,
    /// Whether folders that were looked at lie in its repository.
    known: BTreeMap<PathBuf, bool>,
}

impl OwnNode {
    /// The one beside this harness, whether it is there or not.
    pub fn new() -> Self {
        let name = format!("node{}", env::consts::EXE_SUFFIX);
        // Where there is no /proc the system can't tell where the harness is.
        let called = || env::args_os().next().unwrap_or_default().into();
        let harness = env::current_exe().unwrap_or_else(|_| called());
        Self {
            program: harness.with_file_name(name),
            known: BTreeMap::new(),
        }
    }

    /// Where it is, or would be.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// Whether it is the node for what stands in a folder.
    pub fn is_for(&mut self, folder: &Path) -> bool {
        if let Some(known) = self.known.get(folder) {
            return *known;
        }
        let is_for = repository(folder).is_some_and(|root| self.is_of(&root));
        self.known.insert(folder.to_path_buf(), is_for);
        is_for
    }

    /// Whether it is the node for a case.
    pub fn is_for_case(&mut self, planned: &Planned) -> bool {
        let folder = planned.files.input.parent();
        let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
        self.is_for(folder.unwrap_or(Path::new(".")))
    }

    /// The node for what stands in this folder.
    ///
    /// # Errors
    /// That there is none.
    pub fn for_folder(mut self, folder: &Path) -> Result<PathBuf, Failed> {
        if !self.is_for(folder) {
            return Err(Failed::WhichNode);
        }
        self.built()
    }

    /// Where it is.
    ///
    /// # Errors
    /// That it isn't there.
    pub fn built(self) -> Result<PathBuf, Failed> {
        let program = self.program;
        if program.is_file() {
            Ok(program)
        } else {
            Err(Failed::NoNodeBuilt { program })
        }
    }

    /// Whether it was built from a repository: what is called `node` beside an installed harness may be
    /// Node.js. Cargo may build elsewhere, and keeps its records beside what it builds.
    fn is_of(&self, root: &Path) -> bool {
        let program = fs::canonicalize(self.program.parent().unwrap_or(Path::new("/")));
        program.is_ok_and(|folder| folder.starts_with(root))
            || self.program.with_file_name(".fingerprint").is_dir()
    }
}

/// The repository that a folder lies in: the nearest `Cargo.toml` of a workspace with our two members.
fn repository(folder: &Path) -> Option<PathBuf> {
    let folder = fs::canonicalize(folder).ok()?;
    let mut above = folder.ancestors();
    let root = above.find(|folder| is_ours(&folder.join("Cargo.toml")))?;
    Some(root.to_path_buf())
}

fn is_ours(manifest: &Path) -> bool {
    let is_small = |found: fs::Metadata| found.is_file() && found.len() <= MANIFEST_MAX;
    fs::metadata(manifest).is_ok_and(is_small)
        && fs::read_to_string(manifest).is_ok_and(|text| has_our_members(&text))
}

fn has_our_members(manifest: &str) -> bool {
    let Ok(table) = DeTable::parse(manifest) else {
        return false;
    };
    let workspace = table.get_ref().get("workspace");
    let members = workspace.and_then(|workspace| workspace.get_ref().get("members"));
    let Some(members) = members.and_then(|members| members.get_ref().as_array()) else {
        return false;
    };
    let is_member = |name: &str| {
        let mut members = members.iter();
        members.any(|member| member.get_ref().as_str() == Some(name))
    };
    MEMBERS.into_iter().all(is_member)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workspace_of_node_and_harness_is_ours() {
        let ours = "[workspace]\nresolver = \"3\"\nmembers = [\"node\", \"harness\"]\n";
        assert!(has_our_members(ours));
        assert!(has_our_members(
            &ours.replace("\"harness\"", "\"harness\", \"more\"")
        ));
        for other in [
            "[workspace]\nmembers = [\"node\"]\n",
            "[package]\nname = \"harness\"\nmembers = [\"node\", \"harness\"]\n",
            "[workspace]\nmembers = \"node harness\"\n",
            "no toml",
            "",
        ] {
            assert!(!has_our_members(other), "{other}");
        }
    }

    #[test]
    fn own_node_is_for_what_lies_in_its_repository() {
        let temporary = tempfile::tempdir().unwrap();
        let root = temporary.path();
        let place = |name: &str| {
            let folder = root.join(name);
            fs::create_dir_all(&folder).unwrap();
            folder
        };
        let (cases, built, other, bin) = (
            place("ours/cases/task"),
            place("ours/target/debug"),
            place("mine/cases"),
            place("bin"),
        );
        let ours = "[workspace]\nmembers = [\"node\", \"harness\"]\n";
        fs::write(root.join("ours/Cargo.toml"), ours).unwrap();
        let beside = |folder: &Path| OwnNode {
            program: folder.join("node"),
            known: BTreeMap::new(),
        };
        assert!(beside(&built).is_for(&cases));
        assert!(!beside(&built).is_for(&other));
        // Beside an installed harness Node.js may stand.
        assert!(!beside(&bin).is_for(&cases));
        fs::create_dir(bin.join(".fingerprint")).unwrap();
        assert!(beside(&bin).is_for(&cases));
        assert!(!beside(&bin).is_for(&other));
        let none = beside(&built).for_folder(&other);
        assert!(matches!(none, Err(Failed::WhichNode)));
        let unbuilt = beside(&built).for_folder(&cases);
        assert!(matches!(unbuilt, Err(Failed::NoNodeBuilt { .. })));
    }
}
