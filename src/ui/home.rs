//! The home page: what this is, and who is signed in.

use leptos::prelude::*;

use super::layout::Layout;
use super::say::Say;
use super::visit;
use crate::domain::words::{Fill, Tongue};

/// `/`
#[component]
pub fn HomePage() -> impl IntoView {
    let name = visit().user.map(|user| user.first_name);
    let say = Say::here();
    let greeting = name
        .as_ref()
        .map_or_else(|| say.of("home-signed-in"), |name| say.say_with("home-welcome", &[("name", Fill::Text(name))]));
    view! {
        <Layout title=say.of("home-title")>
            // Which of the two is seen follows the header by style alone, so signing in needs no reload.
            {name.is_none().then(|| view! {
                <section class="hero when-signed-out">
                    <h1>{say.of("home-heading")}</h1>
                    <p class="lead">
                        {say.of("home-lead")}
                    </p>
                    <p class="hero__actions">
                        <a class="button button--primary button--large" href="/sign-up" data-opens="sign-up">{say.of("home-try")}</a>
                    </p>
                </section>
            })}
            <section class="hero when-signed-in">
                <h1>{greeting}</h1>
                <p class="lead">{say.of("home-signed-in-lead")}</p>
                <p class="hero__actions">
                    <a class="button button--primary button--large" href="/account">{say.of("home-see-account")}</a>
                </p>
            </section>
            <ul class="points">
                {["binary", "scripts", "codes"].map(|point| view! {
                    <li>
                        <h2>{say.of(&format!("home-point-{point}"))}</h2>
                        <p>{say.of(&format!("home-point-{point}-text"))}</p>
                    </li>
                })}
            </ul>
        </Layout>
    }
}
