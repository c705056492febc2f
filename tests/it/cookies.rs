//! Browsers that keep no cookies: they get an explanation before an SMS is sent.

use serde_json::json;

use crate::support::new_phone;

const PROBE: &str = "probe=1; HttpOnly; SameSite=Lax; Path=/; Max-Age=86400";
const COUNTERS: &str = "SELECT COUNT(*) FROM counters";
const CHALLENGES: &str = "SELECT COUNT(*) FROM challenges";

on_both_engines! {
    async fn a_page_gives_the_probe_to_a_browser_without_a_cookie_of_ours(app: TestApp) {
        for path in ["/", "/sign-in", "/sign-up", "/nowhere"] {
            let stranger = app.person();
            let page = stranger.get(path).await;
            assert_eq!(page.set_cookies(), [PROBE], "{path}");
            assert!(
                page.text.contains(r#"<input type="hidden" name="cookies" value="required">"#),
                "{path}"
            );
            assert_eq!(page.header("cache-control"), "no-store", "{path}");
            assert!(stranger.get(path).await.set_cookies().is_empty(), "{path}: it came back");
        }
        for name in ["challenge", "device", "language", "country", "probe"] {
            let known = app.person();
            known.set_cookie(name, "x");
            assert!(known.get("/").await.set_cookies().is_empty(), "{name}");
        }
        let (member, _) = app.member().await;
        for path in ["/", "/account", "/nowhere"] {
            assert!(member.get(path).await.set_cookies().is_empty(), "{path}");
        }
        let elsewhere = app.person();
        elsewhere.set_cookie("theme", "dark");
        assert_eq!(
            elsewhere.get("/").await.set_cookies(),
            [PROBE],
            "another application's cookie says nothing of ours"
        );
    }

    async fn a_call_that_was_given_a_cookie_and_brings_none_is_refused_and_counts_nothing(
        app: TestApp,
    ) {
        let (person, phone) = (app.person(), new_phone());
        let body = json!({ "phone": phone, "cookies": "required" });
        for _ in 0..3 {
            let refused = app.person().call("send-otp", body.clone()).await;
            refused.is(403, "cookies_blocked");
            assert!(
                refused.json()["error"]["message"].as_str().unwrap().contains("cookies"),
                "{}",
                refused.text
            );
            assert_eq!(refused.set_cookies(), [PROBE]);
        }
        person.call("send-otp", body.clone()).await.is(403, "cookies_blocked");
        assert_eq!(
            (app.gateway.requests().len(), app.count(COUNTERS).await, app.count(CHALLENGES).await),
            (0, 0, 0)
        );
        // The browser allows cookies now: the refusal has set the cookie that comes back.
        assert_eq!(person.cookie("probe").as_deref(), Some("1"));
        assert_eq!(person.call("send-otp", body.clone()).await.status, 200);
        assert_eq!(app.gateway.sms_count(&phone), 1);
        // A client of the API does not send the field, so no cookie is required.
        assert_eq!(app.person().send_otp(&new_phone()).await.status, 200);
    }

    async fn a_plain_form_that_brings_no_cookie_comes_back_with_the_words_and_the_number(
        app: TestApp,
    ) {
        let (person, phone) = (app.person(), new_phone());
        let typed = [("country", "IN"), ("phone", &phone[3..]), ("cookies", "required")];
        for path in ["/sign-in", "/sign-up"] {
            let refused = app.person().submit(path, &typed).await;
            assert_eq!((refused.status, refused.set_cookies()), (403, vec![PROBE]), "{path}");
            let words = concat!(
                r#"<p id="step-phone-error" role="alert" class="field__error">"#,
                "Your browser does not keep our cookies."
            );
            for shown in [words, &format!("value=\"{}\"", &phone[3..])] {
                assert!(refused.text.contains(shown), "{shown} in {}", refused.text);
            }
        }
        assert_eq!(
            (app.gateway.requests().len(), app.count(COUNTERS).await, app.count(CHALLENGES).await),
            (0, 0, 0)
        );
        person.get("/sign-in").await;
        let sent = person.submit("/sign-in", &typed).await;
        assert_eq!((sent.status, sent.header("location")), (303, "/sign-in/code"));
        // A request without the field works as before, and every page that it gets sets the probe.
        assert_eq!(app.person().submit("/sign-in", &[("phone", &new_phone())]).await.status, 303);
        let refused = app.person().submit("/sign-in", &[("phone", "1")]).await;
        assert_eq!((refused.status, refused.set_cookies()), (422, vec![PROBE]));
    }
}
