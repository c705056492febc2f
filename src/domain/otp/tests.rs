use proptest::prelude::*;

use super::*;

fn code(nonce: &[u8], secret: &[u8], phone: &PhoneNumber, length: u8) -> Code {
    derive(CodeInputs { pepper: &[7; 32], nonce, secret, phone, purpose: Purpose::SignIn, length })
}

fn phone(e164: &str) -> PhoneNumber {
    PhoneNumber::from_e164(e164).unwrap()
}

#[test]
fn every_code_from_all_zeros_to_all_nines_is_reachable() {
    let bytes = |number: u128| [number.to_be_bytes(), [0xAA; 16]].concat();
    for (number, six, eight) in [
        (0, "000000", "00000000"),
        (999_999, "999999", "00999999"),
        (1_000_000, "000000", "01000000"),
        (99_999_999, "999999", "99999999"),
        (u128::MAX, "211455", "68211455"),
    ] {
        assert_eq!(truncate(&bytes(number), 6).digits(), six);
        assert_eq!(truncate(&bytes(number), 8).digits(), eight);
    }
}

#[test]
fn a_code_belongs_to_its_own_nonce_secret_number_and_length() {
    let number = phone("+919876543210");
    let original = code(b"nonce", b"secret", &number, 8);
    assert_eq!(original, code(b"nonce", b"secret", &number, 8), "a re-send is the same code");
    assert_ne!(original, code(b"nonceX", b"secret", &number, 8));
    assert_ne!(original, code(b"nonces", b"ecret", &number, 8), "fields carry their lengths");
    assert_ne!(original, code(b"nonce", b"secreT", &number, 8));
    assert_ne!(original, code(b"nonce", b"secret", &phone("+919876543211"), 8));
    assert!(!original.digits().ends_with(code(b"nonce", b"secret", &number, 6).digits()));
}

#[test]
fn typed_digits_with_separators_are_parsed_and_other_input_is_invalid() {
    let unseen =
        ["1\u{FE0F}23\u{2062}456\u{61C}", "12\u{180E}3456\u{E0020}", "\u{202A}123456\u{202C}"];
    for typed in ["123456", " 123 456 ", "123-456", "１２３４５６", "١٢٣٤٥٦", "1 2 3 4 5 6"]
        .into_iter()
        .chain(unseen)
    {
        assert_eq!(Code::parse(typed, 6).unwrap().digits(), "123456", "{typed:?}");
    }
    for typed in [
        "",
        " ",
        "12345",
        "1234567",
        "12345a",
        "abcdef",
        "12345🙂",
        "123456\0",
        "+123456",
        "1.23456",
    ] {
        assert!(matches!(Code::parse(typed, 6), Err(Problem::Invalid(_))), "{typed:?}");
    }
}

#[test]
fn a_pasted_message_gives_its_only_code() {
    for message in [
        "Your code is 123456.",
        "123456 is your Ringkey code. It is good for 5 minutes.",
        "<#> Use 123-456 to sign in",
        "Use 123 456 to sign in.",
        "Ringkey: code 123456, reference 7KQX. @localhost #123456",
        "आपका कोड 123456 है।",
        "رمزك هو ١٢٣٤٥٦.",
        "\u{61C}رمزك هو ١٢٣٤٥٦\u{200F}.\u{FEFF}",
        "Your code is 123\u{2062}456.",
    ] {
        assert_eq!(Code::parse(message, 6).unwrap().digits(), "123456", "{message:?}");
    }
    for message in [
        "Code 123456 or 654321",
        "Call 9876543210",
        "Your code is 12345",
        "Code abc123456",
        "123456.",
    ] {
        assert!(Code::parse(message, 6).is_err(), "{message:?}");
    }
}

#[test]
fn the_debug_output_of_a_code_has_no_digits() {
    assert_eq!(format!("{:?}", Code::parse("123456", 6).unwrap()), "Code(…)");
}

proptest! {
    #[test]
    fn parsing_never_panics_and_gives_only_ascii_digits(
        typed in any::<String>(),
        length in 4_u8..=10,
    ) {
        if let Ok(code) = Code::parse(&typed, length) {
            prop_assert_eq!(code.len(), length);
            prop_assert!(code.digits().bytes().all(|b| b.is_ascii_digit()));
        }
    }
}
