//! Axes: where a number stands on one, in percent of its length, and where its ticks are.

/// An axis from zero on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Linear {
    /// The number at its far end.
    pub max: f64,
    /// From one tick to the next.
    pub step: f64,
}

/// An axis on which each power of ten takes the same room.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Logarithmic {
    /// The power of ten at its near end.
    pub first: i32,
    /// That at its far end.
    pub last: i32,
}

/// A tick: where it is, in percent, and what stands there.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    pub at: f64,
    pub label: String,
}

impl Linear {
    /// One that ends exactly here, with about so many ticks.
    pub fn exact(max: f64, ticks: f64) -> Self {
        let step = nice_step(max / ticks);
        Self { max, step }
    }

    /// One that ends at a tick and holds this.
    pub fn rounded(most: f64, ticks: f64) -> Self {
        let step = nice_step(most / ticks);
        let max = (most / step).ceil().max(1.0) * step;
        Self { max, step }
    }

    pub fn at(self, number: f64) -> f64 {
        (number / self.max * 100.0).clamp(0.0, 100.0)
    }

    pub fn ticks(self) -> Vec<Tick> {
        let digits = if self.step < 0.1 {
            2
        } else {
            usize::from(self.step < 1.0)
        };
        let mut ticks = Vec::new();
        let mut number = 0.0;
        while number <= self.max * 1.0001 {
            ticks.push(Tick {
                at: self.at(number),
                label: format!("{number:.digits$}"),
            });
            number += self.step;
        }
        ticks
    }
}

impl Logarithmic {
    /// One that holds all from the least to the most, and no power of ten more.
    pub fn over(least: f64, most: f64) -> Self {
        let first = power(least.max(0.01).log10().floor());
        let beyond = power(most.max(0.01).log10().ceil());
        Self {
            first,
            last: beyond.max(first + 1),
        }
    }

    pub fn at(self, number: f64) -> f64 {
        let length = f64::from(self.last - self.first);
        let place = number.max(1e-9).log10() - f64::from(self.first);
        (place / length * 100.0).clamp(0.0, 100.0)
    }

    /// Its ticks, one at each power of ten.
    pub fn ticks(self) -> Vec<Tick> {
        let tick = |power: i32| {
            let digits = usize::try_from(-power).unwrap_or(0);
            Tick {
                at: self.at(10f64.powi(power)),
                label: format!("{:.digits$}", 10f64.powi(power)),
            }
        };
        (self.first..=self.last).map(tick).collect()
    }
}

/// The least of 1, 2, 5, 10, … (and their tenths, …) that is no less than this.
fn nice_step(least: f64) -> f64 {
    let power = 10f64.powf(least.max(1e-6).log10().floor());
    let factors = [1.0, 2.0, 5.0].into_iter();
    let found = factors
        .map(|factor| factor * power)
        .find(|step| *step >= least * 0.9999);
    found.unwrap_or(10.0 * power)
}

fn power(exponent: f64) -> i32 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a power of ten that a time in milliseconds has is a small whole number"
    )]
    let power = exponent as i32;
    power
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().map(|tick| tick.label.as_str()).collect()
    }

    #[test]
    fn ticks_are_round_and_within() {
        let axis = Linear::exact(21.3, 6.0);
        assert_eq!(labels(&axis.ticks()), ["0", "5", "10", "15", "20"]);
        let axis = Linear::rounded(0.7, 4.0);
        assert_eq!(labels(&axis.ticks()), ["0.0", "0.2", "0.4", "0.6", "0.8"]);
        assert!(axis.ticks().iter().all(|tick| tick.at <= 100.0));
        let nothing = Linear::rounded(0.0, 4.0);
        assert!(nothing.max > 0.0);
    }

    #[test]
    fn a_logarithmic_axis_holds_what_it_was_made_for() {
        let axis = Logarithmic::over(0.4, 312.0);
        assert_eq!(labels(&axis.ticks()), ["0.1", "1", "10", "100", "1000"]);
        assert!((axis.at(0.1) - 0.0).abs() < 1e-9);
        assert!((axis.at(10.0) - 50.0).abs() < 1e-9);
        assert!((axis.at(0.0) - 0.0).abs() < 1e-9);
        assert_eq!(Logarithmic::over(1.0, 1.0).ticks().len(), 2);
    }
}
