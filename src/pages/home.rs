//! The home page: a greeting, and an explanation of how signing in works.

use leptos::prelude::*;

use super::layout::{FlashMessage, Layout};
use super::render_context;
use crate::components::account_control::Opener;
use crate::components::greeting::Greeting;
use crate::components::i18n::use_i18n;
use crate::components::page_context::{AuthMode, page_context};
use crate::domain::messages::{Arg, Localize};

/// The page `/`, for everyone.
#[component]
pub fn HomePage() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Layout title=i18n.t("home-title")>
            <FlashMessage message="account-deleted" />
            <Greeting>{page_context().user.is_none().then(|| view! { <Invitation /> })}</Greeting>
            <ul class="points">
                {["binary", "scripts", "codes"].map(|point| view! {
                    <li>
                        <h2>{i18n.t(&format!("home-point-{point}"))}</h2>
                        <p>{i18n.t(&format!("home-point-{point}-text"))}</p>
                    </li>
                })}
            </ul>
        </Layout>
    }
}

/// The invitation to sign in.
#[component]
fn Invitation() -> impl IntoView {
    let (i18n, context) = (use_i18n(), render_context());
    let args = [("code", Arg::Text("482 913")), ("app", Arg::Text(&context.app_name))];
    view! {
        <section class="hero hero--split">
            <div>
                <h1>{i18n.t("home-heading")}</h1>
                <p class="lead">{i18n.t("home-lead")}</p>
                <p class="hero__actions">
                    <Opener
                        mode=AuthMode::SignUp class="button button--primary button--large"
                        label=i18n.t("home-try")
                    />
                </p>
            </div>
            // The picture, drawn with markup, shows the steps on the phone and on the page.
            <div class="picture" aria-hidden="true">
                <p class="picture__text">{i18n.format("home-picture-text", &args)}</p>
                <p
                    class="picture__code" dir="ltr"
                >{["4", "8", "2", "9", "1", "3"].map(|digit| view! { <span>{digit}</span> })}</p>
                <p class="picture__done">{i18n.t("home-signed-in")}</p>
            </div>
        </section>
    }
}
