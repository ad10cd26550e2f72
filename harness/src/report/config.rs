//! The settings of a case, each with the place that says so.

use std::path::Path;

use super::{escape, shell};
use crate::case::cluster::Cluster;
use crate::case::mode::{ExitMode, MatchMode, MsgIdMode, PaceMode};
use crate::case::settings::{CaseSettings, Origin, Said};
use crate::escape::file_name;
use crate::net::topology::Topology;
use crate::phrases;

/// A line for each setting. `default_bin` is the node if nobody names one, where that may be; `input` is the case's
/// `.in`.
pub fn lines(settings: &CaseSettings, default_bin: Option<&Path>, input: &Path) -> Vec<String> {
    let name_of = |by: Option<&Origin>| match by {
        None => "default".to_owned(),
        Some(Origin::CommandLine) => "command line".to_owned(),
        Some(Origin::Case { line }) => format!("{}:{line}", file_name(input)),
        Some(Origin::Config { file, line }) => format!("{}:{line}", file_name(file)),
    };
    let line = |key: &str, value: &str, by| format!("{key:<10} {value}  ({})", name_of(by));
    let bin = settings.bin.as_ref();
    let args = settings.args.as_ref();
    let cwd = settings.cwd.as_ref();
    let shown_args = args
        .map(|said| shell::quoted(&said.value))
        .unwrap_or_default();
    let background = settings.background();
    let ignored = escape::text(&background.types.names());
    let services = background.services.names();
    let mut lines = vec![
        line(
            "bin",
            &bin.map(|said| said.value.as_path())
                .or(default_bin)
                .map_or("-".to_owned(), file_name),
            by(bin),
        ),
        line(
            "args",
            if shown_args.is_empty() {
                "-"
            } else {
                &shown_args
            },
            by(args),
        ),
        line(
            "cwd",
            &cwd.map_or_else(
                || "a fresh folder".to_owned(),
                |said| file_name(&said.value),
            ),
            by(cwd),
        ),
        line(
            "timeout",
            &phrases::duration(settings.timeout()),
            by(settings.timeout.as_ref()),
        ),
        line(
            "output-max",
            &phrases::size(settings.output_max()),
            by(settings.output_max.as_ref()),
        ),
        line(
            "match",
            name(&MatchMode::ALL, settings.match_mode()),
            by(settings.match_mode.as_ref()),
        ),
        line(
            "msg_id",
            name(&MsgIdMode::ALL, settings.msg_id()),
            by(settings.msg_id.as_ref()),
        ),
        line(
            "pace",
            name(&PaceMode::ALL, settings.pace()),
            by(settings.pace.as_ref()),
        ),
        line(
            "exit",
            name(&ExitMode::ALL, settings.exit()),
            by(settings.exit.as_ref()),
        ),
        line(
            "ignore",
            if ignored.is_empty() { "-" } else { &ignored },
            by(settings.ignore.as_ref()),
        ),
        line(
            "service",
            if services.is_empty() { "-" } else { &services },
            by(settings.services.as_ref()),
        ),
    ];
    for said in &settings.env {
        let (name, value) = &said.value;
        lines.push(line(
            "env",
            &escape::text(&format!("{name}={value}")),
            Some(&said.by),
        ));
    }
    lines
}

/// A line for the nodes of a case's cluster and the network between them.
pub fn cluster(cluster: &Cluster, input: &Path) -> String {
    let input = file_name(input);
    let nodes = escape::text(&cluster.nodes.join(" "));
    let topology = cluster.topology.map_or("none".to_owned(), Topology::name);
    let latency = cluster.latency.as_millis();
    let line = cluster.line;
    format!("cluster    {nodes}, {topology}, latency {latency} ms  ({input}:{line})")
}

fn by<T>(said: Option<&Said<T>>) -> Option<&Origin> {
    said.map(|said| &said.by)
}

fn name<T: Copy + PartialEq>(all: &[(&'static str, T)], mode: T) -> &'static str {
    let found = all.iter().find(|(_, known)| *known == mode);
    found.map_or("", |(name, _)| name)
}
