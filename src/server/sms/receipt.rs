//! Receipts: the reports of providers about the delivery of an SMS. A receipt counts only if it is
//! authentic, and the only thing that it changes is the state of delivery that the page shows.

use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::domain::delivery::Delivery;
use crate::domain::time::Timestamp;
use crate::server::config::Origin;

/// The beginning of the paths at which receipts are posted.
pub const RECEIPTS_PATH: &str = "/receipts/";
/// The start of the id of an SMS with a code.
const ID_PREFIX: &str = "sms_";

/// The request that brings a receipt.
#[derive(Debug, Clone, Copy)]
pub struct ReceiptRequest<'a> {
    /// The full URL, as the provider called it.
    pub url: &'a str,
    /// The last part of the path: a token, or the id of the SMS.
    pub key: &'a str,
    /// The headers, one of which may have a signature.
    pub headers: &'a HeaderMap,
    /// The body, as the provider has signed it.
    pub body: &'a str,
    /// The time of the request.
    pub now: Timestamp,
}

/// An authentic receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The id of the SMS.
    pub message_id: String,
    /// The state of delivery; [`Delivery::Pending`] for a report on the way.
    pub delivery: Delivery,
}

/// Returns the URL at which a provider posts its receipts, or to which a last part is added.
#[must_use]
pub fn receipts_url(origin: &Origin, provider: &str) -> String {
    format!("{}{RECEIPTS_PATH}{provider}", origin.as_str())
}

/// Returns the id of an SMS of a challenge. It has the id of the challenge's row, which is a
/// digest, so it reveals nothing of the cookie.
#[must_use]
pub fn message_id(challenge_id: &[u8], cooldown_step: i64) -> String {
    format!("{ID_PREFIX}{}_{cooldown_step}", URL_SAFE_NO_PAD.encode(challenge_id))
}

/// Returns the id of the challenge and the number of the SMS; `None` for another text.
#[must_use]
pub fn parse_message_id(text: &str) -> Option<(Vec<u8>, i64)> {
    let (challenge, step) = text.strip_prefix(ID_PREFIX)?.rsplit_once('_')?;
    Some((URL_SAFE_NO_PAD.decode(challenge).ok()?, step.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_an_sms_names_its_challenge() {
        for challenge in [[0xFF; 32], [0; 32], *b"an underscore may be anywhere___"] {
            let id = message_id(&challenge, 3);
            assert_eq!(parse_message_id(&id), Some((challenge.to_vec(), 3)));
            assert!(id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte)));
        }
        for other in ["", "sms_", "sms_x", "notice_AAAA_1", "sms_AAAA_x", "sms_!!!!_1"] {
            assert_eq!(parse_message_id(other), None, "{other}");
        }
    }
}
