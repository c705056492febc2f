//! The session of the page: one signal with the signed-in user, which is kept in sync with the
//! other tabs.

use leptos::prelude::*;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BroadcastChannel, MessageEvent};

use super::page_context::page_context;
use crate::domain::user::UserView;

/// The session signal. Every component that depends on the signed-in user reads it.
#[derive(Debug, Clone, Copy)]
pub struct Session(RwSignal<Option<UserView>>);

impl Session {
    /// Returns the signed-in user, or `None`. The read is reactive.
    pub fn user(self) -> Option<UserView> {
        self.0.get()
    }

    /// Returns `true` while a user is signed in. The read is reactive.
    pub fn is_signed_in(self) -> bool {
        self.0.with(Option::is_some)
    }

    /// Sets the user after a sign-in, a sign-out or a profile change.
    pub fn set(self, user: Option<UserView>) {
        self.0.set(user);
    }

    /// Calls `callback` each time a user signs in on this page.
    pub fn on_sign_in(self, callback: impl Fn() + 'static) {
        Effect::new(move |before: Option<bool>| {
            let now = self.is_signed_in();
            if before == Some(false) && now {
                callback();
            }
            now
        });
    }
}

/// Returns the session of the page.
pub fn use_session() -> Session {
    // The provider is around every page. Outside the provider no user is signed in.
    use_context().unwrap_or_else(|| Session(RwSignal::new(None)))
}

/// Provides the session to the components inside this island, which `pages` puts around the whole
/// page.
#[island]
pub fn SessionProvider(children: Children) -> impl IntoView {
    let session = Session(RwSignal::new(page_context().user.clone()));
    provide_context(session);
    sync_tabs(session);
    children()
}

/// The name of the `BroadcastChannel` between the tabs.
const CHANNEL: &str = "session";

/// Sends the signed-in user's id to the other tabs, now and at every change, and reloads this tab
/// when another tab has a different user. The tabs do not reload forever, because after a reload
/// both show the server's state.
fn sync_tabs(session: Session) {
    let id = move || session.0.with(|user| user.as_ref().map(|user| user.id.clone()));
    Effect::new(move |channel: Option<Option<BroadcastChannel>>| {
        let channel = channel.unwrap_or_else(|| open_channel(move || untrack(id)));
        let id = id().map_or(JsValue::NULL, JsValue::from);
        if let Some(channel) = &channel {
            // Posting fails only on a closed channel, and this channel stays open as long as the
            // page.
            let _ = channel.post_message(&id);
        }
        channel
    });
}

/// Opens the channel, and reloads the page when another tab sends an id that is not `current_id`.
fn open_channel(current_id: impl Fn() -> Option<String> + 'static) -> Option<BroadcastChannel> {
    let channel = BroadcastChannel::new(CHANNEL).ok()?;
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        if event.data().as_string() != current_id() {
            let _ = window().location().reload();
        }
    });
    channel.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    Some(channel)
}
