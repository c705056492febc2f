//! The page on which a signed-in person verifies the number again, before a change of who may sign
//! in.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::code_form::CodeForm;
use crate::api::account::StepUpWithPasskey;
use crate::components::i18n::use_i18n;
use crate::components::page_context::page_context;
use crate::components::parts::field::FieldError;
use crate::pages::layout::Layout;
use crate::pages::passkey_button::PasskeyButton;
use crate::pages::render_context;

/// The page `/account/verify`, for signed-in people only.
#[component]
pub fn VerifyPage() -> impl IntoView {
    let (i18n, action) = (use_i18n(), render_context().action.clone());
    let phone = page_context().user.clone().map(|user| user.phone).unwrap_or_default();
    let (before, after) = i18n.split_at_placeholder("verify-lead", "phone");
    let body = if phone.is_empty() {
        // The account has no number to send a code to.
        view! { <p class="step__lead">{i18n.t("verify-no-phone")}</p> }.into_any()
    } else if let Some(challenge) = action.challenge.clone() {
        view! { <CodeForm challenge path="/account/verify" /> }.into_any()
    } else {
        let error = action.error.as_ref().map(|error| error.message.clone()).unwrap_or_default();
        view! {
            <p class="step__lead">
                {before}<strong class="nowrap" dir="ltr">{phone}</strong>{after}
            </p>
            <form class="step__form" method="post" action="/account/verify/send">
                <FieldError id="send-error".to_owned() error=Signal::stored(error) />
                <input type="hidden" name="proof" value=action.wait.clone() />
                <input type="hidden" name="next" value=action.next.clone() />
                <button
                    class="button button--primary button--wide" type="submit"
                >{i18n.t("send-code")}</button>
            </form>
        }
        .into_any()
    };
    view! {
        <Layout title=i18n.t("verify-title")>
            <section class="card">
                <h1>{i18n.t("verify-title")}</h1>
                <div class="step">
                    {body}
                    {action.has_passkeys.then(|| view! {
                        <PasskeyButton
                            path=StepUpWithPasskey::PATH label=i18n.t("verify-passkey")
                            next=action.next.unwrap_or_else(|| "/account".to_owned())
                        />
                        <script type="module" src="/passkey.js"></script>
                    })}
                </div>
            </section>
        </Layout>
    }
}
