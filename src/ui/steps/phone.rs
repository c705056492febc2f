//! The first step: the number.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::Progress;
use super::number::{Note, tidy};
use crate::api::call::Wanted;
use crate::domain::challenge::Step;
use crate::domain::phone::clean;
use crate::domain::words::{Fill, Tongue};
use crate::ui::parts::button::SubmitButton;
use crate::ui::parts::field::{Field, FieldError};
use crate::ui::parts::form::Fields;
use crate::ui::say::Say;
use crate::ui::visit::Purpose;

/// Asks for the number and sends the code.
#[component]
pub fn PhoneStep(
    progress: Progress,
    #[prop(into)] purpose: Signal<Purpose>,
    next: Option<String>,
    typed: String,
    wait: String,
    legal: [Option<String>; 2],
    country: impl IntoView + 'static,
) -> impl IntoView {
    let say = progress.say;
    let note = RwSignal::new(Note::None);
    let hint = Signal::derive(move || match note.get() {
        Note::None => String::new(),
        Note::ReadBack(number) => say.say_with("phone-read-back", &[("phone", Fill::Text(&number))]),
        Note::NotServed => say.of("phone-not-served"),
    });
    let carried = next.clone();
    let submit = move |event: SubmitEvent| {
        let fields = Fields::take(&event);
        let phone = fields.text("phone");
        if progress.check(clean(&phone)).is_none() {
            return;
        }
        let country = Some(fields.text("country"));
        progress.send_code(Wanted { phone: Some(phone), country, next: carried.clone(), proof: None }, move |sent| {
            progress.sent.set(Some(sent));
            progress.go(Step::Code);
        });
    };
    view! {
        <form
            class="step" method="post" action=move || purpose.get().path() hidden=progress.hides(Step::Phone) novalidate
            on:submit=submit on:input=move |event| note.set(tidy(&event)) on:change=move |event| note.set(tidy(&event))
        >
            <p class="step__lead">{say.of("phone-step-lead")}</p>
            <FieldError id="phone-step-error".to_owned() error=progress.form_error(Step::Phone) />
            {country}
            <FieldError id="country-error".to_owned() error=progress.error("country") />
            <Field name="phone" label=say.of("phone-label") value=typed kind="tel" autocomplete="tel" inputmode="tel" hint error=progress.error("phone") />
            {next.map(|next| view! { <input type="hidden" name="next" value=next /> })}
            {(!wait.is_empty()).then(|| view! { <input type="hidden" name="proof" value=wait /> })}
            <SubmitButton label=say.of("send-code") busy=progress.busy />
            <p class="step__note">{say.of("phone-step-note")}</p>
            <Legal say legal />
        </form>
    }
}

/// What people accept by going on, where the deployment has anything of the kind.
#[component]
fn Legal(say: Say, legal: [Option<String>; 2]) -> impl IntoView {
    let names = [say.of("terms"), say.of("privacy")];
    let links: Vec<_> = names.into_iter().zip(legal).filter_map(|(name, href)| Some((name, href?))).collect();
    (!links.is_empty()).then(|| {
        view! {
            <p class="step__note">
                {say.of("legal-note")}
                {links.into_iter().zip([" ", " · "]).map(|((name, href), between)| view! { {between}<a href=href target="_blank">{name}</a> }).collect_view()}
            </p>
        }
    })
}
