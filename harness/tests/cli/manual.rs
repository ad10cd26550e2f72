//! What the command line knows of itself, for a shell and for man(1).

use std::io::Write;
use std::process::{Command, Stdio};

use crate::fake::{self, Cases};

fn stdout(arguments: &[&str]) -> String {
    let ran = Cases::new().harness(arguments);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{arguments:?}");
    ran.stdout
}

#[test]
fn every_shell_has_its_completions() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = stdout(&["completions", shell]);
        for word in ["harness", "config", "junit", "never"] {
            assert!(script.contains(word), "no {word} in {script}");
        }
    }
    let ran = Cases::new().harness(&["completions", "cmd"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("powershell"), "{}", ran.stderr);
}

#[test]
fn bash_takes_its_completions() {
    let script = stdout(&["completions", "bash"]);
    let check = "eval \"$(cat)\"; COMP_WORDS=(harness run --jun); COMP_CWORD=2; \
                 _harness harness --jun run; echo \"${COMPREPLY[@]}\"";
    let bash = Command::new("bash")
        .args(["-c", check])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut bash) = bash else {
        fake::does_without("bash: nobody tries its completions");
        return;
    };
    let mut stdin = bash.stdin.take().unwrap();
    stdin.write_all(script.as_bytes()).unwrap();
    drop(stdin);
    let output = bash.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "--junit\n");
}

#[test]
fn bash_completes_values_lists_and_what_the_node_is_given() {
    let script = stdout(&["completions", "bash"]);
    let cases = Cases::new();
    cases.write("node.toml", "");
    for (words, completed) in [
        ("run --format j", "json"),
        ("run --format = j", "json"),
        ("run --format =", "human json"),
        ("test --nemesis pa", "partition pause"),
        ("test --nemesis kill,pa", "kill,partition kill,pause"),
        ("test --topology tr", "tree tree2 tree3 tree4"),
        ("man che", "check"),
        ("run . -- no", "node.toml"),
        ("run . -- -", ""),
    ] {
        let check = format!(
            "{script}\nset -f; COMP_WORDS=(harness {words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _harness_words harness \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"; \
             echo \"${{COMPREPLY[@]}}\""
        );
        let bash = Command::new("bash")
            .args(["-c", &check])
            .current_dir(cases.path())
            .output();
        let Ok(output) = bash else {
            return fake::does_without("bash: nobody tries its completions");
        };
        let found = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(found.trim_end(), completed, "{words}");
    }
}

#[test]
fn there_is_a_man_page_of_all_and_of_each_command() {
    let page = stdout(&["man"]);
    assert!(
        page.contains(".TH harness 1") && page.contains("harness\\-config"),
        "{page}"
    );
    let page = stdout(&["man", "run"]);
    assert!(page.contains(".TH harness-run 1"), "{page}");
    assert!(page.contains("\\-\\-annotations"), "{page}");
    let ran = Cases::new().harness(&["man", "walk"]);
    assert_eq!(ran.status, 2);
    assert!(
        ran.stderr.contains("[possible values: run, watch,"),
        "{}",
        ran.stderr
    );
}

#[test]
fn nobody_has_to_read_to_the_end() {
    for arguments in [&["man"][..], &["completions", "bash"]] {
        let mut harness = fake::harness()
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(harness.stdout.take());
        let output = harness.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        assert_eq!(output.status.code(), Some(0));
    }
}
