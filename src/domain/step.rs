//! The steps of the sign-in flow.

use serde::{Deserialize, Serialize};

/// The steps of the sign-in flow, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Step {
    /// Enter the number.
    #[default]
    Phone,
    /// Enter the code.
    Code,
    /// Enter name and e-mail.
    Details,
}
