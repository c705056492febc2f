//! The words and the form of code and docs: the field's vocabulary, plain sentences, and the width
//! of lines.

use std::fs;
use std::path::Path;

use crate::layers::{files, source};

/// Private words that have a better-known one; `docs/architecture.md` has the glossary.
const BANNED: [&str; 15] = [
    "lane", "trickle", "ladder", "rung", "purse", "tongue", "asker", "breath", "patience",
    "chores", "mend", "tidy", "whoever", "shield", "seal",
];
/// The deprecated names of settings stay readable.
const DEPRECATED: [&str; 3] = ["RESEND_LADDER", "SHIELD_CHANGES_PER_SECOND", "SHIELD_BURST"];
const MAX_WIDTH: usize = 100;

/// The files that people read, by path from the root. Migrations and the changelog are history.
fn readable(endings: &[&str]) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = [
        "src",
        "tests",
        "docs",
        "end2end/tests",
        "bench",
        "fuzz",
        "style",
        "public",
        "scripts",
        "locales",
    ];
    let found = folders.iter().flat_map(|folder| files(&root.join(folder)));
    let top = ["README.md", "CONTRIBUTING.md", "Makefile", "Cargo.toml", "Leptos.toml"]
        .map(|name| root.join(name));
    let name = |path: &Path| path.strip_prefix(root).unwrap().display().to_string();
    let all = found.chain(top).map(|path| (name(&path), path));
    let wanted = all.filter(|(name, _)| {
        let is_ours = !["target/", "node_modules", ".next"].iter().any(|part| name.contains(part));
        // This list itself, the names in a database of an earlier version, and the peers, which
        // are written in the style of their own frameworks.
        let left_out = ["tests/it/vocabulary.rs", "tests/it/migrations.rs", "bench/peers/"];
        let is_left_out = left_out.iter().any(|start| name.starts_with(start));
        is_ours && !is_left_out && endings.iter().any(|ending| name.ends_with(ending))
    });
    wanted.filter_map(|(name, path)| Some((name, fs::read_to_string(path).ok()?))).collect()
}

/// The words of a line in small letters; names in `snake_case` and `CamelCase` are divided.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut last) = (vec![String::new()], ' ');
    let line = DEPRECATED.iter().fold(line.to_owned(), |line, name| line.replace(name, ""));
    for c in line.chars() {
        if !c.is_ascii_alphabetic() || (c.is_ascii_uppercase() && last.is_ascii_lowercase()) {
            words.push(String::new());
        }
        if c.is_ascii_alphabetic() {
            words.last_mut().unwrap().push(c.to_ascii_lowercase());
        }
        last = c;
    }
    words
}

#[test]
fn private_words_stay_out() {
    let found = words("a_lane TrickleOf RESEND_LADDER");
    assert!(found.contains(&"lane".to_owned()) && found.contains(&"trickle".to_owned()));
    assert!(!found.contains(&"ladder".to_owned()));
    let endings = [
        ".rs", ".md", ".ts", ".mjs", ".js", ".css", ".ftl", ".toml", "Makefile", "setup",
        "previous", "deny",
    ];
    let mut found = Vec::new();
    for (file, text) in readable(&endings) {
        for (number, line) in (1..).zip(text.lines()) {
            let is_banned = |word: &String| {
                // A session token is signed. In this field, to seal means to encrypt.
                let is_seal = file.starts_with("src/") && word.starts_with("seal");
                is_seal
                    || BANNED.iter().any(|banned| word == banned || *word == format!("{banned}s"))
            };
            found.extend(
                // This is a method of aws-lc-rs.
                words(&line.replace("seal_in_place_append_tag", ""))
                    .into_iter()
                    .filter(is_banned)
                    .map(|word| format!("{file}:{number}: {word}")),
            );
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn no_doc_sentence_has_a_pronoun_for_its_subject() {
    let mut found = Vec::new();
    for (file, text) in source() {
        for (number, line) in (1..).zip(text.lines()) {
            let doc = line
                .trim_start()
                .strip_prefix("///")
                .or_else(|| line.trim_start().strip_prefix("//!"));
            let starts = ["What ", "Who ", "Whose ", "Whom ", "Those ", "The same", "Whether "];
            if doc.is_some_and(|doc| starts.iter().any(|start| doc.trim_start().starts_with(start)))
            {
                found.push(format!("{file}:{number}: {line}"));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn nearly_every_doc_line_says_more_than_a_name() {
    let is_short = |line: &str| {
        let doc =
            line.trim_start().strip_prefix("///").or_else(|| line.trim_start().strip_prefix("//!"));
        doc.is_some_and(|doc| {
            (1..=3).contains(&doc.split_whitespace().count())
                && !doc.contains('#')
                && !doc.contains("```")
        })
    };
    let all = source();
    // The last line of a paragraph may be short.
    let mut short = Vec::new();
    for (file, text) in &all {
        let mut previous_is_doc = false;
        for (number, line) in (1..).zip(text.lines()) {
            let is_doc = line.trim_start().starts_with("//");
            if is_short(line) && !previous_is_doc {
                short.push(format!("{file}:{number}: {}", line.trim()));
            }
            previous_is_doc = is_doc;
        }
    }
    assert!(short.len() < 30, "{} lines:\n{}", short.len(), short.join("\n"));
}

/// Returns a line of Markdown without the targets of its links, which cannot be wrapped.
fn without_targets(line: &str) -> String {
    let mut parts = line.split("](");
    let start = parts.next().unwrap_or_default().to_owned();
    parts.fold(start, |text, part| text + part.split_once(')').map_or("", |(_, rest)| rest))
}

#[test]
fn lines_fit_into_a_hundred_columns() {
    let mut found = Vec::new();
    for (file, text) in readable(&[".rs", ".md", ".ts", ".mjs", ".js", ".css"]) {
        let is_page = Path::new(&file).extension().is_some_and(|end| end == "md");
        let mut is_code = false;
        for (number, line) in (1..).zip(text.lines()) {
            is_code ^= is_page && line.trim_start().starts_with("```");
            // An accessibility tree has one line an element.
            let is_tree = file.ends_with("snapshots.spec.ts") && line.trim_start().starts_with('-');
            let is_table = is_page && (line.starts_with('|') || is_code);
            let line = if is_page { without_targets(line) } else { line.to_owned() };
            let width = line.chars().count();
            if width > MAX_WIDTH && !is_table && !is_tree {
                found.push(format!("{file}:{number}: {width}"));
            }
        }
    }
    assert!(found.is_empty(), "{} lines:\n{}", found.len(), found.join("\n"));
}
