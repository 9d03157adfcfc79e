//! Where the reservations are: in an array or without one, in wrappers and texts, elsewhere, or nowhere.

use super::*;

fn path(text: &str) -> ResultPath {
    ResultPath::parse(text).unwrap()
}

const RECORD: &str = r#"{"serialNumber":"A","b":["]}"]}"#;

/// A value as the JSON text that holds it.
fn quoted(json: &str) -> String {
    serde_json::to_string(json).unwrap()
}

#[test]
fn an_array_is_no_envelope() {
    for json in ["[]", " [{}]", r#"[{"serialNumber":"A"}]"#] {
        assert_eq!(read(json).unwrap_err(), AnswerError::Array);
    }
}

#[test]
fn one_record_may_stand_where_an_array_is_meant() {
    let wide = RECORD.replace(r#""A","#, &format!(r#""A","c":"{}","#, "x".repeat(100_000)));
    for record in [RECORD, r#"{"name":"x"}"#, r#"{ "x" : 1 , "serial_number":"A" }"#, r#"{"SerialNumber":1}"#, &wide] {
        for result in [record.to_owned(), quoted(record), quoted(&format!(" \n{record} "))] {
            for json in [
                format!(r#"{{"code":200,"result":{result},"timestamp":5}}"#),
                format!(r#"{{"result": {result} ,"timestamp":5,"code":200}}"#),
            ] {
                let (records, envelope) = read(&json).unwrap();
                assert_eq!(records, [record]);
                assert_eq!(
                    (envelope.result, envelope.timestamp, envelope.code),
                    (ResultKind::Records, Some(5), Some(200))
                );
                assert_eq!(envelope.judge_result(&ResultPath::default()), Ok(()));
            }
        }
    }
    // One that is too large is handed out as one of many is: its beginning.
    let large = format!(r#"{{"serialNumber":"A","b":"{}"}}"#, "x".repeat(RECORD_BYTES_MAX));
    for result in [large.clone(), quoted(&large)] {
        let json = format!(r#"{{"result":{result},"code":200}}"#);
        let cipher = Cipher::new("0123456789abcdef").unwrap();
        let mut reader = EnvelopeReader::new(Plaintext::new(json.as_bytes(), cipher), &ResultPath::default());
        let record = reader.next_record().unwrap().unwrap();
        assert!(large.as_bytes().starts_with(record.bytes));
        assert_eq!(record.bytes.len() as u64 + record.omitted_bytes, large.len() as u64);
        assert!(record.omitted_bytes > 0 && reader.next_record().unwrap().is_none());
        assert_eq!(reader.finish().code, Some(200));
    }
    // A broken one is handed out, as a broken element of an array is.
    let (records, _) = read(r#"{"result":{"serialNumber":1,"a":nul}}"#).unwrap();
    assert_eq!(records, [r#"{"serialNumber":1,"a":nul}"#]);
}

/// Where the error says that the reservations are.
fn elsewhere(path: &ResultPath, json: &str) -> Result<Option<String>, AnswerError> {
    let (records, envelope) = read_at(path, json)?;
    match envelope.judge_result(path) {
        Err(AnswerError::Elsewhere { found, path: expected }) => {
            assert_eq!((records.len(), expected), (0, path.to_string()));
            Ok(found)
        }
        Err(error) => Err(error),
        Ok(()) => panic!("taken for {:?}: {json}", envelope.result),
    }
}

#[test]
fn a_wrapper_is_an_error_that_names_the_member() {
    let default = ResultPath::default();
    let found = |json: &str| elsewhere(&default, json);
    let result = |result: &str| found(&format!(r#"{{"result":{result},"code":200}}"#));
    let at = |path: &str| Ok(Some(path.to_owned()));
    for (json, place) in [
        (format!(r#"{{"total":1,"records":[{RECORD}]}}"#), "result.records"),
        (format!(r#"{{"list":[ {RECORD}],"x":[{{}}]}}"#), "result.list"),
        // The likelier one.
        (format!(r#"{{"x":[{{}}],"empty":[],"rows_2":[{RECORD}]}}"#), "result.rows_2"),
        (r#"{"numbers":[1],"objects":[{"a":1}]}"#.to_owned(), "result.objects"),
        (r#"{"total":0,"records":[]}"#.to_owned(), "result.records"),
        (format!(r#"{{"page":{{"size":9,"records":[{RECORD}]}}}}"#), "result.page.records"),
        (format!(r#"{{"data":{RECORD}}}"#), "result.data"),
        (format!(r#"{{"data":{}}}"#, quoted(&format!("[{RECORD}]"))), "result.data"),
        // Names of ours may stand in a wrapper, too, but not the one that makes a record.
        (format!(r#"{{"hospitalCode":"1","requestId":"R","records":[{RECORD}]}}"#), "result.records"),
    ] {
        assert_eq!(result(&json), at(place), "{json}");
        assert_eq!(result(&quoted(&json)), at(place), "{json}");
    }
    for (json, place) in [
        (format!(r#"{{"code":200,"data":[{RECORD}]}}"#), "data"),
        (format!(r#"{{"data":[{RECORD}],"code":200,"result":null}}"#), "data"),
        (format!(r#"{{"code":200,"result":"","data":{}}}"#, quoted(&format!("[{RECORD}]"))), "data"),
        (format!(r#"{{"code":200,"result":7,"data":{{"list":[{RECORD}]}}}}"#), "data.list"),
        (r#"{"code":200,"data":[{"a":1}]}"#.to_owned(), "data"),
    ] {
        assert_eq!(found(&json), at(place), "{json}");
    }
    // What may be a person's data is not repeated.
    for name in ["张三", "13912345678", "a b", "a.b", "", &"a".repeat(33)] {
        assert_eq!(result(&format!(r#"{{"{name}":[{RECORD}]}}"#)), Ok(None), "{name}");
    }
    assert_eq!(result(&format!(r#"{{"{}":[{RECORD}]}}"#, "a".repeat(32))), at(&format!("result.{}", "a".repeat(32))));
    // Not where the path says, but where a shorter one would find it.
    assert_eq!(elsewhere(&path("result.records"), &format!(r#"{{"code":200,"result":{RECORD}}}"#)), at("result"));
    let misspelt = format!(r#"{{"code":200,"result":{{"records":[{RECORD}]}}}}"#);
    assert_eq!(elsewhere(&path("result.record"), &misspelt), at("result.records"));
}

#[test]
fn what_is_no_array_of_objects_is_no_quiet_night_either() {
    let quoted_record = quoted(RECORD);
    let deep = |value: &str| format!(r#"{{"b":{{"c":{{"d":{{"e":{value}}}}}}}}}"#);
    for (data, place) in [
        (format!("[{quoted_record}]"), "data"),
        (r#"[["A"]]"#.to_owned(), "data"),
        (r#"["x","{\"a\":1}"]"#.to_owned(), "data"),
        ("[[]]".to_owned(), "data"),
        ("[null]".to_owned(), "data"),
        (format!("[null,{RECORD}]"), "data"),
        (r#"[ 1 , "[2]" ]"#.to_owned(), "data"),
        (r#"[true,{"a":1}]"#.to_owned(), "data"),
        (quoted(&quoted(&quoted(&quoted(&format!("[{quoted_record}]"))))), "data"),
        (deep("[null]"), "data.b.c.d.e"),
        (deep(r#"{"a":1}"#), "data.b.c.d.e"),
        (deep(&quoted(&format!("[{RECORD}]"))), "data.b.c.d.e"),
        (deep(r#"{"f":{"g":[{"a":1}]}}"#), "data.b.c.d.e"),
        (quoted(r#"{"a":"\x"}"#), "data.a"),
        (format!(r#"{{"message":"{}","list":[{RECORD}]}}"#, "x".repeat(4_000_000)), "data"),
    ] {
        let json = format!(r#"{{"code":200,"data":{data}}}"#);
        assert_eq!(elsewhere(&ResultPath::default(), &json), Ok(Some(place.to_owned())), "{json:.99}");
    }
    // What says less of itself takes more, unless a reservation is seen.
    for data in [
        format!("[{quoted_record}]"),
        format!("[null,{RECORD}]"),
        format!("[1,[{RECORD}]]"),
        format!(r#"[{{"x":1}},{{"a":{RECORD}}}]"#),
        quoted(&format!("[1,{RECORD}]")),
        quoted(r#"{"a":1,"serialNumber":"A"}"#),
    ] {
        for result in ["null", "[]", r#""[]""#, "{}"] {
            for json in [
                format!(r#"{{"code":200,"result":{result},"data":{data}}}"#),
                format!(r#"{{"code":200,"data":{data},"result":{result}}}"#),
            ] {
                assert_eq!(elsewhere(&ResultPath::default(), &json), Ok(Some("data".to_owned())), "{json}");
            }
        }
    }
    for beside in [
        r#""data":[]"#,
        r#""messages":["x"],"permissions":[{"name":"read"},{"name":"write"}]"#,
        r#""data":[1,2]"#,
        r#""trace":{"a":{"b":{"c":{"d":{"e":[{"f":1}]}}}}}"#,
    ] {
        for result in ["[]", r#"" [] ""#, "null"] {
            let (_, envelope) = read(&format!(r#"{{"code":200,"result":{result},{beside}}}"#)).unwrap();
            assert_eq!(envelope.judge_result(&ResultPath::default()), Ok(()), "{result}, {beside}");
        }
    }
    // Without a result, there may be numbers, words and empty things.
    for beside in [
        r#""data":[1,2.5,true]"#,
        r#""data":[ ]"#,
        &format!(r#""data":{}"#, deep(r#""x""#)),
        r#""data":"x\ny""#,
        r#""messages":["y","null","no problem","[INFO] done","{0} of 1","\"x\"",""," 1"]"#,
    ] {
        for value in [beside.to_owned(), beside.replace("\"x\"", "{}"), beside.replace("\"x\"", "[]")] {
            let (_, envelope) = read(&format!(r#"{{"code":200,{value}}}"#)).unwrap();
            assert_eq!(envelope.judge_result(&ResultPath::default()), Ok(()), "{value}");
        }
    }
    // A text of words may be long; an array of one reservation is beside nothing that is one.
    let (_, envelope) = read(&format!(r#"{{"code":200,"message":"{}"}}"#, "words ".repeat(40_000))).unwrap();
    assert_eq!(envelope.judge_result(&ResultPath::default()), Ok(()));
    let (records, envelope) = read(&format!(r#"{{"code":200,"result":[1],"data":[{RECORD}]}}"#)).unwrap();
    assert_eq!((records.len(), envelope.judge_result(&ResultPath::default())), (1, Ok(())));
}

#[test]
fn a_way_that_ends_early_is_no_null() {
    let path = path("result.records");
    let ciphertext = "gjTr0WrhsABWSXZyOgFOSpNddEf79o0P9+EsEyFk82eU";
    let encrypted = format!(r#"{{"code":200,"result":{{"total":25,"data":"{ciphertext}"}}}}"#);
    let (_, envelope) = read_at(&path, &encrypted).unwrap();
    assert_eq!(envelope.judge_result(&path), Err(AnswerError::Ciphertext));
    for list in [r#"[{"a":1},{"serialNumber":"A"}]"#, r#"[{"a":1}]"#, r#"["{\"a\":1}"]"#] {
        for result in [format!(r#"{{"total":25,"list":{list}}}"#), quoted(&format!(r#"{{"total":25,"list":{list}}}"#))]
        {
            let json = format!(r#"{{"code":200,"result":{result}}}"#);
            assert_eq!(elsewhere(&path, &json), Ok(Some("result.list".to_owned())), "{json}");
        }
    }
    for (result, kind) in [
        (r#"{"total":0}"#, ResultKind::Missing),
        (r#"{"total":0,"list":[]}"#, ResultKind::Missing),
        (r#"{ }"#, ResultKind::Nothing),
        (r#"{"records":null,"list":[{"a":1}]}"#, ResultKind::Nothing),
    ] {
        for result in [result.to_owned(), quoted(result)] {
            let (_, envelope) = read_at(&path, &format!(r#"{{"result":{result},"code":200}}"#)).unwrap();
            assert_eq!((envelope.result, envelope.judge_result(&path)), (kind, Ok(())), "{result}");
        }
    }
    for again in ["null", "[]", r#"{"total":0}"#] {
        let twice = format!(r#"{{"result":{{"total":0}},"result":{again}}}"#);
        assert_eq!(read_at(&path, &twice).unwrap_err(), AnswerError::Result("there twice"));
    }
}

#[test]
fn an_object_with_one_of_our_names_among_others_is_no_record() {
    for (result, kind) in [
        (r#"{"requestId":"R9","total":0,"list":null}"#, ResultKind::Object),
        (r#"{"requestId":"R9","request_id":"R9","total":0}"#, ResultKind::Object),
        (r#"{"hospitalCode":"1","x":1}"#, ResultKind::Object),
        (r#"{"requestId":"R9"}"#, ResultKind::Records),
        (r#"{"name":"x","x":1,"check_date":"y"}"#, ResultKind::Records),
        (r#"{"serialNumber":"A","x":1}"#, ResultKind::Records),
    ] {
        for result in [result.to_owned(), quoted(result)] {
            let (_, envelope) = read(&format!(r#"{{"code":200,"result":{result}}}"#)).unwrap();
            assert_eq!(envelope.result, kind, "{result}");
        }
    }
}

#[test]
fn a_large_wrapper_is_named_without_being_held_in_memory() {
    let records = vec![RECORD; 36_000].join(",");
    for (json, place) in [
        (format!(r#"{{"code":200,"result":{{"total":36000,"records":[{records}]}}}}"#), "result.records"),
        (format!(r#"{{"code":200,"data":{{"list":[{records}]}}}}"#), "data.list"),
        (format!(r#"{{"code":200,"data":{}}}"#, quoted(&format!("[{records}]"))), "data"),
    ] {
        assert_eq!(elsewhere(&ResultPath::default(), &json), Ok(Some(place.to_owned())));
        assert!(memory_for(&ResultPath::default(), &json) < 1024 * 1024);
    }
}

/// The most that is in memory while an answer is read.
fn memory_for(path: &ResultPath, json: &str) -> usize {
    let cipher = Cipher::new("0123456789abcdef").unwrap();
    let mut reader = EnvelopeReader::new(Plaintext::new(json.as_bytes(), cipher), path);
    let mut most = 0;
    while reader.next_record().unwrap().is_some() {
        most = most.max(reader.outer.bytes.capacity() + reader.inner.bytes.capacity());
    }
    most.max(reader.outer.bytes.capacity() + reader.inner.bytes.capacity())
}

#[test]
fn a_path_leads_to_the_reservations_through_wrappers_and_texts() {
    let array = format!("[{RECORD}, {RECORD}]");
    let wrapper = format!(r#"{{"total":2,"summary":[{{"a":"]"}}],"records":{array},"pages":{{"a":[1]}}}}"#);
    for (names, result) in [
        ("result", format!(r#""result":{array}"#)),
        ("result", format!(r#""result":{}"#, quoted(&array))),
        ("data", format!(r#""data":{array}"#)),
        ("data", format!(r#""result":null,"data":{array}"#)),
        ("data", format!(r#""data":{},"result":[{{}}]"#, quoted(&array))),
        ("result.records", format!(r#""result":{wrapper}"#)),
        ("result.records", format!(r#""result":{}"#, quoted(&wrapper))),
        ("result.records", format!(r#""result":{{"records":{}}}"#, quoted(&array))),
        ("result.page.records", format!(r#""result":{{"a":1,"page":{wrapper},"b":2}}"#)),
        ("result.page.records", format!(r#""result":{{"a":1,"page":{},"b":2}}"#, quoted(&wrapper))),
        ("result.page.records", format!(r#""result":{}"#, quoted(&format!(r#" {{"page":{wrapper}}} "#)))),
        // Where the platform leaves the wrapper out, nothing else is meant.
        ("result.records", format!(r#""result":{array}"#)),
        ("result.records", format!(r#""result":{}"#, quoted(&array))),
        ("result.page.records", format!(r#""result":{{"page":{array}}}"#)),
    ] {
        for json in
            [format!(r#"{{"code":200,{result},"timestamp":5}}"#), format!(r#"{{ {result} ,"timestamp":5,"code":200}}"#)]
        {
            let (records, envelope) = read_at(&path(names), &json).unwrap();
            assert_eq!(records, [RECORD, RECORD], "{names}: {json}");
            assert_eq!((envelope.code, envelope.timestamp, envelope.result), (Some(200), Some(5), ResultKind::Records));
            for length in 1..json.len() {
                assert!(read_at(&path(names), &json[..length]).is_err(), "{}", &json[..length]);
            }
        }
    }
    // One record there, and none.
    let (records, _) = read_at(&path("result.records"), &format!(r#"{{"result":{{"records":{RECORD}}}}}"#)).unwrap();
    assert_eq!(records, [RECORD]);
    for nothing in [
        "null",
        "{}",
        r#"{"records":null}"#,
        r#"{"records":{}}"#,
        r#"{"records":"","total":0}"#,
        r#""""#,
        r#""{\"records\":null}""#,
        r#""{\"records\":\"\"}""#,
    ] {
        let (records, envelope) =
            read_at(&path("result.records"), &format!(r#"{{"result":{nothing},"code":200}}"#)).unwrap();
        assert_eq!((records.len(), envelope.result), (0, ResultKind::Nothing), "{nothing}");
        assert_eq!((envelope.judge_result(&path("result.records")), envelope.code), (Ok(()), Some(200)));
    }
    // A text in a text in a text is not looked into.
    let text = format!(r#"{{"result":{}}}"#, quoted(&format!(r#"{{"records":{}}}"#, quoted(&array))));
    assert_eq!(read_at(&path("result.records"), &text).unwrap().1.result, ResultKind::Text);
}

#[test]
fn what_the_path_names_is_there_once() {
    for (names, json) in [
        ("data", r#"{"data":[],"data":[]}"#),
        ("result.records", r#"{"result":{"records":[],"records":[]}}"#),
        ("result.records", r#"{"result":"{\"records\":[],\"records\":[]}"}"#),
        ("result.page.records", r#"{"result":{"page":{"records":[]},"page":1}}"#),
        ("result.page.records", r#"{"result":{"page":"{\"records\":[]}","page":1}}"#),
    ] {
        assert_eq!(read_at(&path(names), json).unwrap_err(), AnswerError::Result("there twice"), "{json}");
    }
    // What only has the same name as one of them is something else.
    let (records, _) = read_at(&path("a.b"), r#"{"b":[1],"a":{"a":[2],"b":[3],"a":[4]},"b":[5]}"#).unwrap();
    assert_eq!(records, ["3"]);
}

#[test]
fn many_records_in_a_wrapper_take_no_more_memory_than_in_an_array() {
    let records = vec![RECORD; 36_000].join(",");
    let wrapper = format!(r#"{{"before":[{records}],"records":[{records}],"after":[{records}]}}"#);
    for result in [wrapper.clone(), quoted(&wrapper)] {
        let memory = memory_for(&path("result.records"), &format!(r#"{{"result":{result}}}"#));
        assert!(memory < 1024 * 1024, "{memory} bytes");
    }
}

#[test]
fn only_what_surely_means_none_is_an_empty_delivery() {
    let judged = |json: &str| read(json).unwrap().1.judge_result(&ResultPath::default());
    let ciphertext = "gjTr0WrhsABWSXZyOgFOSpNddEf79o0P9+EsEyFk82eU";
    for json in [
        r#"{"code":200,"result":null}"#,
        r#"{"code":200}"#,
        r#"{"code":200,"result":"null","warnings":[{"text":"x"}]}"#,
        r#"{"code":200,"data":[],"errors":[]}"#,
        r#"{"code":200,"operator":{"name":"x"}}"#,
        &format!(r#"{{"code":200,"sign":"{ciphertext}"}}"#),
        &format!(r#"{{"code":200,"result":null,"key":"{ciphertext}"}}"#),
    ] {
        assert_eq!(judged(json), Ok(()), "{json}");
    }
    for (json, error) in [
        (r#"{"code":200,"result":7}"#.to_owned(), AnswerError::Result("neither an array nor a text that holds one")),
        (r#"{"code":200,"result":"none"}"#.to_owned(), AnswerError::Result("a text that holds no array")),
        (r#"{"code":200,"result":{"total":0}}"#.to_owned(), AnswerError::Result("an object that is no reservation")),
        (format!(r#"{{"code":200,"result":"{ciphertext}"}}"#), AnswerError::Ciphertext),
        (format!(r#"{{"code":200,"data":"{ciphertext}"}}"#), AnswerError::Ciphertext),
    ] {
        assert_eq!(judged(&json), Err(error), "{json}");
    }
    let (_, envelope) = read(&format!(r#"{{"data":"{ciphertext}"}}"#)).unwrap();
    assert_eq!(envelope.stated_code(), Err(AnswerError::Ciphertext));
    assert_eq!(Envelope::default().stated_code(), Err(AnswerError::Code));
    assert_eq!(Envelope { code: Some(500), ..Envelope::default() }.stated_code(), Ok(500));
}
