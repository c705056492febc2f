//! The scenes: the attackers, the honest people, and the bounds that must hold.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;

use futures_util::future::join_all;
use ringkey::domain::response::Outcome;
use ringkey::server::phone;

use crate::person::{Person, SendResult};
use crate::shared::Rng;
use crate::stats::Stats;
use crate::world::World;

const DAY: i64 = 86_400;
const ADDRESSES: usize = 10_000;
/// The attempts of attackers at full size: one every four seconds for a day.
const ATTEMPTS: usize = 20_000;
/// The number of requests that race.
const CONCURRENCY: usize = 64;

type RunScene = for<'a> fn(&'a World, usize) -> Pin<Box<dyn Future<Output = Stats> + 'a>>;

pub(crate) struct Scene {
    pub name: &'static str,
    pub run: RunScene,
    pub check: fn(&Stats) -> Option<String>,
}

pub(crate) fn scenes() -> Vec<Scene> {
    vec![
        Scene {
            name: "pumping one expensive prefix, no code typed",
            run: |world, divisor| Box::pin(pump(world, divisor, expensive_prefix(), false)),
            check: |stats| check_elsewhere(stats, 100),
        },
        Scene {
            name: "pumping one expensive prefix, every code typed",
            run: |world, divisor| Box::pin(pump(world, divisor, expensive_prefix(), true)),
            check: |stats| check_elsewhere(stats, 300),
        },
        Scene {
            name: "pumping 1,000 prefixes thinly",
            run: |world, divisor| Box::pin(pump(world, divisor, thousand_prefixes(), false)),
            check: |stats| check_elsewhere(stats, usize::MAX),
        },
        Scene {
            name: "guessing at one number",
            run: |world, divisor| Box::pin(guess(world, divisor)),
            check: |stats| (stats.odds > 1_000).then(|| format!("odds of {} in 10^8", stats.odds)),
        },
        Scene {
            name: "racing: 64 at once, each code and number",
            run: |world, divisor| Box::pin(race(world, divisor)),
            check: |stats| {
                (stats.max_sessions_per_code != 1)
                    .then(|| format!("{} sessions of one code", stats.max_sessions_per_code))
            },
        },
        Scene {
            name: "a launch day, nobody attacking",
            run: |world, divisor| Box::pin(launch(world, divisor)),
            check: |stats| {
                (!stats.elsewhere.is_at_least(995))
                    .then(|| "honest people were refused on the launch day".to_owned())
            },
        },
    ]
}

fn check_elsewhere(stats: &Stats, most: usize) -> Option<String> {
    if stats.attack_sms > most {
        return Some(format!("{} texts for the attacker", stats.attack_sms));
    }
    if !stats.elsewhere.is_at_least(990) {
        return Some(format!("honest people elsewhere: {:?}", stats.elsewhere));
    }
    if !stats.known.is_at_least(1_000) {
        return Some(format!("known devices: {:?}", stats.known));
    }
    (stats.silent_refusals > 0)
        .then(|| format!("{} refusals without a time", stats.silent_refusals))
}

/// Returns a random second of a day.
fn second(rng: &mut Rng) -> i64 {
    i64::try_from(rng.below(usize::try_from(DAY).unwrap())).unwrap()
}

/// A range of numbers: its prefix, the number of digits after it, and its country.
type Range = (String, usize, &'static str);

fn expensive_prefix() -> Vec<Range> {
    vec![("+994501".into(), 6, "AZ")]
}

/// Returns a thousand prefixes of numbers that the parser knows as real, in countries that have
/// many.
fn thousand_prefixes() -> Vec<Range> {
    let candidates = [
        ("+91", 600..1_000, 7, "IN"),
        ("+62", 811..900, 8, "ID"),
        ("+234", 701..920, 7, "NG"),
        ("+92", 300..350, 7, "PK"),
    ]
    .into_iter()
    .chain([
        ("+63", 905..1_000, 7, "PH"),
        ("+84", 320..990, 6, "VN"),
        ("+55", 119..1_000, 8, "BR"),
        ("+254", 700..800, 6, "KE"),
    ]);
    let ranges = candidates.flat_map(|(code, prefixes, digits, country)| {
        prefixes.map(move |prefix| (format!("{code}{prefix}"), digits, country))
    });
    let known: Vec<Range> = ranges
        .filter(|range| phone::parse(&number(range, 123_456), None).is_ok())
        .take(1_000)
        .collect();
    assert_eq!(known.len(), 1_000, "numbers of a thousand prefixes");
    known
}

fn number((prefix, digits, _): &Range, line: usize) -> String {
    format!("{prefix}{:0digits$}", line % 10_usize.pow(u32::try_from(*digits).unwrap()))
}

/// Returns the ranges of honest people, which no attack uses.
fn elsewhere() -> Vec<Range> {
    let areas = (201..990).filter(|area| area % 100 != 11 && area % 10 != 0);
    let ranges = areas
        .map(|area| (format!("+1{area}5"), 6, "US"))
        .chain((612..690).map(|prefix| (format!("+33{prefix}"), 6, "FR")));
    let known = ranges.filter(|range| {
        phone::parse(&number(range, 551_234), None).is_ok_and(|parsed| parsed.region == range.2)
    });
    known.collect()
}

fn address(base: u8, n: usize) -> IpAddr {
    let [_, a, b, c] = u32::try_from(n).unwrap().wrapping_mul(2_654_435).to_be_bytes();
    IpAddr::V4(Ipv4Addr::new(base, a, b, c))
}

/// The events of a scene, in the order of time.
#[derive(Debug, Clone, Copy)]
enum Action {
    Attack(usize),
    Elsewhere(usize),
    Known(usize),
    Inside(usize),
}

async fn pump(world: &World, divisor: usize, ranges: Vec<Range>, typed: bool) -> Stats {
    let (mut rng, mut stats) = (Rng(7), Stats::default());
    let mut members = Vec::new();
    for i in 0..20 {
        let range = &ranges[i % ranges.len()];
        let mut member = Person::new(world, address(90, i), &number(range, 160_000 + i), range.2);
        assert!(
            matches!(member.send_otp(world).await, SendResult::Sent { .. })
                && member.finish(world).await,
            "a member signs up"
        );
        members.push(member);
        world.set_time(3_600 * i64::try_from(i).unwrap());
    }
    let start = 3 * DAY;
    let mut actions: Vec<(i64, Action)> =
        (0..ATTEMPTS / divisor).map(|i| (start + second(&mut rng), Action::Attack(i))).collect();
    actions.extend((0..500 / divisor).map(|i| (start + second(&mut rng), Action::Elsewhere(i))));
    actions.extend((0..20).map(|i| (start + second(&mut rng), Action::Known(i))));
    actions.extend((0..50 / divisor).map(|i| (start + second(&mut rng), Action::Inside(i))));
    actions.sort_by_key(|(at, _)| *at);
    let honest_ranges = elsewhere();
    for (at, action) in actions {
        world.set_time(at);
        match action {
            Action::Attack(i) => {
                let range = &ranges[rng.below(ranges.len())];
                let mut attacker = Person::new(
                    world,
                    address(60, i % ADDRESSES),
                    &number(range, 100_000 + i),
                    range.2,
                );
                let result = attacker.send_otp(world).await;
                stats.attack_sms += usize::from(matches!(result, SendResult::Sent { .. }));
                stats.attack_puzzles += usize::from(result.puzzle());
                if typed && matches!(result, SendResult::Sent { .. }) {
                    attacker.finish(world).await;
                }
            }
            Action::Elsewhere(i) => {
                let range = &honest_ranges[rng.below(honest_ranges.len())];
                let mut person =
                    Person::new(world, address(80, i), &number(range, 551_234 + i), range.2);
                let served = honest(world, &mut person, &mut stats).await;
                stats.elsewhere.count(served);
            }
            Action::Known(i) => {
                let served = honest(world, &mut members[i], &mut stats).await;
                stats.known.count(served);
            }
            Action::Inside(i) => {
                let range = &ranges[rng.below(ranges.len())];
                let mut person =
                    Person::new(world, address(70, i), &number(range, 150_000 + i), range.2);
                let served = honest(world, &mut person, &mut stats).await;
                stats.inside.count(served);
            }
        }
    }
    finish(world, stats)
}

/// Requests a code, waits half a minute and submits it.
async fn honest(world: &World, person: &mut Person, stats: &mut Stats) -> bool {
    let result = person.send_otp(world).await;
    stats.puzzles += usize::from(result.puzzle());
    match result {
        SendResult::Sent { .. } => person.finish(world).await,
        SendResult::Refused { has_message, .. } => {
            stats.silent_refusals += usize::from(!has_message);
            false
        }
    }
}

async fn guess(world: &World, divisor: usize) -> Stats {
    let mut stats = Stats::default();
    let target = "+919876543210";
    let attempts = ATTEMPTS / divisor / 5;
    for i in 0..attempts {
        world.set_time(i64::try_from(i).unwrap() * 2 * DAY / i64::try_from(attempts).unwrap());
        let mut attacker = Person::new(world, address(60, i), target, "IN");
        let result = attacker.send_otp(world).await;
        stats.attack_puzzles += usize::from(result.puzzle());
        if !matches!(result, SendResult::Sent { .. }) {
            continue;
        }
        stats.attack_sms += 1;
        let code = world.code_for(target);
        let wrong: String =
            code.chars().map(|digit| if digit == '9' { '0' } else { '9' }).collect();
        for _ in 0..5 {
            if attacker.is_compared(world, &wrong).await {
                world.record_attempt(target, code.len());
            }
        }
    }
    finish(world, stats)
}

/// Runs each step 64 times at once: the request for one number from new browsers, the code that one
/// of them got, and its details.
async fn race(world: &World, divisor: usize) -> Stats {
    let mut stats = Stats::default();
    for round in 0..100 / divisor {
        world.set_time(DAY * i64::try_from(round).unwrap());
        let phone = number(&("+91987".into(), 7, "IN"), 6_000_000 + round);
        let mut browsers: Vec<Person> = (0..CONCURRENCY)
            .map(|i| Person::new(world, address(60, round * CONCURRENCY + i), &phone, "IN"))
            .collect();
        let result = join_all(browsers.iter_mut().map(|browser| browser.send_otp(world))).await;
        stats.attack_sms +=
            result.iter().filter(|result| matches!(result, SendResult::Sent { .. })).count();
        stats.attack_puzzles += result.iter().filter(|result| result.puzzle()).count();
        // The newest message opens the challenge of one browser. 64 tabs of each browser submit the
        // code, and then the details.
        let code = world.code_for(&phone);
        let mut opened = 0;
        for browser in browsers.iter_mut().filter(|browser| browser.browser.challenge.is_some()) {
            let mut tabs: Vec<Person> = (0..CONCURRENCY).map(|_| browser.tab(world)).collect();
            let typed = join_all(tabs.iter_mut().map(|tab| tab.verify(world, &code))).await;
            for (tab, outcome) in tabs.iter_mut().zip(typed) {
                if let Some(Outcome::DetailsRequired) = outcome {
                    browser.browser.challenge.clone_from(&tab.browser.challenge);
                }
                opened += usize::from(matches!(outcome, Some(Outcome::SignedIn { .. })));
            }
            let mut tabs: Vec<Person> = (0..CONCURRENCY).map(|_| browser.tab(world)).collect();
            opened += join_all(tabs.iter_mut().map(|tab| tab.create(world)))
                .await
                .into_iter()
                .filter(|created| *created)
                .count();
        }
        stats.max_sessions_per_code = stats.max_sessions_per_code.max(opened);
        stats.elsewhere.count(opened == 1);
    }
    finish(world, stats)
}

async fn launch(world: &World, divisor: usize) -> Stats {
    let (mut rng, mut stats) = (Rng(11), Stats::default());
    let ranges: Vec<Range> = (600..1_000).map(|prefix| (format!("+91{prefix}"), 7, "IN")).collect();
    let ranges: Vec<Range> = ranges
        .into_iter()
        .filter(|range| phone::parse(&number(range, 1_234_567), None).is_ok())
        .collect();
    // Half of the people come within two hours of the announcement. One in twenty submits no code,
    // and one in ten requests two. In offices and mobile networks eight people share an address.
    let people = 5_000 / divisor;
    let mut actions: Vec<(i64, usize)> = (0..people)
        .map(|i| (if i % 2 == 0 { second(&mut rng) / 12 } else { second(&mut rng) }, i))
        .collect();
    actions.sort_unstable();
    for (at, i) in actions {
        world.set_time(at);
        let range = &ranges[rng.below(ranges.len())];
        let mut person =
            Person::new(world, address(80, i / 8), &number(range, 1_000_000 + i), "IN");
        if rng.below(10) == 0 && matches!(person.send_otp(world).await, SendResult::Sent { .. }) {
            world.advance(30);
        }
        if rng.below(20) == 0 {
            let result = person.send_otp(world).await;
            stats.elsewhere.count(matches!(result, SendResult::Sent { .. }));
            continue;
        }
        let served = honest(world, &mut person, &mut stats).await;
        stats.elsewhere.count(served);
    }
    finish(world, stats)
}

fn finish(world: &World, mut stats: Stats) -> Stats {
    stats.spent = world.max_daily_cost();
    stats.over_budget = stats.spent > world.app.config.limits.budget.day;
    stats.sms = world.sms_count();
    stats.odds = world.worst_odds();
    stats
}
