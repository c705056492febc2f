//! Spellings of phone numbers: each gives one number, or is refused with a message and sends
//! nothing.

use ringkey::domain::problem::Problem;
use ringkey::domain::validation_error::ValidationError;
use ringkey::server::phone::parse;
use serde_json::json;

/// The input, the chosen country, and the number in E.164.
pub const NUMBERS: [(&str, &str, &str); 58] = [
    ("+919876543210", "", "+919876543210"),
    ("9876543210", "IN", "+919876543210"),
    ("09876543210", "IN", "+919876543210"),
    ("98765 43210", "IN", "+919876543210"),
    ("98765-43210", "IN", "+919876543210"),
    ("(98765) 43210", "IN", "+919876543210"),
    ("98765.43210", "IN", "+919876543210"),
    ("9876 543 210", "IN", "+919876543210"),
    (" +91 98765 43210 ", "US", "+919876543210"),
    ("+91 (0)98765 43210", "", "+919876543210"),
    ("+91-98765-43210", "IN", "+919876543210"),
    ("00919876543210", "IN", "+919876543210"),
    ("0091 98765 43210", "US", "+919876543210"),
    ("919876543210", "IN", "+919876543210"),
    ("９８７６５４３２１０", "IN", "+919876543210"),
    ("＋９１ ９８７６５ ４３２１０", "", "+919876543210"),
    ("٩٨٧٦٥٤٣٢١٠", "IN", "+919876543210"),
    ("९८७६५४३२१०", "IN", "+919876543210"),
    ("\u{202A}+91 98765 43210\u{202C}", "", "+919876543210"),
    ("+91\u{A0}98765\u{A0}43210", "", "+919876543210"),
    ("98765\u{2011}43210", "IN", "+919876543210"),
    ("9876543210", "in", "+919876543210"),
    ("+44 7400 123456", "", "+447400123456"),
    ("07400 123456", "GB", "+447400123456"),
    ("+44 (0)7400 123456", "IN", "+447400123456"),
    ("(201) 555-0123", "US", "+12015550123"),
    ("1 201 555 0123", "US", "+12015550123"),
    ("+1.201.555.0123", "", "+12015550123"),
    ("0151 23456789", "DE", "+4915123456789"),
    ("312 345 6789", "IT", "+393123456789"),
    ("+52 (55) 1234-5678", "", "+525512345678"),
    ("55 1234 5678", "MX", "+525512345678"),
    ("11 96123-4567", "BR", "+5511961234567"),
    ("8 (912) 345-67-89", "RU", "+79123456789"),
    ("090-1234-5678", "JP", "+819012345678"),
    ("0412 345 678", "AU", "+61412345678"),
    // Exit codes are those of the chosen country.
    ("001 65 8234 5678", "HK", "+6582345678"),
    ("0011 91 98765 43210", "AU", "+919876543210"),
    ("00 91 98765 43210", "AU", "+919876543210"),
    ("011 91 98765 43210", "US", "+919876543210"),
    ("010 91 98765 43210", "JP", "+919876543210"),
    ("8 10 91 98765 43210", "RU", "+919876543210"),
    ("00 91 98765 43210", "", "+919876543210"),
    // These spellings can be only one number.
    ("1 (201) 555-0123", "US", "+12015550123"),
    ("0919876543210", "IN", "+919876543210"),
    ("+91 91 98765 43210", "", "+919876543210"),
    ("0 44 7400 123456", "GB", "+447400123456"),
    ("+0 98765 43210", "IN", "+919876543210"),
    ("+00 91 98765 43210", "US", "+919876543210"),
    ("+8 912 345-67-89", "RU", "+79123456789"),
    ("+52 1 55 1234 5678", "", "+525512345678"),
    ("1 55 1234 5678", "MX", "+525512345678"),
    ("044 55 1234 5678", "MX", "+525512345678"),
    ("0 11 15 2345-6789", "AR", "+5491123456789"),
    ("+54 9 11 2345-6789", "", "+5491123456789"),
    ("tel:+91-98765-43210", "", "+919876543210"),
    ("TEL:098765 43210", "IN", "+919876543210"),
    // These characters are invisible.
    ("+91\u{61C}98765\u{FE0F}43210\u{180E}\u{2062}", "", "+919876543210"),
];

/// Input that must be refused, and the chosen country.
pub const TRAPS: [(&str, &str); 35] = [
    ("", "IN"),
    ("   ", "IN"),
    ("+", "IN"),
    ("++919876543210", ""),
    ("0", "IN"),
    ("000000", "IN"),
    ("112", "IN"),
    ("987654321", "IN"),
    ("98765432101", "IN"),
    ("9876543210", ""),
    ("9876543210", "US"),
    ("9876543210", "XX"),
    ("9876543210", "Narnia"),
    ("+9876543210", ""),
    ("022 2345 6789", "IN"),
    ("+91 22 2345 6789", ""),
    ("1800 123 4567", "IN"),
    ("020 7946 0958", "GB"),
    ("0909 879 0000", "GB"),
    ("+1 900 234 5678", ""),
    ("1-800-FLOWERS", "US"),
    ("+91 98765 43210 ext 5", ""),
    ("98765x43210", "IN"),
    ("98765,43210", "IN"),
    ("📞9876543210", "IN"),
    ("9876543210🙂", "IN"),
    ("98765\u{0}43210", "IN"),
    ("tel:", ""),
    ("tel:tel:+919876543210", ""),
    ("+870 301 234 567", ""),
    ("१२३", "IN"),
    // Singapore has no such number. With 00 as a plus it would be a number in California.
    ("001 65 7234 5678", "HK"),
    ("+54 11 2345-6789", ""),
    ("11 2345-6789", "AR"),
    ("447400123456", "IN"),
];

#[test]
fn every_spelling_of_a_number_is_the_same_number() {
    for (typed, country, e164) in NUMBERS {
        let parsed = parse(typed, Some(country));
        assert_eq!(
            parsed.as_ref().map(|parsed| parsed.number.as_str()),
            Ok(e164),
            "{typed:?} {country}"
        );
    }
}

#[test]
fn a_trap_is_refused_with_words_that_help() {
    for (typed, country) in TRAPS {
        match parse(typed, Some(country)) {
            Err(Problem::Invalid(fields)) => assert_eq!(fields.len(), 1, "{typed:?}: {fields:?}"),
            other => panic!("{typed:?} {country}: {other:?}"),
        }
    }
    assert!(parse(&"9".repeat(16 * 1024), Some("IN")).is_err());
    let nine =
        Problem::invalid("phone", ValidationError::PhoneMobileToken { code: 54, digit: '9' });
    for typed in ["+54 11 2345-6789", "11 2345-6789", "0 11 2345-6789"] {
        assert_eq!(
            parse(typed, Some("AR")),
            Err(nine.clone()),
            "{typed:?}: a landline, or a mobile without its 9"
        );
    }
}

on_both_engines! {
    async fn a_number_that_is_refused_sends_nothing_and_leaves_no_challenge(app: TestApp) {
        let person = app.person();
        for (typed, country) in TRAPS {
            person
                .call("send-otp", json!({"phone": typed, "country": country}))
                .await
                .is(422, "invalid");
        }
        assert_eq!(app.gateway.requests().len(), 0);
        assert_eq!(app.count("SELECT COUNT(*) FROM challenges").await, 0);
        assert_eq!(person.cookie("challenge"), None);
    }

    async fn an_empty_number_is_no_resend(app: TestApp) {
        let (person, phone) = (app.person(), crate::support::new_phone());
        person.send_otp(&phone).await;
        app.advance(30);
        person.send_otp("").await.is(422, "invalid");
        assert_eq!(app.gateway.sms_count(&phone), 1);
    }

    async fn only_listed_countries_get_sms(app: TestApp) {
        let app = app.restarted_with(&[("ALLOWED_COUNTRIES", "IN,GB")]).await;
        let person = app.person();
        person.send_otp("+12015550123").await.is(403, "country_not_served");
        person
            .call("send-otp", json!({"phone": "(201) 555-0123", "country": "US"}))
            .await
            .is(403, "country_not_served");
        assert_eq!(app.gateway.requests().len(), 0);
        assert_eq!(person.send_otp("+447400123456").await.status, 200);
        let shorter = app
            .restarted_with(&[("ALLOWED_COUNTRIES", "IN"), ("PUBLIC_ORIGIN", &app.origin)])
            .await;
        app.advance(30);
        person
            .at_instance(shorter.address, &app.origin)
            .resend()
            .await
            .is(403, "country_not_served");
        let page = person.get("/sign-in?change").await.text;
        assert!(page.contains("United Kingdom (\u{200E}+44)") && !page.contains("United States"));
    }

    async fn a_national_number_with_its_country_reaches_the_same_challenge(app: TestApp) {
        let (person, phone) = (app.person(), crate::support::new_phone());
        assert_eq!(
            person.call("send-otp", json!({"phone": &phone[3..], "country": "IN"})).await.status,
            200
        );
        app.advance(30);
        assert_eq!(
            person.send_otp(&format!("0{}", &phone[3..])).await.code(),
            "invalid",
            "no country, no +"
        );
        assert_eq!(person.send_otp(&format!("00{}", &phone[1..])).await.status, 200);
        assert_eq!(app.gateway.sms_count(&phone), 2);
        assert_eq!(app.count("SELECT COUNT(*) FROM challenges").await, 1);
    }
}
