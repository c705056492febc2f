//! The profile page: an example of a guarded page that is reactive.

use leptos::prelude::*;

use super::layout::{FlashMessage, Layout};
use crate::components::i18n::use_i18n;
use crate::components::profile_form::ProfileForm;

/// `/profile`. The route lets only people through who are signed in.
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
