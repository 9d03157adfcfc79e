//! What is sealed opens again, and nothing else does.
//!
//! Invariant: A landed file opens unchanged and under its own name, or is refused.

use std::io::{self, Read};

use super::record::seal_with_nonce;
use super::stream::{HEADER_BYTES, SEGMENT_BYTES, TAG_BYTES};
use super::*;

const PLACE: FilePlace<'_> = FilePlace { account: "demo", name: "a.delivery" };

fn key() -> LandingKey {
    LandingKey::derive(&[7; 32])
}

/// Content in which no two places are alike.
fn content(length: usize) -> Vec<u8> {
    (0..length as u32).flat_map(|number| number.wrapping_mul(2_654_435_761).to_be_bytes()).take(length).collect()
}

fn seal_pieces(content: &[u8], piece: usize) -> Vec<u8> {
    let mut sealing = Sealing::begin(&key(), PLACE).unwrap();
    let mut sealed = Vec::new();
    for piece in content.chunks(piece) {
        sealing.push(piece, &mut sealed).unwrap();
    }
    sealing.finish(&mut sealed).unwrap();
    sealed
}

fn open_at(sealed: &[u8], key: &LandingKey, place: FilePlace<'_>) -> Result<Vec<u8>, SealError> {
    let mut opened = Vec::new();
    let outcome = Opening::begin(sealed, key, place).and_then(|mut opening| opening.read_to_end(&mut opened));
    outcome.map(|_| opened).map_err(of_seal)
}

fn open(sealed: &[u8]) -> Result<Vec<u8>, SealError> {
    open_at(sealed, &key(), PLACE)
}

fn of_seal(error: io::Error) -> SealError {
    error.downcast::<SealError>().unwrap()
}

#[test]
fn every_length_opens_again_however_it_was_cut_into_pieces() {
    for length in [0, 1, SEGMENT_BYTES - 1, SEGMENT_BYTES, SEGMENT_BYTES + 1, 2 * SEGMENT_BYTES + 1] {
        let content = content(length);
        for piece in [1_000, 100_000] {
            let sealed = seal_pieces(&content, piece);
            let segments = length.div_ceil(SEGMENT_BYTES).max(1);
            assert_eq!(sealed.len(), HEADER_BYTES + length + segments * TAG_BYTES, "{length}");
            assert!(open(&sealed).unwrap() == content, "{length} bytes, pieces of {piece}");
        }
    }
}

#[test]
fn a_file_has_the_lengths_that_its_format_says() {
    for (content_bytes, segments) in [(0, 1), (65_536, 1), (65_537, 2), (131_072, 2), (131_073, 3)] {
        let sealed = seal_pieces(&content(content_bytes), 10_000);
        assert_eq!(sealed.len(), 8 + 1 + 8 + 16 + content_bytes + segments * 16, "{content_bytes}");
    }
}

#[test]
fn equal_content_looks_different_every_time() {
    let zeros = vec![0; 100_000];
    let (one, other) = (seal_pieces(&zeros, 4_096), seal_pieces(&zeros, 4_096));
    let blocks: std::collections::HashSet<&[u8]> =
        one[HEADER_BYTES..].chunks_exact(16).chain(other[HEADER_BYTES..].chunks_exact(16)).collect();
    assert_eq!(blocks.len(), 2 * (one.len() - HEADER_BYTES).div_euclid(16), "no block is there twice");
}

#[test]
fn every_changed_byte_is_found() {
    let mut sealed = seal_pieces(&content(SEGMENT_BYTES + 100), 10_000);
    let first_segment = HEADER_BYTES..HEADER_BYTES + SEGMENT_BYTES + TAG_BYTES;
    let everywhere = (0..HEADER_BYTES)
        .chain((HEADER_BYTES..sealed.len()).step_by(16_381))
        .chain(first_segment.end - 17..first_segment.end + 1)
        .chain(sealed.len() - 17..sealed.len());
    for at in everywhere {
        let bit = if at % 2 == 0 { 0x01 } else { 0x80 };
        sealed[at] ^= bit;
        let error = open(&sealed).unwrap_err();
        sealed[at] ^= bit;
        match at {
            8 => assert_eq!(error, SealError::Format(1 ^ bit), "byte {at}"),
            9..17 => assert!(matches!(error, SealError::OtherKey { .. }), "byte {at}: {error}"),
            _ => assert_eq!(error, SealError::Damaged, "byte {at}"),
        }
    }
}

#[test]
fn every_cut_is_found() {
    let sealed = seal_pieces(&content(2 * SEGMENT_BYTES + 100), 10_000);
    let borders = [0, 1, 2].map(|segment| HEADER_BYTES + segment * (SEGMENT_BYTES + TAG_BYTES));
    let around =
        borders.iter().flat_map(|border| [border.saturating_sub(1), *border, border + 1, border + 16, border + 17]);
    for length in around.chain(0..HEADER_BYTES).chain(sealed.len() - 3..sealed.len()) {
        assert_eq!(open(&sealed[..length]).unwrap_err(), SealError::Damaged, "{length} bytes");
    }
    // At the end of a content of whole segments, too.
    let even = seal_pieces(&content(2 * SEGMENT_BYTES), 10_000);
    for border in borders {
        assert_eq!(open(&even[..border.min(even.len() - 1)]).unwrap_err(), SealError::Damaged, "{border} bytes");
    }
    for more in [&b"\0"[..], &[0; 16], &even[HEADER_BYTES..]] {
        assert_eq!(open(&[&even, more].concat()).unwrap_err(), SealError::Damaged, "longer");
    }
}

#[test]
fn segments_of_other_places_and_files_do_not_open() {
    let size = SEGMENT_BYTES + TAG_BYTES;
    let (one, other) =
        (seal_pieces(&content(3 * SEGMENT_BYTES), 9_000), seal_pieces(&content(3 * SEGMENT_BYTES), 9_000));
    let segment = |file: &[u8], number: usize| file[HEADER_BYTES + number * size..][..size].to_vec();
    let header = &one[..HEADER_BYTES];
    let mixtures = [
        [segment(&one, 1), segment(&one, 0), segment(&one, 2)],
        [segment(&one, 0), segment(&one, 0), segment(&one, 2)],
        [segment(&one, 0), segment(&other, 1), segment(&one, 2)],
        [segment(&other, 0), segment(&other, 1), segment(&other, 2)],
    ];
    for mixture in mixtures {
        assert_eq!(open(&[header, &mixture.concat()].concat()).unwrap_err(), SealError::Damaged);
    }
    assert_eq!(open(&[header, &segment(&one, 0), &segment(&one, 2)].concat()).unwrap_err(), SealError::Damaged);
    assert!(open(&[header, &segment(&one, 0), &segment(&one, 1), &segment(&one, 2)].concat()).is_ok());
}

#[test]
fn a_file_opens_in_its_own_place_and_under_its_own_key_only() {
    let sealed = seal_pieces(b"content", 7);
    for (account, name) in [("demo", "b.delivery"), ("other", "a.delivery"), ("demoa", ".delivery")] {
        assert_eq!(open_at(&sealed, &key(), FilePlace { account, name }).unwrap_err(), SealError::Damaged);
    }
    let other = LandingKey::derive(&[8; 32]);
    let error = open_at(&sealed, &other, PLACE).unwrap_err();
    assert_eq!(error, SealError::OtherKey { found: key().id(), known: vec![other.id()] });
    assert_eq!(
        error.to_string(),
        format!("it is sealed under the key {}; the available key is {}", key().id(), other.id())
    );
    let known = vec![other.id(), key().id()];
    let error = SealError::OtherKey { found: key().id(), known };
    assert!(error.to_string().ends_with(&format!("the available keys are {}, {}", other.id(), key().id())));
}

#[test]
fn a_reader_that_asks_again_after_an_error_is_not_told_the_end() {
    let mut sealed = seal_pieces(&content(SEGMENT_BYTES + 1), 1_000);
    let last = sealed.len() - 1;
    sealed[last] ^= 1;
    let mut opening = Opening::begin(&sealed[..], &key(), PLACE).unwrap();
    let mut opened = Vec::new();
    for _ in 0..3 {
        assert_eq!(of_seal(opening.read_to_end(&mut opened).unwrap_err()), SealError::Damaged);
    }
    assert_eq!(opened.len(), SEGMENT_BYTES, "nothing of the segment that is not authentic");
}

#[test]
fn what_is_not_sealed_is_refused() {
    for text in ["{\"code\":200", "q83vEjRWeJA=", "<html>", " ", "体检预约"] {
        assert_eq!(find_seal(text.as_bytes()), Err(SealError::Damaged), "{text}");
    }
    assert_eq!(find_seal(&seal_pieces(b"", 1)), Ok(key().id()));
    assert_eq!(find_seal(b""), Err(SealError::Damaged));
}

#[test]
fn records_open_in_their_own_row_and_unchanged_only() {
    let key = QuarantineKey::derive(&[7; 32]);
    let SealedRecord { keyed_digest, sealed } = seal_record(&key, "demo", &[1; 32], "记录".as_bytes()).unwrap();
    assert!(seal_record(&key, "demo", &[1; 32], "记录".as_bytes()).unwrap().sealed != sealed, "another nonce");
    let opened = open_record(&key, "demo", &keyed_digest, &sealed).unwrap();
    assert!(opened.content_sha256 == [1; 32] && opened.record == "记录".as_bytes());

    let refusal = |key, account, digest: &[u8], sealed: &[u8]| open_record(key, account, digest, sealed).err().unwrap();
    assert_eq!(refusal(&key, "other", &keyed_digest, &sealed), SealError::Damaged);
    assert_eq!(refusal(&key, "demo", &[1; 32], &sealed), SealError::Damaged);
    for length in 0..sealed.len() {
        assert_eq!(refusal(&key, "demo", &keyed_digest, &sealed[..length]), SealError::Damaged, "{length} bytes");
    }
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        let error = refusal(&key, "demo", &keyed_digest, &changed);
        match at {
            0 => assert_eq!(error, SealError::Format(0)),
            1..9 => assert!(matches!(error, SealError::OtherKey { .. }), "byte {at}"),
            _ => assert_eq!(error, SealError::Damaged, "byte {at}"),
        }
    }
    let other = QuarantineKey::derive(&[8; 32]);
    let expected = SealError::OtherKey { found: key.id(), known: vec![other.id()] };
    assert_eq!(refusal(&other, "demo", &keyed_digest, &sealed), expected);
    assert!(other.keyed_digest(&[1; 32]) != keyed_digest);
}

/// Golden values, also computed with another implementation: what an older release sealed must open.
#[test]
fn the_formats_are_pinned() {
    let mut sealing = Sealing::with_salt(&key(), PLACE, [9; 16]);
    let mut file = Vec::new();
    sealing.push(b"content", &mut file).unwrap();
    sealing.finish(&mut file).unwrap();
    let record = seal_with_nonce(&QuarantineKey::derive(&[7; 32]), "demo", &[1; 32], b"record", [9; 12]).unwrap();
    assert_eq!(
        [hex::encode(file), hex::encode(record.keyed_digest), hex::encode(record.sealed)],
        [
            "ff74696a69616eff010c686fe0c040044109090909090909090909090909090909e72cc4203d96c97ed2be85f2e060cac73f76f9a0640828",
            "26c35d354590a5ef246047c80b89d45065ce01feb2f7f966fdc78600507e30dd",
            "010c686fe0c04004410909090909090909090909098eb593b28eb80894e5ad0e9965920f1784fdee78739cc94e8506390ff94dd1a1d2f807d5\
             cce09ba80579c3b34f4e27f011b89bd155f1",
        ]
    );
}

/// Compiles only where the features that wipe are on.
fn assert_wiped<T: secrecy::zeroize::ZeroizeOnDrop>() {}

#[test]
fn purposes_have_keys_of_their_own_and_none_prints() {
    let (landing, quarantine) = (key(), QuarantineKey::derive(&[7; 32]));
    assert_eq!(landing.id(), quarantine.id());
    assert!(landing.expose() != quarantine.expose());
    assert_wiped::<aes_gcm::Aes256Gcm>();
    assert_wiped::<sha2::Sha256>();
    // As it stands in the pinned formats.
    assert_eq!(landing.id().to_string(), "0c686fe0c0400441");
    assert_eq!(format!("{:?}", landing.id()), "KeyId(0c686fe0c0400441)");
    let shown = format!("{landing:?} {quarantine:?}");
    assert_eq!(shown, format!("LandingKey({0}) QuarantineKey({0})", landing.id()));
}
