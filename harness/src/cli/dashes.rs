//! Words that begin with what looks like a hyphen: pages and word processors make `--nemesis` into `–-nemesis`,
//! and who copies that has a word that is no flag. (Maelstrom runs it then, without the fault.)

use std::ffi::{OsStr, OsString};

/// What looks like a hyphen, and what it is called.
const LOOKALIKES: [(char, &str); 8] = [
    ('\u{2010}', "a hyphen that is not the one of the keyboard"),
    ('\u{2011}', "a non-breaking hyphen"),
    ('\u{2012}', "a figure dash"),
    ('\u{2013}', "an en dash"),
    ('\u{2014}', "an em dash"),
    ('\u{2015}', "a horizontal bar"),
    ('\u{2212}', "a minus sign"),
    ('\u{fe63}', "a small hyphen"),
];

/// What is wrong with the first such word; those after `--` are the node's.
pub fn refused(words: &[OsString]) -> Option<String> {
    let mut own = words.iter().take_while(|word| *word != "--");
    own.find_map(|word| advice(word))
}

fn advice(word: &OsStr) -> Option<String> {
    let word = word.to_str()?;
    let is_dash = |c: char| c == '-' || LOOKALIKES.iter().any(|(dash, _)| *dash == c);
    let first = word.trim_start_matches('-').chars().next()?;
    let (_, name) = LOOKALIKES.iter().find(|(dash, _)| *dash == first)?;
    let rest = word.trim_start_matches(is_dash);
    let flag = if rest.chars().count() == 1 {
        format!("-{rest}")
    } else {
        format!("--{rest}")
    };
    Some(format!(
        "'{word}' begins with {name}, as it may be when it was copied from a page: write '{flag}' with the \
         hyphens of the keyboard"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_with_dashes_of_a_page_are_refused_and_what_is_the_nodes_is_not() {
        let refused = |line: &str| {
            let words: Vec<_> = line.split(' ').map(OsString::from).collect();
            refused(&words)
        };
        for (line, flag) in [
            ("harness test –-nemesis partition", "'--nemesis'"),
            ("harness test --rate 3 —nemesis x", "'--nemesis'"),
            ("harness test -–nemesis x", "'--nemesis'"),
            ("harness test −w echo", "'-w'"),
        ] {
            let told = refused(line).unwrap();
            assert!(told.contains(flag), "{told}");
        }
        for line in [
            "harness test --rate 3",
            "harness run a–b",
            "harness test -- –x",
            "harness",
        ] {
            assert_eq!(refused(line), None, "{line}");
        }
    }
}
