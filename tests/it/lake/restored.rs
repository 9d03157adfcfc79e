//! Restored backups and copies of a database: none of them overwrites what another one has published.

use std::sync::Mutex;

use tijian::failure::{RunError, Stopped};
use tijian::lake::LakeError;
use tijian::night::{FILE_ROWS, PublishContext, PublishStep, lakes, publish};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use super::{
    STATES, add_lake, assert_published, hospital, night, pointer, publish_all, publish_observed, publish_until, root,
    rows_of,
};
use crate::support::{Hospital, TestDatabase, end, end_after_input, marked_record, server, tell_night};

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

/// Two databases of the same id write the same publication at the same time: whichever moves the pointer, all that it names is there.
#[tokio::test(flavor = "multi_thread")]
async fn two_copies_that_publish_at_the_same_time_remove_nothing_of_each_other() {
    for is_copy_first in [false, true] {
        let mut hospital = hospital().await;
        hospital.redefine(|text| text.replace("keep_hours = 0", "keep_hours = 24"));
        night(&hospital, 0).await;
        publish_all(&hospital).await;
        night(&hospital, 1).await;
        let backup = hospital.database.back_up().await;
        let copy = TestDatabase::open(server().database_url(&backup), "tijian_test_loader").await;
        let site_key = hospital.settings.site_key().unwrap();
        let until_written = |step: Option<PublishStep>| match step {
            Some(PublishStep::LakeFileWritten) if !is_copy_first => Err(Stopped),
            _ => Ok(()),
        };
        let context = PublishContext::new(&copy.warehouse, &hospital.settings, &site_key, &until_written);
        let lake = &lakes([&hospital.pipeline])[0];
        let others = Mutex::new(None);
        let on_step = |step: Option<PublishStep>| {
            let mut others = others.lock().unwrap();
            if step == Some(PublishStep::LakeFileWritten) && others.is_none() {
                *others = Some(block_in_place(|| Handle::current().block_on(publish(lake, &context))));
            }
            Ok(())
        };
        let ours = publish_observed(&hospital, false, FILE_ROWS, &on_step).await;
        let others = others.into_inner().unwrap().unwrap();
        match is_copy_first {
            false => assert!(matches!((&ours, &others), (Ok(_), Err(RunError::Stopped(_)))), "{ours:?} {others:?}"),
            true => {
                let is_refused = matches!(ours, Err(RunError::Lake(LakeError::Moved { .. })));
                assert!(is_refused && others.is_ok(), "{ours:?} {others:?}");
            }
        }
        let named = pointer(&hospital);
        assert_eq!(named.number, 2);
        let lost: Vec<&str> = named.paths().filter(|path| !root(&hospital).join(path).exists()).collect();
        assert!(lost.is_empty(), "{lost:?}");
        rows_of(&hospital, &named.states, STATES);
    }
}

/// Somebody was erased since the backup: publishing everything from it would show the person again.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_published_again_before_what_was_decided_since_is_recovered() {
    let mut hospital = Hospital::new().await;
    add_lake(&mut hospital);
    hospital.simulator.insert_records(vec![marked_record("M-1", "")]);
    hospital.run_well().await;
    publish_all(&hospital).await;
    let person = "select distinct encode(person_id, 'hex') from warehouse.reservation_versions";
    let person = hospital.database.lines(person).await;
    let backup = hospital.database.back_up().await;
    let mut erase = hospital.tijian();
    erase.env("DATABASE_URL", &hospital.database.owner_url).args(["erase", "--card-type", "1", "--confirm"]);
    end_after_input(erase, "11010519491231002X").expect(0);
    // It copies the journal, and publishes.
    hospital.run_well().await;
    publish_all(&hospital).await;
    let after = pointer(&hospital);
    hospital.database.restore(&backup).await;
    let again = |hospital: &Hospital| {
        let mut command = hospital.tijian();
        command.args(["lake", "publish", "--again"]).arg(&hospital.pipeline_file);
        end(command)
    };
    let refused = again(&hospital).expect(1);
    assert!(refused.stderr.contains("recover"), "{}", refused.stderr);
    assert_eq!(pointer(&hospital), after);
    // Nor by the command of another account, while this one is disabled.
    let pipelines = hospital.dir.path().join("pipelines");
    std::fs::create_dir(&pipelines).unwrap();
    let (own, other) = (pipelines.join("own.toml"), hospital.dir.path().join("other.toml"));
    let text = std::fs::read_to_string(&hospital.pipeline_file).unwrap();
    std::fs::write(&own, text.replace("[platform]", "enabled = false\n[platform]")).unwrap();
    std::fs::write(&other, text.replace("account = \"demo\"", "account = \"other\"")).unwrap();
    let mut command = hospital.tijian();
    command.args(["lake", "publish", "--again"]).arg(&other);
    let refused = end(command).expect(1);
    assert!(refused.stderr.contains("demo") && refused.stderr.contains("TJ-6101"), "{}", refused.stderr);
    assert_eq!(pointer(&hospital), after);
    std::fs::remove_dir_all(&pipelines).unwrap();
    let mut recover = hospital.tijian();
    recover.env("DATABASE_URL", &hospital.database.owner_url).arg("recover").arg(&hospital.pipeline_file);
    end(recover).expect(0);
    again(&hospital).expect(0);
    let rows = rows_of(&hospital, &pointer(&hospital).states, STATES);
    assert!(rows.len() == 1 && rows[0][6].as_ref() != Some(&person[0]), "{rows:?}");
}
