//! JSON numbers by their exact decimal value: `1`, `1.0` and `10e-1` are one number,
//! and a big integer keeps every digit. Never through a float, never expanded.

use std::cmp::Ordering;

use serde_json::Number;

/// A number in the one form that all its spellings share: `±digits × 10^exponent`, the
/// digits without zeros at either end.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Decimal {
    negative: bool,
    digits: String,
    exponent: Exponent,
}

/// An exponent of ten. One beyond 64 bits is kept as it is spelt, so that it equals only itself.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Exponent {
    Known(i64),
    Huge { spelt: String, shift: i64 },
}

/// Whether two numbers have the same value.
pub fn same(a: &Number, b: &Number) -> bool {
    a == b || decimal(&a.to_string()) == decimal(&b.to_string())
}

/// Which of two numbers is greater, by value.
///
/// An exponent beyond 64 bits counts as beyond all others; two of them compare by their spelling.
pub fn compare(a: &Number, b: &Number) -> Ordering {
    let (a, b) = (decimal(&a.to_string()), decimal(&b.to_string()));
    match (a.sign(), b.sign()) {
        (1, 1) => a.compare_magnitude(&b),
        (-1, -1) => b.compare_magnitude(&a),
        (a, b) => a.cmp(&b),
    }
}

/// A text that all spellings of one value share.
pub fn canonical(number: &Number) -> String {
    let Decimal {
        negative,
        digits,
        exponent,
    } = decimal(&number.to_string());
    let sign = if negative { "-" } else { "" };
    match exponent {
        Exponent::Known(exponent) => format!("{sign}{digits}e{exponent}"),
        Exponent::Huge { spelt, shift } => format!("{sign}{digits}e{spelt}+{shift}"),
    }
}

/// The digits of a number without a fraction; one with very many zeros keeps its exponent.
pub fn integer(number: &Number) -> Option<String> {
    /// More zeros than anybody counts.
    const ZEROS_MAX: usize = 100;
    if number.as_str().bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(number.as_str().to_owned());
    }
    if !is_integer(number) {
        return None;
    }
    let Decimal {
        negative,
        digits,
        exponent,
    } = decimal(&number.to_string());
    let sign = if negative { "-" } else { "" };
    match exponent {
        _ if digits.is_empty() => Some("0".to_owned()),
        Exponent::Known(zeros) => match usize::try_from(zeros)
            .ok()
            .filter(|zeros| *zeros <= ZEROS_MAX)
        {
            Some(zeros) => Some(format!("{sign}{digits}{}", "0".repeat(zeros))),
            None => Some(canonical(number)),
        },
        Exponent::Huge { .. } => Some(canonical(number)),
    }
}

/// Whether a number has no fraction, by value.
pub fn is_integer(number: &Number) -> bool {
    match decimal(&number.to_string()).exponent {
        Exponent::Known(exponent) => exponent >= 0,
        Exponent::Huge { spelt, .. } => !spelt.starts_with('-'),
    }
}

impl Decimal {
    fn sign(&self) -> i32 {
        match (self.digits.is_empty(), self.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        }
    }

    /// Compares two numbers that aren't zero, without their signs.
    fn compare_magnitude(&self, other: &Self) -> Ordering {
        let order = self.magnitude().cmp(&other.magnitude());
        order.then_with(|| self.digits.cmp(&other.digits))
    }

    /// Where the first digit stands, counted from the decimal point.
    fn magnitude(&self) -> i128 {
        let digits = i128::from(length(self.digits.len()));
        match &self.exponent {
            Exponent::Known(exponent) => i128::from(*exponent) + digits,
            Exponent::Huge { spelt, .. } if spelt.starts_with('-') => i128::MIN,
            Exponent::Huge { .. } => i128::MAX,
        }
    }
}

/// The canonical form of a JSON number's text.
fn decimal(text: &str) -> Decimal {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = format!("{whole}{fraction}");
    let significant = all.trim_end_matches('0');
    let shift = length(all.len() - significant.len()) - length(fraction.len());
    let digits = significant.trim_start_matches('0').to_owned();
    if digits.is_empty() {
        return Decimal {
            negative: false,
            digits,
            exponent: Exponent::Known(0),
        };
    }
    Decimal {
        negative,
        digits,
        exponent: add(exponent, shift),
    }
}

fn add(exponent: &str, shift: i64) -> Exponent {
    let spelt = exponent.strip_prefix('+').unwrap_or(exponent);
    match spelt.parse::<i64>().ok().and_then(|e| e.checked_add(shift)) {
        Some(sum) => Exponent::Known(sum),
        None => Exponent::Huge {
            spelt: spelt.to_owned(),
            shift,
        },
    }
}

fn length(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(a: &str, b: &str, equal: bool) {
        let read = |text: &str| serde_json::from_str::<Number>(text).unwrap();
        assert_eq!(same(&read(a), &read(b)), equal, "{a} and {b}");
        assert_eq!(same(&read(b), &read(a)), equal, "{b} and {a}");
    }

    #[test]
    fn spellings_of_one_value_are_equal() {
        check("1", "1.0", true);
        check("1", "10e-1", true);
        check("1200", "1.2E+3", true);
        check("0", "-0.000", true);
        check("0", "0e999999999999999999999", true);
        check("0.0010", "1e-3", true);
        check("1e400", "10e399", true);
        check("1e99999999999999999999", "1e+99999999999999999999", true);
    }

    #[test]
    fn numbers_are_ordered_by_value() {
        let ordered = [
            "-1e99999999999999999999",
            "-100",
            "-1.5",
            "-1e-3",
            "0",
            "1e-99999999999999999999",
            "1e-400",
            "0.009",
            "0.01",
            "1",
            "1.0000000000000000001",
            "9",
            "10",
            "1e2",
            "123456789012345678901",
            "1e400",
            "1e99999999999999999999",
        ];
        let numbers: Vec<Number> = ordered
            .iter()
            .map(|text| serde_json::from_str(text).unwrap())
            .collect();
        for (i, a) in numbers.iter().enumerate() {
            for (j, b) in numbers.iter().enumerate() {
                assert_eq!(compare(a, b), i.cmp(&j), "{a} and {b}");
            }
        }
    }

    #[test]
    fn integers_are_told_by_value() {
        let is = |text: &str| is_integer(&serde_json::from_str(text).unwrap());
        assert!(
            ["0", "-3", "1.0", "10e-1", "1.5e1", "1e400"]
                .into_iter()
                .all(is)
        );
        assert!(
            !["0.5", "1e-1", "1.05e1", "1e-99999999999999999999"]
                .into_iter()
                .any(is)
        );
    }

    #[test]
    fn different_values_are_not_however_close() {
        check("1", "-1", false);
        check("1", "10", false);
        check("0.1", "0.10000000000000000001", false);
        check("9007199254740993", "9007199254740992", false);
        check("123456789012345678901", "123456789012345678902", false);
        check("1e400", "1e401", false);
        check("1e99999999999999999999", "1e99999999999999999998", false);
    }
}
