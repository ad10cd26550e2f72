//! What every page is: one file that loads nothing, in the style of all of them.

use maud::{DOCTYPE, Markup, PreEscaped, html};

/// A page as text. `policy`: what a browser lets it do.
pub fn document(policy: &str, style: &str, title: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (title) }
                style { (PreEscaped(style)) }
            }
            body { (body) }
        }
    };
    page.into_string()
}
