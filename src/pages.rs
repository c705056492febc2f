//! The HTML document, the routes and the pages. The server renders everything, and every page works
//! as plain HTML. The browser hydrates the islands of `components`.

#![expect(unreachable_pub, reason = "the component macro creates a public type per component")]
#![expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]
#![expect(clippy::must_use_candidate, reason = "a component is used by its view")]

mod account;
mod country_field;
mod home;
mod inbox;
mod language_switch;
mod layout;
mod not_found;
mod objection_page;
mod owner_page;
mod passkey_button;
mod recovery_page;
pub mod render_context;
mod sign_in_alternatives;
mod sign_in_page;

use std::sync::Arc;

use leptos::either::Either;
use leptos::prelude::*;
use leptos_meta::{MetaTags, provide_meta_context};
use leptos_router::SsrMode;
use leptos_router::components::{ProtectedRoute, Route, Router, Routes};
use leptos_router::path;
use serde::Serialize;

use crate::components::i18n::{client_messages, use_i18n};
use crate::components::page_context::{CONTEXT_ELEMENT_ID, MESSAGES_ELEMENT_ID, page_context};
use crate::components::session::SessionProvider;
use crate::domain::messages::Messages;
use crate::domain::phone::Country;
use account::AccountPage;
use account::delete::DeletePage;
use account::number::NumberPage;
use account::recovery_codes::RecoveryCodesPage;
use account::verify::VerifyPage;
use country_field::render_options;
use home::HomePage;
use inbox::InboxPage;
use not_found::NotFoundPage;
use objection_page::ObjectionPage;
use owner_page::OwnerPage;
use recovery_page::RecoveryPage;
use render_context::{Assets, Prerendered, RenderContext};
use sign_in_page::{CodePage, DetailsPage, SignInPage, SignUpPage};

pub use crate::components::account_control::OPENER_SCRIPT;

/// Returns the render context of this page. It is empty while Leptos lists the routes.
#[must_use]
pub fn render_context() -> Arc<RenderContext> {
    use_context().unwrap_or_default()
}

/// Returns JSON for a `script` element of the page. The JSON contains no `<`, which could end the
/// element.
fn json(value: &impl Serialize) -> String {
    // The serialization of a page's data cannot fail. If it did, the steps would stay plain forms.
    serde_json::to_string(value).unwrap_or_default().replace('<', "\\u003c")
}

/// Renders the markup that all pages in a locale share.
#[must_use]
pub fn prerender(messages: &Messages, countries: &[Country]) -> Prerendered {
    Prerendered {
        countries: render_options(countries),
        messages: json(&messages.only(client_messages())).into(),
    }
}

/// Renders the whole document.
#[must_use]
pub fn shell() -> impl IntoView {
    if let Some(shared) = Owner::current_shared_context() {
        // Only the islands are hydrated, and each island turns hydration on for itself.
        shared.set_is_hydrating(false);
    }
    let context = render_context();
    let Assets { js, wasm, css, brand, logo } = context.assets.clone();
    let i18n = use_i18n();
    let direction = i18n.t("direction");
    view! {
        <!DOCTYPE html>
        <html lang=context.language.clone() dir=direction>
            <head>
                <meta charset="utf-8" />
                <meta
                    name="viewport"
                    content="width=device-width, initial-scale=1, \
                        interactive-widget=resizes-content"
                />
                <meta name="color-scheme" content="light dark" />
                <meta name="description" content=i18n.t("home-lead") />
                <link rel="stylesheet" href=css />
                {brand.map(|address| view! { <link rel="stylesheet" href=address /> })}
                {match logo {
                    Some(address) => Either::Left(view! { <link rel="icon" href=address /> }),
                    None => Either::Right(view! {
                        <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                    }),
                }}
                <script inner_html=OPENER_SCRIPT></script>
                <script
                    type="application/json" id=CONTEXT_ELEMENT_ID inner_html=json(&*page_context())
                ></script>
                <script
                    type="application/json" id=MESSAGES_ELEMENT_ID
                    inner_html=Arc::clone(&context.prerendered.messages)
                ></script>
                <script type="module" src="/boot.js" data-js=js data-wasm=wasm
                    data-receipts=context.has_receipts.then_some("")
                ></script>
                <MetaTags />
            </head>
            <body>
                <SessionProvider>
                    <App />
                </SessionProvider>
            </body>
        </html>
    }
}

/// The routes. Add your own pages here. Only signed-in people see a page behind [`ProtectedRoute`];
/// other people sign in first and then return to that page.
#[component]
#[must_use]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let signed_in = || Some(page_context().user.is_some());
    // A refused form is shown again, even if the person has since signed in, in another tab.
    let signed_out =
        || Some(page_context().user.is_none() || page_context().sign_in.error.is_some());
    let after_sign_in = || page_context().sign_in.next.clone().unwrap_or_else(|| "/".to_owned());
    view! {
        <Router>
            <Routes fallback=NotFoundPage>
                <Route path=path!("/") view=HomePage ssr=SsrMode::Async />
                <ProtectedRoute
                    path=path!("/account") view=AccountPage condition=signed_in
                    redirect_path=|| "/sign-in?next=/account" ssr=SsrMode::Async
                />
                <ProtectedRoute
                    path=path!("/account/verify") view=VerifyPage condition=signed_in
                    redirect_path=|| "/sign-in?next=/account/verify" ssr=SsrMode::Async
                />
                <ProtectedRoute
                    path=path!("/account/number") view=NumberPage condition=signed_in
                    redirect_path=|| "/sign-in?next=/account/number" ssr=SsrMode::Async
                />
                <ProtectedRoute
                    path=path!("/account/delete") view=DeletePage condition=signed_in
                    redirect_path=|| "/sign-in?next=/account" ssr=SsrMode::Async
                />
                <ProtectedRoute
                    path=path!("/account/recovery-codes") view=RecoveryCodesPage
                    condition=signed_in redirect_path=|| "/sign-in?next=/account"
                    ssr=SsrMode::Async
                />
                <ProtectedRoute
                    path=path!("/sign-in/owner") view=OwnerPage condition=signed_out
                    redirect_path=after_sign_in ssr=SsrMode::Async
                />
                <ProtectedRoute
                    path=path!("/sign-in/recovery") view=RecoveryPage condition=signed_out
                    redirect_path=after_sign_in ssr=SsrMode::Async
                />
                <ProtectedRoute
                    path=path!("/sign-in") view=SignInPage condition=signed_out
                    redirect_path=after_sign_in ssr=SsrMode::Async
                />
                <ProtectedRoute
                    path=path!("/sign-up") view=SignUpPage condition=signed_out
                    redirect_path=after_sign_in ssr=SsrMode::Async
                />
                <ProtectedRoute
                    path=path!("/sign-in/code") view=CodePage condition=signed_out
                    redirect_path=after_sign_in ssr=SsrMode::Async
                />
                <ProtectedRoute
                    path=path!("/sign-in/details") view=DetailsPage condition=signed_out
                    redirect_path=after_sign_in ssr=SsrMode::Async
                />
                <Route path=path!("/objection") view=ObjectionPage ssr=SsrMode::Async />
                <Route path=path!("/dev/inbox") view=InboxPage ssr=SsrMode::Async />
            </Routes>
        </Router>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::page_context::PageContext;
    use crate::domain::user::UserView;

    #[test]
    fn a_name_cannot_end_the_element_with_the_page_context() {
        let user = UserView { first_name: "</script><script>".into(), ..UserView::default() };
        let context = PageContext { user: Some(user.clone()), ..PageContext::default() };
        let text = json(&context);
        assert!(!text.contains('<'));
        assert_eq!(serde_json::from_str::<PageContext>(&text).unwrap().user, Some(user));
    }
}
