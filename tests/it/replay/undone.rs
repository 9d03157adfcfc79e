//! The way back from a swap, which keeps nothing of what it replaces: a backup of before, and a recovery without the swap.

use tijian::night::{OnLoss, RunReport, Task};

use super::retries::{long_named, loosen};
use super::{assert_identical, owner, swap};
use crate::support::{Hospital, record};

async fn recover(hospital: &Hospital, on_loss: OnLoss) -> RunReport {
    hospital.run_task_as(&owner(hospital).await, Task::Recover(on_loss), &|_| Ok(())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_before_the_swap_leads_back() {
    let mut hospital = Hospital::new().await;
    hospital.redefine(|text| text.replace("on_reject = \"hold\"", "on_reject = \"ack\""));
    hospital.simulator.insert_records(vec![record("A-1", ""), long_named("B-1", r#","examinationFee":7.50"#)]);
    hospital.run_well().await;
    let before = hospital.database.history().await;
    let definition = std::fs::read_to_string(&hospital.pipeline_file).unwrap();

    let backup = hospital.database.back_up().await;
    loosen(&mut hospital);
    assert!(swap(&hospital).await.is_swapped);
    assert_ne!(hospital.database.history().await, before);

    hospital.redefine(|_| definition.clone());
    hospital.database.restore(&backup).await;
    let stopped = hospital.run().await.error.expect("nobody goes back by accident");
    assert!(stopped.chain().contains("since the backup, a replayed history was swapped in"), "{}", stopped.chain());
    let report = recover(&hospital, OnLoss::Accept).await;
    assert!(report.error.is_none());
    assert_eq!((report.recovered.entries, report.recovered.lost), (0, 1), "the swap, and nothing else");
    assert_eq!(hospital.database.history().await, before);
    hospital.database.assert_sound().await;

    // And goes on as ever.
    hospital.simulator.insert_records(vec![record("A-1", r#""checkDate":"2026-02-05""#)]);
    hospital.run_well().await;
    hospital.database.assert_sound().await;
    assert_identical(&hospital).await;
}
