//! The forms that an answer may have, and those that it may not: read or refused, never misread.

mod quiet;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use tijian::platform::cipher::Cipher;
use tokio::task::block_in_place;

use crate::support::{Hospital, Recorder, assert_discreet, cipher, encrypted, marked_record, record};

/// The envelopes' time, as milliseconds and as PostgreSQL writes it.
const NIGHT: i64 = 1_767_636_000_000;
const NIGHT_TEXT: &str = "2026-01-05 18:00:00+00";

/// Writes an envelope otherwise, with the same meaning.
type Bend = fn(String) -> String;

/// An array of one record, of its own batch.
fn records(name: &str) -> String {
    format!("[{}]", record(name, &format!(r#""requestId":"batch {name}""#)))
}

/// The document's envelope around these records.
fn envelope(records: &str) -> String {
    format!(r#"{{"code":200,"message":"操作成功","success":true,"result":{records},"timestamp":{NIGHT}}}"#)
}

/// Every form of a delivery that is read, by its name.
fn readable() -> Vec<(&'static str, String)> {
    let forms: [(&str, Bend); 19] = [
        ("plain order", |text| text),
        ("result first", |text| {
            let (head, rest) = text.split_once(r#""result":"#).unwrap();
            let (result, tail) = rest.rsplit_once(",\"timestamp\"").unwrap();
            format!(
                r#"{{"result":{result},"timestamp"{},{}}}"#,
                &tail[..tail.len() - 1],
                head[1..].trim_end_matches(',')
            )
        }),
        ("white space", |text| text.replace("\":", "\" :\n\t").replace('}', " }").replace('[', " [\r\n")),
        ("unknown members", |text| {
            text.replace(r#"{"code""#, r#"{"trace":{"result":[{}],"code":500},"version":[1,null],"code""#)
        }),
        ("result as text", |text| {
            let (head, rest) = text.split_once(r#""result":"#).unwrap();
            let (result, tail) = rest.rsplit_once(",\"timestamp\"").unwrap();
            format!(r#"{head}"result":{},"timestamp"{tail}"#, serde_json::to_string(result).unwrap())
        }),
        ("code as text", |text| text.replace(":200,", ":\"200\",")),
        ("success absent", |text| text.replace(r#""success":true,"#, "")),
        ("success as text", |text| text.replace(r#""success":true"#, r#""success":"true""#)),
        ("timestamp as text", |text| text.replace(&NIGHT.to_string(), &format!("\"{NIGHT}\""))),
        ("no timestamp", |text| text.replace(&format!(",\"timestamp\":{NIGHT}"), "")),
        ("null timestamp", |text| text.replace(&NIGHT.to_string(), "null")),
        ("odd timestamp", |text| text.replace(&NIGHT.to_string(), "5")),
        ("timestamp in seconds", |text| text.replace(&NIGHT.to_string(), &(NIGHT / 1000).to_string())),
        ("timestamp as date", |text| text.replace(&NIGHT.to_string(), "\"2026-01-06 02:00:00\"")),
        ("code with a point", |text| text.replace(":200,", ":200.0,")),
        ("code as text with a point", |text| text.replace(":200,", ":\"200.0\",")),
        ("success as number", |text| text.replace(r#""success":true"#, r#""success":1"#)),
        ("success as letter", |text| text.replace(r#""success":true"#, r#""success":"Y""#)),
        ("huge timestamp", |text| text.replace(&NIGHT.to_string(), "99999999999999999999")),
    ];
    let mut bodies: Vec<_> =
        forms.into_iter().map(|(name, bend)| (name, encrypted(&bend(envelope(&records(name)))))).collect();
    let line_breaks = encrypted(&envelope(&records("line breaks")));
    let lines: Vec<_> = line_breaks.as_bytes().chunks(76).map(|line| String::from_utf8_lossy(line)).collect();
    bodies.push(("line breaks", format!("\r\n{}\r\n", lines.join("\r\n"))));
    // As much white space as makes the Base64 text end in padding.
    let text = envelope(&records("no padding"));
    let padded = (0..48).map(|spaces| encrypted(&format!("{text}{}", " ".repeat(spaces))));
    let padded = padded.into_iter().find(|body| body.ends_with("==")).unwrap();
    bodies.push(("no padding", padded.trim_end_matches('=').to_owned()));
    // What a gateway may make of ciphertext on its way.
    let ways: [(&str, Bend); 9] = [
        ("in quotes", |body| format!("\"{body}\"")),
        ("in quotes, escaped", |body| {
            format!("\"{}\\r\\n\"", body.replace('/', "\\/").replace('+', "\\u002b").replace('=', "\\u003D"))
        }),
        ("a byte-order mark", |body| format!("\u{feff}{body}")),
        ("a mark and quotes", |body| format!("\u{feff}\"{body}\"\n")),
        ("letters of URLs", |body| body.replace('+', "-").replace('/', "_").replace('=', "")),
        ("letters of URLs, padded", |body| body.replace('+', "-").replace('/', "_")),
        ("percent signs", |body| body.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")),
        ("line breaks, written out", |body| body.replace('A', "A\\n").replace('Q', "\\r\\nQ")),
        ("other signs", |body| body.replace('B', ".B ;").replace('c', "c\0 体检\u{a0}")),
    ];
    bodies.extend(ways.into_iter().map(|(name, bend)| (name, bend(encrypted(&envelope(&records(name)))))));
    let marked = encrypted(&format!("\u{feff}{}", envelope(&records("a byte-order mark inside"))));
    bodies.push(("a byte-order mark inside", marked));
    bodies
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_of_a_delivery_is_read() {
    let recorder = Recorder::start().await;
    let hospital = recorder.hospital().await;
    for (name, body) in readable() {
        recorder.answer("order", body);
        let report = hospital.run_well().await;
        assert_eq!((report.counts.received, report.counts.opened, report.acknowledged), (1, 1, 1), "{name}");
        let callback = recorder.requests_of("callback").pop().unwrap().parameters();
        assert_eq!(callback, format!(r#"{{"requestId":"batch {name}"}}"#));
        // Delivered again in the same form, it is the same.
        let (_, body) = readable().into_iter().find(|(other, _)| *other == name).unwrap();
        recorder.answer("order", body);
        let again = hospital.run_well().await;
        assert_eq!((again.counts.unchanged, again.counts.opened, again.acknowledged), (1, 0, 1), "{name}");
    }
    let times = "select v.serial_number || ': ' || case d.effective_source
            when 'receipt' then case when v.valid_from = d.received_at then 'receipt' end
            else v.valid_from::text end
        from warehouse.reservation_versions v join etl.deliveries d using (delivery_id)
        order by v.delivery_id";
    let expected: Vec<_> = readable()
        .iter()
        .map(|(name, _)| {
            let has_time = !["no timestamp", "null timestamp", "odd timestamp", "huge timestamp"].contains(name);
            format!("{name}: {}", if has_time { NIGHT_TEXT } else { "receipt" })
        })
        .collect();
    assert_eq!(hospital.database.lines(times).await, expected);
    hospital.database.assert_sound().await;
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
