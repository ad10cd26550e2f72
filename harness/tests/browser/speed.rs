//! What a large page costs. The bounds are generous, for machines differ; of several times the least
//! counts, for they have their moods; and where mere lines take long, the page may, too.

use serde_json::Value;

use crate::chromium::result;
use crate::made::Made;

/// How long the first picture may take, in milliseconds.
const FIRST_MAX: f64 = 2000.0;

/// How long any later one may.
const FRAME_MAX: f64 = 100.0;

/// How many times what as many mere lines take it may take where that is more.
const LINES_MAX: f64 = 4.0;

#[test]
#[ignore = "needs Chromium: make browser"]
fn ten_thousand_messages_stay_usable() {
    let run = Made::of(25, 230, 30).judged(|_| ());
    assert!(run.messages.len() > 10_000, "{}", run.messages.len());
    let told = result(
        &run.page(),
        r##"
        // What was drawn is only painted when somebody looks.
        const look = () => $("#canvas").getContext("2d").getImageData(100, 100, 1, 1);
        const cost = (act) => {
          const began = performance.now();
          act();
          look();
          return performance.now() - began;
        };
        const least = (act) => Math.min(...Array.from({ length: 9 }, (_, i) => cost(() => act(i))));
        const key = (key) => $("#canvas").dispatchEvent(new KeyboardEvent("keydown", { key }));
        result.first = Number($("#canvas").dataset.drawn);
        result.all = cost(() => $("#everything").click());
        result.shown = shown();
        result.move = least((i) => key(i % 2 ? "ArrowLeft" : "ArrowRight"));
        result.zoom = least((i) => key(i % 2 ? "-" : "+"));
        result.follow = least((i) => $("#value-list [data-value='" + (100 + i) + "']").click());
        const pen = $("#canvas").getContext("2d");
        result.lines = least(() => {
          for (let i = 0; i < result.shown; i += 1) {
            pen.beginPath();
            pen.moveTo(i % 1000, (i * 7) % 500);
            pen.lineTo(i % 1000 + 20, (i * 7) % 500 + 20);
            pen.stroke();
          }
        });
        "##,
    );
    println!("{} messages: {told}", run.messages.len());
    assert!(told["shown"].as_u64().unwrap() > 9_900, "{told}");
    let cost = |name: &str| told.get(name).and_then(Value::as_f64).unwrap();
    assert!(cost("first") < FIRST_MAX, "{told}");
    assert!(cost("all") < FIRST_MAX, "{told}");
    let frame_max = FRAME_MAX.max(cost("lines") * LINES_MAX);
    for name in ["move", "zoom", "follow"] {
        assert!(cost(name) < frame_max, "{name}: {told}");
    }
}
