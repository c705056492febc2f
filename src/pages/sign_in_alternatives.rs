//! The ways to sign in without an SMS, which stand below the phone number.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::passkey_button::PasskeyButton;
use crate::api::auth::SignInWithPasskey;
use crate::components::i18n::use_i18n;

/// The id of the template in pages with the dialog, which `public/passkey.js` uses as well.
pub const TEMPLATE_ID: &str = "sign-in-alternatives";

/// A passkey, and a recovery code. The pages of the flow show them below the island of the phone
/// step. The dialog gets them from a template when it is opened, so that the WASM of every page
/// does not have to contain them.
#[component]
pub fn SignInAlternatives() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <div class="step__alternatives">
            <PasskeyButton path=SignInWithPasskey::PATH label=i18n.t("passkey-sign-in") />
            <p><a href="/sign-in/recovery">{i18n.t("recovery-use")}</a></p>
        </div>
    }
}
