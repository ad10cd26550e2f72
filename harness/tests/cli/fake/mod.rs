//! A folder of cases and a fake node to run them with.

mod machine;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use std::{fs, io, panic, thread};

use assert_cmd::assert::OutputAssertExt;
use assert_cmd::cargo::cargo_bin;
use tempfile::TempDir;

pub use machine::{Load, at_once, claim};

/// The fake node, compiled where there is none of these sources yet.
pub fn node() -> &'static Path {
    static NODE: OnceLock<PathBuf> = OnceLock::new();
    NODE.get_or_init(|| compile("node.rs", "fake-node"))
}

/// The fake node for clusters, likewise.
pub fn cluster_node() -> &'static Path {
    static NODE: OnceLock<PathBuf> = OnceLock::new();
    NODE.get_or_init(|| compile("cluster_node.rs", "fake-cluster-node"))
}

/// The fake node that asks services, likewise.
pub fn service_node() -> &'static Path {
    static NODE: OnceLock<PathBuf> = OnceLock::new();
    NODE.get_or_init(|| compile("service_node.rs", "fake-service-node"))
}

/// Our own node, beside the harness. A run of all tests builds it; one of the harness alone does not.
pub fn own_node() -> &'static Path {
    static NODE: OnceLock<PathBuf> = OnceLock::new();
    NODE.get_or_init(|| {
        let node = cargo_bin!("harness").with_file_name("node");
        if !node.is_file() {
            let folder = node.parent().unwrap().parent().unwrap();
            Command::new(env!("CARGO"))
                .args(["build", "--locked", "--quiet", "--package", "node"])
                .arg("--target-dir")
                .arg(folder)
                .assert()
                .success();
        }
        node
    })
}

/// No file is ever replaced: another run of the tests may be using it.
fn compile(source: &str, name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/fake");
    let node = folder.join(format!("{name}-{:016x}", digest(&sources)));
    if node.is_file() {
        return node;
    }
    // Nothing behind a dot: the compiler would leave it out of the names of its own files, and those of
    // two runs of the tests would be the same.
    let fresh = folder.join(format!("{name}-of-{}", std::process::id()));
    let rustc = Path::new(env!("CARGO")).with_file_name("rustc");
    let rustc = if rustc.is_file() {
        rustc
    } else {
        "rustc".into()
    };
    Command::new(rustc)
        .args(["--edition=2024", "-o"])
        .args([&fresh, &sources.join(source)])
        .assert()
        .success();
    let linked = fs::hard_link(&fresh, &node);
    fs::remove_file(&fresh).unwrap();
    // Another run may have been sooner.
    assert!(node.is_file(), "{linked:?}");
    node
}

/// A number that is another one where a source is.
fn digest(sources: &Path) -> u64 {
    let sources = fs::read_dir(sources).unwrap();
    let mut sources: Vec<_> = sources.map(|source| source.unwrap().path()).collect();
    sources.sort();
    let mut hasher = DefaultHasher::new();
    for source in sources {
        source.file_name().hash(&mut hasher);
        fs::read(source).unwrap().hash(&mut hasher);
    }
    hasher.finish()
}

/// The harness, as nobody's CI runs it: what a log of GitHub Actions gets is asked for by a test. Nor do
/// nodes that panic look for where, which is most of what a run of them costs.
pub fn harness() -> Command {
    let mut command = Command::new(cargo_bin!("harness"));
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache");
    outside_ci(&mut command)
        .env_remove("RUST_BACKTRACE")
        .env("XDG_CACHE_HOME", cache);
    command
}

/// Without the variables by which a harness knows that it runs in CI, or what colors are wanted.
pub fn outside_ci(command: &mut Command) -> &mut Command {
    let variables = [
        "GITHUB_ACTIONS",
        "GITHUB_STEP_SUMMARY",
        "CI",
        "TF_BUILD",
        "FORCE_COLOR",
        "NO_COLOR",
    ];
    for variable in variables {
        command.env_remove(variable);
    }
    command
}

/// A folder of cases.
pub struct Cases {
    folder: TempDir,
}

/// What a run of the harness printed, and how it ended.
pub struct Ran {
    pub stdout: String,
    pub stderr: String,
    pub status: i32,
    pub elapsed: Duration,
}

impl Cases {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// A folder with one case named `case`.
    pub fn one(input: &str, expected: &str) -> Self {
        let cases = Self::new();
        cases.add("case", input, expected);
        cases
    }

    pub fn add(&self, name: &str, input: &str, expected: &str) {
        self.write(&format!("{name}.in"), input);
        self.write(&format!("{name}.expected"), expected);
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap()
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// What no command line but that of this folder's nodes has in it.
    pub fn token(&self) -> &str {
        self.path().to_str().unwrap()
    }

    /// `harness run .` with a fake node that goes this way.
    pub fn run(&self, way: &str) -> Ran {
        self.run_with(&["."], &[way])
    }

    /// `harness run` with these arguments and a fake node that has those.
    pub fn run_with(&self, arguments: &[&str], node_arguments: &[&str]) -> Ran {
        let node = node();
        let mut all = vec!["run", "--bin", node.to_str().unwrap()];
        all.extend(arguments);
        all.push("--");
        all.extend(node_arguments);
        self.harness(&all)
    }

    /// The harness with these arguments, in the folder of the cases.
    pub fn harness(&self, arguments: &[&str]) -> Ran {
        self.harness_in(&[], arguments)
    }

    /// The same with these variables.
    pub fn harness_in(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Ran {
        let mut harness = harness();
        self.ran(harness.args(arguments).envs(variables.iter().copied()))
    }

    /// The harness as it stands, in the folder of the cases.
    pub fn ran(&self, harness: &mut Command) -> Ran {
        self.ran_in(self.path(), harness)
    }

    /// The same in another folder.
    pub fn ran_in(&self, folder: &Path, harness: &mut Command) -> Ran {
        let started = Instant::now();
        let output = harness
            .current_dir(folder)
            .env("XDG_CACHE_HOME", self.path().join(".cache"))
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran {
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            status: output.status.code().unwrap(),
            elapsed: started.elapsed(),
        }
    }
}

impl Ran {
    /// Asserts how the run ended, what it said, and its last line.
    #[track_caller]
    pub fn check(&self, status: i32, says: &[&str], last_line: &str) -> &Self {
        let Self { stdout, stderr, .. } = self;
        assert_eq!(self.status, status, "{stdout}{stderr}");
        for text in says {
            assert!(stdout.contains(text), "no {text:?} in:\n{stdout}{stderr}");
        }
        assert_eq!(
            stdout.lines().last().unwrap_or_default(),
            last_line,
            "{stdout}{stderr}"
        );
        self
    }

    #[track_caller]
    pub fn never_says(&self, text: &str) -> &Self {
        assert!(!self.stdout.contains(text), "{}", self.stdout);
        self
    }
}

/// The command lines of the processes that have `token` in theirs, apart from this one.
pub fn processes_with(token: &str) -> Vec<String> {
    let found = command_lines_with(token);
    found.into_iter().map(|(_, line)| line).collect()
}

/// Their ids.
pub fn pids_with(token: &str) -> Vec<i32> {
    let found = command_lines_with(token);
    found.into_iter().map(|(pid, _)| pid).collect()
}

fn command_lines_with(token: &str) -> Vec<(i32, String)> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    processes
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path())))
        .filter(|(pid, _)| u32::try_from(*pid) != Ok(std::process::id()))
        .filter_map(|(pid, path)| Some((pid, fs::read(path.join("cmdline")).ok()?)))
        .map(|(pid, line)| (pid, String::from_utf8_lossy(&line).replace('\0', " ")))
        .filter(|(_, line)| line.contains(token))
        .collect()
}

/// The most memory that a process ever took, in kB; 0 if it is gone.
pub fn peak_memory(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = peak.and_then(|peak| peak.trim().strip_suffix(" kB")?.trim().parse().ok());
    number.unwrap_or_default()
}

/// Says what a test does without, where everybody sees it: what tests print is not shown if they pass.
pub fn does_without(missing: &str) {
    let _ = writeln!(io::stderr(), "there is no {missing}");
}

/// Checks something with a short time and, where that fails, again with longer ones: on a busy machine a
/// node may not have come to do what it is to be caught at.
#[track_caller]
pub fn sooner_or_later<const N: usize>(times: [&str; N], check: impl Fn(&str)) {
    let (longest, shorter) = times.split_last().unwrap();
    let passes = |time: &&str| panic::catch_unwind(AssertUnwindSafe(|| check(time))).is_ok();
    if !shorter.iter().any(passes) {
        check(longest);
    }
}

/// Waits until there is something; panics when that takes unreasonably long.
#[track_caller]
pub fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(started.elapsed() < Duration::from_secs(60), "no {what}");
        thread::sleep(Duration::from_millis(5));
    }
}
