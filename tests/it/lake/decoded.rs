//! States that are decoded once more from landed files: what the planner makes of them is what a replay makes, and they end with an
//! erasure.
//!
//! Invariant: What is decoded for a lake makes the history that a replay makes, and tells nobody who was erased.
//! Held by: the chain of the nights up to the plan, under the account's lock; what an erasure has noted; a withdrawal of all of it.

use std::collections::BTreeMap;
use std::path::Path;

use tijian::failure::RunError;
use tijian::failure::Stopped;
use tijian::lake::{Decoded, LakeError, LakeFile};
use tijian::night::{FILE_ROWS, LakeTarget, lakes};
use tijian::upkeep::{DecodeContext, DecodeReport, DecodeStep, decode_account};
use tijian::warehouse::Warehouse;

use super::{
    STATES, add_lake, files_on_disk, hospital, key_of, night, pointer, publish_all, publish_until, root, rows_of,
};
use crate::support::{Ended, Hospital, end, end_after_input, marked_record, record, tijian};

type Outcome = Result<DecodeReport, RunError>;

/// Decodes in pieces of so many rows, and stops after the `nth` step of a name.
pub(super) async fn decode_until(hospital: &Hospital, file_rows: u64, last: Option<&str>) -> Outcome {
    decode_into(hospital, &lakes([&hospital.pipeline])[0], file_rows, last).await
}

/// The same, for a lake that may be of other accounts, too.
pub(super) async fn decode_into(hospital: &Hospital, lake: &LakeTarget, file_rows: u64, last: Option<&str>) -> Outcome {
    let on_step = |step: DecodeStep| match last {
        Some(name) if step.name() == name => Err(Stopped),
        _ => Ok(()),
    };
    let site_key = hospital.settings.site_key().unwrap();
    let owner = Warehouse::connect(&hospital.database.owner_url).await.unwrap();
    let context = DecodeContext {
        warehouse: &owner,
        settings: &hospital.settings,
        site_key: &site_key,
        file_rows,
        on_step: &on_step,
    };
    decode_account(&hospital.pipeline, lake, context).await
}

/// Decodes and publishes; it must go well.
pub(super) async fn decode(hospital: &Hospital) -> Decoded {
    decode_until(hospital, 100, None).await.unwrap_or_else(|error| panic!("{}", error.chain()));
    publish_all(hospital).await;
    pointer(hospital).decoded.unwrap()
}

fn replay(hospital: &Hospital, options: &[&str]) -> Ended {
    let mut command = hospital.tijian();
    command.env("DATABASE_URL", &hospital.database.owner_url).arg("replay").args(options).arg(&hospital.pipeline_file);
    end(command)
}

/// What the planner makes of these states: `account serial_number delivery_id version valid_from valid_to change`, sorted.
pub(super) fn planned(hospital: &Hospital, states: &[LakeFile]) -> Vec<String> {
    let columns: Vec<&str> = STATES.split_whitespace().collect();
    let place = |name: &str| columns.iter().position(|column| *column == name).unwrap();
    let wanted = [
        "account",
        "serial_number",
        "delivery_id",
        "position",
        "effective_at",
        "content_id",
        "order_status",
        "check_date",
        "unconfirmed_pull",
    ]
    .map(place);
    let mut lines = BTreeMap::new();
    for row in rows_of(hospital, states, STATES) {
        let cells = wanted.map(|at| row[at].clone().unwrap_or_else(|| "\\N".to_owned()));
        let key = (cells[1].clone(), cells[2].parse::<i64>().unwrap(), cells[3].parse::<i64>().unwrap());
        assert!(lines.insert(key, cells.join("\t")).is_none(), "a place comes once");
    }
    let input: String = lines.into_values().map(|line| line + "\n").collect();
    let mut worker = tijian(Path::new("/"));
    worker.env_clear().args(["worker", "history"]);
    let output = end_after_input(worker, &input).expect(0).stdout;
    let cells = output.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let made = cells.filter(|cells| cells[4] != "\\N");
    let mut versions: Vec<String> = made.map(|cells| [&cells[0..3], &cells[4..]].concat().join(" ")).collect();
    versions.sort();
    versions
}

/// The same, as the live history has it.
pub(super) async fn live(hospital: &Hospital) -> Vec<String> {
    let versions = "select account || ' ' || serial_number || ' ' || delivery_id || ' ' || version || ' '
            || (extract(epoch from valid_from) * 1000000)::bigint || ' '
            || case when valid_to = 'infinity' then '\\N' else (extract(epoch from valid_to) * 1000000)::bigint::text end
            || ' ' || change
        from warehouse.reservation_versions";
    let mut versions = hospital.database.lines(versions).await;
    versions.sort();
    versions
}

/// What was published and decoded of the same state says the same, but for what the planner has made of it: its place, the pull that was
/// not confirmed, and a start that was moved.
fn assert_published_states_are_among(hospital: &Hospital, decoded: &[LakeFile]) {
    let plain = |files: &[LakeFile]| {
        let mut rows = rows_of(hospital, files, STATES);
        for row in &mut rows {
            (row[3], row[5], row[24]) = (None, None, None);
        }
        rows.sort();
        rows
    };
    let (decoded, published) = (plain(decoded), plain(&pointer(hospital).states));
    assert!(published.len() > 50, "{}", published.len());
    for row in &published {
        assert!(decoded.binary_search(row).is_ok(), "{row:?}");
    }
}

pub(super) fn accept_long_names(hospital: &mut Hospital) {
    let name = "[fields.name]\ntype = \"text\"\nmax_characters = ";
    hospital.redefine_contract(|text| text.replace(&format!("{name}20"), &format!("{name}60")));
}

#[tokio::test(flavor = "multi_thread")]
async fn decoded_states_make_the_history_that_a_replay_makes_by_this_contract_and_by_another() {
    let mut hospital = hospital().await;
    for number in 0..7 {
        if number == 4 {
            hospital.simulator.insert_records(vec![record("LONG-1", &format!(r#""name":"{}""#, "长".repeat(25)))]);
        }
        night(&hospital, number).await;
    }
    publish_all(&hospital).await;
    let same = decode(&hospital).await;
    assert!(same.states.len() > 1, "several files");
    assert_eq!(planned(&hospital, &same.states), live(&hospital).await);
    assert_published_states_are_among(&hospital, &same.states);
    let unconfirmed = rows_of(&hospital, &same.states, STATES).iter().filter(|row| row[5].is_some()).count();
    assert!(unconfirmed > 0, "some may have come again");
    // Again by the same contract: as a whole, and the files of before are no longer named.
    let again = decode(&hospital).await;
    assert_ne!(again.decoding_id, same.decoding_id);
    assert!(pointer(&hospital).paths().all(|path| !path.contains(&same.decoding_id)));

    accept_long_names(&mut hospital);
    let other = decode(&hospital).await;
    assert_ne!(
        planned(&hospital, &other.states),
        live(&hospital).await,
        "the live history is by the contract of before"
    );
    let planned = planned(&hospital, &other.states);
    assert!(planned.iter().any(|version| version.contains("LONG-1")));
    replay(&hospital, &["--swap"]).expect(0);
    publish_all(&hospital).await;
    assert_eq!(planned, live(&hospital).await);
    let pointer = pointer(&hospital);
    assert_eq!(pointer.decoded, None, "a swap withdraws what was decoded before it");
    assert!(files_on_disk(&hospital).iter().all(|file| !file.starts_with("decoded")), "{:?}", files_on_disk(&hospital));
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decoding_that_is_stopped_anywhere_leaves_nothing_and_the_next_is_whole() {
    let hospital = hospital().await;
    night(&hospital, 0).await;
    night(&hospital, 1).await;
    publish_all(&hospital).await;
    let published = files_on_disk(&hospital);
    for step in DecodeStep::NAMES {
        let stopped = decode_until(&hospital, 5, Some(step)).await;
        assert!(matches!(stopped, Err(RunError::Stopped(_))), "{step}: {stopped:?}");
        assert_eq!(pointer(&hospital).decoded, None, "{step}");
        if *step != "recorded" {
            assert_eq!(files_on_disk(&hospital), published, "{step}");
        }
    }
    // What was recorded is not decoded once more, and another contract's is.
    assert!(decode_until(&hospital, 5, None).await.unwrap().is_known);
    let stopped = publish_until(&hospital, false, FILE_ROWS, Some(("pointer_moved", 1))).await;
    assert!(matches!(stopped, Err(RunError::Stopped(_))));
    let decoded = pointer(&hospital).decoded.unwrap();
    publish_all(&hospital).await;
    assert_eq!(pointer(&hospital).decoded.as_ref(), Some(&decoded));
    assert_eq!(planned(&hospital, &decoded.states), live(&hospital).await);
    let open = "select decoding_id::text from etl.lake_decodings where published_at is null";
    assert_eq!(hospital.database.lines(open).await, Vec::<String>::new());
    // A night that publishes leaves it as it is.
    night(&hospital, 2).await;
    publish_all(&hospital).await;
    assert_eq!(pointer(&hospital).decoded.as_ref(), Some(&decoded));
    rows_of(&hospital, &decoded.states, STATES);
}

/// Numbers whose persons are erased: in the history, and only in what was refused.
const REFUSED: &str = "330102199003071234";
const NUMBER: &str = "11010519491231002X";

fn erase(hospital: &Hospital, number: &str) {
    let mut command = hospital.tijian();
    command.env("DATABASE_URL", &hospital.database.owner_url).args(["erase", "--card-type", "1", "--confirm"]);
    let ended = end_after_input(command, number).expect(0);
    assert!(ended.stdout.contains("demo"), "{}{}", ended.stdout, ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_erased_is_in_no_decoded_state_before_or_after() {
    let mut hospital = Hospital::new().await;
    add_lake(&mut hospital);
    let long = "长".repeat(25);
    let refused = format!(r#""name":"{long}","idcard":"{REFUSED}""#);
    hospital.simulator.insert_records(vec![
        marked_record("M-1", ""),
        marked_record("M-2", ""),
        record("REFUSED", &refused),
        record("OTHER", r#""name":"李四","idcard":"440524188001010014""#),
    ]);
    hospital.run_well().await;
    hospital.simulator.insert_records(vec![marked_record("M-1", r#""checkDate":"2026-03-01""#)]);
    hospital.run_well().await;
    publish_all(&hospital).await;
    accept_long_names(&mut hospital);
    // What the persons are called here, before they are erased.
    let decoded = decode(&hospital).await;
    let rows = rows_of(&hospital, &decoded.states, STATES);
    let ids = |serial_number: &str| {
        let of_it = rows.iter().filter(|row| row[1].as_deref() == Some(serial_number));
        of_it.map(|row| row[6].clone().unwrap()).collect::<Vec<_>>()
    };
    let (erased, refused, other) = (ids("M-1")[0].clone(), ids("REFUSED")[0].clone(), ids("OTHER")[0].clone());
    let told = |hospital: &Hospital, id: &str| {
        let files: Vec<LakeFile> = pointer(hospital).decoded.into_iter().flat_map(|decoded| decoded.states).collect();
        rows_of(hospital, &files, STATES).iter().any(|row| row.iter().flatten().any(|cell| cell == id))
    };
    assert!(told(&hospital, &erased) && told(&hospital, &refused) && told(&hospital, &other));

    for number in [REFUSED, NUMBER] {
        decode(&hospital).await;
        // Another is under way.
        decode_until(&hospital, 5, None).await.unwrap();
        erase(&hospital, number);
        publish_all(&hospital).await;
        assert_eq!(pointer(&hospital).decoded, None, "withdrawn");
        assert!(
            files_on_disk(&hospital).iter().all(|file| !file.starts_with("decoded")),
            "{:?}",
            files_on_disk(&hospital)
        );
    }
    // Afterwards, they come without.
    let decoded = decode(&hospital).await;
    assert_eq!([&erased, &refused, &other].map(|id| told(&hospital, id)), [false, false, true]);
    let rows = rows_of(&hospital, &decoded.states, STATES);
    assert_eq!(rows.len(), 6);
    // Those of the history have who stands for the person since, and of the birthday what is left.
    let successor = "select distinct encode(person_id, 'hex') from warehouse.reservation_versions
        where serial_number in ('M-1', 'M-2')";
    let [successor] = &hospital.database.lines(successor).await[..] else { panic!("one stands for the person") };
    assert!(rows.iter().filter(|row| row[6].as_ref() == Some(successor)).count() == 3, "{rows:?}");
    let ages = "select string_agg((extract(year from age(check_date, birthdate)))::text, ' ' order by version)
        from warehouse.reservation_versions where serial_number = 'M-1'";
    let of_it = rows.iter().filter(|row| row[1].as_deref() == Some("M-1")).map(|row| row[8].clone().unwrap());
    assert_eq!(hospital.database.lines(ages).await, [of_it.collect::<Vec<_>>().join(" ")]);
    // No digest without a key.
    let digests = "select encode(fingerprint, 'hex') from warehouse.reservation_versions";
    for digest in hospital.database.lines(digests).await {
        assert!(!told(&hospital, &digest));
    }
    assert_ne!(key_of(&hospital), [0; 32]);
    hospital.database.assert_sound().await;
}

/// As each way to take somebody out, or to take the database back, leaves a lake of which only decoded states know.
#[tokio::test(flavor = "multi_thread")]
async fn what_only_decoded_states_know_is_withdrawn_too_and_not_decoded_before_a_recovery() {
    let mut hospital = Hospital::new().await;
    add_lake(&mut hospital);
    hospital.simulator.insert_records(vec![marked_record("M-1", "")]);
    hospital.run_well().await;
    publish_all(&hospital).await;
    let backup = hospital.database.back_up().await;
    decode(&hospital).await;
    // Nobody in the database has this number: a decoded state may, all the same.
    let mut command = hospital.tijian();
    command.env("DATABASE_URL", &hospital.database.owner_url).args(["erase", "--card-type", "1", "--confirm"]);
    end_after_input(command, REFUSED).expect(0);
    publish_all(&hospital).await;
    assert_eq!(pointer(&hospital).decoded, None);

    decode(&hospital).await;
    hospital.database.restore(&backup).await;
    // The ledger knows nothing of what was decoded since.
    let late = publish_until(&hospital, false, FILE_ROWS, None).await;
    assert!(matches!(late, Err(RunError::Lake(LakeError::OtherPosition { .. }))), "{late:?}");
    publish_until(&hospital, true, FILE_ROWS, None).await.unwrap();
    assert_eq!(pointer(&hospital).decoded, None);
    assert!(files_on_disk(&hospital).iter().all(|file| !file.starts_with("decoded")));
    // A night that the database has forgotten comes first.
    hospital.simulator.insert_records(vec![marked_record("M-2", "")]);
    hospital.run_well().await;
    publish_all(&hospital).await;
    hospital.database.restore(&backup).await;
    let early = decode_until(&hospital, 5, None).await.unwrap_err();
    assert!(early.chain().contains("journal"), "{}", early.chain());
    assert!(files_on_disk(&hospital).iter().all(|file| !file.starts_with("decoded")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_discarded_is_withdrawn_and_comes_back_without_its_person() {
    let mut hospital = Hospital::new().await;
    add_lake(&mut hospital);
    hospital
        .simulator
        .insert_records(vec![record("GOOD", ""), record("LONG", &format!(r#""name":"{}""#, "长".repeat(25)))]);
    hospital.run_well().await;
    publish_all(&hospital).await;
    accept_long_names(&mut hospital);
    let persons = |hospital: &Hospital, decoded: &Decoded| {
        let mut rows = rows_of(hospital, &decoded.states, STATES);
        rows.dedup_by(|one, other| one[1] == other[1]);
        rows.into_iter().map(|row| (row[1].clone().unwrap(), row[6].is_some())).collect::<Vec<_>>()
    };
    let shown = |good, long| vec![("GOOD".to_owned(), good), ("LONG".to_owned(), long)];
    assert_eq!(persons(&hospital, &decode(&hospital).await), shown(true, true));
    hospital.redefine_contract(|text| text.replace("max_characters = 60", "max_characters = 20"));
    let mut command = hospital.tijian();
    command.args(["quarantine", "discard", "--field", "name", "--yes"]).arg(&hospital.pipeline_file);
    end(command).expect(0);
    assert_eq!(pointer(&hospital).decoded, None, "the command itself withdraws it");
    accept_long_names(&mut hospital);
    assert_eq!(persons(&hospital, &decode(&hospital).await), shown(true, false));
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_share_the_accounts_and_the_last_one_publishes() {
    let mut first = Hospital::new().await;
    let mut second = Hospital::of(first.database.share().await, "second", Default::default()).await;
    let folder = first.dir.path().display().to_string();
    for hospital in [&mut first, &mut second] {
        hospital.redefine(|text| format!("{text}\n[[export]]\nkind = \"lake\"\nurl = \"file://{folder}/lake\"\n"));
        hospital.simulator.insert_records(vec![record("A-1", ""), record("A-2", "")]);
    }
    let publish = |options: &[&str]| {
        let mut command = first.tijian();
        command.env("DATABASE_URL", &first.database.owner_url).args(["lake", "publish"]).args(options);
        end({
            command.args([&first.pipeline_file, &second.pipeline_file]);
            command
        })
    };
    let refused = publish(&["--shard", "0/2"]).expect(1);
    assert!(refused.stderr.contains("TJ-7611"), "{}", refused.stderr);
    first.run_well().await;
    second.run_well().await;
    publish(&[]).expect(0);
    // Nobody else may.
    let mut loader = first.tijian();
    loader.args(["lake", "publish", "--decode"]).arg(&first.pipeline_file);
    let refused = end(loader).expect(1);
    assert!(refused.stderr.contains("may not decode deliveries"), "{}", refused.stderr);
    publish(&["--again", "--decode"]).expect(2);

    let shards = ["0/2", "1/2"];
    let mut last = None;
    for shard in shards {
        last = Some(publish(&["--shard", shard, "--output", "json"]).expect(0).json());
    }
    let last = &last.unwrap()["lakes"][0];
    assert_eq!(last["missing_accounts"], 0, "{last}");
    let decoded = pointer(&first).decoded.unwrap();
    assert_eq!(decoded.states.iter().map(|file| file.rows).sum::<u64>(), 4);
    let text = publish(&["--decode"]).expect(0).stdout;
    assert!(text.contains("demo: 1 deliveries decoded, 2 states"), "{text}");
    assert!(text.contains("all accounts are decoded"), "{text}");
    // Nor anybody while a run holds the account; the others are decoded all the same.
    let held = first.database.warehouse.lock_account("demo").await.unwrap().unwrap();
    let busy = publish(&["--decode"]).expect(5).stdout;
    assert!(busy.contains("1 of 2 accounts are decoded"), "{busy}");
    held.release().await;
    // Landed files that are gone are named, and nothing is published without them.
    let landed = first.pipeline.landing.dir.join("demo");
    for file in first.database.lines("select landing_file from etl.deliveries where account = 'demo'").await {
        std::fs::remove_file(landed.join(file)).unwrap();
    }
    let before = pointer(&first);
    let ended = publish(&["--decode"]);
    assert!(ended.stderr.contains("TJ-6203"), "{}", ended.stderr);
    ended.expect(1);
    assert_eq!(pointer(&first), before);
    assert!(root(&first).is_dir());
}
