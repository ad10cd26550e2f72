//! JSON numbers by their exact decimal value: `1`, `1.0` and `10e-1` are one number,
//! and a big integer keeps every digit. Never through a float, never expanded.

use serde_json::Number;

/// A number in the one form that all its spellings share: `±digits × 10^exponent`, the
/// digits without zeros at either end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decimal {
    negative: bool,
    digits: String,
    exponent: Exponent,
}

/// An exponent of ten. One beyond 64 bits is kept as it is spelt, so that it equals only itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Exponent {
    Known(i64),
    Huge { spelt: String, shift: i64 },
}

/// Whether two numbers have the same value.
pub fn same(a: &Number, b: &Number) -> bool {
    a == b || decimal(&a.to_string()) == decimal(&b.to_string())
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
