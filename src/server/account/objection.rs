//! The notice to the former number after a change, and the objection of its holder.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::domain::limits::budget::has_room;
use crate::domain::limits::counter_key::CounterKey;
use crate::domain::limits::counter_windows::CounterDelta;
use crate::domain::phone::PhoneNumber;
use crate::domain::problem::Problem;
use crate::domain::time::Timestamp;
use crate::server::config::Channel;
use crate::server::error::Error;
use crate::server::phone::{self, ParsedPhone};
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
            position: 0,
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
        // The number was accepted when it was verified.
        let Ok(ParsedPhone { region: country, .. }) = phone::parse(to.as_str(), None) else {
            return;
        };
        let cost = match self.count(&app, &country).await {
            Ok(Some(cost)) => cost,
            Ok(None) => {
                tracing::warn!(%to, "the budget has no room for the notice of a changed number");
                return;
            }
            Err(error) => {
                tracing::error!(%error, %to, "the notice of a changed number was not counted");
                return;
            }
        };
        let link = format!("{}/objection?token={}", app.config.origin.as_str(), self.token);
        let body = SmsBody::NumberChanged { link: &link };
        let message = SmsMessage {
            id: format!("notice_{}", URL_SAFE_NO_PAD.encode(&self.change.id)),
            phone: to,
            country: &country,
            channel: Channel::Sms,
            body,
            sent_at: app.clock.now(),
        };
        if app.sms.send(&message).await.outcome.counts_as_sent() {
            return;
        }
        tracing::warn!(%to, "no provider sent the notice of a changed number");
        if let Err(error) = refund(&app, cost).await {
            tracing::error!(%error, "the cost of a notice was not refunded");
        }
    }

    /// Counts the cost of the notice, and returns it. Returns `None` if the budget has no room.
    async fn count(&self, app: &AppState, country: &str) -> Result<Option<CounterDelta>, Error> {
        let now = app.clock.now();
        let price = app.config.prices.text_price(country);
        let (spent, stripes) = ([CounterKey::spent()], app.next_stripes());
        let mut tx = app.store.begin().await?;
        tx.lock_counters(&spent, stripes, now).await?;
        let windows = tx.read_counters(&spent, now).await?;
        if !has_room(&windows, price, &app.config.limits.budget, now) {
            return Ok(None);
        }
        let [spent] = spent;
        let cost = CounterDelta::new(spent, now, price);
        tx.add_to_counters(std::slice::from_ref(&cost), stripes.preferred).await?;
        tx.commit().await?;
        Ok(Some(cost))
    }
}

/// Gives back the cost of a notice that was not sent.
async fn refund(app: &AppState, cost: CounterDelta) -> Result<(), Error> {
    let refund = CounterDelta { amount: -cost.amount, ..cost };
    let mut tx = app.store.begin_autocommit().await?;
    tx.add_to_counters(&[refund], 0).await?;
    tx.commit().await
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

/// Undoes a change of a number: the account gets the former number back, all its sessions end, its
/// devices become unknown, and the passkeys and recovery codes are removed that were added since,
/// or in the week before. A thief may have added them first. Numbers that the account had later can
/// object no more; an earlier one still can, so that no link of a thief takes it from the owner.
/// Returns `false` if it is too late, or if the change is undone already.
///
/// # Errors
/// Fails with `number_taken` if another account has the number by now, or with `unavailable`.
pub async fn undo_number_change(
    app: &AppState,
    token: &str,
    subnet: &str,
) -> Result<bool, Problem> {
    let (Some(id), now) = (device_id(token), app.clock.now()) else { return Ok(false) };
    let Some(change) = app.store.find_number_change(&id, now).await? else { return Ok(false) };
    let mut tx = app.store.begin().await?;
    if !tx.lock_account_exclusively(&change.user_id).await?
        || tx.find_number_change(&id, now).await?.is_none()
    {
        return Ok(false);
    }
    if !tx.change_phone(&change.user_id, &change.phone).await? {
        return Err(Problem::NumberTaken);
    }
    let event = (AuditEvent::NumberChangeUndone, subnet);
    end_all_sessions(&mut tx, &change.user_id, event, now).await?;
    let since = change.changed_at.plus(-OBJECTION_WINDOW);
    tx.delete_factors_since(&change.user_id, since).await?;
    tx.delete_number_changes(&change.user_id, change.position).await?;
    tx.commit().await?;
    Ok(true)
}
