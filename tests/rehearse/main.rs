//! A rehearsal: pumping, guessing and launch days against the rules, on a clock of its own, with an
//! operator's own settings.
//!
//! `make rehearse` reads the settings from the environment and `.env` as the server would, and
//! prints what they come to. `cargo test` runs it smaller, with the defaults, and holds it to its
//! bounds. Nothing leaves the process: texts go to the inbox in memory, the database is a new one
//! in a temporary folder, puzzles are small and counted.

#![expect(clippy::unwrap_used, reason = "a rehearsal that cannot go on should stop")]

mod person;
mod scenes;
#[path = "../it/shared.rs"]
mod shared;
mod stats;
mod world;

use ringkey::server::config::ConfigSource;
use scenes::{Scene, scenes};
use stats::Stats;
use world::World;

/// The divisor of the full size: 1 for all of it.
fn scale_divisor() -> usize {
    if std::env::var_os("REHEARSE").is_some() || std::env::var_os("SOAK").is_some() {
        1
    } else {
        10
    }
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1).peekable();
    // As the other tests: `cargo test NAME` runs it only if that is its name.
    let named = arguments
        .peek()
        .is_none_or(|first| first.starts_with('-') || "rehearse".contains(first.as_str()));
    if !named || arguments.any(|argument| argument == "--list") {
        return;
    }
    let own = std::env::var_os("REHEARSE").is_some();
    let source = if own { ConfigSource::from_env() } else { ConfigSource::from_pairs([]) };
    println!("\n{}", Stats::header());
    let mut broken = Vec::new();
    for Scene { name, run, check } in scenes() {
        let world = World::open(&source).await;
        let stats = run(&world, scale_divisor()).await;
        println!("{}", stats.row(name));
        // An operator's own settings are shown, not judged, but for the one promise that none of
        // them can change.
        broken.extend(stats.over_budget.then(|| format!("{name}: over the budget")));
        broken.extend((!own).then(|| check(&stats)).flatten().map(|why| format!("{name}: {why}")));
    }
    if broken.is_empty() {
        println!("\ntest result: ok. every scene kept its bounds");
    } else {
        println!("\ntest result: FAILED. {}", broken.join("; "));
        std::process::exit(1);
    }
}
