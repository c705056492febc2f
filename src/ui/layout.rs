//! What every page has around it: header, main, footer.

use leptos::either::Either;
use leptos::prelude::*;
use leptos_meta::Title;

use super::account_control::AccountControl;
use super::parts::language_switch::LanguageSwitch;
use super::say::Say;
use super::sign_in_dialog::SignInDialog;
use super::visit;
use crate::domain::words::{Fill, Tongue};

/// A page. `modal` says whether the header has the sign-in dialog; the pages that are its steps do without.
#[component]
pub fn Layout(
    /// The page's title.
    #[prop(into)]
    title: String,
    /// Whether the dialog is part of this page.
    #[prop(default = true)]
    modal: bool,
    /// The page itself.
    children: Children,
) -> impl IntoView {
    let visit = visit();
    let modal = modal && visit.user.is_none();
    let app_name = visit.app_name.clone();
    let say = Say::here();
    let legal = [(visit.journey.terms, say.of("terms")), (visit.journey.privacy, say.of("privacy"))];
    let links: Vec<_> = legal.into_iter().filter_map(|(href, name)| Some(view! { <a href=href?>{name}</a> })).collect();
    view! {
        <Title text=format!("{title} · {app_name}") />
        <a class="skip-link" href="#main">{say.of("skip-to-content")}</a>
        <header class="header">
            <a class="brand" href="/">
                <Mark logo=visit.assets.logo />
                {app_name.clone()}
            </a>
            <AccountControl modal />
        </header>
        {modal.then(|| view! { <SignInDialog /> })}
        <main id="main" class="main">{children()}</main>
        <footer class="footer">
            <p>{say.say_with("footer-note", &[("app", Fill::Text(&app_name))])}</p>
            {(!links.is_empty()).then(|| view! { <p class="footer__links">{links}</p> })}
            <LanguageSwitch label=say.of("language-label") languages=visit.languages current=visit.language back=visit.path />
        </footer>
    }
}

/// The deployment's mark, or Ringkey's.
#[component]
fn Mark(logo: Option<String>) -> impl IntoView {
    match logo {
        Some(name) => {
            Either::Left(view! { <img class="brand__mark" src=format!("/pkg/{name}") alt="" width="28" height="28" /> })
        }
        None => Either::Right(view! {
            <svg class="brand__mark" viewBox="0 0 24 24" aria-hidden="true">
                <circle cx="8" cy="12" r="5" />
                <path d="M13 12h8m-3 0v4" />
            </svg>
        }),
    }
}
