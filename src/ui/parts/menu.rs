//! A menu behind a button: `details`, so that it opens without scripts. The boot module closes it on Escape and on leaving it.

use leptos::prelude::*;

/// The menu.
#[component]
pub fn Menu(
    /// The button's name.
    label: String,
    /// A letter that stands for it.
    initial: String,
    /// What is in it.
    children: Children,
) -> impl IntoView {
    view! {
        <details class="menu">
            <summary class="menu__button">
                <span class="menu__initial" aria-hidden="true" data-show="initial">{initial}</span>
                <span class="menu__label" data-show="first-name">{label}</span>
            </summary>
            <div class="menu__panel">{children()}</div>
        </details>
    }
}
