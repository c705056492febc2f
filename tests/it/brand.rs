//! A deployment's own colour, logo and links, from settings alone, and the country that a browser
//! used last.

use std::fs;

use reqwest::Method;
use reqwest::header::ACCEPT_LANGUAGE;

use crate::support::{Engine, TestApp};

const MARK: &str = concat!(
    r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1">"#,
    r##"<path d="M0 0h1v1z" fill="#c00"/></svg>"##
);

/// The address of the first file on the page whose name begins with `name`.
fn named(page: &str, name: &str) -> Option<String> {
    let (_, rest) = page.split_once(&format!("\"/pkg/{name}."))?;
    Some(format!("/pkg/{name}.{}", rest.split('"').next()?))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_alone_give_a_page_its_colour_its_mark_and_its_links() {
    let folder = tempfile::tempdir().unwrap();
    let logo = folder.path().join("mark.svg");
    fs::write(&logo, MARK).unwrap();
    let settings = [
        ("APP_NAME", "Acme"),
        ("BRAND_COLOR", "#ffd400"),
        ("BRAND_LOGO", logo.to_str().unwrap()),
        ("TERMS_URL", "https://acme.example/terms"),
        ("PRIVACY_URL", "/privacy"),
    ];
    let app = TestApp::with_settings(Engine::Sqlite, &settings).await.unwrap();
    let person = app.person();
    for path in ["/", "/sign-in"] {
        let page = person.get(path).await.text;
        assert!(page.contains("· Acme</title>"));
        // The link is in the footer and below the button of the first step.
        assert_eq!(page.matches("href=\"https://acme.example/terms\"").count(), 2, "{path}");
        assert_eq!(page.matches("href=\"/privacy\"").count(), 2, "{path}");
        let (style, mark) = (named(&page, "brand").unwrap(), named(&page, "logo").unwrap());
        let style = person.get(&style).await;
        assert_eq!((style.status, style.header("content-type")), (200, "text/css"));
        assert_eq!(style.header("cache-control"), "public, max-age=31536000, immutable");
        // Yellow is darkened for the light theme, where it has too little contrast. It stays for
        // the dark theme.
        assert!(
            style.text.contains("dark){:root{--accent:#ffd400;")
                && style.text.matches("#ffd400").count() == 1,
            "{}",
            style.text
        );
        let mark = person.get(&mark).await;
        assert_eq!((mark.header("content-type"), mark.text.as_str()), ("image/svg+xml", MARK));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_without_them_has_the_built_in_ones_and_asks_nobody_to_accept_anything() {
    let app = TestApp::start(Engine::Sqlite).await.unwrap();
    let page = app.person().get("/").await.text;
    assert_eq!((named(&page, "brand"), named(&page, "logo")), (None, None));
    assert!(page.contains("/favicon.svg") && !page.contains("By going on you accept: <a"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_country_of_the_last_text_is_preselected_over_what_the_browser_says() {
    let app =
        TestApp::with_settings(Engine::Sqlite, &[("ALLOWED_COUNTRIES", "IN,GB,DE")]).await.unwrap();
    let person = app.person();
    let selected = async |language: &str| {
        let answer = person
            .send(person.request(Method::GET, "/sign-in?change").header(ACCEPT_LANGUAGE, language))
            .await;
        let (before, _) = answer.text.split_once(" selected").unwrap();
        before.rsplit("value=\"").next().unwrap()[..2].to_owned()
    };
    assert_eq!(selected("de-DE").await, "DE");
    let sent = person.send_otp("+447400123456").await;
    let cookie = "country=GB; HttpOnly; SameSite=Lax; Path=/; Max-Age=31536000";
    assert!(sent.set_cookies().contains(&cookie), "{:?}", sent.set_cookies());
    assert_eq!(selected("de-DE").await, "GB");
    person.set_cookie("country", "US");
    assert_eq!(selected("de-DE").await, "DE", "one that is not served is not believed");
}
