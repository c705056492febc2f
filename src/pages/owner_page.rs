//! The page on which the owner of a dormant account confirms that it is theirs, or on which another
//! person begins a new account with the same number.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use leptos_router::components::Redirect;

use super::layout::Layout;
use super::passkey_button::PasskeyButton;
use super::render_context;
use crate::api::auth::SignInWithPasskey;
use crate::components::i18n::use_i18n;
use crate::components::page_context::page_context;
use crate::components::parts::field::{Field, FieldError};
use crate::domain::step::Step;

/// The page `/sign-in/owner`, for people who have verified a number with a dormant account.
#[component]
pub fn OwnerPage() -> impl IntoView {
    let (i18n, action) = (use_i18n(), render_context().action.clone());
    if page_context().sign_in.step != Step::Details {
        return view! { <Redirect path="/sign-in" /> }.into_any();
    }
    let error = action.error.as_ref();
    let email_error = error.and_then(|error| error.field_message("email")).unwrap_or_default();
    let form_error = error.and_then(|error| error.form_message(&["email"])).unwrap_or_default();
    let next = action.next.or_else(|| page_context().sign_in.next.clone());
    let passkey_next = next.clone().unwrap_or_else(|| "/".to_owned());
    view! {
        <Layout title=i18n.t("owner-title") modal=false>
            <section class="card">
                <h1>{i18n.t("owner-title")}</h1>
                <div class="step">
                    <p class="step__lead">{i18n.t("owner-lead")}</p>
                    <form class="step__form" method="post" action="/sign-in/owner" novalidate>
                        <FieldError id="owner-error".to_owned() error=Signal::stored(form_error) />
                        <Field
                            name="email" label=i18n.t("email-label") value=action.email
                            kind="email" autocomplete="email" hint=Signal::stored(
                                i18n.t("owner-email-hint")
                            )
                            error=Signal::stored(email_error)
                        />
                        <input type="hidden" name="next" value=next />
                        <button
                            class="button button--primary button--wide" type="submit"
                        >{i18n.t("owner-submit")}</button>
                    </form>
                    <div class="step__alternatives">
                        <PasskeyButton
                            path=SignInWithPasskey::PATH label=i18n.t("passkey-sign-in")
                            next=passkey_next
                        />
                        <p><a href="/sign-in/recovery">{i18n.t("recovery-use")}</a></p>
                    </div>
                    <h2>{i18n.t("owner-not-mine")}</h2>
                    <p class="step__note">{i18n.t("owner-new-note")}</p>
                    <p>
                        <a
                            class="button button--wide" href="/sign-in/details?new"
                        >{i18n.t("owner-new")}</a>
                    </p>
                </div>
            </section>
            <script type="module" src="/passkey.js"></script>
        </Layout>
    }
    .into_any()
}
