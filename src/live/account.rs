//! Who is signed in, as the header shows it: two links, or the profile menu that the server put beside them.

use std::rc::Rc;

use web_sys::{HtmlDialogElement, HtmlElement, HtmlTemplateElement};

use super::document::{find, focus, write};
use super::session_news::News;
use crate::domain::user::UserView;

/// The header's account.
pub(super) struct Account(Rc<News>);

impl Account {
    /// Tells the other tabs who is signed in here, and listens to them.
    pub(super) fn follow(who: Option<String>) -> Self {
        Self(News::follow(who))
    }

    /// Shows the menu of somebody who has just signed in.
    pub(super) fn signed_in(&self, user: &UserView) {
        if let Some(dialog) = find::<HtmlDialogElement>("dialog[open]") {
            dialog.close();
        }
        let template = find::<HtmlTemplateElement>(".account-control template");
        if let (Some(control), Some(template)) = (find::<HtmlElement>(".account-control"), template) {
            control.replace_children_with_node_1(&template.content());
        }
        for (name, text) in [
            ("initial", user.initial()),
            ("first-name", user.first_name.clone()),
            ("full-name", user.full_name()),
            ("phone", user.phone.clone()),
        ] {
            write(&format!(".menu [data-show={name}]"), &text);
        }
        focus(&[".menu__button"]);
        self.0.tell(Some(user.id.clone()));
    }
}
