//! The use cases of signing in. Each takes the state, the browser and what was typed, and gives an answer or a
//! [`Problem`](crate::domain::problem::Problem); server functions and plain forms end here alike.

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
