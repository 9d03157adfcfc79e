//! Restored backups and copies of a database: none of them overwrites what another one has published.

use tijian::failure::RunError;
use tijian::lake::LakeError;
use tijian::night::FILE_ROWS;

use super::{assert_published, hospital, night, pointer, publish_all, publish_until};
use crate::support::tell_night;

/// A copy of the database publishes to the same lake, and knows nothing of what the other one has published.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_copies_of_a_warehouse_the_one_that_comes_late_is_refused() {
    let mut hospital = hospital().await;
    night(&hospital, 0).await;
    publish_all(&hospital).await;
    night(&hospital, 1).await;
    let backup = hospital.database.back_up().await;
    publish_all(&hospital).await;
    let ahead = pointer(&hospital);
    hospital.database.restore(&backup).await;
    let late = publish_until(&hospital, false, FILE_ROWS, None).await;
    let Err(RunError::Lake(LakeError::OtherPosition { found: 2, known: 1, .. })) = late else { panic!("{late:?}") };
    assert_eq!(pointer(&hospital), ahead, "nothing was written");
}

/// Invariant: A lake whose pointer is not where the ledger has moved it is written to only when somebody asks for all of it.
/// Held by: number and id in the pointer, compared with the ledger's before anything is claimed.
#[tokio::test(flavor = "multi_thread")]
async fn after_a_restored_backup_the_lake_is_published_again_on_request_only() {
    let mut hospital = hospital().await;
    night(&hospital, 0).await;
    publish_all(&hospital).await;
    let backup = hospital.database.back_up().await;
    for number in 1..3 {
        night(&hospital, number).await;
        publish_all(&hospital).await;
    }
    let ahead = pointer(&hospital);
    hospital.database.restore(&backup).await;
    tell_night(&hospital, 3);
    // The run recovers the nights; the lake is another matter.
    let ended = hospital.night(&[]).expect(1);
    assert!(ended.stderr.contains("TJ-5108") && ended.stderr.contains("--again"), "{}", ended.stderr);
    assert_eq!(pointer(&hospital), ahead);
    let file = hospital.pipeline_file.to_str().unwrap().to_owned();
    hospital.command(&["lake", "publish", &file]).expect(1);
    // Readers see all deliveries of the first pointer that is moved.
    let stopped = publish_until(&hospital, true, 10, Some(("pointer_moved", 1))).await;
    assert!(matches!(stopped, Err(RunError::Stopped(_))));
    let deliveries = hospital.database.lines("select count(*)::text from etl.deliveries").await;
    let published: u64 = pointer(&hospital).deliveries.iter().map(|file| file.rows).sum();
    assert_eq!(deliveries, [published.to_string()]);
    let ended = hospital.command(&["lake", "publish", "--again", &file]).expect(0);
    assert!(ended.stdout.contains("/lake: published up to "), "{}", ended.stdout);
    assert!(pointer(&hospital).number > ahead.number);
    assert_published(&hospital, "again").await;
    hospital.command(&["lake", "publish", &file]).expect(0);

    // Somebody has emptied the lake.
    std::fs::remove_dir_all(hospital.dir.path().join("lake")).unwrap();
    hospital.command(&["lake", "publish", &file]).expect(1);
    hospital.command(&["lake", "publish", "--again", &file]).expect(0);
    assert_published(&hospital, "emptied").await;
}

/// Two databases of the same id have claimed the same number, and only one of them has moved the pointer.
#[tokio::test(flavor = "multi_thread")]
async fn a_publication_of_the_same_number_is_not_taken_for_ones_own() {
    let mut hospital = hospital().await;
    night(&hospital, 0).await;
    publish_all(&hospital).await;
    night(&hospital, 1).await;
    publish_until(&hospital, false, FILE_ROWS, Some(("claimed", 1))).await.unwrap_err();
    let backup = hospital.database.back_up().await;
    publish_all(&hospital).await;
    let moved = pointer(&hospital);
    hospital.database.restore(&backup).await;
    let late = publish_until(&hospital, false, FILE_ROWS, None).await;
    assert!(matches!(late, Err(RunError::Lake(LakeError::OtherPosition { .. }))), "{late:?}");
    assert_eq!(pointer(&hospital), moved, "nothing was written");
    publish_until(&hospital, true, FILE_ROWS, None).await.unwrap();
    assert_published(&hospital, "everything again").await;
}
