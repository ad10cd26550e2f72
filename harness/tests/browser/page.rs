//! What a reader does with the page, and what is shown then.

use harness::cluster::history::{Breach, What};
use harness::cluster::journal::{Carried, Fate, Party};
use harness::message::rule::Rule;
use serde_json::json;

use crate::chromium::{document, result};
use crate::made::{LOST, Made, Run};

fn run() -> Run {
    Made::of(5, 60, 20).judged(|_| ())
}

/// The messages that fit, in the order of sending.
fn ids(run: &Run, fits: impl Fn(&Carried) -> bool) -> Vec<u64> {
    let mut all: Vec<_> = run
        .messages
        .iter()
        .filter(|message| fits(message))
        .collect();
    all.sort_by_key(|message| (message.sent, message.id));
    all.iter().map(|message| message.id).collect()
}

fn brings(value: usize) -> impl Fn(&Carried) -> bool {
    move |message| matches!(message.destination, Party::Node(_)) && message.values.contains(&value)
}

#[test]
#[ignore = "needs Chromium: make browser"]
fn the_page_draws_under_its_own_policy_and_a_strange_script_does_not_run() {
    let page = run().page();
    let attacked = page.replace(
        "</body>",
        "<script>document.title = 'taken over'</script></body>",
    );
    let document = document(&attacked);
    assert!(document.contains("data-drawn="), "its own script has run");
    assert!(document.contains("<title>not valid"), "the other has not");
}

#[test]
#[ignore = "needs Chromium: make browser"]
fn a_click_on_a_value_shows_exactly_its_path() {
    let run = run();
    let told = result(
        &run.page(),
        r##"
        result.first = hops();
        $("#value-list [data-value='5']").click();
        result.hops = hops();
        result.shown = shown();
        result.pressed = $$("#value-list [aria-pressed=true]").map((one) => one.dataset.value);
        $(".findings [data-value]").click();
        result.finding = hops();
        result.words = $("#details .hops").textContent;
        $("#everything").click();
        result.nothing = hops();
        result.all = shown();
        "##,
    );
    let path = ids(&run, brings(5));
    assert!(path.len() > 4);
    assert_eq!(told["hops"], json!(path));
    assert_eq!(told["shown"], json!(path.len()));
    assert_eq!(told["pressed"], json!(["5"]));
    let lost = ids(&run, brings(LOST.0));
    assert_eq!(
        told["first"],
        json!(lost),
        "a value that went wrong is shown at first"
    );
    assert_eq!(told["finding"], json!(lost));
    let words = told["words"].as_str().unwrap();
    assert!(words.contains("c1 → n0"), "{words}");
    assert!(words.contains("dropped by cut #1 at "), "{words}");
    assert!(words.contains("new to n4"), "{words}");
    assert_eq!(told["nothing"], json!([]));
    assert_eq!(
        told["all"],
        json!(ids(&run, Carried::is_between_nodes).len())
    );
}

#[test]
#[ignore = "needs Chromium: make browser"]
fn filters_show_what_they_say() {
    let run = run();
    let told = result(
        &run.page(),
        r##"
        $("#everything").click();
        set("#by-node", "3");
        result.node = shown();
        set("#by-node", "");
        set("#by-from", "4");
        set("#by-to", "9");
        result.time = shown();
        $("#whole").click();
        const box = (word) => $$("#by-kind label").find((one) => one.textContent.includes(word));
        box("ack").click();
        result.noAcks = shown();
        box("ack").click();
        box("of clients").click();
        result.clients = shown();
        box("only dropped").click();
        result.dropped = shown();
        box("only dropped").click();
        set("#by-value", "7");
        result.value = hops();
        result.boxes = $$("#by-kind label").map((one) => one.textContent);
        "##,
    );
    let count = |fits: &dyn Fn(&Carried) -> bool| ids(&run, fits).len();
    let between = Carried::is_between_nodes;
    let of_node =
        |message: &Carried| [message.source, message.destination].contains(&Party::Node(3));
    assert_eq!(told["node"], json!(count(&|m| between(m) && of_node(m))));
    let in_time = |m: &Carried| m.sent.as_secs_f64() <= 9.0 && m.settled.as_secs_f64() >= 4.0;
    assert_eq!(told["time"], json!(count(&|m| between(m) && in_time(m))));
    let no_ack = |m: &Carried| between(m) && m.kind != "broadcast_ack";
    assert_eq!(told["noAcks"], json!(count(&no_ack)));
    assert_eq!(told["clients"], json!(run.messages.len()));
    assert_eq!(
        told["dropped"],
        json!(count(&|m| m.fate != Fate::Delivered))
    );
    assert_eq!(told["value"], json!(ids(&run, brings(7))));
}

#[test]
#[ignore = "needs Chromium: make browser"]
fn a_message_shows_what_is_in_it() {
    let run = run();
    let told = result(
        &run.page(),
        r##"
        $("#details .hops button").click();
        result.body = $("#details pre").textContent;
        $("#everything").click();
        const box = $("#canvas").getBoundingClientRect();
        const hand = (kind, x, y) => $("#canvas").dispatchEvent(new PointerEvent(kind,
          { clientX: box.left + x, clientY: box.top + y, pointerId: 1, bubbles: true }));
        let place = null;
        for (let x = 100; x < 900 && !place; x += 3) {
          hand("pointermove", x, 150);
          if (!$("#tip").hidden && $("#tip").textContent.includes("→")) place = x;
        }
        result.tip = $("#tip").textContent;
        hand("pointerdown", place, 150);
        hand("pointerup", place, 150);
        result.title = $("#details h3").textContent;
        "##,
    );
    let first = ids(&run, brings(LOST.0))[0];
    let body = told["body"].as_str().unwrap();
    assert!(body.contains(&format!("\"msg_id\":{first},")), "{body}");
    assert!(told["tip"].as_str().unwrap().contains(", sent "), "{told}");
    assert!(
        told["title"].as_str().unwrap().starts_with("Message "),
        "{told}"
    );
}

#[test]
#[ignore = "needs Chromium: make browser"]
fn a_breach_of_the_protocol_is_shown_where_it_was() {
    let breach = What::Broke(Box::new(Breach {
        times: 1,
        node: 2,
        rule: Rule::Lacks { field: "dest" },
        line: b"{\"src\":\"n2\",\"body\":{}}".to_vec(),
    }));
    let run = Made::of(5, 60, 20).and(9_000_000, breach).judged(|_| ());
    let told = result(
        &run.page(),
        r##"
        $(".findings button[data-at]").click();
        result.window = [$("#by-from").value, $("#by-to").value].map(Number);
        result.line = $(".findings pre").textContent;
        const box = $("#canvas").getBoundingClientRect();
        const middle = 60 + (box.width - 72) / 2;
        for (let y = 40; y < box.height; y += 3) {
          $("#canvas").dispatchEvent(new PointerEvent("pointermove",
            { clientX: box.left + middle, clientY: box.top + y }));
          if ($("#tip").textContent.includes("protocol")) break;
        }
        result.tip = $("#tip").textContent;
        "##,
    );
    assert_eq!(told["window"], json!([8.75, 9.25]));
    assert_eq!(told["line"], json!("{\"src\":\"n2\",\"body\":{}}"));
    assert!(
        told["tip"].as_str().unwrap().contains("it has no dest"),
        "{told}"
    );
}

#[test]
#[ignore = "needs Chromium: make browser"]
fn keys_and_dragging_move_the_window() {
    let told = result(
        &run().page(),
        r##"
        $("#everything").click();
        const window = () => [Number($("#by-from").value), Number($("#by-to").value)];
        const key = (key) => $("#canvas").dispatchEvent(new KeyboardEvent("keydown", { key, cancelable: true }));
        result.whole = window();
        key("+");
        result.nearer = window();
        key("ArrowRight");
        result.right = window();
        key("ArrowDown");
        result.chosen = $("#details h3").textContent;
        key("Escape");
        result.released = $$("#details h3").length;
        key("0");
        const wheel = new WheelEvent("wheel", { deltaY: -200, ctrlKey: true, clientX: 600, cancelable: true });
        $("#canvas").dispatchEvent(wheel);
        result.wheel = window();
        const hand = (kind, x) => $("#canvas").dispatchEvent(new PointerEvent(kind, { clientX: x, clientY: 900, pointerId: 1 }));
        hand("pointerdown", 600);
        hand("pointermove", 500);
        hand("pointerup", 500);
        result.dragged = window();
        "##,
    );
    let window = |name: &str| {
        let pair: [f64; 2] = serde_json::from_value(told[name].clone()).unwrap();
        (pair[0], pair[1])
    };
    let length = |name| window(name).1 - window(name).0;
    assert!(length("whole") > 20.0, "{told}");
    assert!(
        (length("nearer") - length("whole") * 0.6).abs() < 0.01,
        "{told}"
    );
    assert!(window("right").0 > window("nearer").0);
    assert!((length("right") - length("nearer")).abs() < 0.01);
    assert!(told["chosen"].as_str().unwrap().starts_with("Message "));
    assert_eq!(told["released"], json!(0));
    assert!(length("wheel") < length("whole") * 0.7);
    assert!(window("dragged").0 > window("wheel").0);
}

#[test]
#[ignore = "needs Chromium: make browser"]
fn nothing_sticks_out_on_a_telephone() {
    let told = result(
        &run().page(),
        r#"
        for (const width of [360, 768, 1280]) {
          document.body.style.width = width + "px";
          result[width] = $$("main, header, section, figure, pre, form, canvas")
            .filter((one) => one.getBoundingClientRect().right > width + 1)
            .map((one) => one.tagName + one.id);
        }
        "#,
    );
    for width in ["360", "768", "1280"] {
        assert_eq!(told[width], json!([]), "{width}");
    }
}
