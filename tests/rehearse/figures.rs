//! What a scene came to.

/// Counted over a scene.
#[derive(Debug, Clone, Default)]
pub(crate) struct Figures {
    /// Texts that were paid for attackers, and for everybody.
    pub attack_texts: usize,
    pub texts: usize,
    /// Micro-units of the worst 24 hours.
    pub spent: i64,
    pub over_budget: bool,
    /// Honest people who are not in an attacked prefix: how many came and got in.
    pub elsewhere: Share,
    /// Honest people in the attacked prefixes, on devices that are known there, and on others.
    pub known: Share,
    pub inside: Share,
    /// Refusals that did not say in words when to come back.
    pub silent_refusals: usize,
    /// Puzzles that attackers and honest people solved.
    pub attack_puzzles: usize,
    pub puzzles: usize,
    /// The most sessions that one code opened, where codes are raced for.
    pub most_opened: usize,
    /// The odds of a right guess, in units of one in 10^8, in the worst 24 hours.
    pub odds: u64,
}

/// How many of how many.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Share {
    pub came: usize,
    pub served: usize,
}

impl Share {
    pub(crate) fn count(&mut self, served: bool) {
        self.came += 1;
        self.served += usize::from(served);
    }

    /// At least so many in a thousand.
    pub(crate) fn is_at_least(self, per_mille: usize) -> bool {
        self.served * 1_000 >= self.came * per_mille
    }

    fn show(self) -> String {
        if self.came == 0 { "-".into() } else { format!("{}/{}", self.served, self.came) }
    }
}

impl Figures {
    pub(crate) fn head() -> String {
        format!(
            "{:<44} {:>12} {:>7} {:>9} {:>12} {:>11} {:>11} {:>9} {:>8} {:>13} {:>14}",
            "scene",
            "attack texts",
            "texts",
            "spent 24h",
            "served else",
            "known dev.",
            "in prefix",
            "att. pzl",
            "puzzles",
            "sessions/code",
            "takeover odds"
        )
    }

    pub(crate) fn line(&self, name: &str) -> String {
        #[expect(clippy::cast_precision_loss, reason = "shown with two digits")]
        let spent = self.spent as f64 / 1_000_000.0;
        let opened = if self.most_opened == 0 { "-".to_owned() } else { self.most_opened.to_string() };
        let odds = 100_000_000_u64.checked_div(self.odds).map_or("-".to_owned(), |one_in| format!("1 in {one_in}"));
        format!(
            "{name:<44} {:>12} {:>7} {spent:>9.2} {:>12} {:>11} {:>11} {:>9} {:>8} {opened:>13} {odds:>14}",
            self.attack_texts,
            self.texts,
            self.elsewhere.show(),
            self.known.show(),
            self.inside.show(),
            self.attack_puzzles,
            self.puzzles
        )
    }
}
