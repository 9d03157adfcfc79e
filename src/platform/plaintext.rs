//! Ciphertext in, plaintext out, piece by piece: Base64 → AES → bytes in constant memory.
//!
//! An answer may be plain, too (failures are; a test environment's successes may be): the first byte tells. A byte-order
//! mark may precede either, and before the text that was encrypted.

use std::io::Read;

use crate::platform::base64_text::decode_base64;
use crate::platform::cipher::{BLOCK_BYTES, Cipher, CipherError, unpadded_length};
use crate::platform::error::AnswerError;
use crate::wording::{Message, Spoken, display_in_english, message};

/// Bytes read at a time: large enough that the system calls do not matter, small enough for the processor's cache.
const CHUNK_BYTES: u64 = 256 * 1024;

/// With which some programs begin a text in UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Why the stream broke off: the answer's fault, or the file's.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error(transparent)]
    Answer(#[from] AnswerError),
    Io(#[from] std::io::Error),
}

impl Spoken for ReadError {
    fn message(&self) -> Message {
        match self {
            ReadError::Answer(error) => error.message(),
            ReadError::Io(_) => message!("TJ-2161"),
        }
    }
}

display_in_english!(ReadError);

/// How the body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Unknown,
    Encrypted,
    Plain,
}

/// A body, decrypted as it is read.
pub struct Plaintext<R> {
    source: R,
    cipher: Cipher,
    form: Form,
    is_exhausted: bool,
    /// Nothing has been decrypted yet.
    is_at_start: bool,
    /// Base64 text that does not make a group of four yet.
    text: Vec<u8>,
    /// Ciphertext that waits: the last whole block, which may be padding, or less than a block.
    held: Vec<u8>,
}

impl<R: Read> Plaintext<R> {
    /// Reads nothing yet.
    pub fn new(source: R, cipher: Cipher) -> Plaintext<R> {
        let (text, held) = (Vec::new(), Vec::new());
        Plaintext { source, cipher, form: Form::Unknown, is_exhausted: false, is_at_start: true, text, held }
    }

    pub(super) fn cipher(&self) -> &Cipher {
        &self.cipher
    }

    /// Whether the body turned out to be ciphertext. Meaningful once something was read.
    pub fn is_encrypted(&self) -> bool {
        self.form == Form::Encrypted
    }

    /// Whether everything has been read.
    pub fn is_exhausted(&self) -> bool {
        self.is_exhausted
    }

    /// Appends the next piece of plaintext to `buffer`. `false`: there is no more.
    pub fn read_into(&mut self, buffer: &mut Vec<u8>) -> Result<bool, ReadError> {
        if self.is_exhausted {
            return Ok(false);
        }
        // Into memory that is not cleared first: an answer to a callback has a hundred bytes, and there may be a million.
        let length = self.source.by_ref().take(CHUNK_BYTES).read_to_end(&mut self.text)?;
        self.is_exhausted = (length as u64) < CHUNK_BYTES;
        if self.form == Form::Unknown {
            self.form = form_of(&mut self.text)?;
        }
        match self.form {
            Form::Plain => buffer.append(&mut self.text),
            Form::Encrypted => self.decrypt_into(buffer)?,
            Form::Unknown if self.is_exhausted => return Err(AnswerError::Empty.into()),
            Form::Unknown => {}
        }
        Ok(!self.is_exhausted || !buffer.is_empty())
    }

    fn decrypt_into(&mut self, buffer: &mut Vec<u8>) -> Result<(), AnswerError> {
        // Decoded and decrypted where it is wanted: a delivery has hundreds of megabytes.
        let start = buffer.len();
        buffer.append(&mut self.held);
        decode_base64(&mut self.text, self.is_exhausted, buffer);
        let length = buffer.len() - start;
        if self.is_exhausted {
            if !length.is_multiple_of(BLOCK_BYTES) {
                return Err(AnswerError::Cipher(CipherError::Length));
            }
            self.cipher.decrypt_blocks(&mut buffer[start..]);
            let length = unpadded_length(&buffer[start..]).map_err(AnswerError::Cipher)?;
            buffer.truncate(start + length);
        } else {
            let end = start + length.saturating_sub(1) / BLOCK_BYTES * BLOCK_BYTES;
            self.held.extend_from_slice(&buffer[end..]);
            buffer.truncate(end);
            self.cipher.decrypt_blocks(&mut buffer[start..]);
        }
        if self.is_at_start && buffer.len() > start {
            self.is_at_start = false;
            if buffer[start..].starts_with(BYTE_ORDER_MARK) {
                buffer.drain(start..start + BYTE_ORDER_MARK.len());
            }
        }
        Ok(())
    }
}

/// Decides the form by the first visible byte; what precedes it is removed. Base64 text cannot begin with a bracket.
fn form_of(text: &mut Vec<u8>) -> Result<Form, AnswerError> {
    let is_visible = |byte: &u8| !byte.is_ascii_whitespace() && !BYTE_ORDER_MARK.contains(byte);
    let first = text.iter().position(is_visible);
    text.drain(..first.unwrap_or(text.len()));
    match text.first() {
        None => Ok(Form::Unknown),
        Some(b'{' | b'[') => Ok(Form::Plain),
        Some(b'<') => Err(AnswerError::Html),
        Some(_) => Ok(Form::Encrypted),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out a few bytes at a time, as a slow disk or a network would.
    struct Trickle<'a>(&'a [u8], usize);

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let length = self.1.min(self.0.len()).min(buffer.len());
            buffer[..length].copy_from_slice(&self.0[..length]);
            self.0 = &self.0[length..];
            Ok(length)
        }
    }

    fn read_all(body: &[u8], step: usize) -> Result<Vec<u8>, AnswerError> {
        let mut plaintext = Plaintext::new(Trickle(body, step), Cipher::new("0123456789abcdef").unwrap());
        let mut bytes = Vec::new();
        loop {
            match plaintext.read_into(&mut bytes) {
                Ok(_) if plaintext.is_exhausted => return Ok(bytes),
                Ok(_) => {}
                Err(ReadError::Answer(error)) => return Err(error),
                Err(ReadError::Io(error)) => panic!("{error}"),
            }
        }
    }

    #[test]
    fn any_cut_of_the_stream_gives_the_same_plaintext() {
        let cipher = Cipher::new("0123456789abcdef").unwrap();
        // The longest takes several pieces.
        for length in [0, 1, 15, 16, 17, 1000, 600_000] {
            let plain = vec![b'7'; length];
            let body = cipher.encrypt(&plain);
            for step in [1, 3, 5, 64, 100_000] {
                assert_eq!(read_all(body.as_bytes(), step).unwrap(), plain, "length {length}, step {step}");
            }
        }
    }

    #[test]
    fn line_breaks_may_stand_anywhere() {
        let cipher = Cipher::new("0123456789abcdef").unwrap();
        let body = cipher.encrypt("体检".repeat(40).as_bytes());
        let broken: Vec<u8> = body
            .bytes()
            .enumerate()
            .flat_map(|(at, byte)| if at % 5 == 0 { vec![b'\r', b'\n', byte] } else { vec![byte] })
            .collect();
        assert_eq!(read_all(&broken, 7).unwrap(), "体检".repeat(40).as_bytes());
    }

    #[test]
    fn ciphertext_is_read_whatever_stands_around_and_between_it() {
        let cipher = Cipher::new("0123456789abcdef").unwrap();
        for length in [5, 20, 50_000] {
            let plain = "体检>?".repeat(length);
            let body = cipher.encrypt(plain.as_bytes());
            let url_safe = body.replace('+', "-").replace('/', "_");
            for form in [
                format!("\"{body}\""),
                format!("\u{feff}\"{body}\"\n"),
                format!("\"{}\"", body.replace('/', "\\/").replace('=', "\\u003d")),
                url_safe.trim_end_matches('=').to_owned(),
                body.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D"),
            ] {
                for step in [1000, 100_000] {
                    assert!(read_all(form.as_bytes(), step).unwrap() == plain.as_bytes(), "{length}, step {step}");
                }
            }
        }
    }

    #[test]
    fn a_byte_order_mark_before_a_text_is_not_part_of_it() {
        let cipher = Cipher::new("0123456789abcdef").unwrap();
        for (text, read) in [
            ("\u{feff}{}", "{}"),
            // Only the first one.
            ("{\u{feff}}", "{\u{feff}}"),
            ("\u{feff}", ""),
        ] {
            assert_eq!(read_all(cipher.encrypt(text.as_bytes()).as_bytes(), 5).unwrap(), read.as_bytes());
        }
        for step in [1, 2, 100] {
            assert_eq!(read_all("\u{feff} \u{feff}{\u{feff}}".as_bytes(), step).unwrap(), "{\u{feff}}".as_bytes());
        }
        // The next pieces may begin as they like: the first one gives all its blocks but the last.
        let first_piece = CHUNK_BYTES as usize / 4 * 3 - BLOCK_BYTES;
        let long = format!("{}\u{feff}{{}}", "x".repeat(first_piece));
        assert!(read_all(cipher.encrypt(long.as_bytes()).as_bytes(), 1000).unwrap() == long.as_bytes());
        // A piece without a letter is not the beginning.
        let late = format!("\"{}{}\"", " ".repeat(CHUNK_BYTES as usize), cipher.encrypt("\u{feff}{}".as_bytes()));
        assert_eq!(read_all(late.as_bytes(), 1000).unwrap(), b"{}");
    }

    #[test]
    fn blanks_before_an_answer_take_no_memory() {
        let mut plaintext = Plaintext::new(std::io::repeat(b' '), Cipher::new("0123456789abcdef").unwrap());
        for _ in 0..4 {
            assert!(plaintext.read_into(&mut Vec::new()).unwrap());
            assert!(plaintext.text.is_empty());
        }
    }

    #[test]
    fn plain_text_web_pages_and_nothing_are_told_apart() {
        assert_eq!(read_all(b" {\"code\":500}", 4).unwrap(), b"{\"code\":500}");
        assert_eq!(read_all(b"[1] ", 4).unwrap(), b"[1] ");
        assert_eq!(read_all(b"<html>", 4).unwrap_err(), AnswerError::Html);
        assert_eq!(read_all("\u{feff}\r\n<html>".as_bytes(), 4).unwrap_err(), AnswerError::Html);
        assert_eq!(read_all(b" \r\n", 4).unwrap_err(), AnswerError::Empty);
        assert_eq!(read_all(b"", 4).unwrap_err(), AnswerError::Empty);
    }

    #[test]
    fn a_cut_off_body_is_an_error() {
        let body = Cipher::new("0123456789abcdef").unwrap().encrypt(&[b'7'; 100]);
        // Without what only pads, nothing is missing.
        for length in 1..body.trim_end_matches('=').len() {
            let expected = match length {
                1 => CipherError::Length,
                // (One letter of the last four makes no byte.)
                _ if (length * 3 / 4).is_multiple_of(BLOCK_BYTES) => CipherError::Padding,
                _ => CipherError::Length,
            };
            let error = read_all(&body.as_bytes()[..length], 1000).unwrap_err();
            assert_eq!(error, AnswerError::Cipher(expected), "{length} bytes");
        }
    }

    fn plaintext_of(body: &[u8]) -> Plaintext<&[u8]> {
        Plaintext::new(body, Cipher::new("0123456789abcdef").unwrap())
    }

    #[test]
    fn a_long_body_comes_in_pieces_that_do_not_grow_with_it() {
        let plain = format!("{{{}}}", "体检预约".repeat(100_000));
        let encrypted = Cipher::new("0123456789abcdef").unwrap().encrypt(plain.as_bytes());
        // As MIME breaks lines: no piece of the stream holds whole groups of four.
        let lines: Vec<&[u8]> = encrypted.as_bytes().chunks(76).collect();
        for body in [plain.as_bytes(), encrypted.as_bytes(), &lines.join(&b"\r\n"[..])] {
            let mut plaintext = plaintext_of(body);
            let (mut whole, mut pieces) = (Vec::new(), 0);
            while !plaintext.is_exhausted() {
                // What is appended to stays as it is.
                let mut piece = b"before".to_vec();
                assert!(plaintext.read_into(&mut piece).unwrap());
                let piece = piece.strip_prefix(b"before").unwrap();
                assert!(plaintext.is_exhausted() || (150_000..300_000).contains(&piece.len()), "{}", piece.len());
                whole.extend_from_slice(piece);
                pieces += 1;
            }
            assert!(whole == plain.as_bytes(), "it is the same text");
            assert!(pieces > 4);
            assert_eq!(plaintext.is_encrypted(), body != plain.as_bytes());
        }
    }

    #[test]
    fn there_is_more_until_the_last_piece_has_been_read() {
        let mut bytes = Vec::new();
        let mut plain = plaintext_of(b"{}");
        assert!(plain.read_into(&mut bytes).unwrap() && plain.is_exhausted());
        assert!(!plain.read_into(&mut bytes).unwrap());
        assert_eq!(bytes, b"{}");

        let nothing = Cipher::new("0123456789abcdef").unwrap().encrypt(b"");
        bytes.clear();
        assert!(!plaintext_of(nothing.as_bytes()).read_into(&mut bytes).unwrap(), "the text is empty");

        // A piece of blanks says nothing yet, not even that the body is empty.
        let blanks = [&[b' '; CHUNK_BYTES as usize][..], b"{}"].concat();
        let mut late = plaintext_of(&blanks);
        while late.read_into(&mut bytes).unwrap() {}
        assert_eq!(bytes.trim_ascii(), b"{}");
        assert!(!late.is_encrypted());
    }
}
