//! A pointer that cannot be read, and a lake that somebody else holds: what is refused, what helps, and how long it takes.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use tijian::failure::{RunError, Stopped};
use tijian::lake::LakeError;
use tijian::night::{PublishStep, lakes};

use super::{
    FILE_ROWS, assert_published, hospital, night, pointer, publish_all, publish_observed, publish_until, root,
};

/// Invariant: Whatever is in the place of a lake's pointer, everything can be published once more, but not over another format.
/// Held by: the conditional move, from the tag of what is there.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_pointer_is_replaced_on_request_only() {
    let hospital = hospital().await;
    night(&hospital, 0).await;
    publish_all(&hospital).await;
    let (place, whole) =
        (root(&hospital).join("pointer.json"), std::fs::read(root(&hospital).join("pointer.json")).unwrap());
    let file = hospital.pipeline_file.to_str().unwrap().to_owned();
    let other_id =
        String::from_utf8(whole.clone()).unwrap().replacen("\"warehouse_id\": \"", "\"warehouse_id\": \"0", 1);
    for damage in [&b""[..], b"{}", b"\xff\xfe\x00", &whole[..whole.len() / 2], other_id.as_bytes()] {
        let at = String::from_utf8_lossy(damage).into_owned();
        std::fs::write(&place, damage).unwrap();
        let ended = hospital.command(&["lake", "publish", &file]).expect(1);
        assert!(ended.stderr.contains("TJ-5103") && ended.stderr.contains("--again"), "{at}: {}", ended.stderr);
        assert_eq!(std::fs::read(&place).unwrap(), damage, "{at}");
        // Stopped before the pointer moves, nothing has changed for readers.
        let stopped = publish_until(&hospital, true, FILE_ROWS, Some(("lake_file_written", 1))).await;
        assert!(matches!(stopped, Err(RunError::Stopped(_))), "{at}: {stopped:?}");
        assert_eq!(std::fs::read(&place).unwrap(), damage, "{at}");
        hospital.command(&["lake", "publish", "--again", &file]).expect(0);
        assert_published(&hospital, &at).await;
        assert_eq!(publish_all(&hospital).await.publications, 0, "{at}");
    }

    // A newer program may own it.
    let newer =
        String::from_utf8(std::fs::read(&place).unwrap()).unwrap().replacen("\"format\": 1", "\"format\": 2", 1);
    std::fs::write(&place, &newer).unwrap();
    let refused = publish_until(&hospital, true, FILE_ROWS, None).await;
    assert!(matches!(refused, Err(RunError::Lake(LakeError::Format { format: 2, .. }))), "{refused:?}");
    assert_eq!(std::fs::read_to_string(&place).unwrap(), newer);
}

/// Somebody repairs the pointer while everything is published once more.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_pointer_that_changes_meanwhile_is_not_replaced() {
    let hospital = hospital().await;
    night(&hospital, 0).await;
    publish_all(&hospital).await;
    let place = root(&hospital).join("pointer.json");
    let whole = std::fs::read(&place).unwrap();
    std::fs::write(&place, "{").unwrap();
    let repair = |step: Option<PublishStep>| {
        if step == Some(PublishStep::LakeFileWritten) {
            std::fs::write(&place, &whole).unwrap();
        }
        Ok(())
    };
    let refused = publish_observed(&hospital, true, FILE_ROWS, &repair).await;
    assert!(matches!(refused, Err(RunError::Lake(LakeError::Moved { .. }))), "{refused:?}");
    assert_eq!(std::fs::read(&place).unwrap(), whole);
    publish_until(&hospital, true, FILE_ROWS, None).await.unwrap();
    assert_published(&hospital, "again").await;
}

/// While another publisher holds the lake, who is asked to stop does not wait for it.
#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_a_lake_stops_on_request() {
    let hospital = hospital().await;
    night(&hospital, 0).await;
    publish_all(&hospital).await;
    let before = pointer(&hospital);
    let lake = lakes([&hospital.pipeline])[0].url.to_string();
    let held = hospital.database.warehouse.lock_lake(&lake).await.unwrap().unwrap();
    let looks = Mutex::new(0);
    let stop = |step: Option<PublishStep>| {
        assert_eq!(step, None);
        *looks.lock().unwrap() += 1;
        if *looks.lock().unwrap() == 2 { Err(Stopped) } else { Ok(()) }
    };
    let begin = Instant::now();
    let stopped = publish_observed(&hospital, false, FILE_ROWS, &stop).await;
    assert!(matches!(stopped, Err(RunError::Stopped(_))), "{stopped:?}");
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
    assert_eq!(pointer(&hospital), before);
    held.release().await;
}

/// What a lake lacks is seen without a log.
#[tokio::test(flavor = "multi_thread")]
async fn status_says_how_many_deliveries_a_lake_lacks() {
    let hospital = hospital().await;
    for number in 0..2 {
        night(&hospital, number).await;
    }
    let pipelines = hospital.dir.path().join("pipelines");
    std::fs::create_dir(&pipelines).unwrap();
    std::fs::copy(&hospital.pipeline_file, pipelines.join("demo.toml")).unwrap();
    let said = |lacks: &str, owed: u64| {
        let text = hospital.command(&["status"]).expect(0).stdout;
        assert!(text.lines().any(|line| line.starts_with("lake file:///") && line.ends_with(lacks)), "{text}");
        let document = hospital.command(&["status", "--output", "json"]).expect(0).json();
        let lakes = &document["accounts"][0]["lakes"];
        assert_eq!(
            (lakes.as_array().unwrap().len(), lakes[0]["deliveries_owed"].as_u64()),
            (1, Some(owed)),
            "{document}"
        );
    };
    said("/lake: lacks 2 deliveries", 2);
    publish_all(&hospital).await;
    said("/lake: lacks nothing", 0);
    std::fs::remove_dir_all(&pipelines).unwrap();
    assert!(!hospital.command(&["status"]).expect(0).stdout.contains("lake "));
}
