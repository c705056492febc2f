//! The syntax of `.env`, and the names of settings.

use super::*;

#[test]
fn quotes_comments_and_whitespace_around_a_value_are_removed() {
    for (line, value) in [
        ("\u{feff}X=first line", "first line"),
        ("X=carriage return\r\n", "carriage return"),
        ("X=old line end\rY=1", "old line end"),
        ("export\tX = blanks ", "blanks"),
        ("X=\"Acme # Co\"", "Acme # Co"),
        ("X='Acme'  # the \"name\"", "Acme"),
        ("X=\"p\"q\"", "p\"q"),
        ("X=Acme   # the name", "Acme"),
        ("X=   # to be filled in", ""),
        ("X= #0f6e66", "#0f6e66"),
        ("X=#0f6e66 # teal", "#0f6e66"),
        ("X=p#q$r", "p#q$r"),
        ("X=a=b", "a=b"),
    ] {
        let source = ConfigSource::parse_dotenv(line);
        assert!(
            source.raw("X") == Some(value) && source.findings().is_empty(),
            "{line:?}: {:?}",
            source.raw("X")
        );
    }
}

#[test]
fn a_finding_names_the_line_or_the_setting_and_does_not_show_the_value() {
    for (text, finding) in [
        ("A=1\ncanary", ".env: line 2 is not NAME=value; correct or remove the line"),
        ("A=1\r\n\r\ncanary: x=y", ".env: line 3 is not NAME=value; correct or remove the line"),
        ("CANARY:postgres://?x=y", ".env: line 1 is not NAME=value; correct or remove the line"),
        ("A=1\n\u{feff}B=2", ".env: line 2 is not NAME=value; correct or remove the line"),
        (
            "APP_NAME='canary",
            "APP_NAME: begins with a quote in .env that is never closed; close it",
        ),
        (
            "PUBLIC_ORGIN=x",
            "PUBLIC_ORGIN: is not a setting, but .env sets it; did you mean PUBLIC_ORIGIN?",
        ),
        (
            "secret_key=canary",
            "secret_key: is not a setting, but .env sets it; did you mean SECRET_KEY?",
        ),
    ] {
        let source = ConfigSource::parse_dotenv(text);
        let said: Vec<String> = source.findings().iter().map(Finding::to_string).collect();
        assert_eq!(said, [finding], "{text:?}");
    }
    assert!(
        ConfigSource::parse_dotenv(
            "POSTGRES_PASSWORD=x\nHTTPS_PROXY=y\nRUST_BACKTRACE=1\nMETRICS_ADDR=z"
        )
        .findings()
        .is_empty()
    );
}

#[test]
fn a_deprecated_name_is_read_unless_the_new_name_is_set_and_always_causes_a_warning() {
    for (text, value, fix) in [
        ("RESEND_COOLDOWNS=9", "9", None),
        ("RESEND_LADDER=5", "5", Some("rename it")),
        (
            "RESEND_LADDER=5\nRESEND_COOLDOWNS=9",
            "9",
            Some("remove it, since both are set and the new name wins"),
        ),
    ] {
        let source = ConfigSource::parse_dotenv(text);
        assert!(source.findings().is_empty(), "{text:?}");
        assert_eq!(source.get("RESEND_COOLDOWNS"), Some(value), "{text:?}");
        let warning = fix
            .map(|fix| format!("RESEND_LADDER: is the deprecated name of RESEND_COOLDOWNS; {fix}"));
        let said: Vec<String> = source.deprecations().map(|found| found.to_string()).collect();
        assert_eq!(said, Vec::from_iter(warning));
    }
}

#[test]
fn a_misspelt_name_is_matched_to_its_own_setting_and_a_known_name_to_none() {
    for Setting { name, deprecated_name, .. } in SETTINGS {
        for known in deprecated_name.into_iter().chain([name]) {
            assert_eq!(similar_setting(known), None);
        }
        for misspelt in [format!("{name}X"), name[1..].to_owned(), name.to_lowercase()] {
            assert_eq!(similar_setting(&misspelt), Some(name), "{misspelt}");
        }
    }
    for (one, other, distance) in
        [("", "AB", 2), ("ABC", "ABC", 0), ("ABC", "ACB", 2), ("ORGIN", "ORIGIN", 1)]
    {
        assert_eq!(edit_distance(one, other), distance, "{one} {other}");
    }
}
