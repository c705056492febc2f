//! The page that shows new recovery codes, once.

use leptos::prelude::*;
use leptos_router::components::Redirect;

use crate::components::i18n::use_i18n;
use crate::pages::layout::Layout;
use crate::pages::render_context;

/// The page `/account/recovery-codes`, which answers the form that makes the codes. Loaded again,
/// it leads to the account page.
#[component]
pub fn RecoveryCodesPage() -> impl IntoView {
    let (i18n, codes) = (use_i18n(), render_context().action.recovery_codes.clone());
    if codes.is_empty() {
        return view! { <Redirect path="/account" /> }.into_any();
    }
    view! {
        <Layout title=i18n.t("account-recovery")>
            <section class="card card--wide">
                <h1>{i18n.t("account-recovery")}</h1>
                <p role="status">{i18n.t("recovery-shown-once")}</p>
                <ol class="recovery__codes">
                    {codes.into_iter().map(|code| view! {
                        <li><code dir="ltr" data-recovery-code>{code}</code></li>
                    }).collect_view()}
                </ol>
                <p class="step__note">{i18n.t("recovery-keep")}</p>
                <p>
                    <a class="button button--primary" href="/account">{i18n.t("recovery-done")}</a>
                </p>
            </section>
        </Layout>
    }
    .into_any()
}
