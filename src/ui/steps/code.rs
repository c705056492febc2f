//! The second step: the code.

use std::time::Duration;

use leptos::ev::{MouseEvent, SubmitEvent};
use leptos::prelude::*;
use web_sys::js_sys;

use super::Progress;
use crate::api::auth::{Field as Sent, verify_otp};
use crate::domain::answer::Outcome;
use crate::domain::challenge::Step;
use crate::domain::otp::Code;
use crate::ui::parts::button::SubmitButton;
use crate::ui::parts::field::{Field, FieldError};
use crate::ui::parts::focus::focus;
use crate::ui::parts::form::Fields;

/// Asks for the code; sends it again after the wait; leads back to the number.
#[component]
pub fn CodeStep(progress: Progress, next: Option<String>, typed: String, wait: String, inbox: bool) -> impl IntoView {
    let sent = progress.sent;
    let length = move || sent.with(|sent| sent.as_ref().map_or(crate::domain::otp::LENGTH, |sent| sent.code_length));
    let phone = move || sent.with(|sent| sent.as_ref().map(|sent| sent.phone.clone()).unwrap_or_default());
    let reference = move || sent.with(|sent| sent.as_ref().map(|sent| sent.reference.clone()).unwrap_or_default());
    let submit = move |event: SubmitEvent| {
        let typed = Fields::take(&event).text("code");
        if progress.check(Code::parse(&typed, untrack(length))).is_none() {
            return;
        }
        progress.send(verify_otp(typed, Sent(Some(untrack(reference)))), move |outcome| match outcome {
            Outcome::SignedIn { user } => progress.done.run(user),
            _ => progress.go(Step::Details),
        });
    };
    let hint = Signal::derive(move || format!("{} digits.", length()));
    view! {
        <section class="step" hidden=progress.hides(Step::Code)>
            <p class="step__lead">
                "We sent a code to "<strong class="nowrap">{phone}</strong>". Its reference is "<strong>{reference}</strong>"."
            </p>
            <form class="step__form" method="post" action="/sign-in/code" on:submit=submit novalidate>
                <FieldError id="code-step-error".to_owned() error=progress.form_error(Step::Code) />
                <Field
                    name="code" label="Verification code" value=typed autocomplete="one-time-code" inputmode="numeric"
                    class="field__input--code" hint error=progress.error("code")
                />
                <input type="hidden" name="reference" value=reference />
                {next.map(|next| view! { <input type="hidden" name="next" value=next /> })}
                <SubmitButton label="Verify" busy=progress.busy />
            </form>
            <ResendForm progress wait />
            <p class="step__note">
                "No text? Check the number and your reception; texts can take a minute. "
                {inbox.then(|| view! { <a href="/dev/inbox" target="_blank">"Open the development inbox"</a> })}
            </p>
        </section>
    }
}

/// The re-send with its countdown, and the way back to the number.
#[component]
fn ResendForm(progress: Progress, wait: String) -> impl IntoView {
    let left = countdown(progress);
    let again = RwSignal::new(false);
    let submit = move |event: SubmitEvent| {
        let _ = Fields::take(&event);
        again.set(false);
        progress.send_code(Sent(None), Sent(None), Sent(None), move |sent| {
            progress.sent.set(Some(sent));
            again.set(true);
            focus(&["#code"]);
        });
    };
    view! {
        <form class="step__row" method="post" action="/sign-in/code" on:submit=submit>
            <input type="hidden" name="resend" value="1" />
            {(!wait.is_empty()).then(|| view! { <input type="hidden" name="proof" value=wait /> })}
            <button class="button button--link" type="submit" disabled=move || progress.busy.get() || left.get().is_some_and(|left| left > 0)>
                "Resend code"
            </button>
            <span class="step__wait">{move || left.get().filter(|left| *left > 0).map(|left| format!("in {left} s"))}</span>
            <ChangeNumber progress />
        </form>
        <p class="step__note" role="status">{move || again.get().then_some("Another text is on its way.")}</p>
    }
}

/// The way back to the number.
#[component]
pub fn ChangeNumber(progress: Progress) -> impl IntoView {
    let change = move |event: MouseEvent| {
        event.prevent_default();
        progress.go(Step::Phone);
    };
    view! { <a class="button button--link" href="/sign-in?change" on:click=change>"Change number"</a> }
}

/// Seconds until the next text may be asked for; `None` before the page is alive, when the server alone counts.
fn countdown(progress: Progress) -> Signal<Option<i64>> {
    let left = RwSignal::new(None);
    Effect::new(move || {
        let Some(wait) = progress.sent.with(|sent| sent.as_ref().map(|sent| sent.resend_in)) else { return };
        left.set(Some(wait));
        // By the clock, not by counting: a tab in the background ticks seldom, and the end must not come early.
        let end = now() + wait + 1;
        if let Ok(interval) = set_interval_with_handle(move || left.set(Some((end - now()).max(0))), Duration::from_secs(1)) {
            on_cleanup(move || interval.clear());
        }
    });
    left.into()
}

/// The browser's clock in whole seconds, rounded down; only differences of it are used.
fn now() -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "seconds since 1970 fit")]
    let seconds = (js_sys::Date::now() / 1000.0).floor() as i64;
    seconds
}
