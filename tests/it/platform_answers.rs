//! The forms that an answer may have, and those that it may not: read or refused, never misread.

mod quiet;
mod readable;
mod unreadable;

use tokio::task::block_in_place;

use crate::support::{Recorder, assert_discreet, cipher, encrypted, record};

/// The envelopes' time, as milliseconds and as PostgreSQL writes it.
const NIGHT: i64 = 1_767_636_000_000;

/// An array of one record, of its own batch.
fn records(name: &str) -> String {
    format!("[{}]", record(name, &format!(r#""requestId":"batch {name}""#)))
}

/// The document's envelope around these records.
fn envelope(records: &str) -> String {
    format!(r#"{{"code":200,"message":"操作成功","success":true,"result":{records},"timestamp":{NIGHT}}}"#)
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_text_is_taken_where_encryption_is_optional() {
    let recorder = Recorder::start().await;
    let mut hospital = recorder.hospital().await;
    hospital.redefine(|text| text.replace("[contract]", "encryption = \"optional\"\n[contract]"));
    recorder.answer("token", envelope(r#"{"expire":86400000,"token":"eyJ.plain"}"#));
    recorder.answer("order", format!("\n {}\n", envelope(&records("A-1"))));
    recorder.answer("callback", envelope("null"));
    let report = hospital.run_well().await;
    assert_eq!((report.counts.opened, report.acknowledged, report.pending), (1, 1, 0));
    // Ciphertext is taken as ever.
    recorder.answer("order", encrypted(&envelope(&records("A-2"))));
    let report = hospital.run_well().await;
    assert_eq!((report.counts.opened, report.acknowledged, report.pending), (1, 1, 0));
    // So is plain text with a byte-order mark.
    recorder.answer("order", format!("\u{feff}{}", envelope(&records("A-3"))));
    let report = hospital.run_well().await;
    assert_eq!((report.counts.opened, report.acknowledged, report.pending), (1, 1, 0));
    // And so is a refusal for what it is.
    recorder.answer("order", r#"{"code":500,"message":"数据有误，请联系平台"}"#);
    let refused = hospital.run().await;
    assert_eq!(refused.exit_code().status(), 75);
    assert!(refused.error.unwrap().chain().contains("its code 500"));
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_record_may_come_without_an_array() {
    let recorder = Recorder::start().await;
    let hospital = recorder.hospital().await;
    for (name, is_text) in [("object", false), ("text", true)] {
        let record = record(name, &format!(r#""requestId":"batch {name}""#));
        let result = if is_text { serde_json::to_string(&record).unwrap() } else { record };
        recorder.answer("order", encrypted(&envelope(&result)));
        let report = hospital.run_well().await;
        assert_eq!((report.counts.received, report.counts.opened, report.acknowledged), (1, 1, 1), "{name}");
        assert_eq!(
            recorder.requests_of("callback").pop().unwrap().parameters(),
            format!(r#"{{"requestId":"batch {name}"}}"#)
        );
    }
    // One that breaks the contract goes to quarantine, as one of many does.
    recorder.answer("order", encrypted(&envelope(r#"{"name":"标记姓名"}"#)));
    let report = hospital.run().await;
    assert_eq!((report.exit_code().status(), report.counts.received, report.counts.rejected), (3, 1, 1));
    assert_discreet(&hospital.words(&report).await, "one record");
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_record_in_a_text_is_refused_alone() {
    let recorder = Recorder::start().await;
    let hospital = recorder.hospital().await;
    // Escaped once, in the text itself, and not twice, as the record's own would be.
    let broken: [&[u8]; 4] = [br"\ud83d", b"\x01", b"\xff\xe4\xbd", b"\\n"];
    for (night, bytes) in broken.into_iter().enumerate() {
        let of = |name: &str, changes: &str| record(&format!("{name}-{night}"), changes);
        let array = format!("[{},{},{}]", of("A", ""), of("X", r#""name":"标记姓名BROKEN""#), of("B", ""));
        let answer = envelope(&serde_json::to_string(&array).unwrap());
        let (before, after) = answer.split_once("BROKEN").unwrap();
        recorder.answer("order", cipher().encrypt(&[before.as_bytes(), bytes, after.as_bytes()].concat()));
        let report = hospital.run_well().await;
        let counts = (report.counts.received, report.counts.opened, report.counts.rejected);
        assert_eq!(counts, (3, 2, 1), "{night}");
        assert_discreet(&hospital.words(&report).await, "a broken record in a text");
    }
    let query = "select concat_ws(' ', serial_number, resolution) from etl.rejections order by serial_number";
    assert_eq!(hospital.database.lines(query).await, ["X-0", "X-1", "X-2", "X-3"]);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrapper_is_opened_where_the_pipeline_says() {
    let recorder = Recorder::start().await;
    for (path, number) in [("result.records", 0), ("data", 1), ("result.page.list", 2)] {
        let mut hospital = recorder.hospital().await;
        let name = format!("A-{number}");
        let array = records(&name);
        let answer = |records: &str| match number {
            0 => envelope(&format!(r#"{{"total":1,"records":{records},"pages":[{{"current":1}}]}}"#)),
            1 => envelope(records).replace("result", "data"),
            _ => {
                let wrapper = format!(r#"{{"page":{{"size":10,"list":{records}}},"b":[]}}"#);
                envelope(&serde_json::to_string(&wrapper).unwrap())
            }
        };
        // Until it is set, the error says what to set.
        recorder.answer("order", encrypted(&answer(&array)));
        let ended = block_in_place(|| hospital.night(&[]));
        assert_eq!(ended.code, 1, "{}", ended.stderr);
        let says = format!("not in result, but seem to be in {path}");
        assert!(
            ended.stderr.contains(&says) && ended.stderr.contains("set result_path under [platform]"),
            "{}",
            ended.stderr
        );
        hospital.redefine(|text| text.replace("[contract]", &format!("result_path = \"{path}\"\n[contract]")));
        if number != 1 {
            // Where the way ends early, nothing says that there are none.
            let last = path.rsplit('.').next().unwrap();
            let says = format!("not in {path}, but seem to be in {}", path.replace(last, "rows"));
            recorder.answer("order", encrypted(&answer(&array).replace(last, "rows")));
            assert!(hospital.run().await.error.unwrap().chain().contains(&says), "{path}");
        }
        for (records, counts) in
            [(array.as_str(), (1, 1, 1)), (&array, (1, 0, 1)), ("[]", (0, 0, 0)), ("null", (0, 0, 0))]
        {
            recorder.answer("order", encrypted(&answer(records)));
            let report = hospital.run_well().await;
            assert_eq!((report.counts.received, report.counts.opened, report.acknowledged), counts, "{path}");
        }
        hospital.database.assert_sound().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_may_have_data_for_result_in_every_answer() {
    let recorder = Recorder::start().await;
    let mut hospital = recorder.hospital().await;
    hospital.redefine(|text| text.replace("[contract]", "result_path = \"data.list\"\n[contract]"));
    let answer = |result: &str| encrypted(&envelope(result).replace("result", "data"));
    let token = r#"{"expire":86400000,"token":"eyJ.data"}"#;
    for (night, token) in [token.to_owned(), serde_json::to_string(token).unwrap()].iter().enumerate() {
        recorder.answer("token", answer(token));
        recorder.answer("order", answer(&format!(r#"{{"list":{}}}"#, records(&format!("A-{night}")))));
        recorder.answer("callback", answer("null"));
        let report = hospital.run_well().await;
        assert_eq!((report.counts.opened, report.acknowledged, report.pending), (1, 1, 0));
        assert_eq!(report.exit_code().status(), 0);
        for endpoint in ["order", "callback"] {
            let request = recorder.requests_of(endpoint).pop().unwrap();
            assert_eq!(request.header("ACCESS-TOKEN"), Some("eyJ.data"), "{endpoint}");
        }
    }
    recorder.answer("token", answer("{}"));
    let report = hospital.run().await;
    assert!(report.error.unwrap().chain().contains("without a usable token"));
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_cannot_be_used_is_an_error() {
    let recorder = Recorder::start().await;
    let hospital = recorder.hospital().await;
    for (result, says) in [
        ("null", "without a usable token"),
        ("[]", "without a usable token"),
        (r#""MARKED-MESSAGE""#, "without a usable token"),
        (r#"{"expire":86400000}"#, "without a usable token"),
        (r#"{"expire":86400000,"token":null}"#, "without a usable token"),
        (r#"{"expire":86400000,"token":7}"#, "without a usable token"),
        (r#"{"expire":86400000,"token":""}"#, "without a usable token"),
        (r#"{"expire":86400000,"token":" "}"#, "without a usable token"),
        (r#"{"expire":86400000,"token":"eyJ\r\nX-Injected: 1"}"#, "without a usable token"),
        (r#"{"expire":86400000,"token":"标记姓名\u0000"}"#, "without a usable token"),
    ] {
        recorder.answer("token", encrypted(&envelope(result)));
        let report = hospital.run().await;
        assert_eq!(report.exit_code().status(), 1, "{result}");
        let words = hospital.words(&report).await;
        assert!(words.contains(says) && words.contains("/reservation/sync/token"), "{result}: {words}");
        assert_discreet(&words, result);
    }
    assert!(recorder.requests_of("order").is_empty());
    // The ciphertext of the token's answer has the same forms as that of an order's.
    let token = encrypted(&envelope(r#"{"expire":86400000,"token":"eyJ.a"}"#));
    for body in [format!("\"{token}\""), format!("\u{feff}{token}"), token.replace('+', "-").replace('/', "_")] {
        recorder.answer("token", body);
        hospital.run_well().await;
        assert_eq!(recorder.requests_of("order").pop().unwrap().header("ACCESS-TOKEN"), Some("eyJ.a"));
    }
    recorder.answer("token", encrypted(&envelope(&format!("\"{token}\""))));
    let report = hospital.run().await;
    assert!(report.error.unwrap().chain().contains("only one member of the answer is encrypted"));
    for result in [
        r#"{"expire":"86400000","token":"eyJ.a"}"#,
        // A day, as the interface document says.
        r#"{"token":"eyJ.a"}"#,
        r#"{"expire":null,"token":"eyJ.a"}"#,
        r#"{"expire":-1,"token":"eyJ.a"}"#,
        r#"{"expire":"soon","token":"eyJ.a"}"#,
        r#"{"token":"eyJ.a","expire":9223372036854775807}"#,
        r#"{"token":"eyJ.a","expire":0}"#,
    ] {
        recorder.answer("token", encrypted(&envelope(result)));
        hospital.run_well().await;
        assert_eq!(recorder.requests_of("order").pop().unwrap().header("ACCESS-TOKEN"), Some("eyJ.a"), "{result}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_success_confirms_a_callback() {
    let recorder = Recorder::start().await;
    let hospital = recorder.hospital().await;
    let failures = [
        envelope("null").replace("200", "\"500\""),
        envelope("null").replace("true", "false"),
        envelope("null").replace("true", "\"false\""),
        envelope("null").replace("\"code\":200,", ""),
        "[]".to_owned(),
        format!("{} ", envelope("null")).repeat(2),
    ];
    for (number, failure) in failures.iter().enumerate() {
        let name = format!("A-{number}");
        recorder.answer("order", encrypted(&envelope(&records(&name))));
        // The batch, once more with a fresh token, and the reservation by itself.
        for _ in 0..3 {
            recorder.answer("callback", encrypted(failure));
        }
        let report = hospital.run().await;
        assert_eq!((report.acknowledged, report.pending, report.exit_code().status()), (0, 1, 4), "{failure}");
        assert_discreet(&hospital.words(&report).await, failure);
        // What was not used up is of no concern to the next, to which it is delivered again.
        recorder.forget("callback");
        recorder.answer("order", encrypted(&envelope(&records(&name))));
        let again = hospital.run_well().await;
        assert_eq!((again.acknowledged, again.pending), (1, 0), "{failure}");
    }
    for result in ["null", "true", r#"{"a":1}"#, r#""text""#] {
        recorder.answer("order", encrypted(&envelope(&records(&format!("B-{result}").replace('"', "")))));
        recorder.answer("callback", encrypted(&envelope(result)));
        assert_eq!(hospital.run_well().await.acknowledged, 1, "{result}");
    }
    hospital.database.assert_sound().await;
}
