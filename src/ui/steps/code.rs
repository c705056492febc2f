//! The second step: the code.

use leptos::prelude::*;

use super::{error, form_error};
use crate::domain::challenge::Step;
use crate::domain::otp::LENGTH;
use crate::domain::words::{Fill, Tongue};
use crate::live::markup::{Call, code_class, id_of};
use crate::ui::parts::button::SubmitButton;
use crate::ui::parts::field::{Field, FieldError};
use crate::ui::say::Say;
use crate::ui::visit::Journey;

/// Asks for the code; sends it again after the wait; leads back to the number.
#[component]
pub fn CodeStep(journey: Journey, say: Say) -> impl IntoView {
    const STEP: Step = Step::Code;
    let (form_error, code_error) = (form_error(&journey, STEP), error(&journey, "code"));
    let Journey { step, sent, next, typed, inbox, .. } = journey;
    let (length, help) = sent.as_ref().map_or((LENGTH, false), |sent| (sent.code_length, sent.wants_help()));
    let (phone, reference) = sent.map(|sent| (sent.phone, sent.reference)).unwrap_or_default();
    let (sent_before, sent_after) = say.around("code-sent-to", "phone");
    let (reference_before, reference_after) = say.around("code-reference", "reference");
    view! {
        <section class="step" id=id_of(STEP) hidden=step != STEP>
            <p class="step__lead">
                {sent_before}<strong class="nowrap" dir="ltr" id="sent-phone">{phone}</strong>{sent_after}" "
                {reference_before}<strong dir="ltr" id="sent-reference">{reference.clone()}</strong>{reference_after}
            </p>
            <form class="step__form" method="post" action="/sign-in/code" data-call=Call::Verify.name() novalidate>
                <FieldError id=format!("{}-error", id_of(STEP)) error=form_error />
                <Field
                    name="code" label=say.of("code-label") value=typed.code autocomplete="one-time-code" inputmode="numeric"
                    class=code_class(length) hint=say.say_with("code-hint", &[("length", Fill::Number(length.into()))]) error=code_error
                />
                <input type="hidden" name="reference" value=reference />
                {next.map(|next| view! { <input type="hidden" name="next" value=next /> })}
                <SubmitButton label=say.of("verify") />
            </form>
            // How long the code is good for: seen at all times, said a minute before its end and at it.
            <p class="step__note step__time" id="code-expires"></p>
            <p class="step__note" role="status" id="code-expiry"></p>
            <form class="step__row" method="post" action="/sign-in/code" data-call=Call::Resend.name()>
                <input type="hidden" name="resend" value="1" />
                {(!typed.wait.is_empty()).then(|| view! { <input type="hidden" name="proof" value=typed.wait /> })}
                <button class="button button--link" id="resend" type="submit">{say.of("resend")}</button>
                <span class="step__wait" id="resend-wait"></span>
                <ChangeNumber say />
            </form>
            <p class="step__note" role="status" id="resent"></p>
            <NoText say open=help />
            {inbox.then(|| view! { <p class="step__note"><a href="/dev/inbox" target="_blank">"Open the development inbox"</a></p> })}
        </section>
    }
}

/// What to do where no text comes, the likeliest first: there from the start, and open once asking again has not helped.
#[component]
fn NoText(say: Say, open: bool) -> impl IntoView {
    let tips = ["no-text-wait", "no-text-number", "no-text-spam", "no-text-other"];
    view! {
        <details class="help" id="no-text" open=open>
            <summary>{say.of("no-text")}</summary>
            <ul>{tips.map(|id| view! { <li>{say.of(id)}</li> })}</ul>
        </details>
    }
}

/// The way back to the number.
#[component]
pub fn ChangeNumber(say: Say) -> impl IntoView {
    view! { <a class="button button--link" href="/sign-in?change" data-change>{say.of("change-number")}</a> }
}
