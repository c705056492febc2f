//! The first step: the number.

use std::sync::Arc;

use leptos::prelude::*;

use super::{error, form_error};
use crate::domain::challenge::Step;
use crate::live::markup::{Call, id_of};
use crate::ui::parts::button::SubmitButton;
use crate::ui::parts::country_field::CountryField;
use crate::ui::parts::field::{Field, FieldError};
use crate::ui::say::Say;
use crate::ui::visit::Journey;

/// Asks for the number.
#[component]
pub fn PhoneStep(journey: Journey, countries: Arc<str>, country: String, say: Say) -> impl IntoView {
    const STEP: Step = Step::Phone;
    let (form_error, country_error, phone_error) =
        (form_error(&journey, STEP), error(&journey, "country"), error(&journey, "phone"));
    let Journey { step, purpose, next, typed, terms, privacy, .. } = journey;
    view! {
        <form class="step" id=id_of(STEP) method="post" action=purpose.path() data-call=Call::Send.name() hidden=step != STEP novalidate>
            <p class="step__lead">{say.of("phone-step-lead")}</p>
            <FieldError id=format!("{}-error", id_of(STEP)) error=form_error />
            <CountryField label=say.of("country-label") countries selected=country />
            <FieldError id="country-error".to_owned() error=country_error />
            <Field name="phone" label=say.of("phone-label") value=typed.phone kind="tel" autocomplete="tel" inputmode="tel" hint="" error=phone_error />
            {next.map(|next| view! { <input type="hidden" name="next" value=next /> })}
            {(!typed.wait.is_empty()).then(|| view! { <input type="hidden" name="proof" value=typed.wait /> })}
            <SubmitButton label=say.of("send-code") />
            <p class="step__note">{say.of("phone-step-note")}</p>
            <Legal say terms privacy />
        </form>
    }
}

/// What people accept by going on, where the deployment has anything of the kind.
#[component]
fn Legal(say: Say, terms: Option<String>, privacy: Option<String>) -> impl IntoView {
    let links: Vec<_> = [(terms, say.of("terms")), (privacy, say.of("privacy"))]
        .into_iter()
        .filter_map(|(href, name)| Some(view! { <a href=href? target="_blank">{name}</a> }))
        .zip([" ", " · "])
        .map(|(link, between)| (between, link))
        .collect();
    (!links.is_empty()).then(|| view! { <p class="step__note">{say.of("legal-note")}{links}</p> })
}
