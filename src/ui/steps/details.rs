//! The third step, for people who are new: name and e-mail.

use leptos::ev::{FocusEvent, SubmitEvent};
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use web_sys::{EventTarget, HtmlInputElement};

use super::Progress;
use super::code::ChangeNumber;
use crate::api::call::create_account;
use crate::domain::answer::Outcome;
use crate::domain::challenge::Step;
use crate::domain::user::Details;
use crate::ui::parts::button::SubmitButton;
use crate::ui::parts::field::{Field, FieldError};
use crate::ui::parts::form::Fields;

/// Asks for the details and creates the account.
#[component]
pub fn DetailsStep(
    progress: Progress,
    next: Option<String>,
    first_name: String,
    last_name: String,
    email: String,
) -> impl IntoView {
    let say = progress.say;
    // Whoever goes on to another field is told at once what is wrong with the one before. Not on the way to a button: the words
    // would move it from under the pointer.
    let leave = move |event: FocusEvent| {
        let input = |target: Option<EventTarget>| target.and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        let Some(field) = input(event.target()).filter(|field| !field.value().is_empty()) else { return };
        if input(event.related_target()).is_none() {
            return;
        }
        let fields = Fields::of(field.form());
        let [first, last, email] = ["first_name", "last_name", "email"].map(|name| fields.text(name));
        progress.mark(Details::parse(&first, &last, &email), &field.name());
    };
    let submit = move |event: SubmitEvent| {
        let fields = Fields::take(&event);
        let [first, last, email] = ["first_name", "last_name", "email"].map(|name| fields.text(name));
        if progress.check(Details::parse(&first, &last, &email)).is_none() {
            return;
        }
        progress.send(create_account(first, last, email), move |outcome| {
            if let Outcome::SignedIn { user } = outcome {
                progress.done.run(user);
            }
        });
    };
    view! {
        <form class="step" method="post" action="/sign-in/details" on:submit=submit on:focusout=leave hidden=progress.hides(Step::Details) novalidate>
            <p class="step__lead">{say.of("details-step-lead")}</p>
            <FieldError id="details-step-error".to_owned() error=progress.form_error(Step::Details) />
            <Field name="first_name" label=say.of("first-name-label") value=first_name autocomplete="given-name" error=progress.error("first_name") />
            <Field name="last_name" label=say.of("last-name-label") value=last_name autocomplete="family-name" error=progress.error("last_name") />
            <Field name="email" label=say.of("email-label") value=email kind="email" autocomplete="email" inputmode="email" error=progress.error("email") />
            {next.map(|next| view! { <input type="hidden" name="next" value=next /> })}
            <SubmitButton label=say.of("create-account") busy=progress.busy />
            <p><ChangeNumber progress /></p>
        </form>
    }
}
