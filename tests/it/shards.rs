//! `tijian run --shard`: processes that share the accounts of one warehouse, at the same time.

use std::collections::BTreeSet;
use std::process::Command;

use rustix::process::Signal;
use tijian::pipeline::Shard;
use tijian::simulator::{Endpoint, Fault, GeneratorOptions, SimulatorOptions};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use crate::connecting::limited;
use crate::support::{
    Ended, Hospital, Running, TestDatabase, end, record, server_place, wait_until, with_private_server,
};

const ACCOUNTS: usize = 8;

/// How many shards most tests have.
const SHARDS: u32 = 3;

/// Hospitals that land in one folder, the first one's, in this warehouse.
async fn hospitals_in(database: TestDatabase) -> Vec<Hospital> {
    // An empty one has no login but its owner.
    let (url, is_owner) = (database.owner_url.clone(), database.url == database.owner_url);
    let mut database = Some(database);
    let mut hospitals: Vec<Hospital> = Vec::new();
    for number in 0..ACCOUNTS {
        let database = match database.take() {
            Some(database) => database,
            None if is_owner => TestDatabase::open_as_owner(url.clone()).await,
            None => hospitals[0].database.share().await,
        };
        let generator = GeneratorOptions { reservations: 20, seed: number as u64, ..Default::default() };
        let options = SimulatorOptions { generator, ..Default::default() };
        let mut hospital = Hospital::of(database, &format!("hospital-{number:02}"), options).await;
        if let Some(first) = hospitals.first() {
            let (own, shared) = (hospital.pipeline.landing.dir.clone(), first.pipeline.landing.dir.clone());
            hospital.redefine(|text| text.replace(&own.display().to_string(), &shared.display().to_string()));
        }
        hospitals.push(hospital);
    }
    hospitals
}

async fn hospitals() -> Vec<Hospital> {
    hospitals_in(TestDatabase::create().await).await
}

/// `tijian run` of all of them, for one shard.
fn run_of(hospitals: &[Hospital], shard: &str) -> Command {
    let mut command = hospitals[0].tijian();
    command.args(["run", "--quiet", "--output", "json", "--shard", shard]);
    command.args(hospitals.iter().map(|hospital| &hospital.pipeline_file));
    command
}

/// All shards at the same time, each with what `change` adds to it.
fn run_together(hospitals: &[Hospital], change: impl Fn(&mut Command)) -> Vec<Ended> {
    let start = |index| {
        let mut command = run_of(hospitals, &format!("{index}/{SHARDS}"));
        change(&mut command);
        Running::start(&mut command)
    };
    let running: Vec<Running> = (0..SHARDS).map(start).collect();
    block_in_place(|| running.into_iter().map(Running::end).collect())
}

fn ours<'h>(hospitals: &'h [Hospital], shard: &str) -> Vec<&'h Hospital> {
    let shard = Shard::parse(shard).unwrap();
    let ours: Vec<&Hospital> = hospitals.iter().filter(|hospital| shard.holds(&hospital.pipeline.account)).collect();
    assert!(ours.len() > 1 && ours.len() < ACCOUNTS - 2, "the names must be shared out: {}", ours.len());
    ours
}

fn accounts(ended: &Ended) -> Vec<String> {
    let document = ended.json();
    let runs = document["runs"].as_array().unwrap().iter();
    runs.map(|run| run["account"].as_str().unwrap().to_owned()).collect()
}

/// Everything is loaded once, and nothing is owed.
async fn assert_whole(hospitals: &[Hospital]) {
    let database = &hospitals[0].database;
    let versions = "select account || ' ' || count(*) from warehouse.reservation_versions group by account order by 1";
    let expected: Vec<String> = (0..ACCOUNTS).map(|number| format!("hospital-{number:02} 20")).collect();
    assert_eq!(database.lines(versions).await, expected);
    let owed = "select account from etl.outbox where state = 'pending'";
    assert_eq!(database.lines(owed).await, [""; 0]);
    for hospital in hospitals {
        assert_eq!(hospital.simulator.unacknowledged(), 0, "{}", hospital.pipeline.account);
    }
    database.assert_sound().await;
}

/// Invariant: Of several processes that share the accounts, exactly one works on each account.
/// Held by: the shard follows from the account's name alone; and the account's lock, whoever else works.
#[tokio::test(flavor = "multi_thread")]
async fn shards_at_once_make_the_warehouse_and_load_every_account_once() {
    // Nothing is there yet: no schema, no site key, no folder.
    for round in 0..3 {
        let hospitals = hospitals_in(TestDatabase::create_empty().await).await;
        let metrics = hospitals[0].dir.path().join("tijian.prom");
        let ended = run_together(&hospitals, |command| _ = command.arg("--metrics-file").arg(&metrics));
        let mut seen = Vec::new();
        for (index, ended) in ended.into_iter().enumerate() {
            let ended = ended.expect(0);
            let shard = format!("{index}/{SHARDS}");
            assert_eq!(ended.json()["shard"], shard.as_str());
            let expected: Vec<&str> =
                ours(&hospitals, &shard).iter().map(|hospital| hospital.pipeline.account.as_str()).collect();
            assert_eq!(accounts(&ended), expected, "round {round}");
            seen.extend(accounts(&ended));
        }
        assert_eq!(seen.len(), ACCOUNTS);
        assert_eq!(seen.into_iter().collect::<BTreeSet<_>>().len(), ACCOUNTS);
        for hospital in &hospitals {
            assert_eq!(hospital.calls(Endpoint::Order), 1, "round {round}: {}", hospital.pipeline.account);
        }
        assert_whole(&hospitals).await;
        let text = std::fs::read_to_string(metrics).unwrap();
        let written =
            text.lines().filter(|line| line.starts_with("tijian_last_run_exit_code{") && line.ends_with("} 0"));
        assert_eq!(written.count(), ACCOUNTS, "one file has the figures of all:\n{text}");
    }
}

/// Invariant: A run that is stopped anywhere is completed by the next, with the same history.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_shard_has_left_the_next_round_does() {
    let hospitals = hospitals().await;
    let killed = ours(&hospitals, "1/3");
    // One of its accounts is at its callbacks, another one waits for its answer, and the platform is in no hurry.
    killed[0].simulator.arm(Endpoint::Callback, Fault::EffectThenHang, 1);
    killed[1].simulator.arm(Endpoint::Order, Fault::Hang, 1);
    let start = |shard: &str| Running::start(&mut run_of(&hospitals, shard));
    let (first, mut second, third) = (start("0/3"), start("1/3"), start("2/3"));
    block_in_place(|| {
        wait_until("both are there", || {
            killed[0].calls(Endpoint::Callback) > 0 && killed[1].calls(Endpoint::Order) > 0
        });
        second.send(Signal::KILL);
        let _ = second.child().wait();
        for other in [first, third] {
            other.end().expect(0);
        }
    });
    let loaded = "select distinct account from warehouse.reservation_versions where account = 'ACCOUNT'";
    let loaded = loaded.replace("ACCOUNT", &killed[1].pipeline.account);
    assert_eq!(hospitals[0].database.lines(&loaded).await, [""; 0], "it was killed in the middle");
    // The server may take a moment to see that the client is gone.
    let held = "select 1::text from pg_locks where locktype = 'advisory' and database = (select oid from pg_database
        where datname = current_database())";
    block_in_place(|| {
        wait_until("the locks are free", || Handle::current().block_on(hospitals[0].database.lines(held)).is_empty());
    });
    for ended in run_together(&hospitals, |_| ()) {
        ended.expect(0);
    }
    assert_whole(&hospitals).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_shard_is_refused_before_anything_is_done() {
    let hospital = Hospital::with_reservations(GeneratorOptions { reservations: 1, ..Default::default() }).await;
    for wrong in
        ["1/", "a/b", "0/0", "4/4", "-1/4", "1/-4", "7/4", "1", "", "+1/4", "99999999999999999999/4", "0/99999999999"]
    {
        let ended = hospital.night(&[&format!("--shard={wrong}")]).expect(2);
        let expected = if wrong.is_empty() { "--shard" } else { "like 0/4, 1/4, 2/4 and 3/4" };
        assert!(ended.stderr.contains(expected), "{wrong}: {}", ended.stderr);
    }
    assert_eq!(hospital.simulator.log().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shard_without_accounts_is_a_success_that_says_so() {
    let hospital = Hospital::with_reservations(GeneratorOptions { reservations: 1, ..Default::default() }).await;
    let empty =
        (0..4).map(|index| format!("{index}/4")).find(|text| !Shard::parse(text).unwrap().holds("demo")).unwrap();
    let run = |options: &[&str]| {
        let mut command = hospital.tijian();
        // It needs nobody.
        command.env("DATABASE_URL", "postgresql://somebody@127.0.0.1:1/nowhere");
        command.args(["run", "--quiet", "--shard", &empty]).args(options).arg(&hospital.pipeline_file);
        command
    };
    let ended = end(run(&[])).expect(0);
    assert_eq!(ended.stdout, format!("shard {empty} has no accounts: nothing to do\n"));
    let document = end(run(&["--output", "json"])).expect(0).json();
    assert_eq!((document["shard"].as_str(), document["runs"].as_array().unwrap().len()), (Some(&*empty), 0));
    assert_eq!(hospital.simulator.log().len(), 0);

    // A watch stays, as those of the other shards do: who starts it again and again when it ends would have no rest.
    let mut command = run(&["--watch", "1s"]);
    command.env("DATABASE_URL", &hospital.database.url);
    let mut watch = Running::start(&mut command);
    block_in_place(|| {
        let mut out = std::io::BufReader::new(watch.child().stdout.take().unwrap());
        for _ in 0..2 {
            let mut line = String::new();
            std::io::BufRead::read_line(&mut out, &mut line).unwrap();
            assert!(line.contains("has no accounts"), "{line}");
        }
        watch.send(Signal::TERM);
        watch.end().expect(0);
    });
    assert_eq!(hospital.simulator.log().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_nobody_can_read_stops_every_shard() {
    let hospitals = hospitals().await;
    std::fs::write(&hospitals[3].pipeline_file, "version = 1\naccount = \"hospital-03\"\n").unwrap();
    for index in 0..SHARDS {
        let ended = end(run_of(&hospitals, &format!("{index}/{SHARDS}"))).expect(2);
        assert!(ended.stderr.contains(&hospitals[3].pipeline_file.display().to_string()), "{}", ended.stderr);
    }
    assert!(hospitals.iter().all(|hospital| hospital.simulator.log().is_empty()));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_connections_are_few_some_shards_are_told_to_run_again_and_nothing_is_lost() {
    let hospitals = hospitals().await;
    let url = limited(&hospitals[0], 4).await;
    let round = || run_together(&hospitals, |command| _ = command.env("DATABASE_URL", &url));
    for ended in round() {
        assert!([0, 75].contains(&ended.code), "{ended:?}");
        assert!(ended.code == 0 || ended.stderr.contains("connections"), "{ended:?}");
    }
    // One after the other, as a scheduler tries again.
    for index in 0..SHARDS {
        let mut command = run_of(&hospitals, &format!("{index}/{SHARDS}"));
        command.env("DATABASE_URL", &url);
        end(command).expect(0);
    }
    assert_whole(&hospitals).await;
}

/// Accounts share the numbers of their deliveries: nobody takes one that another shard's account had before.
#[tokio::test(flavor = "multi_thread")]
async fn after_a_restored_backup_no_shard_pulls_before_all_are_recovered() {
    let mut hospitals = hospitals().await;
    for ended in run_together(&hospitals, |_| ()) {
        ended.expect(0);
    }
    let backup = hospitals[0].database.back_up().await;
    for hospital in &hospitals {
        hospital.simulator.insert_records(vec![record("B-1", "")]);
    }
    for ended in run_together(&hospitals, |_| ()) {
        ended.expect(0);
    }
    let ledger = "select concat_ws(' ', delivery_id, account, landing_file) from etl.deliveries order by delivery_id";
    let expected = hospitals[0].database.lines(ledger).await;
    hospitals[0].database.restore(&backup).await;
    for hospital in &hospitals {
        hospital.simulator.insert_records(vec![record("C-1", "")]);
    }
    let calls =
        |hospitals: &[Hospital]| hospitals.iter().map(|hospital| hospital.calls(Endpoint::Order)).sum::<usize>();
    let before = calls(&hospitals);
    // Two of the three: they get theirs back, and wait for the third.
    for shard in ["0/3", "1/3"] {
        let ended = end(run_of(&hospitals, shard)).expect(75);
        assert!(ended.stderr.contains("other shards have yet to recover"), "{}", ended.stderr);
    }
    assert_eq!(calls(&hospitals), before);
    end(run_of(&hospitals, "2/3")).expect(0);
    for ended in run_together(&hospitals, |_| ()) {
        ended.expect(0);
    }
    let found = hospitals[0].database.lines(ledger).await;
    assert_eq!(found[..expected.len()], expected);
    for hospital in &hospitals {
        assert_eq!(hospital.simulator.unacknowledged(), 0);
    }
    hospitals[0].database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_folders_of_other_shards_are_elsewhere_nothing_is_recovered_by_halves() {
    let mut hospitals = hospitals().await;
    for ended in run_together(&hospitals, |_| ()) {
        ended.expect(0);
    }
    let backup = hospitals[0].database.back_up().await;
    for hospital in &hospitals {
        hospital.simulator.insert_records(vec![record("B-1", "")]);
    }
    for ended in run_together(&hospitals, |_| ()) {
        ended.expect(0);
    }
    hospitals[0].database.restore(&backup).await;
    // On this machine, there are only the folders of the first shard.
    let place = hospitals[0].dir.path().join("elsewhere");
    std::fs::create_dir(&place).unwrap();
    for shard in ["1/3", "2/3"] {
        for hospital in ours(&hospitals, shard) {
            let account = &hospital.pipeline.account;
            std::fs::rename(hospital.pipeline.landing.dir.join(account), place.join(account)).unwrap();
        }
    }
    let before: Vec<usize> = hospitals.iter().map(|hospital| hospital.simulator.log().len()).collect();
    let ended = end(run_of(&hospitals, "0/3")).expect(1);
    assert!(ended.stderr.contains("of this warehouse are not named here; nothing was changed"), "{}", ended.stderr);
    let after: Vec<usize> = hospitals.iter().map(|hospital| hospital.simulator.log().len()).collect();
    assert_eq!(after, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn shards_share_a_private_server_and_the_last_one_stops_it() {
    let hospitals = hospitals().await;
    let place = server_place();
    let ended = run_together(&hospitals, |command| {
        with_private_server(command).env("TIJIAN_DATA_DIR", place.path().join("data"));
    });
    let mut loaded = 0;
    for ended in ended {
        loaded += accounts(&ended.expect(0)).len();
    }
    assert_eq!(loaded, ACCOUNTS);
    assert!(!place.path().join("data/postgres/data/postmaster.pid").exists());
    for hospital in &hospitals {
        assert_eq!(hospital.simulator.unacknowledged(), 0);
    }
}
