//! The third step, for people who are new: name and e-mail.

use leptos::prelude::*;

use super::code::ChangeNumber;
use super::{error, form_error};
use crate::domain::challenge::Step;
use crate::live::markup::{Call, id_of};
use crate::ui::parts::button::SubmitButton;
use crate::ui::parts::field::{Field, FieldError};
use crate::ui::say::Say;
use crate::ui::visit::Journey;

/// Asks for the details.
#[component]
pub fn DetailsStep(journey: Journey, say: Say) -> impl IntoView {
    const STEP: Step = Step::Details;
    let form_error = form_error(&journey, STEP);
    let [first_error, last_error, email_error] = ["first_name", "last_name", "email"].map(|name| error(&journey, name));
    let Journey { step, next, typed, .. } = journey;
    view! {
        <form class="step" id=id_of(STEP) method="post" action="/sign-in/details" data-call=Call::Create.name() hidden=step != STEP novalidate>
            <p class="step__lead">{say.of("details-step-lead")}</p>
            <FieldError id=format!("{}-error", id_of(STEP)) error=form_error />
            <Field name="first_name" label=say.of("first-name-label") value=typed.first_name autocomplete="given-name" error=first_error />
            <Field name="last_name" label=say.of("last-name-label") value=typed.last_name autocomplete="family-name" error=last_error />
            <Field name="email" label=say.of("email-label") value=typed.email kind="email" autocomplete="email" inputmode="email" error=email_error />
            {next.map(|next| view! { <input type="hidden" name="next" value=next /> })}
            <SubmitButton label=say.of("create-account") />
            <p><ChangeNumber say /></p>
        </form>
    }
}
