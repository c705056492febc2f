//! The accent colour, adjusted to each theme, so that text in this colour and text on it have the
//! contrast that WCAG requires.

use std::fmt::{self, Write};

/// The minimum contrast of text (WCAG 2.2 §1.4.3, AA).
const MIN_CONTRAST: f64 = 4.5;
/// The background of each theme on which the accent has the least contrast. A test checks all
/// backgrounds of `style/tokens.css`.
const BACKGROUNDS: [Colour; 2] = [Colour([0xf3, 0xf4, 0xf3]), Colour([0x20, 0x2a, 0x26])];
/// The colour towards which the accent is mixed for more contrast, by theme.
const CONTRAST_TARGETS: [Colour; 2] = [Colour([0, 0, 0]), Colour([255, 255, 255])];
/// The shares of the target colour: the one that a step adds, and the one of the accent under the
/// pointer.
const STEP: f64 = 0.03;
const STRONG_SHARE: f64 = 0.25;

/// The accent colours of the light theme and of the dark theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accent([Colour; 2]);

/// An sRGB colour with eight bits per channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Colour([u8; 3]);

impl Accent {
    /// Parses `#rrggbb` and adjusts it to each theme as little as possible; `None` for any other
    /// text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let configured = Colour::parse(text)?;
        Some(Self(
            [0, 1].map(|theme| {
                configured.with_contrast_on(BACKGROUNDS[theme], CONTRAST_TARGETS[theme])
            }),
        ))
    }

    /// Returns the style sheet that replaces the built-in accent.
    #[must_use]
    pub fn css(self) -> String {
        let [light, dark] = [0, 1].map(|theme| {
            let strong = self.0[theme].mix_with(CONTRAST_TARGETS[theme], STRONG_SHARE);
            format!(":root{{--accent:{};--accent-strong:{strong}}}", self.0[theme])
        });
        format!("{light}@media (prefers-color-scheme:dark){{{dark}}}")
    }
}

impl Colour {
    fn parse(text: &str) -> Option<Self> {
        let digits =
            text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
        let channel = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
        Some(Self([channel(0)?, channel(2)?, channel(4)?]))
    }

    /// Returns the nearest colour towards `target` that has enough contrast on `background`.
    fn with_contrast_on(self, background: Self, target: Self) -> Self {
        let mut colour = self;
        while colour.contrast(background) < MIN_CONTRAST && colour != target {
            colour = colour.mix_with(target, STEP);
        }
        colour
    }

    fn mix_with(self, other: Self, share: f64) -> Self {
        let mix = |channel: usize| {
            let (from, to) = (f64::from(self.0[channel]), f64::from(other.0[channel]));
            // A channel changes by at least one, so that every step changes the colour.
            let delta = (to - from) * share;
            let delta = if delta.abs() < 1.0 { (to - from).clamp(-1.0, 1.0) } else { delta };
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "the value is between two channels"
            )]
            let mixed = (from + delta).round() as u8;
            mixed
        };
        Self([0, 1, 2].map(mix))
    }

    /// Returns the contrast ratio, as WCAG 2.2 defines it.
    fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// Returns the relative luminance, as WCAG 2.2 defines it.
    fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let share = f64::from(channel) / 255.0;
            if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        };
        let [red, green, blue] = self.0.map(linear);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('#')?;
        self.0.iter().try_for_each(|channel| write!(f, "{channel:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Returns the colours of a token in `tokens.css`: the one of the light theme, then the one of
    /// the dark theme.
    fn tokens(name: &str) -> Vec<Colour> {
        let css = include_str!("../../../style/tokens.css");
        let lines = css
            .lines()
            .filter_map(|line| line.trim().strip_prefix(&format!("--{name}: "))?.strip_suffix(';'));
        lines.map(|value| Colour::parse(value).unwrap()).collect()
    }

    proptest! {
        #[test]
        fn every_colour_gives_accents_with_enough_contrast(channels: [u8; 3]) {
            let Accent(accents) = Accent::parse(&Colour(channels).to_string()).unwrap();
            for theme in [0, 1] {
                let strong = accents[theme].mix_with(CONTRAST_TARGETS[theme], STRONG_SHARE);
                for accent in [accents[theme], strong] {
                    for token in ["ground", "surface", "raised", "on-accent"] {
                        let contrast = accent.contrast(tokens(token)[theme]);
                        prop_assert!(
                            contrast >= MIN_CONTRAST,
                            "{accent} on {token} of theme {theme}: {contrast}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn a_colour_with_enough_contrast_is_not_changed() {
        let css = Accent::parse("#0f6e66").unwrap().css();
        assert!(css.starts_with(":root{--accent:#0f6e66;--accent-strong:#0b534d}@media"), "{css}");
        for text in ["", "0f6e66", "#0f6e6", "#0f6e6g", "#0f6e66ff", "teal", "#0f6é6"] {
            assert_eq!(Accent::parse(text), None, "{text}");
        }
    }
}
