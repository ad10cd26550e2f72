//! One spelling for each decimal number, without ever counting in binary.
//!
//! It only looks at digits: nothing is rounded, and a huge exponent is never
//! written out as zeros.

/// Numbers with at most this many zeros at their end are spelled as integers.
const ZEROS_MAX: usize = 20;

/// The spelling that all JSON numbers of the same decimal value share.
///
/// `text` is a JSON number. Most integers keep the spelling they have. An
/// exponent beyond 38 digits is taken as it is, not added to: such numbers
/// compare as equal only if they have the same digits at the same place.
pub(super) fn canonical(text: &str) -> String {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(unsigned) => ("-", unsigned),
        None => ("", text),
    };
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all_digits = format!("{whole}{fraction}");
    let digits = all_digits.trim_end_matches('0');
    let zeros_cut = all_digits.len() - digits.len();
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return "0".to_owned(); // also -0 and 0e99
    }
    let shift = zeros_cut as i128 - fraction.len() as i128;
    match exponent
        .parse::<i128>()
        .ok()
        .and_then(|exponent| exponent.checked_add(shift))
    {
        Some(exponent) => spell(sign, digits, exponent),
        None => format!("{sign}{digits}e{shift}e{}", exponent_digits(exponent)),
    }
}

fn spell(sign: &str, digits: &str, exponent: i128) -> String {
    match usize::try_from(exponent) {
        Ok(zeros) if zeros <= ZEROS_MAX => format!("{sign}{digits}{}", "0".repeat(zeros)),
        _ => format!("{sign}{digits}e{exponent}"),
    }
}

fn exponent_digits(exponent: &str) -> String {
    match exponent.strip_prefix('-') {
        Some(digits) => format!("-{}", digits.trim_start_matches('0')),
        None => exponent
            .trim_start_matches('+')
            .trim_start_matches('0')
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::canonical;

    fn check(expected: &str, texts: &[&str]) {
        for text in texts {
            assert_eq!(canonical(text), expected, "{text}");
        }
    }

    #[test]
    fn the_decimal_value_decides() {
        check("0", &["0", "-0", "0.000", "0e999999999999", "-0.0E-5"]);
        check("1", &["1", "1.0", "10e-1", "0.01E+2", "100E-0002"]);
        check("-1200", &["-1200", "-1.2e3", "-1200.00"]);
        check("15e-1", &["1.5", "15e-1", "0.15E1", "1.50"]);
        check("1e21", &["1e21", "1000000000000000000000", "10e20"]);
        check("100000000000000000000", &["1e20", "100000000000000000000"]);
    }

    #[test]
    fn every_digit_counts() {
        check("9007199254740993", &["9007199254740993"]);
        check(
            "9007199254740992",
            &["9007199254740992", "9007199254740992.0"],
        );
        check(
            "123456789012345678901234567890123456789",
            &["123456789012345678901234567890123456789.0"],
        );
        check("1e-400", &["1e-400", "0.1e-399"]);
    }

    #[test]
    fn a_huge_exponent_is_not_written_out() {
        check("1e999999999999", &["1e999999999999", "10e999999999998"]);
        let monster = "9".repeat(60);
        check(
            &format!("1e0e{monster}"),
            &[&format!("1e+00{monster}"), &format!("1E{monster}")],
        );
        check(&format!("1e0e-{monster}"), &[&format!("1e-0{monster}")]);
    }
}
