//! Random sequences of steps by people and attackers, compared with a model that predicts each
//! result.
//!
//! A sequence has a few browsers, a few numbers and a clock, and its seed identifies it. After
//! every step the model says which browser is signed in, and at the end which rows the tables must
//! have. `RINGKEY_MODEL=first..last` runs other seeds.

mod account_rules;
mod browsers;
mod passkey_rules;
mod rules;
mod world;

use rules::Play;

use crate::support::{Engine, soak_size};

/// The sequences of one site, whose clock moves on by some weeks in each. The guards of PostgreSQL
/// end in the year 2262.
const SITE_SEQUENCES: usize = 2_000;

/// The seeds that one test runs. A run of other seeds prints the warnings of the site.
fn seeds(first: u64, count: u64) -> std::ops::Range<u64> {
    let given = std::env::var("RINGKEY_MODEL").ok();
    if given.is_some() {
        let log = tracing_subscriber::fmt().with_max_level(tracing::Level::WARN);
        log.with_test_writer().try_init().ok();
    }
    let range = given.as_deref().and_then(|range| range.split_once(".."));
    match range.map(|(from, to)| (from.parse(), to.parse())) {
        Some((Ok(from), Ok(to))) => from..to,
        _ => first..first + count * soak_size(50, 1),
    }
}

async fn run(engine: Engine, seeds: std::ops::Range<u64>) {
    let (mut steps, mut right) = (0, 0);
    for start in seeds.clone().step_by(SITE_SEQUENCES) {
        let Some(mut play) = Play::open(engine).await else { return };
        for seed in (start..seeds.end).take(SITE_SEQUENCES) {
            steps += play.sequence(seed).await;
        }
        right += play.right;
    }
    println!(
        "model on {engine:?}: sequences {seeds:?}, {steps} steps, {right} codes typed right, 0 \
         violations"
    );
    assert!(
        seeds.clone().count() < 100 || right > seeds.count() / 4,
        "the sequences get somewhere: {right}"
    );
}

#[tokio::test]
async fn sequences_keep_the_rules_on_sqlite() {
    run(Engine::Sqlite, seeds(0, 1_000)).await;
}

#[tokio::test]
async fn more_sequences_keep_the_rules_on_sqlite() {
    run(Engine::Sqlite, seeds(1_000_000, 800)).await;
}

#[tokio::test]
async fn sequences_keep_the_rules_on_postgres() {
    run(Engine::Postgres, seeds(2_000_000, 200)).await;
}
