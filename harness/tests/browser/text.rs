//! The page as text.

use sha2::{Digest, Sha256};

use crate::made::{LOST, Made};
use harness::cluster::journal::Fate;

/// What stands between two texts, the first time.
pub fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    let (_, rest) = text.split_once(before).unwrap();
    rest.split_once(after).unwrap().0
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let number = (0..3).fold(0_usize, |sum, place| {
            sum << 8 | usize::from(three.get(place).copied().unwrap_or(0))
        });
        for place in 0..=three.len() {
            text.push(char::from(DIGITS[number >> (18 - 6 * place) & 63]));
        }
    }
    text + &"=".repeat((3 - bytes.len() % 3) % 3)
}

#[test]
fn the_policy_lets_the_script_run_and_no_other() {
    let page = Made::calm().judged(|_| ()).page();
    let script = between(&page, "<script>", "</script>");
    let hash = base64(&Sha256::digest(script));
    let allowed = between(&page, "script-src 'sha256-", "'");
    assert_eq!(
        allowed, hash,
        "the script has changed: write its hash into the page's policy"
    );
}

#[test]
fn what_is_wrong_comes_first() {
    let run = Made::of(5, 60, 20).judged(|_| ());
    let page = run.page();
    let title = between(&page, "<title>", "</title>");
    assert_eq!(title, "not valid – broadcast, 5 nodes, seed 42");
    let verdict = between(&page, "<h1>", "</header>");
    assert!(verdict.starts_with("Not valid</h1>"));
    assert!(
        verdict.contains(&format!("n{} lacks {}", LOST.1, LOST.0)),
        "{verdict}"
    );
    assert!(verdict.contains(&format!("data-value=\"{}\"", LOST.0)));
    assert!(page.find("<h1>") < page.find(">Figures<"));
}

#[test]
fn a_valid_run_says_so() {
    let page = Made::calm().judged(|_| ()).page();
    assert!(between(&page, "<title>", "</title>").starts_with("valid – "));
    assert!(page.contains("<h1>Valid</h1>"));
    assert!(!page.contains("left-out\""), "nothing is left out");
}

#[test]
fn what_became_of_messages_is_counted() {
    let run = Made::of(5, 60, 20).judged(|_| ());
    let page = run.page();
    let table = between(&page, "What became of those between nodes", "</table>");
    let mut shown = 0;
    for (name, fits) in [
        (
            "delivered",
            (|fate| fate == Fate::Delivered) as fn(Fate) -> bool,
        ),
        ("lost by chance", |fate| fate == Fate::Lost),
        ("dropped by a cut", |fate| matches!(fate, Fate::Cut(_))),
        ("came to a dead node", |fate| matches!(fate, Fate::Dead(_))),
    ] {
        let messages = run.messages.iter().filter(|one| one.is_between_nodes());
        let count = messages.filter(|one| fits(one.fate)).count();
        let row = format!("<th scope=\"row\">{name}</th><td>{count}</td>");
        assert!(count > 0 && table.contains(&row), "{row} in {table}");
        shown += 1;
    }
    assert_eq!(
        table.matches("<tr>").count(),
        shown,
        "of others there are none"
    );
}

#[test]
fn the_page_needs_nothing_but_itself() {
    let page = Made::of(5, 60, 20).judged(|_| ()).page();
    for loads in [
        "src=", "href=", "url(", "@import", "http:", "https:", "//cdn", "import(",
    ] {
        assert!(!page.contains(loads), "{loads}");
    }
}

#[test]
fn the_same_run_has_the_same_page() {
    let page = || Made::of(5, 60, 20).judged(|_| ()).page();
    assert_eq!(page(), page());
}

#[test]
fn of_too_many_messages_the_page_says_what_is_left_out() {
    let run = Made::of(25, 600, 30).judged(|_| ());
    let page = run.page();
    assert!(run.messages.len() > 20_000, "{}", run.messages.len());
    let note = between(&page, "id=\"left-out\">", "</p>");
    assert!(note.contains("are left out"), "{note}");
    let data = between(&page, "id=\"run\">", "</script>");
    let data: serde_json::Value = serde_json::from_str(data).unwrap();
    let kept = data["messages"].as_array().unwrap();
    assert!(kept.len() <= 20_000);
    let ids: Vec<_> = kept.iter().map(|row| row[0].as_u64().unwrap()).collect();
    let about_lost = run.messages.iter().filter(|m| m.values.contains(&LOST.0));
    for message in about_lost {
        assert!(ids.contains(&message.id), "{message:?}");
    }
}
