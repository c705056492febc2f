//! The scenes: who attacks, who just wants to sign in, and the bounds that have to hold.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;

use futures_util::future::join_all;
use ringkey::domain::answer::Outcome;
use ringkey::server::phone;

use crate::figures::Figures;
use crate::person::{Asked, Person};
use crate::shared::Dice;
use crate::world::World;

const DAY: i64 = 86_400;
const ADDRESSES: usize = 10_000;
/// How often attackers try, at full size: every four seconds for a day.
const TRIES: usize = 20_000;
/// Racers at a time.
const AT_ONCE: usize = 64;

type Play = for<'a> fn(&'a World, usize) -> Pin<Box<dyn Future<Output = Figures> + 'a>>;

pub(crate) struct Scene {
    pub name: &'static str,
    pub play: Play,
    pub holds: fn(&Figures) -> Option<String>,
}

pub(crate) fn scenes() -> Vec<Scene> {
    vec![
        Scene {
            name: "pumping one dear prefix, no code typed",
            play: |world, share| Box::pin(pump(world, share, dear_prefix(), false)),
            holds: |figures| elsewhere_is_fine(figures, 100),
        },
        Scene {
            name: "pumping one dear prefix, every code typed",
            play: |world, share| Box::pin(pump(world, share, dear_prefix(), true)),
            holds: |figures| elsewhere_is_fine(figures, 300),
        },
        Scene {
            name: "pumping 1,000 prefixes thinly",
            play: |world, share| Box::pin(pump(world, share, thousand_prefixes(), false)),
            holds: |figures| elsewhere_is_fine(figures, usize::MAX),
        },
        Scene {
            name: "guessing at one number",
            play: |world, share| Box::pin(guess(world, share)),
            holds: |figures| (figures.odds > 1_000).then(|| format!("odds of {} in 10^8", figures.odds)),
        },
        Scene {
            name: "racing: 64 at once, each code and number",
            play: |world, share| Box::pin(race(world, share)),
            holds: |figures| (figures.most_opened != 1).then(|| format!("{} sessions of one code", figures.most_opened)),
        },
        Scene {
            name: "a launch day, nobody attacking",
            play: |world, share| Box::pin(launch(world, share)),
            holds: |figures| {
                (!figures.elsewhere.is_at_least(995)).then(|| "honest people were refused on the launch day".to_owned())
            },
        },
    ]
}

fn elsewhere_is_fine(figures: &Figures, most: usize) -> Option<String> {
    if figures.attack_texts > most {
        return Some(format!("{} texts for the attacker", figures.attack_texts));
    }
    if !figures.elsewhere.is_at_least(990) {
        return Some(format!("honest people elsewhere: {:?}", figures.elsewhere));
    }
    if !figures.known.is_at_least(1_000) {
        return Some(format!("known devices: {:?}", figures.known));
    }
    (figures.silent_refusals > 0).then(|| format!("{} refusals without a time", figures.silent_refusals))
}

/// A second of a day.
fn second(dice: &mut Dice) -> i64 {
    i64::try_from(dice.below(usize::try_from(DAY).unwrap())).unwrap()
}

/// Numbers by what comes before the last digits: prefix, how many digits follow, country.
type Range = (String, usize, &'static str);

fn dear_prefix() -> Vec<Range> {
    vec![("+994501".into(), 6, "AZ")]
}

/// A thousand prefixes of countries that have many: numbers that exist, as the parser knows them.
fn thousand_prefixes() -> Vec<Range> {
    let candidates =
        [("+91", 600..1_000, 7, "IN"), ("+62", 811..900, 8, "ID"), ("+234", 701..920, 7, "NG"), ("+92", 300..350, 7, "PK")]
            .into_iter()
            .chain([
                ("+63", 905..1_000, 7, "PH"),
                ("+84", 320..990, 6, "VN"),
                ("+55", 119..1_000, 8, "BR"),
                ("+254", 700..800, 6, "KE"),
            ]);
    let ranges = candidates
        .flat_map(|(code, prefixes, digits, country)| prefixes.map(move |prefix| (format!("{code}{prefix}"), digits, country)));
    let known: Vec<Range> = ranges.filter(|range| phone::parse(&number(range, 123_456), None).is_ok()).take(1_000).collect();
    assert_eq!(known.len(), 1_000, "numbers of a thousand prefixes");
    known
}

fn number((prefix, digits, _): &Range, line: usize) -> String {
    format!("{prefix}{:0digits$}", line % 10_usize.pow(u32::try_from(*digits).unwrap()))
}

/// Where nobody attacks: honest people live here.
fn elsewhere() -> Vec<Range> {
    let areas = (201..990).filter(|area| area % 100 != 11 && area % 10 != 0);
    let ranges =
        areas.map(|area| (format!("+1{area}5"), 6, "US")).chain((612..690).map(|prefix| (format!("+33{prefix}"), 6, "FR")));
    let known = ranges.filter(|range| phone::parse(&number(range, 551_234), None).is_ok_and(|parsed| parsed.region == range.2));
    known.collect()
}

fn address(base: u8, n: usize) -> IpAddr {
    let [_, a, b, c] = u32::try_from(n).unwrap().wrapping_mul(2_654_435).to_be_bytes();
    IpAddr::V4(Ipv4Addr::new(base, a, b, c))
}

/// What happens, in the order of time.
#[derive(Debug, Clone, Copy)]
enum Act {
    Attack(usize),
    Elsewhere(usize),
    Known(usize),
    Inside(usize),
}

async fn pump(world: &World, share: usize, ranges: Vec<Range>, typed: bool) -> Figures {
    let (mut dice, mut figures) = (Dice(7), Figures::default());
    let mut members = Vec::new();
    for i in 0..20 {
        let range = &ranges[i % ranges.len()];
        let mut member = Person::new(world, address(90, i), &number(range, 160_000 + i), range.2);
        assert!(matches!(member.ask(world).await, Asked::Sent { .. }) && member.finish(world).await, "a member signs up");
        members.push(member);
        world.at(3_600 * i64::try_from(i).unwrap());
    }
    let start = 3 * DAY;
    let mut acts: Vec<(i64, Act)> = (0..TRIES / share).map(|i| (start + second(&mut dice), Act::Attack(i))).collect();
    acts.extend((0..500 / share).map(|i| (start + second(&mut dice), Act::Elsewhere(i))));
    acts.extend((0..20).map(|i| (start + second(&mut dice), Act::Known(i))));
    acts.extend((0..50 / share).map(|i| (start + second(&mut dice), Act::Inside(i))));
    acts.sort_by_key(|(at, _)| *at);
    let homes = elsewhere();
    for (at, act) in acts {
        world.at(at);
        match act {
            Act::Attack(i) => {
                let range = &ranges[dice.below(ranges.len())];
                let mut attacker = Person::new(world, address(60, i % ADDRESSES), &number(range, 100_000 + i), range.2);
                let asked = attacker.ask(world).await;
                figures.attack_texts += usize::from(matches!(asked, Asked::Sent { .. }));
                figures.attack_puzzles += usize::from(asked.puzzle());
                if typed && matches!(asked, Asked::Sent { .. }) {
                    attacker.finish(world).await;
                }
            }
            Act::Elsewhere(i) => {
                let range = &homes[dice.below(homes.len())];
                let mut person = Person::new(world, address(80, i), &number(range, 551_234 + i), range.2);
                let served = honest(world, &mut person, &mut figures).await;
                figures.elsewhere.count(served);
            }
            Act::Known(i) => {
                let served = honest(world, &mut members[i], &mut figures).await;
                figures.known.count(served);
            }
            Act::Inside(i) => {
                let range = &ranges[dice.below(ranges.len())];
                let mut person = Person::new(world, address(70, i), &number(range, 150_000 + i), range.2);
                let served = honest(world, &mut person, &mut figures).await;
                figures.inside.count(served);
            }
        }
    }
    finish(world, figures)
}

/// Asks, waits half a minute, types the code.
async fn honest(world: &World, person: &mut Person, figures: &mut Figures) -> bool {
    let asked = person.ask(world).await;
    figures.puzzles += usize::from(asked.puzzle());
    match asked {
        Asked::Sent { .. } => person.finish(world).await,
        Asked::Refused { in_words, .. } => {
            figures.silent_refusals += usize::from(!in_words);
            false
        }
    }
}

async fn guess(world: &World, share: usize) -> Figures {
    let mut figures = Figures::default();
    let target = "+919876543210";
    let tries = TRIES / share / 5;
    for i in 0..tries {
        world.at(i64::try_from(i).unwrap() * 2 * DAY / i64::try_from(tries).unwrap());
        let mut attacker = Person::new(world, address(60, i), target, "IN");
        let asked = attacker.ask(world).await;
        figures.attack_puzzles += usize::from(asked.puzzle());
        if !matches!(asked, Asked::Sent { .. }) {
            continue;
        }
        figures.attack_texts += 1;
        let code = world.code_for(target);
        let wrong: String = code.chars().map(|digit| if digit == '9' { '0' } else { '9' }).collect();
        for _ in 0..5 {
            if attacker.is_compared(world, &wrong).await {
                world.guessed(target, code.len());
            }
        }
    }
    finish(world, figures)
}

/// Everything 64 times at once: new browsers that ask for one number, the code that one of them got, its details.
async fn race(world: &World, share: usize) -> Figures {
    let mut figures = Figures::default();
    for round in 0..100 / share {
        world.at(DAY * i64::try_from(round).unwrap());
        let phone = number(&("+91987".into(), 7, "IN"), 6_000_000 + round);
        let mut browsers: Vec<Person> =
            (0..AT_ONCE).map(|i| Person::new(world, address(60, round * AT_ONCE + i), &phone, "IN")).collect();
        let asked = join_all(browsers.iter_mut().map(|browser| browser.ask(world))).await;
        figures.attack_texts += asked.iter().filter(|asked| matches!(asked, Asked::Sent { .. })).count();
        figures.attack_puzzles += asked.iter().filter(|asked| asked.puzzle()).count();
        // The newest text opens one browser's challenge; 64 tabs of each type it, then the details.
        let code = world.code_for(&phone);
        let mut opened = 0;
        for browser in browsers.iter_mut().filter(|browser| browser.browser.challenge.is_some()) {
            let mut tabs: Vec<Person> = (0..AT_ONCE).map(|_| browser.tab(world)).collect();
            let typed = join_all(tabs.iter_mut().map(|tab| tab.verify(world, &code))).await;
            for (tab, outcome) in tabs.iter_mut().zip(typed) {
                if let Some(Outcome::DetailsRequired) = outcome {
                    browser.browser.challenge.clone_from(&tab.browser.challenge);
                }
                opened += usize::from(matches!(outcome, Some(Outcome::SignedIn { .. })));
            }
            let mut tabs: Vec<Person> = (0..AT_ONCE).map(|_| browser.tab(world)).collect();
            opened += join_all(tabs.iter_mut().map(|tab| tab.create(world))).await.into_iter().filter(|created| *created).count();
        }
        figures.most_opened = figures.most_opened.max(opened);
        figures.elsewhere.count(opened == 1);
    }
    finish(world, figures)
}

async fn launch(world: &World, share: usize) -> Figures {
    let (mut dice, mut figures) = (Dice(11), Figures::default());
    let ranges: Vec<Range> = (600..1_000).map(|prefix| (format!("+91{prefix}"), 7, "IN")).collect();
    let ranges: Vec<Range> = ranges.into_iter().filter(|range| phone::parse(&number(range, 1_234_567), None).is_ok()).collect();
    // Half of them come within two hours of the announcement; one in twenty types no code; one in ten asks twice; offices and
    // mobile networks put eight people behind an address.
    let people = 5_000 / share;
    let mut acts: Vec<(i64, usize)> =
        (0..people).map(|i| (if i % 2 == 0 { second(&mut dice) / 12 } else { second(&mut dice) }, i)).collect();
    acts.sort_unstable();
    for (at, i) in acts {
        world.at(at);
        let range = &ranges[dice.below(ranges.len())];
        let mut person = Person::new(world, address(80, i / 8), &number(range, 1_000_000 + i), "IN");
        if dice.below(10) == 0 && matches!(person.ask(world).await, Asked::Sent { .. }) {
            world.pass(30);
        }
        if dice.below(20) == 0 {
            let asked = person.ask(world).await;
            figures.elsewhere.count(matches!(asked, Asked::Sent { .. }));
            continue;
        }
        let served = honest(world, &mut person, &mut figures).await;
        figures.elsewhere.count(served);
    }
    finish(world, figures)
}

fn finish(world: &World, mut figures: Figures) -> Figures {
    figures.spent = world.dearest_day();
    figures.over_budget = figures.spent > world.app.config.limits.budget.day;
    figures.texts = world.texts();
    figures.odds = world.worst_odds();
    figures
}
