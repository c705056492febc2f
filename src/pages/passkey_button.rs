//! A button that starts a `WebAuthn` ceremony. `public/passkey.js` shows and handles it.

use leptos::prelude::*;

/// A button for a passkey. It is hidden until `public/passkey.js` runs in a browser that has
/// passkeys, because nothing about them works without a script.
#[component]
pub fn PasskeyButton(
    /// The path of the server function that gets the authenticator's answer. The options come from
    /// the path below it, `/options`.
    path: &'static str,
    /// The text of the button.
    label: String,
    /// The page to which the browser goes afterwards; empty for the same page.
    #[prop(optional, into)]
    next: String,
    /// `true` if the ceremony creates a passkey.
    #[prop(optional)]
    creates: bool,
    /// The message for a device that has a passkey of this account already.
    #[prop(optional)]
    exists: String,
) -> impl IntoView {
    view! {
        <div data-passkey=path data-next=next data-creates=creates data-exists=exists hidden>
            <button class="button button--wide" type="button">{label}</button>
            <p class="field__error" role="alert" hidden></p>
        </div>
    }
}
