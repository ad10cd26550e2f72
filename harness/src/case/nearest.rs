//! The known word that a mistyped one is nearest to.

/// How much of two words is compared, in characters.
const COMPARED_MAX: usize = 64;

/// The known word that looks most like this one.
pub fn nearest<'known>(known: impl IntoIterator<Item = &'known str>, word: &str) -> &'known str {
    // The time and the memory of a comparison grow with both words, and either may be the user's own.
    let start = |word: &str| -> String { word.chars().take(COMPARED_MAX).collect() };
    let word = start(word);
    let distance = |known: &&str| strsim::damerau_levenshtein(&start(known), &word);
    known.into_iter().min_by_key(distance).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_word_is_found_for_a_typo_and_soon_for_a_word_of_megabytes() {
        assert_eq!(nearest(["timeout", "skip"], "timeotu"), "timeout");
        let long = "skip".repeat(1 << 22);
        assert_eq!(nearest(["timeout", &long], &long), long);
    }
}
