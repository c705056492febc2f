//! A software authenticator: it creates passkeys and answers ceremonies as a browser does, and it
//! can answer them wrongly.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The flags of the authenticator data (`WebAuthn` Level 3 §6.1).
const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const ATTESTED_CREDENTIAL: u8 = 0x40;

/// A passkey with its private key.
#[derive(Debug)]
pub struct Authenticator {
    key: EcdsaKeyPair,
    pub id: Vec<u8>,
    pub user_handle: Vec<u8>,
    pub counter: u32,
    /// The origin that the browser reports.
    pub origin: String,
    /// `false` for an authenticator that did not verify its user.
    pub verifies_user: bool,
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Returns a byte string in CBOR (RFC 8949 §3.1).
fn cbor_bytes(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap();
    let mut cbor = vec![0x59];
    cbor.extend(length.to_be_bytes());
    cbor.extend(bytes);
    cbor
}

impl Authenticator {
    /// Creates a passkey for the options of the server, and returns it with the browser's answer.
    pub fn create(origin: &str, options: &Value) -> (Self, String) {
        let selection = &options["authenticatorSelection"];
        assert_eq!(selection["residentKey"], "required");
        assert_eq!(selection["requireResidentKey"], true);
        assert_eq!(selection["userVerification"], "required");
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let handle = URL_SAFE_NO_PAD.decode(options["user"]["id"].as_str().unwrap()).unwrap();
        let id = Sha256::digest(key.public_key().as_ref()).to_vec();
        let made = Self {
            key,
            id,
            user_handle: handle,
            counter: 1,
            origin: origin.to_owned(),
            verifies_user: true,
        };
        let answer = made.answer_to_creation(options);
        (made, answer)
    }

    /// Returns the answer of this passkey to options that ask for a new one.
    pub fn answer_to_creation(&self, options: &Value) -> String {
        let id = &self.id;
        let point = self.key.public_key().as_ref();
        let (x, y) = (&point[1..33], &point[33..65]);
        // A COSE key: kty 2, alg -7, crv 1, x, y (RFC 9053 §7.1).
        let mut cose = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
        cose.extend(x);
        cose.extend([0x22, 0x58, 0x20]);
        cose.extend(y);
        let mut data = self.authenticator_data(ATTESTED_CREDENTIAL);
        data.extend([0; 16]);
        data.extend(u16::try_from(id.len()).unwrap().to_be_bytes());
        data.extend(id);
        data.extend(cose);
        // {"fmt": "none", "attStmt": {}, "authData": …}
        let mut attestation = vec![0xa3, 0x63];
        attestation.extend(b"fmt\x64none\x67attStmt\xa0\x68authData");
        attestation.extend(cbor_bytes(&data));
        json!({
            "id": encode(id), "rawId": encode(id), "type": "public-key",
            "response": {
                "attestationObject": encode(&attestation),
                "clientDataJSON": encode(&self.client_data("webauthn.create", options)),
                "transports": ["internal"],
            },
            "clientExtensionResults": {}, "authenticatorAttachment": "platform",
        })
        .to_string()
    }

    /// Returns the answer to options that ask for a passkey, and raises the counter.
    pub fn answer(&mut self, options: &Value) -> String {
        self.counter += 1;
        let data = self.authenticator_data(0);
        let client_data = self.client_data("webauthn.get", options);
        let mut signed = data.clone();
        signed.extend(Sha256::digest(&client_data));
        let signature = self.key.sign(&SystemRandom::new(), &signed).unwrap();
        json!({
            "id": encode(&self.id), "rawId": encode(&self.id), "type": "public-key",
            "response": {
                "authenticatorData": encode(&data),
                "clientDataJSON": encode(&client_data),
                "signature": encode(signature.as_ref()),
                "userHandle": encode(&self.user_handle),
            },
            "clientExtensionResults": {}, "authenticatorAttachment": "platform",
        })
        .to_string()
    }

    /// Returns the id in the form of the calls.
    pub fn encoded_id(&self) -> String {
        encode(&self.id)
    }

    fn authenticator_data(&self, flags: u8) -> Vec<u8> {
        let verified = if self.verifies_user { USER_VERIFIED } else { 0 };
        let mut data = Sha256::digest("localhost").to_vec();
        data.push(flags | USER_PRESENT | verified);
        data.extend(self.counter.to_be_bytes());
        data
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let (challenge, origin) = (&options["challenge"], &self.origin);
        json!({
            "type": kind, "challenge": challenge, "origin": origin, "crossOrigin": false,
            "other_keys_can_be_added_here": "do not compare clientDataJSON against a template",
        })
        .to_string()
        .into_bytes()
    }
}
