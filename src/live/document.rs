//! The page's document: finding what the server made, and changing what it shows.

use std::time::Duration;

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::js_sys::global;
use web_sys::{Event, EventTarget, FormData, HtmlElement, HtmlFormElement, HtmlInputElement, Window};

/// The first field of the step that is shown.
pub(super) const FIRST_FIELD: &str = ".step:not([hidden]) input:not([type=hidden])";

/// The page's window: what a script that runs in a page has for its global object.
pub(super) fn window() -> Window {
    global().unchecked_into()
}

/// Does something after a while, once.
pub(super) fn after(wait: Duration, act: impl FnOnce() + 'static) {
    let act = Closure::once_into_js(act);
    // Only a window that is gone could refuse.
    let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(act.unchecked_ref(), milliseconds(wait));
}

/// Does something again and again, for as long as the page lives.
pub(super) fn every(wait: Duration, act: impl FnMut() + 'static) {
    let act = Closure::<dyn FnMut()>::new(act);
    let _ = window().set_interval_with_callback_and_timeout_and_arguments_0(act.as_ref().unchecked_ref(), milliseconds(wait));
    act.forget();
}

fn milliseconds(wait: Duration) -> i32 {
    i32::try_from(wait.as_millis()).unwrap_or(i32::MAX)
}

/// The first element that a selector finds.
pub(super) fn find<T: JsCast>(selector: &str) -> Option<T> {
    window().document()?.query_selector(selector).ok().flatten()?.dyn_into().ok()
}

/// All of them.
pub(super) fn find_all(selector: &str) -> impl Iterator<Item = HtmlElement> {
    let found = window().document().and_then(|document| document.query_selector_all(selector).ok());
    let length = found.as_ref().map_or(0, web_sys::NodeList::length);
    (0..length).filter_map(move |at| found.as_ref()?.item(at)?.dyn_into().ok())
}

/// Does something whenever an event happens, for as long as the page lives.
pub(super) fn on(target: &EventTarget, event: &str, act: impl FnMut(Event) + 'static) {
    let act = Closure::<dyn FnMut(Event)>::new(act);
    // Only an object that is no target could refuse.
    let _ = target.add_event_listener_with_callback(event, act.as_ref().unchecked_ref());
    act.forget();
}

/// What an event happened to, if it is of this kind.
pub(super) fn target<T: JsCast>(event: &Event) -> Option<T> {
    event.target()?.dyn_into().ok()
}

/// Shows a text, if it is not shown already: what is written anew is read aloud anew.
pub(super) fn write(selector: &str, text: &str) {
    if let Some(element) = find::<HtmlElement>(selector).filter(|element| element.text_content().as_deref() != Some(text)) {
        element.set_text_content(Some(text));
    }
}

/// Shows a text in a place that is hidden while it is empty.
pub(super) fn write_or_hide(selector: &str, text: Option<&str>) {
    write(selector, text.unwrap_or_default());
    hide(selector, text.is_none());
}

/// Hides something, or shows it.
pub(super) fn hide(selector: &str, hidden: bool) {
    if let Some(element) = find::<HtmlElement>(selector) {
        element.set_hidden(hidden);
    }
}

/// Sets a yes-or-no attribute, which is absent for no.
pub(super) fn mark(element: &HtmlElement, attribute: &str, is: bool) {
    let _ = if is { element.set_attribute(attribute, "true") } else { element.remove_attribute(attribute) };
}

/// Focuses what the first of `selectors` that finds anything finds.
pub(super) fn focus(selectors: &[&str]) {
    let Some(element) = selectors.iter().find_map(|selector| find::<HtmlElement>(selector)) else { return };
    let _ = element.focus();
    // What was wrong there is typed over.
    if let Some(input) = element.dyn_into::<HtmlInputElement>().ok().filter(|input| input.autocomplete() == "one-time-code") {
        input.select();
    }
}

/// The text of one field of a form, as the browser holds it; empty where there is none.
pub(super) fn field(form: &HtmlFormElement, name: &str) -> String {
    FormData::new_with_form(form).ok().and_then(|fields| fields.get(name).as_string()).unwrap_or_default()
}

/// Goes to another page.
pub(super) fn go(path: &str) {
    // A path of ours is always an address.
    let _: Result<(), JsValue> = window().location().assign(path);
}
