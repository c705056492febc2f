//! The recovery codes of an account, which its owner makes and keeps in a safe place.

use super::require_recent_verification;
use crate::domain::account::RecoveryView;
use crate::domain::limits::counter_key::{CounterKey, CounterKind};
use crate::domain::problem::Problem;
use crate::domain::recovery_code::{RECOVERY_CODE_COUNT, RecoveryCode};
use crate::domain::response::RecoveryCodes;
use crate::server::cookie_jar::CookieJar;
use crate::server::recovery_hasher::SALT_BYTES;
use crate::server::sign_in::{count_daily, run_to_completion};
use crate::server::state::AppState;
use crate::server::store::{AuditEvent, RecoveryCodeSet};

/// The maximum number of sets that an account makes in 24 hours. Our own choice.
const MAX_SETS_PER_DAY: i64 = 10;

/// Returns how many recovery codes an account has; `None` if it has none.
pub(super) async fn recovery_view(
    app: &AppState,
    user_id: &str,
) -> Result<Option<RecoveryView>, Problem> {
    let (now, set) = (app.clock.now(), app.store.find_recovery_codes(user_id).await?);
    Ok(set.map(|set| RecoveryView {
        left: set.hashes.len(),
        made_ago: now.seconds_since(set.created_at),
    }))
}

/// Makes ten recovery codes in place of the former ones. Nobody sees them again.
///
/// # Errors
/// Fails with `not_signed_in`, `verification_required`, `too_often` or `unavailable`.
pub async fn make_recovery_codes(
    app: &AppState,
    jar: &mut CookieJar,
) -> Result<RecoveryCodes, Problem> {
    let (user, now) = (require_recent_verification(app, jar).await?, app.clock.now());
    // The hashes take a second of work.
    let made = CounterKey::new(CounterKind::RecoveryMade, &user.id);
    count_daily(app, &[(made, MAX_SETS_PER_DAY)], now).await?;
    let mut codes = Vec::new();
    for _ in 0..RECOVERY_CODE_COUNT {
        codes.push(RecoveryCode::from_bits(u128::from_be_bytes(app.random.bytes::<16>()?)));
    }
    let shown = codes.iter().map(RecoveryCode::grouped).collect();
    let salt = app.random.bytes::<SALT_BYTES>()?;
    let hashes = app.recovery_hasher.hash(codes, salt).await?;
    let user_id = user.id;
    let set = RecoveryCodeSet { user_id, salt, hashes, created_at: now };
    let (app, subnet) = (app.clone(), jar.client.subnet.clone());
    let sid = jar.session_id().unwrap_or_default();
    run_to_completion(async move {
        let mut tx = app.store.begin().await?;
        if !tx.lock_account_and_session(&set.user_id, &sid).await? {
            return Err(Problem::NotSignedIn);
        }
        tx.replace_recovery_codes(&set).await?;
        let recorded_at = app.clock.now();
        tx.record(AuditEvent::RecoveryCodesMade, &set.user_id, &subnet, recorded_at).await?;
        Ok(tx.commit().await?)
    })
    .await?;
    Ok(RecoveryCodes { codes: shown })
}
