//! The state of the model, and the assertions after every step and at the end.

use std::collections::{BTreeMap, BTreeSet};

use ringkey::domain::phone::PhoneNumber;
use ringkey::domain::problem::Problem;
use ringkey::domain::response::Outcome;
use ringkey::server::sign_in;

use super::browsers::Jar;
use super::rules::{BROWSERS, DAY, Play};
use crate::support::authenticator::Authenticator;

/// Rows that no sequence may leave behind. Each query has one parameter, which it does not need.
const INVARIANTS: [(&str, &str); 4] = [
    (
        "a number has two accounts",
        "SELECT COUNT(*) FROM (SELECT phone FROM users WHERE phone <> $1 GROUP BY phone \
         HAVING COUNT(*) > 1) AS doubled",
    ),
    (
        "a session is live and its account has no factor",
        "SELECT COUNT(*) FROM sessions JOIN users ON users.id = sessions.user_id \
         WHERE revoked_at IS NULL AND phone IS NULL AND users.id <> $1 \
         AND NOT EXISTS (SELECT 1 FROM passkeys WHERE passkeys.user_id = users.id) \
         AND NOT EXISTS (SELECT 1 FROM recovery_codes WHERE recovery_codes.user_id = users.id)",
    ),
    (
        "something of a deleted account is left",
        "SELECT (SELECT COUNT(*) FROM sessions WHERE user_id <> $1 \
         AND user_id NOT IN (SELECT id FROM users)) + (SELECT COUNT(*) FROM devices \
         WHERE user_id NOT IN (SELECT id FROM users)) + (SELECT COUNT(*) FROM recovery_codes \
         WHERE user_id NOT IN (SELECT id FROM users)) + (SELECT COUNT(*) FROM passkeys \
         WHERE user_id NOT IN (SELECT id FROM users)) + (SELECT COUNT(*) FROM challenges \
         WHERE user_id <> '' AND user_id NOT IN (SELECT id FROM users))",
    ),
    (
        "a counter has a number",
        "SELECT COUNT(*) FROM counters WHERE name <> $1 AND name LIKE '+9198________/%'",
    ),
];

/// A challenge in the model.
#[derive(Debug, Clone)]
pub(super) struct Challenge {
    pub(super) phone: String,
    pub(super) code: String,
    pub(super) reference: String,
    pub(super) key: u32,
    pub(super) expires_at: i64,
    pub(super) wrong: usize,
    /// No attempt is left. An earlier proof is still valid.
    pub(super) spent: bool,
    /// The challenge is used or replaced.
    pub(super) over: bool,
    pub(super) proof_until: Option<i64>,
    pub(super) opened: usize,
}

/// A session in the model.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) phone: String,
    pub(super) key: u32,
    pub(super) created_at: i64,
    pub(super) verified_at: i64,
    pub(super) seen_at: i64,
    pub(super) revoked: bool,
}

/// A passkey in the model.
#[derive(Debug)]
pub(super) struct Passkey {
    /// The number of its account; `None` if the passkey is removed or its account deleted.
    pub(super) phone: Option<String>,
    pub(super) authenticator: Authenticator,
}

/// One browser: its cookies now, and copies of its earlier cookies.
#[derive(Debug, Clone, Default)]
pub(super) struct Person {
    pub(super) jar: Jar,
    pub(super) challenge: Option<Challenge>,
    pub(super) session: Option<usize>,
    pub(super) stolen: Vec<(Jar, usize)>,
}

/// The state of one sequence.
#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) phones: Vec<String>,
    pub(super) people: Vec<Person>,
    pub(super) sessions: Vec<Session>,
    pub(super) accounts: BTreeSet<String>,
    /// The last visit to the account of a number.
    pub(super) seen: BTreeMap<String, i64>,
    /// The browsers that the account of a number knows: number and device cookie, with the expiry.
    pub(super) devices: BTreeMap<(String, String), i64>,
    /// The unused recovery codes of the account of a number.
    pub(super) codes: BTreeMap<String, Vec<String>>,
    pub(super) passkeys: Vec<Passkey>,
    /// An account was deleted, or its number changed. What its known devices counted is then under
    /// an id that the tables do not name any more.
    pub(super) has_moved: bool,
    pub(super) compared: BTreeMap<String, Vec<(i64, u64)>>,
    pub(super) sent: BTreeMap<String, Vec<i64>>,
    pub(super) said: String,
}

impl World {
    /// Ends every session of a number's account.
    pub(super) fn revoke_all(&mut self, phone: &str) {
        for session in self.sessions.iter_mut().filter(|session| session.phone == phone) {
            session.revoked = true;
        }
    }

    /// Forgets the account of a number, which is deleted or has another number now.
    pub(super) fn forget_account(&mut self, phone: &str) {
        self.revoke_all(phone);
        self.accounts.remove(phone);
        self.seen.remove(phone);
        self.codes.remove(phone);
        for passkey in &mut self.passkeys {
            passkey.phone.take_if(|number| number == phone);
        }
        self.forget_devices(phone, None);
        self.has_moved = true;
    }

    /// Forgets the devices of a number's account, except one.
    pub(super) fn forget_devices(&mut self, phone: &str, kept: Option<&String>) {
        self.devices.retain(|(number, cookie), _| number != phone || Some(cookie) == kept);
    }

    /// Returns one of the passkeys; `None` if there is none.
    pub(super) fn passkey(&mut self, index: usize) -> Option<&mut Passkey> {
        let count = self.passkeys.len().max(1);
        self.passkeys.get_mut(index % count)
    }

    /// Keeps an answer, to search it for codes.
    pub(super) fn note(&mut self, answer: &Result<Outcome, Problem>) {
        if let Ok(outcome) = answer {
            self.said.push_str(&serde_json::to_string(outcome).unwrap());
        }
    }
}

impl Play {
    /// Asserts that exactly the browsers that the model calls signed in are signed in. A copied
    /// cookie ends with its session.
    pub(super) async fn assert_sessions(&self, world: &mut World, tale: &str) {
        for who in 0..BROWSERS {
            let live = self.is_live(world, world.people[who].session);
            let mut browser = world.people[who].jar.browser(&self.site.app);
            let user = sign_in::current_user(&self.site.app, &mut browser).await.unwrap();
            assert_eq!(user.is_some(), live, "browser {who} {tale}");
            world.people[who].jar.keep(&browser);
            if let Some(session) = world.people[who].session.filter(|_| live) {
                let seen = &mut world.sessions[session];
                // A visit moves the idle end and renews the token at most once an hour.
                if self.site.now() >= seen.seen_at + 3_600
                    && seen.seen_at + 14 * DAY < seen.created_at + 30 * DAY
                {
                    seen.seen_at = self.site.now();
                    seen.key = self.site.key;
                    let (phone, at) = (seen.phone.clone(), seen.seen_at);
                    world.seen.insert(phone, at);
                }
            }
            for (jar, session) in world.people[who].stolen.clone() {
                if world.sessions[session].revoked {
                    let user =
                        sign_in::current_user(&self.site.app, &mut jar.browser(&self.site.app))
                            .await
                            .unwrap();
                    assert_eq!(user, None, "a stolen cookie outlived its session {tale}");
                }
            }
        }
    }

    /// Returns the sum of a counter of a number, and of its account on known devices.
    async fn counted(&self, pseudonym: &str, phone: &str, counter: &str) -> i64 {
        let sum = "SELECT CAST(COALESCE(SUM(count), 0) AS BIGINT) FROM counters WHERE name = $1";
        let own = self.site.count(sum, &[&format!("{pseudonym}/{counter}/number")]).await;
        let of_account = "SELECT CAST(COALESCE(SUM(count), 0) AS BIGINT) FROM counters WHERE name \
                          IN (SELECT id || $1 FROM users WHERE phone = $2)";
        let counter = format!("/{counter}/account");
        own + self.site.count(of_account, &[&counter, phone]).await
    }

    /// Asserts that the tables agree with the model.
    pub(super) async fn assert_consistent(&self, world: &World, tale: &str) {
        for phone in &world.phones {
            let users =
                self.site.count("SELECT COUNT(*) FROM users WHERE phone = $1", &[phone]).await;
            assert_eq!(users, i64::from(world.accounts.contains(phone)), "{tale}");
            let compared = world.compared.get(phone).cloned().unwrap_or_default();
            for (from, _) in &compared {
                let day = compared
                    .iter()
                    .filter(|(at, _)| (*from..from + DAY).contains(at))
                    .map(|(_, worth)| worth)
                    .sum::<u64>();
                assert!(day <= 1_000, "{day} units in a day {tale}");
            }
            let number = PhoneNumber::from_e164(phone).unwrap();
            let pseudonym = self.site.app.data_key.pseudonym(&number);
            let counted = self.counted(&pseudonym, phone, "attempts").await;
            let wrong: u64 = compared.iter().map(|(_, worth)| worth).sum();
            assert!(
                world.has_moved || counted >= i64::try_from(wrong).unwrap(),
                "{wrong} wrong and only {counted} counted {tale}"
            );
            let sent = world.sent.get(phone).cloned().unwrap_or_default();
            for from in &sent {
                let day = sent.iter().filter(|at| (*from..from + DAY).contains(*at)).count();
                assert!(day <= 20 + 25, "{day} messages in a day {tale}");
            }
            let counted = self.counted(&pseudonym, phone, "sent").await;
            let sent = i64::try_from(sent.len()).unwrap();
            assert!(
                world.has_moved || counted == sent,
                "{counted} of {sent} messages counted {tale}"
            );
        }
        for (invariant, sql) in INVARIANTS {
            assert_eq!(self.site.count(sql, &[""]).await, 0, "{invariant} {tale}");
        }
        for person in &world.people {
            if let Some(challenge) = &person.challenge {
                assert!(
                    !world
                        .said
                        .split(|c: char| !c.is_ascii_digit())
                        .any(|run| run == challenge.code),
                    "a code was said {tale}"
                );
            }
        }
    }
}
