//! Durations in words.

use super::messages::{Arg, Localize};

const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

/// Formats a duration in seconds, minutes or hours, rounded up. The shortest is one second.
pub fn format_duration(seconds: i64, locale: &dyn Localize) -> String {
    let (id, count) = match seconds {
        ..120 => ("span-seconds", seconds.max(1)),
        120..7_200 => ("span-minutes", (seconds + MINUTE - 1) / MINUTE),
        _ => ("span-hours", (seconds + HOUR - 1) / HOUR),
    };
    locale.format(id, &[("count", Arg::Number(count))])
}

/// Formats the time since an event in minutes, hours or days, rounded down: `3 hours ago`.
pub fn format_age(seconds: i64, locale: &dyn Localize) -> String {
    let (id, count) = match seconds {
        ..MINUTE => return locale.message("age-now"),
        MINUTE..HOUR => ("span-minutes", seconds / MINUTE),
        HOUR..DAY => ("span-hours", seconds / HOUR),
        _ => ("span-days", seconds / DAY),
    };
    let span = locale.format(id, &[("count", Arg::Number(count))]);
    locale.format("age", &[("span", Arg::Text(&span))])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::messages::Messages;

    fn messages() -> Messages {
        let units = ["seconds", "minutes", "hours", "days"]
            .map(|unit| (format!("span-{unit}"), format!("{{count}} {unit}")));
        let ages = [("age-now", "just now"), ("age", "{span} ago")];
        let ages = ages.map(|(id, text)| (id.to_owned(), text.to_owned()));
        units.into_iter().chain(ages).collect()
    }

    #[test]
    fn a_duration_is_formatted_in_its_usual_unit() {
        for (seconds, said) in [
            (0, "1 seconds"),
            (60, "60 seconds"),
            (119, "119 seconds"),
            (120, "2 minutes"),
            (3_600, "60 minutes"),
            (7_201, "3 hours"),
        ] {
            assert_eq!(format_duration(seconds, &messages()), said);
        }
    }

    #[test]
    fn an_age_is_rounded_down() {
        for (seconds, said) in [
            (-5, "just now"),
            (59, "just now"),
            (60, "1 minutes ago"),
            (3_599, "59 minutes ago"),
            (3_600, "1 hours ago"),
            (86_399, "23 hours ago"),
            (86_400, "1 days ago"),
            (30 * 86_400, "30 days ago"),
        ] {
            assert_eq!(format_age(seconds, &messages()), said);
        }
    }
}
