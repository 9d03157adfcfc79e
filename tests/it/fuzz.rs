//! The fuzz targets without a fuzzer: their bodies over every committed seed, and over mutations of the seeds that are the
//! same in every run. `tests/fuzz/run.sh` runs them with one, guided by coverage, for as long as one likes.

#[path = "../fuzz/src/lib.rs"]
pub mod targets;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use targets::{Body, TARGETS};

/// Mutations of each seed; `FUZZ_MUTATIONS` asks for more.
const MUTATIONS: u64 = 40;

fn seeds_of(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fuzz/seeds")).join(target);
    let mut files: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{} holds no seed", folder.display());
    files.into_iter().map(|file| (file.clone(), fs::read(file).unwrap())).collect()
}

/// Runs a target's body; a broken promise names the seed that it began with.
fn run(target: &str, body: Body, data: &[u8], seed: &str) {
    if catch_unwind(AssertUnwindSafe(|| body(data))).is_err() {
        panic!("{target} breaks a promise, as said above, on {seed}: {:?}", String::from_utf8_lossy(data));
    }
}

/// SplitMix64: numbers that look random and are the same on every machine.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) % sides.max(1) as u64) as usize
    }
}

/// A few edits: bits, bytes that mean something, pieces left out, doubled, or taken from another seed.
fn mutate(data: &mut Vec<u8>, other: &[u8], dice: &mut Dice) {
    const TELLING: &[u8] = b"\"\\{}[],:'=+-@\0\t\n\r 0e.u\xff\xc2\x80\xe2";
    for _ in 0..=dice.throw(4) {
        let at = dice.throw(data.len() + 1);
        let end = (at + 1 + dice.throw(8)).min(data.len());
        match dice.throw(5) {
            0 if at < data.len() => data[at] ^= 1 << dice.throw(8),
            1 => data.insert(at, TELLING[dice.throw(TELLING.len())]),
            2 if at < end => drop(data.drain(at..end)),
            3 if at < end => data.extend_from_within(at..end),
            _ => {
                let from = dice.throw(other.len() + 1);
                let to = (from + dice.throw(16)).min(other.len());
                data.splice(at..at, other[from..to].iter().copied());
            }
        }
    }
}

/// Invariant: No input causes a panic.
#[test]
fn seeds_and_their_mutations_keep_every_promise() {
    let mutations = std::env::var("FUZZ_MUTATIONS").map_or(MUTATIONS, |count| count.parse().unwrap());
    for (target, body) in TARGETS {
        let seeds = seeds_of(target);
        let mut dice = Dice(1);
        for (file, seed) in &seeds {
            let name = file.file_name().unwrap().to_string_lossy();
            run(target, body, seed, &name);
            for _ in 0..mutations {
                let mut data = seed.clone();
                mutate(&mut data, &seeds[dice.throw(seeds.len())].1, &mut dice);
                run(target, body, &data, &name);
            }
        }
    }
}

#[test]
fn every_folder_of_seeds_has_its_target() {
    let mut folders: Vec<String> = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fuzz/seeds"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    folders.sort();
    assert_eq!(folders, TARGETS.map(|(target, _)| target));
}
