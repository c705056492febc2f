//! A person with a browser that calls the use cases.

use std::net::IpAddr;

use axum::http::Request;
use ringkey::domain::client_network::ClientNetwork;
use ringkey::domain::problem::Problem;
use ringkey::domain::response::{OtpSent, Outcome};
use ringkey::server::cookie_jar::CookieJar;
use ringkey::server::sign_in::{self, SendOtp};

use crate::shared::solve;
use crate::world::World;

pub(crate) struct Person {
    pub browser: CookieJar,
    pub phone: String,
    pub country: String,
}

/// The result of a request for a code.
pub(crate) enum SendResult {
    Sent { puzzle: bool },
    Refused { has_message: bool, puzzle: bool },
}

impl SendResult {
    pub(crate) fn puzzle(&self) -> bool {
        match self {
            Self::Sent { puzzle } | Self::Refused { puzzle, .. } => *puzzle,
        }
    }
}

impl Person {
    pub(crate) fn new(world: &World, address: IpAddr, phone: &str, country: &str) -> Self {
        let request =
            Request::builder().extension(ClientNetwork::from_ip(address)).body(()).unwrap();
        let browser = CookieJar::of(&world.app, &request.into_parts().0);
        Self { browser, phone: phone.to_owned(), country: country.to_owned() }
    }

    /// Requests a code as a page does. Solves a puzzle if one is required, and accepts a refusal.
    pub(crate) async fn send_otp(&mut self, world: &World) -> SendResult {
        let (mut proof, mut puzzles) = (None, 0);
        loop {
            let typed = SendOtp {
                phone: Some(self.phone.clone()),
                proof: proof.clone(),
                ..SendOtp::default()
            };
            match sign_in::send_otp(&world.app, &mut self.browser, typed).await {
                Ok(OtpSent { .. }) => {
                    world.record_sms(&self.country);
                    return SendResult::Sent { puzzle: proof.is_some() };
                }
                Err(Problem::ProofRequired { puzzle, .. }) if puzzles < 3 => {
                    proof = Some(solve(puzzle));
                    puzzles += 1;
                }
                Err(refused) => {
                    let has_message = refused.retry_after().is_some()
                        && refused.message(&world.english).contains(" in ");
                    return SendResult::Refused { has_message, puzzle: proof.is_some() };
                }
            }
        }
    }

    /// Submits a wrong code. Returns true if it was compared.
    pub(crate) async fn is_compared(&mut self, world: &World, code: &str) -> bool {
        let answer = sign_in::verify_otp(&world.app, &mut self.browser, code, "").await;
        assert!(answer.is_err(), "an attempt was right");
        matches!(answer, Err(Problem::CodeIncorrect { .. }))
    }

    /// Returns the same browser in another tab on the same page.
    pub(crate) fn tab(&self, world: &World) -> Self {
        let mut tab = Self::new(world, IpAddr::from([90, 0, 0, 1]), &self.phone, &self.country);
        tab.browser.challenge.clone_from(&self.browser.challenge);
        tab
    }

    /// Submits a code, and returns the outcome if it was right.
    pub(crate) async fn verify(&mut self, world: &World, code: &str) -> Option<Outcome> {
        sign_in::verify_otp(&world.app, &mut self.browser, code, "").await.ok()
    }

    /// Submits the details. Returns true if an account was created.
    pub(crate) async fn create(&mut self, world: &World) -> bool {
        sign_in::create_account(&world.app, &mut self.browser, "Ada", "Lovelace", "ada@example.com")
            .await
            .is_ok()
    }

    /// Submits the received code, and the details if they are required.
    pub(crate) async fn finish(&mut self, world: &World) -> bool {
        match self.verify(world, &world.code_for(&self.phone)).await {
            Some(Outcome::DetailsRequired) => self.create(world).await,
            outcome => outcome.is_some(),
        }
    }
}
