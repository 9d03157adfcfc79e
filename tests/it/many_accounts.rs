//! Many accounts in one run: side by side within the limit, none in another's way, a line for each.

use std::process::Command;

use tijian::simulator::{Endpoint, Fault, GeneratorOptions, SimulatorOptions};

use crate::connecting::limited;
use crate::support::{Ended, FinalState, Hospital, TestDatabase, end, record};

const ACCOUNTS: usize = 12;

/// Hospitals of one warehouse, the first one's: it is where the program runs.
async fn hospitals(count: usize) -> Vec<Hospital> {
    let mut hospitals: Vec<Hospital> = Vec::new();
    for number in 0..count {
        let database = match hospitals.first() {
            None => TestDatabase::create().await,
            Some(first) => first.database.share().await,
        };
        let generator = GeneratorOptions { reservations: 20, seed: number as u64, ..Default::default() };
        let options = SimulatorOptions { generator, ..Default::default() };
        hospitals.push(Hospital::of(database, &format!("hospital-{number:02}"), options).await);
    }
    hospitals
}

/// `tijian run` of all of them.
fn run_of(hospitals: &[Hospital]) -> Command {
    let mut command = hospitals[0].tijian();
    command.arg("run");
    with_files(command, hospitals)
}

fn with_files(mut command: Command, hospitals: &[Hospital]) -> Command {
    command.args(hospitals.iter().map(|hospital| &hospital.pipeline_file));
    command
}

fn codes(ended: &Ended) -> Vec<(String, i64)> {
    let document = ended.json();
    let runs = document["runs"].as_array().unwrap().iter();
    runs.map(|run| (run["account"].as_str().unwrap().to_owned(), run["exit_code"].as_i64().unwrap())).collect()
}

/// Invariant: Accounts do not hinder each other: if one fails or crashes, the others continue.
/// Held by: a thread, a connection and a lock for each, within a limit.
#[tokio::test(flavor = "multi_thread")]
async fn one_failing_account_of_twelve_stops_nobody_and_each_has_its_line() {
    let hospitals = hospitals(ACCOUNTS).await;
    hospitals[5].simulator.arm(Endpoint::Order, Fault::ExpiredToken, 1);
    let mut command = run_of(&hospitals);
    command.args(["--output", "json", "--accounts-at-once", "12"]);
    let ended = end(command).expect(1);
    let expected: Vec<(String, i64)> =
        (0..ACCOUNTS).map(|number| (format!("hospital-{number:02}"), i64::from(number == 5))).collect();
    assert_eq!(codes(&ended), expected, "in the order of the files");
    assert!(ended.stderr.contains("account hospital-05:"), "{}", ended.stderr);
    for (number, hospital) in hospitals.iter().enumerate() {
        assert_eq!(hospital.simulator.unacknowledged(), if number == 5 { 20 } else { 0 }, "hospital {number}");
    }

    // Again, as text: the one that failed is made good, the others have nothing to do.
    let ended = end(run_of(&hospitals)).expect(0);
    let lines: Vec<&str> = ended.stdout.lines().filter(|line| line.trim_start().starts_with("hospital-")).collect();
    assert_eq!(lines.len(), ACCOUNTS, "{}", ended.stdout);
    for (number, hospital) in hospitals.iter().enumerate() {
        assert!(lines[number].trim_start().starts_with(&format!("hospital-{number:02} ")), "{}", lines[number]);
        assert_eq!(hospital.simulator.unacknowledged(), 0, "hospital {number}");
    }
    let versions = "select account || ' ' || count(*) from warehouse.reservation_versions group by account order by 1";
    let expected: Vec<String> = (0..ACCOUNTS).map(|number| format!("hospital-{number:02} 20")).collect();
    assert_eq!(hospitals[0].database.lines(versions).await, expected);
    hospitals[0].database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_run_side_by_side_up_to_the_limit_and_not_beyond() {
    // The last one, with more than the pool has connections: each account's is its own.
    for (count, limit, together) in [(3, "1", 1), (3, "2", 2), (3, "3", 3), (11, "10", 10)] {
        let mut hospitals = hospitals(count).await;
        // No order is answered, so that every run lasts until its time-out.
        for hospital in &mut hospitals {
            hospital.hurry(1);
            hospital.simulator.arm(Endpoint::Order, Fault::Hang, 1);
        }
        let mut command = run_of(&hospitals);
        command.args(["--quiet", "--accounts-at-once", limit]);
        end(command).expect(75);
        // How many runs were open at the same moment, by the ledger.
        let most = hospitals[0]
            .database
            .lines(
                "select max(together)::text from (
                    select count(*) as together from etl.runs as a
                    join etl.runs as b on a.started_at >= b.started_at and a.started_at < b.finished_at
                    group by a.run_id
                ) as counted",
            )
            .await;
        assert_eq!(most, [together.to_string()], "--accounts-at-once {limit}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn twelve_accounts_take_turns_where_there_are_few_connections_for_them() {
    let hospitals = hospitals(ACCOUNTS).await;
    let run = |url: &str, at_once: &str| {
        let mut command = run_of(&hospitals);
        command.env("DATABASE_URL", url).args(["--quiet", "--output", "json", "--accounts-at-once", at_once]);
        tokio::task::block_in_place(|| end(command))
    };
    // With a single one, none is pulled, and it is said how many there must be.
    let url = limited(&hospitals[0], 1).await;
    let ended = run(&url, "12").expect(75);
    assert!(ended.stderr.contains("needs 2 connections"), "{}", ended.stderr);
    assert!(hospitals.iter().all(|hospital| hospital.calls(Endpoint::Order) == 0));
    for (connections, at_once) in [(2, "12"), (3, "12"), (9, "64"), (13, "12")] {
        let url = limited(&hospitals[0], connections).await;
        let ended = run(&url, at_once).expect(0);
        assert_eq!(codes(&ended).len(), ACCOUNTS, "{connections}");
        for hospital in &hospitals {
            assert_eq!(hospital.simulator.unacknowledged(), 0, "{connections}");
            hospital.simulator.advance_night();
        }
    }
    hospitals[0].database.assert_sound().await;
}

/// Invariant: Accounts do not hinder each other: if one fails or crashes, the others continue.
#[tokio::test(flavor = "multi_thread")]
async fn accounts_side_by_side_have_the_histories_that_each_has_alone() {
    let together = hospitals(4).await;
    let alone = hospitals(4).await;
    for night in 0..3 {
        end(run_of(&together)).expect(0);
        for (number, hospital) in together.iter().enumerate() {
            alone[number].run_well().await;
            FinalState::of(hospital).await.assert_is(&FinalState::of(&alone[number]).await, &format!("night {night}"));
            hospital.simulator.advance_night();
            alone[number].simulator.advance_night();
        }
    }
    together[0].database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_discards_a_record_by_its_number_calls_no_other_accounts_platform() {
    let hospitals = hospitals(2).await;
    for hospital in &hospitals {
        hospital.simulator.insert_records(vec![record("BAD-1", r#""checkDate":"2026-02-30""#)]);
    }
    end(run_of(&hospitals)).expect(3);
    let number = "select rejection_id::text from etl.rejections where account = 'hospital-01'";
    let number = hospitals[0].database.lines(number).await.concat();
    let calls = hospitals[0].calls(Endpoint::Token);

    let mut command = hospitals[0].tijian();
    command.args(["quarantine", "discard", &number, "--yes", "--output", "json"]);
    let ended = end(with_files(command, &hospitals)).expect(0);
    assert_eq!(ended.json()["discards"].as_array().unwrap().len(), 1, "{}", ended.stdout);
    assert_eq!((hospitals[0].calls(Endpoint::Token), hospitals[1].simulator.unacknowledged()), (calls, 0));
    let runs = "select account || ' ' || count(*) from etl.runs group by account order by 1";
    assert_eq!(hospitals[0].database.lines(runs).await, ["hospital-00 1", "hospital-01 2"]);
}

#[tokio::test]
async fn every_key_of_an_account_has_the_account_in_it() {
    let database = TestDatabase::create().await;
    let without = "
        with
        tables as (
            select found.oid, accounts.attnum as account
            from pg_class as found
            left join pg_attribute as accounts
                on accounts.attrelid = found.oid
                and accounts.attname = 'account'
                and accounts.attnotnull
            where found.relnamespace in (
                    'etl'::regnamespace, 'warehouse'::regnamespace, 'finance'::regnamespace, 'replay'::regnamespace
                )
                and found.relkind in ('r', 'p')
                -- Of the warehouse as a whole.
                and found.relname not in ('warehouse', 'site_keys', 'schema_migrations', 'lakes', 'lake_publications', 'lake_decodings')
        )
        select tables.oid::regclass::text
        from tables
        where tables.account is null
        union all
        select keys.indexrelid::regclass::text
        from pg_index as keys
        inner join tables on tables.oid = keys.indrelid
        where keys.indisunique
            and tables.account <> all(keys.indkey)
        union all
        select keys.conname::text
        from pg_constraint as keys
        inner join tables on tables.oid = keys.conrelid
        where keys.contype = 'f'
            and keys.confrelid in (select tables.oid from tables)
            and tables.account <> all(keys.conkey)";
    assert_eq!(database.lines(without).await, [""; 0]);
}
