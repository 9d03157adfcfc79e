//! Nights that are called quiet only where nothing may hold reservations.

use super::*;

const RECORD: &str = r#"{"serialNumber":"A","b":["]}"]}"#;

/// What is said of an answer whose `result` says nothing, and the most that is in memory meanwhile.
fn judge_beside(result: &str, data: &str) -> (Result<(), AnswerError>, usize) {
    let json = format!(r#"{{"code":200,{result}"data":{data}}}"#);
    let cipher = Cipher::new("0123456789abcdef").unwrap();
    let mut reader = EnvelopeReader::new(Plaintext::new(json.as_bytes(), cipher), &ResultPath::default());
    assert!(reader.next_record().unwrap().is_none());
    let memory = reader.outer.bytes.capacity();
    (reader.finish().judge_result(&ResultPath::default()), memory)
}

const NOTHING: [&str; 5] = [r#""result":null,"#, r#""result":"","#, r#""result":"null","#, r#""result":[],"#, ""];

#[test]
fn no_night_is_quiet_that_has_reservations_where_they_are_not_looked_for() {
    let elsewhere =
        |found: &str| Err(AnswerError::Elsewhere { found: Some(found.to_owned()), path: "result".to_owned() });
    let deep = format!(r#"{{"a":{{"b":{{"c":{{"d":{{"e":[{{"f":{RECORD}}}]}}}}}}}}}}"#);
    for result in NOTHING {
        assert_eq!(judge_beside(result, &deep).0, elsewhere("data.a.b.c.d"), "{result}");
        assert_eq!(judge_beside(result, &format!("[[[[[[{RECORD}]]]]]]")).0, elsewhere("data"), "{result}");
    }
    // Behind what is kept in memory.
    let words = "words, ".repeat(60_000);
    let wrapper = format!(r#"{{"a":"{words}","list":[{RECORD}]}}"#);
    let (judged, memory) = judge_beside(NOTHING[0], &serde_json::to_string(&wrapper).unwrap());
    assert_eq!(judged, elsewhere("data"));
    assert!(memory < 600 * 1024, "{memory} bytes");
    let (judged, _) = judge_beside(NOTHING[0], &format!(r#"[{{"a":"{words}"}}]"#));
    assert_eq!(judged, Ok(()), "nothing in it is a reservation");
}

#[test]
fn no_night_is_quiet_that_has_reservations_encrypted_elsewhere() {
    let encrypted = |plaintext: &str| Cipher::new("0123456789abcdef").unwrap().encrypt(plaintext.as_bytes());
    let key = "A".repeat(64);
    for plaintext in [
        format!("[{RECORD}]"),
        format!(r#"{{"list":[{RECORD}]}}"#),
        r#" [{"of another kind":"than all that we know of"}]"#.to_owned(),
    ] {
        let ciphertext = encrypted(&plaintext);
        for data in [
            format!("\"{ciphertext}\""),
            format!(r#"["{ciphertext}"]"#),
            format!(r#"[["{ciphertext}"]]"#),
            format!(
                r#"{{"key":"{key}","list":"{}"}}"#,
                encrypted(&plaintext.replace("}]", &format!("}}{}]", " ".repeat(99))))
            ),
        ] {
            for result in &NOTHING[..4] {
                let (judged, _) = judge_beside(result, &data);
                assert!(
                    matches!(judged, Err(AnswerError::Opaque { .. } | AnswerError::Elsewhere { .. })),
                    "{result} {data}: {judged:?}"
                );
            }
            assert!(judge_beside("", &data).0.is_err());
        }
    }
    // Nothing in it, or another key's: a trace of something else.
    let others = Cipher::new("fedcba9876543210").unwrap().encrypt(format!("[{RECORD}]").as_bytes());
    // Of several, the first of the longest.
    let both = format!(r#"{{"a":"{}","b":"{others}"}}"#, encrypted(&format!("[{RECORD}]")));
    assert!(judge_beside(NOTHING[0], &both).0.is_err());
    for text in
        [encrypted(&format!("[{}]", " ".repeat(60))), encrypted("a trace that is no reservation at all"), others]
    {
        for result in &NOTHING[..4] {
            assert_eq!(judge_beside(result, &format!("\"{text}\"")).0, Ok(()), "{result} {text}");
        }
    }
}

#[test]
fn no_night_is_quiet_that_has_something_long_that_nobody_can_look_through() {
    let ciphertext = "gjTr0WrhsABWSXZyOgFOSpNddEf79o0P9+EsEyFk82eU".repeat(1_500);
    for result in NOTHING {
        let (judged, _) = judge_beside(result, &format!("\"{ciphertext}\""));
        let (found, path) = (Some("data".to_owned()), "result".to_owned());
        assert_eq!(judged, Err(AnswerError::Opaque { found, path }), "{result}");
    }
    let wrapper = format!(r#""result":{{"total":1,"list":"{ciphertext}"}},"#);
    assert!(judge_beside(&wrapper, "1").0.is_err());
}
