//! The header's island: Sign in and Sign up with their dialog, or the profile menu.

use leptos::either::Either;
use leptos::ev::MouseEvent;
use leptos::html;
use leptos::prelude::*;

use super::parts::dialog::Dialog;
use super::parts::focus::focus;
use super::parts::menu::Menu;
use super::say::Say;
use super::session_news;
use super::steps::{FIRST_FIELD, Steps};
use super::visit::{Journey, Purpose};
use crate::domain::user::UserView;
use crate::domain::words::Words;

/// The dialog's id; the boot module opens it by this name when a click comes before the WASM.
const DIALOG: &str = "sign-in-dialog";

/// The island. The children are the country field, which the server renders and the WASM need not know.
#[island]
pub fn AccountControl(
    /// Who is signed in.
    user: Option<UserView>,
    /// Where the journey stands.
    journey: Journey,
    /// Whether this page has the dialog.
    modal: bool,
    /// What it says.
    words: Words,
    children: Children,
) -> impl IntoView {
    provide_context(words);
    let say = Say::here();
    let user = RwSignal::new(user);
    let purpose = RwSignal::new(journey.purpose);
    let dialog = NodeRef::<html::Dialog>::new();
    session_news::follow(user);
    Effect::new(move || {
        // Opened by the boot module before this was alive: the title goes on as what was clicked.
        let opened_as = dialog.get().and_then(|dialog| dialog.get_attribute("data-opens"));
        if opened_as.as_deref() == Some(name_of(Purpose::SignUp)) {
            purpose.set(Purpose::SignUp);
        }
    });
    let done = Callback::new(move |signed_in: UserView| {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
        user.set(Some(signed_in));
        focus(&[".menu__button"]);
    });
    view! {
        <div class="account-control">
            {move || match user.get() {
                None => Either::Left(view! {
                    <Opener purpose=Purpose::SignIn shown=purpose dialog say />
                    <Opener purpose=Purpose::SignUp shown=purpose dialog say />
                }),
                Some(user) => Either::Right(view! { <ProfileMenu user say /> }),
            }}
            {modal.then(|| view! {
                <Dialog element=dialog id=DIALOG title=Signal::derive(move || say.of(purpose.get().title())) close=say.of("close")>
                    <Steps journey purpose done country=children() />
                </Dialog>
            })}
        </div>
    }
}

/// A link to the page, which opens the dialog where there is one.
#[component]
fn Opener(purpose: Purpose, shown: RwSignal<Purpose>, dialog: NodeRef<html::Dialog>, say: Say) -> impl IntoView {
    let class = match purpose {
        Purpose::SignIn => "button button--quiet",
        Purpose::SignUp => "button button--primary",
    };
    let open = move |event: MouseEvent| {
        let plain = !(event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key());
        if let Some(dialog) = dialog.get_untracked().filter(|_| plain) {
            event.prevent_default();
            shown.set(purpose);
            let _ = dialog.show_modal();
            focus(&[FIRST_FIELD]);
        }
    };
    view! {
        <a class=class href=purpose.path() data-opens=name_of(purpose) on:click=open>
            {say.of(purpose.title())}
        </a>
    }
}

/// What an opener's `data-opens` says.
fn name_of(purpose: Purpose) -> &'static str {
    purpose.path().trim_start_matches('/')
}

#[component]
fn ProfileMenu(user: UserView, say: Say) -> impl IntoView {
    let initial = user.first_name.chars().next().map(String::from).unwrap_or_default();
    view! {
        <Menu label=user.first_name.clone() initial>
            <p class="menu__who">
                <strong>{user.first_name}" "{user.last_name}</strong>
                <span dir="ltr">{user.phone}</span>
            </p>
            <a class="menu__item" href="/account">{say.of("menu-account")}</a>
            <form method="post" action="/sign-out">
                <button class="menu__item" type="submit">{say.of("log-out")}</button>
            </form>
        </Menu>
    }
}
