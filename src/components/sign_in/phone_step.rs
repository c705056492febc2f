//! The first step of the flow: the person types the phone number.

use leptos::ev::{Event, SubmitEvent};
use leptos::prelude::*;

use super::as_you_type::{format_as_typed, hint_text};
use super::flow::SignInFlow;
use super::send_otp_request::SendOtpRequest;
use crate::components::i18n::I18n;
use crate::components::page_context::page_context;
use crate::components::parts::button::SubmitButton;
use crate::components::parts::field::{Field, FieldError};
use crate::components::parts::form::FormFields;
use crate::domain::error_code::ErrorCode;
use crate::domain::phone::normalize;
use crate::domain::step::Step;

/// Asks for the phone number and requests a code.
#[component]
pub fn PhoneStep<C: IntoView + 'static>(flow: SignInFlow, country: C) -> impl IntoView {
    let (i18n, context) = (flow.i18n, page_context().sign_in.clone());
    let next = context.next.clone();
    let submit = move |event: SubmitEvent| {
        let fields = FormFields::take_submitted(&event);
        let phone = fields.value("phone");
        if flow.validate_or_show_error(normalize(&phone)) {
            let request = SendOtpRequest::new(
                phone,
                fields.value("country"),
                fields.value("cookies"),
                next.clone(),
            );
            flow.send_otp(request, ErrorCode::recovery_step, |flow| flow.go_to(Step::Code));
        }
    };
    let update_hint = move |event: &Event| flow.set_hint(format_as_typed(event));
    view! {
        <form
            class="step" id="step-phone" method="post" action=context.mode.path()
            hidden=flow.hides(Step::Phone) novalidate
            on:submit=submit on:input=move |event| update_hint(&event)
            on:change=move |event| update_hint(&event)
        >
            <p class="step__lead">{i18n.t("phone-step-lead")}</p>
            <FieldError id="step-phone-error".to_owned() error=flow.form_error(Step::Phone) />
            {country}
            <FieldError id="country-error".to_owned() error=flow.field_error("country") />
            <Field
                name="phone" label=i18n.t("phone-label") value=context.values.phone kind="tel"
                autocomplete="tel webauthn" inputmode="tel"
                hint=flow.derive_text(|flow, i18n| hint_text(&flow.hint, i18n))
                error=flow.field_error("phone")
            />
            <input type="hidden" name="next" value=context.next />
            <input type="hidden" name="proof" value=context.values.wait />
            // The server has set a cookie unless the browser had sent one. A browser without
            // cookies could not verify a code, so the server refuses to send a code to it.
            <input type="hidden" name="cookies" value="required" />
            <SubmitButton label=i18n.t("send-code") pending=flow.pending() />
            <p class="step__note">{i18n.t("phone-step-note")}</p>
            <Legal i18n terms=context.terms privacy=context.privacy />
        </form>
    }
}

/// The links to the terms and the privacy notice, if the deployment has them.
#[component]
fn Legal(i18n: I18n, terms: Option<String>, privacy: Option<String>) -> impl IntoView {
    let link = |address: Option<String>, name| {
        address.map(|address| view! { " "<a href=address target="_blank">{i18n.t(name)}</a> })
    };
    (terms.is_some() || privacy.is_some()).then(|| {
        view! {
            <p
                class="step__note"
            >{i18n.t("legal-note")}{link(terms, "terms")}{link(privacy, "privacy")}</p>
        }
    })
}
