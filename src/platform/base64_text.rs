//! Base64 text as the interface's reference code reads it: what is no letter of the alphabet is not there.
//!
//! Both alphabets are read, the standard one and that for URLs, with padding or without. Ciphertext may also have become a
//! JSON text on its way, or a form's value: no letter is a backslash or a percent sign, so what these escape is known.
//! Whether the result is ciphertext, only decrypting it can say.

use base64::Engine;
use base64::alphabet;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

/// Letters alone, of which the last ones may be no whole group.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// For each byte the letter of the standard alphabet that it is; 0: none.
const LETTERS: [u8; 256] = {
    let mut letters = [0; 256];
    let mut byte: u8 = 0;
    while byte < 128 {
        if byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/' {
            letters[byte as usize] = byte;
        }
        byte += 1;
    }
    letters[b'-' as usize] = b'+';
    letters[b'_' as usize] = b'/';
    letters
};

/// Whether the byte is a letter of either alphabet.
pub(super) fn is_letter(byte: u8) -> bool {
    LETTERS[usize::from(byte)] != 0
}

/// How much of a text distinguishes ciphertext from words: two blocks of it, less one letter that may be padding.
pub(super) const TELLING_BYTES: usize = 43;

/// Whether a text, or the beginning of one, is likely to be ciphertext: letters without a gap, and not the hexadecimal digits of
/// a signature.
pub(super) fn looks_like_ciphertext(text: &[u8]) -> bool {
    let Some(beginning) = text.get(..TELLING_BYTES) else { return false };
    beginning.iter().all(|byte| is_letter(*byte)) && !beginning.iter().all(|byte| byte.is_ascii_hexdigit())
}

/// Appends the decoded text to `bytes`, and removes it from `text`. Unless it is the last piece, what is no whole
/// group yet stays there.
pub(super) fn decode_base64(text: &mut Vec<u8>, is_last: bool, bytes: &mut Vec<u8>) {
    let length = bytes.len();
    let groups = text.len() / 4 * 4;
    // The usual piece of a delivery: strictly Base64, whole groups of four. Padding ends it, or is no letter.
    let is_strict = base64_simd::STANDARD.decode_append(&text[..groups], bytes).is_ok();
    let is_padded = bytes.len() - length < groups / 4 * 3;
    if is_strict && (!is_padded || (is_last && groups == text.len())) {
        text.drain(..groups);
        if !is_last {
            return;
        }
    } else {
        bytes.truncate(length);
    }
    let letters = keep_letters(text, is_last);
    let usable = match letters % 4 {
        rest if !is_last => letters - rest,
        // One letter has six bits, which are no byte.
        1 => letters - 1,
        _ => letters,
    };
    LENIENT.decode_vec(&text[..usable], bytes).expect("letters of the alphabet, in groups of two at least");
    if is_last {
        text.clear();
    } else {
        text.drain(..usable);
    }
}

/// Leaves the letters of `text`, as those of the standard alphabet, and says how many there are. Behind them stays the
/// beginning of an escape, if the text ends in it and goes on.
fn keep_letters(text: &mut Vec<u8>, is_last: bool) -> usize {
    let (mut letters, mut at) = (0, 0);
    while at < text.len() {
        let (byte, length) = match unescape(&text[at..]) {
            Some(unescaped) => unescaped,
            None if is_last => (0, 1),
            None => break,
        };
        at += length;
        let letter = LETTERS[usize::from(byte)];
        if letter != 0 {
            text[letters] = letter;
            letters += 1;
        }
    }
    text.drain(letters..at);
    letters
}

/// The byte at the front, and how many bytes its spelling takes; 0 for what is no letter. `None`: more is needed to
/// say.
fn unescape(text: &[u8]) -> Option<(u8, usize)> {
    match text[0] {
        b'\\' => match text.get(1)? {
            b'b' | b'f' | b'n' | b'r' | b't' => Some((0, 2)),
            b'u' => hexadecimal(text, 2, 4),
            // The escaped character means itself. (Escaped twice, this is another backslash.)
            _ => Some((0, 1)),
        },
        b'%' => hexadecimal(text, 1, 2),
        byte => Some((byte, 1)),
    }
}

/// The byte with this number of hexadecimal digits behind an escape's first bytes; without them, those bytes are nothing.
fn hexadecimal(text: &[u8], start: usize, digits: usize) -> Option<(u8, usize)> {
    let mut value: u32 = 0;
    for at in start..start + digits {
        match char::from(*text.get(at)?).to_digit(16) {
            Some(digit) => value = value * 16 + digit,
            None => return Some((0, start)),
        }
    }
    Some((u8::try_from(value).unwrap_or(0), start + digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decodes in pieces of this size.
    fn decode(text: &[u8], step: usize) -> Vec<u8> {
        let (mut waiting, mut bytes) = (Vec::new(), b"before".to_vec());
        for piece in text.chunks(step) {
            waiting.extend_from_slice(piece);
            decode_base64(&mut waiting, false, &mut bytes);
            assert!(waiting.len() < 4 + 6, "{} bytes wait for more", waiting.len());
        }
        decode_base64(&mut waiting, true, &mut bytes);
        assert!(waiting.is_empty());
        bytes.strip_prefix(b"before").unwrap().to_vec()
    }

    /// Every byte, so that every letter is there.
    fn every_byte() -> Vec<u8> {
        (0..=255).collect()
    }

    /// Padding is no letter where more letters follow, in a last piece, too.
    #[test]
    fn padding_in_the_middle_of_a_last_piece_ends_nothing() {
        for text in ["YWI=YQ", "YWI=YWI=Y", "YQ==YQ"] {
            let (mut waiting, mut bytes) = (text.as_bytes().to_vec(), Vec::new());
            decode_base64(&mut waiting, true, &mut bytes);
            assert_eq!((waiting, bytes), (vec![], decode(text.replace('=', "").as_bytes(), 1)), "{text}");
        }
    }

    #[test]
    fn what_is_no_letter_is_not_there() {
        let plain = every_byte();
        let text = base64_simd::STANDARD.encode_to_string(&plain);
        let url_safe = base64_simd::URL_SAFE.encode_to_string(&plain);
        assert!(text.contains(['+', '/']) && url_safe.contains(['-', '_']));
        let between =
            |text: &str, junk: &str| -> String { text.chars().map(|letter| format!("{junk}{letter}")).collect() };
        let forms = [
            text.clone(),
            url_safe.clone(),
            text.trim_end_matches('=').to_owned(),
            format!("\"{text}\""),
            format!("\u{feff}\"{url_safe}\"\r\n"),
            between(&text, "\r\n"),
            between(&text, "\0 .,;:'\"\u{feff}体检="),
            // As JSON texts escape it, and those that escape it for HTML, too.
            format!("\"{}\"", text.replace('/', r"\/")),
            text.replace('+', r"\u002b").replace('/', r"\u002F").replace('=', r"\u003d"),
            between(&text, r"\n"),
            between(&text, r"\r\n\t\b\f\\."),
            // Twice.
            between(&text, r"\\r\\n").replace('/', r"\\/").replace('+', r"\\u002B"),
            // As forms escape it.
            text.replace('+', "%2B").replace('/', "%2f").replace('=', "%3D"),
            between(&text, "%0D%0a%e4%25%"),
            // Escapes that are none.
            between(&text, "\\%\\!\\u.\\u:%!%%:"),
            between(&text, "\\u4f53\\uFFFD"),
        ];
        for form in &forms {
            for step in [1, 2, 3, 5, 7, 64, 1000] {
                assert_eq!(decode(form.as_bytes(), step), plain, "{form}, in pieces of {step}");
            }
        }
    }

    #[test]
    fn escapes_end_where_their_digits_end() {
        for (text, letters) in [
            (&br"A\u0041A"[..], &b"AAA"[..]),
            (br"\u00412", b"A2"),
            // Another digit than the last four counts.
            (br"\u1041A", b"A"),
            (br"\u0141A", b"A"),
            (br"\u00c1A", b"A"),
            (br"%41A%4", b"AA4"),
            (br"\u004", b"u004"),
            (br"A\", b"A"),
            (br"\uQAAA", b"QAAA"),
            (br"\nB\tB\rB\bB\fB\aB", b"BBBBBaB"),
        ] {
            let mut text = text.to_vec();
            assert_eq!(keep_letters(&mut text, true), letters.len());
            assert_eq!(text, letters);
        }
    }

    #[test]
    fn an_escape_that_may_go_on_waits_for_it() {
        for (text, letters, waiting) in [
            (&br"AB\"[..], 2, &br"AB\"[..]),
            (br"A.B\u", 2, br"AB\u"),
            (br"A.B\u004", 2, br"AB\u004"),
            (br"A.B%4", 2, b"AB%4"),
            (br"A.B%41", 3, b"ABA"),
        ] {
            let mut text = text.to_vec();
            assert_eq!((keep_letters(&mut text, false), text.as_slice()), (letters, waiting));
        }
    }

    #[test]
    fn bits_that_make_no_byte_are_left_out() {
        // As the reference code does: three bytes and a letter are three bytes.
        for (text, bytes) in [
            (&b""[..], &b""[..]),
            (b"Q", b""),
            (b"QQ", b"A"),
            (b"QR", b"A"),
            (b"QUJ", b"AB"),
            (b"QUJD", b"ABC"),
            (b"QUJDR", b"ABC"),
            (b"QUJDRA==", b"ABCD"),
            (b"QUJDRA", b"ABCD"),
            ("体检".as_bytes(), b""),
            // Padding that does not end the text is no letter either, wherever a piece ends.
            (b"QQ==QQ", b"A\x04\x10"),
            (b"QUJDQUJDQQ==QQ", b"ABCABCA\x04\x10"),
        ] {
            for step in [1, 4, 12, 100] {
                assert_eq!(decode(text, step), bytes);
            }
        }
    }

    #[test]
    fn a_clean_piece_is_decoded_as_far_as_its_groups_are_whole() {
        let (mut text, mut bytes) = (b"QUJDQUJDQ".to_vec(), Vec::new());
        decode_base64(&mut text, false, &mut bytes);
        assert_eq!((text.as_slice(), bytes.as_slice()), (&b"Q"[..], &b"ABCABC"[..]));
        // One that is not clean, too.
        let (mut text, mut bytes) = (b"QU JDQ.U%4".to_vec(), Vec::new());
        decode_base64(&mut text, false, &mut bytes);
        assert_eq!((text.as_slice(), bytes.as_slice()), (&b"QU%4"[..], &b"ABC"[..]));
    }

    #[test]
    fn ciphertext_is_told_from_words_and_signatures() {
        let is_likely = |text: &str| looks_like_ciphertext(text.as_bytes());
        let shortest = "gjTr0WrhsABWSXZyOgFOSpNddEf79o0P9-EsEyFk82_";
        assert_eq!(shortest.len(), TELLING_BYTES);
        assert!(
            is_likely(shortest) && is_likely(&format!("{shortest}=\r\n")) && is_likely(&shortest.replace('-', "+/"))
        );
        assert!(!is_likely(&shortest[1..]) && !is_likely(""));
        assert!(!is_likely(&shortest.replace('0', " ")) && !is_likely(&shortest.replace('0', "体")));
        assert!(!is_likely("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"));
        assert!(is_likely("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2bG"));
    }
}
