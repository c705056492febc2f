//! The forms of an account page that ask for a code: the code itself, and a resend.

use leptos::prelude::*;

use crate::components::i18n::use_i18n;
use crate::components::parts::field::{Field, FieldError};
use crate::domain::messages::{Arg, Localize};
use crate::domain::response::OtpSent;
use crate::pages::layout::FlashMessage;
use crate::pages::render_context;

/// Asks for the code of a challenge. The form posts to `path`, and the resend to `path/send`.
#[component]
pub fn CodeForm(
    /// The challenge.
    challenge: OtpSent,
    /// The path of the page.
    path: &'static str,
) -> impl IntoView {
    let (i18n, action) = (use_i18n(), render_context().action.clone());
    let code_error = action.error.as_ref().and_then(|error| error.field_message("code"));
    let other_error = action.error.as_ref().filter(|_| code_error.is_none());
    let form_error = other_error.map(|error| error.message.clone()).unwrap_or_default();
    let OtpSent { phone, code_length, reference, .. } = challenge;
    let (sent_before, sent_after) = i18n.split_at_placeholder("code-sent-to", "phone");
    let named = i18n.format("code-reference", &[("reference", Arg::Text(&reference))]);
    let hint = i18n.format("code-hint", &[("length", Arg::Number(code_length.into()))]);
    view! {
        <FlashMessage message="resent" />
        <p class="step__lead">
            {sent_before}<strong class="nowrap" dir="ltr">{phone}</strong>{sent_after} " " {named}
        </p>
        <form class="step__form" method="post" action=path novalidate>
            <FieldError id="code-form-error".to_owned() error=Signal::stored(form_error) />
            <Field
                name="code" label=i18n.t("code-label") autocomplete="one-time-code"
                inputmode="numeric" hint=Signal::stored(hint)
                error=Signal::stored(code_error.unwrap_or_default())
            />
            <input type="hidden" name="reference" value=reference />
            <input type="hidden" name="next" value=action.next.clone() />
            <button
                class="button button--primary button--wide" type="submit"
            >{i18n.t("verify")}</button>
        </form>
        <form class="step__row" method="post" action=format!("{path}/send")>
            <input type="hidden" name="resend" value="1" />
            <input type="hidden" name="proof" value=action.wait.clone() />
            <input type="hidden" name="next" value=action.next.clone() />
            <button class="button button--link" type="submit">{i18n.t("resend")}</button>
        </form>
    }
}
