//! The interface's cipher: `AES/ECB/PKCS5Padding`, key = UTF-8 bytes of the secret text, ciphertext as Base64 text.
//!
//! Bytes in, bytes out. Electronic codebook mode is the platform's choice, not ours: equal blocks stay visible in the
//! ciphertext, and nothing authenticates it. Errors never carry content.

use std::fmt;

use aes::cipher::block_padding::{Padding, Pkcs7};
use aes::cipher::{Array, BlockModeDecrypt, BlockModeEncrypt, KeyInit};
use aes::{Aes128, Aes192, Aes256};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::platform::base64_text::decode_base64;
use crate::wording::{Message, Spoken, display_in_english, message};

/// AES block, in bytes.
pub const BLOCK_BYTES: usize = 16;

/// Why ciphertext could not be made readable. The messages name sizes at most, never content.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
pub enum CipherError {
    KeyLength(usize),
    Length,
    Padding,
}

impl Spoken for CipherError {
    fn message(&self) -> Message {
        match self {
            CipherError::KeyLength(bytes) => message!("TJ-2151", bytes),
            CipherError::Length => message!("TJ-2152"),
            CipherError::Padding => message!("TJ-2153"),
        }
    }
}

display_in_english!(CipherError);

/// The key schedules for both directions. Wiped when dropped.
#[derive(Clone)]
enum Schedule {
    Aes128(ecb::Encryptor<Aes128>, ecb::Decryptor<Aes128>),
    Aes192(ecb::Encryptor<Aes192>, ecb::Decryptor<Aes192>),
    Aes256(ecb::Encryptor<Aes256>, ecb::Decryptor<Aes256>),
}

/// The cipher under one hospital's key.
#[derive(Clone)]
pub struct Cipher {
    schedule: Box<Schedule>,
}

/// Shows nothing of the key.
impl fmt::Debug for Cipher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Cipher(..)")
    }
}

impl Cipher {
    /// Takes the secret text as the platform hands it out; its UTF-8 bytes are the key.
    pub fn new(key: &str) -> Result<Cipher, CipherError> {
        let key = key.as_bytes();
        let length_error = |_| CipherError::KeyLength(key.len());
        let schedule = match key.len() {
            16 => Schedule::Aes128(
                ecb::Encryptor::new_from_slice(key).map_err(length_error)?,
                ecb::Decryptor::new_from_slice(key).map_err(length_error)?,
            ),
            24 => Schedule::Aes192(
                ecb::Encryptor::new_from_slice(key).map_err(length_error)?,
                ecb::Decryptor::new_from_slice(key).map_err(length_error)?,
            ),
            32 => Schedule::Aes256(
                ecb::Encryptor::new_from_slice(key).map_err(length_error)?,
                ecb::Decryptor::new_from_slice(key).map_err(length_error)?,
            ),
            length => return Err(CipherError::KeyLength(length)),
        };
        Ok(Cipher { schedule: Box::new(schedule) })
    }

    /// Pads and encrypts a whole text, as Base64 on one line.
    pub fn encrypt(&self, plaintext: &[u8]) -> String {
        let mut blocks = Vec::with_capacity(plaintext.len() + BLOCK_BYTES);
        blocks.extend_from_slice(plaintext);
        pad(&mut blocks);
        self.encrypt_blocks(&mut blocks);
        STANDARD.encode(blocks)
    }

    /// Decodes and decrypts a whole text. What is no Base64 in it is left out, as the reference code does.
    pub fn decrypt(&self, text: &[u8]) -> Result<Vec<u8>, CipherError> {
        let mut blocks = Vec::new();
        decode_base64(&mut text.to_vec(), true, &mut blocks);
        if !blocks.len().is_multiple_of(BLOCK_BYTES) {
            return Err(CipherError::Length);
        }
        self.decrypt_blocks(&mut blocks);
        let length = unpadded_length(&blocks)?;
        blocks.truncate(length);
        Ok(blocks)
    }

    /// Encrypts whole blocks in place. Bytes beyond the last whole block stay as they are.
    pub fn encrypt_blocks(&self, bytes: &mut [u8]) {
        let (blocks, _) = Array::slice_as_chunks_mut(bytes);
        match &*self.schedule {
            Schedule::Aes128(encryptor, _) => encryptor.clone().encrypt_blocks(blocks),
            Schedule::Aes192(encryptor, _) => encryptor.clone().encrypt_blocks(blocks),
            Schedule::Aes256(encryptor, _) => encryptor.clone().encrypt_blocks(blocks),
        }
    }

    /// Decrypts whole blocks in place. Bytes beyond the last whole block stay as they are.
    pub fn decrypt_blocks(&self, bytes: &mut [u8]) {
        let (blocks, _) = Array::slice_as_chunks_mut(bytes);
        match &*self.schedule {
            Schedule::Aes128(_, decryptor) => decryptor.clone().decrypt_blocks(blocks),
            Schedule::Aes192(_, decryptor) => decryptor.clone().decrypt_blocks(blocks),
            Schedule::Aes256(_, decryptor) => decryptor.clone().decrypt_blocks(blocks),
        }
    }
}

/// Appends the padding that makes whole blocks of `bytes`: 1 to 16 bytes, each saying how many there are.
pub fn pad(bytes: &mut Vec<u8>) {
    let missing = BLOCK_BYTES - bytes.len() % BLOCK_BYTES;
    bytes.resize(bytes.len() + missing, missing as u8);
}

/// Length of decrypted `blocks` without their padding. There is at least one: an empty text is a block of padding.
pub fn unpadded_length(blocks: &[u8]) -> Result<usize, CipherError> {
    let start = blocks.len().checked_sub(BLOCK_BYTES).ok_or(CipherError::Length)?;
    let last = Pkcs7::raw_unpad(&blocks[start..]).map_err(|_| CipherError::Padding)?;
    Ok(start + last.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compiles only where the features that wipe are on.
    fn assert_wiped<T: secrecy::zeroize::ZeroizeOnDrop>() {}

    #[test]
    fn key_schedules_are_wiped_and_do_not_print() {
        assert_wiped::<Aes128>();
        assert_wiped::<Aes192>();
        assert_wiped::<Aes256>();
        assert_eq!(format!("{:?}", Cipher::new(KEYS[0]).unwrap()), "Cipher(..)");
    }

    const KEYS: [&str; 3] = ["0123456789abcdef", "0123456789abcdef01234567", "0123456789abcdef0123456789abcdef"];

    #[test]
    fn every_key_size_round_trips_every_length() {
        for key in KEYS {
            let cipher = Cipher::new(key).unwrap();
            for length in 0..67 {
                let plaintext = vec![b'x'; length];
                assert_eq!(cipher.decrypt(cipher.encrypt(&plaintext).as_bytes()).unwrap(), plaintext);
            }
        }
    }

    #[test]
    fn other_key_sizes_are_refused_with_their_size() {
        assert_eq!(Cipher::new("short").unwrap_err(), CipherError::KeyLength(5));
        // Sizes count UTF-8 bytes, not characters.
        assert_eq!(Cipher::new("体检体检体检").unwrap_err(), CipherError::KeyLength(18));
    }

    #[test]
    fn line_breaks_and_missing_padding_are_read() {
        let cipher = Cipher::new(KEYS[0]).unwrap();
        let text = cipher.encrypt("体检预约".as_bytes());
        let broken = text.trim_end_matches('=').as_bytes().chunks(7).map(|chunk| [chunk, b"\r\n"].concat());
        assert_eq!(cipher.decrypt(&broken.collect::<Vec<_>>().concat()).unwrap(), "体检预约".as_bytes());
    }

    #[test]
    fn damage_has_a_name() {
        let cipher = Cipher::new(KEYS[0]).unwrap();
        assert_eq!(cipher.decrypt(b"").unwrap_err(), CipherError::Length);
        assert_eq!(cipher.decrypt(b"<html>").unwrap_err(), CipherError::Length);
        assert_eq!(cipher.decrypt(b"AAAA").unwrap_err(), CipherError::Length);
        let other = Cipher::new("fedcba9876543210").unwrap();
        assert_eq!(cipher.decrypt(other.encrypt(b"{}").as_bytes()).unwrap_err(), CipherError::Padding);
    }

    #[test]
    fn the_documents_token_samples_have_their_lengths() {
        // 89 bytes of compact JSON make 96 of ciphertext; the sample answer's 338 make 352.
        let cipher = Cipher::new(KEYS[1]).unwrap();
        for (plain, encrypted) in [(89, 96), (338, 352)] {
            let text = cipher.encrypt(&vec![b'{'; plain]);
            let mut blocks = Vec::new();
            decode_base64(&mut text.into_bytes(), true, &mut blocks);
            assert_eq!(blocks.len(), encrypted);
        }
    }
}
