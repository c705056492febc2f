//! The layout of every page: header, main part and footer.

use std::sync::Arc;

use leptos::prelude::*;
use leptos_meta::Title;

use super::country_field::PreselectedCountry;
use super::language_switch::LanguageSwitch;
use super::render_context;
use super::sign_in_alternatives::{SignInAlternatives, TEMPLATE_ID};
use crate::components::account_control::{AccountControl, Opener};
use crate::components::auth_modal::AuthModal;
use crate::components::i18n::use_i18n;
use crate::components::page_context::{AuthMode, page_context};
use crate::components::parts::form::FLASH_ID;
use crate::components::parts::logo::BrandLogo;
use crate::domain::messages::{Arg, Localize};

/// The links that open the dialog, with their CSS classes.
const OPENERS: [(AuthMode, &str); 2] =
    [(AuthMode::SignIn, "button button--quiet"), (AuthMode::SignUp, "button button--primary")];

/// The flash message: the confirmation of a plain form, on the page to which the form redirects.
/// With scripts the island shows its own confirmation instead.
#[component]
pub fn FlashMessage(
    /// The id of the message to show.
    message: &'static str,
) -> impl IntoView {
    let i18n = use_i18n();
    render_context()
        .has_flash
        .then(|| view! { <p class="step__note" id=FLASH_ID role="status">{i18n.t(message)}</p> })
}

/// The layout of a page. With `modal` the page has the sign-in dialog; the flow's own pages have
/// none.
#[component]
pub fn Layout(
    #[prop(into)] title: String,
    /// `true` if the dialog is part of this page.
    #[prop(default = true)]
    modal: bool,
    children: Children,
) -> impl IntoView {
    let (page, context, i18n) = (page_context(), render_context(), use_i18n());
    let signed_out = page.user.is_none();
    let app_name = &context.app_name;
    let legal = [(page.sign_in.terms.clone(), "terms"), (page.sign_in.privacy.clone(), "privacy")];
    let to_link = |(address, id): (Option<_>, _)| Some(view! { <a href=address?>{i18n.t(id)}</a> });
    let links: Vec<_> = legal.into_iter().filter_map(to_link).collect();
    view! {
        <Title text=format!("{title} · {app_name}") />
        <a class="skip-link" href="#main">{i18n.t("skip-to-content")}</a>
        <header class="header">
            <a class="brand" href="/">
                <BrandLogo logo=page.logo.clone() />
                {app_name.clone()}
            </a>
            <AccountControl>
                {signed_out.then(|| OPENERS.map(
                    |(mode, class)| view! { <Opener mode class label=i18n.t(mode.title()) /> }
                ))}
            </AccountControl>
        </header>
        {(modal && signed_out).then(|| view! {
            <AuthModal><PreselectedCountry /></AuthModal>
            <template id=TEMPLATE_ID><SignInAlternatives /></template>
        })}
        <main id="main" class="main">{children()}</main>
        <footer class="footer">
            <p>{i18n.format("footer-note", &[("app", Arg::Text(app_name))])}</p>
            {(!links.is_empty()).then(|| view! { <p class="footer__links">{links}</p> })}
            <LanguageSwitch
                label=i18n.t("language-label") languages=Arc::clone(&context.languages)
                current=context.language.clone() back=context.path.clone()
            />
        </footer>
    }
    // Without `into_any` the types of all pages would be part of the type of the routes, and the
    // symbols would take gigabytes.
    .into_any()
}
