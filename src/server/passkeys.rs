//! The adapter over webauthn-rs: the ceremonies with which passkeys are added and used.
//!
//! The state of a ceremony travels with the browser, in a token that this server signs. So a page
//! that offers passkeys writes nothing to the database. The transaction that uses a token stores
//! its digest, so that the answer of an authenticator is accepted once (ADR 18).

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Url, Uuid, WebauthnError,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};

use super::config::Origin;
use super::token::KeyRing;
use crate::domain::passkey::PasskeyOptions;
use crate::domain::problem::Problem;
use crate::domain::time::Timestamp;
use crate::domain::user::UserView;

/// The lifetime of a ceremony in seconds: the default of `WebAuthn` Level 3 §15.1 for a ceremony
/// that requires user verification.
const CEREMONY_TTL: i64 = 300;

/// The ceremonies of this site.
#[derive(Debug, Clone)]
pub struct Passkeys {
    /// `None` if the origin is an IP address, for which browsers have no passkeys.
    webauthn: Option<Arc<Webauthn>>,
    keys: Arc<KeyRing>,
    origin: String,
}

/// The kind of a ceremony. A token is valid for its own kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ceremony {
    /// A passkey is added to an account.
    Registration,
    /// Somebody signs in. The passkey tells which account it is.
    SignIn,
    /// A signed-in person verifies that it is them.
    StepUp,
}

impl Ceremony {
    /// Returns the `typ` of the tokens of this kind.
    fn token_type(self) -> &'static str {
        match self {
            Self::Registration => "passkey-registration+jwt",
            Self::SignIn => "passkey-sign-in+jwt",
            Self::StepUp => "passkey-step-up+jwt",
        }
    }
}

/// The claims of a ceremony's token.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct CeremonyClaims {
    iss: String,
    aud: String,
    /// The id of the account; empty for a sign-in.
    sub: String,
    exp: i64,
    /// The state of webauthn-rs. It has the challenge, and no secret.
    state: Value,
}

/// A token whose digest must be stored with what the ceremony changes.
#[derive(Debug, Clone)]
pub struct UsedToken {
    /// The SHA-256 of the token.
    pub id: Vec<u8>,
    /// The expiry of the token, after which the digest may be purged.
    pub expires_at: Timestamp,
}

/// A verified passkey that is about to be added.
#[derive(Debug)]
pub struct NewPasskey {
    /// The id of the credential.
    pub id: Vec<u8>,
    /// The credential as JSON.
    pub credential: String,
    /// The token of the ceremony.
    pub token: UsedToken,
}

/// A verified use of a passkey.
#[derive(Debug)]
pub struct PasskeyUse {
    /// The credential as JSON, with its new counter and flags.
    pub credential: String,
    /// The token of the ceremony.
    pub token: UsedToken,
}

/// The answer of an authenticator to a sign-in or a step-up, which is not verified yet.
#[derive(Debug)]
pub struct Assertion(PublicKeyCredential);

impl Assertion {
    /// Parses the JSON of the browser's `PublicKeyCredential`.
    ///
    /// # Errors
    /// Fails with `malformed`.
    pub fn parse(json: &str) -> Result<Self, Problem> {
        serde_json::from_str(json).map(Self).map_err(|_| Problem::Malformed)
    }

    /// Returns the id of the credential.
    #[must_use]
    pub fn credential_id(&self) -> &[u8] {
        self.0.get_credential_id()
    }
}

impl Passkeys {
    /// Creates the ceremonies for an origin. `name` is what the browser calls the site.
    #[must_use]
    pub fn new(origin: &Origin, name: &str, keys: Arc<KeyRing>) -> Self {
        let build = |url: &Url| WebauthnBuilder::new(origin.host(), url)?.rp_name(name).build();
        let webauthn = Url::parse(origin.as_str()).ok().and_then(|url| build(&url).ok());
        Self { webauthn: webauthn.map(Arc::new), keys, origin: origin.as_str().to_owned() }
    }

    /// Starts the addition of a passkey to an account that has the credentials `existing`.
    ///
    /// # Errors
    /// Fails with `not_found` if the origin has no passkeys.
    pub fn start_registration(
        &self,
        user: &UserView,
        existing: impl Iterator<Item = Vec<u8>>,
        now: Timestamp,
    ) -> Result<PasskeyOptions, Problem> {
        let (options, state) = self
            .webauthn()?
            .start_passkey_registration(
                user_handle(&user.id)?,
                &user.email,
                &user.full_name(),
                Some(existing.collect()),
            )
            .map_err(|error| refused(&error))?;
        let mut options = public_key(&options)?;
        // webauthn-rs asks for a passkey that need not be discoverable. Such a passkey could not
        // sign in without a phone number.
        if let Some(Value::Object(selection)) = options.get_mut("authenticatorSelection") {
            selection.insert("residentKey".to_owned(), json!("required"));
            selection.insert("requireResidentKey".to_owned(), json!(true));
        }
        self.options(Ceremony::Registration, &user.id, &options, &state, now)
    }

    /// Verifies the answer of the authenticator to [`Self::start_registration`].
    ///
    /// # Errors
    /// Fails with `malformed`, `passkey_refused` or `not_found`.
    pub fn finish_registration(
        &self,
        user_id: &str,
        token: &str,
        credential: &str,
        now: Timestamp,
    ) -> Result<NewPasskey, Problem> {
        let (state, token) =
            self.verify_token::<PasskeyRegistration>(Ceremony::Registration, user_id, token, now)?;
        let answer: RegisterPublicKeyCredential =
            serde_json::from_str(credential).map_err(|_| Problem::Malformed)?;
        let passkey = self
            .webauthn()?
            .finish_passkey_registration(&answer, &state)
            .map_err(|error| refused(&error))?;
        Ok(NewPasskey { id: passkey.cred_id().clone(), credential: to_json(&passkey)?, token })
    }

    /// Starts a sign-in, or the step-up of this account.
    ///
    /// # Errors
    /// Fails with `not_found` if the origin has no passkeys.
    pub fn start_authentication(
        &self,
        ceremony: Ceremony,
        user_id: &str,
        now: Timestamp,
    ) -> Result<PasskeyOptions, Problem> {
        let (options, state) = self
            .webauthn()?
            .start_discoverable_authentication()
            .map_err(|error| refused(&error))?;
        self.options(ceremony, user_id, &public_key(&options)?, &state, now)
    }

    /// Verifies an assertion by the passkey that the account has stored. The user handle of the
    /// assertion must be that account, so that a key that somebody moved to another account is
    /// refused.
    ///
    /// # Errors
    /// Fails with `passkey_refused` or `not_found`.
    pub fn finish_authentication(
        &self,
        ceremony: Ceremony,
        token: &str,
        assertion: &Assertion,
        (owner, credential): (&str, &str),
        now: Timestamp,
    ) -> Result<PasskeyUse, Problem> {
        let subject = if ceremony == Ceremony::SignIn { "" } else { owner };
        let (state, token) =
            self.verify_token::<DiscoverableAuthentication>(ceremony, subject, token, now)?;
        let webauthn = self.webauthn()?;
        let Assertion(answer) = assertion;
        let (handle, _) = webauthn
            .identify_discoverable_authentication(answer)
            .map_err(|error| refused(&error))?;
        if handle != user_handle(owner)? {
            return Err(Problem::PasskeyRefused);
        }
        let mut passkey: Passkey =
            serde_json::from_str(credential).map_err(|_| Problem::Unavailable)?;
        let result = webauthn
            .finish_discoverable_authentication_v2(answer, state, &passkey)
            .map_err(|error| refused(&error))?;
        passkey.update_credential(&result);
        Ok(PasskeyUse { credential: to_json(&passkey)?, token })
    }

    fn webauthn(&self) -> Result<&Webauthn, Problem> {
        self.webauthn.as_deref().ok_or(Problem::NotFound)
    }

    fn options(
        &self,
        ceremony: Ceremony,
        user_id: &str,
        options: &Value,
        state: &impl Serialize,
        now: Timestamp,
    ) -> Result<PasskeyOptions, Problem> {
        let claims = CeremonyClaims {
            iss: self.origin.clone(),
            aud: self.origin.clone(),
            sub: user_id.to_owned(),
            exp: now.plus(CEREMONY_TTL).0,
            state: serde_json::to_value(state).map_err(|_| Problem::Unavailable)?,
        };
        let token = self.keys.sign_as(ceremony.token_type(), &claims)?;
        Ok(PasskeyOptions { options: options.to_string(), token })
    }

    /// Returns the state in a token of this kind and account.
    fn verify_token<T: DeserializeOwned>(
        &self,
        ceremony: Ceremony,
        user_id: &str,
        token: &str,
        now: Timestamp,
    ) -> Result<(T, UsedToken), Problem> {
        let claims = self.keys.verify_as::<CeremonyClaims>(ceremony.token_type(), token);
        let claims = claims
            .filter(|claims| claims.sub == user_id && now.0 < claims.exp)
            .ok_or(Problem::PasskeyRefused)?;
        let id = Sha256::digest(token.as_bytes()).to_vec();
        let used = UsedToken { id, expires_at: Timestamp(claims.exp) };
        let state = serde_json::from_value(claims.state).map_err(|_| Problem::PasskeyRefused)?;
        Ok((state, used))
    }
}

/// Returns the user handle of an account: the random bytes of its id.
fn user_handle(user_id: &str) -> Result<Uuid, Problem> {
    let bytes = URL_SAFE_NO_PAD.decode(user_id).ok();
    let bytes = bytes.and_then(|bytes| <[u8; 16]>::try_from(bytes).ok());
    bytes.map(Uuid::from_bytes).ok_or(Problem::Unavailable)
}

/// Returns the options for the browser's `navigator.credentials`.
fn public_key(options: &impl Serialize) -> Result<Value, Problem> {
    let mut options = serde_json::to_value(options).map_err(|_| Problem::Unavailable)?;
    Ok(options["publicKey"].take())
}

fn to_json(passkey: &Passkey) -> Result<String, Problem> {
    serde_json::to_string(passkey).map_err(|_| Problem::Unavailable)
}

/// Returns the error for an answer that was not accepted. The reason is for the log alone.
fn refused(error: &WebauthnError) -> Problem {
    tracing::info!(%error, "a passkey was refused");
    Problem::PasskeyRefused
}
