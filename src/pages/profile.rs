//! The profile page, an example of a reactive page for signed-in people.

use leptos::prelude::*;

use super::layout::{FlashMessage, Layout};
use crate::components::i18n::use_i18n;
use crate::components::profile_form::ProfileForm;

/// The page `/profile`, for signed-in people only.
#[component]
pub fn ProfilePage() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Layout title=i18n.t("profile-title")>
            <section class="card">
                <h1>{i18n.t("profile-title")}</h1>
                <FlashMessage message="saved" />
                <ProfileForm />
            </section>
        </Layout>
    }
}
