//! The home page's first section: an invitation, or a welcome by name.

use leptos::either::Either;
use leptos::prelude::*;

use super::i18n::{I18n, use_i18n};
use super::session::use_session;
use crate::domain::messages::{Arg, Localize};
use crate::domain::user::UserView;

/// The island of the greeting, which follows the session. Its child is the invitation, which the
/// server renders only for signed-out people.
#[island]
pub fn Greeting(children: Children) -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    view! {
        <div hidden=move || session.is_signed_in()>{children()}</div>
        {move || match session.user() {
            Some(user) => Either::Left(view! { <Welcome user i18n /> }),
            None => Either::Right(view! { <span hidden=true></span> }),
        }}
    }
}

/// Greets the signed-in user by name.
#[component]
fn Welcome(user: UserView, i18n: I18n) -> impl IntoView {
    view! {
        <section class="hero">
            <h1>{i18n.format("home-welcome", &[("name", Arg::Text(&user.first_name))])}</h1>
            <p class="person">
                <strong>{user.full_name()}</strong>
                <span dir="ltr">{user.phone}</span>
            </p>
            <p class="lead">{i18n.t("home-signed-in-lead")}</p>
            <p class="hero__actions">
                <a
                    class="button button--primary button--large" href="/account"
                >{i18n.t("home-see-account")}</a>
            </p>
        </section>
    }
}
