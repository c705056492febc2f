//! What is said to people: messages by id, in the language of whoever asks. The words themselves are in `locales/`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// What fills a placeholder of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fill<'a> {
    /// A figure, which may decide between singular and plural.
    Number(i64),
    /// Words, a number's digits, a name.
    Text(&'a str),
}

/// Whoever can say messages.
pub trait Tongue {
    /// The message of this id, its placeholders filled.
    fn say_with(&self, id: &str, fills: &[(&str, Fill<'_>)]) -> String;

    /// A message without placeholders.
    fn say(&self, id: &str) -> String {
        self.say_with(id, &[])
    }
}

/// The messages of a page in its language, each with `{name}` where something is filled in. Those that decide by a figure are
/// said by the server alone. Every view that asks for its page context gets a handle on the same ones.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words(Arc<BTreeMap<String, String>>);

impl Words {
    /// Only these: what a page gives to its steps.
    #[must_use]
    pub fn only<'a>(&self, ids: impl IntoIterator<Item = &'a str>) -> Self {
        ids.into_iter().filter_map(|id| Some((id.to_owned(), self.0.get(id)?.clone()))).collect()
    }

    /// A message cut in two where `name` is filled in, for a page that puts something of its own there.
    #[must_use]
    pub fn around(&self, id: &str, name: &str) -> (String, String) {
        let message = self.say(id);
        let (before, after) = message.split_once(&format!("{{{name}}}")).unwrap_or((&message, ""));
        (before.to_owned(), after.to_owned())
    }
}

impl FromIterator<(String, String)> for Words {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(messages: T) -> Self {
        Self(Arc::new(messages.into_iter().collect()))
    }
}

impl Tongue for Words {
    /// An id that is missing is shown in brackets, so that tests and eyes find it.
    fn say_with(&self, id: &str, fills: &[(&str, Fill<'_>)]) -> String {
        let message = self.0.get(id).cloned().unwrap_or_else(|| format!("⟨{id}⟩"));
        fills.iter().fold(message, |message, (name, fill)| {
            let text = match fill {
                Fill::Number(number) => number.to_string(),
                Fill::Text(text) => (*text).to_owned(),
            };
            message.replace(&format!("{{{name}}}"), &text)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_filled_cut_and_missed() {
        let pairs = [("greeting", "Welcome, {name}!"), ("close", "Close")].map(|(id, text)| (id.to_owned(), text.to_owned()));
        let words = Words::from_iter(pairs);
        assert_eq!(words.say_with("greeting", &[("name", Fill::Text("Ada"))]), "Welcome, Ada!");
        assert_eq!(words.around("greeting", "name"), ("Welcome, ".to_owned(), "!".to_owned()));
        assert_eq!(words.only(["close", "none"]).say("close"), "Close");
        assert_eq!(words.only(["close"]).say("greeting"), "⟨greeting⟩");
    }
}
