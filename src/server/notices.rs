//! Notices of security events to the operator's webhook, which tells the owner of the account, for
//! example by e-mail. The requests are signed as Standard Webhooks describes.
//!
//! The audit log is the queue: a job delivers its entries in order, and stores how far it has come.
//! So a notice survives a restart, and a use case does not wait for the webhook. A notice may come
//! twice, with the same id.

use std::time::Duration;

use reqwest::Client;
use reqwest::redirect::Policy;
use serde_json::json;

use super::config::WebhookConfig;
use super::error::Error;
use super::state::AppState;
use super::store::{AuditEvent, PendingNotice, SETTLING_TIME};
use super::time::rfc3339;
use super::webhook_signature::sign;
use crate::domain::time::Timestamp;

/// The timeout of a request: fifteen seconds, as Standard Webhooks recommends at least.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);
/// The maximum number of notices of one round.
const BATCH_SIZE: usize = 3;
/// The time in seconds for which one instance delivers alone. It is longer than [`BATCH_SIZE`]
/// requests take at worst.
const CLAIM_TIME: i64 = 60;
/// The age in seconds after which a notice is given up: a day.
const MAX_AGE: i64 = 86_400;

/// The events about which the owner of an account is told.
const NOTICED: [AuditEvent; 14] = [
    AuditEvent::PasskeyUsedOnNewDevice,
    AuditEvent::SignedInOnNewDevice,
    AuditEvent::RevokedByOperator,
    AuditEvent::PasskeyAdded,
    AuditEvent::PasskeyRemoved,
    AuditEvent::RecoveryCodesMade,
    AuditEvent::RecoveryCodeUsed,
    AuditEvent::AccountDeleted,
    AuditEvent::OwnerConfirmed,
    AuditEvent::NumberReleased,
    AuditEvent::AccountRestored,
    AuditEvent::NumberChanged,
    AuditEvent::NumberChangeUndone,
    AuditEvent::EmailChanged,
];

/// The statuses below 500 after which a notice is sent again: those of a webhook that is too busy,
/// or that is set up wrongly at the moment.
const RETRIED: [u16; 6] = [401, 403, 404, 408, 425, 429];

/// The answer of the webhook to a notice.
enum NoticeResult {
    /// It has accepted the notice, with a status of 2xx.
    Accepted,
    /// It never accepts this notice.
    Rejected,
    /// It could not be reached, or may accept the notice later.
    Failed,
}

/// The sender of notices.
#[derive(Debug)]
pub struct NoticeSender {
    config: WebhookConfig,
    client: Client,
}

impl NoticeSender {
    /// Creates a sender; `None` if the TLS backend does not start.
    #[must_use]
    pub fn new(config: WebhookConfig) -> Option<Self> {
        #[expect(clippy::disallowed_methods, reason = "a webhook is an HTTP request")]
        let builder = Client::builder();
        let client = builder.timeout(REQUEST_TIMEOUT).redirect(Policy::none()).build().ok()?;
        Some(Self { config, client })
    }

    /// Delivers the notices that are due and returns how many. Returns 0 if another instance is
    /// delivering. After a failure the next round tries again.
    ///
    /// # Errors
    /// Fails if the database cannot be read or written.
    pub async fn deliver(&self, app: &AppState) -> Result<usize, Error> {
        let now = app.clock.now();
        let Some(end) = app.store.end_of_notices(now.plus(-SETTLING_TIME)).await? else {
            return Ok(0);
        };
        let Some(after) = app.store.claim_notices(now, now.plus(CLAIM_TIME)).await? else {
            return Ok(0);
        };
        let notices = app.store.pending_notices((after, end), &NOTICED, BATCH_SIZE).await?;
        let (mut last, mut delivered) = (after, 0);
        let mut is_complete = notices.len() < BATCH_SIZE;
        for notice in notices {
            let is_too_old = now.seconds_since(notice.occurred_at) > MAX_AGE;
            if is_too_old {
                tracing::error!(id = notice.id, event = notice.event, "a notice was given up");
            } else {
                match self.post(&notice, now).await {
                    NoticeResult::Accepted => delivered += 1,
                    // One notice that the webhook cannot read must not hold up the others.
                    NoticeResult::Rejected => {}
                    NoticeResult::Failed => {
                        is_complete = false;
                        break;
                    }
                }
            }
            last = notice.id;
        }
        // The entries in between are about other events.
        app.store.release_notices(if is_complete { end.max(after) } else { last }).await?;
        Ok(delivered)
    }

    /// Posts a notice, signed, with the id of its entry.
    async fn post(&self, notice: &PendingNotice, now: Timestamp) -> NoticeResult {
        let id = format!("evt_{}", notice.id);
        let body = json!({
            "type": format!("account.{}", notice.event),
            "timestamp": rfc3339(notice.occurred_at),
            "data": {
                "user_id": notice.user_id,
                "first_name": notice.first_name,
                "last_name": notice.last_name,
                "email": notice.email,
                "network": notice.subnet,
            },
        })
        .to_string();
        let secrets = std::slice::from_ref(&self.config.secret);
        let signature = sign(secrets, &id, now, &body);
        let request = self
            .client
            .post(&self.config.url)
            .header("content-type", "application/json")
            .header("webhook-id", &id)
            .header("webhook-timestamp", now.0)
            .header("webhook-signature", signature);
        match request.body(body).send().await {
            Ok(response) if response.status().is_success() => NoticeResult::Accepted,
            Ok(response) => {
                let status = response.status().as_u16();
                if RETRIED.contains(&status) || status >= 500 {
                    tracing::warn!(id, status, "the webhook failed; the notice waits");
                    NoticeResult::Failed
                } else {
                    tracing::error!(id, status, "the webhook rejected a notice");
                    NoticeResult::Rejected
                }
            }
            // The text of the error has the URL, which may contain a secret.
            Err(error) => {
                let is_timeout = error.is_timeout();
                tracing::warn!(id, is_timeout, "the webhook did not answer; the notice waits");
                NoticeResult::Failed
            }
        }
    }
}
