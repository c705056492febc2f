//! The site over real HTTP with a controlled clock and a fake AuthKey. Every rule runs on SQLite
//! and on PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]
#![expect(
    unreachable_pub,
    reason = "a test binary exports nothing; `pub` says what the modules of tests may use"
)]

#[macro_use]
mod support;

mod account;
mod activation;
mod addresses;
mod attacks;
mod attempts;
mod authkey;
mod backup;
mod brand;
mod change_number;
mod circles;
mod codes;
mod config;
mod connections;
mod cookies;
mod cost;
mod crash;
mod deletion;
mod docs;
mod doctor;
mod dormant;
mod faults;
mod flood;
mod forms;
mod fuzzed;
mod hang_ups;
mod heads;
mod journey;
mod languages;
mod layers;
mod leaks;
mod limits;
mod metrics;
mod migrations;
mod model;
mod notices;
mod passkeys;
mod phones;
mod providers;
mod races;
mod read_back;
mod receipts;
mod recovery_codes;
mod release;
mod routes;
mod scale;
mod sessions;
mod shared;
mod silence;
mod transfer;
mod vocabulary;
mod wire;
