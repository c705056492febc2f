//! The report that a server gives the doctor about one of its requests, and the token with which
//! the doctor asks for it. The token is signed with `SECRET_KEY`, so nobody else gets a report.

use serde::{Deserialize, Serialize};

use super::config::Origin;
use super::error::Error;
use super::token::KeyRing;
use crate::domain::time::Timestamp;

/// The path at which the server gives the report.
pub const PATH: &str = "/diagnostics";
/// The `typ` of the tokens.
const TOKEN_TYPE: &str = "diagnostics+jwt";
/// The lifetime of a token in seconds. It allows for two clocks that differ a little.
const TOKEN_TTL: i64 = 300;

/// The report about one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestReport {
    /// The address of the connection: a proxy's, or the client's.
    pub peer: String,
    /// The addresses in `X-Forwarded-For`, from left to right.
    pub forwarded_for: Vec<String>,
    /// The client address that the limits count: of an IPv6 address its /64.
    pub client: String,
    /// `true` if the request had a cookie of Ringkey.
    pub has_cookie: bool,
    /// The time by the server's clock, in Unix seconds.
    pub now: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    exp: i64,
}

/// Signs a token with which the doctor asks for a report.
///
/// # Errors
/// Fails if the crypto library refuses to sign.
pub fn sign_token(keys: &KeyRing, origin: &Origin, now: Timestamp) -> Result<String, Error> {
    let origin = origin.as_str().to_owned();
    let (sub, exp) = ("doctor".to_owned(), now.plus(TOKEN_TTL).0);
    keys.sign_as(TOKEN_TYPE, &Claims { iss: origin.clone(), aud: origin, sub, exp })
}

/// Returns `true` for a token that was signed with a key of this server and has not expired.
#[must_use]
pub fn is_valid_token(keys: &KeyRing, token: &str, now: Timestamp) -> bool {
    keys.verify_as::<Claims>(TOKEN_TYPE, token)
        .is_some_and(|claims| (now.0..=now.plus(2 * TOKEN_TTL).0).contains(&claims.exp))
}
