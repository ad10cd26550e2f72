//! What `--bins` reads: a node a line, `NAME: PROGRAM ARGUMENTS`, the arguments quoted as in a shell. Lines
//! that are empty or start with `#` say nothing.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use crate::phrases::fit;

/// More nodes than any course has students.
pub const NODES_MAX: usize = 1000;

/// A line that names a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeLine {
    pub name: String,
    /// Its program, as it stands there.
    pub program: PathBuf,
    pub args: Vec<OsString>,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadNodeLine {
    /// It is no `NAME: PROGRAM`.
    NoNode { found: String },
    /// Quotes that are not closed, or a NUL.
    BadArguments,
    /// A name that stands on an earlier line.
    NameTwice { name: String, first: usize },
    /// There is no line with a node.
    Empty,
    /// More nodes than are run at once.
    TooMany,
}

impl BadNodeLine {
    /// What is wrong and how it is right, in a sentence.
    pub fn sentence(&self) -> String {
        match self {
            Self::NoNode { found } => format!(
                "a node is `NAME: PROGRAM ARGUMENTS`, as in `ann: ann/node.py --fast`, not `{}`",
                fit::told(found)
            ),
            Self::BadArguments => {
                "the arguments are words as in a shell, with closed quotes".to_owned()
            }
            Self::NameTwice { name, first } => {
                format!(
                    "the name {} stands on line {first} already",
                    fit::told(name)
                )
            }
            Self::Empty => {
                "no line names a node: write `NAME: PROGRAM ARGUMENTS`, as in `ann: ann/node.py`"
                    .to_owned()
            }
            Self::TooMany => format!("more than {NODES_MAX} nodes"),
        }
    }
}

/// The nodes of a list, or the number of a line and what is wrong with it.
pub fn parse(text: &str) -> Result<Vec<NodeLine>, (usize, BadNodeLine)> {
    let mut nodes: Vec<NodeLine> = Vec::new();
    let mut lines = BTreeMap::new();
    for (line, text) in (1..).zip(text.lines()) {
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let node = node(text).map_err(|problem| (line, problem))?;
        if let Some(first) = lines.insert(node.name.clone(), line) {
            let name = node.name;
            return Err((line, BadNodeLine::NameTwice { name, first }));
        }
        if nodes.len() == NODES_MAX {
            return Err((line, BadNodeLine::TooMany));
        }
        nodes.push(node);
    }
    if nodes.is_empty() {
        return Err((1, BadNodeLine::Empty));
    }
    Ok(nodes)
}

fn node(text: &str) -> Result<NodeLine, BadNodeLine> {
    let no_node = || BadNodeLine::NoNode {
        found: text.to_owned(),
    };
    let (name, command) = text.split_once(':').ok_or_else(no_node)?;
    if command.contains('\0') {
        return Err(BadNodeLine::BadArguments);
    }
    let words = shlex::split(command).ok_or(BadNodeLine::BadArguments)?;
    let mut words = words.into_iter();
    let program = words.next().filter(|program| !program.is_empty());
    let name = name.trim_end().to_owned();
    match program.filter(|_| !name.is_empty()) {
        Some(program) => Ok(NodeLine {
            name,
            program: program.into(),
            args: words.map(OsString::from).collect(),
        }),
        None => Err(no_node()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_a_node_with_its_name_and_arguments() {
        let text = "# the course\n\n ann: ann/node.py\r\nBob Lee : /usr/bin/python3 'b 1.py' -v\n";
        let nodes = parse(text).unwrap();
        let brief = |node: &NodeLine| {
            let args: Vec<_> = node.args.iter().map(|arg| arg.to_str().unwrap()).collect();
            format!("{} {} {args:?}", node.name, node.program.display())
        };
        let nodes: Vec<_> = nodes.iter().map(brief).collect();
        assert_eq!(
            nodes,
            [
                "ann ann/node.py []",
                "Bob Lee /usr/bin/python3 [\"b 1.py\", \"-v\"]"
            ]
        );
    }

    #[test]
    fn what_is_wrong_with_a_line_has_its_number() {
        let check = |text: &str, line: usize, says: &str| {
            let (found, problem) = parse(text).unwrap_err();
            let said = problem.sentence();
            assert_eq!(found, line, "{text}: {said}");
            assert!(said.contains(says), "{text}: {said}");
        };
        check("a: x\nann/node.py\n", 2, "not `ann/node.py`");
        check("a:\n", 1, "a node is `NAME: PROGRAM ARGUMENTS`");
        check(": x\n", 1, "a node is");
        check("a: ''\n", 1, "a node is");
        check("a: x 'y\n", 1, "closed quotes");
        check("a: x\0\n", 1, "as in a shell");
        check("a: x\n\na : y\n", 3, "the name a stands on line 1 already");
        check("# nothing\n", 1, "no line names a node");
        check("", 1, "no line names a node");
        let many: Vec<_> = (0..=NODES_MAX).map(|n| format!("{n}: x\n")).collect();
        let many = many.concat();
        check(&many, NODES_MAX + 1, "more than 1000 nodes");
        assert_eq!(
            parse(many.split_once('\n').unwrap().1).unwrap().len(),
            NODES_MAX
        );
    }
}
