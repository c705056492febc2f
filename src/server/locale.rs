//! The locales, each with one Fluent file in `locales/`, which is compiled in. A new file adds a
//! locale.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use fluent_langneg::{NegotiationStrategy, negotiate_languages};
use fluent_syntax::ast::{Entry, Expression, InlineExpression, PatternElement};
use include_dir::{Dir, include_dir};
use unic_langid::LanguageIdentifier;

use super::accept_language;
use super::error::Error;
use crate::domain::messages::{Arg, Localize, Messages};

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/locales");
/// The end of the id of a message for deployments that call.
const CALL_SUFFIX: &str = "-or-call";
/// The tag of the fallback locale.
const DEFAULT_TAG: &str = "en";

/// All locales, with the default locale first.
#[derive(Debug, Clone)]
pub struct Locales {
    all: Arc<[Locale]>,
    names: Arc<[(String, String)]>,
}

/// A shared handle on one locale.
#[derive(Clone)]
pub struct Locale(Arc<LocaleData>);

/// The data behind a [`Locale`].
pub struct LocaleData {
    /// The tag of the locale (BCP 47).
    pub tag: String,
    /// The messages without plural forms. Components format these messages themselves.
    pub messages: Messages,
    id: LanguageIdentifier,
    bundle: FluentBundle<FluentResource>,
}

impl Locales {
    /// Loads all locales from the compiled-in files. If `can_call`, a message whose id ends in
    /// `-or-call` stands for the one without this ending.
    ///
    /// # Errors
    /// Fails if a file is not valid Fluent or the default locale is missing. Tests check that
    /// neither happens.
    pub fn load(can_call: bool) -> Result<Self, Error> {
        let files = FILES
            .files()
            .filter_map(|file| Some((file.path().file_stem()?.to_str()?, file.contents_utf8()?)));
        let mut all = files
            .map(|(tag, text)| Locale::read(tag, text, can_call))
            .collect::<Result<Vec<_>, Error>>()?;
        all.sort_by_key(|locale| (locale.tag != DEFAULT_TAG, locale.tag.clone()));
        if all.first().is_none_or(|first| first.tag != DEFAULT_TAG) {
            return Err(Error::Locale(DEFAULT_TAG.to_owned()));
        }
        let names = all
            .iter()
            .map(|locale| (locale.tag.clone(), locale.message("language-name")))
            .collect();
        Ok(Self { all: all.into(), names })
    }

    /// Returns the first of the chosen locales that exists, else the best match of
    /// `Accept-Language`, else the default locale.
    #[must_use]
    pub fn negotiate<'t>(
        &self,
        chosen: impl IntoIterator<Item = &'t str>,
        accept_language: &'t str,
    ) -> Locale {
        let requested = chosen.into_iter().chain(accept_language::parse(accept_language));
        self.best(requested).unwrap_or(&self.all[0]).clone()
    }

    /// Returns all locales, with the default locale first.
    #[must_use]
    pub fn all(&self) -> &[Locale] {
        &self.all
    }

    /// Returns the locale for a tag; `None` if no locale matches. The locale `hi` also matches the
    /// tag `hi-IN`.
    #[must_use]
    pub fn find(&self, tag: &str) -> Option<&Locale> {
        self.best([tag])
    }

    fn best<'t>(&self, tags: impl IntoIterator<Item = &'t str>) -> Option<&Locale> {
        let requested: Vec<LanguageIdentifier> =
            tags.into_iter().filter_map(|tag| tag.parse().ok()).collect();
        negotiate_languages(&requested, &self.all, None, NegotiationStrategy::Lookup)
            .first()
            .copied()
    }

    /// Returns the tag and the native name of every locale, for the language switch.
    #[must_use]
    pub fn names(&self) -> Arc<[(String, String)]> {
        Arc::clone(&self.names)
    }
}

impl Locale {
    fn read(tag: &str, text: &str, can_call: bool) -> Result<Self, Error> {
        let locale_error = || Error::Locale(tag.to_owned());
        let id: LanguageIdentifier = tag.parse().map_err(|_| locale_error())?;
        let resource = FluentResource::try_new(text.to_owned()).map_err(|_| locale_error())?;
        let mut bundle = FluentBundle::new_concurrent(vec![id.clone()]);
        // Bidirectional isolation is off, because pages isolate arguments by their markup, and
        // responses of the API are plain text.
        bundle.set_use_isolating(false);
        let patterns: Vec<(String, String)> = resource.entries().filter_map(pattern).collect();
        let of_calls = patterns.iter().filter(|_| can_call);
        let calls: Vec<(String, String)> = of_calls
            .filter_map(|(id, text)| Some((id.strip_suffix(CALL_SUFFIX)?.to_owned(), text.clone())))
            .collect();
        bundle.add_resource(resource).map_err(|_| locale_error())?;
        Ok(Self(Arc::new(LocaleData {
            tag: tag.to_owned(),
            messages: patterns.into_iter().chain(calls).collect(),
            id,
            bundle,
        })))
    }
}

impl Deref for Locale {
    type Target = LocaleData;

    fn deref(&self) -> &LocaleData {
        &self.0
    }
}

impl PartialEq for Locale {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl AsRef<LanguageIdentifier> for Locale {
    fn as_ref(&self) -> &LanguageIdentifier {
        &self.0.id
    }
}

impl fmt::Debug for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.tag)
    }
}

impl Localize for Locale {
    fn format(&self, id: &str, args: &[(&str, Arg<'_>)]) -> String {
        let Some(pattern) = self.bundle.get_message(id).and_then(|message| message.value()) else {
            return format!("⟨{id}⟩");
        };
        let mut fluent_args = FluentArgs::new();
        for (name, arg) in args {
            match *arg {
                Arg::Number(number) => fluent_args.set(*name, FluentValue::from(number)),
                Arg::Text(text) => fluent_args.set(*name, FluentValue::from(text)),
            }
        }
        self.bundle.format_pattern(pattern, Some(&fluent_args), &mut Vec::new()).into_owned()
    }
}

/// Returns the id of a message and its pattern with `{name}` placeholders; `None` for a message
/// with plural forms.
fn pattern(entry: &Entry<&str>) -> Option<(String, String)> {
    let Entry::Message(message) = entry else { return None };
    let elements = message.value.as_ref()?.elements.iter().map(|element| match element {
        PatternElement::TextElement { value } => Some((*value).to_owned()),
        PatternElement::Placeable {
            expression: Expression::Inline(InlineExpression::VariableReference { id }),
        } => Some(format!("{{{}}}", id.name)),
        PatternElement::Placeable { .. } => None,
    });
    Some((message.id.name.to_owned(), elements.collect::<Option<String>>()?))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn locales() -> Locales {
        Locales::load(false).unwrap()
    }

    #[test]
    fn negotiation_prefers_the_cookie_and_then_accept_language_by_weight() {
        let all = locales();
        for (chosen, accepted, expected) in [
            (None, "", "en"),
            (None, "hi-IN,hi;q=0.9,en;q=0.8", "hi"),
            (None, "fr-FR, en;q=0.3, ar-EG;q=0.7", "ar"),
            (None, "xx, *;q=0.1", "en"),
            (None, "hi;q=0, en", "en"),
            (Some("ar"), "hi", "ar"),
            (Some("<script>"), "hi", "hi"),
        ] {
            assert_eq!(all.negotiate(chosen, accepted).tag, expected, "{chosen:?} {accepted}");
        }
        assert!(all.names().iter().any(|(tag, name)| tag == "hi" && name == "हिन्दी"));
    }

    /// Returns the id of every message with the names of its variables.
    fn messages(text: &str) -> BTreeSet<(String, BTreeSet<String>)> {
        let resource = FluentResource::try_new(text.to_owned()).unwrap();
        let variables = |message: &str| {
            let names = message.split('$').skip(1);
            names.map(|name| name.chars().take_while(char::is_ascii_alphabetic).collect()).collect()
        };
        let parts: Vec<(usize, String)> = text
            .match_indices('\n')
            .map(|(at, _)| at + 1)
            .chain([0])
            .filter_map(|at| {
                let (id, _) = text[at..].split_once(" =")?;
                (id.starts_with(|c: char| c.is_ascii_lowercase())
                    && !id.contains(char::is_whitespace))
                .then(|| (at, id.to_owned()))
            })
            .collect();
        assert_eq!(
            resource.entries().filter(|entry| matches!(entry, Entry::Message(_))).count(),
            parts.len()
        );
        let mut parts = parts;
        parts.sort_unstable();
        let ends = parts.iter().skip(1).map(|(at, _)| *at).chain([text.len()]);
        parts
            .iter()
            .zip(ends)
            .map(|((at, id), end)| (id.clone(), variables(&text[*at..end])))
            .collect()
    }

    #[test]
    fn every_locale_has_the_same_messages_with_the_same_variables() {
        let all: Vec<_> = FILES
            .files()
            .map(|file| (file.path(), messages(file.contents_utf8().unwrap())))
            .collect();
        assert!(all.len() >= 3);
        for (path, messages) in &all {
            let differences: Vec<_> = all[0].1.symmetric_difference(messages).collect();
            assert!(
                differences.is_empty(),
                "{} against {}: {differences:?}",
                path.display(),
                all[0].0.display()
            );
        }
    }

    #[test]
    fn plurals_follow_the_rules_of_each_locale() {
        let all = locales();
        let english = all.find("en").unwrap();
        let left = |left| english.format("problem-code-incorrect", &[("left", Arg::Number(left))]);
        assert!(
            left(4).contains("4 tries left")
                && left(1).contains("1 try left")
                && left(0).contains("last try")
        );
        let arabic = all.find("ar").unwrap();
        let forms: BTreeSet<String> = [0, 1, 2, 3, 11]
            .map(|left| arabic.format("problem-code-incorrect", &[("left", Arg::Number(left))]))
            .into();
        assert_eq!(forms.len(), 5, "{forms:?}");
    }
}
