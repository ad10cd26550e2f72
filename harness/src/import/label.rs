//! What stands above the parts of a sample, as in `Input` or `Sample Output 2:`. Whether a line is where
//! such a label can be is known to the forms.

/// Which part of a sample a label announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SampleLabel {
    /// What the node reads.
    Input,
    /// What it must answer.
    Expected,
    /// The same, in a word that stands in many a text: `Output`.
    Output,
}

impl SampleLabel {
    /// The label that a line is, if it is one.
    pub fn of(words: &str) -> Option<Self> {
        let number = number(words);
        let words = words.trim_end_matches(':').to_lowercase();
        let mut words: Vec<_> = words.split_whitespace().collect();
        words.pop_if(|_| number.is_some());
        match words[..] {
            ["input" | "stdin"] | ["sample" | "example", "input"] => Some(Self::Input),
            ["expected" | "sample" | "example", "output"] | ["expected", "stdout"] => {
                Some(Self::Expected)
            }
            ["expected" | "output"] => Some(Self::Output),
            _ => None,
        }
    }
}

/// The digits of the number at the end of a label, as in `Sample Output 2:`.
pub fn number(words: &str) -> Option<&str> {
    let last = words.trim_end_matches(':').split_whitespace().next_back()?;
    let digits = last.strip_prefix('#').unwrap_or(last);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some(digits)
}
