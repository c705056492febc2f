//! The languages that pages and answers speak: one Fluent file each in `locales/`, compiled in. A file more is a language more.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use fluent_syntax::ast::{Entry, Expression, InlineExpression, PatternElement};
use include_dir::{Dir, include_dir};
use unic_langid::LanguageIdentifier;

use super::countries::Countries;
use super::error::Error;
use crate::domain::phone::Country;
use crate::domain::words::{Fill, Tongue, Words};

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/locales");
/// What is spoken to those who understand none of the others.
const FIRST: &str = "en";
/// Ranges of an `Accept-Language` that are looked at; browsers send fewer, and a request must not cost by what it makes up.
const MOST_RANGES: usize = 10;

/// All of them, the first one in front.
#[derive(Debug, Clone)]
pub struct Languages {
    all: Arc<[Language]>,
    names: Arc<[(String, String)]>,
}

/// One of them, shared.
#[derive(Clone)]
pub struct Language(Arc<Spoken>);

/// What a language has.
pub struct Spoken {
    /// Its tag, BCP 47.
    pub tag: String,
    /// Its messages, as far as pages can fill them in themselves.
    pub words: Words,
    /// The countries that are served, by their names in it.
    pub countries: Vec<Country>,
    bundle: FluentBundle<FluentResource>,
}

impl Languages {
    /// Reads the files.
    ///
    /// # Errors
    /// When a file is no Fluent, or the first language is not there: tests see to it that neither happens.
    pub fn load(countries: &Countries) -> Result<Self, Error> {
        let files = FILES.files().filter_map(|file| Some((file.path().file_stem()?.to_str()?, file.contents_utf8()?)));
        let mut all = files.map(|(tag, text)| Language::read(tag, text, countries)).collect::<Result<Vec<_>, Error>>()?;
        all.sort_by_key(|language| (language.tag != FIRST, language.tag.clone()));
        if all.first().is_none_or(|first| first.tag != FIRST) {
            return Err(Error::Language(FIRST.to_owned()));
        }
        let names = all.iter().map(|language| (language.tag.clone(), language.say("language-name"))).collect();
        Ok(Self { all: all.into(), names })
    }

    /// The one that was chosen, or else the first that `Accept-Language` names and that there is.
    #[must_use]
    pub fn choose(&self, chosen: Option<&str>, accept_language: &str) -> Language {
        let mut wanted = chosen.into_iter().chain(tags(accept_language));
        wanted.find_map(|tag| self.find(tag)).unwrap_or(&self.all[0]).clone()
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[Language] {
        &self.all
    }

    /// The one of this tag; `hi` for `hi-IN`, too.
    #[must_use]
    pub fn find(&self, tag: &str) -> Option<&Language> {
        let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        let exactly = self.all.iter().find(|language| language.tag.eq_ignore_ascii_case(tag));
        exactly.or_else(|| self.all.iter().find(|language| primary(&language.tag) == primary(tag)))
    }

    /// Each with its own name, for a page that lets people choose.
    #[must_use]
    pub fn names(&self) -> Arc<[(String, String)]> {
        Arc::clone(&self.names)
    }
}

impl Language {
    fn read(tag: &str, text: &str, countries: &Countries) -> Result<Self, Error> {
        let broken = || Error::Language(tag.to_owned());
        let id: LanguageIdentifier = tag.parse().map_err(|_| broken())?;
        let resource = FluentResource::try_new(text.to_owned()).map_err(|_| broken())?;
        let mut bundle = FluentBundle::new_concurrent(vec![id]);
        // Pages isolate what they fill in by their markup; answers of the API are plain text.
        bundle.set_use_isolating(false);
        let patterns: Vec<(String, String)> = resource.entries().filter_map(pattern).collect();
        bundle.add_resource(resource).map_err(|_| broken())?;
        let countries = countries.named_in(tag);
        Ok(Self(Arc::new(Spoken { tag: tag.to_owned(), words: patterns.into_iter().collect(), countries, bundle })))
    }
}

impl Deref for Language {
    type Target = Spoken;

    fn deref(&self) -> &Spoken {
        &self.0
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.tag)
    }
}

impl Tongue for Language {
    fn say_with(&self, id: &str, fills: &[(&str, Fill<'_>)]) -> String {
        let Some(pattern) = self.bundle.get_message(id).and_then(|message| message.value()) else {
            return format!("⟨{id}⟩");
        };
        let mut args = FluentArgs::new();
        for (name, fill) in fills {
            match *fill {
                Fill::Number(number) => args.set(*name, FluentValue::from(number)),
                Fill::Text(text) => args.set(*name, FluentValue::from(text)),
            }
        }
        self.bundle.format_pattern(pattern, Some(&args), &mut Vec::new()).into_owned()
    }
}

/// A message as pages fill it in; `None` for one that decides by a figure.
fn pattern(entry: &Entry<&str>) -> Option<(String, String)> {
    let Entry::Message(message) = entry else { return None };
    let elements = message.value.as_ref()?.elements.iter().map(|element| match element {
        PatternElement::TextElement { value } => Some((*value).to_owned()),
        PatternElement::Placeable { expression: Expression::Inline(InlineExpression::VariableReference { id }) } => {
            Some(format!("{{{}}}", id.name))
        }
        PatternElement::Placeable { .. } => None,
    });
    Some((message.id.name.to_owned(), elements.collect::<Option<String>>()?))
}

/// The `Accept-Language` of a request as one list. Each range is read on its own, so that one that is no text hides no other.
#[must_use]
pub fn accepted(headers: &HeaderMap) -> String {
    let ranges = headers.get_all(ACCEPT_LANGUAGE).iter().flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    let texts: Vec<&str> = ranges.take(MOST_RANGES).filter_map(|range| std::str::from_utf8(range).ok()).collect();
    texts.join(",")
}

/// The tags of an `Accept-Language`, the most wanted first (RFC 9110 §12.5.4).
pub fn tags(accept_language: &str) -> impl Iterator<Item = &str> {
    let weighed = accept_language.split(',').map(|range| {
        let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
        let weight = parameters.trim().strip_prefix("q=").map_or(1.0, |q| q.parse::<f32>().unwrap_or(0.0));
        (tag.trim(), weight)
    });
    let mut all: Vec<(&str, f32)> = weighed.filter(|(tag, weight)| !tag.is_empty() && *weight > 0.0).collect();
    all.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    all.into_iter().map(|(tag, _)| tag)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn languages() -> Languages {
        Languages::load(&Countries::parse("*").unwrap()).unwrap()
    }

    #[test]
    fn the_cookie_decides_and_then_the_browser_s_wishes_in_their_order() {
        let all = languages();
        for (chosen, accepted, expected) in [
            (None, "", "en"),
            (None, "hi-IN,hi;q=0.9,en;q=0.8", "hi"),
            (None, "fr-FR, en;q=0.3, ar-EG;q=0.7", "ar"),
            (None, "xx, *;q=0.1", "en"),
            (None, "hi;q=0, en", "en"),
            (Some("ar"), "hi", "ar"),
            (Some("<script>"), "hi", "hi"),
        ] {
            assert_eq!(all.choose(chosen, accepted).tag, expected, "{chosen:?} {accepted}");
        }
        assert!(all.names().iter().any(|(tag, name)| tag == "hi" && name == "हिन्दी"));
    }

    #[test]
    fn a_range_that_is_no_text_hides_no_other_and_only_the_first_ones_are_read() {
        let all = languages();
        let many = |before: usize| format!("{}hi", "xx,".repeat(before)).into_bytes();
        for (lines, expected) in [
            (vec![b"fr;q=0.9, \xE9\xFF, hi;q=0.5".to_vec()], "hi"),
            (vec![b"\xFF".to_vec(), b"hi".to_vec()], "hi"),
            (vec![b"ar;q=0.4".to_vec(), b"hi;q=0.5".to_vec()], "hi"),
            (vec![many(9)], "hi"),
            (vec![many(10)], "en"),
            (vec![many(10_000)], "en"),
        ] {
            let mut headers = HeaderMap::new();
            for line in &lines {
                headers.append(ACCEPT_LANGUAGE, line.as_slice().try_into().unwrap());
            }
            assert_eq!(all.choose(None, &accepted(&headers)).tag, expected, "{headers:?}");
        }
    }

    /// Every message with the variables that it fills in.
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
                (id.starts_with(|c: char| c.is_ascii_lowercase()) && !id.contains(char::is_whitespace))
                    .then(|| (at, id.to_owned()))
            })
            .collect();
        assert_eq!(resource.entries().filter(|entry| matches!(entry, Entry::Message(_))).count(), parts.len());
        let mut parts = parts;
        parts.sort_unstable();
        let ends = parts.iter().skip(1).map(|(at, _)| *at).chain([text.len()]);
        parts.iter().zip(ends).map(|((at, id), end)| (id.clone(), variables(&text[*at..end]))).collect()
    }

    #[test]
    fn every_language_has_the_same_messages_with_the_same_variables() {
        let all: Vec<_> = FILES.files().map(|file| (file.path(), messages(file.contents_utf8().unwrap()))).collect();
        assert!(all.len() >= 3);
        for (path, messages) in &all {
            let missing: Vec<_> = all[0].1.symmetric_difference(messages).collect();
            assert!(missing.is_empty(), "{} against {}: {missing:?}", path.display(), all[0].0.display());
        }
    }

    #[test]
    fn figures_and_units_are_said_as_people_say_them() {
        let all = languages();
        let english = all.find("en").unwrap();
        let left = |left| english.say_with("problem-code-incorrect", &[("left", Fill::Number(left))]);
        assert!(left(4).contains("4 tries left") && left(1).contains("1 try left") && left(0).contains("last try"));
        let arabic = all.find("ar").unwrap();
        let forms: BTreeSet<String> =
            [0, 1, 2, 3, 11].map(|left| arabic.say_with("problem-code-incorrect", &[("left", Fill::Number(left))])).into();
        assert_eq!(forms.len(), 5, "{forms:?}");
    }
}
