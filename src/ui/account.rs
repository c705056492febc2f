//! The account page: an example of a page behind the guard.

use leptos::prelude::*;

use super::layout::Layout;
use super::visit;

/// `/account`. The route lets only people through who are signed in.
#[component]
pub fn AccountPage() -> impl IntoView {
    visit().user.map(|user| {
        view! {
            <Layout title="Your account">
                <section class="card card--wide">
                    <h1>"Your account"</h1>
                    <dl class="facts">
                        <div><dt>"Name"</dt><dd>{user.first_name}" "{user.last_name}</dd></div>
                        <div><dt>"Email"</dt><dd>{user.email}</dd></div>
                        <div><dt>"Phone"</dt><dd>{user.phone}</dd></div>
                    </dl>
                    <form method="post" action="/sign-out">
                        <button class="button" type="submit">"Log out"</button>
                    </form>
                    <form method="post" action="/sign-out/everywhere">
                        <button class="button button--link" type="submit">"End all sessions"</button>
                    </form>
                    <p class="step__note">"Lost a phone, or used a computer that is not yours? This logs you out here and everywhere else."</p>
                </section>
            </Layout>
        }
    })
}
