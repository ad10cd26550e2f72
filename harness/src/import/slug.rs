//! File names from titles: short, unique, and never out of their folder.

use std::collections::{BTreeMap, BTreeSet};

/// How long a name gets, in bytes: with an extension and a temporary file's random letters it
/// must fit into the 255 that file systems take.
const BYTES_MAX: usize = 100;

/// The names that were given out.
#[derive(Debug, Default)]
pub struct GivenNames {
    taken: BTreeSet<String>,
    /// How often each slug was asked for, so that a thousand equal titles aren't counted up again.
    asked: BTreeMap<String, usize>,
}

impl GivenNames {
    /// A name for a case with this title that no other has.
    pub fn give(&mut self, title: &str) -> String {
        let slug = slug(title);
        let asked = self.asked.entry(slug.clone()).or_default();
        loop {
            *asked += 1;
            let name = match *asked {
                1 => slug.clone(),
                number => format!("{slug}-{number}"),
            };
            if self.taken.insert(name.clone()) {
                return name;
            }
        }
    }
}

/// The title in small letters, digits and single hyphens; `case` where nothing is left of it.
fn slug(title: &str) -> String {
    let mut slug = String::new();
    for character in title.chars().flat_map(char::to_lowercase) {
        match character {
            '\'' | '\u{2019}' => {}
            _ if slug.len() + character.len_utf8() > BYTES_MAX => break,
            _ if character.is_alphanumeric() => slug.push(character),
            _ if slug.is_empty() || slug.ends_with('-') => {}
            _ => slug.push('-'),
        }
    }
    match slug.trim_end_matches('-') {
        "" => "case".to_owned(),
        slug => slug.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_becomes_a_plain_file_name() {
        for (title, name) in [
            ("Broadcast with no neighbors", "broadcast-with-no-neighbors"),
            ("  A/B: ../../etc/passwd\0!", "a-b-etc-passwd"),
            ("..", "case"),
            ("🦀🦀", "case"),
            ("", "case"),
            ("Node doesn't die; it doesn’t", "node-doesnt-die-it-doesnt"),
            ("Größe 日本 🦀 ok", "größe-日本-ok"),
            ("-rf --force", "rf-force"),
            ("a\u{202e}b\nc", "a-b-c"),
        ] {
            assert_eq!(slug(title), name, "{title:?}");
        }
    }

    #[test]
    fn a_long_title_is_cut_between_letters() {
        assert_eq!(slug(&"a".repeat(300)), "a".repeat(BYTES_MAX));
        assert_eq!(slug(&"日".repeat(300)), "日".repeat(BYTES_MAX / 3));
        assert!(!slug(&"ab ".repeat(300)).ends_with('-'));
    }

    #[test]
    fn no_name_comes_twice() {
        let mut names = GivenNames::default();
        let given = ["Read", "read!", "Read 2", "READ"].map(|title| names.give(title));
        assert_eq!(given, ["read", "read-2", "read-2-2", "read-3"]);
    }
}
