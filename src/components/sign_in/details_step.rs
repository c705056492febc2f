//! The third step of the flow, for people without an account: name and e-mail address.

use leptos::ev::{FocusEvent, SubmitEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

use super::code_step::ChangeNumber;
use super::flow::SignInFlow;
use crate::api::auth::create_account;
use crate::components::page_context::page_context;
use crate::components::parts::button::SubmitButton;
use crate::components::parts::field::{Field, FieldError};
use crate::components::parts::form::{FormFields, target};
use crate::domain::error_code::ErrorCode;
use crate::domain::response::Outcome;
use crate::domain::step::Step;
use crate::domain::user::Details;

/// Asks for the details and creates the account.
#[component]
pub fn DetailsStep(flow: SignInFlow) -> impl IntoView {
    let (i18n, context) = (flow.i18n, page_context().sign_in.clone());
    let details_in =
        |fields: &FormFields| ["first_name", "last_name", "email"].map(|name| fields.value(name));
    let submit = move |event: SubmitEvent| {
        let [first, last, email] = details_in(&FormFields::take_submitted(&event));
        if flow.validate_or_show_error(Details::parse(&first, &last, &email)) {
            flow.request(
                create_account(first, last, email),
                ErrorCode::recovery_step,
                |flow, outcome| {
                    if let Outcome::SignedIn { user } = outcome {
                        flow.finish(user);
                    }
                },
            );
        }
    };
    // A field is validated when the focus moves to another input. When the focus moves to a button,
    // the field is not validated, because the message would move the button away from the pointer.
    let validate_on_blur = move |event: FocusEvent| {
        let goes_to_input =
            event.related_target().is_some_and(|to| to.has_type::<HtmlInputElement>());
        let Some(input) = target::<HtmlInputElement>(&event)
            .filter(|input| goes_to_input && !input.value().is_empty())
        else {
            return;
        };
        let [first, last, email] = details_in(&FormFields::of(input.form()));
        flow.show_field_errors(Details::parse(&first, &last, &email), &input.name());
    };
    let values = context.values;
    view! {
        <form
            class="step" id="step-details" method="post" action="/sign-in/details"
            hidden=flow.hides(Step::Details) novalidate
            on:submit=submit on:focusout=validate_on_blur
        >
            <p class="step__lead">{i18n.t("details-step-lead")}</p>
            <FieldError id="step-details-error".to_owned() error=flow.form_error(Step::Details) />
            <Field
                name="first_name" label=i18n.t("first-name-label") value=values.first_name
                autocomplete="given-name"
                error=flow.field_error("first_name")
            />
            <Field
                name="last_name" label=i18n.t("last-name-label") value=values.last_name
                autocomplete="family-name"
                error=flow.field_error("last_name")
            />
            <Field
                name="email" label=i18n.t("email-label") value=values.email kind="email"
                autocomplete="email" inputmode="email"
                error=flow.field_error("email")
            />
            <input type="hidden" name="next" value=context.next />
            <SubmitButton label=i18n.t("create-account") pending=flow.pending() />
            <p><ChangeNumber flow /></p>
        </form>
    }
}
