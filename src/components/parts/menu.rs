//! A menu that a button opens. The menu is a `details` element, so that it opens without scripts.
//! `public/boot.js` closes it on Escape and on a click or focus outside.

use leptos::html;
use leptos::prelude::*;

/// Renders the menu, closed at first.
#[component]
pub fn Menu<C: IntoView + 'static>(
    /// The button element, with which the caller moves the focus to it.
    button: NodeRef<html::Summary>,
    /// The accessible name of the button.
    label: String,
    /// The letter on the button: the initial of the person's name.
    initial: String,
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
