//! The steps once they are alive: what is submitted goes to the server by one call, and what it answers is shown in place.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Event, FocusEvent, HtmlButtonElement, HtmlElement, HtmlFormElement, HtmlInputElement};

use super::call::{Wanted, create_account, verify_otp};
use super::countdown::Ends;
use super::document::{FIRST_FIELD, every, field, find, focus, go, on, target, window, write};
use super::markup::{Call, Start};
use super::number::{Note, tidy};
use super::proof::send_with_proof;
use super::steps;
use crate::api::{ApiError, Refusal};
use crate::domain::answer::{OtpSent, Outcome};
use crate::domain::challenge::{Step, mend_at, mend_resend_at};
use crate::domain::otp::{Code, LENGTH};
use crate::domain::phone::clean;
use crate::domain::problem::Problem;
use crate::domain::user::{Details, UserView};
use crate::domain::words::{Fill, Tongue, Words};

/// The state of the steps.
pub(super) struct Journey {
    step: Cell<Step>,
    sent: RefCell<Option<(OtpSent, Ends)>>,
    refusal: RefCell<Option<Refusal>>,
    busy: Cell<bool>,
    /// The complete code that was sent without its button; the same one again takes the button.
    sent_alone: RefCell<String>,
    next: Option<String>,
    words: Words,
    done: Box<dyn Fn(UserView)>,
}

/// What is done about an event.
type Handler = fn(&Rc<Journey>, &Event);
/// At which step the refusal of a call can be mended.
type Mend = fn(&str, Step) -> Step;

impl Journey {
    /// Brings the page's steps to life.
    pub(super) fn begin(place: &HtmlElement, start: Start, done: impl Fn(UserView) + 'static) {
        let journey = Rc::new(Self {
            step: Cell::new(start.step),
            sent: RefCell::default(),
            refusal: RefCell::new(start.refusal),
            busy: Cell::new(false),
            sent_alone: RefCell::default(),
            next: start.next,
            words: start.words,
            done: Box::new(done),
        });
        if let Some(sent) = start.sent {
            journey.sent(sent);
        }
        let handlers: [(&str, Handler); 5] = [
            ("submit", Self::submit),
            ("input", Self::typed),
            ("change", Self::typed),
            ("focusout", Self::left),
            ("click", Self::clicked),
        ];
        for (name, handle) in handlers {
            let journey = Rc::clone(&journey);
            on(place, name, move |event| handle(&journey, &event));
        }
        every(Duration::from_secs(1), move || journey.tick());
    }

    /// A form of the steps is submitted: the browser's own sending is called off, and the call made in its place.
    fn submit(self: &Rc<Self>, event: &Event) {
        let Some(form) = target::<HtmlFormElement>(event) else { return };
        let Some(call) = Call::of(&form.get_attribute("data-call").unwrap_or_default()) else { return };
        event.prevent_default();
        if self.busy.get() {
            return;
        }
        let text = |name| field(&form, name);
        match call {
            Call::Send => {
                let phone = text("phone");
                if self.check(clean(&phone)) {
                    let wanted =
                        Wanted { phone: Some(phone), country: Some(text("country")), next: self.next.clone(), proof: None };
                    self.send_code(wanted, mend_at, |journey| journey.go(Step::Code));
                }
            }
            Call::Resend => self.send_code(Wanted::default(), mend_resend_at, |journey| {
                write("#resent", &journey.words.say("resent"));
                focus(&["#code"]);
            }),
            Call::Verify => {
                let code = text("code");
                if self.check(Code::parse(&code, self.code_length())) {
                    let reference = self.sent.borrow().as_ref().map(|(sent, _)| sent.reference.clone()).unwrap_or_default();
                    self.send(verify_otp(code, reference), mend_at, |journey, outcome| match outcome {
                        Outcome::SignedIn { user } => (journey.done)(user),
                        _ => journey.go(Step::Details),
                    });
                }
            }
            Call::Create => {
                let [first, last, email] = ["first_name", "last_name", "email"].map(text);
                if self.check(Details::parse(&first, &last, &email)) {
                    self.send(create_account(first, last, email), mend_at, |journey, outcome| {
                        if let Outcome::SignedIn { user } = outcome {
                            (journey.done)(user);
                        }
                    });
                }
            }
        }
    }

    /// Something is typed or chosen: a number is tidied, and a code that is complete is sent, once.
    fn typed(self: &Rc<Self>, event: &Event) {
        if self.step.get() == Step::Phone {
            return self.tidied(event);
        }
        let Some(input) = target::<HtmlInputElement>(event).filter(|input| input.name() == "code") else { return };
        let typed = input.value();
        let before = self.sent_alone.take();
        if Code::parse(&typed, self.code_length()).is_ok() {
            let is_new = before != typed;
            self.sent_alone.replace(typed);
            if let Some(form) = input.form().filter(|_| is_new) {
                let _ = form.request_submit();
            }
        }
    }

    /// The number becomes tidy, and what is to be said of it is said.
    fn tidied(&self, event: &Event) {
        let words = &self.words;
        let hint = match tidy(event) {
            Note::None => String::new(),
            Note::ReadBack(number) => words.say_with("phone-read-back", &[("phone", Fill::Text(&number))]),
            Note::NotServed => words.say("phone-not-served"),
        };
        write("#phone-hint", &hint);
    }

    /// Whoever goes on to another field of the details is told at once what is wrong with the one before, by the rule that will
    /// judge them all. Not on the way to a button: the words would move it from under the pointer.
    fn left(self: &Rc<Self>, event: &Event) {
        let to = event.dyn_ref::<FocusEvent>().and_then(FocusEvent::related_target);
        let Some(input) = target::<HtmlInputElement>(event).filter(|input| !input.value().is_empty()) else { return };
        let Some(form) = input.form().filter(|_| to.is_some_and(|to| to.has_type::<HtmlInputElement>())) else { return };
        if self.step.get() != Step::Details {
            return;
        }
        let [first, last, email] = ["first_name", "last_name", "email"].map(|name| field(&form, name));
        let mut faults = match Details::parse(&first, &last, &email) {
            Err(Problem::Invalid(faults)) => faults,
            _ => BTreeMap::new(),
        };
        let marked = self.refusal.take().and_then(|refusal| refusal.fields).unwrap_or_default();
        let left = input.name();
        faults.retain(|field, _| *field == left || marked.contains_key(*field));
        let refusal = (!faults.is_empty()).then(|| Refusal::told(&Problem::Invalid(faults), &self.words));
        self.refuse_with(refusal);
    }

    /// The way back to the number.
    fn clicked(self: &Rc<Self>, event: &Event) {
        if target::<HtmlElement>(event).is_some_and(|element| element.matches("[data-change]").unwrap_or_default()) {
            event.prevent_default();
            self.go(Step::Phone);
        }
    }

    /// Shows the times of the code step.
    fn tick(&self) {
        let Some((_, ends)) = &*self.sent.borrow() else { return };
        ends.show(&self.words);
        if let Some(button) = find::<HtmlButtonElement>("#resend") {
            button.set_disabled(self.busy.get() || !ends.may_resend());
        }
    }

    /// Sends something; one thing at a time.
    fn send<T: 'static>(
        self: &Rc<Self>,
        call: impl Future<Output = Result<T, ApiError>> + 'static,
        mend: Mend,
        then: impl FnOnce(&Rc<Self>, T) + 'static,
    ) {
        let journey = Rc::clone(self);
        journey.refuse_with(None);
        journey.set_busy(true);
        spawn_local(async move {
            let answer = call.await;
            journey.set_busy(false);
            match answer {
                Ok(answer) => then(&journey, answer),
                Err(refused) => journey.refuse(refused.error, mend),
            }
        });
    }

    /// Asks for a text.
    fn send_code(self: &Rc<Self>, wanted: Wanted, mend: Mend, then: impl FnOnce(&Rc<Self>) + 'static) {
        write("#resent", "");
        self.send(send_with_proof(wanted, self.words.say("solving")), mend, |journey, sent| {
            journey.sent(sent);
            then(journey);
        });
    }

    /// A code is on its way: the code step shows which.
    fn sent(&self, sent: OtpSent) {
        steps::write_sent(&sent, &self.words);
        let ends = Ends::of(&sent);
        self.sent.replace(Some((sent, ends)));
        self.tick();
    }

    fn code_length(&self) -> u8 {
        self.sent.borrow().as_ref().map_or(LENGTH, |(sent, _)| sent.code_length)
    }

    /// Goes on to a step, and with the focus to its first field.
    fn go(&self, step: Step) {
        self.refuse_with(None);
        self.show(step);
        focus(&[FIRST_FIELD]);
    }

    fn show(&self, step: Step) {
        self.step.set(step);
        steps::show(step);
        self.tick();
    }

    /// The same rule as on the server, before anything is sent.
    fn check<T>(&self, parsed: Result<T, Problem>) -> bool {
        match parsed {
            Ok(_) => true,
            Err(problem) => {
                self.refuse(Refusal::told(&problem, &self.words), mend_at);
                false
            }
        }
    }

    /// Shows why it was refused, at the step where the person can mend it.
    fn refuse(&self, refusal: Refusal, mend: Mend) {
        let step = mend(&refusal.code, self.step.get());
        // What this tab knows is out of date; the server has the page to go on with.
        let lost = step == Step::Code && self.sent.borrow().is_none();
        if lost || matches!(refusal.code.as_str(), "already_signed_in" | "other_challenge" | "not_verified") {
            go("/sign-in");
            return;
        }
        // The server knows better when the next text may be asked for.
        let resend_in = refusal.retry_after.filter(|_| refusal.code == "too_soon");
        if let (Some((_, ends)), Some(seconds)) = (&mut *self.sent.borrow_mut(), resend_in) {
            *ends = ends.resend_in(seconds);
        }
        self.show(step);
        let refusal = self.tell(refusal);
        self.refuse_with(Some(refusal));
        focus(&[".step:not([hidden]) [aria-invalid]", FIRST_FIELD]);
    }

    /// The words of a refusal, where the server was not reached to give them.
    fn tell(&self, refusal: Refusal) -> Refusal {
        if refusal.code == Problem::Offline.code() && !window().navigator().on_line() {
            Refusal { message: self.words.say("offline"), ..refusal }
        } else {
            refusal.tell(&self.words)
        }
    }

    fn refuse_with(&self, refusal: Option<Refusal>) {
        steps::write_refusal(refusal.as_ref(), self.step.get());
        self.refusal.replace(refusal);
    }

    fn set_busy(&self, busy: bool) {
        self.busy.set(busy);
        steps::set_busy(busy);
        self.tick();
    }
}
