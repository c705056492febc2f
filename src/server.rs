//! The server's modules: settings, keys, storage, SMS and the use cases.

pub mod accept_language;
pub mod account;
pub mod audit;
pub mod background_jobs;
pub mod client_ip;
pub mod clock;
pub mod config;
pub mod connections;
pub mod cookie;
pub mod cookie_jar;
pub mod countries;
pub mod data_key;
pub mod error;
pub mod locale;
pub mod log;
pub mod open_files;
pub mod passkeys;
pub mod phone;
mod private_files;
pub mod puzzle;
pub mod random;
pub mod rate_limiter;
pub mod recovery_hasher;
pub mod refusal_cache;
pub mod refusal_counts;
pub mod request;
pub mod revoke;
pub mod sign_in;
pub mod sms;
pub mod state;
pub mod store;
pub mod time;
pub mod token;
pub mod user_agent;
pub mod user_commands;

pub use state::AppState;
