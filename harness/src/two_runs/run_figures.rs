//! The figures of two tests of a cluster, beside each other: from their `results.json`. Pure.

use serde_json::Value;

/// What a test measured, as far as its results tell.
#[derive(Debug, Clone, PartialEq)]
pub struct TestResults {
    pub workload: String,
    /// Whether it was valid; `None`: it could not be judged.
    pub is_valid: Option<bool>,
    /// What repeats it.
    pub command: Option<String>,
    /// Each figure with its value.
    figures: Vec<(TestFigure, f64)>,
}

/// A figure of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestFigure {
    pub name: &'static str,
    /// In which unit its value is.
    pub unit: FigureUnit,
    /// Where it stands in the results, and by what it is multiplied there.
    path: &'static str,
    factor: u32,
}

/// How a value is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FigureUnit {
    Count,
    /// A part of a whole, 0 to 1.
    Part,
    /// So many for each request.
    Each,
    Milliseconds,
}

/// A figure of two tests.
#[derive(Debug, Clone, PartialEq)]
pub struct FigureOfTwo {
    pub figure: TestFigure,
    /// In the first test.
    pub before: Option<f64>,
    /// In the second one.
    pub after: Option<f64>,
}

/// Each figure, in the order in which they are told: a path of keys apart by slashes.
const FIGURES: [TestFigure; 12] = {
    use FigureUnit::{Count, Each, Milliseconds, Part};
    [
        of("requests", Count, "/requests/count", 1),
        of("availability", Part, "/requests/availability", 1),
        of(
            "messages between nodes",
            Count,
            "/messages/between_nodes",
            1,
        ),
        of("… per request", Each, "/messages/per_request", 1),
        of(
            "… to services and back, per request",
            Each,
            "/messages/services_per_request",
            1,
        ),
        of(
            "stable latency, median",
            Milliseconds,
            "/maelstrom/stable-latencies/0.5",
            1,
        ),
        of(
            "stable latency, longest",
            Milliseconds,
            "/maelstrom/stable-latencies/1",
            1,
        ),
        of(
            "send, median",
            Milliseconds,
            "/kafka/latencies/send/0.5",
            1000,
        ),
        of(
            "send, 99%",
            Milliseconds,
            "/kafka/latencies/send/0.99",
            1000,
        ),
        of(
            "poll, median",
            Milliseconds,
            "/kafka/latencies/poll/0.5",
            1000,
        ),
        of(
            "poll, 99%",
            Milliseconds,
            "/kafka/latencies/poll/0.99",
            1000,
        ),
        of(
            "realtime lag",
            Milliseconds,
            "/maelstrom/worst-realtime-lag/lag",
            1000,
        ),
    ]
};

const fn of(name: &'static str, unit: FigureUnit, path: &'static str, factor: u32) -> TestFigure {
    TestFigure {
        name,
        unit,
        path,
        factor,
    }
}

/// What these results tell; `None`: they are not those of a test.
pub fn read(results: &Value) -> Option<TestResults> {
    let figures = FIGURES.into_iter().filter_map(|figure| {
        let value = results.pointer(figure.path)?.as_f64()?;
        Some((figure, value * f64::from(figure.factor)))
    });
    Some(TestResults {
        workload: results.get("workload")?.as_str()?.to_owned(),
        is_valid: results.get("valid")?.as_bool(),
        command: results
            .get("again")
            .and_then(Value::as_str)
            .map(str::to_owned),
        figures: figures.collect(),
    })
}

/// The figures that one of both has at least.
pub fn beside(before: &TestResults, after: &TestResults) -> Vec<FigureOfTwo> {
    let of = |results: &TestResults, figure| {
        let mut figures = results.figures.iter();
        figures
            .find(|(other, _)| *other == figure)
            .map(|(_, value)| *value)
    };
    let both = FIGURES.into_iter().map(|figure| FigureOfTwo {
        figure,
        before: of(before, figure),
        after: of(after, figure),
    });
    both.filter(|both| both.before.is_some() || both.after.is_some())
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn figures_that_one_test_has_stand_beside_each_other() {
        let results = |requests, latency: Value| {
            json!({"workload": "kafka", "valid": null, "requests": {"count": requests},
                   "kafka": {"latencies": {"send": {"0.5": latency}}}})
        };
        let before = read(&results(7, json!(0.25))).unwrap();
        let after = read(&results(8, Value::Null)).unwrap();
        assert_eq!((&*after.workload, after.is_valid), ("kafka", None));
        let told = beside(&before, &after);
        let told: Vec<_> = told
            .iter()
            .map(|both| (both.figure.name, both.before, both.after))
            .collect();
        let expected = [
            ("requests", Some(7.0), Some(8.0)),
            ("send, median", Some(250.0), None),
        ];
        assert_eq!(told, expected);
        assert_eq!(read(&json!({"valid": true})), None);
        assert_eq!(read(&json!([])), None);
    }
}
