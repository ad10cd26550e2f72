//! Cases with a cluster: each directive with a case that passes for it and one that fails without it
//! or with another, each error with its place, and what is said of nodes that misbehave.

mod errors;
mod faults;

use std::process::Stdio;

use crate::fake::{self, Cases, Load, Ran};

/// What stands in a case, in words: `@...` is a line as it stands; `CLIENT NODE set VALUE` and
/// `CLIENT NODE get VALUES` are a broadcast and a read with what they are answered; any other
/// `CLIENT NODE TYPE` is a request that is answered with `TYPE_ok`.
struct Case {
    input: String,
    expected: String,
    requests: usize,
}

impl Case {
    fn of(lines: &[&str]) -> Self {
        let mut case = Self {
            input: String::new(),
            expected: String::new(),
            requests: 0,
        };
        for line in lines {
            match line.strip_prefix('@') {
                Some(_) => case.input += &[line, "\n"].concat(),
                None => case.request(line),
            }
        }
        case
    }

    fn request(&mut self, line: &str) {
        self.requests += 1;
        let id = self.requests;
        let words: Vec<_> = line.splitn(4, ' ').collect();
        let (client, node) = (words[0], words[1]);
        let (asked, told) = match (words[2], words.get(3)) {
            ("set", Some(value)) => (
                format!("broadcast\",\"message\":{value}"),
                "broadcast_ok\"".to_owned(),
            ),
            ("get", Some(values)) => (
                "read\"".to_owned(),
                format!("read_ok\",\"messages\":{values}"),
            ),
            (other, _) => (format!("{other}\""), format!("{other}_ok\"")),
        };
        let input = format!(
            "{{\"src\":\"{client}\",\"dest\":\"{node}\",\"body\":{{\"msg_id\":{id},\"type\":\"{asked}}}}}\n"
        );
        self.input += &input;
        let expected = format!(
            "{{\"src\":\"{node}\",\"dest\":\"{client}\",\"body\":{{\"in_reply_to\":{id},\"type\":\"{told}}}}}\n"
        );
        self.expected += &expected;
    }

    /// Runs it, with plenty of time unless it says how much.
    fn run(&self, way: &str) -> Ran {
        let cases = Cases::one(&self.input, &self.expected);
        let ran = if self.input.contains("@timeout") {
            cases.run(way)
        } else {
            cases.run_with(&[".", "--timeout", "60s"], &[way])
        };
        assert_eq!(fake::processes_with(cases.token()), [""; 0]);
        ran
    }
}

#[track_caller]
fn passes(lines: &[&str]) -> Ran {
    let ran = Case::of(lines).run("floods");
    ran.check(0, &[], "golden: 1 passed, 0 failed");
    ran
}

#[track_caller]
fn fails(lines: &[&str], says: &str) -> Ran {
    let ran = Case::of(lines).run("floods");
    ran.check(1, &[says], "golden: 0 passed, 1 failed");
    ran
}

/// One run of all these cases, which are wrong; what each says.
#[track_caller]
fn are_wrong<'a>(all: impl IntoIterator<Item = (Vec<&'a str>, String)>) {
    let cases = Cases::new();
    let mut says = Vec::new();
    for (number, (lines, text)) in all.into_iter().enumerate() {
        let case = Case::of(&lines);
        cases.add(&format!("case-{number}"), &case.input, &case.expected);
        says.push(text.replace("./case.", &format!("./case-{number}.")));
    }
    let says: Vec<_> = says.iter().map(String::as_str).collect();
    let last = format!("golden: 0 passed, {} failed", says.len());
    cases.run("floods").check(2, &says, &last);
}

const LINE: &str = "@cluster n0 n1 n2 --topology line";

#[test]
fn eventually() {
    let case = |cluster, within| [cluster, "c1 n0 set 1", within, "c1 n1 get [1]"];
    let slow = "@cluster n0 n1 --latency 300";
    passes(&case(slow, "@eventually 20s"));
    let too_slow = "@cluster n0 n1 --latency 30000";
    let says = "in 300ms, and never got the expected reply";
    let ran = fails(&case(too_slow, "@eventually 300ms"), says);
    ran.check(
        1,
        &["the request on ./case.in:4 was asked"],
        "golden: 0 passed, 1 failed",
    );
    fails(&case(too_slow, "@sleep 1ms"), "case.expected:2");
}

#[test]
fn a_name_is_one_value_wherever_it_is_asked_for() {
    let slow = "@cluster n0 n1 --latency 200";
    let mut case = Case::of(&[
        slow,
        "c1 n0 set 1",
        "c1 n0 get [1]",
        "@eventually 20s",
        "c1 n1 get [1]",
    ]);
    case.expected = case.expected.replace("[1]", "\"<any:all>\"");
    case.run("floods")
        .check(0, &[], "golden: 1 passed, 0 failed");
}

#[test]
fn arguments_timeouts_and_modes_hold_for_all_nodes() {
    let cases = Cases::new();
    let case = Case::of(&[
        "@args floods",
        "@timeout 60s",
        "@match unordered",
        LINE,
        "c1 n0 set 1",
        "@eventually 9s",
        "c1 n2 get [1]",
    ]);
    let lines: Vec<_> = case.expected.lines().rev().collect();
    cases.add("case", &case.input, &(lines.join("\n") + "\n"));
    let node = fake::node().to_str().unwrap();
    let run = |extra: &[&str]| cases.harness(&[&["run", "--bin", node, "."], extra].concat());
    run(&[]).check(0, &[], "golden: 1 passed, 0 failed");
    run(&["--timeout", "1ms"]).check(
        1,
        &["n0 did not answer ", "timed out after 1ms"],
        "golden: 0 passed, 1 failed",
    );
    fake::sooner_or_later(["1s", "5s", "20s"], |timeout| {
        run(&["--timeout", timeout, "--", "hoards"]).check(
            1,
            &["never got the expected reply"],
            "golden: 0 passed, 1 failed",
        );
    });
}

#[test]
fn contains_and_prefix_leave_out_what_they_leave_out() {
    let lines = |head| Case::of(&[LINE, head, "c1 n0 set 1", "c1 n0 push", "c2 n0 get [1]"]);
    let run = |head, kept: &[usize]| {
        let mut case = lines(head);
        let all: Vec<_> = case.expected.lines().collect();
        case.expected = kept
            .iter()
            .map(|line| all[*line].to_owned() + "\n")
            .collect();
        case.run("floods").status
    };
    assert_eq!(run("@match contains", &[0, 2]), 0);
    assert_eq!(run("@match prefix", &[0]), 0);
    assert_eq!(run("@match exact", &[0, 2]), 1);
    assert_eq!(run("@match contains", &[2, 0]), 1);
}

#[test]
fn a_value_that_only_a_dead_node_had_is_missed_and_the_failure_says_where() {
    fake::sooner_or_later(["300ms", "5s", "20s"], |time| {
        let within = format!("@eventually {time}");
        let case = Case::of(&[LINE, "c1 n1 set 7", "@kill n1", &within, "c1 n2 get [7]"]);
        let says = [
            "the request on ./case.in:5 was asked",
            &format!("in {time}"),
            "case.expected:2: body.messages[0] is missing; it should be 7",
        ];
        case.run("hoards")
            .check(1, &says, "golden: 0 passed, 1 failed");
    });
    let kept = [
        LINE,
        "c1 n1 set 7",
        "@eventually 5s",
        "c1 n2 get [7]",
        "@kill n1",
        "c1 n2 get [7]",
    ];
    passes(&kept);
}

#[test]
fn a_node_that_misbehaves_is_named() {
    let asked: [(&str, &[&str]); 4] = [
        (
            "die",
            &[
                "n1 exited with status 7, though the harness had not killed it: Traceback: KeyError 'die'",
            ],
        ),
        (
            "mumble",
            &[
                "a line of n1's stdout is no JSON: is it a log line? Logs go to stderr",
                "Listening on port 80",
            ],
        ),
        (
            "forge",
            &["n1 wrote a message with src n9, which is not its own name"],
        ),
        (
            "stray",
            &["n1 wrote to n9, which is no node, client or service of this cluster"],
        ),
    ];
    fake::at_once(Load::Cluster, &asked, |(asked, says)| {
        let ran = Case::of(&[LINE, &format!("c1 n1 {asked}")]).run("floods");
        ran.check(1, says, "golden: 0 passed, 1 failed");
    });
    passes(&[LINE, "c1 n1 other"]);
}

#[test]
fn a_node_that_is_wrong_from_the_start_is_named() {
    let ways = [
        (
            "exits-early",
            "exited with status 3, though the harness had not killed it: Traceback: KeyError 'node_id'",
        ),
        (
            "wrong-source",
            "wrote a message with src n2, which is not its own name",
        ),
        ("garbage", "is no JSON: is it a log line?"),
        ("endless-line", "wrote without end, and was stopped after"),
        ("double", "answers the request on ./case.in:3 again"),
        ("forgetful", "(msg_id 1) got no reply"),
        ("stuck", "n0 did not answer init in time"),
    ];
    fake::at_once(Load::Cluster, &ways, |(way, says)| {
        // Whoever is silent is waited for in vain.
        let times = match *way {
            "stuck" | "forgetful" | "wrong-source" => ["1s", "5s", "30s"],
            _ => ["30s", "60s", "60s"],
        };
        fake::sooner_or_later(times, |time| {
            let timeout = format!("@timeout {time}");
            let case = Case::of(&[&timeout, "@cluster n0 n1 --topology line", "c1 n1 x"]);
            case.run(way)
                .check(1, &[says], "golden: 0 passed, 1 failed");
        });
    });
}

#[test]
fn what_a_node_says_unasked_is_one_message_too_many() {
    let case = [LINE, "c1 n1 push", "c2 n1 x"];
    let says = "stdout line 1 came before this message, and nothing expects it";
    fails(&case, says);
}

#[test]
fn it_is_blessed_audited_listed_and_reported_as_any_case() {
    fake::sooner_or_later(["@eventually 500ms", "@eventually 5s"], is_as_any_case);
}

fn is_as_any_case(within: &str) {
    let cases = Cases::new();
    let case = Case::of(&[
        "@args floods",
        LINE,
        "c1 n0 set 1",
        within,
        "c1 n2 get [1]",
        "@restart n1",
        "c1 n1 get []",
    ]);
    cases.write("case.in", &case.input);
    let node = fake::node().to_str().unwrap();
    let harness = |arguments: &[&str]| {
        let plenty = ["--timeout", "60s"];
        let timeout = if arguments.contains(&plenty[0]) {
            &[][..]
        } else {
            &plenty
        };
        cases.harness(&[arguments, &["--bin", node, "."], timeout].concat())
    };
    harness(&["bless"]).check(
        0,
        &["NEW ./case.expected"],
        "bless: 1 new, 0 changed, 0 unchanged",
    );
    let blessed = cases.read("case.expected");
    assert_eq!(blessed.lines().count(), 3, "{blessed}");
    let kept = blessed.replace("[1]", "[\"<int>\"]").replace("[]", "[0]");
    cases.write("case.expected", &format!("# kept\n{kept}"));
    harness(&["bless"]).check(
        0,
        &["CHANGED ./case.expected"],
        "bless: 0 new, 1 changed, 0 unchanged",
    );
    let blessed = cases.read("case.expected");
    assert!(
        blessed.starts_with("# kept\n") && blessed.contains("<int>") && blessed.contains("[]"),
        "{blessed}"
    );
    harness(&["bless"]).check(0, &[], "bless: 0 new, 0 changed, 1 unchanged");
    harness(&["run", "--repeat", "3", "--jobs", "4"]).check(0, &[], "golden: 1 passed, 0 failed");
    harness(&["audit"]).check(1, &["may be another"], "audit: 1 audited, 1 weak");
    cases.write("case.expected", &blessed.replace("\"<int>\"", "1"));
    harness(&["audit"]).check(0, &[], "audit: 1 audited, 0 weak");
    cases.harness(&["list", "."]).check(0, &[], "./case.in");
    let config = cases.harness(&["config", "."]);
    config.check(
        0,
        &["n0 n1 n2, line, latency 0 ms"],
        "  cluster    n0 n1 n2, line, latency 0 ms  (./case.in:2)",
    );
    let failed = harness(&[
        "run",
        "--format",
        "json",
        "--junit",
        "junit.xml",
        "--timeout",
        "1ms",
    ]);
    assert!(
        failed.stdout.contains("\"kind\":\"broke\",\"fatal\":true"),
        "{}",
        failed.stdout
    );
    assert!(cases.read("junit.xml").contains("n0 did not answer "));
}

#[test]
fn an_interrupted_case_leaves_no_node_behind() {
    let case = Case::of(&[
        "@timeout 100s",
        LINE,
        "@pause n1",
        "@eventually 90s",
        "c1 n2 get [1]",
    ]);
    let cases = Cases::one(&case.input, &case.expected);
    let node = fake::node().to_str().unwrap();
    let child = fake::harness()
        .args(["run", "--bin", node, ".", "--", "floods", cases.token()])
        .current_dir(cases.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let nodes = || {
        let found = fake::processes_with(cases.token());
        found.iter().filter(|line| line.contains("floods")).count()
    };
    // The harness itself has all of it in its command line, too.
    fake::wait_for("cluster", || (nodes() == 4).then_some(()));
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130));
    assert_eq!(fake::processes_with(cases.token()), [""; 0]);
}
