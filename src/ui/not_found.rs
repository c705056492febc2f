//! The page that is not there.

use leptos::prelude::*;

use super::layout::Layout;
use super::say::Say;

/// For every address that leads nowhere; `serve` gives it its status.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    let say = Say::here();
    view! {
        <Layout title=say.of("not-found-title")>
            <section class="hero">
                <h1>{say.of("not-found-heading")}</h1>
                <p class="lead">{say.of("not-found-lead")}</p>
                <p class="hero__actions"><a class="button button--primary" href="/">{say.of("go-home")}</a></p>
            </section>
        </Layout>
    }
}
