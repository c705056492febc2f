//! The steps of the journey: number, code, details. All three are on the page from the start and one is shown, so that
//! nothing typed is lost, whatever happens in between. This is their markup; `live/journey.rs` is what they do once alive.

mod code;
mod details;
mod phone;

use std::sync::Arc;

use leptos::prelude::*;

use super::say::Say;
use super::visit::Journey;
use crate::domain::challenge::Step;
use crate::domain::words::Words;
use crate::live::markup::{SAID_ANEW, Start, fields_of};

use code::CodeStep;
use details::DetailsStep;
use phone::PhoneStep;

/// The words for one field of the step that was refused.
fn error(journey: &Journey, field: &str) -> Option<String> {
    journey.refusal.as_ref()?.words_for(field)
}

/// The words for the form of a step.
fn form_error(journey: &Journey, step: Step) -> Option<String> {
    journey.refusal.as_ref().filter(|_| journey.step == step)?.words_for_form(fields_of(step))
}

/// What the steps begin with once they are alive.
fn start(journey: &Journey, words: &Words) -> String {
    let Journey { step, sent, refusal, next, .. } = journey.clone();
    // Nothing in it can fail to be written; without it the steps stay plain forms.
    serde_json::to_string(&Start { step, sent, refusal, next, words: words.only(SAID_ANEW) }).unwrap_or_default()
}

/// The three steps.
#[component]
pub fn Steps(
    /// Where the journey stands.
    journey: Journey,
    /// What is said.
    words: Words,
    /// The countries that can be chosen.
    countries: Arc<str>,
    /// The one that is chosen at first.
    country: String,
) -> impl IntoView {
    let (say, start) = (Say::here(), start(&journey, &words));
    view! {
        <div class="steps" data-start=start>
            <PhoneStep journey=journey.clone() countries country say />
            <CodeStep journey=journey.clone() say />
            <p class="step__note" role="status" id="solving"></p>
            <DetailsStep journey say />
        </div>
    }
}
