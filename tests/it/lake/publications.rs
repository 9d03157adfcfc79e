//! What is published, in nights as they come: each delivery once, in pieces, for every account.

use tijian::simulator::{GeneratorOptions, SimulatorOptions};

use super::{STATES, add_lake, assert_published, hospital, night, pointer, publish_all, publish_until, root, rows_of};
use crate::support::{Hospital, TestDatabase, parquet_contents, record};

/// Invariant: A lake holds exactly the versions that the warehouse's deliveries have opened.
/// Held by: it is published from the history, by a ledger that claims each delivery once.
#[tokio::test(flavor = "multi_thread")]
async fn nights_with_failing_callbacks_and_retries_publish_exactly_what_they_opened() {
    let mut hospital = hospital().await;
    hospital.simulator.insert_records(vec![record("LONG-1", &format!(r#""name":"{}""#, "长".repeat(25)))]);
    for number in 0..5 {
        night(&hospital, number).await;
        if number == 3 {
            hospital.redefine_contract(|text| text.replace("max_characters = 20", "max_characters = 60"));
            let report = hospital.retry_with(&|_| Ok(())).await;
            assert!(report.error.is_none());
        }
        let report = publish_all(&hospital).await;
        assert_eq!(report.publications, 1);
        assert_published(&hospital, &format!("night {number}")).await;
        let before = std::fs::read(root(&hospital).join("pointer.json")).unwrap();
        let again = publish_all(&hospital).await;
        assert_eq!((again.publications, again.states, again.number), (0, 0, report.number));
        assert_eq!(std::fs::read(root(&hospital).join("pointer.json")).unwrap(), before);
    }
    let retried = "select opened::text from etl.deliveries where is_retry and opened > 0";
    assert_eq!(hospital.database.lines(retried).await, ["1"]);
    let twice =
        rows_of(&hospital, &pointer(&hospital).states, STATES).into_iter().any(|row| row[3].as_deref() == Some("2"));
    assert!(twice, "a reservation has two states in one delivery");
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn years_are_published_in_pieces_that_are_split_between_deliveries_and_within_large_ones() {
    let hospital = hospital().await;
    for number in 0..4 {
        night(&hospital, number).await;
    }
    let report = publish_until(&hospital, false, 20, None).await.unwrap();
    assert!(report.publications > 1, "{report:?}");
    assert_eq!(report.number, report.publications);
    let pointer = pointer(&hospital);
    // Rows come in batches, of which a file takes the last one whole.
    let largest = pointer.states.iter().map(|file| file.rows).max().unwrap();
    assert!(largest < 20 + 256, "{largest}");
    assert_published(&hospital, "pieces").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_share_a_lake_and_a_run_publishes_once_for_all_of_them() {
    let database = TestDatabase::create().await;
    let options = |seed| SimulatorOptions {
        generator: GeneratorOptions { reservations: 20, seed, ..Default::default() },
        ..Default::default()
    };
    let second_database = database.share().await;
    let mut first = Hospital::of(database, "hospital-a", options(1)).await;
    add_lake(&mut first);
    let mut second = Hospital::of(second_database, "hospital-b", options(2)).await;
    let folder = first.dir.path().display().to_string();
    second.redefine(|text| format!("{text}\n[[export]]\nkind = \"lake\"\nurl = \"file://{folder}/lake/\"\n"));
    let mut command = first.tijian();
    command.arg("run").args([&first.pipeline_file, &second.pipeline_file]);
    crate::support::end(command).expect(0);
    let published = pointer(&first);
    assert_eq!((published.number, published.states.len(), published.deliveries.len()), (1, 1, 1));
    assert_published(&first, "both").await;
    let rows = parquet_contents::read(&root(&first).join(&published.states[0].path)).rows;
    assert!(rows.is_sorted_by_key(|row| (row[0].clone(), row[1].clone())), "by account and serial number");

    // Its own command publishes an account's deliveries, and no other one's.
    second.simulator.insert_records(vec![record("NEW-B", "")]);
    second.run_well().await;
    assert_eq!(publish_all(&first).await.publications, 0);
    assert_eq!(publish_all(&second).await.publications, 1);
    assert_published(&first, "the second").await;
    first.command(&["lake", "publish", first.pipeline_file.to_str().unwrap()]).expect(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_says_where_a_lake_is_and_what_it_lacks() {
    let hospital = hospital().await;
    let said = |marks: &str| {
        let ended = hospital.command(&["doctor", hospital.pipeline_file.to_str().unwrap()]);
        let line = ended.stdout.lines().find(|line| line.contains(" lake ")).unwrap_or_else(|| panic!("{ended:?}"));
        assert!(line.trim_start().starts_with(marks), "{line}");
        line.to_owned()
    };
    assert!(said("✔").ends_with("/lake is at publication 0, and lacks nothing"));
    night(&hospital, 0).await;
    assert!(said("!").contains("/lake lacks 1 delivery"));
    night(&hospital, 1).await;
    assert!(said("!").contains("/lake lacks 2 deliveries"));
    publish_all(&hospital).await;
    assert!(said("✔").ends_with("/lake is at publication 1, and lacks nothing"));
    std::fs::remove_file(root(&hospital).join("pointer.json")).unwrap();
    assert!(said("✘").contains("TJ-5108"));
    std::fs::write(root(&hospital).join("pointer.json"), "{}").unwrap();
    assert!(said("✘").contains("TJ-5103"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_without_a_lake_has_nothing_to_publish() {
    let hospital = Hospital::new().await;
    let ended = hospital.command(&["lake", "publish", hospital.pipeline_file.to_str().unwrap()]).expect(2);
    assert!(ended.stderr.contains("TJ-1081"), "{}", ended.stderr);
}
