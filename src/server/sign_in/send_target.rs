//! The challenge of an SMS: the current one of the browser, which gets another SMS, or a new one.

use crate::domain::challenge::{Challenge, ChallengeScope, TEXTS_BEFORE_CALL, cooldown_after};
use crate::domain::client_network::ClientNetwork;
use crate::domain::delivery::Delivery;
use crate::domain::limits::attempts::AttemptAllowance;
use crate::domain::limits::counter_key::CounterKey;
use crate::domain::time::Timestamp;
use crate::server::error::Error;
use crate::server::phone::ParsedPhone;
use crate::server::state::AppState;
use crate::server::store::{ChallengeChange, NewChallenge, Tx};
use crate::server::token::ChallengeSecret;

/// The challenge of an SMS.
pub(super) enum SendTarget {
    /// The current challenge gets one more SMS with the same code.
    Resend { secret: ChallengeSecret, challenge: Challenge },
    /// A new challenge replaces the current one, if there is one.
    New { secret: ChallengeSecret, current: Option<CurrentChallenge>, cooldown_step: i64 },
}

/// The challenge that the browser has before it gets a new one.
pub(super) struct CurrentChallenge {
    pub id: Vec<u8>,
    pub challenge: Challenge,
}

/// The input of a new challenge, besides the decision of the limits.
pub(super) struct ChallengeInput<'a> {
    pub app: &'a AppState,
    pub to: &'a ParsedPhone,
    pub scope: &'a ChallengeScope,
    pub client: &'a ClientNetwork,
    pub next: Option<&'a str>,
    pub now: Timestamp,
}

/// A challenge with an SMS, and the same challenge without it.
pub(super) struct ChallengeStates {
    pub after: Challenge,
    pub before: Challenge,
}

impl SendTarget {
    /// Returns the secret of the challenge's cookie.
    pub(super) fn secret(&self) -> &ChallengeSecret {
        let (Self::Resend { secret, .. } | Self::New { secret, .. }) = self;
        secret
    }

    /// Returns `true` if this browser has asked for two texts or more to the number, and typed no
    /// code since.
    pub(super) fn comes_after_two_texts(&self) -> bool {
        match self {
            Self::Resend { challenge, .. } => challenge.cooldown_step >= TEXTS_BEFORE_CALL,
            Self::New { current: Some(CurrentChallenge { challenge, .. }), .. }
                if challenge.verified_at.is_some() =>
            {
                false
            }
            Self::New { cooldown_step, .. } => *cooldown_step >= TEXTS_BEFORE_CALL,
        }
    }

    /// Returns `true` unless another request of this browser has changed its current challenge.
    pub(super) async fn is_unchanged(&self, tx: &mut Tx) -> Result<bool, Error> {
        Ok(match self {
            Self::Resend { secret, challenge } => {
                let stored = tx.find_challenge(&secret.id()).await?;
                stored.is_some_and(|stored| stored.cooldown_step == challenge.cooldown_step)
            }
            Self::New { current: Some(CurrentChallenge { id, challenge }), .. }
                if challenge.consumed_at.is_none() =>
            {
                let stored = tx.find_challenge(id).await?;
                stored.is_none_or(|stored| stored.replaced_at == challenge.replaced_at)
            }
            Self::New { .. } => true,
        })
    }

    /// Returns the cooldown after the SMS of another request of this browser, in seconds.
    pub(super) fn cooldown_of_other(&self, cooldowns: &[i64]) -> i64 {
        match self {
            Self::Resend { challenge, .. } => {
                cooldown_after(cooldowns, challenge.cooldown_step + 1)
            }
            Self::New { cooldown_step, .. } => cooldown_after(cooldowns, cooldown_step + 1),
        }
    }

    /// Returns the challenge with and without the SMS.
    pub(super) fn states(
        &self,
        input: &ChallengeInput<'_>,
        attempts: Option<AttemptAllowance>,
        attempt_budget: &CounterKey,
    ) -> Result<ChallengeStates, Error> {
        let (current, cooldown_step) = match self {
            Self::New { current, cooldown_step, .. } => (current, *cooldown_step),
            Self::Resend { challenge, .. } => {
                let cooldowns = &input.app.config.otp.resend_cooldowns;
                let step = challenge.cooldown_step + 1;
                let after = Challenge {
                    cooldown_step: step,
                    sent_at: Some(input.now),
                    resend_at: input.now.plus(cooldown_after(cooldowns, step)),
                    ..challenge.clone()
                };
                return Ok(ChallengeStates { after, before: challenge.clone() });
            }
        };
        let current = current.as_ref().map(|current| &current.challenge);
        let after = new_challenge(input, current, cooldown_step, attempts, attempt_budget)?;
        // The cooldown continues only for the same phone number, and only until the challenge is
        // consumed.
        let continues =
            |current: &&Challenge| current.phone == after.phone && current.consumed_at.is_none();
        let resend_at = current.filter(continues).map_or(input.now, |current| current.resend_at);
        let before = Challenge { cooldown_step, sent_at: None, resend_at, ..after.clone() };
        Ok(ChallengeStates { after, before })
    }

    /// Returns the change of the challenge's row to this state.
    pub(super) fn change<'a>(&self, after: &'a Challenge) -> ChallengeChange<'a> {
        match self {
            Self::Resend { secret, challenge } => ChallengeChange::Resend {
                id: secret.id(),
                cooldown_step: challenge.cooldown_step,
                resend_at: after.resend_at,
            },
            Self::New { secret, current, .. } => {
                let replaceable =
                    current.as_ref().filter(|current| current.challenge.consumed_at.is_none());
                ChallengeChange::New {
                    row: NewChallenge { id: secret.id(), challenge: after },
                    replaces: replaceable
                        .map(|current| (current.id.clone(), current.challenge.replaced_at)),
                }
            }
        }
    }
}

fn new_challenge(
    input: &ChallengeInput<'_>,
    current: Option<&Challenge>,
    cooldown_step: i64,
    attempts: Option<AttemptAllowance>,
    attempt_budget: &CounterKey,
) -> Result<Challenge, Error> {
    let ChallengeInput { app, to, scope, client, next, now } = *input;
    let otp = &app.config.otp;
    let current_next = || current.and_then(|challenge| challenge.next.clone());
    Ok(Challenge {
        phone: to.number.clone(),
        scope: scope.clone(),
        nonce: app.random.bytes::<16>()?.to_vec(),
        key_id: app.keys.current().id.clone(),
        code_length: attempts.map_or(otp.code_length, |attempts| attempts.code_length),
        reference: app.random.reference()?,
        next: next.map(str::to_owned).or_else(current_next),
        attempts: 0,
        max_attempts: attempts.map_or(0, |attempts| attempts.count),
        cooldown_step: cooldown_step + 1,
        sms_count: 1,
        attempt_budget: attempt_budget.name().to_owned(),
        country: to.region.clone(),
        provider: None,
        delivery: Delivery::Pending,
        client: client.clone(),
        created_at: now,
        sent_at: Some(now),
        resend_at: now.plus(cooldown_after(&otp.resend_cooldowns, cooldown_step + 1)),
        expires_at: now.plus(otp.code_ttl),
        verified_at: None,
        verification_expires_at: None,
        consumed_at: None,
        replaced_at: None,
    })
}
