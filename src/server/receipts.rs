//! The use case of receipts: an authentic report of a provider moves the delivery of an SMS
//! forward.

use super::error::Error;
use super::sms::{ReceiptRequest, parse_message_id};
use super::state::AppState;
use crate::domain::delivery::Delivery;

/// Records the receipt in a request to the address of a provider. Returns `false` if the request is
/// not authentic. A receipt of an SMS that is not the last one of a live challenge changes nothing.
///
/// # Errors
/// Fails if the database cannot be written. The provider may then send the receipt again.
pub async fn record_receipt(
    app: &AppState,
    provider: &str,
    request: &ReceiptRequest<'_>,
) -> Result<bool, Error> {
    let Some((provider, receipt)) = app.sms.read_receipt(provider, request) else {
        return Ok(false);
    };
    let Some((challenge, step)) = parse_message_id(&receipt.message_id) else { return Ok(true) };
    if receipt.delivery == Delivery::Pending {
        return Ok(true);
    }
    let mut tx = app.store.begin_autocommit().await?;
    let changed = tx.set_delivery(&challenge, step, receipt.delivery).await?;
    tx.commit().await?;
    if let Some(country) = changed {
        app.metrics.record_receipt(provider, country, receipt.delivery.as_str());
    }
    Ok(true)
}
