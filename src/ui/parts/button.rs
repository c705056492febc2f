//! Buttons.

use leptos::prelude::*;

/// The button that sends a form. While the answer is awaited it cannot be pressed again, and says so (`aria-busy`).
#[component]
pub fn SubmitButton(
    /// Its words.
    label: String,
) -> impl IntoView {
    view! { <button class="button button--primary button--wide" type="submit">{label}</button> }
}
