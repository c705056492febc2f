//! Keys of counters: the kind of a counter, and its owner.

use super::{ATTEMPT_WINDOW, DAY, HOUR};
use crate::domain::phone::PhoneNumber;
use crate::domain::time::Timestamp;

/// The kind of a counter, with its window and the width of its buckets. A bucket counts until its
/// last second has left the window. No window ever admits more than its limit, and each may hold
/// back for one bucket longer than it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CounterKind {
    /// SMS to a number.
    SentNumber,
    /// SMS to an account's own number, requested by its known devices.
    SentAccount,
    /// SMS that a client address requested.
    SentAddress,
    /// SMS that a client subnet requested.
    SentSubnet,
    /// SMS to numbers of a prefix.
    SentPrefix,
    /// SMS to numbers of a country.
    SentCountry,
    /// Verified SMS, by the client address that requested them.
    VerifiedAddress,
    /// Verified SMS, by client subnet.
    VerifiedSubnet,
    /// Verified SMS, by prefix.
    VerifiedPrefix,
    /// Verified SMS, by country.
    VerifiedCountry,
    /// Cost of all SMS, in micro-units.
    Spent,
    /// Cost of verified SMS, in micro-units.
    SpentVerified,
    /// Units of the attempts at a number's codes; see [`super::attempts`].
    AttemptsNumber,
    /// Units of the attempts of an account's known devices.
    AttemptsAccount,
    /// Failed attempts of everybody.
    FailedAttempts,
    /// SMS past a limit, one an hour; the owner is the name of the limited counter.
    HourlyAllowance,
    /// Wait tokens that were used instead of a puzzle, by client address and by number.
    WaitToken,
}

impl CounterKind {
    fn name(self) -> &'static str {
        match self {
            Self::SentNumber => "sent/number",
            Self::SentAccount => "sent/account",
            Self::SentAddress => "sent/address",
            Self::SentSubnet => "sent/subnet",
            Self::SentPrefix => "sent/prefix",
            Self::SentCountry => "sent/country",
            Self::VerifiedAddress => "verified/address",
            Self::VerifiedSubnet => "verified/subnet",
            Self::VerifiedPrefix => "verified/prefix",
            Self::VerifiedCountry => "verified/country",
            Self::Spent => "spent",
            Self::SpentVerified => "spent-verified",
            Self::AttemptsNumber => "attempts/number",
            Self::AttemptsAccount => "attempts/account",
            Self::FailedAttempts => "failed-attempts",
            Self::HourlyAllowance => "hourly-allowance",
            Self::WaitToken => "wait-token",
        }
    }

    /// The longest window of any limit on this kind, in seconds.
    fn window_seconds(self) -> i64 {
        match self {
            Self::AttemptsNumber | Self::AttemptsAccount => ATTEMPT_WINDOW,
            Self::SentAddress
            | Self::SentSubnet
            | Self::VerifiedAddress
            | Self::VerifiedSubnet
            | Self::FailedAttempts
            | Self::HourlyAllowance
            | Self::WaitToken => HOUR,
            _ => DAY,
        }
    }

    fn bucket_seconds(self) -> i64 {
        match self {
            Self::SentCountry | Self::VerifiedCountry | Self::Spent | Self::SpentVerified => 900,
            Self::SentPrefix
            | Self::VerifiedPrefix
            | Self::AttemptsNumber
            | Self::AttemptsAccount => 1_800,
            Self::HourlyAllowance => 60,
            Self::WaitToken => 10,
            _ => 300,
        }
    }
}

/// The key of a counter: its name in the database, and its kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CounterKey {
    name: String,
    kind: CounterKind,
}

impl CounterKey {
    /// The counter of this kind and owner; an empty owner means everybody.
    #[must_use]
    pub fn new(kind: CounterKind, owner: &str) -> Self {
        // The owner comes first, so that a table in the order of names has the counters of one
        // owner in one place.
        let name = if owner.is_empty() {
            kind.name().to_owned()
        } else {
            format!("{owner}/{}", kind.name())
        };
        Self { name, kind }
    }

    /// The cost of all SMS.
    #[must_use]
    pub fn spent() -> Self {
        Self::new(CounterKind::Spent, "")
    }

    /// The cost of verified SMS.
    #[must_use]
    pub fn spent_verified() -> Self {
        Self::new(CounterKind::SpentVerified, "")
    }

    /// The failed attempts of everybody.
    #[must_use]
    pub fn failed_attempts() -> Self {
        Self::new(CounterKind::FailedAttempts, "")
    }

    /// A key for all accounts that have used up their share of the budget. Only its hourly
    /// allowance is counted.
    #[must_use]
    pub fn all_accounts() -> Self {
        Self::new(CounterKind::SentAccount, "")
    }

    /// The hourly allowance past the limit on another counter.
    #[must_use]
    pub fn hourly_allowance(of: &Self) -> Self {
        Self::new(CounterKind::HourlyAllowance, &of.name)
    }

    /// The attempt budget of this name, which a challenge's row stores.
    #[must_use]
    pub fn parse_attempt_budget(name: &str) -> Option<Self> {
        [CounterKind::AttemptsNumber, CounterKind::AttemptsAccount].into_iter().find_map(|kind| {
            let owner = name.strip_suffix(kind.name())?.strip_suffix('/')?;
            Some(Self::new(kind, owner))
        })
    }

    /// The name in the database.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Width of a bucket, in seconds.
    #[must_use]
    pub fn bucket_seconds(&self) -> i64 {
        self.kind.bucket_seconds()
    }

    /// The longest window, in seconds.
    #[must_use]
    pub fn window_seconds(&self) -> i64 {
        self.kind.window_seconds()
    }

    /// The time at or before which a bucket starts that is in no window of `now`.
    #[must_use]
    pub fn cutoff(&self, now: Timestamp) -> i64 {
        now.0 - self.window_seconds() - self.bucket_seconds()
    }

    /// The start of the bucket that contains `at`.
    #[must_use]
    pub fn bucket_start(&self, at: Timestamp) -> i64 {
        at.0 - at.0.rem_euclid(self.bucket_seconds())
    }
}

/// The prefix of a number: its calling code and three digits. Numbers are assigned, and abused, in
/// blocks of this size.
#[must_use]
pub fn number_prefix(phone: &PhoneNumber) -> String {
    let national: String = phone.national().chars().take(3).collect();
    format!("{}{national}", phone.calling_code())
}

/// Two counters of one owner: all SMS that were sent, and the verified ones.
#[derive(Debug, Clone)]
pub struct SentAndVerified {
    /// SMS that were sent.
    pub sent: CounterKey,
    /// SMS whose code was verified.
    pub verified: CounterKey,
}
