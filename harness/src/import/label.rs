//! What stands above the parts of a sample, as in `Input`, `Sample Output 2:` or `期望输出：`. Whether a line is
//! where such a label can be is known to the forms.

use super::source::is_blank;

/// What ends a label. The second one is what a Chinese keyboard types.
pub const COLONS: [char; 2] = [':', '：'];

/// Which part of a sample a label announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SampleLabel {
    Input,
    Expected,
    /// The same, in a word that stands in many a text: `Output`.
    Output,
}

impl SampleLabel {
    /// The label that a line is, if it is one.
    pub fn of(words: &str) -> Option<Self> {
        let (name, _) = split_number(words);
        let name = name.to_lowercase();
        let words: Vec<_> = name.split_whitespace().collect();
        match words[..] {
            ["input" | "stdin"] | ["sample" | "example", "input"] => Some(Self::Input),
            ["expected" | "sample" | "example", "output"] | ["expected", "stdout"] => {
                Some(Self::Expected)
            }
            ["expected" | "output"] => Some(Self::Output),
            _ => Self::of_chinese(&simplified(&words.concat())),
        }
    }

    fn of_chinese(words: &str) -> Option<Self> {
        match words {
            "输入" | "样例输入" | "输入样例" | "示例输入" | "输入示例" | "范例输入"
            | "输入范例" | "测试输入" | "标准输入" => Some(Self::Input),
            "期望输出" | "预期输出" | "期待输出" | "期望的输出" | "预期的输出" | "样例输出"
            | "输出样例" | "示例输出" | "输出示例" | "范例输出" | "输出范例" | "期望结果"
            | "预期结果" => Some(Self::Expected),
            "输出" | "期望" | "预期" | "标准输出" => Some(Self::Output),
            _ => None,
        }
    }
}

/// A heading without its colon, and without what a heading in Chinese is set between.
pub fn bare(words: &str) -> &str {
    let around = |c: char| is_blank(c) || COLONS.contains(&c) || "【】".contains(c);
    words.trim_matches(around)
}

/// The digits of the number at the end of a label, as in `Sample Output 2:`.
pub fn number(words: &str) -> Option<String> {
    split_number(words).1
}

/// A label, and the digits of its number. Words in Chinese need no space before it.
fn split_number(words: &str) -> (&str, Option<String>) {
    let words = bare(words);
    let digit = |c: char| c.is_ascii_digit() || ('０'..='９').contains(&c);
    let before = words.trim_end_matches(digit);
    let digits = words.get(before.len()..).unwrap_or_default();
    let name = before.strip_suffix(['#', '＃']).unwrap_or(before);
    let is_apart = name.ends_with(|c: char| !c.is_ascii());
    if digits.is_empty() || !(is_apart || name.is_empty() || name.ends_with(char::is_whitespace)) {
        return (words, None);
    }
    (bare(name), Some(digits.chars().map(ascii_digit).collect()))
}

/// `２` as `2`.
fn ascii_digit(digit: char) -> char {
    let value = u32::from(digit).checked_sub(u32::from('０'));
    let value = value.and_then(|value| char::from_digit(value, 10));
    value.unwrap_or(digit)
}

/// The characters of labels that are written in two ways, in the simpler one.
fn simplified(words: &str) -> String {
    let simple = |c| match c {
        '輸' => '输',
        '樣' => '样',
        '範' => '范',
        '預' => '预',
        '測' => '测',
        '試' => '试',
        '標' => '标',
        '準' => '准',
        '結' => '结',
        other => other,
    };
    words.chars().map(simple).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_is_known_with_its_number_in_two_languages() {
        for (words, label, number) in [
            ("Sample Output #2:", SampleLabel::Expected, Some("2")),
            ("stdin", SampleLabel::Input, None),
            ("Input：", SampleLabel::Input, None),
            ("输入：", SampleLabel::Input, None),
            ("【样例输入 1】", SampleLabel::Input, Some("1")),
            ("样例输入１２：", SampleLabel::Input, Some("12")),
            ("期望输出:", SampleLabel::Expected, None),
            ("期望 输出", SampleLabel::Expected, None),
            ("預期輸出#3", SampleLabel::Expected, Some("3")),
            ("输出", SampleLabel::Output, None),
        ] {
            assert_eq!(SampleLabel::of(words), Some(label), "{words}");
            assert_eq!(super::number(words).as_deref(), number, "{words}");
        }
        for words in ["Input1", "输入格式", "输出的消息", "", "1", "：", "Inputs"] {
            assert_eq!(SampleLabel::of(words), None, "{words}");
        }
    }
}
