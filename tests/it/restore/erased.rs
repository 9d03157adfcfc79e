//! Who was erased since the backup: erased again, whatever is lost, and nobody else with them.

use tijian::failure::Stopped;
use tijian::night::{OnLoss, Step, Task};
use tijian::simulator::{Endpoint, Fault};
use tijian::warehouse::Warehouse;

use super::recover;
use crate::support::{Hospital, end_after_input, record};

const NUMBER: &str = "110101199003071233";

/// A state of the person who is erased.
fn own(serial_number: &str) -> String {
    record(serial_number, &format!(r#""idcard":"{NUMBER}","birthdate":"1990-03-07","sexCode":1"#))
}

/// A later state of somebody else.
fn later(serial_number: &str) -> String {
    record(serial_number, r#""mobile":"13900000001""#)
}

fn erase(hospital: &Hospital) {
    let mut erase = hospital.tijian();
    erase.env("DATABASE_URL", &hospital.database.owner_url).args(["erase", "--card-type", "1", "--confirm"]);
    end_after_input(erase, NUMBER).expect(0);
}

/// Deliveries of these states, the erasure, and then the backup of before without the landed files of some deliveries.
async fn hospital_without(lost: &[usize], nights: Vec<Vec<String>>) -> Hospital {
    let mut hospital = Hospital::new().await;
    hospital.hurry(2);
    let backup = hospital.database.back_up().await;
    for states in nights {
        hospital.simulator.insert_records(states);
        hospital.run_well().await;
    }
    erase(&hospital);
    assert!(recover(&hospital, OnLoss::Stop).await.error.is_none(), "the folder hears of it");
    lose(&hospital, lost);
    hospital.database.restore(&backup).await;
    hospital
}

fn lose(hospital: &Hospital, lost: &[usize]) {
    let mut landed: Vec<_> = hospital.files().into_iter().filter(|file| file.ends_with(".delivery")).collect();
    landed.sort();
    for nth in lost {
        std::fs::remove_file(hospital.dir.path().join(&landed[*nth])).unwrap();
    }
}

/// Every version, and `t` where it has its person.
async fn named(hospital: &Hospital) -> Vec<String> {
    let named = "select concat_ws(' ', serial_number, version, name is not null) from warehouse.reservation_versions
        order by 1";
    hospital.database.lines(named).await
}

async fn assert_recovers_to(hospital: &Hospital, lost: u64, expected: &[&str], case: &str) {
    let report = recover(hospital, OnLoss::Accept).await;
    assert!(report.error.is_none(), "{case}: {}", report.error.unwrap().chain());
    assert_eq!(report.recovered.lost, lost, "{case}");
    assert_eq!(named(hospital).await, expected, "{case}");
    let number = format!("select count(*)::text from warehouse.reservation_versions where idcard = '{NUMBER}'");
    assert_eq!(hospital.database.lines(&number).await, ["0"], "{case}");
    hospital.database.assert_sound().await;
}

/// Behind a gap, a version has another number than then, and that number may be another person's version.
#[tokio::test(flavor = "multi_thread")]
async fn who_was_erased_does_not_come_back_where_a_delivery_is_lost_and_nobody_else_goes() {
    let nights = || {
        vec![
            vec![record("A-1", "")],
            vec![own("A-1"), record("C-1", ""), own("C-1"), later("C-1")],
            // The same again, in a delivery of its own.
            vec![own("A-1"), own("D-1")],
            vec![later("A-1"), record("B-1", ""), later("D-1")],
        ]
    };
    let whole = ["A-1 1 t", "A-1 2 f", "A-1 3 t", "B-1 1 t", "C-1 1 t", "C-1 2 f", "C-1 3 t", "D-1 1 f", "D-1 2 t"];
    let without_first = ["A-1 1 f", "A-1 2 t", "B-1 1 t", "C-1 1 t", "C-1 2 f", "C-1 3 t", "D-1 1 f", "D-1 2 t"];
    let without_second = ["A-1 1 t", "A-1 2 f", "A-1 3 t", "B-1 1 t", "D-1 1 f", "D-1 2 t"];
    let without_third = ["A-1 1 t", "A-1 2 f", "A-1 3 t", "B-1 1 t", "C-1 1 t", "C-1 2 f", "C-1 3 t", "D-1 1 t"];
    let without_fourth = ["A-1 1 t", "A-1 2 f", "C-1 1 t", "C-1 2 f", "C-1 3 t", "D-1 1 f"];
    let without_own = ["A-1 1 t", "A-1 2 t", "B-1 1 t", "D-1 1 t"];
    for (lost, expected) in [
        (&[][..], &whole[..]),
        (&[0], &without_first),
        (&[1], &without_second),
        (&[2], &without_third),
        (&[3], &without_fourth),
        (&[1, 2], &without_own),
    ] {
        let hospital = hospital_without(lost, nights()).await;
        assert_recovers_to(&hospital, lost.len() as u64, expected, &format!("without {lost:?}")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_that_is_stopped_behind_a_loss_erases_the_same_when_it_goes_on() {
    let nights = vec![vec![record("A-1", "")], vec![own("A-1")], vec![later("A-1")]];
    let hospital = hospital_without(&[0], nights).await;
    let owner = Warehouse::connect(&hospital.database.owner_url).await.unwrap();
    let until_the_next = |step: Step| if step.name() == "committed" { Err(Stopped) } else { Ok(()) };
    let stopped = hospital.run_task_as(&owner, Task::Recover(OnLoss::Accept), &until_the_next).await;
    assert!(stopped.error.is_some() || stopped.recovered.entries > 0);
    let report = recover(&hospital, OnLoss::Stop).await;
    assert!(report.error.is_none(), "{}", report.error.unwrap().chain());
    assert_eq!(named(&hospital).await, ["A-1 1 f", "A-1 2 t"]);
    hospital.database.assert_sound().await;
}

/// Where a state came again because its callback was lost, two owners may stand in one delivery: rather both than the wrong one.
#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_can_say_whose_a_version_is_the_whole_reservation_is_erased() {
    let mut hospital = Hospital::new().await;
    hospital.hurry(2);
    let backup = hospital.database.back_up().await;
    hospital.simulator.arm(Endpoint::Callback, Fault::Http(503), 1_000);
    hospital.simulator.insert_records(vec![own("A-1"), record("A-1", ""), record("B-1", "")]);
    hospital.run().await;
    hospital.simulator.disarm();
    hospital.run_well().await;
    erase(&hospital);
    assert_eq!(named(&hospital).await, ["A-1 1 f", "A-1 2 t", "B-1 1 t"]);
    assert!(recover(&hospital, OnLoss::Stop).await.error.is_none(), "the folder hears of it");
    lose(&hospital, &[0]);
    hospital.database.restore(&backup).await;
    assert_recovers_to(&hospital, 1, &["A-1 1 f", "A-1 2 f", "B-1 1 t"], "in doubt").await;
}

/// One definition that cannot be read hides no other account's landing folder.
#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_is_in_the_landing_folder_at_once_also_beside_a_definition_that_cannot_be_read() {
    let hospital = Hospital::new().await;
    hospital.simulator.insert_records(vec![own("M-1")]);
    hospital.run_well().await;
    let pipelines = hospital.dir.path().join("pipelines");
    std::fs::create_dir(&pipelines).unwrap();
    std::fs::copy(&hospital.pipeline_file, pipelines.join("own.toml")).unwrap();
    std::fs::write(pipelines.join("broken.toml"), "account = ").unwrap();
    erase(&hospital);
    let known = "select max(entry_number)::text from etl.journal";
    let copied = tijian::landing::end_of_journal(&hospital.pipeline.landing.dir, "demo").unwrap();
    assert_eq!(hospital.database.lines(known).await, [copied.to_string()]);
}
