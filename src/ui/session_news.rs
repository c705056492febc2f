//! Tabs follow each other: whoever signs in or out says so, and tabs that show something else reload.

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::wasm_bindgen::closure::Closure;
use leptos::wasm_bindgen::prelude::JsValue;
use web_sys::{BroadcastChannel, MessageEvent};

use crate::domain::user::UserView;

/// The channel's name; one word a thing.
const CHANNEL: &str = "session";

/// Tells the other tabs who is signed in here, now and whenever it changes, and reloads this one when they know better.
/// It ends by itself: after a reload both show what the server says.
pub fn follow(user: RwSignal<Option<UserView>>) {
    Effect::new(move |channel: Option<Option<BroadcastChannel>>| {
        let channel = channel.unwrap_or_else(|| listen(user));
        let id = user.with(|user| user.as_ref().map(|user| user.id.clone()));
        if let Some(channel) = &channel {
            // A closed channel is the only thing that can fail, and ours lives as long as the page.
            let _ = channel.post_message(&id.map_or(JsValue::NULL, JsValue::from));
        }
        channel
    });
}

fn listen(user: RwSignal<Option<UserView>>) -> Option<BroadcastChannel> {
    let channel = BroadcastChannel::new(CHANNEL).ok()?;
    let heard = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        let here = user.with_untracked(|user| user.as_ref().map(|user| user.id.clone()));
        if event.data().as_string() != here {
            let _ = window().location().reload();
        }
    });
    channel.set_onmessage(Some(heard.as_ref().unchecked_ref()));
    heard.forget();
    Some(channel)
}
