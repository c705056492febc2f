//! The use case of a sign-in with a recovery code, for people who receive no SMS at their number.

use subtle::ConstantTimeEq;

use super::session::{SessionDraft, current_user};
use super::{known_account, parse_served};
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
    /// The number of the account, international or national.
    pub phone: String,
    /// The country of a national number (ISO 3166-1 alpha-2).
    pub country: Option<String>,
    /// The recovery code.
    pub code: String,
}

/// Opens a session with a recovery code, which is used up by it. A wrong code is answered like a
/// number without an account, and takes as long. The attempt is counted and committed before it is
/// compared, and refunded if the code is right.
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
    // A stranger who uses up the attempts of a number does not lock out its owner's own devices.
    let account = known_account(app, jar, &number, now).await?;
    let owner = account.unwrap_or_else(|| app.data_key.pseudonym(&number));
    let counters = [
        CounterKey::new(CounterKind::RecoveryNumber, &owner),
        CounterKey::new(CounterKind::RecoveryAddress, &jar.client.address),
    ];
    count_attempt(app, &counters, now).await?;
    let set = app.store.find_recovery_codes_by_phone(&number).await?;
    let Some((set, hash)) = find_hash(app, set, code).await? else {
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
    let session = draft.sign(&user.id, keeps_device)?;
    let refunds = counters.map(|counter| CounterDelta::new(counter, now, -1));
    tx.add_to_counters(&refunds, 0).await?;
    tx.commit().await?;
    session.set_cookies(app, jar);
    Ok(Outcome::SignedIn { user })
}

/// Counts an attempt for the number and for the client address.
async fn count_attempt(
    app: &AppState,
    counters: &[CounterKey; 2],
    now: Timestamp,
) -> Result<(), Problem> {
    let per_number = app.config.limits.recovery_attempts_per_day;
    let limits = [per_number, per_number * app.config.limits.subnet_factor];
    let mut tx = app.store.begin().await?;
    tx.lock_counters(counters, Stripes::NONE, now).await?;
    let windows = tx.read_counters(counters, now).await?;
    for (counter, limit) in counters.iter().zip(limits) {
        if windows.total(counter, DAY, now) >= limit {
            let wait = windows.wait_time(counter, DAY, limit, 1, now);
            return Err(Problem::TooOften { retry_after: wait.unwrap_or(DAY) });
        }
    }
    let deltas = counters.clone().map(|counter| CounterDelta::new(counter, now, 1));
    tx.add_to_counters(&deltas, 0).await?;
    Ok(tx.commit().await?)
}

/// Returns the hash of the code and its set, if the set has it. Without a set the code is hashed
/// all the same, so that the time tells nothing.
async fn find_hash(
    app: &AppState,
    set: Option<RecoveryCodeSet>,
    code: RecoveryCode,
) -> Result<Option<(RecoveryCodeSet, [u8; HASH_BYTES])>, Problem> {
    let salt = set.as_ref().map_or([0; SALT_BYTES], |set| set.salt);
    let hashes = app.recovery_hasher.hash(vec![code], salt).await?;
    let Some((set, hash)) = set.zip(hashes.first().copied()) else { return Ok(None) };
    // Every hash is compared, and each in constant time.
    let matches = set.hashes.iter().filter(|stored| bool::from(stored.ct_eq(&hash))).count();
    Ok((matches > 0).then_some((set, hash)))
}
