//! The second step: the code.

use std::time::Duration;

use leptos::ev::{Event, MouseEvent, SubmitEvent};
use leptos::prelude::*;
use web_sys::{HtmlInputElement, js_sys};

use super::Progress;
use crate::api::call::{Wanted, verify_otp};
use crate::domain::answer::{OtpSent, Outcome};
use crate::domain::challenge::Step;
use crate::domain::otp::Code;
use crate::domain::words::{Fill, Tongue};
use crate::ui::parts::button::SubmitButton;
use crate::ui::parts::field::{Field, FieldError};
use crate::ui::parts::focus::focus;
use crate::ui::parts::form::Fields;

/// Asks for the code; sends it again after the wait; leads back to the number.
#[component]
pub fn CodeStep(progress: Progress, next: Option<String>, typed: String, wait: String, inbox: bool) -> impl IntoView {
    let (say, sent) = (progress.say, progress.sent);
    let (sent_before, sent_after) = say.around("code-sent-to", "phone");
    let (reference_before, reference_after) = say.around("code-reference", "reference");
    let length = move || sent.with(|sent| sent.as_ref().map_or(crate::domain::otp::LENGTH, |sent| sent.code_length));
    let phone = move || sent.with(|sent| sent.as_ref().map(|sent| sent.phone.clone()).unwrap_or_default());
    let reference = move || sent.with(|sent| sent.as_ref().map(|sent| sent.reference.clone()).unwrap_or_default());
    let submit = move |event: SubmitEvent| {
        let typed = Fields::take(&event).text("code");
        if progress.check(Code::parse(&typed, untrack(length))).is_none() {
            return;
        }
        progress.send(verify_otp(typed, untrack(reference)), move |outcome| match outcome {
            Outcome::SignedIn { user } => progress.done.run(user),
            _ => progress.go(Step::Details),
        });
    };
    // Typing or pasting the last digit sends the code, once; the same one again takes the button.
    let sent_alone = StoredValue::new(String::new());
    let complete = move |event: Event| {
        let field = event_target::<HtmlInputElement>(&event);
        let typed = field.value();
        let is_new = sent_alone.with_value(|before| *before != typed);
        if Code::parse(&typed, untrack(length)).is_err() {
            sent_alone.set_value(String::new());
        } else if is_new {
            sent_alone.set_value(typed);
            if let Some(form) = field.form() {
                let _ = form.request_submit();
            }
        }
    };
    let hint = Signal::derive(move || say.say_with("code-hint", &[("length", Fill::Number(length().into()))]));
    view! {
        <section class="step" hidden=progress.hides(Step::Code)>
            <p class="step__lead">
                {sent_before}<strong class="nowrap" dir="ltr">{phone}</strong>{sent_after}" "
                {reference_before}<strong dir="ltr">{reference}</strong>{reference_after}
            </p>
            <form class="step__form" method="post" action="/sign-in/code" on:submit=submit novalidate>
                <FieldError id="code-step-error".to_owned() error=progress.form_error(Step::Code) />
                <Field
                    name="code" label=say.of("code-label") value=typed autocomplete="one-time-code" inputmode="numeric"
                    class=Signal::derive(move || format!("field__input--code field__input--code-{}", length()))
                    hint error=progress.error("code") on:input=complete
                />
                <input type="hidden" name="reference" value=reference />
                {next.map(|next| view! { <input type="hidden" name="next" value=next /> })}
                <SubmitButton label=say.of("verify") busy=progress.busy />
            </form>
            <Expiry progress />
            <ResendForm progress wait />
            <NoText progress />
            {inbox.then(|| view! { <p class="step__note"><a href="/dev/inbox" target="_blank">"Open the development inbox"</a></p> })}
        </section>
    }
}

/// How long the code is good for: seen at all times, said once a minute before its end and once at it.
#[component]
fn Expiry(progress: Progress) -> impl IntoView {
    const WARNING: i64 = 60;
    let (say, left) = (progress.say, countdown(progress, |sent| sent.expires_in));
    let shown = move || {
        left.get().filter(|left| *left > 0).map(|left| say.say_with("code-expires", &[("time", Fill::Text(&clock(left)))]))
    };
    // A memo, so that a screen reader hears each once and not every second.
    let said = Memo::new(move |_| match left.get() {
        Some(0) => Some(say.of("code-expired")),
        Some(..=WARNING) => Some(say.of("code-expiring")),
        _ => None,
    });
    view! {
        <p class="step__note">{shown}</p>
        <p class="step__note" role="status">{move || said.get()}</p>
    }
}

/// The re-send with its countdown, and the way back to the number.
#[component]
fn ResendForm(progress: Progress, wait: String) -> impl IntoView {
    let (say, left) = (progress.say, countdown(progress, |sent| sent.resend_in));
    let again = RwSignal::new(false);
    let submit = move |event: SubmitEvent| {
        let _ = Fields::take(&event);
        again.set(false);
        progress.send_code(Wanted::default(), move |sent| {
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
                {progress.say.of("resend")}
            </button>
            <span class="step__wait">{move || left.get().filter(|left| *left > 0).map(|left| say.say_with("resend-in", &[("time", Fill::Text(&clock(left)))]))}</span>
            <ChangeNumber progress />
        </form>
        <p class="step__note" role="status">{move || again.get().then(|| say.of("resent"))}</p>
    }
}

/// What to do where no text comes: there from the start, and open once asking again has not helped.
#[component]
fn NoText(progress: Progress) -> impl IntoView {
    /// The first text and two more.
    const ENOUGH: i64 = 3;
    let (say, sent) = (progress.say, progress.sent);
    let tips = ["no-text-wait", "no-text-number", "no-text-spam", "no-text-other"];
    let open = Signal::derive(move || sent.with(|sent| sent.as_ref().is_some_and(|sent| sent.texts >= ENOUGH)));
    view! {
        <details class="help" open=open>
            <summary>{say.of("no-text")}</summary>
            <ul>{tips.map(|id| view! { <li>{say.of(id)}</li> })}</ul>
        </details>
    }
}

/// The way back to the number.
#[component]
pub fn ChangeNumber(progress: Progress) -> impl IntoView {
    let change = move |event: MouseEvent| {
        event.prevent_default();
        progress.go(Step::Phone);
    };
    view! { <a class="button button--link" href="/sign-in?change" on:click=change>{progress.say.of("change-number")}</a> }
}

/// Seconds that are left of a span; `None` before the page is alive, when the server alone counts.
fn countdown(progress: Progress, span: fn(&OtpSent) -> i64) -> Signal<Option<i64>> {
    let left = RwSignal::new(None);
    Effect::new(move || {
        let Some(wait) = progress.sent.with(|sent| sent.as_ref().map(span)) else { return };
        left.set(Some(wait));
        // By the clock, not by counting: a tab in the background ticks seldom, and the end must not come early.
        let end = now() + wait + 1;
        if let Ok(interval) = set_interval_with_handle(move || left.set(Some((end - now()).max(0))), Duration::from_secs(1)) {
            on_cleanup(move || interval.clear());
        }
    });
    left.into()
}

/// `1:05`, as clocks have it in every language.
fn clock(seconds: i64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

/// The browser's clock in whole seconds, rounded down; only differences of it are used.
fn now() -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "seconds since 1970 fit")]
    let seconds = (js_sys::Date::now() / 1000.0).floor() as i64;
    seconds
}
