//! The signature of a webhook's request, as Standard Webhooks describes it.

use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretSlice};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::domain::time::Timestamp;

/// The greatest difference between the time of a request and now, in seconds (Standard Webhooks).
const MAX_AGE: u64 = 300;

/// Returns the value of `webhook-signature`: an HMAC-SHA256 over id, time and body with each
/// secret, separated by spaces. While a secret is replaced there are two.
#[must_use]
pub(super) fn sign(secrets: &[SecretSlice<u8>], id: &str, now: Timestamp, body: &str) -> String {
    let signed = format!("{id}.{}.{body}", now.0);
    let signatures = secrets.iter().filter_map(|secret| {
        // HMAC takes keys of every length.
        let mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret()).ok()?;
        Some(format!("v1,{}", STANDARD.encode(mac.chain_update(&signed).finalize().into_bytes())))
    });
    signatures.collect::<Vec<_>>().join(" ")
}

/// Checks that a request is signed with one of these secrets, and that it is not too old. Returns
/// `None` if it is not.
pub(super) fn verify(
    secrets: &[SecretSlice<u8>],
    headers: &HeaderMap,
    body: &str,
    now: Timestamp,
) -> Option<()> {
    let header = |name| headers.get(name)?.to_str().ok();
    let sent_at = Timestamp(header("webhook-timestamp")?.parse().ok()?);
    if now.0.abs_diff(sent_at.0) > MAX_AGE {
        return None;
    }
    let expected = sign(secrets, header("webhook-id")?, sent_at, body);
    let mut presented = header("webhook-signature")?.split(' ').filter(|own| !own.is_empty());
    let is_expected = |signature: &str| {
        let mut all = expected.split(' ');
        all.any(|own| bool::from(own.as_bytes().ct_eq(signature.as_bytes())))
    };
    presented.any(is_expected).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values come from the specification of Standard Webhooks.
    #[test]
    fn a_signature_is_that_of_the_specification() {
        let secret = |text: &str| SecretSlice::from(STANDARD.decode(text).unwrap());
        let known = secret("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let sign = |secrets: &[SecretSlice<u8>]| {
            sign(
                secrets,
                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                Timestamp(1_614_265_330),
                r#"{"test": 2432232314}"#,
            )
        };
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(sign(std::slice::from_ref(&known)), expected);
        let both = sign(&[secret("C2FVsBQIhrscChlQIMV+b5sSYspob7oD"), known]);
        assert_eq!(both.split(' ').nth(1), Some(expected), "two secrets give two signatures");
    }

    #[test]
    fn a_signature_is_valid_for_its_body_and_for_five_minutes() {
        let secret = |byte: u8| SecretSlice::from(vec![byte; 24]);
        let sent_at = Timestamp(1_000_000);
        let headers = |signature: &str, id: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("webhook-id", id.parse().unwrap());
            headers.insert("webhook-timestamp", "1000000".parse().unwrap());
            headers.insert("webhook-signature", signature.parse().unwrap());
            headers
        };
        let right = sign(&[secret(7)], "id", sent_at, "body");
        let accepts = |secrets: &[SecretSlice<u8>], headers: &HeaderMap, body: &str, at| {
            verify(secrets, headers, body, Timestamp(at)).is_some()
        };
        let (own, signed) = ([secret(7)], headers(&right, "id"));
        for (at, expected) in
            [(1_000_000, true), (1_000_300, true), (999_700, true), (1_000_301, false), (0, false)]
        {
            assert_eq!(accepts(&own, &signed, "body", at), expected, "{at}");
        }
        assert!(accepts(&[secret(8), secret(7)], &signed, "body", 1_000_000), "while replaced");
        let several = headers(&format!("v1a,x v1,y {right}"), "id");
        assert!(accepts(&own, &several, "body", 1_000_000));
        assert!(!accepts(&own, &signed, "other", 1_000_000));
        assert!(!accepts(&own, &headers(&right, "other"), "body", 1_000_000));
        assert!(!accepts(&[secret(8)], &signed, "body", 1_000_000));
        assert!(!accepts(&[], &headers("", "id"), "body", 1_000_000), "without a secret");
        assert!(!accepts(&own, &HeaderMap::new(), "body", 1_000_000));
    }
}
