//! A rehearsal: SMS pumping, guessing and launch days against the rules, on a simulated clock, with
//! an operator's own settings.
//!
//! `make rehearse` reads the settings from the environment and `.env` as the server does, and
//! prints the results. `cargo test` runs it at a smaller size with the defaults and asserts its
//! bounds. Nothing leaves the process: messages go to the inbox in memory, the database is a new
//! one in a temporary folder, and puzzles are small and counted.

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

/// The divisor of the full size. 1 is the full size.
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
    // Like every other test, this one runs under `cargo test NAME` only if that is its name.
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
        // An operator's own settings are shown and not judged, except for one rule that no setting
        // can change.
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
