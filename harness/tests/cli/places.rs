//! Where a node runs: in a folder and a session of its own.

use std::fs;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;

use crate::fake::{self, Cases};

const PING: &str = "{\"src\":\"c1\",\"dest\":\"n1\",\"body\":{\"type\":\"ping\",\"msg_id\":1}}\n";

/// A node that answers one line with the number of lines in a file, after it has added one.
const COUNT: &str = "read -r line; echo x >> count; wc -l < count | tr -d ' '; cat > /dev/null";

#[test]
fn each_case_has_a_fresh_folder_that_goes_with_it() {
    let cases = Cases::new();
    for name in ["a", "b", "c"] {
        cases.add(name, PING, "1\n");
    }
    fs::create_dir(cases.path().join(".tmp")).unwrap();
    let temporary = cases.path().join(".tmp");
    let variables = [("TMPDIR", temporary.to_str().unwrap())];
    let run = [
        "run", ".", "--repeat", "2", "--bin", "/bin/sh", "--", "-c", COUNT,
    ];
    let ran = cases.harness_in(&variables, &run);
    ran.check(0, &[], "golden: 3 passed, 0 failed");
    assert!(!cases.path().join("count").exists());
    assert_eq!(fs::read_dir(temporary).unwrap().count(), 0, "left behind");
    let nowhere = cases.path().join("nowhere");
    let variables = [("TMPDIR", nowhere.to_str().unwrap())];
    let ran = cases.harness_in(&variables, &run);
    let says = format!("the node can't run in the folder {}", nowhere.display());
    assert_eq!(ran.status, 2);
    assert!(ran.stdout.contains(&says), "{}", ran.stdout);
    let says =
        "No such file or directory (os error 2); it is made below the folder that TMPDIR names\n";
    assert!(ran.stdout.contains(says), "{}", ran.stdout);
}

#[test]
fn a_harness_toml_chooses_another_folder_and_files_are_found_all_the_same() {
    let cases = Cases::new();
    let toml =
        "bin = \"../node.sh\"\ncwd = \"data\"\nargs = [\"data/words\", \"--file=all.txt\"]\n";
    cases.write("below/harness.toml", toml);
    cases.write("below/data/words", "hello");
    cases.write("all.txt", "everybody\n");
    cases.write(
        "node.sh",
        "#!/bin/sh\nread -r line\ncat \"$1\" \"${2#--file=}\"\n> here\ncat > /dev/null\n",
    );
    let node = cases.path().join("node.sh");
    fs::set_permissions(&node, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    cases.add("below/a", PING, "helloeverybody\n");
    let own = format!("@args own.txt all.txt\n{PING}");
    cases.add("below/b", &own, "own everybody\n");
    cases.write("below/own.txt", "own ");
    let passed = "golden: 2 passed, 0 failed";
    cases.harness(&["run", "below"]).check(0, &[], passed);
    assert!(cases.path().join("below/data/here").is_file());
    let shown = "  cwd        below/data  (below/harness.toml:2)\n";
    let config = cases.harness(&["config", "below"]);
    assert!(config.stdout.contains(shown), "{}", config.stdout);

    // A relative program, as typed, with a file of the command line.
    let here = [
        "run",
        "below/a",
        "--bin",
        "node.sh",
        "--",
        "below/own.txt",
        "all.txt",
    ];
    cases.write("below/a.expected", "own everybody\n");
    let passed = "golden: 1 passed, 0 failed";
    cases.harness(&here).check(0, &[], passed);

    cases.write(
        "below/harness.toml",
        "bin = \"../node.sh\"\ncwd = \"none\"\n",
    );
    let ran = cases.harness(&["run", "below/a"]);
    let says = "the node can't run in the folder below/none: No such file";
    ran.check(2, &[says], "golden: 0 passed, 1 failed");
}

#[test]
fn each_node_of_a_case_keeps_its_folder_over_restarts() {
    let node = r#"#!/bin/sh
echo x >> count
count=0
while read -r _; do count=$((count + 1)); done < count
while read -r line; do
    id=${line##*'"msg_id":'} id=${id%%[!0-9]*}
    from=${line#*'"src":"'} from=${from%%'"'*}
    to=${line#*'"dest":"'} to=${to%%'"'*}
    type=${line#*'"type":"'} type=${type%%'"'*}
    echo "{\"src\":\"$to\",\"dest\":\"$from\",\"body\":{\"type\":\"${type}_ok\",\"in_reply_to\":$id,\"count\":$count}}"
done
"#;
    let ask = |node: &str, id: usize| {
        format!(
            "{{\"src\":\"c1\",\"dest\":\"{node}\",\"body\":{{\"type\":\"ping\",\"msg_id\":{id}}}}}\n"
        )
    };
    let answer = |node: &str, id: usize, count: usize| {
        format!(
            "{{\"src\":\"{node}\",\"dest\":\"c1\",\"body\":{{\"type\":\"ping_ok\",\"in_reply_to\":{id},\"count\":{count}}}}}\n"
        )
    };
    let restart = "@kill n1\n@restart n1\n";
    let input = format!(
        "@cluster n1 n2\n{}{restart}{}{}",
        ask("n1", 1),
        ask("n1", 2),
        ask("n2", 3)
    );
    let expected = answer("n1", 1, 1) + &answer("n1", 2, 2) + &answer("n2", 3, 1);
    let cases = Cases::one(&input, &expected);
    cases.write("node.sh", node);
    let run = ["run", ".", "--bin", "/bin/sh", "--", "node.sh"];
    cases
        .harness(&run)
        .check(0, &[], "golden: 1 passed, 0 failed");
}

#[test]
fn a_node_of_a_run_has_a_fresh_folder_in_its_files() {
    let folder = Cases::new();
    let node = fake::cluster_node().to_str().unwrap();
    let script = "echo x >> starts; exec \"$0\" right";
    for _ in 0..2 {
        let ran = folder.harness(&[
            "test",
            "--node-count",
            "2",
            "--time-limit",
            "0.3",
            "--nemesis",
            "restart",
            "--nemesis-interval",
            "0.1",
            "--out",
            "out",
            "--bin",
            "/bin/sh",
            "--",
            "-c",
            script,
            node,
        ]);
        assert!(
            ran.stdout.contains("cluster: "),
            "{}{}",
            ran.stdout,
            ran.stderr
        );
        let starts = ["n0", "n1"].map(|node| folder.read(&format!("out/nodes/{node}/starts")));
        let starts = starts.map(|text| text.lines().count());
        let history = folder.read("out/history.jsonl");
        let restarts = history
            .lines()
            .filter(|line| line.contains("\"restart\""))
            .count();
        assert!(starts.iter().all(|count| *count > 0), "{starts:?}");
        assert!(
            starts.iter().sum::<usize>() <= 2 + restarts,
            "{starts:?}\n{history}"
        );
    }
    assert!(!folder.path().join("starts").exists());
}

#[test]
fn a_node_has_no_terminal() {
    let cases = Cases::one(PING, "no terminal\n");
    let node = "read -r line; if (: > /dev/tty) 2> /dev/null; then echo terminal; \
        else echo no terminal; fi; cat > /dev/null";
    let words = [
        cargo_bin!("harness").to_str().unwrap(),
        "run",
        ".",
        "--bin",
        "/bin/sh",
        "--",
    ];
    let mut words = words.map(str::to_owned).to_vec();
    words.extend(["-c".to_owned(), node.to_owned()]);
    let command = shlex::try_join(words.iter().map(String::as_str)).unwrap();
    let in_terminal = Command::new("script")
        .args(["-qec", &command, "/dev/null"])
        .current_dir(cases.path())
        .output();
    let Ok(output) = in_terminal else {
        return fake::does_without("script(1) to make a terminal");
    };
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("golden: 1 passed, 0 failed"), "{text}");
}

#[test]
fn arguments_that_are_no_text_reach_the_node() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let cases = Cases::one(PING, "8\n");
    let mut harness = fake::harness();
    harness
        .args(["run", ".", "--bin", "/bin/sh", "--", "-c"])
        .arg("read -r line; printf %s \"$0\" | od -An -tx1 | tr -d ' \\n' | wc -c | tr -d ' '; cat > /dev/null")
        .arg(OsStr::from_bytes(b"a\xff\x01b"));
    let ran = cases.ran(&mut harness);
    ran.check(0, &[], "golden: 1 passed, 0 failed");
}
