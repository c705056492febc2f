//! No two files of `src` import each other, directly or through others.

use std::collections::{BTreeMap, BTreeSet};

use crate::layers::source;

type Imports = BTreeMap<String, BTreeSet<String>>;

/// The module path of a file, as `server::store::audit`.
fn module(file: &str) -> String {
    file.trim_start_matches("src/").trim_end_matches(".rs").replace('/', "::")
}

/// The code of a file without comments and unit tests.
fn code(text: &str) -> String {
    let lines = text.lines().take_while(|line| *line != "#[cfg(test)]");
    lines.map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join(" ")
}

/// Adds the paths of a `use` tree: `a::{b, c::d}` has `a::b` and `a::c::d`.
fn expand(prefix: &str, tree: &str, paths: &mut Vec<String>) {
    let tree = tree.trim();
    if tree.is_empty() {
        return;
    }
    let Some((base, rest)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default();
        return paths.push(format!("{prefix}{path}"));
    };
    let (mut depth, mut part) = (0, String::new());
    for c in rest.strip_suffix('}').unwrap_or(rest).chars().chain([',']) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                expand(&format!("{prefix}{base}"), &std::mem::take(&mut part), paths);
                continue;
            }
            _ => {}
        }
        part.push(c);
    }
}

/// The paths that a file names from `crate` or `super`.
fn paths(code: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for root in ["crate::", "super::"] {
        for (at, _) in code.match_indices(root) {
            let is_start =
                !code[..at].ends_with(|c: char| c.is_alphanumeric() || ":_$".contains(c));
            let end = |c: char| !(c.is_alphanumeric() || "_:{}, *".contains(c));
            let path = code[at..].split(end).next().unwrap_or_default();
            if is_start && code[..at].ends_with("use ") {
                expand("", path, &mut paths);
            } else if is_start {
                paths.push(path.split([' ', ',', '{', '}']).next().unwrap_or_default().to_owned());
            }
        }
    }
    paths
}

/// The file in which a path lies: the longest part of it that is a module with a file.
fn resolve(path: &str, from: &str, files: &BTreeSet<String>) -> Option<String> {
    let mut base: Vec<&str> =
        if path.starts_with("crate::") { Vec::new() } else { from.split("::").collect() };
    for part in path.split("::").map(str::trim) {
        match part {
            "crate" => {}
            "super" => drop(base.pop()),
            part => base.push(part),
        }
    }
    while !base.is_empty() {
        if files.contains(&base.join("::")) {
            return Some(base.join("::"));
        }
        base.pop();
    }
    None
}

/// Returns true if one module lies within the other. A parent declares and exports its children,
/// which is no import.
fn is_parent(one: &str, other: &str) -> bool {
    other.starts_with(&format!("{one}::")) || one.starts_with(&format!("{other}::"))
}

fn imports() -> Imports {
    let all = source();
    let files: BTreeSet<String> = all.iter().map(|(file, _)| module(file)).collect();
    let of = |(file, text): &(String, String)| {
        let own = module(file);
        let named = paths(&code(text)).into_iter().filter_map(|path| resolve(&path, &own, &files));
        let named = named.filter(|other| *other != own && !is_parent(&own, other)).collect();
        (own, named)
    };
    all.iter().map(of).collect()
}

/// Adds every file that can be reached from `file` by imports.
fn reachable<'a>(imports: &'a Imports, file: &'a str, seen: &mut BTreeSet<&'a str>) {
    for next in &imports[file] {
        if seen.insert(next) {
            reachable(imports, next, seen);
        }
    }
}

#[test]
fn no_file_imports_itself_through_others() {
    let imports = imports();
    assert!(imports["serve::forms"].contains("serve::pages"), "imports are found");
    assert!(imports["server::client_ip"].contains("domain::client_network"));
    let mut reached = BTreeMap::new();
    for file in imports.keys() {
        let mut seen = BTreeSet::new();
        reachable(&imports, file, &mut seen);
        reached.insert(file.as_str(), seen);
    }
    for (file, seen) in &reached {
        let circle: Vec<_> = seen.iter().filter(|other| reached[**other].contains(file)).collect();
        assert!(circle.is_empty(), "these files import each other: {circle:?}");
    }
}

#[test]
fn a_tree_of_imports_is_read_whole() {
    let found = paths(
        "use super::a::{self, b::{C as X, d}, e::{F, g::*,}}; \
         fn f(x: crate::g::H) { crate::i::j(k, super::l::m) }",
    );
    let expected = [
        "crate::g::H",
        "crate::i::j",
        "super::a::self",
        "super::a::b::C",
        "super::a::b::d",
        "super::a::e::F",
        "super::a::e::g::*",
        "super::l::m",
    ];
    assert_eq!(found, expected);
}
