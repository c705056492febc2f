//! The delivery of an SMS, as its provider reports it in a receipt.

/// The state of delivery. It only moves forward: a receipt changes [`Delivery::Pending`] and no
/// other state, whatever comes late, twice or in another order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Delivery {
    /// No receipt has come yet, or none ever comes.
    #[default]
    Pending,
    /// The SMS is on the phone.
    Delivered,
    /// The carrier refused the SMS, or gave up.
    Failed,
}

impl Delivery {
    /// Returns the number that stands for the state in the database.
    #[must_use]
    pub fn to_number(self) -> i64 {
        match self {
            Self::Pending => 0,
            Self::Delivered => 1,
            Self::Failed => 2,
        }
    }

    /// Returns the state for a number in the database; `None` for an unknown one.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        [Self::Pending, Self::Delivered, Self::Failed]
            .into_iter()
            .find(|state| state.to_number() == number)
    }

    /// Returns the name of the state in the API and in the metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}
