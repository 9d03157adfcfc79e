//! Answers that are no delivery: each is refused, and the error says what it is and what to do.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tijian::platform::cipher::Cipher;
use tokio::task::block_in_place;

use super::{envelope, records};
use crate::support::{Hospital, Recorder, assert_discreet, encrypted, marked_record};

/// Answers of the order call that are none: what it is · the answer · exit status · what the error says.
fn unreadable() -> Vec<(&'static str, Response, u8, &'static str)> {
    let records = format!("[{}]", marked_record("M-1", r#""requestId":"R-1""#));
    let good = envelope(&records);
    let body = encrypted(&good);
    let with_result = |result: &str| encrypted(&envelope(result));
    let bent = |from: &str, to: &str| {
        assert!(good.contains(from));
        encrypted(&good.replace(from, to))
    };
    let failure = r#"{"code":50002,"message":"MARKED-MESSAGE 标记姓名 13912345678","success":false,"result":null}"#;
    let page = "<!DOCTYPE html><p>MARKED-MESSAGE 标记姓名</p>";
    let other_key = Cipher::new("fedcba9876543210").unwrap().encrypt(good.as_bytes());
    let answers: Vec<(&str, Response, u8, &str)> = vec![
        ("nothing", "".into_response(), 1, "the body is empty"),
        ("white space", " \r\n".into_response(), 1, "the body is empty"),
        ("a byte-order mark", "\u{feff}".into_response(), 1, "the body is empty"),
        ("no content", StatusCode::NO_CONTENT.into_response(), 1, "the body is empty"),
        ("a web page", page.into_response(), 1, "the body is a web page"),
        ("half the text", body[..body.len() / 8 * 4 + 1].to_owned().into_response(), 1, "the body cannot be decrypted"),
        ("whole blocks missing", body[..64 * 3].to_owned().into_response(), 1, "the padding is wrong"),
        ("three bytes missing", body[..body.len() - 4].to_owned().into_response(), 1, "not a multiple of 16 bytes"),
        ("half the envelope", encrypted(good.split_once("idcard").unwrap().0).into_response(), 1, "is truncated"),
        ("an open envelope", encrypted(good.trim_end_matches('}')).into_response(), 1, "it is truncated"),
        ("no ciphertext", "MARKED-MESSAGE 标记姓名".into_response(), 1, "not a multiple of 16 bytes"),
        ("another key", other_key.into_response(), 1, "another AES key encrypted"),
        ("an array", encrypted(&records).into_response(), 1, "an array without an envelope"),
        ("a plain array", records.clone().into_response(), 1, "an array without an envelope"),
        ("two envelopes", encrypted(&format!("{good}{good}")).into_response(), 1, "the envelope is not JSON"),
        ("an object", with_result(r#"{"total":7}"#).into_response(), 1, "result is an object that is no reservation"),
        (
            "a wrapper",
            with_result(&format!(r#"{{"total":1,"records":{records}}}"#)).into_response(),
            1,
            "not in result, but seem to be in result.records",
        ),
        (
            "a wrapper without records",
            with_result(r#"{"total":0,"list":[]}"#).into_response(),
            1,
            "not in result, but seem to be in result.list",
        ),
        (
            "a wrapper in a text",
            with_result(&serde_json::to_string(&format!(r#"{{"rows":{records}}}"#)).unwrap()).into_response(),
            1,
            "not in result, but seem to be in result.rows",
        ),
        (
            "a wrapper that names a person",
            with_result(&format!(r#"{{"标记姓名":{records}}}"#)).into_response(),
            1,
            "not in result, but seem to be in a member whose name is not repeated here",
        ),
        ("another member", bent("result", "data").into_response(), 1, "not in result, but seem to be in data"),
        (
            "ciphertext in a plain envelope",
            envelope(&format!("\"{body}\"")).into_response(),
            1,
            "only one member of the answer is encrypted",
        ),
        (
            "ciphertext in an envelope",
            with_result(&format!("\"{body}\"")).into_response(),
            1,
            "only one member of the answer is encrypted",
        ),
        (
            "ciphertext in a member",
            format!(r#"{{"data":"{body}"}}"#).into_response(),
            1,
            "only one member of the answer is encrypted",
        ),
        (
            "a text in an array elsewhere",
            encrypted(&format!(
                r#"{{"code":200,"data":[{}]}}"#,
                serde_json::to_string(&records[1..records.len() - 1]).unwrap()
            ))
            .into_response(),
            1,
            "not in result, but seem to be in data",
        ),
        (
            "an array in an array elsewhere",
            encrypted(r#"{"code":200,"data":[["标记姓名"]]}"#).into_response(),
            1,
            "not in result, but seem to be in data",
        ),
        (
            "an empty array beside the records",
            bent("\"result\":", "\"result\":[],\"data\":").into_response(),
            1,
            "not in result, but seem to be in data",
        ),
        (
            "an object with a requestId",
            with_result(r#"{"requestId":"R-1","total":0,"list":null}"#).into_response(),
            1,
            "result is an object that is no reservation",
        ),
        ("a number", with_result("7").into_response(), 1, "result is neither an array nor a text"),
        ("other text", with_result(r#""标记姓名""#).into_response(), 1, "result is a text that holds no array"),
        ("half a text", with_result(r#""[{\"name\":\"标记姓名\"""#).into_response(), 1, "it is truncated"),
        ("more than a text", with_result(r#""[] 标记姓名""#).into_response(), 1, "the envelope is not JSON"),
        (
            "two results",
            bent(",\"timestamp\"", ",\"result\":[],\"timestamp\"").into_response(),
            1,
            "result is present twice",
        ),
        ("no code", bent("\"code\":200,", "").into_response(), 1, "no readable code"),
        ("null code", bent(":200,", ":null,").into_response(), 1, "no readable code"),
        ("a word as code", bent(":200,", ":\"标记姓名\",").into_response(), 1, "no readable code"),
        ("plain text", good.clone().into_response(), 1, "in plain text although"),
        ("a refusal", encrypted(failure).into_response(), 75, "refused /reservation/sync/order with its code 50002"),
        ("a plain refusal", failure.into_response(), 75, "refused /reservation/sync/order with its code 50002"),
        ("a refusal with records", bent(":200,", ":500,").into_response(), 75, "its code 500"),
        ("no success", bent("true", "false").into_response(), 1, "its code 200 (success = false)"),
        ("no success, as number", bent("true", "0").into_response(), 1, "its code 200 (success = false)"),
        ("no success, as text", bent("true", "\"false\"").into_response(), 1, "its code 200 (success = false)"),
        ("a page with 503", (StatusCode::SERVICE_UNAVAILABLE, page).into_response(), 75, "HTTP status 503"),
        ("a page with 404", (StatusCode::NOT_FOUND, page).into_response(), 1, "HTTP status 404"),
        (
            "a refusal with 500",
            (StatusCode::INTERNAL_SERVER_ERROR, encrypted(failure)).into_response(),
            75,
            "HTTP status 500 and its code 50002",
        ),
        (
            "records with 400",
            (StatusCode::BAD_REQUEST, body.clone()).into_response(),
            1,
            "HTTP status 400 and its code 200",
        ),
    ];
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn no_other_answer_is_taken_for_a_delivery() {
    let recorder = Recorder::start().await;
    let hospital = recorder.hospital().await;
    for (name, answer, status, says) in unreadable() {
        recorder.answer("order", answer);
        let report = hospital.run().await;
        assert_eq!(report.exit_code().status(), status, "{name}");
        let words = report.error.as_ref().unwrap().chain();
        assert!(words.contains(says) && words.contains("/reservation/sync/order"), "{name}: {words}");
        assert_discreet(&hospital.words(&report).await, name);
        assert_eq!(report.delivery, None, "{name}");
    }
    let nothing = "select (select count(*) from etl.deliveries) || ' ' || (select count(*) from etl.outbox) || ' '
        || (select count(*) from etl.rejections) || ' ' || (select count(*) from warehouse.reservation_versions)";
    assert_eq!(hospital.database.lines(nothing).await, ["0 0 0 0"]);
    assert!(recorder.requests_of("callback").is_empty());

    recorder.answer("order", encrypted(&envelope(&records("A-1"))));
    assert_eq!(hospital.run_well().await.counts.opened, 1);
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_a_form_of_its_own_is_no_matter_of_the_key() {
    let recorder = Recorder::start().await;
    let hospital = recorder.hospital().await;
    let ciphertext = encrypted(&envelope("null"));
    let in_a_member = format!(r#"{{"data":"{ciphertext}"}}"#);
    for (endpoint, answer, says) in [
        ("token", in_a_member.clone(), "only one member of the answer is encrypted"),
        ("token", encrypted(r#"{"message":"MARKED-MESSAGE"}"#), "no readable code"),
        ("token", encrypted(&envelope("{}")), "without a usable token"),
        ("order", in_a_member, "only one member of the answer is encrypted"),
        ("order", encrypted("[]"), "an array without an envelope"),
        ("order", encrypted(r#"{"result":null}"#), "no readable code"),
        ("order", encrypted(&envelope("7")), "result is neither an array"),
    ] {
        recorder.answer(endpoint, answer);
        let ended = block_in_place(|| hospital.night(&[]));
        assert_eq!(ended.code, 1, "{}", ended.stderr);
        assert!(ended.stderr.contains(says), "{says}: {}", ended.stderr);
        assert!(ended.stderr.contains("aes_key is not the problem"), "{says}: {}", ended.stderr);
        assert_discreet(&ended.stderr, says);
    }
    recorder.answer("order", "not ciphertext");
    let ended = block_in_place(|| hospital.night(&[]));
    assert!(ended.code == 1 && ended.stderr.contains("check aes_key and base_url"), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_read_is_kept_and_a_refusal_is_not() {
    let recorder = Recorder::start().await;
    let hospital = recorder.hospital().await;
    let landed = |hospital: &Hospital| hospital.files().iter().filter(|file| file.ends_with(".delivery")).count();
    for code in [50002, 50001, 503] {
        let refusal = format!(r#"{{"code":{code},"message":"数据有误","success":false,"result":null}}"#);
        recorder.answer("order", encrypted(&refusal));
        hospital.run().await;
        assert_eq!(landed(&hospital), 0, "{code}");
    }
    recorder.answer("order", "not ciphertext");
    hospital.run().await;
    assert_eq!(landed(&hospital), 1);
    hospital.run_well().await;
    assert_eq!(landed(&hospital), 2);
}
