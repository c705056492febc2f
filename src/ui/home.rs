//! The home page: what this is, and who is signed in.

use leptos::prelude::*;

use super::layout::Layout;
use super::visit;

/// `/`
#[component]
pub fn HomePage() -> impl IntoView {
    let name = visit().user.map(|user| user.first_name);
    let greeting = name.clone().map_or_else(|| "You are signed in".to_owned(), |name| format!("Welcome, {name}"));
    view! {
        <Layout title="Phone sign-in that you run yourself">
            // Which of the two is seen follows the header by style alone, so signing in needs no reload.
            {name.is_none().then(|| view! {
                <section class="hero when-signed-out">
                    <h1>"Sign in with your phone. Nothing to remember."</h1>
                    <p class="lead">
                        "Type your number, type the code that we text you, done. It stays done on every page and after every reload, until you log out."
                    </p>
                    <p class="hero__actions">
                        <a class="button button--primary button--large" href="/sign-up" data-opens="sign-up">"Try it"</a>
                    </p>
                </section>
            })}
            <section class="hero when-signed-in">
                <h1>{greeting}</h1>
                <p class="lead">"This page knew you before its first byte left the server. Reload it, or open it in another tab."</p>
                <p class="hero__actions">
                    <a class="button button--primary button--large" href="/account">"See your account"</a>
                </p>
            </section>
            <ul class="points">
                <li>
                    <h2>"One small binary"</h2>
                    <p>"Your server, one SQLite file, your own SMS account. PostgreSQL when one machine is not enough."</p>
                </li>
                <li>
                    <h2>"Works without scripts"</h2>
                    <p>"Every step is a plain page. What loads on top of it only makes it quicker."</p>
                </li>
                <li>
                    <h2>"Codes that cannot leak"</h2>
                    <p>"A code is derived when it is needed and never stored. Logging out works at once, everywhere."</p>
                </li>
            </ul>
        </Layout>
    }
}
