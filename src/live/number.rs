//! The number while it is typed: it groups as its country writes it, finds its country by its calling code, and is read back.

use web_sys::{Event, HtmlInputElement, HtmlOptionElement, HtmlSelectElement};

use super::document::{find, target};
use crate::domain::digits;
use crate::domain::phone::{Shape, strip};

/// What is to be said of the number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Note {
    /// Nothing yet.
    None,
    /// Whom the text goes to: `+91 98765 43210`.
    ReadBack(String),
    /// Its calling code is of no country that is served.
    NotServed,
}

/// Digits of a calling code at most (ITU-T E.164 §6.2.1).
const LONGEST_CODE: usize = 3;
/// Fewest digits that are worth reading back.
const WORTH_READING: usize = 6;

/// Tidies the number after something was typed or chosen; what is to be said of it.
pub(super) fn tidy(event: &Event) -> Note {
    let Some(field) = find::<HtmlInputElement>("#phone") else { return Note::None };
    let typed = field.value();
    // What is no number is left as it is, for the submitted form to name it.
    let Some(stripped) = strip(&typed) else { return Note::None };
    let (digits, mut foreign) = (stripped.trim_start_matches('+'), stripped.starts_with('+'));
    let (mut option, mut national) = (selected(), digits);
    if foreign {
        let Some(called) = called(digits) else {
            return if digits.len() > LONGEST_CODE { Note::NotServed } else { Note::None };
        };
        national = digits.get(attribute(&called, "data-code").len()..).unwrap_or_default();
        if target::<HtmlSelectElement>(event).is_some() {
            // Whoever chooses a country means it: the rest of the number goes on as one of that country.
            foreign = option.as_ref().is_some_and(|option| option.is_same_node(Some(&called)));
        } else {
            called.set_selected(true);
            option = Some(called);
        }
    }
    let Some(option) = option else { return Note::None };
    let (code, shape) = (attribute(&option, "data-code"), Shape::parse(&attribute(&option, "data-shape")));
    let grouped = shape.group(national);
    let shown = if foreign { format!("+{code} {grouped}").trim_end().to_owned() } else { grouped };
    rewrite(&field, &typed, &shown);
    let abroad = if foreign { national } else { shape.abroad(national) };
    if abroad.len() < WORTH_READING { Note::None } else { Note::ReadBack(format!("+{code} {}", shape.group(abroad))) }
}

/// The country whose calling code is in front of international digits: the chosen one, if the code is its own.
fn called(digits: &str) -> Option<HtmlOptionElement> {
    (1..=LONGEST_CODE).rev().filter_map(|length| digits.get(..length)).find_map(|code| {
        let chosen = selected().filter(|option| attribute(option, "data-code") == code);
        let any = format!("#country [data-code='{code}']");
        chosen.or_else(|| find(&format!("{any}[data-main]"))).or_else(|| find(&any))
    })
}

fn selected() -> Option<HtmlOptionElement> {
    find("#country option:checked")
}

fn attribute(option: &HtmlOptionElement, name: &str) -> String {
    option.get_attribute(name).unwrap_or_default()
}

/// Puts the tidy number in the place of what was typed, the caret behind the same digit as before.
fn rewrite(field: &HtmlInputElement, typed: &str, shown: &str) {
    if typed == shown {
        return;
    }
    let caret = field.selection_start().ok().flatten().and_then(|at| usize::try_from(at).ok());
    field.set_value(shown);
    let Some(caret) = caret.filter(|_| field.matches(":focus").unwrap_or_default()) else { return };
    // The browser counts in UTF-16, and everything here is of the basic plane.
    let before = typed.chars().take(caret).filter(|c| digits::fold(*c).is_some()).count();
    let behind = shown.char_indices().filter(|(_, c)| c.is_ascii_digit()).nth(before.wrapping_sub(1)).map(|(at, _)| at + 1);
    let at = match behind {
        _ if caret >= typed.chars().count() => shown.len(),
        Some(at) if before > 0 => at,
        _ => 0,
    };
    let at = u32::try_from(at).unwrap_or_default();
    let _ = field.set_selection_range(at, at);
}
