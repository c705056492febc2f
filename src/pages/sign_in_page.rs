//! The pages of the sign-in flow, one per step, which work without scripts. With scripts all steps
//! take place on one page.

use leptos::prelude::*;
use leptos_router::components::Redirect;

use super::country_field::PreselectedCountry;
use super::layout::{FlashMessage, Layout};
use super::render_context;
use super::sign_in_alternatives::SignInAlternatives;
use crate::components::i18n::use_i18n;
use crate::components::page_context::{AuthMode, page_context};
use crate::components::sign_in::{HEADING_ID, SignInForm, step_title};
use crate::domain::next::with_next;
use crate::domain::step::Step;

/// The page `/sign-in`, the phone step.
#[component]
pub fn SignInPage() -> impl IntoView {
    step_page(Step::Phone)
}

/// The page `/sign-up`, the phone step under another title.
#[component]
pub fn SignUpPage() -> impl IntoView {
    step_page(Step::Phone)
}

/// The page `/sign-in/code`, the code step.
#[component]
pub fn CodePage() -> impl IntoView {
    step_page(Step::Code)
}

/// The page `/sign-in/details`, the details step.
#[component]
pub fn DetailsPage() -> impl IntoView {
    step_page(Step::Details)
}

/// Renders the page of a step, or redirects to the page of the flow's current step.
fn step_page(step: Step) -> impl IntoView {
    let (page, i18n) = (page_context(), use_i18n());
    let flow = &page.sign_in;
    // An error is shown at its recovery step, on the page to which the form was posted.
    if flow.step != step && flow.error.is_none() {
        let path = with_next(step_path(flow.step, flow.mode), flow.next.as_deref());
        return view! { <Redirect path /> }.into_any();
    }
    let (is_code, is_phone) = (flow.step == Step::Code, flow.step == Step::Phone);
    let title = i18n.t(match flow.step {
        Step::Phone => flow.mode.title(),
        step => step_title(step),
    });
    view! {
        <Layout title=title.clone() modal=false>
            <section class="card">
                <h1 id=HEADING_ID>{title}</h1>
                {is_code.then(|| view! { <FlashMessage message="resent" /><Delivery /> })}
                <SignInForm><PreselectedCountry /></SignInForm>
                {is_phone.then(|| view! {
                    <SignInAlternatives />
                    <script type="module" src="/passkey.js"></script>
                })}
                {render_context().has_receipts.then(|| view! {
                    <script type="module" src="/delivery.js"></script>
                })}
            </section>
        </Layout>
    }
    .into_any()
}

/// The report of the provider about the last text. With scripts `public/delivery.js` keeps it up to
/// date.
#[component]
fn Delivery() -> impl IntoView {
    let message = render_context().delivery.map(|id| use_i18n().t(id));
    message.map(|message| view! { <p class="step__note" id="delivery" role="status">{message}</p> })
}

fn step_path(step: Step, mode: AuthMode) -> &'static str {
    match step {
        Step::Phone => mode.path(),
        Step::Code => "/sign-in/code",
        Step::Details => "/sign-in/details",
    }
}
