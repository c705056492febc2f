//! The handle on the sign-in flow, which calls the server functions and applies their responses to
//! the flow's state.

use std::future::Future;
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::deadlines::{Deadlines, now};
use super::proof_of_work::solve;
use super::send_otp_request::SendOtpRequest;
use super::state::Flow;
use super::{HEADING_ID, field_names, step_title};
use crate::api::auth::send_otp;
use crate::api::{ApiError, ErrorBody};
use crate::components::i18n::{I18n, use_i18n};
use crate::components::page_context::page_context;
use crate::components::parts::form::{FLASH_ID, focus_input};
use crate::components::parts::text::set_text;
use crate::components::session::{Session, use_session};
use crate::domain::error_code::ErrorCode;
use crate::domain::phone::as_you_type::PhoneHint;
use crate::domain::problem::Problem;
use crate::domain::step::Step;
use crate::domain::user::UserView;

/// A function that returns the step at which an error is shown, from the error's code and the step
/// of the request.
type RecoveryStep = fn(ErrorCode, Step) -> Step;

/// A copyable handle on the state of the flow.
#[derive(Debug, Clone, Copy)]
pub struct SignInFlow {
    flow: RwSignal<Flow>,
    session: Session,
    pub(super) i18n: I18n,
}

impl SignInFlow {
    /// Creates the flow from the page context.
    pub fn from_page_context() -> Self {
        let context = &page_context().sign_in;
        let flow = RwSignal::new(Flow {
            step: context.step,
            challenge: context.challenge.clone(),
            error: context.error.clone(),
            ..Flow::default()
        });
        Effect::new(move |_| {
            flow.update(|flow| {
                flow.deadlines = flow.challenge.as_ref().map(|sent| Deadlines::new(sent, now()));
            });
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

    /// Returns a string signal derived from the state.
    pub fn derive_text(self, text: fn(&Flow, I18n) -> String) -> Signal<String> {
        Signal::derive(move || self.flow.with(|flow| text(flow, self.i18n)))
    }

    /// Returns a boolean signal derived from the state.
    pub fn derive_bool(self, condition: fn(&Flow) -> bool) -> Signal<bool> {
        Signal::derive(move || self.flow.with(condition))
    }

    /// Returns a signal that is `true` while another step is shown.
    pub fn hides(self, step: Step) -> Signal<bool> {
        Signal::derive(move || self.flow.with(|flow| flow.step != step))
    }

    /// Returns a signal that is `true` while a response is awaited.
    pub fn pending(self) -> Signal<bool> {
        self.derive_bool(|flow| flow.pending)
    }

    /// Returns the error message of a field; empty without an error.
    pub fn field_error(self, name: &'static str) -> Signal<String> {
        Signal::derive(move || {
            self.flow.with(|flow| {
                flow.error.as_ref().and_then(|error| error.field_message(name)).unwrap_or_default()
            })
        })
    }

    /// Returns the error message of a step as a whole; empty without an error.
    pub fn form_error(self, step: Step) -> Signal<String> {
        Signal::derive(move || {
            self.flow.with(|flow| {
                let error = flow.error.as_ref().filter(|_| flow.step == step);
                error.and_then(|error| error.form_message(field_names(step))).unwrap_or_default()
            })
        })
    }

    /// Returns the number of digits of the code.
    pub fn code_length(self) -> u8 {
        self.flow.with_untracked(Flow::code_length)
    }

    /// Returns the reference of the challenge.
    pub fn reference(self) -> String {
        self.flow.with_untracked(|flow| {
            flow.challenge.as_ref().map(|sent| sent.reference.clone()).unwrap_or_default()
        })
    }

    /// Shows a step, without errors, and moves the focus to its first field.
    pub fn go_to(self, step: Step) {
        self.show(step, None);
    }

    /// Sets the hint below the phone number.
    pub fn set_hint(self, hint: PhoneHint) {
        self.flow.update(|flow| flow.hint = hint);
    }

    /// Shows that another SMS was sent.
    pub fn set_resent(self) {
        self.flow.update(|flow| flow.resent = true);
    }

    /// Ends the flow after the person has signed in.
    pub fn finish(self, user: UserView) {
        self.session.set(Some(user));
    }

    /// Resets the state, so that no data of the previous person is left.
    pub fn restart(self) {
        self.flow.set(Flow::default());
    }

    /// Calls a server function, unless another call is in flight. An error is shown at its recovery
    /// step, unless the person has since left the step of the call.
    pub fn request<T: 'static>(
        self,
        call: impl Future<Output = Result<T, ApiError>> + 'static,
        recovery_step: RecoveryStep,
        then: impl FnOnce(Self, T) + 'static,
    ) {
        let Some(step) = self.begin() else { return };
        spawn_local(async move {
            let result = call.await;
            self.flow.update(|flow| flow.pending = false);
            match result {
                Ok(value) => then(self, value),
                Err(refused) => self.fail(refused.error, step, recovery_step),
            }
        });
    }

    /// Begins a call and returns its step; `None` while another call awaits its response.
    fn begin(self) -> Option<Step> {
        let step = self.flow.with_untracked(|flow| (!flow.pending).then_some(flow.step))?;
        self.flow.update(|flow| {
            flow.pending = true;
            flow.resent = false;
            flow.error = None;
        });
        Some(step)
    }

    /// Requests a code, and again with a proof of work if one is required. A harder puzzle may
    /// become required while the first is being solved, so up to three puzzles are solved.
    pub fn send_otp(
        self,
        request: SendOtpRequest,
        recovery_step: RecoveryStep,
        then: impl FnOnce(Self) + 'static,
    ) {
        const MAX_PUZZLES: usize = 3;
        let mut request = request;
        let call = async move {
            let send = |SendOtpRequest { phone, country, next, proof, cookies }| {
                send_otp(phone, country, next, proof, cookies)
            };
            for _ in 0..MAX_PUZZLES {
                let result = send(request.clone()).await;
                let Err(ApiError { error: ErrorBody { puzzle: Some(puzzle), .. } }) = result else {
                    return result;
                };
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

    /// Returns `true` if client-side validation has passed. Otherwise shows the error and returns
    /// `false`.
    pub fn validate_or_show_error<T>(self, parsed: Result<T, Problem>) -> bool {
        let step = self.flow.with_untracked(|flow| flow.step);
        parsed
            .map_err(|problem| {
                self.fail(ErrorBody::localized(&problem, &self.i18n), step, |_, step| step);
            })
            .is_ok()
    }

    /// Shows the validation errors of the field that lost the focus, and of fields that already
    /// showed one.
    pub fn show_field_errors<T>(self, parsed: Result<T, Problem>, blurred: &str) {
        let mut errors = match parsed {
            Err(Problem::Invalid(errors)) => errors,
            _ => Vec::new(),
        };
        self.flow.update(|flow| {
            let shown = flow.error.take().and_then(|error| error.fields).unwrap_or_default();
            errors.retain(|(field, _)| *field == blurred || shown.contains_key(*field));
            flow.error = (!errors.is_empty())
                .then(|| ErrorBody::localized(&Problem::Invalid(errors), &self.i18n));
        });
    }

    /// Shows the error of a request that was sent at the step `requested_at`. The error is shown at
    /// its recovery step.
    fn fail(self, error: ErrorBody, requested_at: Step, recovery_step: RecoveryStep) {
        let step = recovery_step(error.code, requested_at);
        let (has_left_step, lacks_challenge) = self.flow.with_untracked(|flow| {
            (flow.step != requested_at, step == Step::Code && flow.challenge.is_none())
        });
        if has_left_step {
            return;
        }
        // This tab's state is stale. The server shows the right page, with the error on it.
        if lacks_challenge
            || matches!(
                error.code,
                ErrorCode::AlreadySignedIn | ErrorCode::OtherChallenge | ErrorCode::NotVerified
            )
        {
            let _ =
                window().location().assign(&["/sign-in?problem=", error.code.as_str()].concat());
            return;
        }
        let error = self.localize(error);
        // The server's resend cooldown replaces the local one.
        if let (Some(seconds), ErrorCode::TooSoon) = (error.retry_after, error.code) {
            self.flow.update(|flow| {
                flow.deadlines =
                    flow.deadlines.map(|deadlines| deadlines.with_resend_in(seconds, now()));
            });
        }
        self.show(step, Some(error));
    }

    /// Shows a step and its error. The focus moves to the first invalid field, else to the first
    /// field. On one of the flow's own pages, the heading changes to the title of the step.
    fn show(self, step: Step, error: Option<ErrorBody>) {
        let fields = field_names(step);
        let first_invalid = error.as_ref().and_then(|error| error.first_invalid(fields));
        set_text(FLASH_ID, "");
        if self.flow.with_untracked(|flow| flow.step != step) {
            set_text(HEADING_ID, &self.i18n.t(step_title(step)));
        }
        self.flow.update(|flow| {
            flow.step = step;
            flow.error = error;
        });
        if let Some(name) = first_invalid.or(fields.first().copied()) {
            focus_input(name);
        }
    }

    /// Fills in the message of an error that the client itself created.
    fn localize(self, error: ErrorBody) -> ErrorBody {
        if error.code == ErrorCode::Offline && !window().navigator().on_line() {
            ErrorBody { message: self.i18n.t("offline"), ..error }
        } else {
            error.localize(&self.i18n)
        }
    }
}
