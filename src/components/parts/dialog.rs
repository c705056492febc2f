//! The modal dialog: the browser's own, with its focus trap, its Escape key and its way back to what opened it.

use leptos::html;
use leptos::prelude::*;

/// A dialog, closed at first. Closing it loses nothing that was typed. `opener.js` opens it.
#[component]
pub fn Dialog<H: IntoView + 'static, C: IntoView + 'static>(
    /// The element, for closing it.
    element: NodeRef<html::Dialog>,
    /// The element's id.
    id: &'static str,
    /// The logo before the title.
    logo: H,
    /// The dialog's name.
    title: String,
    /// The name of the button that closes it.
    close: String,
    /// The dialog's content.
    children: TypedChildren<C>,
) -> impl IntoView {
    view! {
        <dialog node_ref=element id=id class="dialog" aria-labelledby="dialog-title">
            <div class="dialog__head">
                {logo}
                <h2 id="dialog-title" class="dialog__title">{title}</h2>
                <form method="dialog">
                    <button class="dialog__close" type="submit" aria-label=close>
                        <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M6 6l12 12M18 6L6 18" /></svg>
                    </button>
                </form>
            </div>
            {children.into_inner()()}
        </dialog>
    }
}
