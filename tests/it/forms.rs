//! The journey with plain forms, as in a browser without scripts.

use crate::support::new_phone;
use crate::support::person::{Answer, wrong_code};

/// The name of the step that a page shows.
fn shown(page: &Answer) -> &'static str {
    let hidden = |step: &str| {
        let (before, after) = page.text.split_once(&format!("id=\"step-{step}\"")).unwrap();
        let tag = [before.rsplit('<').next().unwrap(), after.split('>').next().unwrap()].concat();
        tag.contains(" hidden")
    };
    let steps: Vec<&str> =
        ["phone", "code", "details"].into_iter().filter(|step| !hidden(step)).collect();
    assert_eq!(steps.len(), 1, "{}", page.text);
    steps[0]
}

on_both_engines! {
    async fn the_whole_journey_works_with_plain_forms(app: TestApp) {
        let (person, phone) = (app.person(), new_phone());
        let guarded = person.get("/account").await;
        assert_eq!((guarded.status, guarded.header("location")), (302, "/sign-in?next=/account"));
        let sign_in = person.get("/sign-in?next=/account").await;
        assert!(
            sign_in.text.contains(r#"<input type="hidden" name="next" value="/account">"#),
            "{}",
            sign_in.text
        );
        let sent = person
            .submit("/sign-in", &[("country", "IN"), ("phone", &phone[3..]), ("next", "/account")])
            .await;
        assert_eq!((sent.status, sent.header("location")), (303, "/sign-in/code"));
        let page = person.get("/sign-in/code").await;
        assert!(page.status == 200 && page.text.contains("Verification code"));
        let reference =
            page.text.split(r#"name="reference" value=""#).nth(1).unwrap()[..4].to_owned();
        let verified = person
            .submit(
                "/sign-in/code",
                &[("code", &app.gateway.code_for(&phone)), ("reference", &reference)],
            )
            .await;
        assert_eq!((verified.status, verified.header("location")), (303, "/sign-in/details"));
        assert_eq!(person.get("/sign-in/details").await.status, 200);
        let created = person
            .submit(
                "/sign-in/details",
                &[("first_name", "Ada"), ("last_name", "Lovelace"), ("email", "ada@example.com")],
            )
            .await;
        assert_eq!((created.status, created.header("location")), (303, "/account"));
        let account = person.get("/account").await.text;
        assert!(
            account.contains("Lovelace")
                && account.contains("ada@example.com")
                && account.contains("+91 ••••• ••")
        );
        for path in ["/", "/account", "/nowhere"] {
            let page = person.get(path).await.text;
            assert!(!page.contains(">Sign in<") && page.contains("Log out"), "{path}");
        }
        for path in ["/sign-in", "/sign-up", "/sign-in/code", "/sign-in/details"] {
            assert_eq!(
                (person.get(path).await.status, person.get(path).await.header("location")),
                (302, "/"),
                "{path}"
            );
        }
        assert_eq!(person.get("/sign-in?next=/account").await.header("location"), "/account");
        assert_eq!(person.get("/sign-in?next=//evil.example").await.header("location"), "/");
        let out = person.submit("/sign-out", &[]).await;
        assert_eq!((out.status, out.header("location")), (303, "/"));
        assert!(person.get("/").await.text.contains(">Sign in<"));
        assert_eq!(person.get("/account").await.status, 302);
        assert_eq!(app.gateway.sms_count(&phone), 1);
    }

    async fn a_form_that_is_refused_comes_back_with_its_status_its_words_and_what_was_typed(
        app: TestApp,
    ) {
        let (person, phone) = (app.person(), new_phone());
        let bad = person
            .submit("/sign-up", &[("country", "GB"), ("phone", "12<b>34"), ("next", "/account")])
            .await;
        assert_eq!(bad.status, 422);
        for kept in [
            r#"value="12&lt;b&gt;34""#,
            r#"<option value="GB" selected"#,
            r#"name="next" value="/account""#,
            ">Sign up</h1>",
            r#"action="/sign-up""#,
        ] {
            assert!(bad.text.contains(kept), "{kept} in {}", bad.text);
        }
        assert!(bad.text.contains(r#"aria-invalid="true""#) && bad.text.contains("only digits"));

        person.submit("/sign-in", &[("phone", &phone)]).await;
        let code = app.gateway.code_for(&phone);
        let rejected = person.submit("/sign-in/code", &[("code", &wrong_code(&code))]).await;
        assert_eq!(rejected.status, 401);
        assert!(
            rejected.text.contains("You have 4 tries left.")
                && rejected.text.contains(&format!("value=\"{}\"", wrong_code(&code)))
        );
        assert_eq!(
            person.submit("/sign-in/code", &[("code", &code), ("reference", "ZZZZ")]).await.status,
            409
        );
        let soon = person.submit("/sign-in/code", &[("resend", "1")]).await;
        assert_eq!((soon.status, soon.header("retry-after")), (429, "30"));
        assert!(soon.text.contains("in 30 seconds"));
        app.advance(30);
        let again = person.submit("/sign-in/code", &[("resend", "1")]).await;
        assert_eq!((again.status, again.header("location")), (303, "/sign-in/code?resent"));
        for (path, is_told) in [("/sign-in/code?resent", true), ("/sign-in/code", false)] {
            assert_eq!(
                person.get(path).await.text.contains(">Another text is on its way.</p>"),
                is_told,
                "{path}"
            );
        }

        person.submit("/sign-in/code", &[("code", &code)]).await;
        let details = person
            .submit(
                "/sign-in/details",
                &[("first_name", "Ada"), ("last_name", ""), ("email", "ada@nowhere")],
            )
            .await;
        assert_eq!(details.status, 422);
        for kept in [
            r#"value="Ada""#,
            r#"value="ada@nowhere""#,
            "Type your last name.",
            "does not look like an e-mail",
        ] {
            assert!(details.text.contains(kept), "{kept}");
        }
    }

    async fn a_form_without_its_challenge_leads_back_to_the_number(app: TestApp) {
        let person = app.person();
        for (path, fields) in [
            ("/sign-in/code", vec![("code", "123456")]),
            ("/sign-in/code", vec![("resend", "1")]),
            (
                "/sign-in/details",
                vec![("first_name", "Ada"), ("last_name", "L"), ("email", "a@b.co")],
            ),
        ] {
            let refused = person.submit(path, &fields).await;
            assert_eq!(refused.status, 401, "{path}");
            assert!(
                refused.text.contains("There is no code waiting") && shown(&refused) == "phone",
                "{}",
                refused.text
            );
        }
        for path in ["/sign-in/code", "/sign-in/details"] {
            assert_eq!(person.get(path).await.header("location"), "/sign-in");
        }
    }

    async fn a_proof_that_is_over_leads_back_to_the_number_in_words(app: TestApp) {
        let (person, phone) = (app.person(), new_phone());
        person.submit("/sign-in", &[("phone", &phone)]).await;
        person.submit("/sign-in/code", &[("code", &app.gateway.code_for(&phone))]).await;
        app.advance(900);
        let late = person
            .submit(
                "/sign-in/details",
                &[("first_name", "Ada"), ("last_name", "L"), ("email", "a@b.co")],
            )
            .await;
        assert_eq!(late.status, 410);
        assert_eq!(shown(&late), "phone");
        let words = concat!(
            r#"<p id="step-phone-error" role="alert" class="field__error">"#,
            "That code cannot be used any more."
        );
        assert!(late.text.contains(words), "{}", late.text);
    }

    async fn a_used_code_that_is_asked_for_again_leads_back_to_the_number(app: TestApp) {
        let ((_, phone), person) = (app.member().await, app.person());
        person.submit("/sign-in", &[("phone", &phone)]).await;
        let lost = person.tabs(1).remove(0).at_instance(app.address, &app.origin);
        assert_eq!(lost.verify(&app.gateway.code_for(&phone)).await.status, 200);
        let again = person.submit("/sign-in/code", &[("resend", "1")]).await;
        assert_eq!((again.status, shown(&again)), (410, "phone"));
    }

    async fn the_same_number_once_more_leads_on_to_the_code_that_is_under_way(app: TestApp) {
        let (person, phone) = (app.person(), new_phone());
        person.submit("/sign-in", &[("phone", &phone)]).await;
        let again = person.submit("/sign-in", &[("phone", &phone)]).await;
        assert_eq!((again.status, again.header("retry-after")), (429, "30"));
        assert!(shown(&again) == "code" && again.text.contains("in 30 seconds"), "{}", again.text);
        assert_eq!(
            person.submit("/sign-in/code", &[("code", &app.gateway.code_for(&phone))]).await.status,
            303
        );
        assert_eq!(app.gateway.sms_count(&phone), 1);
    }

    async fn the_next_page_is_kept_when_a_sign_in_was_under_way(app: TestApp) {
        let (person, phone) = (app.person(), new_phone());
        person.submit("/sign-in", &[("phone", &phone)]).await;
        let on = person.get("/sign-in?next=/account").await;
        assert_eq!(on.header("location"), "/sign-in/code?next=/account");
        let page = person.get("/sign-in/code?next=/account").await;
        assert!(page.text.contains(r#"<input type="hidden" name="next" value="/account">"#));
        let code = app.gateway.code_for(&phone);
        let verified =
            person.submit("/sign-in/code", &[("code", &code), ("next", "/account")]).await;
        assert_eq!(verified.header("location"), "/sign-in/details?next=/account");
        let fields =
            [("first_name", "Ada"), ("last_name", "L"), ("email", "a@b.co"), ("next", "/account")];
        assert_eq!(person.submit("/sign-in/details", &fields).await.header("location"), "/account");
    }

    async fn a_form_comes_back_whole_when_the_database_is_gone_or_the_body_too_long(app: TestApp) {
        let person = app.person();
        let long = "9".repeat(17 * 1024);
        let refused = person.submit("/sign-in", &[("phone", &long)]).await;
        assert!(
            refused.status == 413
                && refused.text.contains("Phone number")
                && refused.text.contains("too much text")
        );
        app.state.store.close().await;
        let refused = person
            .submit(
                "/sign-in/details",
                &[("first_name", "Ada"), ("last_name", "Lovelace"), ("email", "ada@example.com")],
            )
            .await;
        // Without a challenge the answer is 401. With the cookie of a challenge it is 503.
        assert_eq!(refused.status, 401);
        person.set_cookie("challenge", "CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk");
        let refused = person
            .submit(
                "/sign-in/details",
                &[("first_name", "Ada"), ("last_name", "Lovelace"), ("email", "ada@example.com")],
            )
            .await;
        assert_eq!(refused.status, 503);
        for kept in [
            r#"value="Ada""#,
            r#"value="Lovelace""#,
            r#"value="ada@example.com""#,
            "We cannot do this right now",
        ] {
            assert!(refused.text.contains(kept), "{kept} in {}", refused.text);
        }
    }

    async fn a_form_without_a_field_or_of_another_kind_is_malformed(app: TestApp) {
        let person = app.person();
        for path in ["/sign-in", "/sign-up", "/sign-in/code", "/sign-in/details"] {
            assert_eq!(person.submit(path, &[("other", "1")]).await.status, 400, "{path}");
            let json = person
                .request(reqwest::Method::POST, path)
                .header("origin", &app.origin)
                .json(&serde_json::json!({"phone": "1", "code": "1"}));
            assert_eq!(person.send(json).await.status, 400, "{path}");
        }
    }

    async fn a_body_that_is_not_utf_8_is_malformed_and_changes_nothing(app: TestApp) {
        let (person, phone) = (app.person(), new_phone());
        person.submit("/sign-in", &[("phone", &phone)]).await;
        person.submit("/sign-in/code", &[("code", &app.gateway.code_for(&phone))]).await;
        let post = async |path: &str, kind: &[u8], body: &'static [u8]| {
            let request = person.request(reqwest::Method::POST, path).header("origin", &app.origin);
            person.send(request.header("content-type", kind).body(body)).await
        };
        let (form, json) = (&b"application/x-www-form-urlencoded"[..], &b"application/json"[..]);
        for body in [
            &b"first_name=Jos%E9&last_name=Luis&email=a%40b.co"[..],
            b"first_name=Jos\xE9&last_name=Luis&email=a%40b.co",
            b"first_name=Jos%C3&last_name=%A9Luis&email=a%40b.co",
            b"first_name=Jose&last_name=Luis&email=a%40b.co&next=%FF",
            b"first_name=Jose&last_name=Luis&email=a%40b.co&%FF",
        ] {
            let page = post("/sign-in/details", form, body).await;
            assert_eq!((page.status, shown(&page)), (400, "details"));
            assert!(page.text.contains("Something is missing from that request."), "{}", page.text);
            post("/api/auth/create-account", form, body).await.is(400, "malformed");
        }
        post(
            "/api/auth/create-account",
            json,
            b"{\"first_name\":\"Jos\xE9\",\"last_name\":\"L\",\"email\":\"a@b.co\"}",
        )
        .await
        .is(400, "malformed");
        post(
            "/api/auth/create-account",
            json,
            b"{\"first_name\":\"Jos\\ud800\",\"last_name\":\"L\",\"email\":\"a@b.co\"}",
        )
        .await
        .is(400, "malformed");
        let chosen = post("/language", form, b"language=hi&next=%E9").await;
        assert!(
            chosen.status == 400
                && chosen.text.contains("role=\"alert\"")
                && chosen.set_cookies().is_empty()
        );
        assert_eq!(app.count("SELECT COUNT(*) FROM users").await, 0);
        let made = post(
            "/sign-in/details",
            b"Application/X-WWW-Form-URLencoded ; charset=\xE9",
            b"first_name=Jos%C3%A9&last_name=Luis&email=a%40b.co",
        )
        .await;
        assert_eq!((made.status, made.header("location")), (303, "/"), "{}", made.text);
        assert_eq!(person.user().await["first_name"], "José");
    }

    async fn a_form_from_a_signed_in_person_is_refused_under_its_status(app: TestApp) {
        let (person, phone) = app.member().await;
        let refused = person.submit("/sign-in", &[("phone", &phone)]).await;
        assert_eq!(refused.status, 409);
        assert!(refused.text.contains("You are signed in already."));
    }

    async fn a_stale_form_of_a_person_who_is_signed_in_by_now_leads_on(app: TestApp) {
        let details =
            [("first_name", "Ada"), ("last_name", "Lovelace"), ("email", "ada@example.com")];
        let next = ("next", "/account");
        let (person, phone) = (app.person(), new_phone());
        person.submit("/sign-in", &[("phone", &phone), next]).await;
        // A second tab shows the code step while the first one signs up. Later its form is posted.
        let code = app.gateway.code_for(&phone);
        person.submit("/sign-in/code", &[("code", &code), next]).await;
        assert_eq!(person.submit("/sign-in/details", &details).await.status, 303);
        let sms = app.gateway.requests().len();
        for (path, fields) in [
            ("/sign-in/code", vec![("code", code.as_str()), next]),
            ("/sign-in/code", vec![("code", "12"), next]),
            ("/sign-in/code", vec![("resend", "1"), next]),
            ("/sign-in/details", [&details[..], &[next]].concat()),
        ] {
            let stale = person.submit(path, &fields).await;
            assert_eq!(
                (stale.status, stale.header("location")),
                (303, "/account"),
                "{path} {fields:?}"
            );
        }
        let stale = person.submit("/sign-in/details", &details).await;
        assert_eq!(
            (stale.status, stale.header("location")),
            (303, "/"),
            "without a way of its own"
        );
        assert_eq!(app.gateway.requests().len(), sms, "nothing was sent");
        // After the person has signed out, the answer is 401 again.
        person.sign_out().await;
        assert_eq!(person.submit("/sign-in/code", &[("code", &code), next]).await.status, 401);
    }

    async fn an_older_tab_shows_that_there_is_a_newer_code_with_scripts_and_without(app: TestApp) {
        let (person, older, newer) = (app.person(), new_phone(), new_phone());
        let reference = |page: &Answer| {
            page.text.split(r#"name="reference" value=""#).nth(1).unwrap()[..4].to_owned()
        };
        let names_the_newer = |page: &Answer, words: &str| {
            let masked = format!("+91 ••••• ••{}", &newer[10..]);
            assert_eq!(shown(page), "code");
            assert!(
                page.text.contains(words) && page.text.contains(&masked),
                "{words} in {}",
                page.text
            );
        };
        person.submit("/sign-in", &[("phone", &older)]).await;
        let stale = reference(&person.get("/sign-in/code").await);
        person.submit("/sign-in", &[("phone", &newer)]).await;
        let current = reference(&person.get("/sign-in/code").await);
        assert_ne!(stale, current);

        let words = "A newer code was asked for in another tab. Type that one; its reference is \
                     shown here.";
        let refused = person
            .submit(
                "/sign-in/code",
                &[("code", &app.gateway.code_for(&older)), ("reference", &stale)],
            )
            .await;
        assert_eq!(refused.status, 409);
        names_the_newer(&refused, words);
        let explained = person.get("/sign-in?problem=other_challenge").await;
        assert_eq!((explained.status, reference(&explained)), (200, current.clone()));
        names_the_newer(&explained, words);

        let words = "Type the code from the text message first.";
        let refused = person
            .submit(
                "/sign-in/details",
                &[("first_name", "Ada"), ("last_name", "L"), ("email", "a@b.co")],
            )
            .await;
        assert_eq!(refused.status, 409);
        names_the_newer(&refused, words);
        names_the_newer(&person.get("/sign-in?problem=not_verified").await, words);
        names_the_newer(
            &person.get("/sign-in?problem=too_soon").await,
            "You can ask for another code in 30 seconds.",
        );

        // A link with another code shows no message. A link shows none where no challenge is open.
        app.advance(30);
        for code in ["too_soon", "already_signed_in", "malformed", "%3Cb%3E", ""] {
            let other = person.get(&format!("/sign-in?problem={code}")).await;
            assert_eq!((other.status, other.header("location")), (302, "/sign-in/code"), "{code}");
        }
        let stranger = app.person().get("/sign-in?problem=other_challenge").await;
        assert!(
            shown(&stranger) == "phone" && !stranger.text.contains("A newer code"),
            "{}",
            stranger.text
        );

        let code = app.gateway.code_for(&newer);
        let verified =
            person.submit("/sign-in/code", &[("code", &code), ("reference", &current)]).await;
        assert_eq!((verified.status, verified.header("location")), (303, "/sign-in/details"));
        let (member, _) = app.member().await;
        assert_eq!(member.get("/sign-in?problem=other_challenge").await.header("location"), "/");
    }

    async fn a_profile_that_is_saved_says_so(app: TestApp) {
        let (person, _) = app.member().await;
        let saved = person
            .submit(
                "/account",
                &[("first_name", "Augusta"), ("last_name", "King"), ("email", "a@b.co")],
            )
            .await;
        assert_eq!((saved.status, saved.header("location")), (303, "/account?saved"));
        let page = person.get("/account?saved").await;
        assert!(
            page.text.contains(">Saved.</p>") && page.text.contains(r#"value="Augusta""#),
            "{}",
            page.text
        );
        let refused = person
            .submit("/account", &[("first_name", ""), ("last_name", "King"), ("email", "a@b.co")])
            .await;
        assert!(
            refused.status == 422
                && refused.text.contains(">Type your first name.</p>")
                && !refused.text.contains(">Saved.</p>")
        );
    }

    async fn changing_the_number_shows_the_first_form_and_sends_nothing(app: TestApp) {
        let (person, phone) = (app.person(), new_phone());
        person.submit("/sign-in", &[("phone", &phone)]).await;
        assert_eq!(person.get("/sign-in").await.header("location"), "/sign-in/code");
        let change = person.get("/sign-in?change").await;
        assert!(change.status == 200 && change.text.contains("Send code"));
        assert_eq!(app.gateway.sms_count(&phone), 1);
        let other = new_phone();
        assert_eq!(person.submit("/sign-in", &[("phone", &other)]).await.status, 303);
        assert_eq!(app.gateway.sms_count(&other), 1);
    }
}
