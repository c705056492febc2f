//! A part of the account page with a form that `public/account.js` sends without a page load.

use leptos::prelude::*;

use crate::components::i18n::use_i18n;

/// A part of the page with one form. The form posts to `/account/…`, and its server function is at
/// `/api/account/…`. After a success the browser goes to the page in the form's attribute
/// `data-next`, or else the text of its attribute `data-done` takes the place of this part. Without
/// scripts the form is a plain form.
#[component]
pub fn Action(children: Children) -> impl IntoView {
    let offline = use_i18n().t("problem-offline");
    view! {
        <div data-action data-offline=offline tabindex="-1">
            {children()}
            <p class="field__error" role="alert" hidden></p>
        </div>
    }
}
