//! The use cases of signing in. Each takes the state, the browser and what was typed, and gives an answer or a [`Problem`];
//! server functions and plain forms end here alike.

mod account;
mod admit;
mod guess;
mod send;
mod session;

pub use account::create_account;
pub use guess::verify_otp;
pub use send::{SendOtp, send_otp};
pub(super) use session::end_all_sessions;
pub use session::{current_challenge, current_user, sign_out, sign_out_everywhere};

use crate::domain::problem::Problem;

/// Runs to its end what must not stop half-way because a browser hangs up: a request is dropped with its connection, a task not.
async fn to_the_end<T: Send + 'static>(work: impl Future<Output = Result<T, Problem>> + Send + 'static) -> Result<T, Problem> {
    tokio::spawn(work).await.unwrap_or(Err(Problem::Unavailable))
}
