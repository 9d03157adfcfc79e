//! What the fuzzer runs, one module per target: bytes in, and a panic where the program breaks a promise.
//!
//! Two programs are made of these bodies: the fuzz targets in `targets/`, which feed them mutated bytes, and
//! `tests/it/fuzz.rs`, which replays the committed seeds, and mutations of them, in every `cargo test`. So nothing here
//! knows the fuzzer. Every oracle is written separately, by the words of the interface document, and calls nothing of the code
//! that it judges.

pub mod cell;
pub mod copy;
pub mod definition;
pub mod envelope;
pub mod json;
pub mod record;

/// Takes any bytes; panics where a promise is broken.
pub type Body = fn(&[u8]);

/// The targets by name, which is also that of their folder in `seeds/`.
pub const TARGETS: [(&str, Body); 5] = [
    ("cell", cell::check),
    ("copy", copy::check),
    ("definition", definition::check),
    ("envelope", envelope::check),
    ("record", record::check),
];
