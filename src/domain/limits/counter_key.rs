//! The keys of counters. A key consists of the kind of a counter and its owner, for example an
//! account or a prefix.

use super::{ATTEMPT_WINDOW, DAY, HOUR};
use crate::domain::phone::PhoneNumber;
use crate::domain::time::Timestamp;

/// The kind of a counter, which decides its window and the width of its buckets. A bucket counts
/// until its last second has left the window. So no window ever contains more than its limit. A
/// limit may refuse requests for one bucket longer than its window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CounterKind {
    /// SMS to a number, requested by browsers that are not known devices of its account.
    SentNumber,
    /// SMS to an account's own number, requested by its known devices.
    SentAccount,
    /// SMS that a client address requested.
    SentAddress,
    /// SMS that a client subnet requested.
    SentSubnet,
    /// SMS to the numbers with a prefix.
    SentPrefix,
    /// SMS to the numbers of a country.
    SentCountry,
    /// Verified SMS, by the client address that requested them.
    VerifiedAddress,
    /// Verified SMS, by the client subnet that requested them.
    VerifiedSubnet,
    /// Verified SMS, by the prefix of the number.
    VerifiedPrefix,
    /// Verified SMS, by the country of the number.
    VerifiedCountry,
    /// The cost of all SMS, in micro-units.
    Spent,
    /// The cost of verified SMS, in micro-units.
    SpentVerified,
    /// The attempts at a number's codes by unknown devices, in the units of [`super::attempts`].
    AttemptsNumber,
    /// The attempts of an account's known devices, in the same units.
    AttemptsAccount,
    /// Wrong recovery codes for a number from one subnet.
    RecoveryNumber,
    /// Sets of recovery codes that an account has made.
    RecoveryMade,
    /// Wrong recovery codes from a client address.
    RecoveryAddress,
    /// Failed attempts across all numbers.
    FailedAttempts,
    /// SMS past a limit, one an hour. The owner is the name of the limited counter.
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
            Self::RecoveryNumber => "recovery/number",
            Self::RecoveryAddress => "recovery/address",
            Self::RecoveryMade => "recovery/made",
            Self::FailedAttempts => "failed-attempts",
            Self::HourlyAllowance => "hourly-allowance",
            Self::WaitToken => "wait-token",
        }
    }

    /// Returns the longest window of any limit on this kind, in seconds.
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

    /// Returns `true` if a limit on this kind holds exactly, also between concurrent requests.
    /// Limits on other kinds may be exceeded by the requests in flight at that moment.
    fn is_exact(self) -> bool {
        matches!(
            self,
            Self::SentNumber
                | Self::SentAccount
                | Self::SentAddress
                | Self::SentSubnet
                | Self::Spent
                | Self::AttemptsNumber
                | Self::AttemptsAccount
                | Self::RecoveryNumber
                | Self::RecoveryAddress
                | Self::RecoveryMade
                | Self::HourlyAllowance
                | Self::WaitToken
        )
    }

    /// Returns `true` if this kind counts for one recipient: a phone number, or the known devices
    /// of its account.
    fn is_of_recipient(self) -> bool {
        matches!(
            self,
            Self::SentNumber | Self::SentAccount | Self::AttemptsNumber | Self::AttemptsAccount
        )
    }

    /// Returns `true` if so many requests change one counter of this kind that its row would be a
    /// hot spot.
    fn is_striped(self) -> bool {
        matches!(
            self,
            Self::SentPrefix
                | Self::SentCountry
                | Self::VerifiedPrefix
                | Self::VerifiedCountry
                | Self::Spent
                | Self::SpentVerified
                | Self::FailedAttempts
        )
    }

    fn bucket_seconds(self) -> i64 {
        match self {
            Self::SentCountry | Self::VerifiedCountry | Self::Spent | Self::SpentVerified => 900,
            Self::SentPrefix
            | Self::VerifiedPrefix
            | Self::AttemptsNumber
            | Self::AttemptsAccount
            | Self::RecoveryNumber
            | Self::RecoveryAddress
            | Self::RecoveryMade => 1_800,
            Self::HourlyAllowance => 60,
            Self::WaitToken => 10,
            _ => 300,
        }
    }
}

/// The key of a counter: its name in the database, like `IN/sent/country`, and its kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CounterKey {
    name: String,
    kind: CounterKind,
}

impl CounterKey {
    /// Returns the key of this kind and owner. A counter of everybody has an empty owner.
    #[must_use]
    pub fn new(kind: CounterKind, owner: &str) -> Self {
        // The owner comes first. So a table that is sorted by name has the counters of one owner in
        // one place.
        let name = if owner.is_empty() {
            kind.name().to_owned()
        } else {
            format!("{owner}/{}", kind.name())
        };
        Self { name, kind }
    }

    /// Returns the key of the counter for the cost of all SMS.
    #[must_use]
    pub fn spent() -> Self {
        Self::new(CounterKind::Spent, "")
    }

    /// Returns the key of the counter for the cost of verified SMS.
    #[must_use]
    pub fn spent_verified() -> Self {
        Self::new(CounterKind::SpentVerified, "")
    }

    /// Returns the key of the counter of failed attempts across all numbers.
    #[must_use]
    pub fn failed_attempts() -> Self {
        Self::new(CounterKind::FailedAttempts, "")
    }

    /// Returns the one key for all accounts that have used up their share of the budget. Only its
    /// hourly allowance is counted, not the key itself.
    #[must_use]
    pub fn exhausted_accounts() -> Self {
        Self::new(CounterKind::SentAccount, "")
    }

    /// Returns the key of the hourly allowance that remains past a limit on the counter `of`.
    #[must_use]
    pub fn hourly_allowance(of: &Self) -> Self {
        Self::new(CounterKind::HourlyAllowance, &of.name)
    }

    /// Returns the attempt budget with this name, which a challenge's row stores; `None` if the
    /// name is not that of an attempt budget.
    #[must_use]
    pub fn parse_attempt_budget(name: &str) -> Option<Self> {
        [CounterKind::AttemptsNumber, CounterKind::AttemptsAccount].into_iter().find_map(|kind| {
            let owner = name.strip_suffix(kind.name())?.strip_suffix('/')?;
            Some(Self::new(kind, owner))
        })
    }

    /// Returns the counter's name in the database.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the name of the counter's kind, like `sent/country`.
    #[must_use]
    pub fn kind_name(&self) -> &'static str {
        self.kind.name()
    }

    /// Returns `true` if a limit on this counter holds exactly, also between concurrent requests.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.kind.is_exact()
    }

    /// Returns `true` if this counter is of one recipient: a phone number, or the known devices of
    /// its account.
    #[must_use]
    pub fn is_of_recipient(&self) -> bool {
        self.kind.is_of_recipient()
    }

    /// Returns `true` if the counter is striped, because its row would be a hot spot.
    #[must_use]
    pub fn is_striped(&self) -> bool {
        self.kind.is_striped()
    }

    /// Returns the width of a bucket, in seconds.
    #[must_use]
    pub fn bucket_seconds(&self) -> i64 {
        self.kind.bucket_seconds()
    }

    /// Returns the longest window of the counter, in seconds.
    #[must_use]
    pub fn window_seconds(&self) -> i64 {
        self.kind.window_seconds()
    }

    /// Returns the latest start of a bucket that has left every window at `now`, in Unix seconds.
    /// Buckets that start later still count.
    #[must_use]
    pub fn cutoff(&self, now: Timestamp) -> i64 {
        now.0 - self.window_seconds() - self.bucket_seconds()
    }

    /// Returns the start of the bucket that contains `at`, in Unix seconds.
    #[must_use]
    pub fn bucket_start(&self, at: Timestamp) -> i64 {
        at.0 - at.0.rem_euclid(self.bucket_seconds())
    }
}

/// Returns the prefix of a number: its calling code and the next three digits. Numbers are assigned
/// in blocks of this size, and attackers use them in such blocks.
#[must_use]
pub fn number_prefix(phone: &PhoneNumber) -> String {
    let national: String = phone.national().chars().take(3).collect();
    format!("{}{national}", phone.calling_code())
}

/// The two counters of one owner: all SMS that were sent, and the verified SMS.
#[derive(Debug, Clone)]
pub struct SentAndVerified {
    /// The counter of all SMS that were sent.
    pub sent: CounterKey,
    /// The counter of SMS whose code was verified.
    pub verified: CounterKey,
}
