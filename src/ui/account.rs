//! The account page: an example of a page behind the guard.

use leptos::prelude::*;

use super::layout::Layout;
use super::say::Say;
use super::visit;

/// `/account`. The route lets only people through who are signed in.
#[component]
pub fn AccountPage() -> impl IntoView {
    let say = Say::here();
    visit().user.map(|user| {
        view! {
            <Layout title=say.of("account-title")>
                <section class="card card--wide">
                    <h1>{say.of("account-title")}</h1>
                    <dl class="facts">
                        <div><dt>{say.of("account-name")}</dt><dd>{user.first_name}" "{user.last_name}</dd></div>
                        <div><dt>{say.of("account-email")}</dt><dd dir="ltr">{user.email}</dd></div>
                        <div><dt>{say.of("account-phone")}</dt><dd dir="ltr">{user.phone}</dd></div>
                    </dl>
                    <form method="post" action="/sign-out">
                        <button class="button" type="submit">{say.of("log-out")}</button>
                    </form>
                    <form method="post" action="/sign-out/everywhere">
                        <button class="button button--link" type="submit">{say.of("account-end-all")}</button>
                    </form>
                    <p class="step__note">{say.of("account-end-all-note")}</p>
                </section>
            </Layout>
        }
    })
}
