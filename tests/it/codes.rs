//! The input that is accepted as a code, and the attempts that it costs.

use ringkey::domain::otp::{CodeInputs, Purpose, derive};
use ringkey::domain::phone::PhoneNumber;
use serde_json::{Value, json};

use crate::support::person::wrong_code;
use crate::support::{new_phone, soak_size};

on_both_engines! {
    async fn input_that_is_no_code_is_refused_and_not_counted(app: TestApp) {
        let (person, phone) = (app.person(), new_phone());
        person.send_otp(&phone).await;
        for typed in [
            "",
            " ",
            "abcdef",
            "12345",
            "1234567",
            "12345678",
            "12 34 5",
            "+12345",
            "1.2345",
            "🙂",
            "000000000000",
        ] {
            let refused = person.verify(typed).await;
            assert!(
                refused.is(422, "invalid").json()["error"]["fields"]["code"].is_string(),
                "{typed:?}"
            );
        }
        let malformed = [
            json!({}),
            json!({"code": null}),
            json!({"code": ["123456"]}),
            json!({"code": {"a": 1}}),
            json!({"code": true}),
            json!(["123456"]),
            Value::Null,
        ];
        for body in malformed {
            person.call("verify-otp", body).await.is(400, "malformed");
        }
        let left = person.verify(&wrong_code(&app.gateway.code_for(&phone))).await;
        assert_eq!(
            left.is(401, "code_incorrect").json()["error"]["attempts_left"],
            4,
            "nothing before it counted"
        );
    }

    async fn spaces_dashes_and_digits_of_other_scripts_are_understood(app: TestApp) {
        for spell in [
            (|code: &str| format!(" {} {} ", &code[..3], &code[3..])) as fn(&str) -> String,
            |code| format!("{}-{}", &code[..3], &code[3..]),
            |code| {
                code.chars()
                    .map(|c| char::from_u32(u32::from(c) - 0x30 + 0xFF10).unwrap())
                    .collect()
            },
            |code| {
                code.chars().map(|c| char::from_u32(u32::from(c) - 0x30 + 0x660).unwrap()).collect()
            },
        ] {
            let (person, phone) = (app.person(), new_phone());
            person.send_otp(&phone).await;
            let typed = spell(&app.gateway.code_for(&phone));
            assert_eq!(person.verify(&typed).await.status, 200, "{typed}");
        }
    }

    async fn the_fifth_failed_attempt_is_the_last(app: TestApp) {
        let (person, phone) = (app.person(), new_phone());
        person.send_otp(&phone).await;
        let code = app.gateway.code_for(&phone);
        for left in [4, 3, 2, 1, 0] {
            assert_eq!(
                person.verify(&wrong_code(&code)).await.is(401, "code_incorrect").json()["error"]
                    ["attempts_left"],
                left
            );
        }
        person.verify(&code).await.is(410, "challenge_over");
        person.verify(&wrong_code(&code)).await.is(410, "challenge_over");
        app.advance(30);
        assert_eq!(person.resend().await.status, 200, "a new code may be asked for");
        assert_eq!(person.verify(&app.gateway.code_for(&phone)).await.status, 200);
    }

    async fn a_code_is_refused_in_its_last_second_plus_one(app: TestApp) {
        for (wait, status, code) in [(299, 200, ""), (300, 410, "code_expired")] {
            let (person, phone) = (app.person(), new_phone());
            person.send_otp(&phone).await;
            app.advance(wait);
            person.verify(&app.gateway.code_for(&phone)).await.is(status, code);
        }
    }

    async fn a_right_code_signs_in_once_and_proves_as_often_as_it_is_asked(app: TestApp) {
        let (_, known) = app.member().await;
        let person = app.person();
        person.send_otp(&known).await;
        let cookie = person.cookie("challenge").unwrap();
        assert_eq!(
            person.verify(&app.gateway.code_for(&known)).await.json()["status"],
            "signed_in"
        );
        person.set_cookie("challenge", &cookie);
        person.verify(&app.gateway.code_for(&known)).await.is(410, "challenge_over");

        let (person, unknown) = (app.person(), new_phone());
        person.send_otp(&unknown).await;
        let (lost, code) = (person.cookie("challenge").unwrap(), app.gateway.code_for(&unknown));
        assert_eq!(person.verify(&code).await.json(), json!({"status": "details_required"}));
        let verified = person.cookie("challenge").unwrap();
        for _ in 0..4 {
            assert_eq!(person.verify(&code).await.json(), json!({"status": "details_required"}));
        }
        person.set_cookie("challenge", &lost);
        assert_eq!(
            person.verify(&code).await.json(),
            json!({"status": "details_required"}),
            "an answer that was lost"
        );
        assert_eq!(person.cookie("challenge").unwrap(), verified);
        assert_eq!(person.create_account().await.status, 200);
    }

    async fn a_code_opens_only_the_challenge_that_it_was_sent_for(app: TestApp) {
        let (anna, ben) = (app.person(), app.person());
        let (annas, bens) = (new_phone(), new_phone());
        anna.send_otp(&annas).await;
        let reference = ben.send_otp(&bens).await.json()["reference"].clone();
        let (a, b) = (app.gateway.code_for(&annas), app.gateway.code_for(&bens));
        if a != b {
            ben.verify(&a).await.is(401, "code_incorrect");
        }
        app.person().verify(&b).await.is(401, "no_challenge");
        anna.call("verify-otp", json!({"code": a, "reference": reference}))
            .await
            .is(409, "other_challenge");
        let left = anna.verify(&wrong_code(&a)).await;
        assert_eq!(left.json()["error"]["attempts_left"], 4, "another tab's post is not counted");
        assert_eq!(
            ben.call("verify-otp", json!({"code": b, "reference": reference})).await.status,
            200
        );
    }
}

#[test]
fn codes_are_uniform_by_chi_square_in_every_digit_and_every_pair() {
    // The long size is a million codes. The nonces are fixed, so the result is the same in every
    // run.
    let drawn: u32 = soak_size(1_000_000, 50_000);
    let number = PhoneNumber::from_e164("+919876543210").unwrap();
    for length in [6_usize, 8] {
        let mut digits = vec![[0_u32; 10]; length];
        let mut pairs = vec![[0_u32; 100]; length - 1];
        for i in 0..drawn {
            let (nonce, length) = (i.to_be_bytes(), u8::try_from(length).unwrap());
            let inputs = CodeInputs {
                pepper: &[7; 32],
                nonce: &nonce,
                secret: b"secret",
                phone: &number,
                purpose: Purpose::SignIn,
                length,
            };
            let code = derive(inputs);
            let code: Vec<usize> =
                code.digits().bytes().map(|byte| usize::from(byte - b'0')).collect();
            for (position, digit) in code.iter().enumerate() {
                digits[position][*digit] += 1;
            }
            for (position, pair) in code.windows(2).enumerate() {
                pairs[position][10 * pair[0] + pair[1]] += 1;
            }
        }
        // A uniform source passes these bounds in all but one of 10,000 runs (9 and 99 degrees of
        // freedom).
        for row in &digits {
            assert!(chi_square(row, drawn) < 33.7, "{length} digits: {row:?}");
        }
        for row in &pairs {
            assert!(chi_square(row, drawn) < 161.3, "{length} digits, pairs: {row:?}");
        }
    }
}

fn chi_square(counts: &[u32], drawn: u32) -> f64 {
    let expected = f64::from(drawn) / f64::from(u32::try_from(counts.len()).unwrap());
    counts.iter().map(|seen| (f64::from(*seen) - expected).powi(2) / expected).sum()
}
