//! The use cases of signing in and out. Each takes the application state, the browser's cookies and
//! the input, and returns an outcome or a [`Problem`]. Server functions and plain HTML forms call
//! them.

mod admit_send;
mod confirm_owner;
mod create_account;
mod deliver_code;
mod former_account;
mod passkey_sign_in;
mod pending_send;
mod recovery_sign_in;
mod rotated_session;
mod send_otp;
mod send_target;
mod session;
mod session_draft;
mod verify_account_code;
mod verify_otp;

pub use confirm_owner::{confirm_owner, is_owner_check_required};
pub use create_account::create_account;
pub(super) use former_account::restorable_account;
pub use passkey_sign_in::{passkey_sign_in_options, sign_in_with_passkey};
pub(super) use recovery_sign_in::count_daily;
pub use recovery_sign_in::{RecoverySignIn, sign_in_with_recovery_code};
pub(super) use rotated_session::RotatedSession;
pub(super) use send_otp::{CodeRequest, parse_served, send_code};
pub use send_otp::{SendOtp, send_otp};
pub use session::{current_challenge, current_user, sign_out, sign_out_everywhere};
pub(super) use session::{end_all_sessions, live_session};
pub(super) use session_draft::SessionDraft;
pub(super) use verify_account_code::{VerifiedCode, verify_account_code};
pub use verify_otp::verify_otp;

use tracing::Instrument;

use crate::domain::problem::Problem;

/// Runs the future in a spawned task, so that it completes even if the client disconnects (axum
/// then drops the handler's future).
pub(super) async fn run_to_completion<T: Send + 'static>(
    work: impl Future<Output = Result<T, Problem>> + Send + 'static,
) -> Result<T, Problem> {
    // The log lines of the task have the id of the request.
    tokio::spawn(work.in_current_span()).await.unwrap_or(Err(Problem::Unavailable))
}
