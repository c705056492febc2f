//! authkey
