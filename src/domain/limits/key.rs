//! The names of counters: what is counted, and whose it is.

use super::{DAY, GUESS_WINDOW, HOUR};
use crate::domain::phone::PhoneNumber;
use crate::domain::time::Timestamp;

/// What is counted. Its slot is how finely the counter remembers time: a slot counts until its last second is outside the
/// window, so no window ever admits more than its limit, and each may hold back for one slot longer than it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Texts to a number.
    SentNumber,
    /// Texts to an account's own number from its known devices.
    SentAccount,
    /// Texts that a source asked for.
    SentSource,
    /// Texts that a block of sources asked for.
    SentBlock,
    /// Texts to numbers of a prefix.
    SentPrefix,
    /// Texts to numbers of a country.
    SentCountry,
    /// Texts whose code was typed, by the source that asked for them.
    VerifiedSource,
    /// The same by block.
    VerifiedBlock,
    /// The same by prefix.
    VerifiedPrefix,
    /// The same by country.
    VerifiedCountry,
    /// Micro-units of money that texts cost.
    Spent,
    /// Micro-units that texts cost whose code was typed.
    SpentVerified,
    /// What guesses at a number's codes are worth; see [`super::guess`].
    GuessedNumber,
    /// The same for an account's known devices.
    GuessedAccount,
    /// Wrong guesses of everybody.
    Wrong,
    /// Texts past a limit, one an hour, by what the limit is on.
    Trickle,
    /// Waits that stood in for a puzzle, by source and by number.
    Waited,
}

impl Family {
    fn name(self) -> &'static str {
        match self {
            Self::SentNumber => "sent/number",
            Self::SentAccount => "sent/account",
            Self::SentSource => "sent/source",
            Self::SentBlock => "sent/block",
            Self::SentPrefix => "sent/prefix",
            Self::SentCountry => "sent/country",
            Self::VerifiedSource => "verified/source",
            Self::VerifiedBlock => "verified/block",
            Self::VerifiedPrefix => "verified/prefix",
            Self::VerifiedCountry => "verified/country",
            Self::Spent => "spent",
            Self::SpentVerified => "spent-verified",
            Self::GuessedNumber => "guessed/number",
            Self::GuessedAccount => "guessed/account",
            Self::Wrong => "wrong",
            Self::Trickle => "trickle",
            Self::Waited => "waited",
        }
    }

    /// The longest window that any rule looks at, in seconds.
    fn window(self) -> i64 {
        match self {
            Self::GuessedNumber | Self::GuessedAccount => GUESS_WINDOW,
            Self::SentSource
            | Self::SentBlock
            | Self::VerifiedSource
            | Self::VerifiedBlock
            | Self::Wrong
            | Self::Trickle
            | Self::Waited => HOUR,
            _ => DAY,
        }
    }

    fn slot(self) -> i64 {
        match self {
            Self::SentCountry | Self::VerifiedCountry | Self::Spent | Self::SpentVerified => 900,
            Self::SentPrefix | Self::VerifiedPrefix | Self::GuessedNumber | Self::GuessedAccount => 1_800,
            Self::Trickle => 60,
            Self::Waited => 10,
            _ => 300,
        }
    }
}

/// A counter: the name that it has in the database, and what it counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    name: String,
    family: Family,
}

impl Key {
    /// The counter of this family that belongs to `whose`.
    #[must_use]
    pub fn new(family: Family, whose: &str) -> Self {
        // Whose it is comes first, so that a table in the order of names has what belongs to one in one place.
        let name = if whose.is_empty() { family.name().to_owned() } else { format!("{whose}/{}", family.name()) };
        Self { name, family }
    }

    /// What all texts cost.
    #[must_use]
    pub fn spent() -> Self {
        Self::new(Family::Spent, "")
    }

    /// What texts cost whose code was typed.
    #[must_use]
    pub fn spent_verified() -> Self {
        Self::new(Family::SpentVerified, "")
    }

    /// Everybody's wrong guesses.
    #[must_use]
    pub fn wrong() -> Self {
        Self::new(Family::Wrong, "")
    }

    /// What all accounts share once each has had its share of money; only its trickle is counted.
    #[must_use]
    pub fn accounts() -> Self {
        Self::new(Family::SentAccount, "")
    }

    /// The trickle of another counter.
    #[must_use]
    pub fn trickle_of(other: &Self) -> Self {
        Self::new(Family::Trickle, &other.name)
    }

    /// The counter of this name, as a challenge's row remembers the lane of its guesses.
    #[must_use]
    pub fn guessed(name: &str) -> Option<Self> {
        [Family::GuessedNumber, Family::GuessedAccount].into_iter().find_map(|family| {
            let whose = name.strip_suffix(family.name())?.strip_suffix('/')?;
            Some(Self::new(family, whose))
        })
    }

    /// Its name in the database.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Seconds that a slot is wide.
    #[must_use]
    pub fn slot(&self) -> i64 {
        self.family.slot()
    }

    /// The longest window that it is looked at in, in seconds.
    #[must_use]
    pub fn window(&self) -> i64 {
        self.family.window()
    }

    /// What began then, or before, is in no window of `now` any more.
    #[must_use]
    pub fn forgotten_at(&self, now: Timestamp) -> i64 {
        now.0 - self.window() - self.slot()
    }

    /// When the slot of a moment begins.
    #[must_use]
    pub fn slot_at(&self, at: Timestamp) -> i64 {
        at.0 - at.0.rem_euclid(self.slot())
    }
}

/// The prefix of a number: its calling code and three digits, the unit in which numbers are handed out and abused.
#[must_use]
pub fn prefix_of(phone: &PhoneNumber) -> String {
    let national: String = phone.national().chars().take(3).collect();
    format!("{}{national}", phone.calling_code())
}
