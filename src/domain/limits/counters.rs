//! The counters that a text is judged by and counted under.

use super::key::{Family, Key, prefix_of};
use super::ledger::Entry;
use crate::domain::phone::PhoneNumber;
use crate::domain::time::Timestamp;

/// The counters of a request, in its lane.
#[derive(Debug, Clone)]
pub struct Counters {
    /// Texts to the number, or to the account's known devices.
    pub(super) sent: Key,
    /// The lane of its guesses.
    pub guessed: Key,
    /// Texts by who asked and where to; those whose code was typed beside all of them.
    pub(super) source: [Key; 2],
    pub(super) block: [Key; 2],
    pub(super) prefix: [Key; 2],
    pub(super) country: [Key; 2],
    /// Waits in the place of puzzles, by source and number.
    pub(super) waited: [Key; 2],
    /// Names for memory, counted nowhere: the purse, and the prefix, as they answer texts of this country's price.
    pub(super) purse: Key,
    pub(super) prefix_purse: Key,
    /// Whether one of the account's known devices asks.
    pub(super) known: bool,
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
        let prefix = prefix_of(phone);
        Self {
            sent,
            guessed,
            source: pair(Family::SentSource, Family::VerifiedSource, source),
            block: pair(Family::SentBlock, Family::VerifiedBlock, block),
            prefix: pair(Family::SentPrefix, Family::VerifiedPrefix, &prefix),
            country: pair(Family::SentCountry, Family::VerifiedCountry, country),
            waited: [Key::new(Family::Waited, source), Key::new(Family::Waited, number)],
            purse: Key::new(Family::Spent, country),
            prefix_purse: Key::new(Family::SentPrefix, &format!("{prefix}/{country}")),
            known: account.is_some(),
        }
    }

    /// All that it is judged by. A known device answers for its account alone.
    #[must_use]
    pub fn judged_by(&self) -> Vec<Key> {
        let mut all = vec![self.sent.clone(), self.guessed.clone(), Key::spent()];
        all.extend(self.waited.clone());
        all.extend([&self.sent, &self.guessed].map(Key::trickle_of));
        if self.known {
            all.push(Key::trickle_of(&Key::accounts()));
            return all;
        }
        all.extend([Key::spent_verified(), Key::wrong()]);
        all.extend([&self.source, &self.block, &self.prefix, &self.country].into_iter().flatten().cloned());
        all.extend([&self.prefix[0], &self.country[0], &Key::spent()].map(Key::trickle_of));
        all
    }

    /// Those that are worth remembering when they are full, or ask for proof: it does not change within a minute. A re-send
    /// makes no guesses, and only a wait meets the waits.
    #[must_use]
    pub fn remembered(&self, fresh: bool, waits: bool) -> Vec<Key> {
        let mut all: Vec<Key> = [&self.sent, &self.prefix_purse, &self.country[0], &self.purse].map(Key::trickle_of).into();
        all.extend([&self.sent, &self.prefix[0], &self.country[0], &self.purse].map(Clone::clone));
        all.extend([self.source[0].clone(), self.block[0].clone()]);
        if fresh {
            all.extend([Key::wrong(), self.guessed.clone()]);
        }
        if waits {
            all.extend(self.waited.clone());
        }
        all
    }

    /// The name under which memory keeps what a trickle says: that of all countries, and that of a prefix which several of them
    /// share, answer each country by its own price.
    pub(super) fn in_memory(&self, trickle: &Key) -> Key {
        let by_price = [(Key::spent(), &self.purse), (self.prefix[0].clone(), &self.prefix_purse)];
        let named = by_price.into_iter().find(|(counter, _)| Key::trickle_of(counter) == *trickle);
        named.map_or_else(|| trickle.clone(), |(_, purse)| Key::trickle_of(purse))
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
