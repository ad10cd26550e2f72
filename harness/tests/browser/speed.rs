//! What a large page costs. The bounds are generous: machines differ, and so do their moods.

use serde_json::Value;

use crate::chromium::result;
use crate::made::Made;

/// How long the first picture may take, in milliseconds.
const FIRST_MAX: f64 = 2000.0;

/// How long any later one may.
const FRAME_MAX: f64 = 100.0;

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
        const median = (costs) => costs.sort((a, b) => a - b)[Math.floor(costs.length / 2)];
        const key = (key) => $("#canvas").dispatchEvent(new KeyboardEvent("keydown", { key }));
        result.first = Number($("#canvas").dataset.drawn);
        result.all = cost(() => $("#everything").click());
        result.shown = shown();
        result.move = median(Array.from({ length: 9 }, (_, i) => cost(() => key(i % 2 ? "ArrowLeft" : "ArrowRight"))));
        result.zoom = median(Array.from({ length: 9 }, (_, i) => cost(() => key(i % 2 ? "-" : "+"))));
        result.follow = cost(() => $("#value-list [data-value='100']").click());
        "##,
    );
    println!("{} messages: {told}", run.messages.len());
    assert!(told["shown"].as_u64().unwrap() > 9_900, "{told}");
    let cost = |name: &str| told.get(name).and_then(Value::as_f64).unwrap();
    assert!(cost("first") < FIRST_MAX, "{told}");
    assert!(cost("all") < FIRST_MAX, "{told}");
    for name in ["move", "zoom", "follow"] {
        assert!(cost(name) < FRAME_MAX, "{name}: {told}");
    }
}
