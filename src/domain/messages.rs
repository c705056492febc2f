//! Localized messages by id. The message texts are in `locales/`, one Fluent file per locale.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The value of a placeholder of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arg<'a> {
    /// A number. It may select the plural form.
    Number(i64),
    /// A string. It is inserted unchanged.
    Text(&'a str),
}

/// A source of localized messages.
pub trait Localize {
    /// Returns the message with this id, with the arguments in place of its placeholders.
    fn format(&self, id: &str, args: &[(&str, Arg<'_>)]) -> String;

    /// Returns the message with this id, for a message without arguments.
    fn message(&self, id: &str) -> String {
        self.format(id, &[])
    }
}

/// The message catalogue of one locale. A placeholder is the name of its argument in braces, such
/// as `{name}`. Messages with plural forms are not in it, because only the server formats them.
/// Clones share one map.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Messages(Arc<BTreeMap<String, String>>);

impl Messages {
    /// Returns a catalogue with only these ids. Unknown ids are left out.
    #[must_use]
    pub fn only<'a>(&self, ids: impl IntoIterator<Item = &'a str>) -> Self {
        ids.into_iter().filter_map(|id| Some((id.to_owned(), self.0.get(id)?.clone()))).collect()
    }

    /// Returns the text of a message before and after the placeholder `name`, for a page that puts
    /// an element there. Without the placeholder the second text is empty.
    #[must_use]
    pub fn split_at_placeholder(&self, id: &str, name: &str) -> (String, String) {
        let message = self.message(id);
        let (before, after) = message.split_once(&format!("{{{name}}}")).unwrap_or((&message, ""));
        (before.to_owned(), after.to_owned())
    }
}

impl FromIterator<(String, String)> for Messages {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(messages: T) -> Self {
        Self(Arc::new(messages.into_iter().collect()))
    }
}

impl Localize for Messages {
    /// Formats the message. A missing message is shown as its id in angle brackets (`⟨id⟩`), so
    /// that tests and people notice it.
    fn format(&self, id: &str, args: &[(&str, Arg<'_>)]) -> String {
        let message = self.0.get(id).cloned().unwrap_or_else(|| format!("⟨{id}⟩"));
        args.iter().fold(message, |message, (name, arg)| {
            let text = match arg {
                Arg::Number(number) => number.to_string(),
                Arg::Text(text) => (*text).to_owned(),
            };
            message.replace(&format!("{{{name}}}"), &text)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_formatted_and_split_and_a_missing_one_is_marked() {
        let pairs = [("greeting", "Welcome, {name}!"), ("close", "Close")]
            .map(|(id, text)| (id.to_owned(), text.to_owned()));
        let messages = Messages::from_iter(pairs);
        assert_eq!(messages.format("greeting", &[("name", Arg::Text("Ada"))]), "Welcome, Ada!");
        assert_eq!(
            messages.split_at_placeholder("greeting", "name"),
            ("Welcome, ".to_owned(), "!".to_owned())
        );
        assert_eq!(messages.only(["close", "none"]).message("close"), "Close");
        assert_eq!(messages.only(["close"]).message("greeting"), "⟨greeting⟩");
    }
}
