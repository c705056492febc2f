//! What a view says: the messages of the visit's language.

use leptos::prelude::*;

use crate::domain::words::{Fill, Tongue, Words};

/// A handle on the messages, to be carried into closures.
#[derive(Debug, Clone, Copy)]
pub struct Say(StoredValue<Words>);

impl Say {
    /// The messages of the place where this is called.
    pub fn here() -> Self {
        Self(StoredValue::new(use_context::<Words>().unwrap_or_default()))
    }

    /// A message.
    pub fn of(self, id: &str) -> String {
        self.say(id)
    }

    /// A message cut in two where `name` is filled in.
    pub fn around(self, id: &str, name: &str) -> (String, String) {
        self.0.with_value(|words| words.around(id, name))
    }
}

impl Tongue for Say {
    fn say_with(&self, id: &str, fills: &[(&str, Fill<'_>)]) -> String {
        self.0.with_value(|words| words.say_with(id, fills))
    }
}
