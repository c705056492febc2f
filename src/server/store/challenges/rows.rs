//! Reads the rows of the table `challenges`.

use super::UnusedAttempts;
use crate::domain::challenge::{Challenge, ChallengeScope};
use crate::domain::client_network::ClientNetwork;
use crate::domain::delivery::Delivery;
use crate::domain::otp::Purpose;
use crate::domain::phone::PhoneNumber;
use crate::domain::time::Timestamp;
use crate::server::error::Error;
use crate::server::store::Row;

pub(super) fn read_unused_attempts(row: &Row<'_>) -> Result<UnusedAttempts, Error> {
    let (attempts, max_attempts): (i64, i64) = (row.get("attempts")?, row.get("max_attempts")?);
    Ok(UnusedAttempts {
        count: (max_attempts - attempts).max(0),
        code_length: read_code_length(row)?,
        created_at: Timestamp(row.get("created_at")?),
    })
}

fn read_code_length(row: &Row<'_>) -> Result<u8, Error> {
    let length: i64 = row.get("code_length")?;
    u8::try_from(length)
        .map_err(|_| Error::Inconsistent { table: "challenges", what: "code_length" })
}

pub(super) fn read_challenge(row: &Row<'_>) -> Result<Challenge, Error> {
    let time = |column| row.get(column).map(Timestamp);
    let optional_time = |column| row.get::<Option<i64>>(column).map(|at| at.map(Timestamp));
    let (phone, purpose): (String, String) = (row.get("phone")?, row.get("purpose")?);
    let inconsistent = |what| Error::Inconsistent { table: "challenges", what };
    Ok(Challenge {
        phone: PhoneNumber::from_e164(&phone).ok_or(inconsistent("phone"))?,
        scope: ChallengeScope {
            purpose: Purpose::parse(&purpose).ok_or(inconsistent("purpose"))?,
            user_id: row.get("user_id")?,
        },
        nonce: row.get("nonce")?,
        key_id: row.get("key_id")?,
        code_length: read_code_length(row)?,
        reference: row.get("reference")?,
        next: row.get("next")?,
        attempts: row.get("attempts")?,
        max_attempts: row.get("max_attempts")?,
        cooldown_step: row.get("cooldown_step")?,
        sms_count: row.get("sms_count")?,
        attempt_budget: row.get("attempt_budget")?,
        country: row.get("country")?,
        provider: row.get("provider")?,
        delivery: Delivery::from_number(row.get("delivery")?).ok_or(inconsistent("delivery"))?,
        client: ClientNetwork {
            address: row.get("client_address")?,
            subnet: row.get("client_subnet")?,
        },
        created_at: time("created_at")?,
        sent_at: optional_time("sent_at")?,
        resend_at: time("resend_at")?,
        expires_at: time("expires_at")?,
        verified_at: optional_time("verified_at")?,
        verification_expires_at: optional_time("verification_expires_at")?,
        consumed_at: optional_time("consumed_at")?,
        replaced_at: optional_time("replaced_at")?,
    })
}
