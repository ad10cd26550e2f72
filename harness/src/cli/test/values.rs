//! Parsers for the values of `harness test`'s arguments, with the messages that refuse a bad one.
//!
//! Each value is checked alone; whether all of them make a test is checked in [`super`].

use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::case::argument;
use crate::case::nearest::nearest;
use crate::cli::parse_count;
use crate::message;
use crate::net::topology::Topology;
use crate::txn::model::Model;

/// How many clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concurrency {
    /// So many.
    Clients(usize),
    /// So many for each node.
    PerNode(usize),
}

fn parse_number(text: &str) -> Option<f64> {
    text.parse()
        .ok()
        .filter(|number: &f64| number.is_finite() && *number >= 0.0)
}

/// A clock tells no more moments of a second apart.
const RATE_MAX: f64 = 100_000.0;

pub fn parse_rate(text: &str) -> Result<f64, String> {
    let number = parse_budget(text).ok().filter(|rate| *rate <= RATE_MAX);
    number.ok_or_else(|| format!("it must be a number above 0, at most {RATE_MAX}"))
}

pub fn parse_budget(text: &str) -> Result<f64, String> {
    let number = parse_number(text).filter(|number| *number > 0.0);
    number.ok_or_else(|| "it must be a number above 0".to_owned())
}

pub fn parse_probability(text: &str) -> Result<f64, String> {
    let number = parse_number(text).filter(|number| *number <= 1.0);
    number.ok_or_else(|| "it must be a number from 0 to 1".to_owned())
}

pub fn parse_availability(text: &str) -> Result<f64, String> {
    if text == "total" {
        return Ok(1.0);
    }
    parse_probability(text).map_err(|_| "it must be `total` or a number from 0 to 1".to_owned())
}

/// Longer than anybody waits.
const TIME_MAX: Duration = Duration::from_secs(1_000_000);

/// A time with its unit, or a plain number of `unit`s.
fn parse_time(text: &str, unit: Duration) -> Option<Duration> {
    argument::time(text, unit).filter(|time| *time <= TIME_MAX)
}

pub fn parse_seconds(text: &str) -> Result<Duration, String> {
    let duration = parse_time(text, Duration::from_secs(1)).filter(|time| !time.is_zero());
    duration.ok_or_else(|| {
        "it must be a number of seconds above 0, or have its unit, as in 20, 0.5 or 300ms"
            .to_owned()
    })
}

pub fn parse_exit_timeout(text: &str) -> Result<Duration, String> {
    let duration = parse_time(text, Duration::from_secs(1));
    duration.ok_or_else(|| {
        "it must be a number of seconds, or have its unit, as in 2, 0.5 or 300ms".to_owned()
    })
}

pub fn parse_recovery(text: &str) -> Result<Duration, String> {
    let most = Duration::from_secs(10);
    let duration = parse_time(text, Duration::from_secs(1)).filter(|time| *time <= most);
    duration.ok_or_else(|| {
        "it must be a number of seconds from 0 to 10, or have its unit, as in 5 or 300ms".to_owned()
    })
}

pub fn parse_milliseconds(text: &str) -> Result<Duration, String> {
    parse_time(text, Duration::from_millis(1)).ok_or_else(|| {
        "it must be a number of milliseconds, or have its unit, as in 100 or 0.1s".to_owned()
    })
}

pub fn parse_concurrency(text: &str) -> Result<Concurrency, String> {
    let (number, per_node) = match text.strip_suffix('n') {
        Some(number) => (number, true),
        None => (text, false),
    };
    match parse_count(number) {
        Ok(count) if per_node => Ok(Concurrency::PerNode(count.get())),
        Ok(count) => Ok(Concurrency::Clients(count.get())),
        Err(_) => Err(
            "it must be a number from 1 to 1000000, or such a number with an n, as in 2n"
                .to_owned(),
        ),
    }
}

/// Takes the name of a topology; a shell can complete it.
pub fn topologies() -> impl TypedValueParser<Value = Topology> {
    PossibleValuesParser::new(Topology::NAMES).try_map(|name| {
        let known = name.parse::<Topology>();
        known.map_err(|_| "it is no topology".to_owned())
    })
}

pub fn parse_quantile(text: &str) -> Result<(f64, Duration), String> {
    let parsed = text.split_once('=').and_then(|(quantile, most)| {
        let percent = quantile.trim().strip_prefix(['P', 'p'])?;
        let percent = parse_number(percent).filter(|percent| *percent <= 100.0)?;
        Some((percent / 100.0, parse_milliseconds(most.trim()).ok()?))
    });
    parsed.ok_or_else(|| "it must be a quantile and milliseconds, as in P50=400".to_owned())
}

/// Consistency models.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Models(pub Vec<Model>);

pub fn parse_models(text: &str) -> Result<Models, String> {
    let named = |name: &str| {
        // What they are called where there are no transactions.
        let of_objects = match name.to_ascii_lowercase().as_str() {
            "linearizable" => Some(Model::StrictSerializable),
            "sequential" => Some(Model::StrongSessionSerializable),
            _ => None,
        };
        let unknown = || {
            if let Some(model) = of_objects.map(Model::name) {
                return format!(
                    "{name:?} is said of single objects; transactions that are so are {model}"
                );
            }
            let next = nearest(Model::names(), name);
            format!("{name:?} is no consistency model; did you mean {next}?")
        };
        Model::named(name).ok_or_else(unknown)
    };
    let models: Result<Vec<_>, _> = text.split(',').map(str::trim).map(named).collect();
    models.map(Models)
}

pub fn parse_name(text: &str) -> Result<String, String> {
    if text.is_empty() || message::client(text).is_some() {
        return Err("a node has a name, and not that of a client (c1)".to_owned());
    }
    if text.contains(['/', '\\', '\0']) || text.starts_with('.') {
        return Err("a node's log is a file of its name, so it can't be a path".to_owned());
    }
    Ok(text.to_owned())
}
