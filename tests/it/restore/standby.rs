//! A standby that lags behind is promoted: the same as a restored backup.

use std::path::Path;
use std::process::Command;

use tijian::guidance::ExitCode;
use tijian::local_postgres::{Durability, LocalPostgres};
use tijian::night::OnLoss;
use tokio::task::block_in_place;

use super::{assert_same, contents, recover};
use crate::support::{Hospital, TestDatabase, client_program, connect, lines, record, server_options, wait_until};

/// A standby of this server, in this folder: a copy that follows.
fn follow(primary: &LocalPostgres, dir: &Path) -> LocalPostgres {
    let options = server_options(dir.to_owned(), Durability::Durable);
    // Makes the folder, and hands it to the user whom a server may run as.
    LocalPostgres::start(&options).unwrap().stop().unwrap();
    let data = dir.join("data");
    std::fs::remove_dir_all(&data).unwrap();
    let mut copy = Command::new(client_program(primary, "pg_basebackup"));
    copy.args(["--write-recovery-conf", "--checkpoint=fast", "-d", &primary.url(), "-D"]).arg(&data);
    assert!(copy.status().unwrap().success());
    // A newer pg_basebackup than the server writes an option that PostgreSQL 13 does not know.
    let settings = data.join("postgresql.auto.conf");
    let text = std::fs::read_to_string(&settings).unwrap().replace(" sslsni=1", "");
    std::fs::write(&settings, text).unwrap();
    assert!(Command::new("chown").arg("-R").arg("--reference").arg(dir).arg(&data).status().unwrap().success());
    LocalPostgres::start(&options).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_promoted_standby_has_not_got_is_loaded_again_from_the_landing_folder() {
    let dir = tempfile::Builder::new().prefix("tijian-standby-").tempdir_in("/tmp").unwrap();
    std::fs::set_permissions(dir.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let (first, second) = (dir.path().join("primary"), dir.path().join("standby"));
    let primary = block_in_place(|| LocalPostgres::start(&server_options(first, Durability::Durable))).unwrap();
    let mut hospital =
        Hospital::of(TestDatabase::create_on(&primary, "followed").await, "demo", Default::default()).await;
    hospital.simulator.insert_records(vec![record("A-1", ""), record("B-1", "")]);
    hospital.run_well().await;
    let standby = block_in_place(|| follow(&primary, &second));
    let behind = connect(&standby.database_url("followed")).await;

    // What it gets while it follows, and what it does not.
    hospital.simulator.insert_records(vec![record("C-1", "")]);
    hospital.run_well().await;
    let known = "select serial_number from warehouse.reservation_versions order by 1";
    let known = || block_in_place(|| tokio::runtime::Handle::current().block_on(lines(&behind, known)));
    wait_until("the standby has the second night", || known() == ["A-1", "B-1", "C-1"]);
    behind.batch_execute("alter system set primary_conninfo = ''").await.unwrap();
    behind.batch_execute("select pg_reload_conf()").await.unwrap();
    let followers = "select pid::text from pg_stat_replication";
    let followers =
        || block_in_place(|| tokio::runtime::Handle::current().block_on(hospital.database.lines(followers)));
    wait_until("it does not follow any more", || followers().is_empty());
    hospital.simulator.insert_records(vec![record("A-1", r#""orderStatus":5"#), record("D-1", "")]);
    hospital.run_well().await;
    assert_eq!(hospital.simulator.unacknowledged(), 0);
    let mut expected = contents(&hospital.database).await;

    // The primary is lost. Until the standby is promoted, it is refused.
    block_in_place(|| primary.stop()).unwrap();
    let url = standby.database_url("followed");
    hospital.database = TestDatabase::open(url.clone(), "tijian_test_loader").await;
    let calls = hospital.simulator.log().len();
    let refused = hospital.run().await;
    assert_eq!((refused.exit_code(), hospital.simulator.log().len()), (ExitCode::Failed, calls));
    behind.batch_execute("select pg_promote()").await.unwrap();
    assert_eq!(known(), ["A-1", "B-1", "C-1"], "the third night is not there");
    hospital.database = TestDatabase::open(url, "tijian_test_loader").await;

    let report = recover(&hospital, OnLoss::Stop).await;
    assert!(report.error.is_none(), "{}", report.error.unwrap().chain());
    assert_eq!(report.recovered.deliveries, 1);
    let mut made = contents(&hospital.database).await;
    // The marts follow with the next exports.
    made.remove("warehouse.daily_volumes");
    expected.remove("warehouse.daily_volumes");
    assert_same(&made, &expected, "promoted");
    assert_eq!(hospital.run_well().await.counts.received, 0);
    hospital.database.assert_sound().await;
    drop(behind);
    block_in_place(|| standby.stop()).unwrap();
}
