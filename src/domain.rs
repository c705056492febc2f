//! The rules of sign-in, pure and compiled for the server and for the browser.
//!
//! Nothing here reads a clock, a socket, a secret store or a random source: what a rule needs comes
//! in as a parameter, so that a test can stand one second before and one second after every
//! boundary.

pub mod challenge;
pub mod client_network;
pub mod clock_record;
pub mod digits;
pub mod error_code;
pub mod limits;
pub mod messages;
pub mod next;
pub mod otp;
pub mod phone;
pub mod problem;
pub mod proof_of_work;
pub mod response;
pub mod session;
pub mod sms_template;
pub mod step;
pub mod time;
pub mod user;
pub mod validation_error;
pub mod visible;
