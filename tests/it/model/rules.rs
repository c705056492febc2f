//! The steps of a sequence, and the expected result of each of them.

use ringkey::domain::problem::Problem;
use ringkey::domain::response::{OtpSent, Outcome};
use ringkey::server::cookie_jar::CookieJar;
use ringkey::server::sign_in::{self, SendOtp};
use ringkey::server::state::AppState;

use super::browsers::{Jar, Site};
use super::world::{Challenge, Person, Session, World};
use crate::shared::{Rng, solve};
use crate::support::Engine;
use crate::support::person::wrong_code;

pub(super) const DAY: i64 = 86_400;
pub(super) const BROWSERS: usize = 3;
const STEPS: usize = 18;

pub struct Play {
    pub(super) site: Site,
    numbers: u32,
    /// The number of right codes in all sequences.
    pub right: usize,
}

impl Play {
    pub async fn open(engine: Engine) -> Option<Self> {
        Some(Self { site: Site::open(engine).await?, numbers: 0, right: 0 })
    }

    /// Runs one sequence and returns the number of its steps. A violation panics with the seed and
    /// the steps.
    pub async fn sequence(&mut self, seed: u64) -> usize {
        let mut rng = Rng(seed);
        let mut world = World::default();
        for _ in 0..2 {
            self.numbers += 1;
            world.phones.push(format!("+9198{:08}", 10_000_000 + self.numbers * 7));
        }
        for i in 0..BROWSERS {
            let address = format!("{}.{}.{}.9", 20 + seed % 200, (seed / 200) % 250, i);
            world
                .people
                .push(Person { jar: Jar { address, ..Jar::default() }, ..Person::default() });
        }
        let mut steps = Vec::new();
        for _ in 0..STEPS {
            let step = (
                rng.below(112),
                rng.below(BROWSERS),
                rng.below(BROWSERS),
                rng.below(2),
                rng.below(7),
            );
            steps.push(step);
            let tale = format!("seed {seed}, steps {steps:?}");
            self.step(&mut world, step, &tale).await;
            self.assert_sessions(&mut world, &tale).await;
        }
        self.assert_consistent(&world, &format!("seed {seed}, steps {steps:?}")).await;
        // The next sequence begins with empty counter windows.
        self.site.advance(2 * DAY);
        if seed.is_multiple_of(100) {
            let app = &self.site.app;
            app.store.purge(app.config.retention, app.clock.now()).await.unwrap();
        }
        STEPS
    }

    async fn step(
        &mut self,
        world: &mut World,
        (kind, who, other, phone, wait): (usize, usize, usize, usize, usize),
        tale: &str,
    ) {
        match kind {
            0..24 => self.send(world, who, Some(phone), tale).await,
            24..28 => self.send(world, who, None, tale).await,
            28..50 => self.verify(world, who, Typed::Right, tale).await,
            50..58 => {
                // Some browsers give up at once, and some go on.
                for _ in 0..=wait {
                    self.verify(world, who, Typed::Wrong, tale).await;
                }
            }
            58..62 => self.verify(world, who, Typed::Of(other), tale).await,
            62..74 => self.create(world, who, tale).await,
            74..76 => self.delete(world, who, tale).await,
            76..79 => self.change_number(world, who, phone, tale).await,
            79..80 => self.log_out_others(world, who, tale).await,
            80..81 if wait == 0 => self.make_codes(world, who, tale).await,
            80..82 => self.recover(world, who, phone, tale).await,
            82..88 => self.site.advance([1, 29, 31, 200, 301, 901, 3_601][wait]),
            88..90 => self.site.advance([15 * DAY, 92 * DAY, DAY][wait.min(2)]),
            90..94 => self.sign_out(world, who, tale).await,
            94..95 => self.sign_out_everywhere(world, who).await,
            95..96 => self.revoke(world, phone).await,
            96..98 => self.site.restart().await,
            98..99 => self.site.rotate().await,
            99..103 => self.add_passkey(world, who, tale).await,
            103..107 => self.sign_in_with_passkey(world, who, wait, tale).await,
            107..109 => self.verify_with_passkey(world, who, wait, tale).await,
            109..111 => self.remove_passkey(world, who, wait, tale).await,
            _ => {
                // An attacker copies the cookies.
                if let Some(session) = world.people[who].session {
                    let copy = (world.people[who].jar.clone(), session);
                    world.people[who].stolen.push(copy);
                }
            }
        }
    }

    /// Sends a request for a code, again with a proof for each of up to three puzzles.
    pub(super) async fn solve_puzzles<T>(
        &self,
        jar: &mut Jar,
        request: impl AsyncFn(&AppState, &mut CookieJar, Option<String>) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let (mut proof, mut puzzles) = (None, 0);
        loop {
            let mut browser = jar.browser(&self.site.app);
            let sent = request(&self.site.app, &mut browser, proof).await;
            jar.keep(&browser);
            match sent {
                Err(Problem::ProofRequired { puzzle, .. }) if puzzles < 3 => {
                    puzzles += 1;
                    proof = Some(solve(puzzle));
                }
                sent => return sent,
            }
        }
    }

    async fn send(&mut self, world: &mut World, who: usize, phone: Option<usize>, tale: &str) {
        let phone = phone.map(|phone| world.phones[phone].clone());
        let cookie = world.people[who].jar.cookies.get("challenge").cloned();
        let request = async |app: &AppState, browser: &mut CookieJar, proof| {
            let typed = SendOtp { phone: phone.clone(), proof, ..SendOtp::default() };
            sign_in::send_otp(app, browser, typed).await
        };
        let sent = self.solve_puzzles(&mut world.people[who].jar, request).await;
        let signed_in = self.is_live(world, world.people[who].session);
        assert_eq!(signed_in, matches!(sent, Err(Problem::AlreadySignedIn)), "{sent:?} {tale}");
        let before = world.people[who].challenge.clone();
        match sent {
            Ok(OtpSent { reference, code_length, expires_in, .. }) => {
                let phone = phone.unwrap_or_else(|| before.as_ref().unwrap().phone.clone());
                let code = self.site.code_for(&phone).unwrap();
                assert_eq!(code.len(), usize::from(code_length), "{tale}");
                world.sent.entry(phone.clone()).or_default().push(self.site.now());
                // A resend keeps the challenge's cookie. Two challenges may have one reference by
                // chance: there are a million of them.
                let is_resend = cookie.as_ref() == world.people[who].jar.cookies.get("challenge");
                if let Some(same) = before.filter(|_| is_resend) {
                    assert_eq!(
                        (same.code, same.reference, same.over || same.spent),
                        (code, reference, false),
                        "a resend is the same code {tale}"
                    );
                    return;
                }
                let expires_at = self.site.now() + expires_in;
                let challenge = Challenge {
                    phone,
                    code,
                    reference,
                    key: self.site.key,
                    expires_at,
                    wrong: 0,
                    spent: false,
                    over: false,
                    proof_until: None,
                    opened: 0,
                };
                world.people[who].challenge = Some(challenge);
            }
            Err(Problem::NoChallenge | Problem::Malformed | Problem::ChallengeOver) => {
                assert!(phone.is_none(), "{tale}");
            }
            Err(problem) => {
                let expected = matches!(
                    problem,
                    Problem::AlreadySignedIn | Problem::TooSoon { .. } | Problem::TooOften { .. }
                );
                assert!(expected, "{problem:?} {tale}");
            }
        }
    }

    async fn verify(&mut self, world: &mut World, who: usize, typed: Typed, tale: &str) {
        let now = self.site.now();
        let own = world.people[who].challenge.clone();
        let code = match (typed, &own) {
            (Typed::Right, Some(own)) => own.code.clone(),
            (Typed::Wrong, Some(own)) => wrong_code(&own.code),
            (Typed::Of(other), _) if world.people[other].challenge.is_some() => {
                world.people[other].challenge.clone().unwrap().code
            }
            _ => "123456".to_owned(),
        };
        let phone = own.as_ref().map(|own| own.phone.clone()).unwrap_or_default();
        let is_known = self.is_known(world, who, &phone);
        let mut browser = world.people[who].jar.browser(&self.site.app);
        let answer = sign_in::verify_otp(&self.site.app, &mut browser, &code, "").await;
        world.people[who].jar.keep(&browser);
        world.note(&answer);
        let Some(mut own) = own else {
            assert_eq!(answer, Err(Problem::NoChallenge), "{tale}");
            return;
        };
        let alive = !own.over && !own.spent && now < own.expires_at;
        let holds = self.site.key <= own.key + 1;
        match answer {
            Ok(outcome) => {
                assert!(
                    alive && holds && code == own.code,
                    "a code opened what it must not: {outcome:?} {tale}"
                );
                self.right += 1;
                match outcome {
                    Outcome::SignedIn { .. } => {
                        assert!(
                            world.accounts.contains(&own.phone) && own.proof_until.is_none(),
                            "{tale}"
                        );
                        assert!(
                            is_known || !self.is_surely_dormant(world, &own.phone),
                            "a dormant account opened by a text alone {tale}"
                        );
                        own.opened += 1;
                        own.over = true;
                        assert_eq!(own.opened, 1, "a code opens one session {tale}");
                        self.open_session(world, who, &own.phone);
                    }
                    Outcome::DetailsRequired => {
                        assert!(
                            own.proof_until.is_some() || !world.accounts.contains(&own.phone),
                            "{tale}"
                        );
                        own.proof_until.get_or_insert(now + 900);
                    }
                    Outcome::OwnerCheckRequired => {
                        assert!(self.may_be_dormant(world, &own.phone), "{tale}");
                        assert!(!is_known || own.proof_until.is_some(), "{tale}");
                        own.proof_until.get_or_insert(now + 900);
                    }
                    Outcome::SignedOut => panic!("{tale}"),
                }
            }
            Err(Problem::CodeIncorrect { attempts_left }) => {
                assert!(alive && code != own.code, "a live right code was refused {tale}");
                own.wrong += 1;
                own.spent = attempts_left == 0;
                assert!(own.wrong <= 5, "{tale}");
                assert!(
                    own.proof_until.is_none() || own.spent,
                    "a proof leaves one attempt {tale}"
                );
                let worth = 10_u64.pow(8 - u32::try_from(code.len()).unwrap());
                world.compared.entry(own.phone.clone()).or_default().push((now, worth));
            }
            Err(Problem::Invalid(_)) => assert!(code.len() != own.code.len(), "{tale}"),
            Err(Problem::CodeExpired) => assert!(now >= own.expires_at, "{tale}"),
            Err(Problem::ChallengeOver) => {
                assert!(
                    own.over || own.spent || !holds,
                    "a challenge was ended by somebody else's act {tale}"
                );
            }
            Err(Problem::NoChallenge) => assert!(own.over, "{answer:?} {tale}"),
            Err(problem) => panic!("{problem:?} {tale}"),
        }
        world.people[who].challenge = Some(own);
        if !world.people[who].jar.cookies.contains_key("challenge") {
            world.people[who].challenge = None;
        }
    }

    async fn create(&mut self, world: &mut World, who: usize, tale: &str) {
        let now = self.site.now();
        let mut browser = world.people[who].jar.browser(&self.site.app);
        let answer = sign_in::create_account(
            &self.site.app,
            &mut browser,
            "Ada",
            "Lovelace",
            "ada@example.com",
        )
        .await;
        world.people[who].jar.keep(&browser);
        world.note(&answer);
        let own = world.people[who].challenge.clone();
        let verified = own
            .as_ref()
            .filter(|own| !own.over && own.proof_until.is_some_and(|until| now < until));
        match answer {
            Ok(Outcome::SignedIn { .. }) => {
                let phone = verified
                    .unwrap_or_else(|| panic!("an account without a proof {tale}"))
                    .phone
                    .clone();
                if world.accounts.contains(&phone) {
                    assert!(self.may_be_dormant(world, &phone), "a number was taken {tale}");
                    // The former account still opens with its passkeys, which `dormant` tests.
                    world.passkeys.retain(|passkey| passkey.phone.as_ref() != Some(&phone));
                    world.forget_account(&phone);
                }
                world.accounts.insert(phone.clone());
                self.open_session(world, who, &phone);
                world.people[who].challenge = None;
            }
            Err(Problem::NumberTaken) => {
                assert!(world.accounts.contains(&verified.unwrap().phone), "{tale}");
                world.people[who].challenge = None;
            }
            Err(Problem::NoChallenge | Problem::NotVerified | Problem::ChallengeOver) => {
                assert!(verified.is_none(), "a proof was lost {tale}");
            }
            other => panic!("{other:?} {tale}"),
        }
    }

    async fn sign_out(&mut self, world: &mut World, who: usize, tale: &str) {
        let mut browser = world.people[who].jar.browser(&self.site.app);
        assert_eq!(
            sign_in::sign_out(&self.site.app, &mut browser).await,
            Ok(Outcome::SignedOut),
            "{tale}"
        );
        if let Some(session) = world.people[who].session.take() {
            let copy = (world.people[who].jar.clone(), session);
            world.people[who].stolen.push(copy);
            // A token whose key is gone does not name a row any more. The tokens of that key are
            // refused too.
            world.sessions[session].revoked = true;
        }
        world.people[who].jar.keep(&browser);
    }

    async fn sign_out_everywhere(&mut self, world: &mut World, who: usize) {
        let live = world.people[who].session.filter(|session| self.is_live(world, Some(*session)));
        let mut browser = world.people[who].jar.browser(&self.site.app);
        sign_in::sign_out_everywhere(&self.site.app, &mut browser).await.unwrap();
        world.people[who].jar.keep(&browser);
        if let Some(session) = live {
            let phone = world.sessions[session].phone.clone();
            world.revoke_all(&phone);
            world.forget_devices(&phone, None);
        } else if let Some(session) = world.people[who].session {
            world.sessions[session].revoked = true;
        }
        world.people[who].session = None;
    }

    async fn revoke(&mut self, world: &mut World, phone: usize) {
        let phone = world.phones[phone].clone();
        let ended = ringkey::server::revoke::revoke(&self.site.app, &phone).await;
        assert_eq!(ended.is_ok(), world.accounts.contains(&phone));
        world.revoke_all(&phone);
        world.forget_devices(&phone, None);
    }

    pub(super) fn open_session(&self, world: &mut World, who: usize, phone: &str) {
        if let Some(presented) = world.people[who].session {
            world.sessions[presented].revoked = true;
        }
        let now = self.site.now();
        world.sessions.push(Session {
            phone: phone.to_owned(),
            key: self.site.key,
            created_at: now,
            verified_at: now,
            seen_at: now,
            revoked: false,
        });
        world.people[who].session = Some(world.sessions.len() - 1);
        world.seen.insert(phone.to_owned(), now);
        let device = world.people[who].jar.cookies["device"].clone();
        world.devices.insert((phone.to_owned(), device), now + 180 * DAY);
    }

    /// Returns `true` if the account of a number knows this browser.
    fn is_known(&self, world: &World, who: usize, phone: &str) -> bool {
        world.people[who].jar.cookies.get("device").is_some_and(|device| {
            let known = world.devices.get(&(phone.to_owned(), device.clone()));
            known.is_some_and(|expires_at| self.site.now() < *expires_at)
        })
    }

    /// The last visit is written to a day, and both bounds allow for that.
    fn is_surely_dormant(&self, world: &World, phone: &str) -> bool {
        world.seen.get(phone).is_some_and(|seen| self.site.now() >= seen + 91 * DAY)
    }

    fn may_be_dormant(&self, world: &World, phone: &str) -> bool {
        world.seen.get(phone).is_some_and(|seen| self.site.now() >= seen + 89 * DAY)
    }

    pub(super) fn is_live(&self, world: &World, session: Option<usize>) -> bool {
        session.is_some_and(|session| {
            let session = &world.sessions[session];
            let now = self.site.now();
            let in_time = now < session.created_at + 30 * DAY && now < session.seen_at + 14 * DAY;
            !session.revoked && in_time && self.site.key <= session.key + 1
        })
    }
}

#[derive(Debug, Clone, Copy)]
enum Typed {
    Right,
    Wrong,
    Of(usize),
}
