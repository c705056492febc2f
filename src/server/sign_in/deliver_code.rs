//! Derives the code of a challenge and hands its SMS to a provider.

use crate::domain::challenge::Challenge;
use crate::domain::limits::counter_windows::CounterDelta;
use crate::domain::limits::send_counters::SendCounters;
use crate::domain::otp::{Code, CodeInputs, derive};
use crate::domain::problem::Problem;
use crate::domain::response::OtpSent;
use crate::domain::time::Timestamp;
use crate::server::error::Error;
use crate::server::sms::{SmsBody, SmsMessage};
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
}

/// Sends the code. If no provider accepts the SMS, its count is undone.
pub(super) async fn deliver_code(
    app: &AppState,
    secret: &ChallengeSecret,
    send: &CountedSend,
    now: Timestamp,
) -> Result<OtpSent, Problem> {
    let CountedSend { challenge, before, counters, refund } = send;
    let code = derive_code(app, challenge, secret)?;
    let message = SmsMessage {
        phone: &challenge.phone,
        body: SmsBody::Code { code: &code, reference: &challenge.reference },
        sent_at: now,
    };
    if app.sms.send(&message).await.counts_as_sent() {
        return Ok(OtpSent::from_challenge(challenge, now));
    }
    let mut tx = app.store.begin().await?;
    tx.refund_send(&secret.id(), before).await?;
    tx.add_to_counters(refund, 0).await?;
    tx.commit().await?;
    app.refusal_cache.invalidate(&counters.cache_keys(true, true));
    Err(Problem::SmsUnavailable)
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
