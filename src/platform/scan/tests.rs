//! Values and texts end where JSON ends them, however the stream was cut into pieces.

use super::*;

/// Bytes that come a few at a time, and now and then none.
struct Pieces<'a> {
    rest: &'a [u8],
    step: usize,
    is_pausing: bool,
}

fn window(bytes: &[u8], step: usize) -> Window<Pieces<'_>> {
    Window::new(Pieces { rest: bytes, step, is_pausing: false })
}

fn fill(window: &mut Window<Pieces<'_>>) -> Result<bool, ReadError> {
    let source = &mut window.source;
    source.is_pausing = !source.is_pausing;
    if !source.is_pausing {
        let (piece, rest) = source.rest.split_at(source.step.min(source.rest.len()));
        window.bytes.extend_from_slice(piece);
        source.rest = rest;
    }
    Ok(!source.rest.is_empty())
}

fn of_answer(error: ReadError) -> AnswerError {
    match error {
        ReadError::Answer(error) => error,
        ReadError::Io(error) => panic!("{error}"),
    }
}

/// What follows white space, length and all, in pieces of this size.
fn value_in(text: &str, step: usize, bytes_max: usize) -> Result<String, AnswerError> {
    let mut window = window(text.as_bytes(), step);
    let found = skip_white_space(&mut window, &mut fill)
        .and_then(|_| scan_value(&mut window, &mut fill, bytes_max))
        .map_err(of_answer)?;
    Ok(String::from_utf8(window.take(found).to_vec()).unwrap())
}

#[test]
fn a_value_ends_where_json_ends_it_however_it_arrives() {
    for value in [
        "0",
        "-1.5e+3",
        "null",
        r#""""#,
        r#""张三""#,
        r#""a\"b""#,
        r#""a\\""#,
        r#""\\\"[{""#,
        "{}",
        "[]",
        "[[],[[]],{}]",
        r#"{"a":[1,{"b":"]}"}],"c" : "\\\"}" }"#,
        r#"["\"",{"\\":"{"}]"#,
    ] {
        for rest in [",", ":", " ", "\t", "\r", "\n", "]", "}", ",\"b\":[1]}", " \"x\""] {
            let text = format!(" \t\r\n{value}{rest}");
            for step in 1..=text.len() {
                assert_eq!(value_in(&text, step, 1000).as_deref(), Ok(value), "{text}, in pieces of {step}");
            }
        }
    }
}

#[test]
fn what_begins_no_value_is_an_error_and_what_does_not_end_is_truncated() {
    for text in [",", ":1", "]", "}", "1\"a\"", "null\""] {
        for step in 1..=text.len() {
            assert_eq!(value_in(text, step, 1000), Err(AnswerError::Json), "{text}");
        }
    }
    for text in ["", " ", "1", "null", "\"", "\"a", "\"a\\\"", "\"a\\", "[", "[1", "[{}", "{\"a\":\"}\"", "[\"\\\\]"] {
        for step in 1..=text.len().max(1) {
            assert_eq!(value_in(text, step, 1000), Err(AnswerError::Truncated), "{text}");
        }
    }
}

#[test]
fn a_string_begins_with_a_quote() {
    for (text, expected) in [
        ("\"a\":1", Ok(3)),
        ("a\"", Err(AnswerError::Json)),
        ("[\"a\"]", Err(AnswerError::Json)),
        ("1,", Err(AnswerError::Json)),
    ] {
        let mut window = window(text.as_bytes(), 100);
        assert!(window.fill(&mut fill).unwrap());
        assert_eq!(scan_string(&mut window, &mut fill, 100).map_err(of_answer), expected, "{text}");
    }
}

#[test]
fn a_value_of_just_the_limit_is_handed_out_and_a_longer_one_is_not_kept_in_memory() {
    let digits = "7".repeat(20);
    assert_eq!(value_in(&format!("{digits},"), 1, 20).as_deref(), Ok(digits.as_str()));
    assert_eq!(value_in(&format!("{digits},"), 1, 19), Err(AnswerError::MemberSize(19)));
    let endless = format!("[{}", "7".repeat(1000));
    let mut window = window(endless.as_bytes(), 10);
    assert!(scan_value(&mut window, &mut fill, 100).is_err());
    assert!(window.bytes.len() <= 110, "{} bytes were read", window.bytes.len());
}

#[test]
fn a_value_is_left_behind_whole_however_it_arrives() {
    for value in ["0", r#""a\"b\\""#, r#"{"a":[1,{"b":"]}"}],"c":"\\\"}"}"#, r#"["\"",{"\\":"{"}]"#, "[[],[[]],{}]"] {
        let text = format!("{value},1");
        for step in 1..=text.len() {
            let mut window = window(text.as_bytes(), step);
            assert!(window.fill(&mut fill).unwrap());
            assert_eq!(skip_value(&mut window, &mut fill).map_err(of_answer), Ok(value.len() as u64), "{text}, {step}");
            assert!(window.bytes.len() <= step.max(2), "{text}: {step}");
            assert_eq!(skip_white_space(&mut window, &mut fill).unwrap(), Some(b','), "{text}, {step}");
            let mut cut = self::window(&value.as_bytes()[..value.len() - 1], step);
            assert_eq!(skip_value(&mut cut, &mut fill).map_err(of_answer), Err(AnswerError::Truncated), "{value}");
        }
    }
}

#[test]
fn the_next_bytes_can_be_looked_at_as_far_as_they_are_there() {
    let mut window = window(b"abcdef", 4);
    assert!(window.fill(&mut fill).unwrap());
    window.consume(1);
    assert_eq!((window.peek(2), window.peek(3), window.peek(100)), (&b"bc"[..], &b"bcd"[..], &b"bcd"[..]));
}

#[test]
fn white_space_is_what_json_says_and_nothing_else() {
    for other in ["\u{b}", "\u{c}", "\u{a0}", "\0", "x"] {
        let text = format!(" \n\t \r{other} ");
        let mut window = window(text.as_bytes(), 2);
        assert_eq!(skip_white_space(&mut window, &mut fill).unwrap(), Some(other.as_bytes()[0]));
        assert_eq!(window.front(), Some(other.as_bytes()[0]), "it is not consumed");
    }
    assert_eq!(skip_white_space(&mut window(b" \n ", 1), &mut fill).unwrap(), None);
}

/// The pieces of a text that ends with its closing quote.
fn pieces(quoted_end: &str, step: usize) -> Result<Vec<Vec<u8>>, AnswerError> {
    let mut window = window(quoted_end.as_bytes(), step);
    let mut pieces = Vec::new();
    loop {
        let length = scan_string_piece(&mut window, &mut fill).map_err(of_answer)?;
        pieces.push(window.take(length).to_vec());
        if window.front() == Some(b'"') {
            return Ok(pieces);
        }
        assert!(length > 0, "a piece without content would come for ever");
    }
}

const TEXTS: [&str; 10] = [
    "",
    "plain",
    "体检预约𠮷é",
    r#"\"\\\/\b\f\n\r\t"#,
    r"\u4f53\u68c0",
    // Pairs, in each of the eight ways to begin one.
    r"\ud83d\ude00\uD83D\uDE00\ud9ff\udc00\udAbC\udc00\uda00\udfff\uDB00\udc00\udbff\udfff",
    r"\ud83d\ude00a\ud83d\ude00体\u0041\\u0041",
    r"\n0123456789ab\n体检",
    r"\u0041xu",
    r"\u00e9\u00ea\ud7ff\ue000\n",
];

#[test]
fn a_text_is_never_cut_inside_of_an_escape() {
    for text in TEXTS {
        for step in 1..=text.len() + 1 {
            let pieces = pieces(&format!("{text}\"and more"), step).unwrap();
            assert_eq!(pieces.concat(), text.as_bytes(), "{text}, in pieces of {step}");
            for piece in pieces {
                let readable = [b"\"", String::from_utf8_lossy(&piece).as_bytes(), b"\""].concat();
                assert!(serde_json::from_slice::<String>(&readable).is_ok(), "{text}, in pieces of {step}");
            }
        }
    }
}

#[test]
fn what_is_no_text_is_not_waited_for() {
    let bytes = [0x80; 1000];
    let mut window = window(&bytes, 10);
    assert!(window.fill(&mut fill).unwrap());
    assert_eq!(scan_string_piece(&mut window, &mut fill).unwrap(), 10);
}

#[test]
fn a_text_without_its_closing_quote_is_truncated() {
    for text in TEXTS {
        for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
            for step in [1, 2, 5, 100] {
                assert_eq!(pieces(&text[..end], step), Err(AnswerError::Truncated), "{}", &text[..end]);
            }
        }
        assert_eq!(pieces(text, 3), Err(AnswerError::Truncated), "{text}");
    }
}

#[test]
fn a_piece_takes_all_of_what_is_in_memory_that_is_sure_to_be_whole() {
    for (in_memory, length) in [
        ("abc", 3),
        ("体检", 6),
        // An escape may go on with fewer than twelve bytes behind its beginning, and itself among them.
        (r"ab\n012345678", 2),
        (r"ab\n0123456789", 14),
        (r"ab\ud83d\ude0", 2),
        (r"ab\ud83d\ude00", 14),
        (r"ab\uDBFF\uDFFF", 14),
        // Two escapes that are no pair are two.
        (r"ab\ud83d\ud83d", 8),
        (r"ab\ud83d\u0c00", 8),
        (r"ab\ud83d\\dc00", 8),
        (r"ab\ud83d\n0000", 8),
        (r"ab\u0841\u0042", 8),
        (r"ab\ud7ff\u0042", 8),
        // Half a pair does not hide the end of the text.
        (r#"ab\ud83d", and so on"#, 8),
        (r"ab\u00e9\n and more", 8),
    ] {
        let text = format!("{in_memory}, and more of it\"");
        let mut window = window(text.as_bytes(), in_memory.len());
        assert!(window.fill(&mut fill).unwrap());
        assert_eq!(scan_string_piece(&mut window, &mut fill).unwrap(), length, "{in_memory}");
    }
}

#[test]
fn an_escape_is_as_long_as_what_it_stands_for() {
    for (text, length) in [
        (r"\n", 2),
        (r"\u4f53", 6),
        (r"\ud83d\ude00", 12),
        (r"\uD83D\uDE00", 12),
        // Half a pair, or what only looks like the first half.
        (r"\ud83d\ud83d", 6),
        (r"\ude00\ude00", 6),
        (r"\ud7ff\ude00", 6),
        (r"\u0800\ude00", 6),
    ] {
        assert_eq!(escape_length(&Window::over(text.as_bytes()), 0).map_err(of_answer), Ok(length), "{text}");
    }
}
