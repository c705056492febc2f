//! The rules of sign-in, as pure functions. They are compiled for the server and for the browser.
//!
//! No rule reads a clock, a socket, a key store or a random source. A rule gets its inputs as
//! parameters, so that a test can check one second before and one second after every boundary.

pub mod account;
pub mod challenge;
pub mod client_network;
pub mod clock_record;
pub mod delivery;
pub mod digits;
pub mod duration;
pub mod error_code;
pub mod limits;
pub mod messages;
pub mod next;
pub mod otp;
pub mod passkey;
pub mod phone;
pub mod problem;
pub mod proof_of_work;
pub mod recovery_code;
pub mod response;
pub mod session;
pub mod sms_template;
pub mod step;
pub mod time;
pub mod user;
pub mod validation_error;
pub mod visible;
