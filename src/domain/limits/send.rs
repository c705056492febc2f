//! Whether a text may go, what it has to show for it, and what it is counted under.

use super::guess::{self, Guesses, Price};
use super::key::{Family, Key, prefix_of};
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
        /// The counter that asks for it, if it is one of a limit's.
        by: Option<Key>,
    },
    /// Not now.
    Wait {
        /// Seconds, rounded up.
        retry_after: i64,
        /// The counter that is full.
        full: Key,
    },
}

/// The counters that a request is judged by, in its lane.
#[derive(Debug, Clone)]
pub struct Counters {
    sent: Key,
    /// The lane of its guesses.
    pub guessed: Key,
    source: [Key; 2],
    block: [Key; 2],
    prefix: [Key; 2],
    country: [Key; 2],
    waited: [Key; 2],
    known: bool,
}

impl Counters {
    /// Those of a text to a number of this country that a source and its block ask for, in the lane of the account if one of
    /// its known devices asks.
    #[must_use]
    pub fn of(phone: &PhoneNumber, country: &str, (source, block): (&str, &str), account: Option<&str>) -> Self {
        let pair = |sent, verified, whose: &str| [Key::new(sent, whose), Key::new(verified, whose)];
        let number = phone.as_str();
        let (sent, guessed) = match account {
            Some(account) => (Key::new(Family::SentAccount, account), Key::new(Family::GuessedAccount, account)),
            None => (Key::new(Family::SentNumber, number), Key::new(Family::GuessedNumber, number)),
        };
        Self {
            sent,
            guessed,
            source: pair(Family::SentSource, Family::VerifiedSource, source),
            block: pair(Family::SentBlock, Family::VerifiedBlock, block),
            prefix: pair(Family::SentPrefix, Family::VerifiedPrefix, &prefix_of(phone)),
            country: pair(Family::SentCountry, Family::VerifiedCountry, country),
            waited: [Key::new(Family::Waited, source), Key::new(Family::Waited, number)],
            known: account.is_some(),
        }
    }

    /// All that has to be read.
    #[must_use]
    pub fn all(&self) -> Vec<Key> {
        let mut all = vec![self.sent.clone(), self.guessed.clone(), Key::wrong()];
        all.extend([Key::spent(), Key::spent_verified()]);
        all.extend([&self.source, &self.block, &self.prefix, &self.country, &self.waited].into_iter().flatten().cloned());
        let spent = Key::spent();
        all.extend([&self.sent, &self.guessed, &self.prefix[0], &self.country[0], &spent].map(Key::trickle_of));
        all
    }

    /// Those that are worth remembering when they are full, or ask for proof: it does not change within a minute.
    #[must_use]
    pub fn remembered(&self) -> Vec<Key> {
        let mut all = vec![self.sent.clone(), Key::trickle_of(&self.sent)];
        all.extend([&self.source[0], &self.block[0], &self.prefix[0], &self.country[0]].map(Clone::clone));
        all
    }

    /// Whether a counter stays as it is when no provider took the text: asking costs its source something all the same.
    #[must_use]
    pub fn keeps(&self, key: &Key) -> bool {
        [&self.guessed, &self.source[0], &self.block[0], &self.waited[0], &self.waited[1]].contains(&key)
    }

    /// What every text counts under, whatever else it takes.
    #[must_use]
    pub fn of_every_text(&self, price: i64, now: Timestamp) -> Vec<Entry> {
        let mut entries = vec![Entry::new(self.sent.clone(), now, 1), Entry::new(Key::spent(), now, price)];
        let places = [&self.source[0], &self.block[0], &self.prefix[0], &self.country[0]];
        entries.extend(places.map(|key| Entry::new(key.clone(), now, 1)));
        entries
    }

    /// What is credited once the code of `texts` texts was typed.
    #[must_use]
    pub fn of_proof(&self, texts: i64, price: i64, now: Timestamp) -> Vec<Entry> {
        let places = [&self.source[1], &self.block[1], &self.prefix[1], &self.country[1]];
        let mut entries: Vec<Entry> = places.map(|key| Entry::new(key.clone(), now, texts)).into();
        entries.push(Entry::new(Key::spent_verified(), now, price.saturating_mul(texts)));
        entries
    }
}

/// One limit: how much there is, how much is free, how much goes with proof, and what comes after.
struct Rule<'a> {
    counter: &'a Key,
    count: i64,
    span: i64,
    free: i64,
    most: i64,
    trickle: bool,
}

/// Judges a request by what was counted before it.
#[must_use]
pub fn judge(ask: &Ask<'_>, counters: &Counters, ledger: &Ledger, limits: &Limits, now: Timestamp) -> Verdict {
    let (mut bits, mut by) = (0, None);
    let mut trickles = Vec::new();
    for rule in rules(counters, ledger, limits, now) {
        if rule.count < rule.free {
            continue;
        }
        bits = bits.max(limits.puzzle_bits);
        if rule.count < rule.most {
            by = Some(rule.counter.clone());
            continue;
        }
        if !rule.trickle {
            let wait = ledger.room_in(rule.counter, rule.span, rule.most, 1, now);
            return Verdict::Wait { retry_after: round_up(wait.unwrap_or(rule.span)), full: rule.counter.clone() };
        }
        trickles.push(Key::trickle_of(rule.counter));
    }
    let payment = Payment {
        price: ask.price,
        prefix: &counters.prefix[0],
        country: (&counters.country[0], &counters.country[1]),
        known: counters.known,
    };
    match money::judge(ledger, payment, &limits.budget, now) {
        Standing::Fits => {}
        Standing::PrefixSpent => trickles.push(Key::trickle_of(&counters.prefix[0])),
        Standing::CountrySpent => trickles.push(Key::trickle_of(&counters.country[0])),
        Standing::UnverifiedSpent => trickles.push(Key::trickle_of(&Key::spent())),
        Standing::Spent { retry_after } => {
            return Verdict::Wait { retry_after: round_up(retry_after), full: Key::spent() };
        }
    }
    let guesses = match ask.code.map(|code| guess::plan(ledger, &counters.guessed, !counters.known, code, limits, now)) {
        Some(None) => return Verdict::Wait { retry_after: HOUR, full: counters.guessed.clone() },
        Some(Some(guesses)) => Some(guesses),
        None => None,
    };
    match guesses.map(|guesses| guesses.price) {
        Some(Price::Trickle) => trickles.push(Key::trickle_of(&counters.guessed)),
        Some(Price::Proof) => bits = bits.max(limits.puzzle_bits),
        Some(Price::Free) | None => {}
    }
    trickles.sort_unstable();
    trickles.dedup();
    for trickle in &trickles {
        bits = limits.puzzle_bits_top;
        if let Some(wait @ 1..) = ledger.room_in(trickle, TRICKLE, 1, 1, now) {
            return Verdict::Wait { retry_after: round_up(wait), full: trickle.clone() };
        }
    }
    let mut spend = counters.of_every_text(ask.price, now);
    if bits > 0 {
        match ask.proof {
            Shown::Solved(solved) if solved >= bits => {}
            Shown::Waited { seconds } => {
                for key in &counters.waited {
                    if let Some(wait @ 1..) = ledger.room_in(key, seconds, 1, 1, now) {
                        return Verdict::Wait { retry_after: round_up(wait), full: key.clone() };
                    }
                    spend.push(Entry::new(key.clone(), now, 1));
                }
            }
            // Where a trickle is left, the harder puzzle is not the counter's own doing.
            _ => return Verdict::Prove { bits, by: by.filter(|_| trickles.is_empty()) },
        }
    }
    spend.extend(trickles.into_iter().map(|key| Entry::new(key, now, 1)));
    spend.extend(guesses.map(|guesses| Entry::new(counters.guessed.clone(), now, guesses.units())));
    Verdict::Send { spend, guesses, uses_proof: bits > 0 }
}

/// The limits of a request. A known device answers for its account alone: strangers on its network, in its prefix or in its
/// country cannot slow it.
fn rules<'a>(counters: &'a Counters, ledger: &Ledger, limits: &Limits, now: Timestamp) -> Vec<Rule<'a>> {
    let sent = |span| ledger.total(&counters.sent, span, now);
    let mut rules = vec![
        Rule { counter: &counters.sent, count: sent(HOUR), span: HOUR, free: limits.number_hour, most: i64::MAX, trickle: true },
        Rule {
            counter: &counters.sent,
            count: sent(DAY),
            span: DAY,
            free: limits.number_day,
            most: limits.number_day_with_proof,
            trickle: true,
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
            span: HOUR,
            free: limits.source_hour * factor,
            most: (limits.source_hour_with_proof * factor).max(2 * verified),
            trickle: false,
        });
    }
    let unverified = |pair: &[Key; 2], span| ledger.total(&pair[0], span, now) - ledger.total(&pair[1], span, now);
    let verified = ledger.total(&counters.prefix[1], DAY, now);
    rules.push(Rule {
        counter: &counters.prefix[0],
        count: unverified(&counters.prefix, DAY),
        span: DAY,
        free: limits.prefix.of(verified),
        most: limits.prefix_with_proof.of(verified),
        trickle: true,
    });
    rules.push(Rule {
        counter: &counters.country[0],
        count: unverified(&counters.country, HOUR),
        span: HOUR,
        free: limits.country.of(ledger.total(&counters.country[1], HOUR, now)),
        most: i64::MAX,
        trickle: true,
    });
    rules
}

/// Waits come in round numbers: whoever is told one learns nothing of when somebody else asked.
#[must_use]
pub fn round_up(wait: i64) -> i64 {
    let step = if wait <= 60 { 10 } else { 300 };
    (wait.max(1) + step - 1) / step * step
}
