//! The page on which the holder of an account's former number objects to the change. The link to it
//! is in the notice.

use leptos::prelude::*;

use super::layout::Layout;
use super::render_context;
use crate::components::i18n::use_i18n;
use crate::domain::messages::{Arg, Localize};

/// The page `/objection`, for everybody who has the link.
#[component]
pub fn ObjectionPage() -> impl IntoView {
    let (i18n, context) = (use_i18n(), render_context());
    let (action, error) = (&context.action, context.action.error.as_ref());
    let lead = match (&action.former_phone, error) {
        (Some(phone), _) => Some(i18n.format("objection-lead", &[("phone", Arg::Text(phone))])),
        (None, Some(_)) => Some(String::new()),
        (None, None) => None,
    };
    let body = match lead {
        Some(lead) => view! {
            <p class="step__lead">{lead}</p>
            {error.map(|error| view! {
                <p class="field__error" role="alert">{error.message.clone()}</p>
            })}
            <form class="step__form" method="post" action="/objection">
                <input type="hidden" name="token" value=action.token.clone() />
                <button
                    class="button button--danger button--wide" type="submit"
                >{i18n.t("objection-submit")}</button>
            </form>
            <p><a href="/">{i18n.t("objection-leave")}</a></p>
        }
        .into_any(),
        None if context.has_flash => view! {
            <p role="status">{i18n.t("objection-done")}</p>
            <p><a class="button button--primary" href="/sign-in">{i18n.t("sign-in-title")}</a></p>
        }
        .into_any(),
        None => view! { <p>{i18n.t("objection-over")}</p> }.into_any(),
    };
    view! {
        <Layout title=i18n.t("objection-title") modal=false>
            <section class="card">
                <h1>{i18n.t("objection-title")}</h1>
                <div class="step">{body}</div>
            </section>
        </Layout>
    }
}
