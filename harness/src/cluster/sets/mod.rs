//! A set of values that clients add to and read, and how one judges it: what several workloads have in
//! common. How their requests are called on the wire is known to each of them.
//!
//! [`reads`] finds the requests of a set in a run; [`lost`], [`vanished`] and [`contents`] say what is wrong
//! with what they showed, [`latency`] what else is, [`nulls`] what is odd; [`set_full`]
//! is Maelstrom's own rule; [`judge`] asks them all. [`recovery`] knows whom to ask again once all is
//! healed, [`words`] says what was found.

pub mod contents;
pub mod figures;
pub mod finding;
pub mod judge;
pub mod latency;
pub mod lost;
pub mod nulls;
pub mod reads;
pub mod recovery;
pub mod set_full;
pub mod vanished;
pub mod words;

use std::borrow::Cow;
use std::collections::BTreeSet;

use fixedbitset::FixedBitSet;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::number;

/// How much of a phantom is kept, in bytes.
const PHANTOM_MAX: usize = 100;

/// How many phantoms of one read are kept.
const PHANTOMS_MAX: usize = 1000;

/// A request to a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetRequest {
    /// Take this value. Each value is added once in a run.
    Add(usize),
    Read,
}

/// What a node replied.
#[derive(Debug, Clone, PartialEq)]
pub enum SetReply {
    /// That it took the value.
    Added,
    Shown(Box<Shown>),
}

/// What a read showed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Shown {
    /// The values in it that had been added (invoked) by then.
    pub values: FixedBitSet,
    /// Those of them that it showed more than once.
    pub twice: Vec<usize>,
    /// What nobody had added by then: the JSON of each, cut where it is long.
    pub phantoms: Vec<String>,
    /// Whether it gave `null` for an empty list, as Go does for a nil slice.
    pub is_null: bool,
}

impl Shown {
    /// Nothing is shown of so many values.
    pub fn of_none(values: usize) -> Self {
        Self {
            values: FixedBitSet::with_capacity(values),
            ..Self::default()
        }
    }

    /// `null` stands for the empty list.
    pub fn null(values: usize) -> Self {
        Self {
            is_null: true,
            ..Self::of_none(values)
        }
    }

    /// What stands in a list, where so many values were added by then.
    pub fn of(list: &[Value], values: usize) -> Self {
        let mut shown = Self::of_none(values);
        for element in list {
            match value(element).filter(|value| *value < values) {
                Some(value) => shown.add(value),
                None if shown.phantoms.len() < PHANTOMS_MAX => {
                    shown.phantoms.push(cut(&element.to_string()));
                }
                None => {}
            }
        }
        shown
    }

    /// What stands in a list, where these values were added by then. It takes no more room than the greatest
    /// of them asks for.
    ///
    /// # Errors
    /// A value that is nested too deeply.
    pub fn of_given(list: &[&RawValue], given: &FixedBitSet) -> serde_json::Result<Self> {
        let mut shown = Self::default();
        let mut twice = BTreeSet::new();
        for element in list {
            let spelt = element.get();
            let (known, text) = if let Ok(value) = spelt.parse() {
                (Some(value), Cow::Borrowed(spelt))
            } else {
                let element: Value = serde_json::from_str(spelt)?;
                (value(&element), Cow::Owned(element.to_string()))
            };
            match known.filter(|value| given.contains(*value)) {
                Some(value) if shown.values.contains(value) => _ = twice.insert(value),
                Some(value) => shown.values.grow_and_insert(value),
                None if shown.phantoms.len() < PHANTOMS_MAX => shown.phantoms.push(cut(&text)),
                None => {}
            }
        }
        shown.twice = twice.into_iter().collect();
        Ok(shown)
    }

    /// A value is shown, below the number that there is room for.
    pub fn add(&mut self, value: usize) {
        if self.values.put(value)
            && let Err(place) = self.twice.binary_search(&value)
        {
            self.twice.insert(place, value);
        }
    }

    /// What stands so in a stored history; `None` is `null`.
    ///
    /// # Errors
    /// A value that nobody had added by then.
    pub fn read_stored(
        list: Option<Vec<usize>>,
        phantoms: Vec<String>,
        values: usize,
    ) -> Result<Self, usize> {
        let mut shown = Self::of_none(values);
        shown.is_null = list.is_none();
        shown.phantoms = phantoms;
        for value in list.unwrap_or_default() {
            if value >= values {
                return Err(value);
            }
            shown.add(value);
        }
        Ok(shown)
    }

    /// How it stands in a stored history: what it showed in order, then once more what it showed twice;
    /// `None` is `null`.
    pub fn stored(&self) -> Option<Vec<usize>> {
        let twice = self.twice.iter().copied();
        (!self.is_null).then(|| self.values.ones().chain(twice).collect())
    }
}

fn value(element: &Value) -> Option<usize> {
    number::integer(element.as_number()?)?.parse().ok()
}

/// The start of a value, as JSON.
fn cut(text: &str) -> String {
    let mut text = text.to_owned();
    if text.len() > PHANTOM_MAX {
        let end = (0..=PHANTOM_MAX)
            .rev()
            .find(|end| text.is_char_boundary(*end));
        text.truncate(end.unwrap_or_default());
        text.push('…');
    }
    text
}
