//! What every page has around it: header, main, footer.

use leptos::either::Either;
use leptos::prelude::*;
use leptos_meta::Title;

use super::account_control::AccountControl;
use super::parts::country_field::CountryField;
use super::parts::language_switch::LanguageSwitch;
use super::say::{HEADER, STEPS, Say};
use super::visit;
use super::visit::Journey;
use crate::domain::words::{Fill, Tongue};

/// A page. `modal` says whether the header's island has the sign-in dialog; the pages that are its steps do without.
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
    let header: Vec<&str> = if modal { HEADER.into_iter().chain(STEPS).collect() } else { HEADER.into() };
    let legal = [(visit.journey.terms.clone(), say.of("terms")), (visit.journey.privacy.clone(), say.of("privacy"))];
    view! {
        <Title text=format!("{title} · {app_name}") />
        <a class="skip-link" href="#main">{say.of("skip-to-content")}</a>
        <header class="header">
            <a class="brand" href="/">
                <Mark logo=visit.assets.logo />
                {app_name.clone()}
            </a>
            <AccountControl user=visit.user journey=if modal { visit.journey } else { Journey::default() } modal=modal words=visit.words.only(header)>
                {modal.then(|| view! { <CountryField label=say.of("country-label") countries=visit.countries selected=visit.country /> })}
            </AccountControl>
        </header>
        <main id="main" class="main">{children()}</main>
        <footer class="footer">
            <p>{say.say_with("footer-note", &[("app", Fill::Text(&app_name))])}</p>
            <p class="footer__links">
                {legal.into_iter().filter_map(|(href, name)| Some(view! { <a href=href?>{name}</a> })).collect_view()}
            </p>
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
