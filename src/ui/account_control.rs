//! The header's account: Sign in and Sign up, or the profile menu.

use leptos::either::Either;
use leptos::prelude::*;

use super::parts::menu::Menu;
use super::say::Say;
use super::visit;
use super::visit::Purpose;
use crate::domain::user::UserView;

/// Who is signed in, or how to.
#[component]
pub fn AccountControl(
    /// Whether this page has the dialog.
    modal: bool,
) -> impl IntoView {
    let (visit, say) = (visit(), Say::here());
    let who = visit.user.as_ref().map(|user| user.id.clone());
    view! {
        <div class="account-control" data-who=who>
            {match visit.user {
                Some(user) => Either::Left(view! { <ProfileMenu user say /> }),
                None => Either::Right(view! {
                    <Opener purpose=Purpose::SignIn class="button button--quiet" say />
                    <Opener purpose=Purpose::SignUp class="button button--primary" say />
                    // For whoever signs in by the dialog; until then it is no part of the page.
                    {modal.then(|| view! { <template><ProfileMenu user=UserView::default() say /></template> })}
                }),
            }}
        </div>
    }
}

/// A link to the page, which the boot module lets open the dialog where there is one.
#[component]
fn Opener(purpose: Purpose, class: &'static str, say: Say) -> impl IntoView {
    let path = purpose.path();
    view! { <a class=class href=path data-opens=path.trim_start_matches('/')>{say.of(purpose.title())}</a> }
}

/// The menu. What is somebody's own can be found by `data-show`.
#[component]
fn ProfileMenu(user: UserView, say: Say) -> impl IntoView {
    view! {
        <Menu label=user.first_name.clone() initial=user.initial()>
            <p class="menu__who">
                <strong data-show="full-name">{user.full_name()}</strong>
                <span dir="ltr" data-show="phone">{user.phone}</span>
            </p>
            <a class="menu__item" href="/account">{say.of("menu-account")}</a>
            <form method="post" action="/sign-out">
                <button class="menu__item" type="submit">{say.of("log-out")}</button>
            </form>
        </Menu>
    }
}
