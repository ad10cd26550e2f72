//! The node: flags, then the driver, then an exit code.
//!
//! 0: the input has ended · 1: it can't be read, or the output not be written
//! · 2: the flags make no sense.

use std::io::{self, Write};
use std::process::{self, ExitCode};
use std::time::Duration;

use clap::Parser;
use node::driver;
use node::settings::Settings;

/// A Maelstrom broadcast node: a tree that survives a failed child.
///
/// It reads messages on standard input and writes messages to standard output,
/// one a line, until the input ends. Standard error is its log.
#[derive(Parser)]
#[command(version)]
struct Flags {
    /// How long a neighbor may take to acknowledge a value, such as 500ms or 2s
    #[arg(long, value_name = "DURATION", default_value = "500ms", value_parser = positive_duration)]
    ack_timeout: Duration,
    /// How often to compare what there is with a random node; 0s turns it off. A node says nothing of the kind until this long after init
    #[arg(long, value_name = "DURATION", default_value = "3s", value_parser = duration)]
    gossip_interval: Duration,
    /// How long values and acks may wait for others to the same node, to share a message; unless it is 0s, direct deliveries wait for an ack timeout
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = duration)]
    flush_interval: Duration,
}

fn main() -> ExitCode {
    let flags = Flags::parse();
    let (mut output, mut log) = (io::stdout(), io::stderr());
    let settings = Settings {
        ack_timeout: flags.ack_timeout,
        gossip_interval: flags.gossip_interval,
        flush_interval: flags.flush_interval,
        seed: process::id().into(),
    };
    match driver::run(io::stdin(), &mut output, &mut log, settings) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(log, "node: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Zero needs no unit.
fn duration(text: &str) -> Result<Duration, String> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    humantime::parse_duration(text).map_err(|error| error.to_string())
}

fn positive_duration(text: &str) -> Result<Duration, String> {
    let duration = duration(text)?;
    if duration.is_zero() {
        return Err("it has to be longer than zero".to_owned());
    }
    Ok(duration)
}
