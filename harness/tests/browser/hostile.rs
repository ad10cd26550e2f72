//! Nodes and users that write what a page must not take for its own.

use std::net::TcpListener;

use harness::cluster::history::{Breach, What};
use harness::message::rule::Rule;
use harness::process::exit::Exit;

use crate::chromium::result;
use crate::made::{Made, Run};

/// Each would do something somewhere: in text, in an attribute, in a script, on a terminal.
const HOSTILE: &str = "</script><script>alert(1)</script><!--<script>\"'><img src=ADDRESS onerror=alert(1)>\
     </title></style>&lt;\u{2028}\0\u{202e}\u{1b}[31m${alert(1)}\\";

/// A run in which everything that can be hostile is.
fn hostile(address: &str) -> Run {
    let text = HOSTILE.replace("ADDRESS", address);
    let mut made = Made::of(5, 40, 20);
    made.settings.nodes[4].clone_from(&text);
    let breach = Breach {
        times: 1,
        node: 4,
        rule: Rule::ForeignSource {
            source: text.clone(),
        },
        line: [text.as_bytes(), b"\xff\xc3("].concat(),
    };
    let crash = What::Crashed {
        node: 0,
        exit: Exit::Status(1),
        stderr: format!("{text}\n{text}"),
    };
    let made = made
        .and(9_000_000, What::Broke(Box::new(breach)))
        .and(18_000_000, crash);
    let mut run = made.judged(|message| {
        if message.id % 3 == 0 {
            message.kind.clone_from(&text);
            message.line = [text.as_bytes(), b"\xff\xc3(\0"].concat();
        }
    });
    run.command = format!("harness test --bin '{text}'");
    run
}

#[test]
fn nothing_that_was_written_becomes_markup() {
    let page = hostile("http://127.0.0.1:1/").page();
    assert_eq!(
        page.matches("<script").count(),
        2,
        "the data and our script"
    );
    assert_eq!(page.matches("</script").count(), 2);
    assert!(!page.contains("<!--"));
    assert!(!page.contains("<img"));
    assert_eq!(
        page.matches("</title").count(),
        page.matches("<title").count()
    );
    assert_eq!(page.matches("</style").count(), 1);
    let acts = |c: char| harness::report::escape::acts(c) && c != '\n' && c != '\t';
    assert_eq!(
        page.find(acts),
        None,
        "what controls or reorders is written out"
    );
    assert!(
        page.contains("\\xff\\xc3("),
        "bytes that are no text are shown"
    );
    assert!(page.contains("\\u{202e}"));
}

#[test]
#[ignore = "needs Chromium: make browser"]
fn a_hostile_run_runs_nothing_and_loads_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    let run = hostile(&address);
    let told = result(
        &run.page(),
        r##"
        $("#everything").click();
        for (const one of $$("#value-list button").slice(0, 20)) {
          one.click();
          for (const hop of $$("#details .hops button").slice(0, 5)) hop.click();
        }
        const box = $("#canvas").getBoundingClientRect();
        for (let x = 0; x < 1000; x += 7) {
          $("#canvas").dispatchEvent(new PointerEvent("pointermove", { clientX: box.left + x, clientY: box.top + 200 }));
        }
        result.strange = $$("img, iframe, object, embed, link, base, a, script[src], [onerror], [onload]").length;
        result.text = $("#details").textContent.length;
        result.option = $("#by-node").lastElementChild.textContent;
        "##,
    );
    assert_eq!(told["strange"], serde_json::json!(0));
    assert!(
        told["option"]
            .as_str()
            .unwrap()
            .starts_with("</script><script>alert(1)")
    );
    assert!(listener.accept().is_err(), "somebody was called");
}
