//! Finds where reservations seem to be in an answer that lacks them in the expected place, so that an error can name it.
//!
//! Judges by names of members alone, and by no more of a value than is in memory: a value may be cut off anywhere.

use crate::platform::base64_text::looks_like_ciphertext;
use crate::platform::cipher::Cipher;
use crate::platform::error::AnswerError;
use crate::platform::members::{MEMBER_BYTES_MAX, json, next_name, unescape_piece};
use crate::platform::passing_look::PassingLook;
use crate::platform::plaintext::ReadError;
use crate::platform::scan::{Window, scan_value, skip_white_space};
use crate::reservation::Field;

/// Wrappers inside of wrappers that are looked into, texts included.
const DEPTH_MAX: usize = 4;

/// Longest name of a member that a message repeats.
const NAME_BYTES_MAX: usize = 32;

/// What an array or an object is likely to contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// An array without elements, inside of an object.
    EmptyArray,
    /// An array of objects, or of what may be some; anything that is nested too deeply, or cannot be read.
    Objects,
    /// A member whose content is unknown: it is long, and encrypted or packed.
    Opaque,
    /// An array in which there is a serial number, or one object with it.
    Reservations,
}

/// The likeliest place of reservations so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Whereabouts {
    place: Option<(Likeness, Vec<String>)>,
    /// Whether a member is likely to be ciphertext.
    pub has_ciphertext: bool,
    /// The longest that is, of those that are short enough to be kept, and the names that lead there.
    ciphertext: Option<(Vec<String>, Vec<u8>)>,
}

impl Whereabouts {
    /// What the value looks like, if it may hold reservations.
    pub fn likeness(&self) -> Option<Likeness> {
        self.place.as_ref().map(|(likeness, _)| *likeness)
    }

    /// Why an envelope has no readable code.
    pub(super) fn missing_code(&self) -> AnswerError {
        if self.has_ciphertext { AnswerError::Ciphertext } else { AnswerError::Code }
    }

    fn note_ciphertext(&mut self, names: &[String], text: &[u8]) {
        if !looks_like_ciphertext(text) {
            return;
        }
        self.has_ciphertext = true;
        let longest = self.ciphertext.as_ref().map_or(0, |(_, known)| known.len());
        if (longest + 1..=MEMBER_BYTES_MAX).contains(&text.len()) {
            self.ciphertext = Some((names.to_vec(), text.to_vec()));
        }
    }

    /// Looks into what is likely to be ciphertext. If our key opens it and objects are in it, it may hold reservations; a key or a
    /// checksum it does not open.
    pub(super) fn look_into_ciphertext(&mut self, cipher: &Cipher) {
        let Some((names, text)) = self.ciphertext.take() else { return };
        let mut inside = Whereabouts::default();
        if let Ok(plaintext) = cipher.decrypt(&text) {
            inside.look_into(&names, &plaintext);
        }
        if inside.likeness() >= Some(Likeness::Objects) {
            self.note(Likeness::Opaque, &names);
        }
    }

    /// The names of the members that lead there, with points between them. `None` if one of them is not surely a name: it might
    /// be a person's data.
    pub fn path(&self) -> Option<String> {
        let (_, names) = self.place.as_ref()?;
        let is_plain = |name: &String| {
            name.len() <= NAME_BYTES_MAX
                && name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        names.iter().all(is_plain).then(|| names.join("."))
    }

    /// Looks into the value of a member, to which `names` lead.
    pub(super) fn look_into(&mut self, names: &[String], value: &[u8]) {
        self.look(&mut names.to_vec(), value, DEPTH_MAX);
    }

    /// Remembers what is at `names`, if nothing likelier is known.
    pub(super) fn note(&mut self, likeness: Likeness, names: &[String]) {
        if self.likeness().is_none_or(|known| known < likeness) {
            self.place = Some((likeness, names.to_vec()));
        }
    }

    /// What is nested too deeply, or cannot be read, may hold anything, so it is noted.
    fn look(&mut self, names: &mut Vec<String>, value: &[u8], depth: usize) {
        let value = value.trim_ascii_start();
        match value.first() {
            Some(b'[') => match self.array_likeness(names, value, depth) {
                // Beside the reservations' own member, many things may be empty.
                Some(Likeness::EmptyArray) if names.len() < 2 => {}
                Some(likeness) => self.note(likeness, names),
                None => {}
            },
            Some(b'{') => {
                let members = members(value);
                if members.iter().any(|(name, _)| is_serial_number(name)) {
                    self.note(Likeness::Reservations, names);
                }
                if depth == 0 && !members.is_empty() {
                    self.note(deep_likeness(value), names);
                    return;
                }
                for (name, value) in members {
                    names.push(name);
                    self.look(names, &value, depth - 1);
                    names.pop();
                }
            }
            Some(b'"') => match unescape_text(value) {
                Some(text) => {
                    let is_signature = names.last().is_some_and(|name| name.to_ascii_lowercase().starts_with("sign"));
                    if !is_signature {
                        self.note_ciphertext(names, &text);
                    }
                    // A text in a text is shorter than that: there is an end to it without counting.
                    self.look(names, &text, depth.saturating_sub(1));
                }
                None => self.note(Likeness::Objects, names),
            },
            _ => {}
        }
    }

    /// Judges the array at `names` by its likeliest element.
    fn array_likeness(&mut self, names: &mut Vec<String>, array: &[u8], depth: usize) -> Option<Likeness> {
        let elements = elements(array);
        if elements.is_empty() {
            return Some(Likeness::EmptyArray);
        }
        elements.iter().filter_map(|element| self.element_likeness(names, element, depth)).max()
    }

    fn element_likeness(&mut self, names: &mut Vec<String>, element: &[u8], depth: usize) -> Option<Likeness> {
        match element.first()? {
            b'{' | b'[' if depth == 0 => Some(deep_likeness(element)),
            b'{' | b'[' => {
                let mut inside = Whereabouts::default();
                inside.look(names, element, depth - 1);
                self.has_ciphertext |= inside.has_ciphertext;
                if let Some((_, text)) = &inside.ciphertext {
                    self.note_ciphertext(names, text);
                }
                inside.likeness().max(Some(Likeness::Objects))
            }
            b'"' => match unescape_text(element) {
                Some(text) => {
                    self.note_ciphertext(names, &text);
                    self.text_likeness(names, text.trim_ascii(), depth)
                }
                None => Some(Likeness::Objects),
            },
            b'n' => Some(Likeness::Objects),
            // Numbers and booleans.
            _ => None,
        }
    }

    /// A text counts by what is inside of it: words are nothing.
    fn text_likeness(&mut self, names: &mut Vec<String>, text: &[u8], depth: usize) -> Option<Likeness> {
        match text.first()? {
            b'{' | b'[' | b'"' if json(text).is_ok() => self.element_likeness(names, text, depth.saturating_sub(1)),
            _ => PassingLook::at(text).has_serial_number.then_some(Likeness::Reservations),
        }
    }
}

/// A value that is nested too deeply to look into its members.
fn deep_likeness(value: &[u8]) -> Likeness {
    if PassingLook::at(value).has_serial_number { Likeness::Reservations } else { Likeness::Objects }
}

/// The kind of an object that is in the place of an array of reservations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ObjectKind {
    /// It has no member, or none that can be seen.
    Empty,
    /// One reservation, well or badly written.
    Record,
    /// Anything else. What of it may hold reservations is noted.
    Other,
}

/// Judges an object by as much of it as is in memory; `names` lead to it.
pub(super) fn judge_object(object: &[u8], names: &[String], whereabouts: &mut Whereabouts) -> ObjectKind {
    let members = members(object);
    if members.is_empty() {
        return ObjectKind::Empty;
    }
    if members.iter().any(|(name, _)| is_serial_number(name)) {
        return ObjectKind::Record;
    }
    // A wrapper may have a hospitalCode of its own; what has reservations in it is none.
    let mut inside = Whereabouts::default();
    inside.look_into(names, object);
    if let Some((likeness, names)) = inside.place {
        whereabouts.note(likeness, &names);
        return ObjectKind::Other;
    }
    let has = |field: &&Field| members.iter().any(|(name, _)| is_same(field.name(), name));
    let is_field = |(name, _): &(String, Vec<u8>)| Field::ALL.iter().any(|field| is_same(field.name(), name));
    // One name of ours among others is no sign: an answer's own requestId is in a wrapper without reservations, too.
    if Field::ALL.iter().filter(has).count() > 1 || members.iter().all(is_field) {
        ObjectKind::Record
    } else {
        ObjectKind::Other
    }
}

/// Whether the member is the one by which every reservation is known.
pub(super) fn is_serial_number(name: &str) -> bool {
    is_same(Field::SerialNumber.name(), name)
}

/// Another serialiser may write serial_number or SerialNumber.
fn is_same(field: &str, name: &str) -> bool {
    let letters = name.bytes().filter(|byte| *byte != b'_').map(|byte| byte.to_ascii_lowercase());
    letters.eq(field.bytes().map(|byte| byte.to_ascii_lowercase()))
}

/// The members of an object with as much of their values as there is. What is cut off or broken ends them.
fn members(object: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut window = Window::over(&object[1..]);
    let (mut members, mut is_first) = (Vec::new(), true);
    while let Ok(Some(name)) = next_name(&mut window, &mut nothing_more, &mut is_first) {
        // Cut off or not, what is there of it is looked at.
        let length = scan_value(&mut window, &mut nothing_more, usize::MAX).unwrap_or(window.rest().len());
        members.push((name, window.take(length).to_vec()));
    }
    members
}

/// The elements of an array, the last one with as much of it as there is. What is broken ends them.
fn elements(array: &[u8]) -> Vec<Vec<u8>> {
    let mut window = Window::over(&array[1..]);
    let mut elements = Vec::new();
    while let Ok(Some(first)) = skip_white_space(&mut window, &mut nothing_more) {
        match first {
            b']' => break,
            b',' => window.consume(1),
            _ => {
                let length = scan_value(&mut window, &mut nothing_more, usize::MAX).unwrap_or(window.rest().len());
                elements.push(window.take(length).to_vec());
            }
        }
    }
    elements
}

/// As much of a text as there is, decoded. `None`: it cannot be decoded.
fn unescape_text(text: &[u8]) -> Option<Vec<u8>> {
    let mut window = Window::over(&text[1..]);
    let mut unescaped = Vec::new();
    loop {
        match unescape_piece(&mut window, &mut nothing_more, &mut unescaped) {
            Ok(true) => {}
            Ok(false) | Err(ReadError::Answer(AnswerError::Truncated)) => return Some(unescaped),
            Err(_) => return None,
        }
    }
}

/// For a window that holds all there is.
fn nothing_more(_: &mut Window<()>) -> Result<bool, ReadError> {
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is found in members of these names.
    fn found(members: &[(&[&str], &str)]) -> Whereabouts {
        let mut whereabouts = Whereabouts::default();
        for (names, value) in members {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            whereabouts.look_into(&names, value.as_bytes());
        }
        whereabouts
    }

    #[test]
    fn of_two_that_are_alike_the_first_is_named() {
        let both = found(&[(&["a"], r#"[{"x":1}]"#), (&["b"], r#"[{"x":1}]"#)]);
        assert_eq!((both.likeness(), both.path().as_deref()), (Some(Likeness::Objects), Some("a")));
        let likelier = found(&[(&["a"], r#"[{"x":1}]"#), (&["b"], r#"[{"serialNumber":1}]"#)]);
        assert_eq!((likelier.likeness(), likelier.path().as_deref()), (Some(Likeness::Reservations), Some("b")));
    }

    #[test]
    fn an_empty_array_counts_within_a_wrapper_only() {
        assert_eq!(found(&[(&["errors"], "[]")]).likeness(), None);
        let within = found(&[(&["data"], r#"{"list":[]}"#)]);
        assert_eq!((within.likeness(), within.path().as_deref()), (Some(Likeness::EmptyArray), Some("data.list")));
    }

    #[test]
    fn arrays_are_followed_as_deep_as_anything_else() {
        let nested = |arrays: usize| {
            let value = format!("{}{{\"serialNumber\":1}}{}", "[".repeat(arrays), "]".repeat(arrays));
            found(&[(&["a"], value.as_str())]).likeness()
        };
        assert_eq!(nested(DEPTH_MAX), Some(Likeness::Reservations));
        assert_eq!(nested(DEPTH_MAX + 1), Some(Likeness::Reservations), "what lies deeper is looked through");
        let deeper = format!("{}1{}", "[".repeat(DEPTH_MAX + 2), "]".repeat(DEPTH_MAX + 2));
        assert_eq!(found(&[(&["a"], &deeper)]).likeness(), Some(Likeness::Objects));
    }

    #[test]
    fn words_in_an_array_count_by_what_is_inside_of_them() {
        let in_array = |elements: &str| {
            let whereabouts = found(&[(&["a"], &format!("[{elements}]"))]);
            (whereabouts.likeness(), whereabouts.has_ciphertext)
        };
        let ciphertext = r#""gjTr0WrhsABWSXZyOgFOSpNddEf79o0P9+EsEyFk82eU""#;
        let (objects, reservations) = (Some(Likeness::Objects), Some(Likeness::Reservations));
        for (elements, likeness) in [
            (r#""x","","null"," no"," [INFO] x","{0} of 1","[1","\"x\"",1,true"#, None),
            (r#""x",null"#, objects),
            (r#""[]""#, objects),
            (r#"1," {\"a\":1} ""#, objects),
            (r#""\"[1]\"""#, objects),
            (r#""\x""#, objects),
            (r#""{\"serialNumber\":1}","x""#, reservations),
            (r#""[[[[[[{\"serialNumber\":1}]]]]]]""#, reservations),
            (r#""{\"serialNumber\":1""#, reservations),
        ] {
            assert_eq!(in_array(elements), (likeness, false), "{elements}");
        }
        // As far down as is looked, and however often.
        for (elements, has_ciphertext) in [
            (ciphertext.to_owned(), true),
            (format!("{ciphertext},{ciphertext}"), true),
            (format!("[{ciphertext}],[{ciphertext}],[]"), true),
            (format!("[[[[{ciphertext}]]]]"), true),
            (format!("[[[[[{ciphertext}]]]]]"), false),
            (format!("\"{}\"", &ciphertext[1..40]), false),
        ] {
            assert_eq!(in_array(&elements).1, has_ciphertext, "{elements}");
        }
    }
}
