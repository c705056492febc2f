//! The passkeys of the account page: the list, and the forms that add, name and remove them.

use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::action::Action;
use crate::api::account::AddPasskey;
use crate::components::i18n::use_i18n;
use crate::domain::account::PasskeyView;
use crate::domain::duration::format_age;
use crate::domain::messages::{Arg, Localize};
use crate::pages::passkey_button::PasskeyButton;
use crate::pages::render_context;

/// The section with the passkeys.
#[component]
pub fn Passkeys() -> impl IntoView {
    let i18n = use_i18n();
    let passkeys = render_context().account.passkeys.clone();
    view! {
        <section class="card card--wide" aria-labelledby="passkeys">
            <h2 id="passkeys">{i18n.t("account-passkeys")}</h2>
            <p class="step__note">{i18n.t("account-passkeys-note")}</p>
            <ul class="entries">
                {passkeys.into_iter().map(|passkey| view! { <Passkey passkey /> }).collect_view()}
            </ul>
            <PasskeyButton
                path=AddPasskey::PATH label=i18n.t("account-passkey-add") next="/account?saved"
                creates=true exists=i18n.t("account-passkey-exists")
            />
            <p class="step__note without-scripts">{i18n.t("account-passkey-scripts")}</p>
        </section>
    }
}

/// One passkey, with the forms that name and remove it.
#[component]
fn Passkey(passkey: PasskeyView) -> impl IntoView {
    let i18n = use_i18n();
    let PasskeyView { id, name, added_ago, used_ago } = passkey;
    let locale = &render_context().locale;
    let added = format_age(added_ago, locale);
    let added = i18n.format("passkey-added", &[("added", Arg::Text(&added))]);
    let used = used_ago.map(|ago| {
        let used = format_age(ago, locale);
        i18n.format("passkey-used", &[("used", Arg::Text(&used))])
    });
    let (name_id, field_id) = (format!("passkey-{id}"), format!("passkey-name-{id}"));
    let (removed_id, shown_name) = (id.clone(), name.clone());
    view! {
        <li class="entries__item">
            <Action>
                <p class="entries__name"><strong id=name_id.clone()>{shown_name}</strong></p>
                <p class="entries__note">{added}" "{used}</p>
                <form
                    method="post" action="/account/passkeys/remove"
                    data-done=i18n.t("passkey-removed")
                >
                    <input type="hidden" name="passkey" value=removed_id />
                    <button
                        class="button" type="submit" aria-describedby=name_id
                    >{i18n.t("passkey-remove")}</button>
                </form>
            </Action>
            <Action>
                <form
                    class="entries__rename" method="post" action="/account/passkeys/rename"
                    data-next="/account?saved"
                >
                    <input type="hidden" name="passkey" value=id />
                    <label
                        class="field__label" for=field_id.clone()
                    >{i18n.t("passkey-name")}</label>
                    <input
                        class="field__input" id=field_id name="name" value=name autocomplete="off"
                    />
                    <button class="button" type="submit">{i18n.t("passkey-rename")}</button>
                </form>
            </Action>
        </li>
    }
}
