//! The account page, an example of a page for signed-in people only.

use leptos::prelude::*;

use super::layout::Layout;
use crate::components::i18n::use_i18n;
use crate::components::page_context::page_context;

/// The page `/account`, for signed-in people only.
#[component]
pub fn AccountPage() -> impl IntoView {
    let i18n = use_i18n();
    page_context().user.clone().map(|user| {
        view! {
            <Layout title=i18n.t("account-title")>
                <section class="card card--wide">
                    <h1>{i18n.t("account-title")}</h1>
                    <dl class="facts">
                        <div>
                            <dt>{i18n.t("account-name")}</dt>
                            <dd>{user.first_name}" "{user.last_name}</dd>
                        </div>
                        <div><dt>{i18n.t("account-email")}</dt><dd dir="ltr">{user.email}</dd></div>
                        <div><dt>{i18n.t("account-phone")}</dt><dd dir="ltr">{user.phone}</dd></div>
                    </dl>
                    <form method="post" action="/sign-out">
                        <button class="button" type="submit">{i18n.t("log-out")}</button>
                    </form>
                    <form method="post" action="/sign-out/everywhere">
                        <button
                            class="button button--link" type="submit"
                        >{i18n.t("account-end-all")}</button>
                    </form>
                    <p class="step__note">{i18n.t("account-end-all-note")}</p>
                </section>
            </Layout>
        }
    })
}
