//! No circle among modules, nor among the rooms directly below `src`: who imports whom is read from the
//! sources, and a circle is told arrow by arrow.

#![expect(
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that can't go on fails"
)]

use std::collections::{BTreeMap, BTreeSet};

use crate::house::{sources, without_comments};

/// A module by its path from the crate's root.
type Module = Vec<String>;

/// From each module or room to those that it imports, each with an import that shows it.
type Arrows = BTreeMap<String, BTreeMap<String, String>>;

#[test]
fn no_module_and_no_room_imports_itself_in_a_circle() {
    for folder in ["node/src", "harness/src"] {
        let modules = modules(folder);
        assert!(modules.len() > 20, "{folder}");
        let (files, rooms) = arrows(&modules);
        assert_eq!(circle(&files), None, "{folder}: a circle of files");
        assert_eq!(circle(&rooms), None, "{folder}: a circle of rooms");
    }
}

#[test]
fn import_that_closes_a_circle_is_named() {
    let module = |path: &str, code: &str| (split(path), code.to_owned());
    let of = |code: &str| {
        arrows(&BTreeMap::from([
            module("ground", ""),
            module("upper::one", "use super::two;\nuse crate::ground::Thing;"),
            module("upper::two", code),
            module("roof", "use crate::{ground, upper::{self, one::Name}};"),
        ]))
    };
    let (files, rooms) = of("fn f() { crate::ground::g(); }");
    assert_eq!((circle(&files), circle(&rooms)), (None, None));
    assert!(rooms["roof"].contains_key("upper") && rooms["upper"].contains_key("ground"));
    let (files, rooms) = of("use super::one::Name;");
    let told = "upper::one → upper::two (super::two), upper::two → upper::one (super::one::Name)";
    assert_eq!(circle(&files).as_deref(), Some(told));
    assert_eq!(circle(&rooms), None);
    let (files, rooms) = of("fn f() -> crate::roof::Tile {}");
    assert!(
        circle(&files)
            .unwrap()
            .contains("upper::two → roof (crate::roof::Tile)")
    );
    let told = "roof → upper (crate::upper::one::Name), upper → roof (crate::roof::Tile)";
    assert_eq!(circle(&rooms).as_deref(), Some(told));
}

fn split(path: &str) -> Module {
    path.split("::").map(str::to_owned).collect()
}

/// The modules below a folder with their code; a crate's roots know everybody and are left out.
fn modules(folder: &str) -> BTreeMap<Module, String> {
    let all = sources(folder).into_iter().filter_map(|(name, code)| {
        let path = name.strip_prefix(folder)?.strip_prefix('/')?;
        let path = path.strip_suffix(".rs")?;
        let path = path.strip_suffix("/mod").unwrap_or(path);
        let is_root = path == "main" || path == "lib";
        // Tests may import what they like.
        let is_tests = path.ends_with("_tests");
        (!is_root && !is_tests).then(|| (split(&path.replace('/', "::")), code))
    });
    all.collect()
}

/// Who imports whom, file by file and room by room.
fn arrows(modules: &BTreeMap<Module, String>) -> (Arrows, Arrows) {
    let (mut files, mut rooms) = (Arrows::new(), Arrows::new());
    for (from, code) in modules {
        for path in imports(&without_comments(code)) {
            let Some(to) = target(from, &path, modules) else {
                continue;
            };
            let add = |arrows: &mut Arrows, from: String, to: String| {
                if from != to {
                    let shown = arrows.entry(from).or_default().entry(to);
                    shown.or_insert_with(|| path.join("::"));
                }
            };
            add(&mut files, from.join("::"), to.join("::"));
            add(&mut rooms, from[0].clone(), to[0].clone());
        }
    }
    (files, rooms)
}

/// The paths that begin with `crate` or `super`: imported ones, and those that stand in the code.
fn imports(code: &str) -> Vec<Module> {
    let mut paths = Vec::new();
    for root in ["crate::", "super::"] {
        for (at, _) in code.match_indices(root) {
            let before = code[..at].chars().next_back();
            if before.is_none_or(|before| !before.is_alphanumeric() && !":_$".contains(before)) {
                let mut rest = &code[at..];
                tree(&mut rest, &Vec::new(), &mut paths);
            }
        }
    }
    paths
}

/// Reads one path, or a tree of them in braces, from the start of a text.
fn tree(rest: &mut &str, before: &Module, paths: &mut Vec<Module>) {
    let mut path = before.clone();
    loop {
        let word = rest.trim_start();
        let end = word.find(|c: char| !c.is_alphanumeric() && c != '_');
        let (name, after) = word.split_at(end.unwrap_or(word.len()));
        path.push(name.to_owned());
        *rest = after;
        let Some(more) = after.strip_prefix("::") else {
            break;
        };
        *rest = more;
        if let Some(inside) = more.strip_prefix('{') {
            *rest = inside.trim_start();
            while !rest.starts_with('}') && !rest.is_empty() {
                tree(rest, &path, paths);
                // A new name, a comma.
                let end = rest.find(['}', ',']).unwrap_or(rest.len());
                *rest = rest[end..].trim_start_matches(',').trim_start();
            }
            *rest = rest.strip_prefix('}').unwrap_or(rest);
            return;
        }
    }
    paths.push(path);
}

/// The module that a path leads to, or into.
fn target(from: &Module, path: &Module, modules: &BTreeMap<Module, String>) -> Option<Module> {
    let ups = path.iter().take_while(|part| *part == "super").count();
    let mut found = if path[0] == "crate" {
        Vec::new()
    } else {
        from[..from.len().checked_sub(ups)?].to_vec()
    };
    found.extend(
        path[ups.max(usize::from(path[0] == "crate"))..]
            .iter()
            .cloned(),
    );
    while !found.is_empty() {
        if modules.contains_key(&found) {
            return Some(found);
        }
        found.pop();
    }
    None
}

/// The first circle that is found, arrow by arrow.
fn circle(arrows: &Arrows) -> Option<String> {
    let mut done = BTreeSet::new();
    arrows.keys().find_map(|start| {
        let mut way = Vec::new();
        follow(start, arrows, &mut way, &mut done)
    })
}

fn follow<'a>(
    at: &'a str,
    arrows: &'a Arrows,
    way: &mut Vec<&'a str>,
    done: &mut BTreeSet<&'a str>,
) -> Option<String> {
    if let Some(begin) = way.iter().position(|before| *before == at) {
        let round: Vec<_> = way[begin..].iter().copied().chain([at]).collect();
        let told = round.windows(2).map(|pair| {
            let shown = &arrows[pair[0]][pair[1]];
            format!("{} → {} ({shown})", pair[0], pair[1])
        });
        return Some(told.collect::<Vec<_>>().join(", "));
    }
    if !done.insert(at) {
        return None;
    }
    way.push(at);
    let next = arrows.get(at).into_iter().flat_map(BTreeMap::keys);
    let found = next
        .into_iter()
        .find_map(|next| follow(next, arrows, way, done));
    way.pop();
    found
}
