//! The steps of the journey: number, code, details. All three are on the page from the start and one is shown, so that
//! nothing typed is lost, whatever happens in between. This is their markup; `islands/journey.rs` is what they do once alive.

mod code;
mod details;
mod phone;

use std::sync::Arc;

use leptos::prelude::*;

use super::say::Say;
use super::visit::Journey;
use crate::domain::challenge::Step;
use crate::domain::phone::Country;

use code::CodeStep;
pub use code::class as code_class;
use details::DetailsStep;
use phone::PhoneStep;

/// The calls that forms of the steps stand for, by their `data-call`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// Sends a code to the number.
    Send,
    /// Sends the code again.
    Resend,
    /// Checks the code.
    Verify,
    /// Creates the account.
    Create,
}

impl Call {
    /// As the attribute has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Resend => "resend",
            Self::Verify => "verify",
            Self::Create => "create",
        }
    }

    /// The call of this name.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        [Self::Send, Self::Resend, Self::Verify, Self::Create].into_iter().find(|call| call.name() == name)
    }
}

/// The fields of a step; each one's name is its input's id, and begins that of its error.
#[must_use]
pub fn fields_of(step: Step) -> &'static [&'static str] {
    match step {
        Step::Phone => &["country", "phone"],
        Step::Code => &["code"],
        Step::Details => &["first_name", "last_name", "email"],
    }
}

/// The id of a step's element; it begins that of the error above its form.
#[must_use]
pub fn id_of(step: Step) -> &'static str {
    match step {
        Step::Phone => "step-phone",
        Step::Code => "step-code",
        Step::Details => "step-details",
    }
}

/// The words for one field of the step that was refused.
fn error(journey: &Journey, field: &str) -> Option<String> {
    journey.refusal.as_ref()?.words_for(field)
}

/// The words for the form of a step.
fn form_error(journey: &Journey, step: Step) -> Option<String> {
    journey.refusal.as_ref().filter(|_| journey.step == step)?.words_for_form(fields_of(step))
}

/// The three steps.
#[component]
pub fn Steps(
    /// Where the journey stands.
    journey: Journey,
    /// The countries that can be chosen.
    countries: Arc<[Country]>,
    /// The one that is chosen at first.
    country: String,
) -> impl IntoView {
    let say = Say::here();
    view! {
        <div class="steps">
            <PhoneStep journey=journey.clone() countries country say />
            <CodeStep journey=journey.clone() say />
            <p class="step__note" role="status" id="solving"></p>
            <DetailsStep journey say />
        </div>
    }
}
