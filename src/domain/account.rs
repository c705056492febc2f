//! The account as its owner sees it on the account page.

/// The number of attempts at the e-mail address of a dormant account in [`EMAIL_ATTEMPT_WINDOW`].
/// Our own choice: an address is no secret, so few attempts are allowed.
pub const EMAIL_ATTEMPTS: usize = 3;
/// The window of those attempts, in seconds: 30 days.
pub const EMAIL_ATTEMPT_WINDOW: i64 = 30 * 86_400;
/// The time in which an account that was set aside can be restored, in seconds: 30 days.
pub const RESTORE_WINDOW: i64 = 30 * 86_400;

/// The lists of the account page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountView {
    /// The live sessions, this browser's first.
    pub devices: Vec<DeviceView>,
    /// The passkeys, the oldest first.
    pub passkeys: Vec<PasskeyView>,
    /// The unused recovery codes; `None` if there are none.
    pub recovery: Option<RecoveryView>,
    /// `true` if this browser knows an earlier account of the number, which can be restored.
    pub can_restore: bool,
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

/// A passkey of the account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PasskeyView {
    /// The id of the credential, in base64url.
    pub id: String,
    /// The name that the owner has given it, or that of the browser in which it was added.
    pub name: String,
    /// The seconds since it was added.
    pub added_ago: i64,
    /// The seconds since its last use; `None` before the first one.
    pub used_ago: Option<i64>,
}

/// The unused recovery codes of the account, without the codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecoveryView {
    /// The number of unused codes.
    pub left: usize,
    /// The seconds since they were made.
    pub made_ago: i64,
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
