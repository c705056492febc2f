//! The page on which a signed-in person changes the phone number of the account.

use leptos::prelude::*;

use super::code_form::CodeForm;
use crate::components::i18n::use_i18n;
use crate::components::parts::field::{Field, FieldError};
use crate::pages::country_field::PreselectedCountry;
use crate::pages::layout::Layout;
use crate::pages::render_context;

/// The page `/account/number`, for people who have verified their number lately.
#[component]
pub fn NumberPage() -> impl IntoView {
    let (i18n, action) = (use_i18n(), render_context().action.clone());
    let message = |field: &str| action.error.as_ref().and_then(|error| error.field_message(field));
    let [phone_error, country_error] = ["phone", "country"].map(message);
    let is_for_form = phone_error.is_none() && country_error.is_none();
    let form_error = action.error.as_ref().filter(|_| is_for_form);
    let form_error = form_error.map(|error| error.message.clone()).unwrap_or_default();
    let body = if let Some(challenge) = action.challenge.clone() {
        view! {
            <CodeForm challenge path="/account/number" />
            <p><a href="/account/number?change">{i18n.t("change-number")}</a></p>
        }
        .into_any()
    } else {
        view! {
            <p class="step__lead">{i18n.t("number-lead")}</p>
            <form class="step__form" method="post" action="/account/number/send" novalidate>
                <FieldError id="send-error".to_owned() error=Signal::stored(form_error) />
                <PreselectedCountry />
                <FieldError
                    id="country-error".to_owned()
                    error=Signal::stored(country_error.unwrap_or_default())
                />
                <Field
                    name="phone" label=i18n.t("phone-label") value=action.phone.clone() kind="tel"
                    autocomplete="tel" error=Signal::stored(phone_error.unwrap_or_default())
                />
                <input type="hidden" name="proof" value=action.wait.clone() />
                <button
                    class="button button--primary button--wide" type="submit"
                >{i18n.t("send-code")}</button>
            </form>
        }
        .into_any()
    };
    view! {
        <Layout title=i18n.t("number-title")>
            <section class="card">
                <h1>{i18n.t("number-title")}</h1>
                <div class="step">
                    {body}
                    <p><a href="/account">{i18n.t("account-title")}</a></p>
                </div>
            </section>
        </Layout>
    }
}
