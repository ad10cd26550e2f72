//! The command that repeats a run: the one that was given, with the run's seed.

use std::ffi::OsString;

use crate::report::shell;

/// The options that say how often, under which seed, and where to; each has a value.
const DROPPED: [&str; 6] = [
    "--seed",
    "--test-count",
    "--jobs",
    "--out",
    "--json",
    "--junit",
];

/// The command. `words`: what the harness was called with, itself first.
pub fn command(words: &[OsString], seed: u64) -> String {
    let node = words
        .iter()
        .position(|word| word == "--")
        .unwrap_or(words.len());
    let (own, node) = words.split_at_checked(node).unwrap_or((words, &[]));
    let mut kept = Vec::new();
    let mut own = own.iter();
    while let Some(word) = own.next() {
        if DROPPED.iter().any(|name| word == name) {
            own.next();
        } else if !DROPPED.iter().any(|name| {
            word.as_encoded_bytes()
                .starts_with(format!("{name}=").as_bytes())
        }) {
            kept.push(word.clone());
        }
    }
    kept.extend(["--seed".into(), seed.to_string().into()]);
    // Two dashes with nothing behind them say nothing.
    kept.extend(node.iter().filter(|_| node.len() > 1).cloned());
    shell::quoted(&kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_repeats_one_run() {
        for (given, again) in [
            ("harness test", "harness test --seed 7"),
            ("harness test --", "harness test --seed 7"),
            (
                "harness test --seed 3 --test-count=5 --rate 10",
                "harness test --rate 10 --seed 7",
            ),
            (
                "h test --out x --bin a -- --seed 5 b",
                "h test --bin a --seed 7 -- --seed 5 b",
            ),
        ] {
            let words: Vec<_> = given.split(' ').map(OsString::from).collect();
            assert_eq!(command(&words, 7), again);
        }
    }
}
