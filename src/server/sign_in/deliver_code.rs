//! Derives the code of a challenge and hands its SMS to a provider.

use crate::domain::challenge::Challenge;
use crate::domain::limits::counter_windows::CounterDelta;
use crate::domain::limits::send_counters::SendCounters;
use crate::domain::otp::{Code, CodeInputs, derive};
use crate::domain::problem::Problem;
use crate::domain::response::OtpSent;
use crate::domain::time::Timestamp;
use crate::domain::validation_error::ValidationError;
use crate::server::config::Channel;
use crate::server::error::Error;
use crate::server::sms::{SendOutcome, SentSms, SmsBody, SmsMessage, message_id};
use crate::server::state::AppState;
use crate::server::token::ChallengeSecret;

/// A challenge whose SMS is counted and not sent yet.
pub(super) struct CountedSend {
    pub challenge: Challenge,
    /// The challenge without this SMS, to which a failed SMS returns it.
    pub before: Challenge,
    pub counters: SendCounters,
    /// The changes that undo those of the counters.
    pub refund: Vec<CounterDelta>,
    /// `true` if it is a call.
    pub is_call: bool,
}

/// Sends the code. If no provider accepts the SMS, its count is undone. After a suspicion of fraud
/// it stays counted, so that the limits slow the sender down.
pub(super) async fn deliver_code(
    app: &AppState,
    secret: &ChallengeSecret,
    send: &CountedSend,
    now: Timestamp,
) -> Result<OtpSent, Problem> {
    let challenge = &send.challenge;
    let code = derive_code(app, challenge, secret)?;
    let message = SmsMessage {
        id: message_id(&secret.id(), challenge.cooldown_step),
        phone: &challenge.phone,
        country: &challenge.country,
        channel: if send.is_call { Channel::Voice } else { Channel::Sms },
        body: SmsBody::Code {
            code: &code,
            reference: &challenge.reference,
            expires_at: challenge.expires_at,
        },
        sent_at: now,
    };
    let SentSms { outcome, provider } = app.sms.send(&message).await;
    match outcome {
        SendOutcome::Accepted | SendOutcome::Unknown => {
            let provider = Some(provider).filter(|provider| !app.sms.is_first(provider));
            if provider != challenge.provider.as_deref() {
                // The text has gone out, so the person goes on. Only a count is missing.
                if let Err(error) = store_provider(app, &secret.id(), provider).await {
                    tracing::error!(%error, "the provider of a text was not stored");
                }
            }
            Ok(OtpSent::from_challenge(challenge, now))
        }
        SendOutcome::Rejected => {
            undo_count(app, secret, send).await?;
            Err(Problem::invalid("phone", ValidationError::PhoneUnreachable))
        }
        SendOutcome::FraudBlocked => Err(Problem::SmsUnavailable),
        SendOutcome::Misconfigured | SendOutcome::Unavailable => {
            undo_count(app, secret, send).await?;
            Err(Problem::SmsUnavailable)
        }
    }
}

async fn store_provider(
    app: &AppState,
    challenge_id: &[u8],
    provider: Option<&str>,
) -> Result<(), Error> {
    let mut tx = app.store.begin_autocommit().await?;
    tx.set_provider(challenge_id, provider).await?;
    tx.commit().await
}

/// Undoes the count of an SMS that was not sent.
async fn undo_count(
    app: &AppState,
    secret: &ChallengeSecret,
    send: &CountedSend,
) -> Result<(), Error> {
    let mut tx = app.store.begin().await?;
    tx.refund_send(&secret.id(), &send.before).await?;
    tx.add_to_counters(&send.refund, 0).await?;
    tx.commit().await?;
    app.refusal_cache.invalidate(&send.counters.cache_keys(true, true));
    Ok(())
}

/// Derives the code of a challenge with the key under which it was created.
pub(super) fn derive_code(
    app: &AppState,
    challenge: &Challenge,
    secret: &ChallengeSecret,
) -> Result<Code, Error> {
    Ok(derive(CodeInputs {
        pepper: &app.keys.find(&challenge.key_id)?.pepper,
        nonce: &challenge.nonce,
        secret: secret.secret(),
        phone: &challenge.phone,
        purpose: challenge.scope.purpose,
        length: challenge.code_length,
    }))
}
