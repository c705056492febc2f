//! The steps of a signed-in person on the account page, and their expected results.

use ringkey::domain::problem::Problem;
use ringkey::domain::response::Outcome;
use ringkey::server::account::{self, NewNumber};
use ringkey::server::cookie_jar::CookieJar;
use ringkey::server::sign_in::{self, RecoverySignIn};
use ringkey::server::state::AppState;

use super::rules::Play;
use super::world::World;

const STEP_UP_TTL: i64 = 300;

impl Play {
    /// Returns the session of a browser if it is live.
    pub(super) fn live_session(&self, world: &World, who: usize) -> Option<usize> {
        world.people[who].session.filter(|session| self.is_live(world, Some(*session)))
    }

    /// Returns the expected refusal of a step that needs a recent verification.
    pub(super) fn refusal(&self, world: &World, who: usize) -> Option<Problem> {
        let Some(session) = self.live_session(world, who) else {
            return Some(Problem::NotSignedIn);
        };
        let age = self.site.now() - world.sessions[session].verified_at;
        (age >= STEP_UP_TTL).then_some(Problem::VerificationRequired)
    }

    pub(super) async fn delete(&mut self, world: &mut World, who: usize, tale: &str) {
        let expected = self.refusal(world, who);
        let mut browser = world.people[who].jar.browser(&self.site.app);
        let answer = account::delete_account(&self.site.app, &mut browser).await;
        world.people[who].jar.keep(&browser);
        if let Some(problem) = expected {
            assert_eq!(answer, Err(problem), "{tale}");
            return;
        }
        assert_eq!(answer, Ok(Outcome::SignedOut), "{tale}");
        let session = world.people[who].session.take().unwrap();
        let phone = world.sessions[session].phone.clone();
        world.forget_account(&phone);
        // The codes of its number are gone with it, in every browser.
        for person in &mut world.people {
            if person.challenge.as_ref().is_some_and(|own| own.phone == phone) {
                person.challenge = None;
            }
        }
        world.people[who].challenge = None;
    }

    pub(super) async fn change_number(
        &mut self,
        world: &mut World,
        who: usize,
        to: usize,
        tale: &str,
    ) {
        let (to, expected) = (world.phones[to].clone(), self.refusal(world, who));
        let Some(target) = self.send_to_new_number(world, who, &to, expected, tale).await else {
            return;
        };
        let mut browser = world.people[who].jar.browser(&self.site.app);
        let changed = account::change_number(&self.site.app, &mut browser, &target, "").await;
        world.people[who].jar.keep(&browser);
        world.people[who].challenge = None;
        self.right += 1;
        if world.accounts.contains(&to) {
            assert_eq!(changed, Err(Problem::NumberTaken), "{tale}");
            return;
        }
        assert!(changed.is_ok(), "{changed:?} {tale}");
        let session = world.people[who].session.unwrap();
        let from = world.sessions[session].phone.clone();
        let (seen, codes) = (world.seen[&from], world.codes.remove(&from));
        let device = world.people[who].jar.cookies["device"].clone();
        let expires_at = world.devices.get(&(from.clone(), device.clone())).copied();
        // The passkeys stay with the account.
        for passkey in &mut world.passkeys {
            if passkey.phone.as_ref() == Some(&from) {
                passkey.phone = Some(to.clone());
            }
        }
        world.forget_account(&from);
        world.accounts.insert(to.clone());
        world.seen.insert(to.clone(), seen);
        world.codes.extend(codes.map(|codes| (to.clone(), codes)));
        world.devices.extend(expires_at.map(|expires_at| ((to.clone(), device), expires_at)));
        let (now, key) = (self.site.now(), self.site.key);
        let own = &mut world.sessions[session];
        (own.phone, own.revoked, own.verified_at, own.key) = (to, false, now, key);
    }

    /// Sends a code to another number, and returns it; `None` if the step ends here.
    async fn send_to_new_number(
        &mut self,
        world: &mut World,
        who: usize,
        to: &str,
        expected: Option<Problem>,
        tale: &str,
    ) -> Option<String> {
        let request = async |app: &AppState, browser: &mut CookieJar, proof| {
            let typed = NewNumber { phone: Some(to.to_owned()), country: None, proof };
            account::send_new_number_code(app, browser, typed).await
        };
        let sent = self.solve_puzzles(&mut world.people[who].jar, request).await;
        if let Some(problem) = expected {
            assert_eq!(sent.err(), Some(problem), "{tale}");
            return None;
        }
        match sent {
            Ok(_) => {
                world.sent.entry(to.to_owned()).or_default().push(self.site.now());
                // The challenge of a sign-in loses its cookie.
                world.people[who].challenge = None;
                self.site.code_for(to)
            }
            Err(Problem::Invalid(_)) => {
                let session = world.people[who].session.unwrap();
                assert_eq!(world.sessions[session].phone, to, "{tale}");
                None
            }
            Err(Problem::TooSoon { .. } | Problem::TooOften { .. }) => None,
            Err(problem) => panic!("{problem:?} {tale}"),
        }
    }

    pub(super) async fn log_out_others(&mut self, world: &mut World, who: usize, tale: &str) {
        let live = self.live_session(world, who);
        let mut browser = world.people[who].jar.browser(&self.site.app);
        let answer = account::log_out_other_devices(&self.site.app, &mut browser).await;
        world.people[who].jar.keep(&browser);
        let Some(session) = live else {
            assert_eq!(answer, Err(Problem::NotSignedIn), "{tale}");
            return;
        };
        assert_eq!(answer, Ok(()), "{tale}");
        let phone = world.sessions[session].phone.clone();
        world.revoke_all(&phone);
        world.sessions[session].revoked = false;
        let device = world.people[who].jar.cookies.get("device").cloned();
        world.forget_devices(&phone, device.as_ref());
    }

    pub(super) async fn make_codes(&mut self, world: &mut World, who: usize, tale: &str) {
        let expected = self.refusal(world, who);
        let mut browser = world.people[who].jar.browser(&self.site.app);
        let made = account::make_recovery_codes(&self.site.app, &mut browser).await;
        world.people[who].jar.keep(&browser);
        match (made, expected) {
            (Ok(made), None) => {
                let session = world.people[who].session.unwrap();
                world.codes.insert(world.sessions[session].phone.clone(), made.codes);
            }
            (made, expected) => assert_eq!(made.err(), expected, "{tale}"),
        }
    }

    /// Types a code of the account of a number, or a code that nobody has.
    pub(super) async fn recover(
        &mut self,
        world: &mut World,
        who: usize,
        phone: usize,
        tale: &str,
    ) {
        let phone = world.phones[phone].clone();
        let own = world.codes.get_mut(&phone).and_then(Vec::pop);
        let code = own.clone().unwrap_or_else(|| "0000-0000-0000-0000".to_owned());
        let signed_in = self.is_live(world, world.people[who].session);
        let mut browser = world.people[who].jar.browser(&self.site.app);
        let typed = RecoverySignIn { phone: phone.clone(), country: None, code: code.clone() };
        let answer = sign_in::sign_in_with_recovery_code(&self.site.app, &mut browser, typed).await;
        world.people[who].jar.keep(&browser);
        match answer {
            Ok(Outcome::SignedIn { .. }) => {
                assert!(own.is_some() && !signed_in, "{tale}");
                self.open_session(world, who, &phone);
                world.people[who].challenge = None;
            }
            Err(Problem::AlreadySignedIn) => {
                assert!(signed_in, "{tale}");
                world.codes.entry(phone).or_default().extend(own);
            }
            Err(Problem::RecoveryCodeIncorrect) => assert!(own.is_none(), "{tale}"),
            Err(Problem::TooOften { .. }) => world.codes.entry(phone).or_default().extend(own),
            answer => panic!("{answer:?} {tale}"),
        }
    }
}
