//! A platform that cannot be pulled from holds up nothing but its deliveries: arrivals, owed files and the removal of what
//! is past its days are done all the same.

use tijian::guidance::ExitCode;
use tijian::simulator::{Endpoint, Fault};

use crate::support::{Hospital, record};

/// Ways in which a pull fails to its end, and the exit code that it gives the run.
const FAULTS: [(Fault, ExitCode); 4] = [
    (Fault::Http(503), ExitCode::Temporary),
    (Fault::Garbage, ExitCode::Failed),
    (Fault::Truncated, ExitCode::Failed),
    (Fault::Http(404), ExitCode::Failed),
];

/// A hospital with a reservation in its warehouse, the files of which were never made, an arrival in the inbox, and a
/// delivery and a discarded row that are past their days.
async fn hospital() -> Hospital {
    let hospital = Hospital::new().await;
    // Nothing goes by its age while the platform's clock is another one.
    hospital.simulator.set_timestamp(Some(chrono::Utc::now().timestamp_millis()));
    hospital.simulator.insert_records(vec![record("S-1", "")]);
    assert!(hospital.run_until("acknowledged", 1).await.is_stopped());
    assert!(!hospital.files().iter().any(|file| file.starts_with("history/") || file.starts_with("finance/")));
    let insert = "insert into etl.arrival_inbox (account, serial_number) values ('demo', 'S-1')";
    hospital.database.client.execute(insert, &[]).await.unwrap();
    hospital
}

/// Leaves a row in the inbox that is past its days, as retention sees it.
async fn leave_something_old(hospital: &Hospital) {
    let insert = "insert into etl.arrival_inbox (account, serial_number, submitted_at, state, reason, finished_at)
        values ('demo', 'OLD', now() - interval '3 years', 'refused', 'unknown_reservation', now() - interval '3 years')";
    hospital.database.client.execute(insert, &[]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_pull_holds_up_neither_arrivals_nor_exports_nor_retention() {
    for (fault, code) in FAULTS {
        let hospital = hospital().await;
        leave_something_old(&hospital).await;
        hospital.simulator.arm(Endpoint::Order, fault, u32::MAX);
        let report = hospital.run().await;
        assert_eq!(report.exit_code(), code, "{fault}: the exit status is the pull's");
        assert_eq!(report.pulls, 0, "{fault}");
        assert_eq!((report.arrivals.taken, report.arrivals.confirmed), (1, 1), "{fault}");
        assert_eq!(hospital.simulator.arrivals().len(), 1, "{fault}");
        assert!(report.exported.len() >= 3, "{fault}: {:?}", report.exported);
        for path in &report.exported {
            assert!(path.exists(), "{fault}: {}", path.display());
        }
        let old = "select serial_number from etl.arrival_inbox where serial_number = 'OLD'";
        assert_eq!(hospital.database.lines(old).await, Vec::<String>::new(), "{fault}");
        let failure = "select failure from etl.runs order by run_id desc limit 1";
        let failure = hospital.database.lines(failure).await.remove(0);
        assert!(failure.contains("/reservation/sync/order"), "{fault}: the ledger has the pull's failure: {failure}");
        hospital.database.assert_sound().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_after_a_failed_pull_does_not_hide_it() {
    let hospital = hospital().await;
    std::fs::write(hospital.dir.path().join("history"), "a file where a folder is needed").unwrap();
    hospital.simulator.arm(Endpoint::Order, Fault::Http(503), u32::MAX);
    let report = hospital.run().await;
    assert_eq!(report.exit_code(), ExitCode::Temporary);
    assert!(report.error.unwrap().chain().contains("503"));
    assert_eq!(report.arrivals.confirmed, 1);
}

/// Platforms lock an account after some wrong secrets, and whoever asks for an hour is left alone.
#[tokio::test(flavor = "multi_thread")]
async fn after_a_refused_token_no_arrival_is_sent() {
    let hospital = hospital().await;
    let before = hospital.calls(Endpoint::Token);
    hospital.simulator.arm(Endpoint::Token, Fault::Http(401), u32::MAX);
    let report = hospital.run().await;
    assert_eq!(report.exit_code(), ExitCode::Failed);
    assert_eq!((report.arrivals.taken, report.arrivals.confirmed, report.pending), (1, 0, 1));
    assert_eq!(hospital.calls(Endpoint::Token) - before, 1, "the secrets were tried once");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_failed_pull_no_arrival_is_refused() {
    let hospital = hospital().await;
    let insert = "insert into etl.arrival_inbox (account, serial_number, submitted_at) values
        ('demo', 'BOOKED-SINCE', now() - interval '9 days')";
    hospital.database.client.execute(insert, &[]).await.unwrap();
    hospital.simulator.arm(Endpoint::Order, Fault::Http(404), 1);
    let report = hospital.run().await;
    assert_eq!((report.arrivals.taken, report.arrivals.waiting, report.arrivals.refused), (1, 1, 0));
    // The next delivery brings the reservation.
    hospital.simulator.insert_records(vec![record("BOOKED-SINCE", "")]);
    let report = hospital.run_well().await;
    assert_eq!((report.arrivals.taken, report.arrivals.confirmed, report.exit_code()), (1, 1, ExitCode::Good));
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_platform_is_silent_nothing_goes_by_its_age_and_no_clock_is_blamed() {
    let hospital = hospital().await;
    leave_something_old(&hospital).await;
    let delivered_long_ago = "update etl.deliveries set platform_at = platform_at - interval '9 days'";
    hospital.database.client.execute(delivered_long_ago, &[]).await.unwrap();
    hospital.simulator.arm(Endpoint::Order, Fault::Http(404), u32::MAX);
    let report = hospital.run().await;
    assert_eq!(report.retention_note, None);
    let old = "select serial_number from etl.arrival_inbox where serial_number = 'OLD'";
    assert_eq!(hospital.database.lines(old).await, ["OLD"]);
}
