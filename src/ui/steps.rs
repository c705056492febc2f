//! The steps of the journey: number, code, details. All three are on the page from the start and one is shown, so that
//! nothing typed is lost, whatever happens in between.

mod code;
mod details;
mod number;
mod phone;
mod proof;

use std::collections::BTreeMap;
use std::future::Future;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::parts::focus::focus;
use super::say::Say;
use super::visit::{Journey, Purpose, mend_at};
use crate::api::call::{Wanted, send_otp};
use crate::api::{ApiError, Refusal};
use crate::domain::answer::OtpSent;
use crate::domain::challenge::Step;
use crate::domain::problem::Problem;
use crate::domain::user::UserView;

use code::CodeStep;
use details::DetailsStep;
use phone::PhoneStep;

/// The steps' common state.
#[derive(Clone, Copy)]
pub(super) struct Progress {
    step: RwSignal<Step>,
    sent: RwSignal<Option<OtpSent>>,
    refusal: RwSignal<Option<Refusal>>,
    busy: RwSignal<bool>,
    solving: RwSignal<bool>,
    done: Callback<UserView>,
    say: Say,
}

impl Progress {
    /// Goes on to a step, and with the focus to its first field.
    fn go(self, step: Step) {
        self.refusal.set(None);
        self.step.set(step);
        focus(&[FIRST_FIELD]);
    }

    /// Sends something; one thing at a time.
    fn send<T: 'static>(self, call: impl Future<Output = Result<T, ApiError>> + 'static, then: impl FnOnce(T) + 'static) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.refusal.set(None);
        spawn_local(async move {
            let answer = call.await;
            self.busy.set(false);
            match answer {
                Ok(answer) => then(answer),
                Err(refused) => self.refuse(refused.error),
            }
        });
    }

    /// Asks for a text, and again with the proof of a puzzle if one is wanted first. While one is being solved a harder one may
    /// have become due, so it is not given up at the first.
    fn send_code(self, mut wanted: Wanted, then: impl FnOnce(OtpSent) + 'static) {
        const PUZZLES: usize = 3;
        let call = async move {
            for _ in 0..PUZZLES {
                let answer = send_otp(wanted.clone()).await;
                let Err(ApiError { error: Refusal { puzzle: Some(puzzle), .. } }) = answer else { return answer };
                self.solving.set(true);
                wanted.proof = Some(proof::solve(puzzle).await);
                self.solving.set(false);
            }
            send_otp(wanted).await
        };
        self.send(call, then);
    }

    /// Shows why it was refused, at the step where the person can mend it.
    fn refuse(self, refusal: Refusal) {
        let step = mend_at(&refusal.code, self.step.get_untracked());
        // What this tab knows is out of date; the server has the page to go on with.
        let lost = step == Step::Code && self.sent.with_untracked(Option::is_none);
        if lost || matches!(refusal.code.as_str(), "already_signed_in" | "other_challenge" | "not_verified") {
            let _ = window().location().assign(Purpose::SignIn.path());
            return;
        }
        self.step.set(step);
        self.refusal.set(Some(self.tell(refusal)));
        focus(&[".step:not([hidden]) [aria-invalid]", FIRST_FIELD]);
    }

    /// The words of a refusal, where the server was not reached to give them.
    fn tell(self, refusal: Refusal) -> Refusal {
        if refusal.code == Problem::Offline.code() && !window().navigator().on_line() {
            Refusal { message: self.say.of("offline"), ..refusal }
        } else {
            refusal.tell(&self.say)
        }
    }

    /// Shows what is wrong with a field that was left, and with those that had been marked before, by the rule that will judge
    /// them all.
    fn mark<T>(self, parsed: Result<T, Problem>, left: &str) {
        let mut faults = match parsed {
            Err(Problem::Invalid(faults)) => faults,
            _ => BTreeMap::new(),
        };
        let marked = self
            .refusal
            .with_untracked(|refusal| refusal.as_ref().and_then(|refusal| refusal.fields.clone()).unwrap_or_default());
        faults.retain(|field, _| *field == left || marked.contains_key(*field));
        self.refusal.set((!faults.is_empty()).then(|| Refusal::told(&Problem::Invalid(faults), &self.say)));
    }

    /// The same rule as on the server, before anything is sent.
    fn check<T>(self, parsed: Result<T, Problem>) -> Option<T> {
        parsed.map_err(|problem| self.refuse(Refusal::told(&problem, &self.say))).ok()
    }

    /// The words for one field of the step that is shown.
    fn error(self, field: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || self.refusal.with(|refusal| refusal.as_ref().and_then(|refusal| refusal.words_for(field))))
    }

    /// The words for the form of a step.
    fn form_error(self, step: Step) -> Signal<Option<String>> {
        Signal::derive(move || {
            let shown = self.step.get() == step;
            self.refusal.with(|refusal| refusal.as_ref().filter(|_| shown)?.words_for_form(fields_of(step)))
        })
    }

    /// Whether a step is not the one that is shown.
    fn hides(self, step: Step) -> Signal<bool> {
        Signal::derive(move || self.step.get() != step)
    }
}

fn fields_of(step: Step) -> &'static [&'static str] {
    match step {
        Step::Phone => &["country", "phone"],
        Step::Code => &["code"],
        Step::Details => &["first_name", "last_name", "email"],
    }
}

/// The first field of the step that is shown.
pub const FIRST_FIELD: &str = ".step:not([hidden]) input:not([type=hidden])";

/// The three steps.
#[component]
pub fn Steps(
    /// Where the journey stands.
    journey: Journey,
    /// The title that it goes under.
    #[prop(into)]
    purpose: Signal<Purpose>,
    /// What happens when it is over.
    done: Callback<UserView>,
    /// The country field.
    country: impl IntoView + 'static,
) -> impl IntoView {
    let progress = Progress {
        step: RwSignal::new(journey.step),
        sent: RwSignal::new(journey.sent),
        refusal: RwSignal::new(journey.refusal),
        busy: RwSignal::new(false),
        solving: RwSignal::new(false),
        done,
        say: Say::here(),
    };
    let typed = journey.typed;
    view! {
        <div class="steps">
            <PhoneStep progress purpose next=journey.next.clone() typed=typed.phone wait=typed.wait.clone() legal=[journey.terms, journey.privacy] country />
            <CodeStep progress next=journey.next.clone() typed=typed.code wait=typed.wait inbox=journey.inbox />
            <p class="step__note" role="status">
                {move || progress.solving.get().then(|| progress.say.of("solving"))}
            </p>
            <DetailsStep progress next=journey.next.clone() first_name=typed.first_name last_name=typed.last_name email=typed.email />
        </div>
    }
}
