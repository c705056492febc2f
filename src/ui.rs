//! The pages. Everything is rendered on the server and works as it stands; `live` brings it to life.

#![expect(unreachable_pub, reason = "the component macro makes a public type of every component")]
#![expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]
#![expect(clippy::must_use_candidate, reason = "a component is used by its view")]

mod account;
mod account_control;
mod home;
mod inbox;
mod layout;
mod not_found;
mod parts;
pub mod say;
mod sign_in_dialog;
mod sign_in_page;
mod steps;
pub mod visit;

use leptos::either::Either;
use leptos::prelude::*;
use leptos_meta::{MetaTags, provide_meta_context};
use leptos_router::SsrMode;
use leptos_router::components::{ProtectedRoute, Route, Router, Routes};
use leptos_router::path;

use account::AccountPage;
use home::HomePage;
use inbox::InboxPage;
use not_found::NotFoundPage;
pub use parts::country_field::options;
use say::Say;
use sign_in_page::{CodePage, DetailsPage, SignInPage, SignUpPage};
use visit::Visit;

/// The visit that this page is rendered for; an empty one while the routes are being listed.
#[must_use]
pub fn visit() -> Visit {
    use_context::<Visit>().unwrap_or_default()
}

/// The one script that is on the page itself; the policy allows it by its digest.
pub const OPENER: &str = include_str!("ui/opener.js");

/// The whole document.
#[must_use]
pub fn shell() -> impl IntoView {
    if let Some(shared) = Owner::current_shared_context() {
        // Nothing of the page is made anew in the browser, so it carries nothing for that.
        shared.set_is_hydrating(false);
    }
    let Visit { assets, language, .. } = visit();
    let say = Say::here();
    let direction = say.of("direction");
    view! {
        <!DOCTYPE html>
        <html lang=language dir=direction>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1, interactive-widget=resizes-content" />
                <meta name="color-scheme" content="light dark" />
                <meta name="description" content=say.of("home-lead") />
                <link rel="stylesheet" href=format!("/pkg/{}", assets.css) />
                {assets.brand.map(|name| view! { <link rel="stylesheet" href=format!("/pkg/{name}") /> })}
                {match assets.logo {
                    Some(name) => Either::Left(view! { <link rel="icon" href=format!("/pkg/{name}") /> }),
                    None => Either::Right(view! { <link rel="icon" href="/favicon.svg" type="image/svg+xml" /> }),
                }}
                <script inner_html=OPENER></script>
                <script
                    type="module"
                    src="/boot.js"
                    data-js=format!("/pkg/{}", assets.js)
                    data-wasm=format!("/pkg/{}", assets.wasm)
                ></script>
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// The routes. A page of your own goes here; behind [`ProtectedRoute`] only people who are signed in see it, and the rest
/// come back to it after signing in.
#[component]
#[must_use]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let signed_in = || Some(visit().user.is_some());
    // A form that was refused is shown again, even to somebody who signed in meanwhile in another tab.
    let signed_out = || Some(visit().user.is_none() || visit().journey.refusal.is_some());
    let onward = || visit().journey.next.unwrap_or_else(|| "/".to_owned());
    view! {
        <Router>
            <Routes fallback=NotFoundPage>
                <Route path=path!("/") view=HomePage ssr=SsrMode::Async />
                <ProtectedRoute path=path!("/account") view=AccountPage condition=signed_in redirect_path=|| "/sign-in?next=/account" ssr=SsrMode::Async />
                <ProtectedRoute path=path!("/sign-in") view=SignInPage condition=signed_out redirect_path=onward ssr=SsrMode::Async />
                <ProtectedRoute path=path!("/sign-up") view=SignUpPage condition=signed_out redirect_path=onward ssr=SsrMode::Async />
                <ProtectedRoute path=path!("/sign-in/code") view=CodePage condition=signed_out redirect_path=onward ssr=SsrMode::Async />
                <ProtectedRoute path=path!("/sign-in/details") view=DetailsPage condition=signed_out redirect_path=onward ssr=SsrMode::Async />
                <Route path=path!("/dev/inbox") view=InboxPage ssr=SsrMode::Async />
            </Routes>
        </Router>
    }
}
