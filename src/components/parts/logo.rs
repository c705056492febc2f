//! The logo in the header and the dialog.

use leptos::either::Either;
use leptos::prelude::*;

/// The logo beside the product's name: the deployment's image, or the picture of a key.
#[component]
pub fn BrandLogo(
    /// The URL of the deployment's image; `None` for the key.
    logo: Option<String>,
) -> impl IntoView {
    match logo {
        Some(address) => {
            Either::Left(view! { <img class="mark" src=address alt="" width="28" height="28" /> })
        }
        None => Either::Right(view! {
            <svg class="mark" viewBox="0 0 24 24" aria-hidden="true">
                <circle cx="8" cy="12" r="5" />
                <path d="M13 12h8m-3 0v4" />
            </svg>
        }),
    }
}
