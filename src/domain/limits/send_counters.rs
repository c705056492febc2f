//! The counters of one request for an SMS: read for its decision, and changed when it is sent.

use super::counter_key::{CounterKey, CounterKind, SentAndVerified, number_prefix};
use super::counter_windows::CounterDelta;
use crate::domain::client_network::ClientNetwork;
use crate::domain::phone::PhoneNumber;
use crate::domain::time::Timestamp;

/// The counters of one request for an SMS.
#[derive(Debug, Clone)]
pub struct SendCounters {
    /// SMS to the number, or for the account's known devices.
    pub(super) sent: CounterKey,
    /// The attempt budget of the number, or of the account's known devices.
    pub attempt_budget: CounterKey,
    /// SMS by client network and by destination.
    pub(super) address: SentAndVerified,
    pub(super) subnet: SentAndVerified,
    pub(super) prefix: SentAndVerified,
    pub(super) country: SentAndVerified,
    /// Wait tokens that were used instead of puzzles, by client address and by number.
    pub(super) wait_tokens: [CounterKey; 2],
    /// Keys of the refusal cache alone, by country: what the budget, and a prefix, answer depends
    /// on the country's price.
    pub(super) budget_cache: CounterKey,
    pub(super) prefix_cache: CounterKey,
    /// `true` if the request comes from a known device of the account.
    pub(super) known_device: bool,
}

impl SendCounters {
    /// The counters of an SMS to a number of `country` that a client network asks for; `account` is
    /// the number's account if the request comes from one of its known devices.
    #[must_use]
    pub fn new(
        phone: &PhoneNumber,
        country: &str,
        client: &ClientNetwork,
        account: Option<&str>,
    ) -> Self {
        let pair = |sent, verified, owner: &str| SentAndVerified {
            sent: CounterKey::new(sent, owner),
            verified: CounterKey::new(verified, owner),
        };
        let number = phone.as_str();
        let (sent, attempt_budget) = match account {
            Some(account) => (
                CounterKey::new(CounterKind::SentAccount, account),
                CounterKey::new(CounterKind::AttemptsAccount, account),
            ),
            None => (
                CounterKey::new(CounterKind::SentNumber, number),
                CounterKey::new(CounterKind::AttemptsNumber, number),
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
                CounterKey::new(CounterKind::WaitToken, number),
            ],
            budget_cache: CounterKey::new(CounterKind::Spent, country),
            prefix_cache: CounterKey::new(CounterKind::SentPrefix, &format!("{prefix}/{country}")),
            known_device: account.is_some(),
        }
    }

    /// The counters to read before the decision. For a known device these are the counters of its
    /// account alone.
    #[must_use]
    pub fn to_read(&self) -> Vec<CounterKey> {
        let mut all = vec![self.sent.clone(), self.attempt_budget.clone(), CounterKey::spent()];
        all.extend(self.wait_tokens.clone());
        all.extend([&self.sent, &self.attempt_budget].map(CounterKey::hourly_allowance));
        if self.known_device {
            all.push(CounterKey::hourly_allowance(&CounterKey::all_accounts()));
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

    /// The keys under which the refusal cache may know that this request is refused. A resend
    /// allots no attempts, and only a wait token is checked against the wait tokens.
    #[must_use]
    pub fn cache_keys(&self, is_new_challenge: bool, has_wait_token: bool) -> Vec<CounterKey> {
        let mut all: Vec<CounterKey> =
            [&self.sent, &self.prefix_cache, &self.country.sent, &self.budget_cache]
                .map(CounterKey::hourly_allowance)
                .into();
        all.extend(
            [&self.sent, &self.prefix.sent, &self.country.sent, &self.budget_cache]
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

    /// The key under which the refusal cache keeps an hourly allowance. The allowances of the whole
    /// budget and of a prefix have one key a country, since several countries with different prices
    /// share them.
    pub(super) fn cache_key_of(&self, allowance: &CounterKey) -> CounterKey {
        let by_price = [
            (CounterKey::spent(), &self.budget_cache),
            (self.prefix.sent.clone(), &self.prefix_cache),
        ];
        let named = by_price
            .into_iter()
            .find(|(counter, _)| CounterKey::hourly_allowance(counter) == *allowance);
        named.map_or_else(
            || allowance.clone(),
            |(_, cache_key)| CounterKey::hourly_allowance(cache_key),
        )
    }

    /// `true` for a counter that is not refunded when no provider accepts the SMS: the request
    /// itself still counts for its client network.
    #[must_use]
    pub fn is_nonrefundable(&self, key: &CounterKey) -> bool {
        [&self.attempt_budget, &self.address.sent, &self.subnet.sent].contains(&key)
            || self.wait_tokens.contains(key)
    }

    /// The changes that every SMS makes, whatever else is required of it.
    #[must_use]
    pub fn send_deltas(&self, price: i64, now: Timestamp) -> Vec<CounterDelta> {
        let mut deltas = vec![
            CounterDelta::new(self.sent.clone(), now, 1),
            CounterDelta::new(CounterKey::spent(), now, price),
        ];
        let groups = [&self.address.sent, &self.subnet.sent, &self.prefix.sent, &self.country.sent];
        deltas.extend(groups.map(|key| CounterDelta::new(key.clone(), now, 1)));
        deltas
    }

    /// The changes after the code of a challenge with `sms_count` SMS was verified.
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
        deltas.push(CounterDelta::new(
            CounterKey::spent_verified(),
            now,
            price.saturating_mul(sms_count),
        ));
        deltas
    }
}
