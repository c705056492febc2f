//! Tabs follow each other: whoever signs in or out says so, and tabs that show something else reload.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BroadcastChannel, MessageEvent};

use super::document::{on, window};

/// The channel's name; one word a thing.
const CHANNEL: &str = "session";

/// Who is signed in here, and the channel to the other tabs.
pub(super) struct News {
    who: RefCell<Option<String>>,
    channel: Option<BroadcastChannel>,
}

impl News {
    /// Tells the other tabs who is signed in here, and reloads this one when they know better. It ends by itself: after a
    /// reload both show what the server says.
    pub(super) fn follow(who: Option<String>) -> Rc<Self> {
        let news = Rc::new(Self { who: RefCell::default(), channel: BroadcastChannel::new(CHANNEL).ok() });
        if let Some(channel) = &news.channel {
            let here = Rc::clone(&news);
            on(channel, "message", move |event| {
                let told = event.dyn_into::<MessageEvent>().ok().and_then(|event| event.data().as_string());
                if told != *here.who.borrow() {
                    let _ = window().location().reload();
                }
            });
        }
        news.tell(who);
        news
    }

    /// Tells who it is now.
    pub(super) fn tell(&self, who: Option<String>) {
        if let Some(channel) = &self.channel {
            // A closed channel is the only thing that can fail, and ours lives as long as the page.
            let _ = channel.post_message(&who.as_deref().map_or(JsValue::NULL, JsValue::from));
        }
        self.who.replace(who);
    }
}
