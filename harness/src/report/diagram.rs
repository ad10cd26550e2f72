//! An exchange as lines of text: the node in the middle, its clients on the left, other nodes and services on
//! the right, an arrow a message.

use crate::diagram::{Arrow, Diagram, Label, Mark, Place};
use crate::phrases::fit;
use crate::service::kind::ServiceKind;

/// How much of a label is shown where there is room, in columns.
const LABEL_WIDTH_MAX: usize = 36;

/// How little of one is shown where there is none.
const LABEL_WIDTH_MIN: usize = 10;

/// What an arrow has beside its label: `-- `, ` -->`.
const SHAFT: usize = 7;

/// How much of a name is shown.
const NAME_WIDTH_MAX: usize = 12;

/// A line of the picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiagramLine {
    pub text: String,
    /// Whether something is wrong with the message.
    pub mark: Mark,
}

/// Draws at most `width` columns, as far as that goes.
pub fn lines(diagram: &Diagram, width: usize) -> Vec<DiagramLine> {
    let widths = Widths::of(diagram, width);
    let mut lines = Vec::new();
    for arrow in &diagram.arrows {
        lines.extend(left_out(arrow.left_out));
        lines.extend(arrow.acts.iter().map(|text| act(text, width)));
        lines.push(DiagramLine {
            text: line(arrow, &widths),
            mark: arrow.mark,
        });
    }
    lines.extend(left_out(diagram.left_out));
    lines
}

fn left_out(count: usize) -> Option<DiagramLine> {
    let messages = if count == 1 { "message" } else { "messages" };
    (count > 0).then(|| DiagramLine {
        text: format!("... {count} {messages}"),
        mark: Mark::None,
    })
}

/// What was done to the cluster, before the message below it.
fn act(text: &str, width: usize) -> DiagramLine {
    DiagramLine {
        text: format!("  {}", fit::short(text, width.saturating_sub(2))),
        mark: Mark::None,
    }
}

/// How wide the columns are.
struct Widths {
    left_name: usize,
    left_label: usize,
    node: usize,
    right_label: usize,
    right_name: usize,
    place: usize,
}

impl Widths {
    fn of(diagram: &Diagram, width: usize) -> Self {
        let arrows = || diagram.arrows.iter();
        let widest = |widths: &mut dyn Iterator<Item = usize>| widths.max().unwrap_or_default();
        let names = |right: bool| {
            widest(
                &mut arrows()
                    .filter(|arrow| is_right(arrow) == right)
                    .map(|arrow| fit::width(&name(arrow.peer()))),
            )
        };
        let labels = |right: bool| {
            widest(
                &mut arrows()
                    .filter(|arrow| is_right(arrow) == right)
                    .map(|arrow| fit::width(&label(&arrow.label, LABEL_WIDTH_MAX))),
            )
        };
        let (left_name, right_name) = (names(false), names(true));
        let node = widest(&mut arrows().map(|arrow| fit::width(&name(node(arrow)))));
        let place = widest(&mut arrows().map(|arrow| place(arrow).len()));
        let (left, right) = (labels(false), labels(true));
        let lanes = usize::from(left > 0) + usize::from(right > 0);
        let fixed = 2 + left_name + node + right_name + place + 4 + lanes * (SHAFT + 1);
        let room = width.saturating_sub(fixed).max(lanes * LABEL_WIDTH_MIN);
        // A lane that needs less than its half leaves the rest to the other.
        let share = |own: usize, other: usize| own.min(room - other.min(room / 2));
        Self {
            left_name,
            left_label: share(left, right),
            node,
            right_label: share(right, left),
            right_name,
            place,
        }
    }
}

fn line(arrow: &Arrow, widths: &Widths) -> String {
    let sign = match arrow.mark {
        Mark::None => ' ',
        Mark::Wrong | Mark::Missing => '!',
    };
    let node = name(node(arrow));
    let peer = name(arrow.peer());
    let (left, right) = if is_right(arrow) {
        let blank = widths.left_name + widths.left_label + SHAFT + 2;
        let left = if widths.left_label > 0 {
            " ".repeat(blank)
        } else {
            String::new()
        };
        let shaft = shaft(arrow, widths.right_label, arrow.is_outward());
        (
            left,
            format!(" {shaft} {}", padded(&peer, widths.right_name)),
        )
    } else {
        let shaft = shaft(arrow, widths.left_label, !arrow.is_outward());
        let blank = widths.right_name + widths.right_label + SHAFT + 2;
        let right = if widths.right_label > 0 {
            " ".repeat(blank)
        } else {
            String::new()
        };
        (
            format!("{} {shaft} ", padded(&peer, widths.left_name)),
            right,
        )
    };
    let node = padded(&node, widths.node);
    let place = place(arrow);
    let width = widths.place;
    format!("{sign} {left}{node}{right}  {place:<width$}")
        .trim_end()
        .to_owned()
}

/// `-- label -->` to the right, `<-- label --` to the left; dots for one that never was.
fn shaft(arrow: &Arrow, width: usize, to_the_right: bool) -> String {
    let stroke = match arrow.place {
        Place::Unsent(_) | Place::Expected(_) => '.',
        Place::Input(_) | Place::Output(_) | Place::Service => '-',
    };
    let text = label(&arrow.label, width);
    let rest = width.saturating_sub(fit::width(&text));
    let fill: String = std::iter::repeat_n(stroke, rest).collect();
    if to_the_right {
        format!("{stroke}{stroke} {text} {fill}{stroke}{stroke}>")
    } else {
        format!("<{stroke}{stroke} {text} {fill}{stroke}{stroke}")
    }
}

/// Who plays on the right: other nodes, and services.
fn is_right(arrow: &Arrow) -> bool {
    if ServiceKind::named(arrow.peer()).is_some() {
        return true;
    }
    let number = arrow.peer().strip_prefix('n').unwrap_or_default();
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}

fn node(arrow: &Arrow) -> &str {
    if arrow.is_outward() {
        &arrow.from
    } else {
        &arrow.to
    }
}

fn name(name: &str) -> String {
    let name = if name.is_empty() { "?" } else { name };
    fit::short(name, NAME_WIDTH_MAX)
}

fn label(label: &Label, width: usize) -> String {
    let id = label.id.as_ref().map(|id| format!(" #{id}"));
    let answers = label.answers.as_ref().map(|id| format!(" to #{id}"));
    // A reply is told by what it answers, a request by its own number.
    let number = answers.or(id).unwrap_or_default();
    let gap = if label.payload.is_empty() { "" } else { " " };
    let text = format!("{}{number}{gap}{}", label.kind, label.payload);
    fit::short(&text, width)
}

fn padded(text: &str, width: usize) -> String {
    let blank = width.saturating_sub(fit::width(text));
    format!("{text}{}", " ".repeat(blank))
}

fn place(arrow: &Arrow) -> String {
    match arrow.place {
        Place::Input(line) => format!("in {line}"),
        Place::Unsent(line) => format!("unsent {line}"),
        Place::Output(line) => format!("stdout {line}"),
        Place::Expected(line) => format!("missing {line}"),
        Place::Service => String::new(),
    }
}
