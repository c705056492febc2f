//! The journey as pages, whole without scripts; with them the same steps are taken in place.

use leptos::prelude::*;
use leptos_router::components::Redirect;

use super::layout::Layout;
use super::say::Say;
use super::steps::Steps;
use super::visit;
use super::visit::Purpose;
use crate::domain::challenge::Step;
use crate::domain::next::carry;

/// `/sign-in`
#[component]
pub fn SignInPage() -> impl IntoView {
    page(Step::Phone)
}

/// `/sign-up`
#[component]
pub fn SignUpPage() -> impl IntoView {
    page(Step::Phone)
}

/// `/sign-in/code`
#[component]
pub fn CodePage() -> impl IntoView {
    page(Step::Code)
}

/// `/sign-in/details`
#[component]
pub fn DetailsPage() -> impl IntoView {
    page(Step::Details)
}

/// The page of a step, or the way to the step at which the journey is.
fn page(step: Step) -> impl IntoView {
    let visit = visit();
    let journey = visit.journey;
    // A refusal is shown where the person can mend it, whichever page it was posted to.
    if journey.step != step && journey.refusal.is_none() {
        let path = carry(path_of(journey.step, journey.purpose), journey.next.as_deref());
        return view! { <Redirect path /> }.into_any();
    }
    let say = Say::here();
    let title = say.of(match journey.step {
        Step::Phone => journey.purpose.title(),
        Step::Code => "code-step-title",
        Step::Details => "details-step-title",
    });
    view! {
        <Layout title=title.clone() modal=false>
            <section class="card">
                <h1>{title}</h1>
                <Steps journey words=visit.words countries=visit.countries country=visit.country />
            </section>
        </Layout>
    }
    .into_any()
}

fn path_of(step: Step, purpose: Purpose) -> &'static str {
    match step {
        Step::Phone => purpose.path(),
        Step::Code => "/sign-in/code",
        Step::Details => "/sign-in/details",
    }
}
