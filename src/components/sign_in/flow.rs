//! What changes the state of the sign-in flow: an event, a call of a server function, an answer.

use std::future::Future;
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::deadlines::{Deadlines, now};
use super::proof_of_work::solve;
use super::state::Flow;
use super::{HEADING_ID, fields_of, title_of};
use crate::api::auth::{Field, send_otp};
use crate::api::{ApiError, Refusal};
use crate::components::i18n::{I18n, use_i18n};
use crate::components::page_context::page_context;
use crate::components::parts::form::{DONE_ID, focus};
use crate::components::parts::text::write;
use crate::components::session::{Session, use_session};
use crate::domain::challenge::Step;
use crate::domain::phone::as_you_type::PhoneHint;
use crate::domain::problem::Problem;
use crate::domain::user::UserView;

/// The step that shows an error of this code, for a request that was made at this step.
type RecoveryStep = fn(&str, Step) -> Step;

/// What [`send_otp`] is called with. Without a number it asks for the code of the challenge at hand once more.
#[derive(Debug, Clone, Default)]
pub struct SendOtpRequest {
    phone: Field,
    country: Field,
    next: Field,
    proof: Field,
    cookies: Field,
}

impl SendOtpRequest {
    /// A request for a code to this number. `cookies` is the form's own field of that name.
    pub fn new(phone: String, country: String, cookies: String, next: Option<String>) -> Self {
        Self { phone: phone.into(), country: country.into(), next: Field(next), proof: Field(None), cookies: cookies.into() }
    }
}

/// A handle on the state, to be carried into closures.
#[derive(Debug, Clone, Copy)]
pub struct SignInFlow {
    flow: RwSignal<Flow>,
    session: Session,
    /// The messages of the page.
    pub(super) i18n: I18n,
}

impl SignInFlow {
    /// The flow as the page context has it.
    pub fn from_page_context() -> Self {
        let context = &page_context().sign_in;
        let flow = RwSignal::new(Flow {
            step: context.step,
            challenge: context.challenge.clone(),
            error: context.error.clone(),
            ..Flow::default()
        });
        Effect::new(move |_| {
            flow.update(|flow| flow.deadlines = flow.challenge.as_ref().map(|sent| Deadlines::new(sent, now())));
            let tick = move || {
                if flow.with_untracked(|flow| flow.challenge.is_some()) {
                    flow.notify();
                }
            };
            if let Ok(interval) = set_interval_with_handle(tick, Duration::from_secs(1)) {
                on_cleanup(move || interval.clear());
            }
        });
        Self { flow, session: use_session(), i18n: use_i18n() }
    }

    /// A text that follows the state.
    pub fn text(self, text: fn(&Flow, I18n) -> String) -> Signal<String> {
        Signal::derive(move || self.flow.with(|flow| text(flow, self.i18n)))
    }

    /// A condition that follows the state.
    pub fn is(self, condition: fn(&Flow) -> bool) -> Signal<bool> {
        Signal::derive(move || self.flow.with(condition))
    }

    /// Whether a step is not the one that is shown.
    pub fn hides(self, step: Step) -> Signal<bool> {
        Signal::derive(move || self.flow.with(|flow| flow.step != step))
    }

    /// Whether an answer is awaited.
    pub fn pending(self) -> Signal<bool> {
        self.is(|flow| flow.pending)
    }

    /// The words for what is wrong with a field.
    pub fn field_error(self, name: &'static str) -> Signal<String> {
        Signal::derive(move || {
            self.flow.with(|flow| flow.error.as_ref().and_then(|error| error.words_for(name)).unwrap_or_default())
        })
    }

    /// The words for what is wrong with a step as a whole.
    pub fn form_error(self, step: Step) -> Signal<String> {
        Signal::derive(move || {
            self.flow.with(|flow| {
                let error = flow.error.as_ref().filter(|_| flow.step == step);
                error.and_then(|error| error.words_for_form(fields_of(step))).unwrap_or_default()
            })
        })
    }

    /// How many digits the code has.
    pub fn code_length(self) -> u8 {
        self.flow.with_untracked(Flow::code_length)
    }

    /// The short name of the challenge.
    pub fn reference(self) -> String {
        self.flow.with_untracked(|flow| flow.challenge.as_ref().map(|sent| sent.reference.clone()).unwrap_or_default())
    }

    /// Shows a step, without errors, and moves the focus to its first field.
    pub fn go(self, step: Step) {
        self.show(step, None);
    }

    /// Says what the number is, as far as it is typed.
    pub fn set_hint(self, hint: PhoneHint) {
        self.flow.update(|flow| flow.hint = hint);
    }

    /// Says that another text is on its way.
    pub fn say_resent(self) {
        self.flow.update(|flow| flow.resent = true);
    }

    /// Ends the flow: the person is signed in.
    pub fn finish(self, user: UserView) {
        self.session.set(Some(user));
    }

    /// Begins anew, with nothing of the person who went before.
    pub fn restart(self) {
        self.flow.set(Flow::default());
    }

    /// Calls a server function, one at a time. An error is shown at its recovery step, unless the person has left the step of the
    /// call meanwhile.
    pub fn request<T: 'static>(
        self,
        call: impl Future<Output = Result<T, ApiError>> + 'static,
        recovery_step: RecoveryStep,
        then: impl FnOnce(Self, T) + 'static,
    ) {
        let Some(step) = self.begin() else { return };
        spawn_local(async move {
            let answer = call.await;
            self.flow.update(|flow| flow.pending = false);
            match answer {
                Ok(answer) => then(self, answer),
                Err(refused) => self.fail(refused.error, step, recovery_step),
            }
        });
    }

    /// The step of a call that begins; none while another one's answer is awaited.
    fn begin(self) -> Option<Step> {
        let step = self.flow.with_untracked(|flow| (!flow.pending).then_some(flow.step))?;
        self.flow.update(|flow| {
            flow.pending = true;
            flow.resent = false;
            flow.error = None;
        });
        Some(step)
    }

    /// Asks for a code, and again with a proof of work if one is required. While one is being solved a harder one may have become
    /// due, so this does not give up at the first.
    pub fn send_otp(self, request: SendOtpRequest, recovery_step: RecoveryStep, then: impl FnOnce(Self) + 'static) {
        const MOST_PUZZLES: usize = 3;
        let mut request = request;
        let call = async move {
            let send = |SendOtpRequest { phone, country, next, proof, cookies }| send_otp(phone, country, next, proof, cookies);
            for _ in 0..MOST_PUZZLES {
                let answer = send(request.clone()).await;
                let Err(ApiError { error: Refusal { puzzle: Some(puzzle), .. } }) = answer else { return answer };
                self.flow.update(|flow| flow.solving = true);
                request.proof = solve(puzzle).await.into();
                self.flow.update(|flow| flow.solving = false);
            }
            send(request).await
        };
        self.request(call, recovery_step, move |flow, sent| {
            flow.flow.update(|flow| {
                flow.deadlines = Some(Deadlines::new(&sent, now()));
                flow.challenge = Some(sent);
            });
            then(flow);
        });
    }

    /// Whether the rule that the server will apply accepts what is typed. If not, its error is shown.
    pub fn accepts<T>(self, parsed: Result<T, Problem>) -> bool {
        let step = self.flow.with_untracked(|flow| flow.step);
        parsed.map_err(|problem| self.fail(Refusal::told(&problem, &self.i18n), step, |_, step| step)).is_ok()
    }

    /// Shows what is wrong with the field that was left, and with those that were marked before, by the rule that will judge all.
    pub fn mark<T>(self, parsed: Result<T, Problem>, left: &str) {
        let mut faults = match parsed {
            Err(Problem::Invalid(faults)) => faults,
            _ => Vec::new(),
        };
        self.flow.update(|flow| {
            let marked = flow.error.take().and_then(|error| error.fields).unwrap_or_default();
            faults.retain(|(field, _)| *field == left || marked.contains_key(*field));
            flow.error = (!faults.is_empty()).then(|| Refusal::told(&Problem::Invalid(faults), &self.i18n));
        });
    }

    /// Shows an error that was met at a step, where the person can mend it.
    fn fail(self, error: Refusal, met: Step, recovery_step: RecoveryStep) {
        let step = recovery_step(&error.code, met);
        let (is_left, is_lost) =
            self.flow.with_untracked(|flow| (flow.step != met, step == Step::Code && flow.challenge.is_none()));
        if is_left {
            return;
        }
        // What this tab knows is out of date; the server has the page to go on with, and says there why.
        if is_lost || matches!(error.code.as_str(), "already_signed_in" | "other_challenge" | "not_verified") {
            let _ = window().location().assign(&["/sign-in?problem=", &error.code].concat());
            return;
        }
        let error = self.localize(error);
        // The server knows better when the next text may be asked for.
        if let (Some(seconds), "too_soon") = (error.retry_after, error.code.as_str()) {
            self.flow.update(|flow| flow.deadlines = flow.deadlines.map(|deadlines| deadlines.with_resend_in(seconds, now())));
        }
        self.show(step, Some(error));
    }

    /// Shows a step and what is wrong there. The focus moves to the first field that is, or else to the first one. A page of the
    /// flow's own is named after the step.
    fn show(self, step: Step, error: Option<Refusal>) {
        let fields = fields_of(step);
        let wrong = error.as_ref().and_then(|error| error.first_of(fields));
        write(DONE_ID, "");
        if self.flow.with_untracked(|flow| flow.step != step) {
            write(HEADING_ID, &self.i18n.t(title_of(step)));
        }
        self.flow.update(|flow| {
            flow.step = step;
            flow.error = error;
        });
        if let Some(name) = wrong.or(fields.first().copied()) {
            focus(name);
        }
    }

    /// The words of an error, where the server was not reached to give them.
    fn localize(self, error: Refusal) -> Refusal {
        if error.code == Problem::Offline.code() && !window().navigator().on_line() {
            Refusal { message: self.i18n.t("offline"), ..error }
        } else {
            error.tell(&self.i18n)
        }
    }
}
