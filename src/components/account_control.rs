//! The account part of the header: the links “Sign in” and “Sign up”, or the profile menu.

use leptos::either::Either;
use leptos::html;
use leptos::prelude::*;

use super::i18n::{I18n, use_i18n};
use super::page_context::AuthMode;
use super::parts::menu::Menu;
use super::session::use_session;
use crate::domain::user::UserView;

/// The inline script with which openers open the dialog, before the WASM is loaded and afterwards.
/// The content security policy allows the script by its digest.
pub const OPENER_SCRIPT: &str = include_str!("opener.js");

/// The island of the header, which follows the session. Its children are the openers, which the
/// server renders only for signed-out people.
#[island]
pub fn AccountControl(children: Children) -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let button = NodeRef::<html::Summary>::new();
    session.on_sign_in(move || {
        // Waits until the menu is rendered and the dialog is closed.
        request_animation_frame(move || {
            if let Some(button) = button.get_untracked() {
                let _ = button.focus();
            }
        });
    });
    view! {
        <div class="account-control">
            <div
                class="account-control__openers" hidden=move || session.is_signed_in()
            >{children()}</div>
            {move || match session.user() {
                Some(user) => Either::Left(view! { <ProfileMenu user button i18n /> }),
                None => Either::Right(view! { <span hidden=true></span> }),
            }}
        </div>
    }
}

/// A link to a page of the sign-in flow. On a page that has the dialog, the link opens the dialog.
#[component]
pub fn Opener(
    /// The title under which the dialog opens.
    mode: AuthMode,
    /// The link's CSS classes, separated by spaces.
    class: &'static str,
    /// The link's text, in the page's language.
    label: String,
) -> impl IntoView {
    let path = mode.path();
    view! { <a class=class href=path data-opens=path.trim_start_matches('/')>{label}</a> }
}

/// The menu of the signed-in person.
#[component]
fn ProfileMenu(user: UserView, button: NodeRef<html::Summary>, i18n: I18n) -> impl IntoView {
    view! {
        <Menu button label=user.first_name.clone() initial=user.initial()>
            <p class="menu__who">
                <strong>{user.full_name()}</strong>
                <span dir="ltr">{user.phone}</span>
            </p>
            <a class="menu__item" href="/account">{i18n.t("menu-account")}</a>
            <form method="post" action="/sign-out">
                <button class="menu__item" type="submit">{i18n.t("log-out")}</button>
            </form>
        </Menu>
    }
}
