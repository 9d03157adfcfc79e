//! The way from the envelope down to the reservations, along the names of `result_path`, and back.
//!
//! The stream is read once: anything beside the path is skipped, and only noted where it looks like reservations.

use std::ops::Range;

use serde_json::value::RawValue;

use crate::platform::error::AnswerError;
use crate::platform::members::{MEMBER_BYTES_MAX, json, next_name};
use crate::platform::passing_look::PassingLook;
use crate::platform::plaintext::ReadError;
use crate::platform::scan::{Window, scan_value_within, skip_value, skip_value_seen, skip_white_space};
use crate::platform::whereabouts::{Likeness, ObjectKind, Whereabouts, is_serial_number, judge_object};

/// The value at the end of the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// An array, whose bracket is consumed. It may also come before the end: then the platform has left the wrapper out.
    Array,
    /// One record, not consumed, where an array is meant.
    Record,
    /// Null, or an object without members.
    Nothing,
    /// An object on the way, without the member that leads on.
    Missing,
    /// An object that is no record.
    Object,
    /// A text, not consumed.
    Text,
    /// A number or a boolean.
    Scalar,
}

/// Follows the names of `path` from the value at the front, to which the first `level` of them lead. Returns how many
/// have led somewhere: as many objects, less one, are open.
pub(super) fn descend<S>(
    window: &mut Window<S>,
    fill: &mut impl FnMut(&mut Window<S>) -> Result<bool, ReadError>,
    path: &[String],
    mut level: usize,
    whereabouts: &mut Whereabouts,
) -> Result<(usize, Place), ReadError> {
    loop {
        let first = skip_white_space(window, fill)?.ok_or(AnswerError::Truncated)?;
        let place = match first {
            b'[' => {
                window.consume(1);
                Place::Array
            }
            b'"' => Place::Text,
            b'{' if level < path.len() => {
                window.consume(1);
                match find_member(window, fill, path, level, whereabouts)? {
                    Some(place) => place,
                    None => {
                        level += 1;
                        continue;
                    }
                }
            }
            b'{' => read_object(window, fill, path, whereabouts)?,
            _ => match skip_member(window, fill, path, whereabouts)?.map(RawValue::get) {
                Some("null") => Place::Nothing,
                _ => Place::Scalar,
            },
        };
        return Ok((level, place));
    }
}

/// Closes the objects that are open around the reservations, the innermost first.
pub(super) fn ascend<S>(
    window: &mut Window<S>,
    fill: &mut impl FnMut(&mut Window<S>) -> Result<bool, ReadError>,
    path: &[String],
    levels: Range<usize>,
    whereabouts: &mut Whereabouts,
) -> Result<(), ReadError> {
    for level in levels.rev() {
        let mut is_first = false;
        while let Some(name) = next_name(window, fill, &mut is_first)? {
            if name == path[level] {
                return Err(AnswerError::Result("there twice").into());
            }
            skip_member(window, fill, &below(path, level, &name), whereabouts)?;
        }
    }
    Ok(())
}

/// Passes over the value of a member, to which `names` lead; hands it out if it is short.
pub(super) fn skip_member<'w, S>(
    window: &'w mut Window<S>,
    fill: &mut impl FnMut(&mut Window<S>) -> Result<bool, ReadError>,
    names: &[String],
    whereabouts: &mut Whereabouts,
) -> Result<Option<&'w RawValue>, ReadError> {
    match scan_value_within(window, fill, MEMBER_BYTES_MAX)? {
        Some(length) => {
            let value = window.take(length);
            whereabouts.look_into(names, value);
            Ok(Some(json(value)?))
        }
        None => {
            whereabouts.look_into(names, window.rest());
            let is_list = matches!(window.front(), Some(b'{' | b'['));
            let mut look = PassingLook::default();
            skip_value_seen(window, fill, &mut |piece| look.see(piece))?;
            for (is_seen, likeness) in [
                // Behind what was in memory there may be any; a text of words has its beginning there.
                (is_list, Likeness::Objects),
                (look.has_opaque, Likeness::Opaque),
                (look.has_serial_number, Likeness::Reservations),
            ] {
                if is_seen {
                    whereabouts.note(likeness, names);
                }
            }
            Ok(None)
        }
    }
}

/// The names that lead to a member of the object at this level.
pub(super) fn below(path: &[String], level: usize, name: &str) -> Vec<String> {
    path[..level].iter().cloned().chain([name.to_owned()]).collect()
}

/// Looks for the path's next member in the object whose brace is consumed. What there is instead,
/// if it is not there; the object is then closed.
fn find_member<S>(
    window: &mut Window<S>,
    fill: &mut impl FnMut(&mut Window<S>) -> Result<bool, ReadError>,
    path: &[String],
    level: usize,
    whereabouts: &mut Whereabouts,
) -> Result<Option<Place>, ReadError> {
    let mut is_first = true;
    while let Some(name) = next_name(window, fill, &mut is_first)? {
        if name == path[level] {
            return Ok(None);
        }
        if is_serial_number(&name) {
            whereabouts.note(Likeness::Reservations, &path[..level]);
        }
        skip_member(window, fill, &below(path, level, &name), whereabouts)?;
    }
    Ok(Some(if is_first { Place::Nothing } else { Place::Missing }))
}

/// An object where an array is meant: one record, nothing, or a wrapper, which is passed over.
fn read_object<S>(
    window: &mut Window<S>,
    fill: &mut impl FnMut(&mut Window<S>) -> Result<bool, ReadError>,
    path: &[String],
    whereabouts: &mut Whereabouts,
) -> Result<Place, ReadError> {
    let short = scan_value_within(window, fill, MEMBER_BYTES_MAX)?;
    let object = &window.rest()[..short.unwrap_or(window.rest().len())];
    match (judge_object(object, path, whereabouts), short) {
        (ObjectKind::Record, _) => Ok(Place::Record),
        (kind, Some(length)) => {
            json(window.take(length))?;
            Ok(if kind == ObjectKind::Empty { Place::Nothing } else { Place::Object })
        }
        (_, None) => {
            skip_value(window, fill)?;
            Ok(Place::Object)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is noted of a member that arrives in pieces, and whether it is handed out; no more of it is ever in memory than has
    /// to be.
    fn passed_over(value: &str) -> (Whereabouts, bool) {
        let text = format!("{value},");
        let mut pieces = text.as_bytes().chunks(4_096);
        let mut most = 0;
        let mut fill = |window: &mut Window<()>| {
            window.bytes.extend_from_slice(pieces.next().unwrap_or_default());
            most = most.max(window.bytes.len());
            Ok(pieces.len() > 0)
        };
        let (mut window, mut whereabouts) = (Window::new(()), Whereabouts::default());
        let names = ["data".to_owned()];
        let is_handed_out = skip_member(&mut window, &mut fill, &names, &mut whereabouts).unwrap().is_some();
        let next = skip_white_space(&mut window, &mut fill).unwrap();
        assert_eq!(next, Some(b','), "it is left behind whole");
        assert!(most <= MEMBER_BYTES_MAX + 2 * 4_096, "{most} bytes");
        (whereabouts, is_handed_out)
    }

    #[test]
    fn a_member_is_looked_through_to_its_end_however_long_it_is() {
        let (words, letters) = ("words, ".repeat(10_000), "letters/".repeat(10_000));
        let (objects, opaque, reservations) =
            (Some(Likeness::Objects), Some(Likeness::Opaque), Some(Likeness::Reservations));
        for (value, likeness) in [
            (format!("\"{words}\""), None),
            (format!("\"[{words}]\""), None),
            (format!("{{\"a\":\"{words}\"}}"), objects),
            (format!("[\"{words}\"]"), objects),
            (format!("\"{letters}\""), opaque),
            (format!("\"{words}{letters}\""), opaque),
            (format!("[1,[\"{letters}\"]]"), opaque),
            (format!("{{\"a\":\"{words}\",\"serialNumber\":1}}"), reservations),
            (format!(r#""[\"{words}\",{{\"serial_number\":1}}]""#), reservations),
            (format!(r#"["{letters}",{{"serialNumber":1}}]"#), reservations),
        ] {
            let (whereabouts, is_handed_out) = passed_over(&value);
            assert_eq!((whereabouts.likeness(), is_handed_out), (likeness, false), "{value:.40}");
            assert!(likeness.is_none() || whereabouts.path().as_deref() == Some("data"), "{value:.40}");
        }
    }

    #[test]
    fn a_member_of_just_what_is_kept_is_handed_out() {
        for (bytes, expected) in [(MEMBER_BYTES_MAX, true), (MEMBER_BYTES_MAX + 1, false)] {
            let (_, is_handed_out) = passed_over(&format!("\"{}\"", "x".repeat(bytes - 2)));
            assert_eq!(is_handed_out, expected, "{bytes}");
        }
    }
}
