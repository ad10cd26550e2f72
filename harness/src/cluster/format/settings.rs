//! The first line of `history.jsonl`: the settings of the run.
//!
//! `{"type":"test","nodes":["n0","n1"],"clients":2,"time_limit":60.000000000,"rate":5.0,…}`

use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::object::{self, Object};
use super::{FormatError, Line, Problem};
use crate::cluster::settings::{Budgets, CLIENT_TIMEOUT, EXIT_TIMEOUT, INIT_TIMEOUT, Settings};
use crate::net::fault::FaultKind;
use crate::net::network::Distribution;

/// Adds the line of these settings.
pub fn write(settings: &Settings, out: &mut Vec<u8>) {
    let mut object = Object::open(out);
    object
        .put("type", "test")
        .put("nodes", &settings.nodes)
        .put("clients", &settings.clients)
        .put_time("time_limit", settings.time_limit)
        .put("rate", &settings.rate)
        .put_time("latency", settings.latency)
        .put("latency_dist", settings.distribution.name())
        .put("loss", &settings.loss)
        .put("duplicate", &settings.duplicate)
        .put("topology", &settings.topology.name());
    let nemesis = settings.nemesis.iter().map(|kind| kind.name());
    object
        .put("nemesis", &nemesis.collect::<Vec<_>>())
        .put_time("nemesis_interval", settings.nemesis_interval)
        .put_time("recovery", settings.recovery)
        .put_time("client_timeout", settings.client_timeout)
        .put_time("init_timeout", settings.init_timeout)
        .put_time("exit_timeout", settings.exit_timeout)
        .put("durable", &settings.durable);
    write_budgets(&mut object, &settings.budgets);
    object.put("seed", &settings.seed);
    object.close();
}

fn write_budgets(object: &mut Object, budgets: &Budgets) {
    object.put_some("availability", budgets.availability.as_ref());
    object.put_some("max_msgs_per_op", budgets.messages_per_operation.as_ref());
    if !budgets.latency.is_empty() {
        object.put_pairs("max_latency", &budgets.latency);
    }
}

/// The line as it stands. Numbers with a fraction are kept as text: each is read to the last digit.
#[derive(Deserialize)]
struct Raw<'a> {
    r#type: String,
    nodes: Vec<String>,
    clients: usize,
    #[serde(borrow)]
    time_limit: &'a RawValue,
    #[serde(borrow)]
    rate: &'a RawValue,
    #[serde(borrow)]
    latency: &'a RawValue,
    latency_dist: String,
    #[serde(borrow)]
    loss: &'a RawValue,
    #[serde(borrow)]
    duplicate: &'a RawValue,
    topology: String,
    nemesis: Vec<String>,
    #[serde(borrow)]
    nemesis_interval: &'a RawValue,
    #[serde(borrow)]
    recovery: &'a RawValue,
    #[serde(borrow)]
    client_timeout: Option<&'a RawValue>,
    #[serde(borrow)]
    init_timeout: Option<&'a RawValue>,
    #[serde(borrow)]
    exit_timeout: Option<&'a RawValue>,
    durable: bool,
    #[serde(borrow)]
    availability: Option<&'a RawValue>,
    #[serde(borrow)]
    max_msgs_per_op: Option<&'a RawValue>,
    #[serde(borrow, default)]
    max_latency: Vec<(&'a RawValue, &'a RawValue)>,
    seed: u64,
}

/// Reads the first line; no line at all is one that was cut off.
pub(super) fn read(line: Option<Line>) -> Result<Settings, FormatError> {
    let line = line.ok_or(FormatError::CutOff { line: 1 })?;
    let raw: Raw = line.decode()?;
    settings(raw).map_err(|problem| problem.on(line.number))
}

fn settings(raw: Raw) -> Result<Settings, Problem> {
    if raw.r#type != "test" {
        return Err(Problem::means("type", raw.r#type));
    }
    let budgets = budgets(&raw)?;
    Ok(Settings {
        clients: raw.clients,
        time_limit: object::time("time_limit", raw.time_limit)?,
        rate: float("rate", raw.rate)?,
        latency: object::time("latency", raw.latency)?,
        distribution: distribution(&raw.latency_dist)?,
        loss: float("loss", raw.loss)?,
        duplicate: float("duplicate", raw.duplicate)?,
        topology: raw
            .topology
            .parse()
            .map_err(|_| Problem::means("topology", raw.topology))?,
        nemesis: raw
            .nemesis
            .iter()
            .map(fault_kind)
            .collect::<Result<_, _>>()?,
        nemesis_interval: object::time("nemesis_interval", raw.nemesis_interval)?,
        recovery: object::time("recovery", raw.recovery)?,
        client_timeout: timeout("client_timeout", raw.client_timeout, CLIENT_TIMEOUT)?,
        init_timeout: timeout("init_timeout", raw.init_timeout, INIT_TIMEOUT)?,
        exit_timeout: timeout("exit_timeout", raw.exit_timeout, EXIT_TIMEOUT)?,
        durable: raw.durable,
        budgets,
        seed: raw.seed,
        nodes: raw.nodes,
    })
}

fn budgets(raw: &Raw) -> Result<Budgets, Problem> {
    let optional = |key, raw: Option<_>| raw.map(|raw| float(key, raw)).transpose();
    let latency = raw.max_latency.iter().map(|(quantile, most)| {
        let quantile = float("max_latency", quantile)?;
        let most: Duration = object::time("max_latency", most)?;
        Ok((quantile, most))
    });
    Ok(Budgets {
        availability: optional("availability", raw.availability)?,
        messages_per_operation: optional("max_msgs_per_op", raw.max_msgs_per_op)?,
        latency: latency.collect::<Result<_, _>>()?,
    })
}

fn distribution(name: &str) -> Result<Distribution, Problem> {
    let mut all = Distribution::ALL.into_iter();
    all.find(|distribution| distribution.name() == name)
        .ok_or_else(|| Problem::means("latency_dist", name))
}

fn fault_kind(name: &String) -> Result<FaultKind, Problem> {
    let mut all = FaultKind::ALL.into_iter();
    all.find(|kind| kind.name() == name)
        .ok_or_else(|| Problem::means("nemesis", name))
}

/// A run from before these could be set had the defaults.
fn timeout(
    key: &'static str,
    raw: Option<&RawValue>,
    default: Duration,
) -> Result<Duration, Problem> {
    raw.map_or(Ok(default), |raw| object::time(key, raw))
}

fn float(key: &'static str, raw: &RawValue) -> Result<f64, Problem> {
    let number: Option<f64> = raw.get().parse().ok();
    number.ok_or_else(|| Problem::means(key, raw.get()))
}
