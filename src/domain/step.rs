//! The steps of the sign-in flow.

use serde::{Deserialize, Serialize};

/// A step of the sign-in flow. The variants are in the order of the flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Step {
    /// The person enters the phone number.
    #[default]
    Phone,
    /// The person enters the code from the message.
    Code,
    /// The person enters name and e-mail address. Only a new account has this step.
    Details,
}
