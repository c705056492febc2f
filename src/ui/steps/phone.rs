//! The first step: the number.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::Progress;
use crate::api::auth::Field as Sent;
use crate::domain::challenge::Step;
use crate::domain::phone::clean;
use crate::ui::parts::button::SubmitButton;
use crate::ui::parts::field::{Field, FieldError};
use crate::ui::parts::form::Fields;
use crate::ui::visit::Purpose;

/// Asks for the number and sends the code.
#[component]
pub fn PhoneStep(
    progress: Progress,
    #[prop(into)] purpose: Signal<Purpose>,
    next: Option<String>,
    typed: String,
    wait: String,
    country: impl IntoView + 'static,
) -> impl IntoView {
    let carried = next.clone();
    let submit = move |event: SubmitEvent| {
        let fields = Fields::take(&event);
        let phone = fields.text("phone");
        if progress.check(clean(&phone)).is_none() {
            return;
        }
        progress.send_code(phone.into(), fields.text("country").into(), Sent(carried.clone()), move |sent| {
            progress.sent.set(Some(sent));
            progress.go(Step::Code);
        });
    };
    view! {
        <form class="step" method="post" action=move || purpose.get().path() on:submit=submit hidden=progress.hides(Step::Phone) novalidate>
            <p class="step__lead">"We text you a code. There is no password."</p>
            <FieldError id="phone-step-error".to_owned() error=progress.form_error(Step::Phone) />
            {country}
            <FieldError id="country-error".to_owned() error=progress.error("country") />
            <Field name="phone" label="Phone number" value=typed kind="tel" autocomplete="tel" inputmode="tel" error=progress.error("phone") />
            {next.map(|next| view! { <input type="hidden" name="next" value=next /> })}
            {(!wait.is_empty()).then(|| view! { <input type="hidden" name="proof" value=wait /> })}
            <SubmitButton label="Send code" busy=progress.busy />
            <p class="step__note">"A text may cost what your plan charges for receiving one."</p>
        </form>
    }
}
