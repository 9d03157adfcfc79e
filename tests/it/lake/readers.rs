//! Readers while a lake is written: whatever they read is one publication, whole.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{FILE_ROWS, Pointer, hospital, night, publish_all, publish_until, root};
use crate::support::{Hospital, parquet_contents};

/// Reads the pointer, and then what it names; whether everything was still there. Panics on half a publication.
fn read_once(root: &std::path::Path) -> Option<u64> {
    let pointer = Pointer::from_json(&std::fs::read(root.join("pointer.json")).ok()?, "here").unwrap();
    let mut states = BTreeMap::<String, u64>::new();
    for file in &pointer.states {
        if !root.join(&file.path).exists() {
            return None;
        }
        for row in parquet_contents::read(&root.join(&file.path)).rows {
            *states.entry(row[2].clone().unwrap()).or_default() += 1;
        }
    }
    let mut promised = BTreeMap::<String, u64>::new();
    for file in &pointer.deliveries {
        if !root.join(&file.path).exists() {
            return None;
        }
        for row in parquet_contents::read(&root.join(&file.path)).rows {
            let count: u64 = row[12].as_deref().unwrap().parse().unwrap();
            assert_eq!(promised.insert(row[0].clone().unwrap(), count), None, "a delivery is there twice");
        }
    }
    promised.retain(|_, count| *count > 0);
    assert_eq!(states, promised, "publication {}", pointer.number);
    Some(pointer.number)
}

async fn write(hospital: &Hospital) {
    for number in 1..6 {
        night(hospital, number).await;
        publish_until(hospital, false, 10, None).await.unwrap();
        // Everything again, and what is replaced is removed at once.
        hospital.database.lines("update etl.lake_deliveries set is_stale = true returning lake").await;
        publish_until(hospital, number % 2 == 0, FILE_ROWS, None).await.unwrap();
    }
}

/// Invariant: Whoever reads a lake by its pointer reads one publication, whole.
/// Held by: objects that never change, and the pointer, which is moved when all of them are there.
#[tokio::test(flavor = "multi_thread")]
async fn a_mixture_of_two_publications_can_never_be_read() {
    let hospital = hospital().await;
    night(&hospital, 0).await;
    publish_all(&hospital).await;
    let (root, is_over) = (root(&hospital), std::sync::Arc::new(AtomicBool::new(false)));
    let reader = {
        let is_over = is_over.clone();
        std::thread::spawn(move || {
            let (mut whole, mut numbers) = (0, std::collections::BTreeSet::new());
            while !is_over.load(Ordering::Relaxed) {
                if let Some(number) = read_once(&root) {
                    whole += 1;
                    numbers.insert(number);
                }
            }
            (whole, numbers)
        })
    };
    write(&hospital).await;
    is_over.store(true, Ordering::Relaxed);
    let (whole, numbers) = reader.join().unwrap();
    assert!(whole > 10 && numbers.len() > 3, "{whole} reads of {numbers:?}");
    assert!(read_once(&super::root(&hospital)).is_some());
}
