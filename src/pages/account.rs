//! The account page: the profile, the devices and the history of an account.

mod action;
mod code_form;
pub(super) mod delete;
mod devices;
mod history;
pub(super) mod number;
mod passkeys;
mod recovery;
pub(super) mod recovery_codes;
pub(super) mod verify;

use leptos::prelude::*;

use super::layout::{FlashMessage, Layout};
use super::render_context;
use crate::components::i18n::use_i18n;
use crate::components::page_context::page_context;
use crate::components::profile_form::ProfileForm;
use devices::Devices;
use history::History;
use passkeys::Passkeys;
use recovery::Recovery;

/// The section with the data of the account as a file.
#[component]
fn YourData() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <section class="card card--wide" aria-labelledby="data">
            <h2 id="data">{i18n.t("account-data")}</h2>
            <p class="step__note">{i18n.t("account-data-note")}</p>
            <form class="account__row" method="post" action="/account/data">
                <button class="button" type="submit">{i18n.t("account-download")}</button>
            </form>
            <p class="step__note">{i18n.t("account-delete-note")}</p>
            <form class="account__row" method="get" action="/account/delete">
                <button
                    class="button button--danger" type="submit"
                >{i18n.t("account-delete")}</button>
            </form>
        </section>
    }
}

/// The section about an earlier account of the number, which this browser knows.
#[component]
fn EarlierAccount() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <section class="card card--wide" aria-labelledby="earlier">
            <h2 id="earlier">{i18n.t("restore-title")}</h2>
            <p class="step__note">{i18n.t("restore-note")}</p>
            <form class="account__row" method="post" action="/account/restore">
                <button class="button" type="submit">{i18n.t("restore-submit")}</button>
            </form>
        </section>
    }
}

/// The page `/account`, for signed-in people only.
#[component]
pub fn AccountPage() -> impl IntoView {
    let i18n = use_i18n();
    let context = render_context();
    page_context().user.clone().map(|user| {
        view! {
            <Layout title=i18n.t("account-title")>
                <h1 class="account__title">
                    <span class="menu__initial" aria-hidden="true">{user.initial()}</span>
                    {i18n.t("account-title")}
                </h1>
                <FlashMessage message="saved" />
                {context.action.error.clone().map(|error| view! {
                    <p class="field__error" role="alert">{error.message}</p>
                })}
                <section class="card card--wide" aria-labelledby="profile">
                    <h2 id="profile">{i18n.t("account-profile")}</h2>
                    <dl class="facts">
                        <div><dt>{i18n.t("account-phone")}</dt><dd dir="ltr">{user.phone}</dd></div>
                    </dl>
                    <form class="account__row" method="get" action="/account/number">
                        <button class="button" type="submit">{i18n.t("change-number")}</button>
                    </form>
                    <ProfileForm />
                </section>
                {context.account.can_restore.then(|| view! { <EarlierAccount /> })}
                <Devices />
                <Passkeys />
                <Recovery />
                <History />
                <YourData />
                <script type="module" src="/account.js"></script>
                <script type="module" src="/passkey.js"></script>
            </Layout>
        }
    })
}
