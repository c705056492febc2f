//! A menu behind a button: `details`, so that it opens without scripts. `public/boot.js` closes it on Escape and on leaving it.

use leptos::html;
use leptos::prelude::*;

/// The menu.
#[component]
pub fn Menu<C: IntoView + 'static>(
    /// The button, for moving the focus to it.
    button: NodeRef<html::Summary>,
    /// The button's name.
    label: String,
    /// A letter that stands for the name.
    initial: String,
    /// The menu's items.
    children: TypedChildren<C>,
) -> impl IntoView {
    view! {
        <details class="menu">
            <summary class="menu__button" node_ref=button>
                <span class="menu__initial" aria-hidden="true">{initial}</span>
                <span class="menu__label">{label}</span>
            </summary>
            <div class="menu__panel">{children.into_inner()()}</div>
        </details>
    }
}
