//! Whether a text may go: the counters are locked and read, the rules of `domain/limits` judge, and what is spent is written,
//! all in the transaction that writes the challenge.

use crate::domain::limits::GUESS_WINDOW;
use crate::domain::limits::counters::Counters;
use crate::domain::limits::guess::{Guesses, Price, give_back};
use crate::domain::limits::key::Key;
use crate::domain::limits::ledger::{Entry, Ledger};
use crate::domain::limits::money;
use crate::domain::limits::send::{Ask, Shown, Verdict, judge};
use crate::domain::problem::Problem;
use crate::domain::time::Timestamp;
use crate::server::client_ip::Source;
use crate::server::error::Error;
use crate::server::puzzle::Presented;
use crate::server::shield::Met;
use crate::server::state::AppState;
use crate::server::store::{Tx, Unused};

/// How long after its end a reservation is given back: longer than any request may take, so that none is under way.
const SETTLED: i64 = 60;

/// A text that was let through.
#[derive(Debug)]
pub(super) struct Admitted {
    /// Guesses and digits of the new challenge.
    pub(super) guesses: Option<Guesses>,
    /// The counters that it was judged by.
    pub(super) counters: Counters,
    /// What is given back if no provider takes the text.
    pub(super) sent: Vec<Entry>,
}

/// A request whose counters are locked and read. Counters come before challenges in every transaction that sends, so that
/// browsers that ask for one number at once wait for each other in one line.
#[derive(Debug)]
pub(super) struct Locked {
    counters: Counters,
    counted: Vec<Entry>,
    ledger: Ledger,
}

impl Locked {
    /// Counts what almost every text counts under: that locks the counters, so that what is read next is true.
    pub(super) async fn of(tx: &mut Tx, counters: Counters, ask: &Ask<'_>, now: Timestamp) -> Result<Self, Error> {
        let mut counted = counters.of_every_text(ask.price, now);
        let usual = ask.code.map(|(count, code_length)| Guesses { count, code_length, price: Price::Free }.units());
        counted.push(Entry::new(counters.guessed.clone(), now, usual.unwrap_or(0)));
        tx.count(&counted).await?;
        let mut ledger = tx.read_counters(&counters.judged_by(), now).await?;
        ledger.without(&counted);
        Ok(Self { counters, counted, ledger })
    }

    /// Judges the request and counts what it takes. On a refusal the caller drops the transaction, and nothing was counted.
    pub(super) async fn admit(
        self,
        app: &AppState,
        tx: &mut Tx,
        ask: &Ask<'_>,
        source: &Source,
        proof: Option<(&str, &Presented)>,
        now: Timestamp,
    ) -> Result<Admitted, Problem> {
        let Self { counters, counted, mut ledger } = self;
        let given_back = end_reservations(tx, &counters.guessed, &ledger, now).await?;
        ledger.apply(&given_back);
        let (spend, guesses, uses_proof) = match judge(ask, &counters, &ledger, &app.config.limits, now) {
            Verdict::Send { spend, guesses, uses_proof } => (spend, guesses, uses_proof),
            Verdict::Prove { bits, by } => {
                remember(app, ask, &by, Met::Proof(bits), now);
                return Err(ask_for_proof(app, ask, source, (bits, proof), now)?);
            }
            Verdict::Wait { retry_after, full } => {
                remember(app, ask, &full, Met::Full(now.plus(retry_after)), now);
                return Err(Problem::TooOften { retry_after });
            }
        };
        if let (true, Some((_, proof))) = (uses_proof, proof)
            && !tx.spend_proof(&proof.id, proof.expires_at).await?
        {
            app.shield.remember_used(&proof.id, proof.expires_at, now);
            let bits = match proof.shown {
                Shown::Solved(bits) => bits,
                _ => app.config.limits.puzzle_bits,
            };
            return Err(ask_for_proof(app, ask, source, (bits, None), now)?);
        }
        if let Some(line) = money::warning(&ledger, ask.price, &app.config.limits.budget, now) {
            tracing::warn!(per_cent = line, "texts of the last 24 hours have cost this much of SMS_BUDGET_PER_DAY");
        }
        tx.count(&difference(&counted, &spend)).await?;
        if uses_proof {
            // What the next one meets may be more than a proof.
            app.shield.forget(&counters.remembered(true, true));
        }
        let text = spend.into_iter().filter(|entry| !counters.keeps(&entry.key));
        let sent = text.map(|entry| Entry { amount: -entry.amount, ..entry }).collect();
        Ok(Admitted { guesses, counters, sent })
    }
}

/// Spares the database the next request that would meet the same. A known device is judged by the database alone.
fn remember(app: &AppState, ask: &Ask<'_>, counter: &Key, met: Met, now: Timestamp) {
    if ask.account.is_none() {
        app.shield.remember(counter, met, now);
    }
}

/// Gives back what the lane's challenges that are over had reserved and did not need.
async fn end_reservations(tx: &mut Tx, lane: &Key, ledger: &Ledger, now: Timestamp) -> Result<Vec<Entry>, Error> {
    if ledger.total(lane, GUESS_WINDOW, now) == 0 {
        return Ok(Vec::new());
    }
    let unused = tx.end_reservations(lane.name(), now.plus(-SETTLED), now).await?;
    let entries: Vec<Entry> = unused.iter().map(|unused| unused_of(lane, unused)).collect();
    tx.count(&entries).await?;
    Ok(entries)
}

/// The entry that gives back a challenge's unused guesses.
pub(super) fn unused_of(lane: &Key, unused: &Unused) -> Entry {
    give_back(lane, unused.guesses, unused.code_length, unused.created_at)
}

/// The changes that turn what was counted into what is to be.
fn difference(counted: &[Entry], wanted: &[Entry]) -> Vec<Entry> {
    let taken_back = counted.iter().map(|entry| Entry { amount: -entry.amount, ..entry.clone() });
    let mut changes: Vec<Entry> = Vec::new();
    for entry in wanted.iter().cloned().chain(taken_back) {
        match changes.iter_mut().find(|change| change.key == entry.key && change.at == entry.at) {
            Some(change) => change.amount += entry.amount,
            None => changes.push(entry),
        }
    }
    changes.retain(|change| change.amount != 0);
    changes
}

/// Asks for a proof: with a new puzzle, and with the wait that the browser has begun already, if it has.
pub(super) fn ask_for_proof(
    app: &AppState,
    ask: &Ask<'_>,
    source: &Source,
    (bits, shown): (u8, Option<(&str, &Presented)>),
    now: Timestamp,
) -> Result<Problem, Error> {
    let begun = shown.filter(|(_, presented)| now < presented.holds_from);
    let (wait, wait_seconds) = match begun {
        Some((wait, presented)) => (wait.to_owned(), presented.holds_from.seconds_since(now)),
        None => (app.puzzles().issue_wait(ask.phone, source, now)?, app.config.puzzles.wait),
    };
    Ok(Problem::ProofRequired { puzzle: app.puzzles().issue(ask.phone, source, bits, now)?, wait, wait_seconds })
}
