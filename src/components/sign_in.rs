//! The sign-in flow, with three steps: phone number, code, details. All steps are on the page from
//! the start, so that typed text is not lost, and one of them is visible. Each step is a plain
//! form. With scripts a server function replaces the request of the form.

mod as_you_type;
mod code_step;
mod deadlines;
mod details_step;
mod flow;
mod phone_step;
mod proof_of_work;
mod send_otp_request;
mod state;

use leptos::prelude::*;

use super::page_context::page_context;
use super::parts::form::reset_forms;
use super::parts::text::text;
use super::session::use_session;
use crate::domain::step::Step;

use code_step::CodeStep;
use details_step::DetailsStep;
pub use flow::SignInFlow;
use phone_step::PhoneStep;

/// Returns the names of a step's fields. Each name is also the id of its input.
fn field_names(step: Step) -> &'static [&'static str] {
    match step {
        Step::Phone => &["phone", "country"],
        Step::Code => &["code"],
        Step::Details => &["first_name", "last_name", "email"],
    }
}

/// The id of the heading on the flow's own pages.
pub const HEADING_ID: &str = "step-heading";

/// Returns the message id of the page title for a step.
pub fn step_title(step: Step) -> &'static str {
    match step {
        Step::Phone => "sign-in-title",
        Step::Code => "code-step-title",
        Step::Details => "details-step-title",
    }
}

/// Renders the three steps, of which one is visible.
#[component]
pub fn SignInSteps<C: IntoView + 'static>(
    /// The handle on the flow's state.
    flow: SignInFlow,
    /// The country field, which only the server renders.
    country: C,
) -> impl IntoView {
    let solving =
        flow.derive_text(|flow, i18n| if flow.solving { i18n.t("solving") } else { String::new() });
    view! {
        <div class="steps">
            <PhoneStep flow country />
            <CodeStep flow />
            <p class="step__note" id="solving" role="status" use:text=solving></p>
            <DetailsStep flow />
        </div>
    }
}

/// The island of the flow's own pages. Its child is the country field. After the sign-in the
/// browser goes to the page that the person had requested.
#[island]
pub fn SignInForm(children: Children) -> impl IntoView {
    let flow = SignInFlow::from_page_context();
    let next = page_context().sign_in.next.clone().unwrap_or_else(|| "/".to_owned());
    use_session().on_sign_in(move || {
        reset_forms();
        let _ = window().location().assign(&next);
    });
    view! { <SignInSteps flow country=children() /> }
}
