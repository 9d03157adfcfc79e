//! A text in the place of the reservations that holds none: skipped, and classified, so that an error can say what it is.

use crate::platform::base64_text::{TELLING_BYTES, looks_like_ciphertext};
use crate::platform::envelope::ResultKind;
use crate::platform::members::MEMBER_BYTES_MAX;
use crate::platform::plaintext::ReadError;
use crate::platform::scan::{Window, scan_value_within, skip_value};

/// Reads a text to its end that begins neither an array nor an object.
pub(super) fn read_other_text(
    text: &mut Window<()>,
    fill: &mut impl FnMut(&mut Window<()>) -> Result<bool, ReadError>,
) -> Result<ResultKind, ReadError> {
    while text.rest().len() < TELLING_BYTES && text.fill(fill)? {}
    let seen = text.rest();
    let mut kind = match seen.trim_ascii_end() {
        b"" | b"null" => ResultKind::Nothing,
        _ if looks_like_ciphertext(seen) => ResultKind::Ciphertext,
        _ => ResultKind::Text,
    };
    loop {
        text.consume(text.rest().len());
        if !text.fill(fill)? {
            return Ok(kind);
        }
        // White space only, however long, leaves nothing what it is.
        if kind == ResultKind::Nothing && !text.rest().trim_ascii().is_empty() {
            kind = ResultKind::Text;
        }
    }
}

/// Passes over a text inside of a text: it is not looked into, but an empty one holds nothing.
pub(super) fn skip_inner_text(
    window: &mut Window<()>,
    fill: &mut impl FnMut(&mut Window<()>) -> Result<bool, ReadError>,
) -> Result<ResultKind, ReadError> {
    let is_empty = scan_value_within(window, fill, MEMBER_BYTES_MAX)? == Some(2);
    skip_value(window, fill)?;
    Ok(if is_empty { ResultKind::Nothing } else { ResultKind::Text })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The kind of a text that arrives a few bytes at a time.
    fn kind(text: &str, step: usize) -> ResultKind {
        let mut pieces = text.as_bytes().chunks(step);
        let mut fill = |window: &mut Window<()>| {
            window.bytes.extend_from_slice(pieces.next().unwrap_or_default());
            Ok(pieces.len() > 0)
        };
        read_other_text(&mut Window::new(()), &mut fill).unwrap()
    }

    #[test]
    fn a_text_is_told_by_its_beginning_however_it_arrives() {
        let ciphertext = "gjTr0WrhsABWSXZyOgFOSpNddEf79o0P9-EsEyFk82_";
        for step in [1, 7, 100] {
            assert_eq!(kind("null", step), ResultKind::Nothing, "{step}");
            assert_eq!(kind("", step), ResultKind::Nothing, "{step}");
            let blanks = " \n".repeat(TELLING_BYTES);
            assert_eq!(kind(&format!("null{blanks}"), step), ResultKind::Nothing, "{step}");
            assert_eq!(kind(&format!("null{blanks}[{{}}]"), step), ResultKind::Text, "{step}");
            assert_eq!(kind("no reservations", step), ResultKind::Text, "{step}");
            assert_eq!(kind(ciphertext, step), ResultKind::Ciphertext, "{step}");
            assert_eq!(kind(&format!("{ciphertext}=\r\n"), step), ResultKind::Ciphertext, "{step}");
            assert_eq!(kind(&ciphertext[1..], step), ResultKind::Text, "{step}");
        }
    }
}
