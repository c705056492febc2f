//! The sign-in flow as a dialog, which every page except the flow's own pages has.

use leptos::html;
use leptos::prelude::*;

use super::i18n::use_i18n;
use super::page_context::page_context;
use super::parts::dialog::Dialog;
use super::parts::form::reset_forms;
use super::parts::logo::BrandLogo;
use super::session::use_session;
use super::sign_in::{SignInFlow, SignInSteps};

/// The dialog's id, which `opener.js` uses as well.
const DIALOG_ID: &str = "sign-in-dialog";

/// The island of the dialog. Its child is the country field, which only the server renders.
#[island]
pub fn AuthModal(children: Children) -> impl IntoView {
    let (page, i18n) = (page_context(), use_i18n());
    let flow = SignInFlow::from_page_context();
    let dialog = NodeRef::<html::Dialog>::new();
    use_session().on_sign_in(move || {
        flow.restart();
        reset_forms();
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    });
    view! {
        <Dialog
            element=dialog id=DIALOG_ID title=i18n.t(page.sign_in.mode.title())
            close=i18n.t("close")
            logo=view! { <BrandLogo logo=page.logo.clone() /> }
        >
            <SignInSteps flow country=children() />
        </Dialog>
    }
}
