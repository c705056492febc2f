//! The settings: the findings at the start, and that the documentation agrees with the code.

use ringkey::domain::error_code::ErrorCode;
use ringkey::server::config::settings::{SETTINGS, default_of};
use ringkey::server::config::{Config, ConfigSource, Finding};

use crate::support::{Engine, TestApp, new_phone};

const KEY: &str = "3q2+7wABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhs=";

fn load(pairs: &[(&str, &str)]) -> Result<Config, Vec<String>> {
    let own = [("SECRET_KEY", KEY)];
    let pairs = own.iter().chain(pairs);
    lines(Config::load(&ConfigSource::from_pairs(
        pairs.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    )))
}

/// The findings as the lines that `ringkey check` prints.
fn lines(loaded: Result<Config, Vec<Finding>>) -> Result<Config, Vec<String>> {
    loaded.map_err(|findings| findings.iter().map(ToString::to_string).collect())
}

/// The names of the settings that have a finding.
fn findings(pairs: &[(&str, &str)]) -> Vec<String> {
    load(pairs)
        .err()
        .unwrap_or_default()
        .iter()
        .map(|finding| finding.split(':').next().unwrap().to_owned())
        .collect()
}

#[test]
fn a_loopback_instance_needs_no_setting() {
    let config = load(&[]).unwrap();
    assert!(config.has_inbox() && config.countries.serves("IN") && !config.origin.is_https());
    assert_eq!(
        (config.site.site_addr.to_string().as_str(), config.origin.as_str()),
        ("127.0.0.1:3000", "http://localhost:3000")
    );
}

#[test]
fn an_instance_that_others_reach_names_everything_that_it_lacks_at_once() {
    assert_eq!(
        findings(&[("PUBLIC_ORIGIN", "https://id.example.com"), ("SECRET_KEY", "")]),
        ["SMS_PROVIDERS", "ALLOWED_COUNTRIES", "SECRET_KEY"]
    );
    let whole = [
        ("PUBLIC_ORIGIN", "https://id.example.com"),
        ("ALLOWED_COUNTRIES", "IN"),
        ("AUTHKEY_API_KEY", "k"),
        ("AUTHKEY_OTP_TEMPLATE_ID", "1"),
    ];
    assert!(load(&whole).unwrap().origin.is_https());
}

#[test]
fn a_setting_that_makes_no_sense_is_named() {
    for (name, value) in [
        ("PUBLIC_ORIGIN", "localhost:3000"),
        ("PUBLIC_ORIGIN", "https://id.example.com/path"),
        ("LEPTOS_SITE_ADDR", "nowhere"),
        ("DATABASE_URL", "mysql://x"),
        ("DATABASE_URL", "sqlite::memory:"),
        ("DATABASE_URL", "sqlite://:memory:?cache=shared"),
        ("DATABASE_URL", "sqlite:"),
        ("DATABASE_URL", "sqlite://src/"),
        ("DATABASE_URL", "sqlite://src"),
        ("DATABASE_URL", "sqlite://Cargo.toml/ringkey.db"),
        ("DATABASE_URL", "sqlite://~/ringkey.db"),
        ("DATABASE_URL", "sqlite:file:ringkey.db"),
        ("DATABASE_URL", "sqlite://data/nowhere.db?mode=rw"),
        ("DATABASE_URL", "sqlite://data/ringkey.db?mode=memory"),
        ("DATABASE_URL", "sqlite://data/ringkey.db?cache=shared"),
        ("DATABASE_URL", "postgres:ringkey"),
        ("DATABASE_URL", "postgres://u:a/b@localhost/ringkey"),
        ("DATABASE_URL", "postgres://localhost:port/ringkey"),
        ("SECRET_KEY", "c2hvcnQ="),
        ("SECRET_KEY", "not base64"),
        ("SECRET_KEY_PREVIOUS", "c2hvcnQ="),
        ("SMS_PROVIDERS", "pigeon"),
        ("SMS_PROVIDERS", "inbox,inbox"),
        ("SMS_PROVIDERS", ","),
        ("ALLOWED_COUNTRIES", "IN,XX"),
        ("ALLOWED_COUNTRIES", "IN,MF"),
        ("CODE_LENGTH", "4"),
        ("CODE_TTL", "601"),
        ("CODE_GUESSES", "0"),
        ("RESEND_COOLDOWNS", "30,soon"),
        ("SESSION_IDLE_TTL", "0"),
        ("APP_NAME", "Ringkey ☎"),
        ("APP_NAME", "Ring`key"),
        ("BRAND_COLOR", "teal"),
        ("BRAND_LOGO", "Cargo.toml"),
        ("BRAND_LOGO", "nowhere.svg"),
        ("TERMS_URL", "http://acme.example/terms"),
        ("PRIVACY_URL", "//acme.example"),
        ("PRIVACY_URL", "javascript:alert(1)"),
        ("LOG_FORMAT", "xml"),
    ] {
        assert_eq!(findings(&[(name, value)]), [name], "{value}");
    }
    let alone = "ALLOWED_COUNTRIES: has MF, but all mobile numbers of MF count as numbers of GP, \
                 which is not served; add GP";
    assert_eq!(load(&[("ALLOWED_COUNTRIES", "IN,MF")]).unwrap_err(), [alone]);
    assert!(
        load(&[("ALLOWED_COUNTRIES", "MF,GP,IM,JE,GG,KZ")]).is_ok(),
        "beside its main country, or with numbers of its own"
    );
    assert_eq!(
        findings(&[("SMS_PROVIDERS", "authkey")]),
        ["AUTHKEY_API_KEY", "AUTHKEY_OTP_TEMPLATE_ID"]
    );
    for (name, value) in [
        ("AUTHKEY_BASE_URL", "http://api.example.com/request"),
        ("AUTHKEY_EXTRA_VARIABLES", "otp=1"),
        ("AUTHKEY_EXTRA_VARIABLES", "company"),
    ] {
        assert_eq!(
            findings(&[("AUTHKEY_API_KEY", "k"), ("AUTHKEY_OTP_TEMPLATE_ID", "1"), (name, value)]),
            [name],
            "{value}"
        );
    }
}

#[test]
fn a_file_has_the_documented_syntax_and_any_other_line_is_named() {
    let text = "# comment\n\nALLOWED_COUNTRIES=IN, GB\nexport APP_NAME='Acme Sign \
                In'\nAUTHKEY_API_KEY=\"k$x\"\n\
                AUTHKEY_OTP_TEMPLATE_ID=1\nAUTHKEY_EXTRA_VARIABLES=company=Acme&time=5 minutes\n";
    let config =
        Config::load(&ConfigSource::parse_dotenv(&format!("{text}SECRET_KEY={KEY}\n"))).unwrap();
    assert!(config.countries.serves("GB") && !config.countries.serves("US"));
    assert_eq!(config.brand.name, "Acme Sign In");
    let refused = lines(Config::load(&ConfigSource::parse_dotenv(&format!(
        "{text}SECRET_KEY={KEY}\ncanary without a name\n"
    ))))
    .unwrap_err();
    assert_eq!(refused, [".env: line 9 is not NAME=value; correct or remove the line"]);
}

#[test]
fn a_file_of_any_editor_is_read_from_its_first_line() {
    let text = "\u{feff}PUBLIC_ORIGIN=https://id.example.com\r\nALLOWED_COUNTRIES=IN   # \
                India\r\nAUTHKEY_API_KEY='k'\r\n\
                AUTHKEY_OTP_TEMPLATE_ID=1\r\nBRAND_COLOR=#0f6e66\r\nTERMS_URL=\r\n";
    let config =
        Config::load(&ConfigSource::parse_dotenv(&format!("{text}SECRET_KEY={KEY}\r\n"))).unwrap();
    assert_eq!(config.origin.as_str(), "https://id.example.com");
    assert!(
        config.countries.serves("IN")
            && config.brand.accent.is_some()
            && config.brand.terms.is_none()
    );
    let example = include_str!("../../.env.example")
        .replace("\n#", "\n")
        .replace("SECRET_KEY=", &format!("SECRET_KEY={KEY} "));
    let lines: Vec<&str> = example
        .lines()
        .filter(|line| {
            line.split('=').next().unwrap().bytes().all(|b| b == b'_' || b.is_ascii_uppercase())
        })
        .collect();
    let shown = Config::load(&ConfigSource::parse_dotenv(&lines.join("\n"))).unwrap_err();
    // The operator fills in the provider's key and the logo. Every other line is valid as it is.
    let named: Vec<&str> = shown.iter().map(|finding| finding.setting.as_str()).collect();
    assert_eq!(named, ["SMS_PROVIDERS", "BRAND_LOGO"], "{shown:?}");
}

/// A trusted proxy can claim any address, so the example that people copy trusts one machine and
/// not a network.
#[test]
fn the_proxy_of_the_examples_is_one_machine() {
    let example = include_str!("../../.env.example")
        .lines()
        .find_map(|line| line.strip_prefix("#TRUSTED_PROXIES="))
        .unwrap();
    let believed = load(&[("TRUSTED_PROXIES", example)]).unwrap().trusted_proxies;
    assert!(
        !believed.is_empty() && believed.iter().all(|net| net.prefix_len() == net.max_prefix_len()),
        "{believed:?}"
    );
    let row = include_str!("../../README.md")
        .lines()
        .find(|line| line.starts_with("| `TRUSTED_PROXIES` |"))
        .unwrap();
    assert!(row.contains(&format!("`{example}`")), "{row}");
}

/// The address is written as browsers write it in the headers Host and Origin.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_site_at_an_ipv6_address_works() {
    for origin in ["http://[::1]:3000", "http://[0:0:0:0:0:0:0:1]:3000"] {
        let app =
            TestApp::with_settings(Engine::Sqlite, &[("PUBLIC_ORIGIN", origin)]).await.unwrap();
        assert_eq!(app.origin, "http://[::1]:3000");
        let person = app.person();
        person.sign_up(&app.gateway, &new_phone()).await;
        assert_eq!(person.user().await["first_name"], "Ada");
        let led = person.at_instance(app.address, "http://localhost:3000").get("/sign-in").await;
        assert_eq!((led.status, led.header("location")), (307, "http://[::1]:3000/sign-in"));
    }
    assert!(
        findings(&[("PUBLIC_ORIGIN", "http://[::1]:3000"), ("LEPTOS_SITE_ADDR", "[::1]:3000")])
            .is_empty()
    );
    assert_eq!(findings(&[("LEPTOS_SITE_ADDR", "::1:3000")]), ["LEPTOS_SITE_ADDR"]);
}

#[test]
fn every_way_to_name_a_database_is_taken() {
    for url in [
        "sqlite:data/x.db",
        "sqlite://data/x.db?mode=rwc",
        "sqlite:///tmp/x.db",
        "sqlite://Cargo.toml?mode=ro",
        "sqlite:////tmp/x.db",
        "postgres://localhost",
        "postgresql://u:a%2Fb%40c@[::1]:5432/d?sslmode=require",
        "postgres://u@localhost/d?host=/run/postgresql",
    ] {
        assert!(findings(&[("DATABASE_URL", url)]).is_empty(), "{url}");
    }
    assert_eq!(load(&[("SMS_PROVIDERS", "inbox, ")]).unwrap().sms.providers.len(), 1);
}

#[test]
fn plain_http_is_for_this_machine_alone() {
    assert_eq!(
        findings(&[
            ("PUBLIC_ORIGIN", "http://id.example.com"),
            ("ALLOWED_COUNTRIES", "IN"),
            ("AUTHKEY_API_KEY", "k"),
            ("AUTHKEY_OTP_TEMPLATE_ID", "1")
        ]),
        ["PUBLIC_ORIGIN"]
    );
}

#[test]
fn the_inbox_refuses_to_run_where_others_reach_it() {
    assert_eq!(findings(&[("LEPTOS_SITE_ADDR", "0.0.0.0:3000")]), ["SMS_PROVIDERS"]);
    assert_eq!(
        findings(&[
            ("PUBLIC_ORIGIN", "https://id.example.com"),
            ("ALLOWED_COUNTRIES", "IN"),
            ("SMS_PROVIDERS", "inbox")
        ]),
        ["SMS_PROVIDERS"]
    );
}

#[test]
fn a_secret_is_in_no_debug_output() {
    let config = load(&[
        ("AUTHKEY_API_KEY", "canary-key"),
        ("AUTHKEY_OTP_TEMPLATE_ID", "1"),
        ("DATABASE_URL", "postgres://u:canary-password@h/d"),
    ])
    .unwrap();
    let shown = format!("{config:?}");
    for secret in ["canary-key", "canary-password", KEY] {
        assert!(!shown.contains(secret), "{secret}");
    }
}

#[test]
fn every_setting_is_documented_with_its_default() {
    let page = include_str!("../../docs/configuration.md");
    for setting in SETTINGS {
        let row = page.lines().find(|line| line.starts_with(&format!("| `{}` |", setting.name)));
        let row = row.unwrap_or_else(|| panic!("{} is not in docs/configuration.md", setting.name));
        let default = row.split('|').nth(2).unwrap().trim();
        let expected = if setting.default.is_empty() {
            !default.starts_with('`')
        } else {
            default == format!("`{}`", setting.default)
        };
        assert!(
            expected,
            "{}: the page says {default}, the code {}",
            setting.name, setting.default
        );
    }
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    let (current, deprecated): (Vec<&str>, Vec<&str>) =
        rows.partition(|row| row.matches('|').count() == 4);
    assert_eq!(current.len(), SETTINGS.len(), "a setting that was removed is documented");
    let renamed: Vec<String> = SETTINGS
        .iter()
        .filter_map(|setting| {
            Some(format!("| `{}` | `{}` |", setting.deprecated_name?, setting.name))
        })
        .collect();
    assert_eq!(deprecated, renamed, "the table of deprecated names");
}

#[test]
fn every_code_of_the_closed_list_is_documented() {
    let page = include_str!("../../docs/api.md");
    for code in ErrorCode::ALL {
        let (name, status) = (code.as_str(), code.status());
        assert!(
            code == ErrorCode::Offline || page.contains(&format!("| `{name}` | {status} |")),
            "{name} {status}"
        );
    }
}

#[test]
fn the_site_is_served_where_it_is_built() {
    let manifest: toml::Table = include_str!("../../Cargo.toml").parse().unwrap();
    let site: toml::Table = include_str!("../../Leptos.toml").parse().unwrap();
    let (build, site) = (
        &manifest["package"]["metadata"]["leptos"],
        site["package"]["metadata"]["leptos"].as_table().unwrap(),
    );
    assert_eq!(site.len(), 5);
    for (key, value) in site {
        assert_eq!(Some(value), build.get(key), "{key} of Leptos.toml and of Cargo.toml");
    }
    for (setting, key) in [("LEPTOS_SITE_ADDR", "site-addr"), ("LEPTOS_SITE_ROOT", "site-root")] {
        assert_eq!(Some(default_of(setting)), site[key].as_str(), "{setting}");
    }
}

#[test]
fn the_environment_wins_over_leptos_toml() {
    let site = load(&[("LEPTOS_SITE_ADDR", "127.0.0.1:4000"), ("LEPTOS_SITE_ROOT", "/srv/site")])
        .unwrap()
        .site;
    assert_eq!(
        (site.site_addr.port(), &*site.site_root, &*site.output_name),
        (4000, "/srv/site", "ringkey")
    );
}

/// `make check` asks no database that has CVE-2026-25537 (jsonwebtoken before 10.3.0), so this test
/// checks the version.
#[test]
fn the_token_library_is_newer_than_its_known_hole() {
    let lock: toml::Table = include_str!("../../Cargo.lock").parse().unwrap();
    let packages = lock["package"].as_array().unwrap();
    let versions: Vec<&str> = packages
        .iter()
        .filter(|package| package["name"].as_str() == Some("jsonwebtoken"))
        .filter_map(|package| package["version"].as_str())
        .collect();
    assert!(!versions.is_empty());
    for version in versions {
        let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap());
        assert!((parts.next(), parts.next()) >= (Some(11), Some(1)), "{version}");
    }
}
