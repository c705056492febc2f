//! The notice to the former number after a change, and the objection of its holder.

use crate::domain::limits::budget::has_room;
use crate::domain::limits::counter_key::CounterKey;
use crate::domain::limits::counter_windows::CounterDelta;
use crate::domain::phone::PhoneNumber;
use crate::domain::problem::Problem;
use crate::domain::time::Timestamp;
use crate::server::error::Error;
use crate::server::phone;
use crate::server::sign_in::end_all_sessions;
use crate::server::sms::{SmsBody, SmsMessage};
use crate::server::state::AppState;
use crate::server::store::{AuditEvent, NumberChange};
use crate::server::token::{device_id, generate_device_token};

/// The time in which the former number can object to a change, in seconds: 7 days.
const OBJECTION_WINDOW: i64 = 7 * 86_400;

/// A change whose former number is told about it.
#[derive(Debug)]
pub(super) struct NumberNotice {
    /// The row of the change.
    pub change: NumberChange,
    token: String,
}

impl NumberNotice {
    /// Generates the token of a notice to the former number of an account.
    pub(super) fn generate(
        app: &AppState,
        user_id: &str,
        phone: PhoneNumber,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let token = generate_device_token(app.random)?;
        let change = NumberChange {
            id: device_id(&token).unwrap_or_default(),
            user_id: user_id.to_owned(),
            phone,
            changed_at: now,
            expires_at: now.plus(OBJECTION_WINDOW),
        };
        Ok(Self { change, token })
    }

    /// Sends the notice if the budget has room for it. A notice that is not sent is logged, because
    /// the change is complete without it.
    pub(super) async fn send(self, app: AppState) {
        let to = &self.change.phone;
        match self.count(&app).await {
            Ok(true) => {}
            Ok(false) => {
                tracing::warn!(%to, "the budget has no room for the notice of a changed number");
                return;
            }
            Err(error) => {
                tracing::error!(%error, %to, "the notice of a changed number was not counted");
                return;
            }
        }
        let link = format!("{}/objection?token={}", app.config.origin.as_str(), self.token);
        let body = SmsBody::NumberChanged { link: &link };
        let message = SmsMessage { phone: to, body, sent_at: app.clock.now() };
        if !app.sms.send(&message).await.counts_as_sent() {
            tracing::warn!(%to, "no provider sent the notice of a changed number");
        }
    }

    /// Counts the cost of the notice. Returns `false` if the budget has no room for it.
    async fn count(&self, app: &AppState) -> Result<bool, Error> {
        let now = app.clock.now();
        // The number was accepted when it was verified.
        let Ok(parsed) = phone::parse(self.change.phone.as_str(), None) else { return Ok(false) };
        let price = app.config.prices.get(&parsed.region);
        let (spent, stripes) = ([CounterKey::spent()], app.next_stripes());
        let mut tx = app.store.begin().await?;
        tx.lock_counters(&spent, stripes, now).await?;
        let windows = tx.read_counters(&spent, now).await?;
        if !has_room(&windows, price, &app.config.limits.budget, now) {
            return Ok(false);
        }
        let [spent] = spent;
        let delta = CounterDelta::new(spent, now, price);
        tx.add_to_counters(&[delta], stripes.preferred).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Returns the masked former number of the change with this token, if its holder can still object.
///
/// # Errors
/// Fails with `unavailable` if the database cannot be read.
pub async fn find_objection(app: &AppState, token: &str) -> Result<Option<String>, Problem> {
    let Some(id) = device_id(token) else { return Ok(None) };
    let change = app.store.find_number_change(&id, app.clock.now()).await?;
    Ok(change.map(|change| change.phone.masked()))
}

/// Undoes a change of a number: the account gets the former number back, all its sessions end, and
/// passkeys and recovery codes that were added since are removed. Returns `false` if it is too
/// late, if the change is undone already, or if another account has the number by now.
///
/// # Errors
/// Fails with `unavailable` if the database cannot be read or written.
pub async fn object(app: &AppState, token: &str, subnet: &str) -> Result<bool, Problem> {
    let (Some(id), now) = (device_id(token), app.clock.now()) else { return Ok(false) };
    let Some(change) = app.store.find_number_change(&id, now).await? else { return Ok(false) };
    let mut tx = app.store.begin().await?;
    if !tx.lock_account(&change.user_id).await?
        || tx.find_number_change(&id, now).await?.is_none()
        || !tx.change_phone(&change.user_id, &change.phone).await?
    {
        return Ok(false);
    }
    let event = (AuditEvent::NumberChangeUndone, subnet);
    end_all_sessions(&mut tx, &change.user_id, event, now).await?;
    tx.undo_additions(&change.user_id, change.changed_at).await?;
    tx.commit().await?;
    Ok(true)
}
