//! The order of what happened in a history whose lines stand in another one: that of their indices, or else of
//! their times.

use serde::Deserialize;

use super::super::{Line, Lines};

/// What says where a line belongs.
#[derive(Deserialize)]
struct LinePlace {
    #[serde(default)]
    index: Option<u64>,
    #[serde(default)]
    time: Option<u64>,
}

/// The lines in that order; `None` where they stand in it, or not all of them say where they belong. Those of one
/// place stay as they stand.
pub fn sorted(text: &[u8]) -> Option<Vec<Line<'_>>> {
    let mut placed = Vec::new();
    for line in Lines::of(text) {
        if !line.text.trim_ascii().is_empty() {
            placed.push((serde_json::from_slice::<LinePlace>(line.text).ok()?, line));
        }
    }
    by(&mut placed, |place| place.index).or_else(|| by(&mut placed, |place| place.time))
}

fn by<'a>(
    placed: &mut [(LinePlace, Line<'a>)],
    key: impl Fn(&LinePlace) -> Option<u64>,
) -> Option<Vec<Line<'a>>> {
    let is_told = placed.iter().all(|(place, _)| key(place).is_some());
    if !is_told || placed.is_sorted_by_key(|(place, _)| key(place)) {
        return None;
    }
    placed.sort_by_key(|(place, _)| key(place));
    Some(placed.iter().map(|(_, line)| *line).collect())
}
