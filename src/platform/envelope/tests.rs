//! Answers as the platform gives them, plain and encrypted, sound and damaged.

use super::*;
use crate::platform::cipher::Cipher;

mod places;
mod quiet;

/// Records and envelope, as a plain and as an encrypted body.
fn read(json: &str) -> Result<(Vec<String>, Envelope), AnswerError> {
    read_at(&ResultPath::default(), json)
}

/// The same, with the reservations elsewhere.
fn read_at(path: &ResultPath, json: &str) -> Result<(Vec<String>, Envelope), AnswerError> {
    let cipher = Cipher::new("0123456789abcdef").unwrap();
    let encrypted = cipher.encrypt(json.as_bytes());
    let outcomes = [(json, false), (encrypted.as_str(), true)].map(|(body, is_encrypted)| {
        let mut reader = EnvelopeReader::new(Plaintext::new(body.as_bytes(), cipher.clone()), path);
        let mut records = Vec::new();
        loop {
            match reader.next_record() {
                Ok(Some(record)) => records.push(String::from_utf8_lossy(record.bytes).into_owned()),
                Ok(None) => {
                    assert_eq!(reader.is_encrypted(), is_encrypted);
                    let envelope = reader.finish();
                    assert_eq!(envelope.records, records.len() as u64);
                    return Ok((records, envelope));
                }
                Err(ReadError::Answer(error)) => return Err(error),
                Err(ReadError::Io(error)) => panic!("{error}"),
            }
        }
    });
    let [plain, decrypted] = outcomes;
    assert_eq!(plain, decrypted);
    plain
}

#[test]
fn a_ciphertext_beside_the_result_is_opened_only_where_no_record_came() {
    let sealed = Cipher::new("0123456789abcdef").unwrap().encrypt(br#"[{"serialNumber":"A-1"}]"#);
    for (result, likeness) in [("[]", Some(Likeness::Opaque)), (r#"[{"a":1}]"#, None)] {
        let (_, envelope) = read(&format!(r#"{{"code":200,"result":{result},"data":"{sealed}"}}"#)).unwrap();
        assert_eq!(envelope.whereabouts.likeness(), likeness, "{result}");
    }
}

#[test]
fn members_come_in_any_order() {
    let after = read(r#"{"code":200,"message":"操作成功","success":true,"result":[{"a":1},{"b":"]}"}],"timestamp":5}"#);
    let before = read(r#" { "timestamp" : 5 , "result" : [ {"a":1} , {"b":"]}"} ] , "success":true,"code":"200"}  "#);
    let (records, envelope) = after.unwrap();
    assert_eq!(records, [r#"{"a":1}"#, r#"{"b":"]}"}"#]);
    assert_eq!(envelope.code, Some(200));
    assert_eq!(envelope.timestamp, Some(5));
    assert_eq!(before.unwrap(), (records, envelope));
}

#[test]
fn result_may_be_a_text_that_holds_the_array() {
    let (records, envelope) =
        read(r#"{"result":" [{\"name\":\"张\\u4e09\"}, {\"b\":\"\\\"\"}] ","code":200}"#).unwrap();
    assert_eq!(records, [r#"{"name":"张\u4e09"}"#, r#"{"b":"\""}"#]);
    assert_eq!((envelope.records, envelope.code), (2, Some(200)));
}

#[test]
fn a_long_text_result_is_read_piece_by_piece() {
    let records: Vec<String> = (0..10_000).map(|at| format!(r#"{{"n":{at},"name":"体检\n\"𠮷\""}}"#)).collect();
    let text = serde_json::to_string(&format!("[{}]", records.join(","))).unwrap();
    let (read_records, _) = read(&format!(r#"{{"code":200,"result":{text}}}"#)).unwrap();
    assert_eq!(read_records, records);
}

#[test]
fn elements_of_any_type_are_handed_out() {
    let (records, _) = read(r#"{"code":200,"result":[1,"x",null,[{}],{"a":"\\\""}]}"#).unwrap();
    assert_eq!(records, ["1", r#""x""#, "null", "[{}]", r#"{"a":"\\\""}"#]);
}

#[test]
fn null_missing_and_other_results_are_told_apart() {
    for (json, kind) in [
        (r#"{"code":200,"result":null}"#, ResultKind::Nothing),
        (r#"{"code":200,"result":""}"#, ResultKind::Nothing),
        (r#"{"code":200,"result":" \n\t "}"#, ResultKind::Nothing),
        (r#"{"code":200,"result":"null"}"#, ResultKind::Nothing),
        (r#"{"code":200,"result":" null\r\n"}"#, ResultKind::Nothing),
        (r#"{"code":200,"result":{}}"#, ResultKind::Nothing),
        (r#"{"code":200,"result":{ }}"#, ResultKind::Nothing),
        (r#"{"code":200,"result":"{}"}"#, ResultKind::Nothing),
        (r#"{"code":200}"#, ResultKind::Missing),
        (r#"{"code":200,"result":{"a":[1]}}"#, ResultKind::Object),
        (r#"{"code":200,"result":"{\"a\":[1]}"}"#, ResultKind::Object),
        (r#"{"code":200,"result":7}"#, ResultKind::Scalar),
        (r#"{"code":200,"result":false}"#, ResultKind::Scalar),
        (r#"{"code":200,"result":"nil"}"#, ResultKind::Text),
        (r#"{"code":200,"result":"nullx"}"#, ResultKind::Text),
        (r#"{"code":200,"result":"gjTr0WrhsABWSXZyOgFOSpNddEf79o0P9+EsEyFk82eU"}"#, ResultKind::Ciphertext),
        (r#"{"code":200,"result":" gjTr0WrhsABWSXZyOgFOSpNddEf79o0P9\/EsEyFk82eU"}"#, ResultKind::Ciphertext),
        (r#"{"code":200,"result":[]}"#, ResultKind::Records),
        (r#"{"code":200,"result":" []"}"#, ResultKind::Records),
    ] {
        let (records, envelope) = read(json).unwrap();
        assert_eq!((records.len(), envelope.result), (0, kind), "{json}");
    }
}

#[test]
fn what_nobody_asks_for_need_not_be_readable() {
    let (records, envelope) = read(r#"{"message":"\ud800","traffic":1e999,"code":200,"result":[1]}"#).unwrap();
    assert_eq!((records.len(), envelope.code), (1, Some(200)));
    assert_eq!(read(r#"{"code":"\ud800","result":[1]}"#).unwrap_err(), AnswerError::Json);
}

#[test]
fn every_truncation_is_an_error() {
    let json = r#"{"code":200,"result":[{"a":"x"},{"b":[1,2]}],"timestamp":1}"#;
    for length in 1..json.len() {
        assert!(read(&json[..length]).is_err(), "{}", &json[..length]);
    }
}

/// Invariant: No input causes a panic.
#[test]
fn damage_is_an_error_and_never_a_panic() {
    let damaged = "{] | {\"result\":[,]} | {\"result\":[1 2]} | {\"a\" 1} | {\"a\":} | {} {} | {\"result\":\"{]\"} | {\"result\":{]} | {\"result\":\"{} x\"} | {\"result\":{\"name\":1}x} | {,\"a\":1} | \
        {\"a\":1,} | {\"a\":1 \"b\":2} | {\"a\":1,,\"b\":2} | {\"result\":[]\"b\":2} | {\"result\":nul} | {\"a\":[}]}";
    for json in damaged.split(" | ") {
        assert!(read(json).is_err(), "{json}");
    }
    assert_eq!(read(r#"{"result":[],"result":[]}"#).unwrap_err(), AnswerError::Result("there twice"));
}

#[test]
fn what_the_platform_says_of_itself_may_be_a_value_or_its_text() {
    for (json, success) in [
        ("true", Some(true)),
        ("false", Some(false)),
        (r#"" true""#, Some(true)),
        (r#""false""#, Some(false)),
        (r#""Y""#, Some(true)),
        ("0", Some(false)),
        (r#""ok""#, None),
        ("null", None),
    ] {
        let (_, envelope) = read(&format!(r#"{{"success":{json},"code":200}}"#)).unwrap();
        assert_eq!(envelope.success, success, "{json}");
    }
    for (json, number) in [
        ("1764345600000", Some(1_764_345_600_000)),
        (r#""-42 ""#, Some(-42)),
        ("-42", Some(-42)),
        ("200.0", Some(200)),
        ("1.5", None),
        ("true", None),
        (r#""soon""#, None),
        ("null", None),
    ] {
        let (_, envelope) = read(&format!(r#"{{"timestamp":{json},"code":{json}}}"#)).unwrap();
        assert_eq!((envelope.timestamp, envelope.code), (number, number), "{json}");
    }
}

#[test]
fn success_is_code_200_and_no_denial() {
    for (code, success, is_success) in [
        (Some(200), Some(true), true),
        (Some(200), None, true),
        (Some(200), Some(false), false),
        (Some(500), Some(true), false),
        (Some(500), None, false),
        (None, Some(true), false),
        (None, None, false),
    ] {
        let envelope = Envelope { code, success, ..Envelope::default() };
        assert_eq!(envelope.is_success(), is_success, "{code:?} {success:?}");
    }
}

/// Every record's kept bytes, and how many are left out of it.
fn sizes(json: &str) -> Result<Vec<(usize, u64)>, AnswerError> {
    let cipher = Cipher::new("0123456789abcdef").unwrap();
    let mut reader = EnvelopeReader::new(Plaintext::new(json.as_bytes(), cipher), &ResultPath::default());
    let mut sizes = Vec::new();
    loop {
        match reader.next_record() {
            Ok(Some(record)) => sizes.push((record.bytes.len(), record.omitted_bytes)),
            Ok(None) => return Ok(sizes),
            Err(ReadError::Answer(error)) => return Err(error),
            Err(ReadError::Io(error)) => panic!("{error}"),
        }
    }
}

#[test]
fn of_a_record_that_is_too_large_the_beginning_is_handed_out_and_the_others_whole() {
    for (bytes, kept, omitted) in [
        (RECORD_BYTES_MAX, RECORD_BYTES_MAX, 0),
        (RECORD_BYTES_MAX + 1, RECORD_BEGINNING_BYTES, RECORD_BYTES_MAX + 1 - RECORD_BEGINNING_BYTES),
    ] {
        // As many escapes as fit, so that some lie across the pieces in which the answer is read.
        let escapes = "\\\"".repeat(RECORD_BYTES_MAX / 16);
        let large = format!("\"{}{escapes}\"", "x".repeat(bytes - escapes.len() - 2));
        let expected = Ok(vec![(1, 0), (kept, omitted as u64), (7, 0)]);
        assert_eq!(sizes(&format!(r#"{{"result":[1,{large} , {{"a":2}}],"code":200}}"#)), expected, "{bytes}");
        let text = serde_json::to_string(&format!(r#"[1,{large} , {{"a":2}}]"#)).unwrap();
        assert_eq!(sizes(&format!(r#"{{"result":{text},"code":200}}"#)), expected, "{bytes}, in a text");
        let cut = format!(r#"{{"result":[1,{}"#, &large[..bytes - 1]);
        assert_eq!(sizes(&cut), Err(AnswerError::Truncated), "{bytes}");
    }
}

#[test]
fn of_a_record_that_is_too_large_the_end_is_handed_out_too() {
    for bytes in [RECORD_BYTES_MAX + 1, RECORD_BYTES_MAX + 100_000, 3 * RECORD_BYTES_MAX] {
        let numbers: String = (0..bytes / 8).map(|number| format!("{number:08}")).collect();
        let large = format!("\"{numbers}\"");
        let text = serde_json::to_string(&format!("[1,{large},2]")).unwrap();
        for answer in
            [format!(r#"{{"result":[1,{large},2],"code":200}}"#), format!(r#"{{"result":{text},"code":200}}"#)]
        {
            let cipher = Cipher::new("0123456789abcdef").unwrap();
            let plaintext = Plaintext::new(answer.as_bytes(), cipher);
            let mut reader = EnvelopeReader::new(plaintext, &ResultPath::default());
            assert_eq!(reader.next_record().unwrap().unwrap().end, b"");
            let record = reader.next_record().unwrap().unwrap();
            assert!(record.bytes == &large.as_bytes()[..RECORD_BEGINNING_BYTES], "{bytes}");
            assert!(record.end == &large.as_bytes()[large.len() - RECORD_END_BYTES..], "{bytes}");
            assert_eq!(record.omitted_bytes, (large.len() - RECORD_BEGINNING_BYTES) as u64);
            assert_eq!(reader.next_record().unwrap().unwrap().bytes, b"2");
        }
    }
}

#[test]
fn memory_is_limited_for_records_and_for_everything_else() {
    let text = |bytes: usize| format!("\"{}\"", "x".repeat(bytes));
    let large = text(RECORD_BYTES_MAX - 2);
    let (records, _) = read(&format!(r#"{{"result":[1,{large},2]}}"#)).unwrap();
    assert!(records[1] == large && records.len() == 3);

    // What is only passed over may be of any length; a name may not.
    let message = text(300 * 1024);
    let (records, envelope) = read(&format!(
        r#"{{"message":{message},"a":[[{message}]],"b":{},"result":[1],"code":200}}"#,
        "7".repeat(300 * 1024)
    ))
    .unwrap();
    assert_eq!((records.len(), envelope.code), (1, Some(200)));
    // Of what is asked for, nothing as long is a value.
    let (_, envelope) = read(&format!(r#"{{"code":{message},"result":[1],"success":{message}}}"#)).unwrap();
    assert_eq!((envelope.code, envelope.success), (None, None));
    assert_eq!(read(&format!("{{{message}:1}}")).unwrap_err(), AnswerError::MemberSize(64 * 1024));
}
