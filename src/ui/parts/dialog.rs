//! The modal dialog: the browser's own, with its focus trap, its Escape key and its way back to the opener. The boot module opens
//! it.

use leptos::prelude::*;

/// A dialog, closed at first. Closing it loses nothing that was typed.
#[component]
pub fn Dialog(
    /// The element's id.
    id: &'static str,
    /// Its name.
    title: String,
    /// The name of the button that closes it.
    close: String,
    /// What is in it.
    children: Children,
) -> impl IntoView {
    view! {
        <dialog id=id class="dialog" aria-labelledby="dialog-title">
            <div class="dialog__head">
                <h2 id="dialog-title" class="dialog__title">{title}</h2>
                <form method="dialog">
                    <button class="dialog__close" type="submit" aria-label=close>
                        <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M6 6l12 12M18 6L6 18" /></svg>
                    </button>
                </form>
            </div>
            {children()}
        </dialog>
    }
}
