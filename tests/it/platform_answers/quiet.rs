//! Nights that bring nothing, and those that only look like it.

use tokio::task::block_in_place;

use super::{envelope, records};
use crate::support::{Recorder, assert_discreet, encrypted};

/// Successes that hold no reservation: what serialisers make of an empty list.
fn quiet_nights() -> Vec<String> {
    let beside = r#"[],"messages":["x"],"permissions":[{"name":"read"}]"#;
    let results = [beside, "null", r#""""#, r#"" \n ""#, r#""null""#, "{}", r#""{}""#, "[]", r#""[]""#];
    let mut answers: Vec<String> = results.map(envelope).into();
    answers.push(envelope("").replace(r#""result":,"#, ""));
    answers.push(envelope("null").replace("result", "data"));
    // Words are no reservations, in a list or long, and whether there is a result or not.
    for result in ["null", ""] {
        let words = format!(r#"{result},"messages":["a","[INFO] b"],"note":"{}""#, "words, ".repeat(60_000));
        answers.push(envelope(&words).replace(r#""result":,"#, ""));
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_night_is_an_empty_delivery() {
    let recorder = Recorder::start().await;
    let hospital = recorder.hospital().await;
    recorder.answer("order", encrypted(&envelope(&records("A-1"))));
    hospital.run_well().await;
    let before = hospital.database.history().await;
    for answer in quiet_nights() {
        recorder.answer("order", encrypted(&answer));
        let report = hospital.run_well().await;
        assert_eq!(report.exit_code().status(), 0, "{answer}");
        assert!(report.delivery.is_some(), "{answer}");
        assert_eq!((report.counts.received, report.acknowledged, report.pending), (0, 0, 0), "{answer}");
    }
    assert_eq!(hospital.database.history().await, before);
    // Encryption is asked of it all the same, and a refusal stays one.
    recorder.answer("order", envelope("null"));
    let plain = hospital.run().await;
    assert!(plain.exit_code().status() == 1 && plain.error.unwrap().chain().contains("in plain text although"));
    recorder.answer("order", encrypted(&envelope("null").replace(":200,", ":40001,")));
    let refused = hospital.run().await;
    assert!(refused.exit_code().status() == 1 && refused.error.unwrap().chain().contains("its code 40001"));
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_night_without_an_array_is_warned_of_once() {
    let recorder = Recorder::start().await;
    let hospital = recorder.hospital().await;
    for (answer, warnings) in [(envelope("null"), 1), (envelope("[]"), 0)] {
        recorder.answer("order", encrypted(&answer));
        let ended = block_in_place(|| hospital.night(&[]));
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        let found = ended.stderr.matches("sent no array of reservations: treated as an empty delivery").count();
        assert_eq!(found, warnings, "{}", ended.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_night_is_quiet_while_something_long_may_hold_reservations() {
    let recorder = Recorder::start().await;
    let hospital = recorder.hospital().await;
    let (words, letters) = ("words, ".repeat(60_000), "gjTr0WrhsABWSXZyOgFOSpNddEf79o0P9+EsEyFk82eU".repeat(10_000));
    let wrapper = format!(r#"{{"notes":"{words}","list":{}}}"#, records("A-1"));
    let text = serde_json::to_string(&wrapper).unwrap();
    let elsewhere = "not in result, but seem to be in data";
    let opaque = "no reservations are in result, but data is encrypted or packed";
    for (result, data, says) in [
        ("null", &text, elsewhere),
        (r#""""#, &wrapper, elsewhere),
        (r#""null""#, &format!("[{text}]"), elsewhere),
        ("[]", &text, elsewhere),
        ("", &text, elsewhere),
        ("null", &format!(r#""{letters}""#), opaque),
        ("[]", &format!(r#""{}""#, encrypted(&records("A-1"))), opaque),
        ("", &format!(r#"{{"a":["{letters}"]}}"#), opaque),
    ] {
        let answer = envelope(&format!(r#"{result},"data":{data}"#)).replace(r#""result":,"#, "");
        recorder.answer("order", encrypted(&answer));
        let report = hospital.run().await;
        assert_eq!((report.exit_code().status(), report.delivery), (1, None), "{result}, {data:.40}");
        let words = hospital.words(&report).await;
        assert!(words.contains(says), "{result}, {data:.40}: {words:.500}");
        assert_discreet(&words, result);
    }
    hospital.database.assert_sound().await;
}
