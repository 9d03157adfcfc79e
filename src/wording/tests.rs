//! Messages as their readers see them. That all texts are there is held by `tests/it/tidy/wording.rs`.

use std::path::Path;

use super::{Argument, Language, Message, Spoken, message, operation_on};

const BOTH: [Language; 2] = [Language::English, Language::Chinese];

#[test]
fn a_message_is_said_in_the_language_that_is_asked_for() {
    let message = message!("TJ-1101", variable = "TIJIAN_SITE_KEY");
    assert_eq!(message.text(Language::English), "the environment variable TIJIAN_SITE_KEY is not set");
    let chinese = message.text(Language::Chinese);
    assert!(chinese.contains("TIJIAN_SITE_KEY") && chinese.contains("环境变量"), "{chinese}");
    assert_eq!(message.to_string(), message.text(Language::English), "programs read English");
}

#[test]
fn an_error_is_known_by_its_code() {
    assert_eq!(message!("TJ-1101", variable = "X").code(), Some("TJ-1101"));
    assert_eq!(message!("account", account = "a").code(), None);
    let operation = operation_on("create the folder", Path::new("/data"));
    assert_eq!((operation.name(), operation.code()), ("operation-create-the-folder", None));
    let coded = operation.coded("TJ-5001");
    assert_eq!((coded.name(), coded.code()), ("operation-create-the-folder", Some("TJ-5001")));
    assert_eq!(coded.text(Language::English), "cannot create the folder /data");
    assert_eq!(Message::new("TJ-1101".to_owned(), Vec::new()).code(), None, "a code is written out");
    assert_eq!(message!("TJ-1101", variable = "X").coded("TJ-5001").code(), Some("TJ-5001"));
}

#[test]
fn a_text_is_there_or_is_not() {
    for language in BOTH {
        assert!(message!("TJ-1101", variable = "X").has_text(language));
        assert!(!message!("no-such-text").has_text(language));
    }
    // English help pages are the code's.
    assert!(
        message!("help-word-usage").has_text(Language::Chinese)
            && !message!("help-word-usage").has_text(Language::English)
    );
}

#[test]
fn a_name_is_that_of_the_language() {
    let named = Argument::Named { english: "fee".to_owned(), chinese: "费用".to_owned() };
    let message = message!("account", account = named);
    assert_eq!(message.to_string(), "account fee:");
    let chinese = message.text(Language::Chinese);
    assert!(chinese.contains("费用") && !chinese.contains("fee"), "{chinese}");
}

#[test]
fn a_sentence_in_a_sentence_is_in_its_language() {
    struct Inner;
    impl Spoken for Inner {
        fn message(&self) -> Message {
            message!("tls-expired")
        }
    }
    for language in BOTH {
        let whole = message!("TJ-4004", failure = &Inner, target = "db").text(language);
        assert!(whole.contains(&Inner.message().text(language)), "{whole}");
    }
}

#[test]
fn plurals_choices_and_lists_follow_the_language() {
    let keys = |known: &[&str]| message!("TJ-3102", found = "k0", count = known.len(), known = known.to_vec());
    assert!(keys(&["k1"]).to_string().ends_with("the available key is k1"));
    assert!(keys(&["k1", "k2"]).to_string().ends_with("the available keys are k1, k2"));
    assert!(keys(&["k1", "k2"]).text(Language::Chinese).contains("k1、k2"));
    let status =
        |code: Option<i64>| message!("TJ-2008", endpoint = "/e", status = 503, code, points_to = None::<String>);
    assert_eq!(status(None).to_string(), "the platform answered /e with HTTP status 503");
    assert_eq!(status(Some(7)).to_string(), "the platform answered /e with HTTP status 503 and its code 7");
    let refused = |is_denied: bool| message!("TJ-2009", endpoint = "/e", code = 200, is_success_denied = is_denied);
    assert!(refused(true).to_string().ends_with("(success = false)") && !refused(false).to_string().contains('('));
}

#[test]
fn numbers_are_shown_to_the_last_digit() {
    for number in [0, 1_991, i64::MAX, i64::MIN, 1 << 53, (1 << 53) + 1] {
        let text = message!("TJ-6201", delivery_id = number).to_string();
        assert!(text.contains(&number.to_string()), "{number}: {text}");
    }
    assert_eq!(Argument::from(u64::MAX), Argument::Text(u64::MAX.to_string()));
    assert_eq!(Argument::from(&7_u32), Argument::Number(7));
}

#[test]
#[should_panic(expected = "no-such-text has no text")]
fn what_has_no_text_is_noticed_by_whoever_tests_it() {
    message!("no-such-text", x = 1).to_string();
}

#[test]
fn what_is_filled_in_is_never_read_as_a_text() {
    let braces = "{ $account } {TJ-1101}";
    assert_eq!(message!("account", account = braces).to_string(), format!("account {braces}:"));
}
