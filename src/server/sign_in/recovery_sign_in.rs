//! The use case of a sign-in with a recovery code, for people who receive no SMS at their number.

use subtle::ConstantTimeEq;

use super::parse_served;
use super::session::current_user;
use super::session_draft::SessionDraft;
use crate::domain::limits::DAY;
use crate::domain::limits::counter_key::{CounterKey, CounterKind};
use crate::domain::limits::counter_windows::CounterDelta;
use crate::domain::limits::stripes::Stripes;
use crate::domain::problem::Problem;
use crate::domain::recovery_code::RecoveryCode;
use crate::domain::response::Outcome;
use crate::domain::time::Timestamp;
use crate::domain::validation_error::ValidationError;
use crate::server::cookie_jar::CookieJar;
use crate::server::recovery_hasher::{HASH_BYTES, SALT_BYTES};
use crate::server::state::AppState;
use crate::server::store::{AuditEvent, RecoveryCodeSet};

/// The input of [`sign_in_with_recovery_code`].
#[derive(Debug, Default)]
pub struct RecoverySignIn {
    /// The number of the account, or the one that it had before it was set aside, international or
    /// national.
    pub phone: String,
    /// The country of a national number (ISO 3166-1 alpha-2).
    pub country: Option<String>,
    /// The recovery code.
    pub code: String,
}

/// Opens a session with a recovery code, which is used up by it. A wrong code is answered like a
/// number without an account. It takes as long, unless two accounts have codes for this number. The
/// attempt is counted and committed before it is compared, and refunded if the code is right.
///
/// # Errors
/// Fails with `already_signed_in`, `invalid`, `country_not_served`, `recovery_code_incorrect`,
/// `too_often` or `unavailable`.
pub async fn sign_in_with_recovery_code(
    app: &AppState,
    jar: &mut CookieJar,
    typed: RecoverySignIn,
) -> Result<Outcome, Problem> {
    if current_user(app, jar).await?.is_some() {
        return Err(Problem::AlreadySignedIn);
    }
    let number = parse_served(app, &typed.phone, typed.country.as_deref());
    let invalid = || Problem::invalid("code", ValidationError::RecoveryCodeInvalid);
    let code = RecoveryCode::parse(&typed.code).ok_or_else(invalid);
    let (number, code) = match (number, code) {
        (Ok(number), Ok(code)) => (number.number, code),
        (Err(Problem::Invalid(mut fields)), Err(Problem::Invalid(others))) => {
            fields.extend(others);
            return Err(Problem::Invalid(fields));
        }
        (Err(problem), _) | (_, Err(problem)) => return Err(problem),
    };
    let now = app.clock.now();
    // The attempts of a number are counted for each subnet, so that a stranger who uses them up
    // does not lock out its owner.
    let pseudonym = app.data_key.pseudonym(&number);
    let of_number = format!("{pseudonym}/{}", jar.client.subnet);
    let limit = app.config.limits.recovery_attempts_per_day;
    let counters = [
        (CounterKey::new(CounterKind::RecoveryNumber, &of_number), limit),
        (
            CounterKey::new(CounterKind::RecoveryAddress, &jar.client.address),
            limit * app.config.limits.subnet_factor,
        ),
    ];
    count_daily(app, &counters, now).await?;
    let sets = app.store.find_recovery_codes_by_phone(&number).await?;
    let Some((set, hash)) = find_hash(app, sets, code).await? else {
        return Err(Problem::RecoveryCodeIncorrect);
    };
    let draft = SessionDraft::generate(app, jar, now)?;
    let mut tx = app.store.begin().await?;
    let found = tx.find_user(&set.user_id, now).await?;
    let (user, state) = found.ok_or(Problem::RecoveryCodeIncorrect)?;
    let event = AuditEvent::RecoveryCodeUsed;
    let keeps_device = tx.open_session(&user.id, state, &draft.rows(), event, now).await?;
    // Sessions are locked before codes, as when codes are made.
    if !tx.use_recovery_code(&user.id, &hash).await? {
        return Err(Problem::RecoveryCodeIncorrect);
    }
    let refunds = counters.map(|(counter, _)| CounterDelta::new(counter, now, -1));
    tx.add_to_counters(&refunds, 0).await?;
    let session = draft.commit(tx, &user.id, keeps_device).await?;
    session.set_cookies(app, jar);
    Ok(Outcome::SignedIn { user })
}

/// Adds one to counters that each have a limit for 24 hours.
///
/// # Errors
/// Fails with `too_often` if a limit is reached, or with `unavailable`.
pub(in crate::server) async fn count_daily(
    app: &AppState,
    counters: &[(CounterKey, i64)],
    now: Timestamp,
) -> Result<(), Problem> {
    let keys: Vec<CounterKey> = counters.iter().map(|(key, _)| key.clone()).collect();
    let mut tx = app.store.begin().await?;
    tx.lock_counters(&keys, Stripes::NONE, now).await?;
    let windows = tx.read_counters(&keys, now).await?;
    for (key, limit) in counters {
        if windows.total(key, DAY, now) >= *limit {
            let wait = windows.wait_time(key, DAY, *limit, 1, now);
            return Err(Problem::TooOften { retry_after: wait.unwrap_or(DAY) });
        }
    }
    let deltas: Vec<_> = keys.into_iter().map(|key| CounterDelta::new(key, now, 1)).collect();
    tx.add_to_counters(&deltas, 0).await?;
    Ok(tx.commit().await?)
}

/// Returns the hash of the code and the set that has it. Without a set the code is hashed all the
/// same, so that the time does not tell whether the number has an account.
async fn find_hash(
    app: &AppState,
    sets: Vec<RecoveryCodeSet>,
    code: RecoveryCode,
) -> Result<Option<(RecoveryCodeSet, [u8; HASH_BYTES])>, Problem> {
    if sets.is_empty() {
        app.recovery_hasher.hash(vec![code], [0; SALT_BYTES]).await?;
        return Ok(None);
    }
    let mut found = None;
    for set in sets {
        let hashes = app.recovery_hasher.hash(vec![code.clone()], set.salt).await?;
        let Some(hash) = hashes.first().copied() else { continue };
        // Every hash is compared, and each in constant time.
        let matches = set.hashes.iter().filter(|stored| bool::from(stored.ct_eq(&hash))).count();
        if matches > 0 {
            found = Some((set, hash));
        }
    }
    Ok(found)
}
