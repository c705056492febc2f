//! The home page: what this is, and who is signed in.

use leptos::prelude::*;

use super::layout::Layout;
use super::say::Say;
use super::visit;
use crate::domain::user::UserView;
use crate::domain::words::{Fill, Tongue};

/// `/`
#[component]
pub fn HomePage() -> impl IntoView {
    let visit = visit();
    let say = Say::here();
    let signed_out = visit.user.is_none().then(|| view! { <Invitation say app_name=visit.app_name /> });
    view! {
        <Layout title=say.of("home-title")>
            // Which of the two is seen follows the header by style alone, so signing in needs no reload.
            {signed_out}
            <Welcome say user=visit.user />
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

/// What a visitor sees.
#[component]
fn Invitation(say: Say, app_name: String) -> impl IntoView {
    let text = [("code", Fill::Text("482 913")), ("app", Fill::Text(&app_name))];
    view! {
        <section class="hero hero--split when-signed-out">
            <div>
                <h1>{say.of("home-heading")}</h1>
                <p class="lead">{say.of("home-lead")}</p>
                <p class="hero__actions">
                    <a class="button button--primary button--large" href="/sign-up" data-opens="sign-up">{say.of("home-try")}</a>
                </p>
            </div>
            // A picture in markup: what happens on the phone and on the page.
            <div class="picture" aria-hidden="true">
                <p class="picture__text">{say.say_with("home-picture-text", &text)}</p>
                <p class="picture__code" dir="ltr">{["4", "8", "2", "9", "1", "3"].map(|digit| view! { <span>{digit}</span> })}</p>
                <p class="picture__done">{say.of("home-signed-in")}</p>
            </div>
        </section>
    }
}

/// What somebody sees who is signed in; without a name where that happened on this page just now.
#[component]
fn Welcome(say: Say, user: Option<UserView>) -> impl IntoView {
    let greeting = user
        .as_ref()
        .map_or_else(|| say.of("home-signed-in"), |user| say.say_with("home-welcome", &[("name", Fill::Text(&user.first_name))]));
    view! {
        <section class="hero when-signed-in">
            <h1>{greeting}</h1>
            {user.map(|user| view! {
                <p class="person">
                    <strong>{user.first_name}" "{user.last_name}</strong>
                    <span dir="ltr">{user.phone}</span>
                </p>
            })}
            <p class="lead">{say.of("home-signed-in-lead")}</p>
            <p class="hero__actions">
                <a class="button button--primary button--large" href="/account">{say.of("home-see-account")}</a>
            </p>
        </section>
    }
}
