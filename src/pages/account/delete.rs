//! The page that asks before an account is deleted.

use leptos::prelude::*;

use crate::components::i18n::use_i18n;
use crate::components::page_context::page_context;
use crate::domain::messages::{Arg, Localize};
use crate::pages::layout::Layout;

/// The page `/account/delete`, for people who have verified their number lately.
#[component]
pub fn DeletePage() -> impl IntoView {
    let i18n = use_i18n();
    let phone = page_context().user.clone().map(|user| user.phone).unwrap_or_default();
    let lead = i18n.format("delete-lead", &[("phone", Arg::Text(&phone))]);
    view! {
        <Layout title=i18n.t("delete-title")>
            <section class="card">
                <h1>{i18n.t("delete-title")}</h1>
                <div class="step">
                    <p class="step__lead">{lead}</p>
                    <form class="step__form" method="post" action="/account/delete">
                        <button
                            class="button button--danger button--wide" type="submit"
                        >{i18n.t("account-delete")}</button>
                    </form>
                    <p><a href="/account">{i18n.t("delete-keep")}</a></p>
                </div>
            </section>
        </Layout>
    }
}
