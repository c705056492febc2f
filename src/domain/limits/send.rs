//! Whether a text may go, what it has to show for it, and what it is counted under.

use super::counters::Counters;
use super::guess::{self, Guesses, Price};
use super::key::Key;
use super::ledger::{Entry, Ledger};
use super::money::{self, Payment, Standing};
use super::{DAY, HOUR, Limits};
use crate::domain::phone::PhoneNumber;
use crate::domain::time::Timestamp;

/// Seconds of a trickle's window: with its slot of a minute, one text an hour.
const TRICKLE: i64 = HOUR - 60;

/// A request for a text.
#[derive(Debug, Clone)]
pub struct Ask<'a> {
    /// To whom.
    pub phone: &'a PhoneNumber,
    /// The number's country, ISO 3166-1 alpha-2.
    pub country: &'a str,
    /// The source that asks, and its block.
    pub source: (&'a str, &'a str),
    /// The account of this number, if one of its known devices asks.
    pub account: Option<&'a str>,
    /// What a text there costs, in micro-units.
    pub price: i64,
    /// For a new challenge: guesses and digits that it should have. `None` for a re-send, which has its own already.
    pub code: Option<(i64, u8)>,
    /// What the request shows for itself.
    pub proof: Shown,
}

/// What a request shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// Nothing that holds.
    Nothing,
    /// A solved puzzle of so many bits.
    Solved(u8),
    /// A wait that is over, instead of a puzzle; one at a time a source and a number.
    Waited {
        /// Seconds that a wait takes.
        seconds: i64,
    },
}

impl Shown {
    /// Whether it will do where a puzzle of so many bits is asked for.
    #[must_use]
    pub fn meets(self, bits: u8) -> bool {
        match self {
            Self::Nothing => bits == 0,
            Self::Solved(solved) => solved >= bits,
            Self::Waited { .. } => true,
        }
    }
}

/// The verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The text may go.
    Send {
        /// What is counted.
        spend: Vec<Entry>,
        /// The guesses of the new challenge.
        guesses: Option<Guesses>,
        /// Whether what was shown is used up by it.
        uses_proof: bool,
    },
    /// Not without a proof of so many bits.
    Prove {
        /// Zero bits.
        bits: u8,
        /// The counter that asks for it.
        by: Key,
    },
    /// Not now.
    Wait {
        /// Seconds, rounded up.
        retry_after: i64,
        /// The counter that is full.
        full: Key,
    },
}

/// One limit: how much there is, how much is free, and what comes after.
struct Rule<'a> {
    counter: &'a Key,
    count: i64,
    free: i64,
    past: Past,
}

/// What comes after what is free.
#[derive(Clone, Copy)]
enum Past {
    /// Any number, each with proof.
    Proof,
    /// So many with proof, then a trickle.
    Trickle(i64),
    /// So many with proof, then a wait until fewer were sent in so many seconds.
    Wait(i64, i64),
}

/// A request before its judge: what is known of it, and what it takes, rule by rule.
struct Case<'a> {
    ask: &'a Ask<'a>,
    counters: &'a Counters,
    ledger: &'a Ledger,
    limits: &'a Limits,
    now: Timestamp,
    proof: Option<(u8, Key)>,
    trickles: Vec<Key>,
}

/// Judges a request by what was counted before it.
#[must_use]
pub fn judge(ask: &Ask<'_>, counters: &Counters, ledger: &Ledger, limits: &Limits, now: Timestamp) -> Verdict {
    let case = Case { ask, counters, ledger, limits, now, proof: None, trickles: Vec::new() };
    case.decide().unwrap_or_else(|refusal| refusal)
}

impl Case<'_> {
    /// The verdict; one that comes early is a refusal.
    fn decide(mut self) -> Result<Verdict, Verdict> {
        self.weigh()?;
        self.pay()?;
        let guesses = self.plan()?;
        let shown = self.show()?;
        let mut spend = self.counters.of_every_text(self.ask.price, self.now);
        spend.extend(shown);
        spend.extend(self.trickles.into_iter().map(|key| Entry::new(key, self.now, 1)));
        spend.extend(guesses.map(|guesses| Entry::new(self.counters.guessed.clone(), self.now, guesses.units())));
        Ok(Verdict::Send { spend, guesses, uses_proof: self.proof.is_some() })
    }

    /// Texts: to the number, by the source, to the place.
    fn weigh(&mut self) -> Result<(), Verdict> {
        for rule in rules(self.counters, self.ledger, self.limits, self.now) {
            if rule.count < rule.free {
                continue;
            }
            match rule.past {
                Past::Trickle(most) if rule.count >= most => self.needs_trickle(rule.counter),
                Past::Wait(most, span) if rule.count >= most => {
                    let wait = self.ledger.room_in(rule.counter, span, most, 1, self.now);
                    return Err(Verdict::Wait { retry_after: round_up(wait.unwrap_or(span)), full: rule.counter.clone() });
                }
                _ => self.needs_proof(rule.counter),
            }
        }
        Ok(())
    }

    /// Money.
    fn pay(&mut self) -> Result<(), Verdict> {
        let counters = self.counters;
        let payment = Payment {
            price: self.ask.price,
            prefix: &counters.prefix[0],
            country: (&counters.country[0], &counters.country[1]),
            account: counters.known.then_some(&counters.sent),
        };
        match money::judge(self.ledger, payment, &self.limits.budget, self.now) {
            Standing::Fits => {}
            Standing::PrefixSpent => self.needs_trickle(&counters.prefix[0]),
            Standing::CountrySpent => self.needs_trickle(&counters.country[0]),
            // One an hour for all of them: however many countries or accounts somebody has, it is the same purse.
            Standing::UnverifiedSpent => self.needs_trickle(&Key::spent()),
            Standing::AccountSpent => self.needs_trickle(&Key::accounts()),
            Standing::Spent { retry_after } => {
                return Err(Verdict::Wait { retry_after: round_up(retry_after), full: counters.purse.clone() });
            }
        }
        Ok(())
    }

    /// The guesses of a new challenge.
    fn plan(&mut self) -> Result<Option<Guesses>, Verdict> {
        let (Some(code), lane) = (self.ask.code, &self.counters.guessed) else { return Ok(None) };
        let Some(guesses) = guess::plan(self.ledger, lane, !self.counters.known, code, self.limits, self.now) else {
            return Err(Verdict::Wait { retry_after: HOUR, full: lane.clone() });
        };
        match guesses.price {
            Price::Free => {}
            Price::Storm => self.needs_proof(&Key::wrong()),
            Price::Proof => self.needs_proof(lane),
            Price::Trickle => self.needs_trickle(lane),
        }
        Ok(Some(guesses))
    }

    /// What the request has to show, and what that counts under.
    fn show(&mut self) -> Result<Vec<Entry>, Verdict> {
        self.trickles.sort_unstable();
        for trickle in &self.trickles {
            let in_memory = self.counters.in_memory(trickle);
            if let Some(wait @ 1..) = self.ledger.room_in(trickle, TRICKLE, 1, 1, self.now) {
                return Err(Verdict::Wait { retry_after: round_up(wait), full: in_memory });
            }
            self.proof = Some((self.limits.puzzle_bits_top, in_memory));
        }
        let Some((bits, by)) = &self.proof else { return Ok(Vec::new()) };
        if !self.ask.proof.meets(*bits) {
            return Err(Verdict::Prove { bits: *bits, by: by.clone() });
        }
        let Shown::Waited { seconds } = self.ask.proof else { return Ok(Vec::new()) };
        let waited = &self.counters.waited;
        for key in waited {
            if let Some(wait @ 1..) = self.ledger.room_in(key, seconds, 1, 1, self.now) {
                return Err(Verdict::Wait { retry_after: round_up(wait), full: key.clone() });
            }
        }
        Ok(waited.iter().map(|key| Entry::new(key.clone(), self.now, 1)).collect())
    }

    fn needs_proof(&mut self, by: &Key) {
        self.proof = Some((self.limits.puzzle_bits, by.clone()));
    }

    fn needs_trickle(&mut self, of: &Key) {
        let trickle = Key::trickle_of(of);
        if !self.trickles.contains(&trickle) {
            self.trickles.push(trickle);
        }
    }
}

/// The limits of a request. A known device answers for its account alone: strangers on its network, in its prefix or in its
/// country cannot slow it.
fn rules<'a>(counters: &'a Counters, ledger: &Ledger, limits: &Limits, now: Timestamp) -> Vec<Rule<'a>> {
    let sent = |span| ledger.total(&counters.sent, span, now);
    let mut rules = vec![
        Rule { counter: &counters.sent, count: sent(HOUR), free: limits.number_hour, past: Past::Proof },
        Rule {
            counter: &counters.sent,
            count: sent(DAY),
            free: limits.number_day,
            past: Past::Trickle(limits.number_day_with_proof),
        },
    ];
    if counters.known {
        return rules;
    }
    for (pair, factor) in [(&counters.source, 1), (&counters.block, limits.block_factor)] {
        let verified = ledger.total(&pair[1], HOUR, now);
        rules.push(Rule {
            counter: &pair[0],
            count: ledger.total(&pair[0], HOUR, now),
            free: limits.source_hour * factor,
            past: Past::Wait((limits.source_hour_with_proof * factor).max(2 * verified), HOUR),
        });
    }
    let unverified = |pair: &[Key; 2], span| ledger.total(&pair[0], span, now) - ledger.total(&pair[1], span, now);
    let verified = ledger.total(&counters.prefix[1], DAY, now);
    rules.push(Rule {
        counter: &counters.prefix[0],
        count: unverified(&counters.prefix, DAY),
        free: limits.prefix.of(verified),
        past: Past::Trickle(limits.prefix_with_proof.of(verified)),
    });
    rules.push(Rule {
        counter: &counters.country[0],
        count: unverified(&counters.country, HOUR),
        free: limits.country.of(ledger.total(&counters.country[1], HOUR, now)),
        past: Past::Proof,
    });
    rules
}

/// Waits come in round numbers: whoever is told one learns nothing of when somebody else asked.
#[must_use]
pub fn round_up(wait: i64) -> i64 {
    let step = if wait <= 60 { 10 } else { 300 };
    (wait.max(1) + step - 1) / step * step
}

#[cfg(test)]
mod tests;
