//! The objects of a lake over many publications: few of them, and the replaced ones only for as long as is said.

use std::collections::BTreeSet;

use tijian::night::FILE_ROWS;

use super::{assert_published, files_on_disk, hospital, pointer, publish_all, publish_until, root};
use crate::support::{Hospital, record};

/// Paths that the pointer names, and those that it has replaced.
fn named_and_replaced(hospital: &Hospital) -> (BTreeSet<String>, BTreeSet<String>) {
    let pointer = pointer(hospital);
    let replaced = pointer.replaced.iter().map(|replaced| replaced.path.clone()).collect();
    (pointer.paths().map(str::to_owned).collect(), replaced)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_replaced_stays_for_readers_under_way_for_as_long_as_is_said() {
    let mut hospital = hospital().await;
    hospital.redefine(|text| text.replace("keep_hours = 0", "keep_hours = 1"));
    hospital.run_well().await;
    publish_all(&hospital).await;
    let (first, _) = named_and_replaced(&hospital);
    let publish_next = async |serial_number: &str| {
        hospital.simulator.insert_records(vec![record(serial_number, "")]);
        hospital.run_well().await;
        publish_all(&hospital).await;
        named_and_replaced(&hospital)
    };
    let (named, replaced) = publish_next("A-1").await;
    let old = &named - &first;
    assert_eq!((old.len(), replaced.len()), (2, 0));
    // Written days ago, but in use until now.
    for file in &old {
        let earlier = std::time::SystemTime::now() - std::time::Duration::from_secs(100_000);
        let file = std::fs::File::options().write(true).open(root(&hospital).join(file)).unwrap();
        file.set_modified(earlier).unwrap();
    }
    // As much again: both are one publication from here on.
    let (named, replaced) = publish_next("A-2").await;
    assert_eq!((old.intersection(&named).count(), &replaced), (0, &old));
    assert_eq!(files_on_disk(&hospital), &old | &named);
    let (named, replaced) = publish_next("A-3").await;
    assert_eq!(replaced, old, "the others are still named");
    assert_eq!(files_on_disk(&hospital), &old | &named);

    // Everything once more: nobody knows what the lake held, so nothing of it stays.
    publish_until(&hospital, true, FILE_ROWS, None).await.unwrap();
    let (named, replaced) = named_and_replaced(&hospital);
    assert_eq!((files_on_disk(&hospital), replaced.len()), (named, 0));
    hospital.redefine(|text| text.replace("keep_hours = 1", "keep_hours = 0"));
    hospital.simulator.insert_records(vec![record("A-4", ""), record("A-5", ""), record("A-6", "")]);
    hospital.run_well().await;
    publish_all(&hospital).await;
    assert_published(&hospital, "nothing is kept").await;
}

/// Invariant: A lake has few objects, however many publications there were.
/// Held by: a publication takes those before it along that are no larger.
#[tokio::test(flavor = "multi_thread")]
async fn many_small_publications_become_few() {
    let hospital = hospital().await;
    for number in 0..20 {
        hospital.simulator.insert_records(vec![record(&format!("A-{number}"), "")]);
        hospital.run_well().await;
        publish_all(&hospital).await;
        // A run with nothing new makes no publication of its own.
        hospital.run_well().await;
        assert_eq!(publish_all(&hospital).await.publications, 0);
    }
    let numbers: BTreeSet<u64> = pointer(&hospital).states.iter().filter_map(|file| file.publication()).collect();
    assert!(numbers.len() <= 5, "{numbers:?}");
    let recorded =
        "select string_agg(number::text, ',' order by number), sum(versions)::text from etl.lake_publications";
    let recorded = hospital.database.lines(&recorded.replace(", sum", " || ' ' || sum")).await;
    let listed: Vec<String> = numbers.iter().map(u64::to_string).collect();
    let versions = hospital.database.lines("select count(*)::text from warehouse.reservation_versions").await;
    assert_eq!(recorded, [format!("{} {}", listed.join(","), versions[0])]);
    hospital.simulator.insert_records(vec![record("LAST", "")]);
    hospital.run_well().await;
    publish_all(&hospital).await;
    assert_published(&hospital, "twenty nights").await;
}
