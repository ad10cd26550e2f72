//! Commands to be copied into a shell: each word of them stays one and means nothing else, whatever is in
//! it.

use std::ffi::{OsStr, OsString};
use std::fmt::Write;
use std::path::Path;

use super::escape;

/// Words as one would type them in a shell. What acts, and bytes that are no text, stand there by their
/// numbers.
pub fn quoted<W: AsRef<OsStr>>(words: &[W]) -> String {
    let quoted: Vec<_> = words
        .iter()
        .map(|word| quoted_word(word.as_ref()))
        .collect();
    quoted.join(" ")
}

fn quoted_word(word: &OsStr) -> String {
    let bytes = word.as_encoded_bytes();
    // In a log of GitHub Actions, `##[` starts a command of another kind.
    let acts = |text: &str| text.contains("##[") || text.chars().any(escape::acts);
    let plain = word.to_str().filter(|text| !acts(text));
    if let Some(text) = plain {
        // Only a NUL can't be quoted, and that one acts.
        return shlex::try_quote(text).unwrap_or_default().into_owned();
    }
    let mut quoted = "$'".to_owned();
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '\\' | '\'' => quoted.extend(['\\', character]),
                _ if escape::acts(character) => {
                    numbers(&mut quoted, character.encode_utf8(&mut [0; 4]).as_bytes());
                }
                _ => quoted.push(character),
            }
        }
        numbers(&mut quoted, chunk.invalid());
    }
    quoted.replace("##[", "#\\043[") + "'"
}

/// Octal ones: three digits end by themselves, where a shell may take any number of others.
fn numbers(quoted: &mut String, bytes: &[u8]) {
    for byte in bytes {
        // Writing to a string doesn't fail.
        let _ = write!(quoted, "\\{byte:03o}");
    }
}

/// A path as a word of a command: a name like an option's is none behind `./`.
pub fn path(path: &Path) -> OsString {
    if path.as_os_str().as_encoded_bytes().starts_with(b"-") {
        return Path::new(".").join(path).into_os_string();
    }
    path.as_os_str().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_as_little_as_it_needs() {
        for (word, shown) in [
            ("a/b.in", "a/b.in"),
            ("", "''"),
            ("a b", "'a b'"),
            ("$(x)'", "'$(x)'\"'\""),
            ("größe", "'größe'"),
            ("a\nb'\\1", "$'a\\012b\\'\\\\1'"),
            ("##[x", "$'#\\043[x'"),
            ("\u{202e}", "$'\\342\\200\\256'"),
        ] {
            assert_eq!(quoted(&[word]), shown);
        }
        assert_eq!(path(Path::new("-x")), "./-x");
        assert_eq!(path(Path::new("a/-x")), "a/-x");
    }
}
