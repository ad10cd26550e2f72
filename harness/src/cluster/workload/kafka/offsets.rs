//! The highest offsets of keys.

use super::{LogKey, Messages, Offsets};

/// By key, the highest offset of these messages.
pub fn last(messages: &Messages) -> Offsets {
    let last = messages.iter().filter_map(|(key, list)| {
        let offsets = list.iter().map(|(offset, _)| *offset);
        Some((key.clone(), offsets.max()?))
    });
    last.collect()
}

/// One more offset of a key.
pub fn raise(highest: &mut Offsets, key: &LogKey, offset: i64) {
    match highest.get_mut(key) {
        Some(highest) => *highest = (*highest).max(offset),
        None => _ = highest.insert(key.clone(), offset),
    }
}
