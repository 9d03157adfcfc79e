//! The cipher against a Java server's: texts that the JDK encrypted (`tests/fixtures/jdk/EncryptFixtures.java`).
//!
//! Invariant: The cipher is the same as Java's.
//! Held by: AES/ECB/PKCS5Padding by the `aes` and `ecb` crates.

use crate::platform::base64_text::decode_base64;
use crate::platform::cipher::Cipher;

/// Key, one-line ciphertexts, and the reservation's ciphertext with MIME line breaks.
const ENCRYPTED: [(&str, &str, &str); 3] = [
    (
        "fixture-key-16-b",
        include_str!("../../tests/fixtures/jdk/aes128.txt"),
        include_str!("../../tests/fixtures/jdk/aes128.mime.txt"),
    ),
    (
        "fixture-key-of-24-bytes!",
        include_str!("../../tests/fixtures/jdk/aes192.txt"),
        include_str!("../../tests/fixtures/jdk/aes192.mime.txt"),
    ),
    (
        "fixture-key-that-has-32-bytes-ok",
        include_str!("../../tests/fixtures/jdk/aes256.txt"),
        include_str!("../../tests/fixtures/jdk/aes256.mime.txt"),
    ),
];

const RESERVATION: &str = include_str!("../../tests/fixtures/jdk/reservation.json");

/// Name and plaintext, in the order of the lines.
const PLAIN: [(&str, &str); 4] = [
    ("token_request", include_str!("../../tests/fixtures/jdk/token_request.json")),
    ("token_answer", include_str!("../../tests/fixtures/jdk/token_answer.json")),
    ("reservation", RESERVATION),
    ("empty", ""),
];

/// Every key with every text: key, plaintext, the JDK's ciphertext.
fn cases() -> impl Iterator<Item = (Cipher, &'static str, &'static str)> {
    ENCRYPTED.into_iter().flat_map(|(key, lines, _)| {
        assert_eq!(lines.lines().count(), PLAIN.len());
        lines.lines().zip(PLAIN).map(move |(line, (name, plain))| {
            let (named, ciphertext) = line.split_once(' ').unwrap();
            assert_eq!(named, name);
            (Cipher::new(key).unwrap(), plain, ciphertext)
        })
    })
}

#[test]
fn what_the_jdk_encrypts_is_decrypted() {
    for (cipher, plain, ciphertext) in cases() {
        assert_eq!(cipher.decrypt(ciphertext.as_bytes()).unwrap(), plain.as_bytes());
    }
}

#[test]
fn encryption_is_the_jdks_letter_for_letter() {
    for (cipher, plain, ciphertext) in cases() {
        assert_eq!(cipher.encrypt(plain.as_bytes()), ciphertext);
    }
}

#[test]
fn mime_line_breaks_are_read() {
    for (key, _, mime) in ENCRYPTED {
        assert!(mime.lines().count() > 1 && mime.contains("\r\n"), "the fixture has lost its line breaks");
        assert_eq!(Cipher::new(key).unwrap().decrypt(mime.as_bytes()).unwrap(), RESERVATION.as_bytes());
    }
}

/// 89 bytes make 96, 338 make 352, as in the interface document's samples; an empty text makes one block of padding.
#[test]
fn ciphertext_has_the_documents_sizes() {
    for (_, plain, ciphertext) in cases() {
        let mut blocks = Vec::new();
        decode_base64(&mut ciphertext.as_bytes().to_vec(), true, &mut blocks);
        let bytes = blocks.len();
        match plain.len() {
            0 => assert_eq!(bytes, 16),
            89 => assert_eq!(bytes, 96),
            338 => assert_eq!(bytes, 352),
            length => assert_eq!((plain, bytes), (RESERVATION, length / 16 * 16 + 16)),
        }
    }
}
