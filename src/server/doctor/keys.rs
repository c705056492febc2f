//! The doctor's look at the keys.

use std::collections::HashSet;

use crate::server::config::{Config, Finding};

/// The least number of different bytes in a random key of 32 bytes. The chance of fewer is below
/// one in a million million.
const MIN_DIFFERENT_BYTES: usize = 16;

pub(super) fn examine(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    // A loopback instance makes its key at the first start.
    let key = config.secret_key();
    if !key.is_empty() && !looks_random(key) {
        findings.push(Finding::warning(
            "SECRET_KEY",
            "does not look random, so it may be guessed",
            "make one with: openssl rand -base64 32",
        ));
    }
    if config.previous_secret_key() == Some(config.secret_key()) {
        findings.push(Finding::warning(
            "SECRET_KEY_PREVIOUS",
            "is the same as SECRET_KEY",
            "set it to the former key, or remove it",
        ));
    }
    findings
}

/// Returns `false` for a key that repeats a few bytes, or is a text that somebody typed.
fn looks_random(key: &[u8]) -> bool {
    let different: HashSet<u8> = key.iter().copied().collect();
    let is_text = key.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
    different.len() >= MIN_DIFFERENT_BYTES && !is_text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_somebody_typed_is_not_random() {
        assert!(!looks_random(&[0; 32]));
        assert!(!looks_random(b"abababababababababababababababab"));
        assert!(!looks_random(b"correct horse battery staple 123"));
        let random = crate::server::random::Random::system();
        for _ in 0..1_000 {
            assert!(looks_random(&random.bytes::<32>().unwrap()));
        }
    }
}
