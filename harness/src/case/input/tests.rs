//! What an `.in` says, and what it is refused for.

use super::*;

fn check_error(input: &str, line: usize, column: usize, says: &str) {
    let error = parse(input.as_bytes()).expect_err(input);
    assert_eq!((error.line, error.column), (line, column), "{input}");
    let text = error.problem.to_string();
    assert!(text.contains(says), "{input}: {text}");
}

#[test]
fn the_head_the_title_and_the_steps_are_read() {
    let input = parse(
        b"\xef\xbb\xbf\n#\n# A title\r\n# more\n@timeout 1500ms\n@args --a 'b c'\n\
          @env A=1=2\n@env B=\n{\"src\":\"c1\"}\r\n@sleep 1s\n  not json\n# end\n",
    )
    .unwrap();
    assert_eq!(input.title, "A title");
    let settings = &input.directives.settings;
    assert_eq!(settings.timeout(), Duration::from_millis(1500));
    let args = settings.args.clone().unwrap();
    assert_eq!(
        (args.value, args.by),
        (vec!["--a".into(), "b c".into()], Origin::Case { line: 6 })
    );
    let env: Vec<_> = settings.env.iter().map(|said| &said.value).collect();
    assert_eq!(
        env,
        [
            &("A".to_owned(), "1=2".to_owned()),
            &("B".to_owned(), String::new())
        ]
    );
    assert_eq!(
        input.steps,
        [
            Step::Send {
                line: 9,
                bytes: b"{\"src\":\"c1\"}\n".to_vec(),
                names: vec![],
                within: None
            },
            Step::Sleep {
                line: 10,
                duration: Duration::from_secs(1)
            },
            Step::Send {
                line: 11,
                bytes: b"  not json\n".to_vec(),
                names: vec![],
                within: None
            },
        ]
    );
    assert_eq!(input.requests.len(), 1);
}

#[test]
fn a_directive_never_silently_does_nothing() {
    check_error("@tiemout 5s\n{}", 1, 1, "did you mean `@timeout`?");
    check_error("{}\n  @slep 1s\n{}", 2, 3, "did you mean `@sleep`?");
    check_error("{}\n@timeout 5s", 2, 1, "before the first message (line 1)");
    check_error("@skip a\n@skip b\n{}", 2, 1, "the first is on line 1");
    check_error("@sleep 1s\n{}", 1, 1, "after a message");
    check_error(
        "@pace slow\n{}",
        1,
        7,
        "`@pace` wants `lockstep` or `all-at-once`, not `slow`",
    );
    check_error("@exit\n{}", 1, 7, "`@exit` wants `strict` or `any`");
    check_error("@pcae lockstep\n{}", 1, 1, "did you mean `@pace`?");
    check_error("{}\n@pace lockstep", 2, 1, "belongs in the head");
    check_error("@timeout\n{}", 1, 10, "wants a time above zero");
    check_error("@timeout 5x\n{}", 1, 10, "not `5x`");
    check_error("@timeout 0s\n{}", 1, 10, "above zero");
    check_error(
        "@output-max 65MiB\n{}",
        1,
        13,
        "a size of at most 64 MiB, as in `16MiB`",
    );
    let wants = "types of messages, as in `gossip heartbeat`";
    check_error("@ignore\n{}", 1, 9, wants);
    check_error("@ignore gossip, beat\n{}", 1, 9, "not `gossip,`");
    check_error("@ignore beat  beat\n{}", 1, 15, "each type once");
    check_error(
        "@ignore beat init_ok\n{}",
        1,
        14,
        "may answer anything), not `init_ok`",
    );
    check_error("@ignore error\n{}", 1, 9, "may answer anything");
    check_error("@ignore a\n@ignore b\n{}", 2, 1, "stands twice");
    check_error("{}\n@ignore a", 2, 1, "belongs in the head");
    check_error("@ignroe a\n{}", 1, 1, "did you mean `@ignore`?");
    check_error("@args 'x\n{}", 1, 7, "closed quotes");
    check_error("@env X\n{}", 1, 6, "KEY=VALUE");
    check_error("@env =X\n{}", 1, 6, "KEY=VALUE");
    check_error("@skip\n{}", 1, 7, "a reason");
    check_error("@xfail\n{}", 1, 8, "a reason");
    check_error(
        "@match exactly\n{}",
        1,
        8,
        "`exact`, `unordered`, `prefix` or `contains`, not `exactly`",
    );
    check_error(
        "@msg-id same\n{}",
        1,
        9,
        "`renamed`, `exact` or `ignored`, not `same`",
    );
    check_error("@\n{}", 1, 1, "no directive `@`");
    check_error("# only a title\n", 1, 1, "prove nothing");
    check_error("", 1, 1, "prove nothing");
}

#[test]
fn names_are_found_wherever_they_stand() {
    let input = parse(br#"{"body":{"in_reply_to":"<id:a b>","x":["<any:v>","<id:a b>","<int>"]}}"#)
        .unwrap();
    let Step::Send { names, .. } = &input.steps[0] else {
        panic!("{input:?}");
    };
    let names: Vec<_> = names
        .iter()
        .map(|name| (name.text.as_str(), name.name.as_str()))
        .collect();
    assert_eq!(names, [("<id:a b>", "a b"), ("<any:v>", "v")]);
}

#[test]
fn a_directive_that_is_no_text_is_an_error_and_a_message_may_be_anything() {
    let error = parse(b"@skip \xff\n{}").unwrap_err();
    assert_eq!((error.column, error.problem), (7, Problem::NotUtf8));
    assert_eq!(parse(b"\xff\xfe").unwrap().steps.len(), 1);
}
