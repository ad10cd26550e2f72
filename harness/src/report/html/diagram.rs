//! The frame of the diagram of messages: its controls, and room for what the script draws.

use maud::{Markup, html};

use super::selection::MessageSelection;
use super::units;

/// The frame.
/// `rest`: how many messages no file has. `has_values`: whether the workload gives values, whose paths can be
/// followed.
pub fn section(selection: &MessageSelection<'_>, rest: u64, has_values: bool) -> Markup {
    html! {
        section.messages aria-labelledby="messages" {
            h2 id="messages" { "Messages" }
            (extent(selection, rest))
            noscript { p.note { "The diagram is drawn by a script, and scripts are off here. messages.jsonl beside this file has every message." } }
            (controls(has_values))
            div.stage {
                canvas id="canvas" tabindex="0" role="application"
                    aria-label="Messages over time. Arrow keys move and step through messages, plus and minus zoom." {}
                div id="tip" hidden {}
            }
            p.status id="status" role="status" {}
            p.note {
                "Drag to move, pinch or " kbd { "Ctrl" } " and the wheel to zoom. With the diagram in focus: "
                kbd { "←" } " " kbd { "→" } " move, " kbd { "+" } " " kbd { "−" } " zoom, " kbd { "↑" } " " kbd { "↓" }
                " step through the messages shown, " kbd { "Esc" } " lets go."
            }
            div.panels {
                section id="values" hidden[!has_values] aria-labelledby="values-title" {
                    h3 id="values-title" { "Values" }
                    div id="value-list" {}
                }
                section id="details" aria-live="polite" {
                    p.note {
                        "Choose a " @if has_values { "value to see its path through the cluster, or a " }
                        "message to see what is in it."
                    }
                }
            }
        }
    }
}

fn extent(selection: &MessageSelection<'_>, rest: u64) -> Markup {
    let (kept, left_out) = (selection.kept.len(), selection.left_out());
    html! {
        @if left_out > 0 {
            p.note.thinned id="left-out" {
                (units::count(kept, "message")) " of " (units::grouped(selection.total as u64))
                " are shown here, " strong { (units::grouped(left_out as u64)) " are left out" }
                ": kept are, above all, those with values that something is wrong with, dropped ones, and those "
                "that brought a value somewhere first. messages.jsonl has all"
                @if rest > 0 { " but " (units::grouped(rest)) ", which are only counted" }
                "."
            }
        }
    }
}

fn controls(has_values: bool) -> Markup {
    html! {
        form.controls id="controls" autocomplete="off" {
            label hidden[!has_values] { "Value " input id="by-value" type="number" min="0" step="1" placeholder="any"; }
            label { "Node " select id="by-node" { option value="" { "any" } } }
            label { "From " input id="by-from" type="number" min="0" step="any"; " s" }
            label { "to " input id="by-to" type="number" min="0" step="any"; " s" }
            span.buttons {
                button type="button" id="zoom-out" aria-label="Zoom out" { "−" }
                button type="button" id="zoom-in" aria-label="Zoom in" { "+" }
                button type="button" id="whole" { "Whole run" }
                button type="button" id="everything" { "Show everything" }
            }
            fieldset id="by-kind" { legend { "Show" } }
        }
    }
}
