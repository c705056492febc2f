//! The signature of a webhook's request, as Standard Webhooks describes it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretSlice};
use sha2::Sha256;

use crate::domain::time::Timestamp;

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
}
