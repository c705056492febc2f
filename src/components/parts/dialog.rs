//! The modal dialog: the browser's `dialog` element, which traps the focus, closes on Escape and
//! then returns the focus to its opener.

use leptos::html;
use leptos::prelude::*;

/// Renders a dialog, closed at first, which `opener.js` opens. Typed text stays when the dialog
/// closes.
#[component]
pub fn Dialog<H: IntoView + 'static, C: IntoView + 'static>(
    /// The dialog element, with which the caller closes it.
    element: NodeRef<html::Dialog>,
    id: &'static str,
    /// The logo before the title.
    logo: H,
    title: String,
    /// The accessible name of the button that closes the dialog.
    close: String,
    children: TypedChildren<C>,
) -> impl IntoView {
    view! {
        <dialog node_ref=element id=id class="dialog" aria-labelledby="dialog-title">
            <div class="dialog__head">
                {logo}
                <h2 id="dialog-title" class="dialog__title">{title}</h2>
                <form method="dialog">
                    <button class="dialog__close" type="submit" aria-label=close>
                        <svg
                            viewBox="0 0 24 24" aria-hidden="true"
                        ><path d="M6 6l12 12M18 6L6 18" /></svg>
                    </button>
                </form>
            </div>
            {children.into_inner()()}
        </dialog>
    }
}
