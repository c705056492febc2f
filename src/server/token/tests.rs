use super::*;

const ORIGIN: &str = "http://localhost:3000";

fn claims() -> Claims {
    Claims {
        iss: ORIGIN.into(),
        aud: ORIGIN.into(),
        sub: "u".into(),
        sid: "s".into(),
        iat: 1,
        exp: 2,
        auth_time: 1,
    }
}

fn part(json: &str) -> String {
    URL_SAFE_NO_PAD.encode(json)
}

#[test]
fn a_token_verifies_with_its_own_key_also_after_one_rotation() {
    let old = KeyRing::new(ORIGIN, &[1; 32], None);
    let token = old.sign(&claims()).unwrap();
    assert_eq!(old.verify(&token), Some(claims()));
    assert_eq!(KeyRing::new(ORIGIN, &[2; 32], Some(&[1; 32])).verify(&token), Some(claims()));
    assert_eq!(KeyRing::new(ORIGIN, &[2; 32], None).verify(&token), None, "rotated out");
    assert_eq!(
        KeyRing::new("https://other.example", &[1; 32], None).verify(&token),
        None,
        "another origin"
    );
}

#[test]
fn a_token_with_one_changed_byte_does_not_verify() {
    let ring = KeyRing::new(ORIGIN, &[1; 32], None);
    let token = ring.sign(&claims()).unwrap();
    for i in 0..token.len() {
        let mut bytes = token.clone().into_bytes();
        bytes[i] = if bytes[i] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        // The last character of a base64 part has unused bits; the strict decoder checks them.
        assert_eq!(ring.verify(&changed), None, "{i}");
    }
}

#[test]
fn other_algorithms_and_other_types_are_refused() {
    let ring = KeyRing::new(ORIGIN, &[1; 32], None);
    let kid = &ring.current().id;
    let body = part(&serde_json::to_string(&claims()).unwrap());
    for header in [
        format!(r#"{{"alg":"none","typ":"session+jwt","kid":"{kid}"}}"#),
        format!(r#"{{"alg":"HS512","typ":"session+jwt","kid":"{kid}"}}"#),
        r#"{"alg":"HS256","typ":"session+jwt"}"#.to_owned(),
    ] {
        assert_eq!(ring.verify(&format!("{}.{body}.", part(&header))), None);
        assert_eq!(ring.verify(&format!("{}.{body}.AAAA", part(&header))), None);
    }
    for typ in ["JWT", "session", ""] {
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some(typ.into());
        header.kid = Some(kid.clone());
        let token = encode(&header, &claims(), &ring.current().encoding).unwrap();
        assert_eq!(ring.verify(&token), None, "{typ}");
    }
    for garbage in ["", ".", "..", "a.b.c", &"x".repeat(10_000)] {
        assert_eq!(ring.verify(garbage), None);
    }
}

#[test]
fn a_challenge_secret_has_one_form_and_one_verified_form() {
    let ring = KeyRing::new(ORIGIN, &[1; 32], None);
    let secret = ChallengeSecret::parse(&URL_SAFE_NO_PAD.encode([9; 32])).unwrap();
    let verified = secret.verified(ring.current());
    assert_ne!(secret.id(), verified.id());
    assert_eq!(secret.secret(), verified.secret());
    assert_eq!(
        verified.id(),
        verified.verified(ring.current()).id(),
        "proving twice changes nothing"
    );
    assert_eq!(ChallengeSecret::parse(&verified.cookie_value()).unwrap().id(), verified.id());
    assert_ne!(verified.id(), secret.verified(KeyRing::new(ORIGIN, &[2; 32], None).current()).id());
    for bad in ["", "short", "not base64 at all!", &URL_SAFE_NO_PAD.encode([9; 33])] {
        assert!(ChallengeSecret::parse(bad).is_none(), "{bad}");
    }
}
