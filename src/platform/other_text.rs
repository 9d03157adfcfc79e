//! A text in the place of the reservations that holds none: passed over, and told apart, so that an error can say what it is.

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
    let kind = match seen.trim_ascii_end() {
        b"" | b"null" => ResultKind::Nothing,
        _ if looks_like_ciphertext(seen) => ResultKind::Ciphertext,
        _ => ResultKind::Text,
    };
    loop {
        text.consume(text.rest().len());
        if !text.fill(fill)? {
            return Ok(kind);
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
