//! The page on which people sign in with a recovery code.

use leptos::prelude::*;

use super::country_field::PreselectedCountry;
use super::layout::Layout;
use super::render_context;
use crate::components::i18n::use_i18n;
use crate::components::parts::field::{Field, FieldError};

/// The page `/sign-in/recovery`, for people who are signed out.
#[component]
pub fn RecoveryPage() -> impl IntoView {
    let (i18n, action) = (use_i18n(), render_context().action.clone());
    let message = |field: &str| action.error.as_ref().and_then(|error| error.field_message(field));
    let [phone_error, country_error, code_error] = ["phone", "country", "code"].map(message);
    let form_error =
        action.error.as_ref().and_then(|error| error.form_message(&["phone", "country", "code"]));
    let signal = |text: Option<String>| Signal::stored(text.unwrap_or_default());
    view! {
        <Layout title=i18n.t("recovery-title") modal=false>
            <section class="card">
                <h1>{i18n.t("recovery-title")}</h1>
                <div class="step">
                    <p class="step__lead">{i18n.t("recovery-lead")}</p>
                    <form class="step__form" method="post" action="/sign-in/recovery" novalidate>
                        <FieldError id="recovery-error".to_owned() error=signal(form_error) />
                        <PreselectedCountry />
                        <FieldError id="country-error".to_owned() error=signal(country_error) />
                        <Field
                            name="phone" label=i18n.t("phone-label") value=action.phone.clone()
                            kind="tel" autocomplete="tel" error=signal(phone_error)
                        />
                        <Field
                            name="code" label=i18n.t("recovery-code-label")
                            value=action.code.clone() autocomplete="off"
                            hint=Signal::stored(i18n.t("recovery-code-hint"))
                            error=signal(code_error)
                        />
                        <input type="hidden" name="next" value=action.next.clone() />
                        <button
                            class="button button--primary button--wide" type="submit"
                        >{i18n.t("recovery-submit")}</button>
                    </form>
                    <p><a href="/sign-in">{i18n.t("recovery-back")}</a></p>
                </div>
            </section>
        </Layout>
    }
}
