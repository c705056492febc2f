//! The page that is not there.

use leptos::prelude::*;

use super::layout::Layout;

/// For every address that leads nowhere; `serve` gives it its status.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    view! {
        <Layout title="Page not found">
            <section class="hero">
                <h1>"There is no such page"</h1>
                <p class="lead">"The address may be old or mistyped."</p>
                <p class="hero__actions"><a class="button button--primary" href="/">"Go to the home page"</a></p>
            </section>
        </Layout>
    }
}
