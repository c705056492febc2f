//! The second step of the flow: the person types the code.

use leptos::ev::{Event, MouseEvent, SubmitEvent};
use leptos::prelude::*;
use web_sys::HtmlInputElement;

use super::flow::SignInFlow;
use super::send_otp_request::SendOtpRequest;
use super::state::Flow;
use crate::api::auth::{OptionalField, verify_otp};
use crate::components::i18n::I18n;
use crate::components::page_context::page_context;
use crate::components::parts::button::SubmitButton;
use crate::components::parts::field::{Field, FieldError};
use crate::components::parts::form::{FormFields, focus_input, target};
use crate::components::parts::text::text;
use crate::domain::error_code::ErrorCode;
use crate::domain::otp::Code;
use crate::domain::response::{OtpSent, Outcome};
use crate::domain::step::Step;

/// Asks for the code, offers a resend after the cooldown, and links back to the phone step.
#[component]
pub fn CodeStep(flow: SignInFlow) -> impl IntoView {
    let (i18n, context) = (flow.i18n, page_context().sign_in.clone());
    let submit = move |event: SubmitEvent| {
        let code = FormFields::take_submitted(&event).value("code");
        if !flow.validate_or_show_error(Code::parse(&code, flow.code_length())) {
            return;
        }
        let call = verify_otp(code, OptionalField(Some(flow.reference())));
        flow.request(call, ErrorCode::recovery_step, |flow, outcome| match outcome {
            Outcome::SignedIn { user } => flow.finish(user),
            Outcome::OwnerCheckRequired => {
                let _ = window().location().assign("/sign-in/owner");
            }
            _ => flow.go_to(Step::Details),
        });
    };
    // A complete code is submitted automatically, but only once. To submit the same code again, the
    // person presses the button.
    let auto_submitted = StoredValue::new(String::new());
    let submit_when_complete = move |event: Event| {
        let Some(input) = target::<HtmlInputElement>(&event) else { return };
        let code = input.value();
        let is_complete = Code::parse(&code, flow.code_length()).is_ok();
        let is_new = is_complete && auto_submitted.with_value(|before| *before != code);
        auto_submitted.set_value(if is_complete { code } else { String::new() });
        if let Some(form) = input.form().filter(|_| is_new) {
            let _ = form.request_submit();
        }
    };
    let (phone_before, phone_after) = i18n.split_at_placeholder("code-sent-to", "phone");
    let (reference_before, reference_after) =
        i18n.split_at_placeholder("code-reference", "reference");
    let [phone, reference] = [
        flow.derive_text(|flow, _| {
            flow.challenge.as_ref().map(|sent| sent.phone.clone()).unwrap_or_default()
        }),
        flow.derive_text(|flow, _| {
            flow.challenge.as_ref().map(|sent| sent.reference.clone()).unwrap_or_default()
        }),
    ];
    view! {
        <section class="step" id="step-code" hidden=flow.hides(Step::Code)>
            <p class="step__lead">
                {phone_before}
                <strong class="nowrap" dir="ltr" use:text=phone>{phone.get_untracked()}</strong>
                {phone_after}" "{reference_before}
                <strong dir="ltr" use:text=reference>{reference.get_untracked()}</strong>
                {reference_after}
            </p>
            <form
                class="step__form" method="post" action="/sign-in/code" on:submit=submit novalidate
            >
                <FieldError id="step-code-error".to_owned() error=flow.form_error(Step::Code) />
                <Field
                    name="code" label=i18n.t("code-label") value=context.values.code
                    autocomplete="one-time-code"
                    inputmode="numeric" class=flow.derive_text(|flow, _| flow.code_class())
                    hint=flow.derive_text(Flow::code_hint)
                    error=flow.field_error("code") on:input=submit_when_complete
                />
                <input type="hidden" name="reference" value=reference />
                <input type="hidden" name="next" value=context.next />
                <SubmitButton label=i18n.t("verify") pending=flow.pending() />
            </form>
            // The time until the code expires is always visible. Screen readers announce it a
            // minute before the code expires, and when it expires.
            <p class="step__note step__time" use:text=flow.derive_text(Flow::expires_in)></p>
            <p class="step__note" role="status" use:text=flow.derive_text(Flow::expiry_warning)></p>
            <ResendForm flow wait=context.values.wait />
            <NoSmsHelp
                i18n
                open=flow.derive_bool(|flow| {
                    flow.challenge.as_ref().is_some_and(OtpSent::needs_help)
                })
            />
            {context.has_inbox.then(|| view! {
                <p class="step__note"><a href="/dev/inbox" target="_blank">"Open the development \
                     inbox"</a></p>
            })}
        </section>
    }
}

/// The resend button, enabled after the cooldown, and the link back to the phone step.
#[component]
fn ResendForm(flow: SignInFlow, wait: String) -> impl IntoView {
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        flow.send_otp(SendOtpRequest::default(), ErrorCode::recovery_step_for_resend, |flow| {
            flow.set_resent();
            focus_input("code");
        });
    };
    view! {
        <form class="step__row" method="post" action="/sign-in/code" on:submit=submit>
            <input type="hidden" name="resend" value="1" />
            <input type="hidden" name="proof" value=wait />
            <button
                class="button button--link" type="submit"
                disabled=flow.derive_bool(|flow| !flow.may_resend())
            >{flow.i18n.t("resend")}</button>
            <span class="step__wait" use:text=flow.derive_text(Flow::resend_in)></span>
            <ChangeNumber flow />
        </form>
        <p
            class="step__note" role="status"
            use:text=flow.derive_text(|flow, i18n| {
                if flow.resent { i18n.t("resent") } else { String::new() }
            })
        ></p>
    }
}

/// Help for a person who gets no SMS, with the likeliest reason first. The help opens once
/// resending has not helped.
#[component]
fn NoSmsHelp(i18n: I18n, open: Signal<bool>) -> impl IntoView {
    let tips = ["no-text-wait", "no-text-number", "no-text-spam", "no-text-other"];
    view! {
        <details class="help" open=open>
            <summary>{i18n.t("no-text")}</summary>
            <ul>{tips.map(|id| view! { <li>{i18n.t(id)}</li> })}</ul>
        </details>
    }
}

/// Links back to the phone step, to change the phone number.
#[component]
pub fn ChangeNumber(flow: SignInFlow) -> impl IntoView {
    let go_to_phone_step = move |event: MouseEvent| {
        event.prevent_default();
        flow.go_to(Step::Phone);
    };
    view! {
        <a class="button button--link" href="/sign-in?change" on:click=go_to_phone_step>
            {flow.i18n.t("change-number")}
        </a>
    }
}
