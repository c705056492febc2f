//! The statistics of a scene.

/// The statistics of one scene.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stats {
    /// Paid messages to attackers, and to all people.
    pub attack_sms: usize,
    pub sms: usize,
    /// The cost of the worst 24 hours, in micro-units of the currency.
    pub spent: i64,
    pub over_budget: bool,
    /// Honest people outside the attacked prefixes: how many signed in, of those who came.
    pub elsewhere: ServedRatio,
    /// Honest people in the attacked prefixes, on known devices there and on other devices.
    pub known: ServedRatio,
    pub inside: ServedRatio,
    /// Refusals without a message that says when to come back.
    pub silent_refusals: usize,
    /// Puzzles that attackers and honest people solved.
    pub attack_puzzles: usize,
    pub puzzles: usize,
    /// The most sessions that one code opened, in a race for codes.
    pub max_sessions_per_code: usize,
    /// The odds of a right attempt in the worst 24 hours, in units of one in 10^8.
    pub odds: u64,
}

/// A part and its whole, in people.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ServedRatio {
    pub arrived: usize,
    pub served: usize,
}

impl ServedRatio {
    pub(crate) fn count(&mut self, served: bool) {
        self.arrived += 1;
        self.served += usize::from(served);
    }

    /// Returns true if the part is at least `per_mille` thousandths of the whole.
    pub(crate) fn is_at_least(self, per_mille: usize) -> bool {
        self.served * 1_000 >= self.arrived * per_mille
    }

    fn format(self) -> String {
        if self.arrived == 0 { "-".into() } else { format!("{}/{}", self.served, self.arrived) }
    }
}

impl Stats {
    pub(crate) fn header() -> String {
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

    pub(crate) fn row(&self, name: &str) -> String {
        #[expect(clippy::cast_precision_loss, reason = "shown with two digits")]
        let spent = self.spent as f64 / 1_000_000.0;
        let opened = if self.max_sessions_per_code == 0 {
            "-".to_owned()
        } else {
            self.max_sessions_per_code.to_string()
        };
        let odds = 100_000_000_u64
            .checked_div(self.odds)
            .map_or("-".to_owned(), |one_in| format!("1 in {one_in}"));
        format!(
            "{name:<44} {:>12} {:>7} {spent:>9.2} {:>12} {:>11} {:>11} {:>9} {:>8} {opened:>13} \
             {odds:>14}",
            self.attack_sms,
            self.sms,
            self.elsewhere.format(),
            self.known.format(),
            self.inside.format(),
            self.attack_puzzles,
            self.puzzles
        )
    }
}
