//! Buttons.

use leptos::prelude::*;

/// The button that sends a form. While the answer is awaited it cannot be pressed again, and says so.
#[component]
pub fn SubmitButton(
    /// Its words.
    label: String,
    /// Whether the answer is awaited.
    #[prop(into)]
    busy: Signal<bool>,
) -> impl IntoView {
    view! {
        <button class="button button--primary button--wide" type="submit" disabled=busy aria-busy=move || busy.get().then_some("true")>
            {label}
        </button>
    }
}
