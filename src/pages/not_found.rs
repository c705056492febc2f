//! The page for unknown paths.

use leptos::prelude::*;

use super::layout::Layout;
use crate::components::i18n::use_i18n;

/// Shows that there is no such page. `serve` sets the status 404.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Layout title=i18n.t("not-found-title")>
            <section class="hero">
                <h1>{i18n.t("not-found-heading")}</h1>
                <p class="lead">{i18n.t("not-found-lead")}</p>
                <p class="hero__actions">
                    <a class="button button--primary" href="/">{i18n.t("go-home")}</a>
                </p>
            </section>
        </Layout>
    }
}
