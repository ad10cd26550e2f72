//! A run as a piece of Markdown, for the summary that GitHub Actions shows of a job: a table, and what failed
//! first.
//!
//! Each sign of others that Markdown or HTML could heed is written as its number.

use std::fmt::Write;

use super::again::TestedNode;
use super::cluster::records::RunCounts;
use super::matrix::NodeTotal;
use super::{escape, gist, shell, summary, words};
use crate::escape::file_name;
use crate::folders::FolderTotals;
use crate::outcome::{CaseOutcome, RunEnd, Tally};
use crate::phrases::fit;

/// How many failures, or runs, are named.
const NAMED_MAX: usize = 10;

/// How many characters are told of a failure.
const SENTENCE_MAX: usize = 300;

/// What failed first.
#[derive(Debug, Default)]
pub struct StepSummary {
    /// A name, and what is wrong.
    named: Vec<(String, String)>,
    more: usize,
}

impl StepSummary {
    /// One more case, with one of several nodes if it has a name.
    pub fn outcome(&mut self, node: Option<&str>, outcome: &CaseOutcome) {
        if outcome.result.is_failure() {
            let sentence = gist::sentences(outcome).into_iter().next();
            let node = node.map(|node| fit::told(node) + ": ").unwrap_or_default();
            let name = node + &file_name(&outcome.files.input);
            self.failed(name, &sentence.unwrap_or_default());
        }
    }

    /// Something more that failed, and why.
    pub fn failed(&mut self, name: String, sentence: &str) {
        if self.named.len() == NAMED_MAX {
            self.more += 1;
        } else {
            let sentence = escape::said(sentence, false).replace('\n', " ");
            self.named.push((name, sentence));
        }
    }

    /// A run of cases with this node that came to this.
    pub fn cases(
        &self,
        node: &TestedNode,
        folders: &FolderTotals,
        tally: Tally,
        end: RunEnd,
    ) -> String {
        let mut text = format!("### golden: {}\n\n{}", summary::tally(tally), of_node(node));
        if let Some(end) = words::run_end(end) {
            let _ = writeln!(text, "{}\n", literal(&end));
        }
        text += "| folder | passed | failed | skipped |\n| --- | ---: | ---: | ---: |\n";
        for (folder, total) in folders.all() {
            let Tally {
                passed,
                failed,
                skipped,
                ..
            } = total.tally;
            let folder = literal(&file_name(folder));
            let _ = writeln!(text, "| {folder} | {passed} | {failed} | {skipped} |");
        }
        text + &self.failures()
    }

    /// A run of cases with these nodes that came to this.
    pub fn nodes(&self, nodes: &[NodeTotal], tally: Tally, end: RunEnd) -> String {
        let mut text = format!("### golden: {}\n\n", summary::tally(tally));
        if let Some(end) = words::run_end(end) {
            let _ = writeln!(text, "{}\n", literal(&end));
        }
        text += "| node | passed | failed | commonest cause |\n| --- | ---: | ---: | --- |\n";
        for node in nodes {
            let Tally { passed, failed, .. } = node.tally();
            let name = fit::told(node.node.name.as_deref().unwrap_or_default());
            let (name, remark) = (literal(&name), literal(&fit::told(&node.remark())));
            let _ = writeln!(text, "| {name} | {passed} | {failed} | {remark} |");
        }
        text + &self.failures()
    }

    /// Runs of a cluster of this node that came to this.
    pub fn clusters(&self, node: &TestedNode, workload: &str, counts: RunCounts) -> String {
        let RunCounts {
            valid,
            not_valid,
            could_not_be_judged,
            ..
        } = counts;
        let left = counts.left();
        let mut text = format!(
            "### cluster: {}, {valid} valid, {not_valid} not valid\n\n{}",
            literal(workload),
            of_node(node)
        );
        for (count, what) in [
            (could_not_be_judged, "could not be judged"),
            (left, "not run, or cut short"),
        ] {
            if count > 0 {
                let _ = writeln!(text, "{count} {what}\n");
            }
        }
        text + &self.failures()
    }

    fn failures(&self) -> String {
        if self.named.is_empty() {
            return String::new();
        }
        let mut text = "\n| failed | why |\n| --- | --- |\n".to_owned();
        for (name, sentence) in &self.named {
            let short: String = sentence.chars().take(SENTENCE_MAX).collect();
            let cut = if short.len() < sentence.len() {
                "…"
            } else {
                ""
            };
            let _ = writeln!(text, "| {} | {}{cut} |", literal(name), literal(&short));
        }
        if self.more > 0 {
            let _ = writeln!(text, "\nand {} more", self.more);
        }
        text
    }
}

fn of_node(node: &TestedNode) -> String {
    let bin = node.bin.as_deref().map(file_name);
    let args = node.args.as_ref().map(|args| shell::quoted(args));
    let words: Vec<_> = bin.into_iter().chain(args).collect();
    if words.is_empty() {
        return String::new();
    }
    format!("{}\n\n", literal(&words.join(" ")))
}

/// Text in which Markdown and HTML heed nothing.
fn literal(text: &str) -> String {
    let mut literal = String::new();
    for character in escape::text(text).chars() {
        if character.is_ascii_punctuation() && !matches!(character, '.' | ',' | '/' | '-') {
            let _ = write!(literal, "&#{};", u32::from(character));
        } else {
            literal.push(character);
        }
    }
    literal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_markdown_heeds_is_left() {
        let told = literal("a|b <c> `d` *e* [f](g) _h_ #i &amp;\u{1b}[0m\n| x |");
        let kept = |c: char| c.is_alphanumeric() || " .,/-&#;\u{a0}".contains(c);
        assert!(told.chars().all(kept), "{told}");
        assert!(told.starts_with("a&#124;b &#60;c&#62;"), "{told}");
    }

    #[test]
    fn ten_failures_are_named_and_long_ones_cut() {
        let mut summary = StepSummary::default();
        for number in 0..12 {
            summary.failed(format!("case{number}"), &"x".repeat(400));
        }
        let text = summary.failures();
        assert!(
            text.contains("| case9 |") && !text.contains("case10"),
            "{text}"
        );
        assert!(text.contains(&format!("| {}… |", "x".repeat(300))));
        assert!(text.ends_with("\nand 2 more\n"), "{text}");
    }
}
