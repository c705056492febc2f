//! The steps with passkeys, and their expected results.

use ringkey::domain::passkey::PasskeyOptions;
use ringkey::domain::problem::Problem;
use ringkey::domain::response::Outcome;
use ringkey::server::{account, sign_in};
use serde_json::Value;

use super::rules::Play;
use super::world::{Passkey, World};
use crate::support::authenticator::Authenticator;

fn parse(options: &PasskeyOptions) -> Value {
    serde_json::from_str(&options.options).unwrap()
}

impl Play {
    pub(super) async fn add_passkey(&mut self, world: &mut World, who: usize, tale: &str) {
        let (app, expected) = (&self.site.app, self.refusal(world, who));
        let mut browser = world.people[who].jar.browser(app);
        let options = account::passkey_creation_options(app, &mut browser).await;
        let (options, session) = match (options, expected) {
            (Ok(options), None) => (options, world.people[who].session.unwrap()),
            (options, expected) => {
                world.people[who].jar.keep(&browser);
                assert_eq!(options.err(), expected, "{tale}");
                return;
            }
        };
        let origin = app.config.origin.as_str();
        let (authenticator, credential) = Authenticator::create(origin, &parse(&options));
        for expected in [Ok(()), Err(Problem::PasskeyRefused)] {
            let added = account::add_passkey(app, &mut browser, &options.token, &credential).await;
            assert_eq!(added, expected, "one ceremony adds one passkey {tale}");
        }
        world.people[who].jar.keep(&browser);
        let phone = Some(world.sessions[session].phone.clone());
        world.passkeys.push(Passkey { phone, authenticator });
    }

    /// Signs in with one of the passkeys, which may be removed or of a deleted account.
    pub(super) async fn sign_in_with_passkey(
        &mut self,
        world: &mut World,
        who: usize,
        index: usize,
        tale: &str,
    ) {
        let signed_in = self.is_live(world, world.people[who].session);
        let app = &self.site.app;
        let mut browser = world.people[who].jar.browser(app);
        let options = sign_in::passkey_sign_in_options(app).unwrap();
        let Some(passkey) = world.passkey(index) else { return };
        let answer = passkey.authenticator.answer(&parse(&options));
        let phone = passkey.phone.clone();
        let opened =
            sign_in::sign_in_with_passkey(app, &mut browser, &options.token, &answer).await;
        world.people[who].jar.keep(&browser);
        match opened {
            Ok(Outcome::SignedIn { .. }) => {
                assert!(!signed_in, "{tale}");
                let phone = phone.unwrap_or_else(|| panic!("a removed passkey opened {tale}"));
                self.open_session(world, who, &phone);
                world.people[who].challenge = None;
            }
            Err(Problem::AlreadySignedIn) => assert!(signed_in, "{tale}"),
            Err(Problem::PasskeyRefused) => assert!(!signed_in && phone.is_none(), "{tale}"),
            opened => panic!("{opened:?} {tale}"),
        }
    }

    /// Verifies with one of the passkeys, which may be of another account.
    pub(super) async fn verify_with_passkey(
        &mut self,
        world: &mut World,
        who: usize,
        index: usize,
        tale: &str,
    ) {
        let live = self.live_session(world, who);
        let app = &self.site.app;
        let mut browser = world.people[who].jar.browser(app);
        let options = account::step_up_options(app, &mut browser).await;
        let (options, session) = match (options, live) {
            (Ok(options), Some(session)) => (options, session),
            (options, _) => {
                world.people[who].jar.keep(&browser);
                assert_eq!(options.err(), Some(Problem::NotSignedIn), "{tale}");
                return;
            }
        };
        let Some(passkey) = world.passkey(index) else { return };
        let answer = passkey.authenticator.answer(&parse(&options));
        let phone = passkey.phone.clone();
        let verified =
            account::step_up_with_passkey(app, &mut browser, &options.token, &answer).await;
        world.people[who].jar.keep(&browser);
        let own = &mut world.sessions[session];
        if phone.as_ref() == Some(&own.phone) {
            assert_eq!(verified, Ok(()), "{tale}");
            (own.verified_at, own.key) = (self.site.now(), self.site.key);
            world.people[who].challenge = None;
        } else {
            assert_eq!(verified, Err(Problem::PasskeyRefused), "{tale}");
        }
    }

    /// Removes one of the passkeys. That of another account stays.
    pub(super) async fn remove_passkey(
        &mut self,
        world: &mut World,
        who: usize,
        index: usize,
        tale: &str,
    ) {
        let Some(id) = world.passkey(index).map(|passkey| passkey.authenticator.encoded_id())
        else {
            return;
        };
        let (app, expected) = (&self.site.app, self.refusal(world, who));
        let mut browser = world.people[who].jar.browser(app);
        let removed = account::remove_passkey(app, &mut browser, &id).await;
        world.people[who].jar.keep(&browser);
        assert_eq!(removed.err(), expected, "{tale}");
        let session = world.people[who].session.filter(|_| expected.is_none());
        let own = session.map(|session| world.sessions[session].phone.clone());
        if let Some(passkey) = world.passkey(index) {
            passkey.phone.take_if(|phone| own.as_ref() == Some(phone));
        }
    }
}
