//! Several writers at once, and what changes while a publication is written.

use std::sync::Mutex;

use tijian::night::{FILE_ROWS, PublishStep};

use super::{
    STATES, assert_published, hospital, night, pointer, publish_all, publish_observed, publish_until, rows_of,
};

#[tokio::test(flavor = "multi_thread")]
async fn of_writers_at_the_same_time_nobody_loses_anything() {
    let hospital = hospital().await;
    for number in 0..3 {
        night(&hospital, number).await;
    }
    let one = || publish_until(&hospital, false, 10, None);
    let (a, b, c) = tokio::join!(one(), one(), one());
    let published: u64 = [a, b, c].into_iter().map(|report| report.unwrap().publications).sum();
    let recorded = hospital.database.lines("select count(*)::text from etl.lake_publications").await;
    assert_eq!(recorded, [published.to_string()]);
    assert_published(&hospital, "three writers").await;
}

/// What changes while it is written, as by an erasure, is read again: no reader sees some of it before and some after.
#[tokio::test(flavor = "multi_thread")]
async fn what_changes_while_it_is_written_is_written_once_more_before_anybody_reads_it() {
    let hospital = hospital().await;
    for number in 0..2 {
        night(&hospital, number).await;
        publish_all(&hospital).await;
    }
    night(&hospital, 2).await;
    let owner = crate::support::connect(&hospital.database.owner_url).await;
    let change = "update warehouse.reservation_versions set hospital_name = 'changed meanwhile';
        update etl.lake_deliveries set is_stale = true";
    let before = pointer(&hospital);
    let (changed, moved) = (Mutex::new(false), Mutex::new(0));
    let on_step = |step: Option<PublishStep>| {
        if step == Some(PublishStep::LakeFileWritten) && !std::mem::replace(&mut *changed.lock().unwrap(), true) {
            assert_eq!(pointer(&hospital), before);
            let change = owner.batch_execute(change);
            tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(change)).unwrap();
        }
        if step == Some(PublishStep::PointerMoved) {
            *moved.lock().unwrap() += 1;
            for row in rows_of(&hospital, &pointer(&hospital).states, STATES) {
                assert_eq!(row[14].as_deref(), Some("changed meanwhile"));
            }
        }
        Ok(())
    };
    let report = publish_observed(&hospital, false, FILE_ROWS, &on_step).await.unwrap();
    assert_eq!((*moved.lock().unwrap(), report.publications), (1, 3));
    assert_published(&hospital, "changed meanwhile").await;
}

/// Who marks and who claims at the same moment: no mark is lost.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_marked_while_a_publisher_waits_is_published_again() {
    let hospital = hospital().await;
    night(&hospital, 0).await;
    publish_all(&hospital).await;
    night(&hospital, 1).await;
    let owner = crate::support::connect(&hospital.database.owner_url).await;
    owner
        .batch_execute(
            "begin;
            lock table etl.lake_deliveries in share row exclusive mode;
            update etl.lake_deliveries set is_stale = true;
            update warehouse.reservation_versions set hospital_name = 'changed meanwhile'",
        )
        .await
        .unwrap();
    let commit = async {
        // The publisher waits for the marks.
        let waiting =
            "select count(*)::text from pg_locks where not granted and relation = 'etl.lake_deliveries'::regclass";
        while hospital.database.lines(waiting).await != ["1"] {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        owner.batch_execute("commit").await.unwrap();
    };
    let (published, ()) = tokio::join!(publish_all(&hospital), commit);
    assert!(published.publications >= 2, "{published:?}");
    for row in rows_of(&hospital, &pointer(&hospital).states, STATES) {
        assert_eq!(row[14].as_deref(), Some("changed meanwhile"));
    }
    assert_published(&hospital, "marked meanwhile").await;
}
