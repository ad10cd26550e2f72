//! `harness new --node`: what it writes runs as it says, in each language that is installed here.

use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use assert_cmd::cargo::cargo_bin;

use crate::fake::{self, Cases, Load};

const INPUT: &str = r#"{"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1"]}}
{"src":"c1","dest":"n1","body":{"type":"echo","msg_id":2,"echo":{"b":[1,"}\"{:",{"echo":","}],"größe":" x"}}}
{"src":"c1","dest":"n1","body":{"type":"echo","echo":"msg_id last","msg_id":3}}
{"src":"c1","dest":"n1","body":{"type":"tell","in_reply_to":0,"msg_id":4}}
{"src":"c1","dest":"n1","body":{"type":"dance","msg_id":5}}
"#;

const EXPECTED: &str = r#"{"src":"n1","dest":"c0","body":{"type":"init_ok","in_reply_to":1,"msg_id":0}}
{"src":"n1","dest":"c1","body":{"type":"echo_ok","echo":{"b":[1,"}\"{:",{"echo":","}],"größe":" x"},"in_reply_to":2,"msg_id":1}}
{"src":"n1","dest":"c1","body":{"type":"echo_ok","echo":"msg_id last","in_reply_to":3,"msg_id":2}}
{"src":"n1","dest":"c1","body":{"type":"error","code":10,"text":"<string>","in_reply_to":5,"msg_id":3}}
"#;

fn is_installed(program: &str, version: &str) -> bool {
    let ran = Command::new(program).arg(version).output();
    ran.is_ok_and(|output| output.status.success())
}

/// What a script of the shell prints in the folder of the cases, with the harness on the `$PATH`: alone, for
/// beside it stands our own `node`.
#[track_caller]
fn prints(cases: &Cases, script: &str) -> String {
    let bin = cases.path().join("bin");
    fs::create_dir_all(&bin).unwrap();
    let _ = symlink(cargo_bin!("harness"), bin.join("harness"));
    let path = env::var("PATH").unwrap();
    let output = fake::outside_ci(&mut Command::new("sh"))
        .args(["-e", "-c", &format!("exec 2>&1\n{script}")])
        .stdin(Stdio::null())
        .current_dir(cases.path())
        .env("PATH", format!("{}:{path}", bin.display()))
        .env("XDG_CACHE_HOME", cases.path().join(".cache"))
        // Java compiles this source at each start; half of that is to optimize its own compiler.
        .env(
            "JDK_JAVA_OPTIONS",
            "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
        )
        // With it Python flushes each line by itself.
        .env_remove("PYTHONUNBUFFERED")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{script}\n{text}");
    text
}

/// Writes a node and does what it says is next; `build` takes the place of commands that need a network.
#[track_caller]
fn check(language: &str, file: &str, build: Option<&str>) {
    let _claim = fake::claim(Load::Cluster);
    let cases = Cases::new();
    cases.add("cases/echo", INPUT, EXPECTED);
    cases.write("cases/harness.toml", "timeout = \"60s\"\n");
    let ran = cases.harness(&["new", "--node", language, file]);
    assert_eq!((ran.status, &*ran.stderr), (0, ""), "{}", ran.stdout);
    let (says, next) = ran.stdout.split_once("next:\n").unwrap();
    assert_eq!(says, format!("wrote {file}: it answers init and echo\n"));
    let commands = next
        .lines()
        .filter(|line| build.is_none() || !line.starts_with("  cargo "));
    let commands: Vec<_> = build.into_iter().chain(commands).collect();
    let shorter = "-w echo --time-limit 1 --rate 20 --node-count 2 --init-timeout 60s";
    let last = commands.last().unwrap();
    let run = last.replace("harness test --profile 1", "harness run cases");
    let script = commands.join("\n").replace("--profile 1", shorter);
    let printed = prints(&cases, &format!("{script}\n{run}"));
    assert!(
        printed.contains("cluster: 1 valid, 0 not valid\n"),
        "{printed}"
    );
    assert!(
        printed.ends_with("golden: 1 passed, 0 failed\n"),
        "{printed}"
    );
    // A node that answers otherwise is none of this.
    let wrong = EXPECTED.replace("msg_id last", "something");
    cases.write("cases/echo.expected", &wrong);
    let printed = prints(&cases, &format!("! {}", run.trim_start()));
    assert!(
        printed.ends_with("golden: 0 passed, 1 failed\n"),
        "{printed}"
    );
    assert!(
        printed.contains("started as"),
        "the log on stderr:\n{printed}"
    );
    // It is never replaced.
    let text = cases.read(file);
    let again = cases.harness(&["new", "--node", language, file]);
    assert_eq!(again.status, 2);
    let says = format!("error: {file} is there already; choose another name, or edit it\n");
    assert_eq!(again.stderr, says);
    assert_eq!(cases.read(file), text);
}

#[test]
fn node_in_python_runs_as_it_stands() {
    if is_installed("python3", "--version") {
        check("python", "my_node.py", None);
    } else {
        fake::does_without("python3: the start of a node in Python is not run");
    }
}

#[test]
fn node_in_javascript_runs_as_it_stands() {
    if is_installed("node", "--version") {
        check("js", "my_node.js", None);
    } else {
        fake::does_without("Node.js: the start of a node in JavaScript is not run");
    }
}

#[test]
fn node_in_java_runs_as_it_stands() {
    if is_installed("java", "-version") {
        check("java", "my_node.java", None);
    } else {
        fake::does_without("Java: the start of a node in Java is not run");
    }
}

#[test]
fn node_in_go_runs_when_built() {
    if is_installed("go", "version") {
        check("go", "my_node.go", None);
    } else {
        fake::does_without("Go: the start of a node in Go is not run");
    }
}

/// Its library comes from the network, but for the harness's own.
#[test]
fn node_in_rust_runs_when_built() {
    let harness = cargo_bin!("harness");
    let target = harness.parent().unwrap().parent().unwrap();
    let example = target.join("debug/examples/starting_point");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("starting_points/node.rs");
    let written = |file: &Path| fs::metadata(file).and_then(|file| file.modified()).ok();
    // Where all tests are built it is built with them; with other features it takes a minute.
    if written(&example) < written(&source) {
        let status = Command::new(env!("CARGO"))
            .args(["build", "--locked", "--quiet", "--package", "harness"])
            .args(["--example", "starting_point", "--target-dir"])
            .arg(target)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status()
            .unwrap();
        assert!(status.success());
    }
    let example = example.display();
    let copy = format!("mkdir -p target/release; cp '{example}' target/release/my_node");
    check("rust", "my_node.rs", Some(&copy));
}

/// One truth: the node of the cases is what is written here, with more.
#[test]
fn example_node_has_each_line_of_the_start_in_python() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| fs::read_to_string(root.join(name)).unwrap();
    let (start, example) = (
        read("starting_points/node.py"),
        read("../cases/example_node.py"),
    );
    let mut rest = example.lines();
    for line in start.lines() {
        let is_changed = line.starts_with("\"\"\"") || line.starts_with("import ");
        let found = is_changed
            || rest
                .any(|other| other == line || line.contains("global") && other.starts_with(line));
        assert!(
            found,
            "{line:?} is not in cases/example_node.py, or elsewhere"
        );
    }
}

#[test]
fn node_is_refused_under_a_name_that_its_language_does_not_have() {
    let cases = Cases::new();
    for (arguments, says) in [
        (&["java", "my_node"][..], "name it as in my_node.java"),
        (
            &["cobol", "my_node.cob"],
            "possible values: python, go, rust, js, java",
        ),
        (&["python", "my_node.py", "read"], "cannot be used with"),
        (
            &["python", "my_node.py", "--title", "x"],
            "cannot be used with",
        ),
    ] {
        let ran = cases.harness(&[&["new", "--node"], arguments].concat());
        assert_eq!(ran.status, 2, "{arguments:?}: {}", ran.stdout);
        assert!(ran.stderr.contains(says), "{arguments:?}: {}", ran.stderr);
    }
    assert_eq!(fs::read_dir(cases.path()).unwrap().count(), 0);
}

#[test]
fn interpreter_as_a_node_is_told_how_it_runs_one() {
    let cases = Cases::new();
    cases.add("cases/a", INPUT, EXPECTED);
    for (program, says) in [
        (
            "python3",
            "the first line #!/usr/bin/env python3, and name it: --bin my_node.py; or say --bin",
        ),
        ("java", "; say --bin \"$(command -v java)\" -- my_node.java"),
        ("node", "or say --bin \"$(command -v node)\" -- my_node.js"),
        ("go", "go build -o my_node my_node.go, then --bin my_node"),
        ("cargo", "--bin target/release/my_node"),
    ] {
        for command in ["run", "test"] {
            let ran = cases.harness(&[command, "--bin", program]);
            assert_eq!(ran.status, 2, "{command} {program}: {}", ran.stdout);
            assert!(
                ran.stderr.contains(says),
                "{command} {program}: {}",
                ran.stderr
            );
        }
    }
}
