//! The account as its owner sees it on the account page.

/// The lists of the account page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountView {
    /// The live sessions, this browser's first.
    pub devices: Vec<DeviceView>,
    /// The newest events, the newest first.
    pub history: Vec<HistoryEntry>,
}

/// A session of the account. People know it as the device on which they signed in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeviceView {
    /// The id of the session's row, in base64url.
    pub id: String,
    /// The name of the browser; empty if it is not known.
    pub browser: String,
    /// The name of the operating system; empty if it is not known.
    pub platform: String,
    /// The subnet from which the session was opened; empty if it is not known.
    pub subnet: String,
    /// The seconds since the sign-in.
    pub opened_ago: i64,
    /// The seconds since the last visit, which is stored at most once an hour.
    pub seen_ago: i64,
    /// `true` for the session of the browser that asks.
    pub is_current: bool,
}

/// An event of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// The name of the event in the audit log.
    pub event: String,
    /// The subnet of the client; empty if it is not known, or not kept any more.
    pub subnet: String,
    /// The seconds since the event.
    pub ago: i64,
}

impl HistoryEntry {
    /// Returns the id of the message that tells the event.
    #[must_use]
    pub fn message_id(&self) -> String {
        format!("history-{}", self.event.replace('_', "-"))
    }
}
