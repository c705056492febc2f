//! The counters of one request for an SMS. They are read for the decision, and changed when the SMS
//! is sent and when its code is verified.

use super::counter_key::{CounterKey, CounterKind, SentAndVerified, number_prefix};
use super::counter_windows::CounterDelta;
use crate::domain::client_network::ClientNetwork;
use crate::domain::phone::PhoneNumber;
use crate::domain::time::Timestamp;

/// The keys of the counters of one request for an SMS.
#[derive(Debug, Clone)]
pub struct SendCounters {
    /// The counter of SMS to the number, or for the account's known devices.
    pub(super) sent: CounterKey,
    /// The attempt budget of the number, or of the account's known devices.
    pub attempt_budget: CounterKey,
    // The counters of SMS by client network and by destination.
    pub(super) address: SentAndVerified,
    pub(super) subnet: SentAndVerified,
    pub(super) prefix: SentAndVerified,
    pub(super) country: SentAndVerified,
    /// The counters of used wait tokens, by client address and by number.
    pub(super) wait_tokens: [CounterKey; 2],
    // Two keys that only the refusal cache uses. They contain the country, because the checks of
    // the budget and of a prefix depend on the price of the country.
    pub(super) budget_cache_key: CounterKey,
    pub(super) prefix_cache_key: CounterKey,
    /// `true` if the request comes from a known device of the account.
    pub(super) known_device: bool,
}

impl SendCounters {
    /// Returns the counters of an SMS to a number of `country` that `client` requests. The counters
    /// of the number have its pseudonym, so that they tell nobody the number. `account` is
    /// the number's account if the request comes from one of its known devices.
    #[must_use]
    pub fn new(
        phone: &PhoneNumber,
        pseudonym: &str,
        country: &str,
        client: &ClientNetwork,
        account: Option<&str>,
    ) -> Self {
        let pair = |sent, verified, owner: &str| SentAndVerified {
            sent: CounterKey::new(sent, owner),
            verified: CounterKey::new(verified, owner),
        };
        let (sent, attempt_budget) = match account {
            Some(account) => (
                CounterKey::new(CounterKind::SentAccount, account),
                CounterKey::new(CounterKind::AttemptsAccount, account),
            ),
            None => (
                CounterKey::new(CounterKind::SentNumber, pseudonym),
                CounterKey::new(CounterKind::AttemptsNumber, pseudonym),
            ),
        };
        let prefix = number_prefix(phone);
        Self {
            sent,
            attempt_budget,
            address: pair(CounterKind::SentAddress, CounterKind::VerifiedAddress, &client.address),
            subnet: pair(CounterKind::SentSubnet, CounterKind::VerifiedSubnet, &client.subnet),
            prefix: pair(CounterKind::SentPrefix, CounterKind::VerifiedPrefix, &prefix),
            country: pair(CounterKind::SentCountry, CounterKind::VerifiedCountry, country),
            wait_tokens: [
                CounterKey::new(CounterKind::WaitToken, &client.address),
                CounterKey::new(CounterKind::WaitToken, pseudonym),
            ],
            budget_cache_key: CounterKey::new(CounterKind::Spent, country),
            prefix_cache_key: CounterKey::new(
                CounterKind::SentPrefix,
                &format!("{prefix}/{country}"),
            ),
            known_device: account.is_some(),
        }
    }

    /// Returns the counters to read before the decision. For a known device these are only the
    /// counters of its account, of the whole budget and of wait tokens.
    #[must_use]
    pub fn to_read(&self) -> Vec<CounterKey> {
        let mut all = vec![self.sent.clone(), self.attempt_budget.clone(), CounterKey::spent()];
        all.extend(self.wait_tokens.clone());
        all.extend([&self.sent, &self.attempt_budget].map(CounterKey::hourly_allowance));
        if self.known_device {
            all.push(CounterKey::hourly_allowance(&CounterKey::exhausted_accounts()));
            return all;
        }
        all.extend([CounterKey::spent_verified(), CounterKey::failed_attempts()]);
        let pairs = [&self.address, &self.subnet, &self.prefix, &self.country];
        all.extend(pairs.into_iter().flat_map(|pair| [pair.sent.clone(), pair.verified.clone()]));
        all.extend(
            [&self.prefix.sent, &self.country.sent, &CounterKey::spent()]
                .map(CounterKey::hourly_allowance),
        );
        all
    }

    /// Returns the counters to lock before a decision that nothing may change: those to read, and
    /// the exact ones to which an SMS of a known device adds although it does not read them.
    #[must_use]
    pub fn to_lock(&self) -> Vec<CounterKey> {
        let mut all = self.to_read();
        all.extend([self.address.sent.clone(), self.subnet.sent.clone()]);
        all
    }

    /// Returns the counters of the phone number, or of the account whose known device asks.
    #[must_use]
    pub fn of_recipient(&self) -> Vec<CounterKey> {
        vec![self.sent.clone(), self.attempt_budget.clone()]
    }

    /// Returns the keys under which the refusal cache may contain a refusal of this request. The
    /// attempt counters apply only to a new challenge, and the counters of wait tokens only to a
    /// request with a wait token.
    #[must_use]
    pub fn cache_keys(&self, is_new_challenge: bool, has_wait_token: bool) -> Vec<CounterKey> {
        let mut all: Vec<CounterKey> =
            [&self.sent, &self.prefix_cache_key, &self.country.sent, &self.budget_cache_key]
                .map(CounterKey::hourly_allowance)
                .into();
        all.extend(
            [&self.sent, &self.prefix.sent, &self.country.sent, &self.budget_cache_key]
                .map(Clone::clone),
        );
        all.extend([self.address.sent.clone(), self.subnet.sent.clone()]);
        if is_new_challenge {
            all.extend([CounterKey::failed_attempts(), self.attempt_budget.clone()]);
        }
        if has_wait_token {
            all.extend(self.wait_tokens.clone());
        }
        all
    }

    /// Returns the key under which the refusal cache keeps an hourly allowance. The allowances of
    /// the whole budget and of a prefix have one key per country, because several countries with
    /// different prices share them.
    pub(super) fn cache_key_of(&self, allowance: &CounterKey) -> CounterKey {
        let by_price = [
            (CounterKey::spent(), &self.budget_cache_key),
            (self.prefix.sent.clone(), &self.prefix_cache_key),
        ];
        let named = by_price
            .into_iter()
            .find(|(counter, _)| CounterKey::hourly_allowance(counter) == *allowance);
        named.map_or_else(
            || allowance.clone(),
            |(_, cache_key)| CounterKey::hourly_allowance(cache_key),
        )
    }

    /// Returns `true` for a counter that is not refunded when no provider accepts the SMS. The
    /// request still counts for its client network, and its wait token is used. The attempt budget
    /// gets its refund when the challenge ends.
    #[must_use]
    pub fn is_nonrefundable(&self, key: &CounterKey) -> bool {
        [&self.attempt_budget, &self.address.sent, &self.subnet.sent].contains(&key)
            || self.wait_tokens.contains(key)
    }

    /// Returns the changes that every SMS causes: one SMS for each counter of SMS, and its cost.
    #[must_use]
    pub fn send_deltas(&self, cost: i64, now: Timestamp) -> Vec<CounterDelta> {
        let mut deltas = vec![
            CounterDelta::new(self.sent.clone(), now, 1),
            CounterDelta::new(CounterKey::spent(), now, cost),
        ];
        let groups = [&self.address.sent, &self.subnet.sent, &self.prefix.sent, &self.country.sent];
        deltas.extend(groups.map(|key| CounterDelta::new(key.clone(), now, 1)));
        deltas
    }

    /// Returns the changes after the code of a challenge with `sms_count` SMS was verified. `price`
    /// is the price of one SMS in micro-units. More was spent on a call, and the difference stays
    /// unverified.
    #[must_use]
    pub fn verification_deltas(
        &self,
        sms_count: i64,
        price: i64,
        now: Timestamp,
    ) -> Vec<CounterDelta> {
        let groups = [
            &self.address.verified,
            &self.subnet.verified,
            &self.prefix.verified,
            &self.country.verified,
        ];
        let mut deltas: Vec<CounterDelta> =
            groups.map(|key| CounterDelta::new(key.clone(), now, sms_count)).into();
        let cost = price.saturating_mul(sms_count);
        deltas.push(CounterDelta::new(CounterKey::spent_verified(), now, cost));
        deltas
    }
}
