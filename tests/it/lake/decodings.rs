//! One decoding after another, stopped, withdrawn, or of other accounts: the pointer never names what is gone, and nobody is told of work
//! that was thrown away.

use tijian::failure::{RebuildError, RunError};
use tijian::night::{FILE_ROWS, lakes};

use super::decoded::{accept_long_names, decode, decode_into, decode_until, live, planned};
use super::{STATES, add_lake, files_on_disk, pointer, publish_all, publish_until, rows_of};
use crate::support::{Ended, Hospital, connect, end, record};

/// A hospital with a record that is too long, in a lake.
async fn published() -> Hospital {
    let mut hospital = Hospital::new().await;
    add_lake(&mut hospital);
    let long = record("LONG", &format!(r#""name":"{}""#, "长".repeat(25)));
    hospital.simulator.insert_records(vec![record("GOOD", ""), long]);
    hospital.run_well().await;
    publish_all(&hospital).await;
    hospital
}

/// The command that decodes these hospitals' accounts.
fn publish_decoded(hospitals: &[&Hospital]) -> Ended {
    let mut command = hospitals[0].tijian();
    command.env("DATABASE_URL", &hospitals[0].database.owner_url).args(["lake", "publish", "--decode"]);
    command.args(hospitals.iter().map(|hospital| &hospital.pipeline_file));
    end(command)
}

/// The pointer names what is there: rows of these reservations.
fn assert_named(hospital: &Hospital, expected: &[&str]) {
    let decoded = pointer(hospital).decoded.expect("decoded states are named");
    let rows = rows_of(hospital, &decoded.states, STATES);
    assert_eq!(rows.iter().map(|row| row[1].as_deref().unwrap()).collect::<Vec<_>>(), expected);
    let (named, files) = (pointer(hospital), files_on_disk(hospital));
    assert!(named.paths().all(|path| files.contains(path)), "{files:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_to_be_withdrawn_takes_no_new_decoding_with_it() {
    let hospital = published().await;
    decode(&hospital).await;
    // As an erasure leaves it that could not reach the lake.
    hospital.database.client.batch_execute("update etl.lake_deliveries set is_stale = true").await.unwrap();
    let ended = publish_decoded(&[&hospital]).expect(0);
    assert!(ended.stdout.contains("all accounts are decoded"), "{}", ended.stdout);
    assert_named(&hospital, &["GOOD"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decoding_that_is_withdrawn_while_it_ends_is_not_called_published() {
    let hospital = published().await;
    let withdraw = "create function withdraw_decoded() returns trigger language plpgsql as $$
        begin update etl.lake_deliveries set is_stale = true; return null; end $$;
        create trigger withdraw after insert on etl.lake_decoded_accounts execute function withdraw_decoded()";
    let owner = connect(&hospital.database.owner_url).await;
    owner.batch_execute(withdraw).await.unwrap();
    let ended = publish_decoded(&[&hospital]).expect(75);
    assert!(
        ended.stderr.contains("TJ-7618") && !ended.stdout.contains("all accounts"),
        "{}{}",
        ended.stderr,
        ended.stdout
    );
    assert_eq!(pointer(&hospital).decoded, None);
    owner.batch_execute("drop function withdraw_decoded cascade").await.unwrap();
    publish_decoded(&[&hospital]).expect(0);
    assert_named(&hospital, &["GOOD"]);
}

/// Stopped between the pointer and the ledger, and then somebody wants another one.
#[tokio::test(flavor = "multi_thread")]
async fn a_decoding_that_the_pointer_names_is_given_up_by_no_other() {
    let mut hospital = published().await;
    let stop = async || {
        decode_until(&hospital, 5, None).await.unwrap();
        let stopped = publish_until(&hospital, false, FILE_ROWS, Some(("pointer_moved", 1))).await;
        assert!(matches!(stopped, Err(RunError::Stopped(_))));
        pointer(&hospital).decoded.unwrap()
    };
    // Of more accounts.
    let first = stop().await;
    let mut lake = lakes([&hospital.pipeline])[0].clone();
    lake.accounts.push("another".to_owned());
    let early = decode_into(&hospital, &lake, 5, None).await;
    assert!(matches!(early, Err(RunError::Rebuild(RebuildError::DecodingEnded))), "{early:?}");
    publish_all(&hospital).await;
    decode_into(&hospital, &lake, 5, None).await.unwrap();
    publish_all(&hospital).await;
    assert_eq!(pointer(&hospital).decoded, Some(first), "the other one is not complete");
    // By another contract.
    stop().await;
    accept_long_names(&mut hospital);
    publish_decoded(&[&hospital]).expect(0);
    assert_named(&hospital, &["GOOD", "LONG"]);
}

/// The last step fails, as where the store is down, and the command is started again.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_decoded_and_not_published_is_published_and_not_decoded_once_more() {
    let hospital = published().await;
    decode_until(&hospital, 5, None).await.unwrap();
    hospital.database.client.batch_execute("update etl.lake_decodings set closed_at = now()").await.unwrap();
    let ended = publish_decoded(&[&hospital]).expect(0);
    assert!(
        ended.stdout.contains("all accounts are decoded") && !ended.stdout.contains("1 deliveries decoded"),
        "{}",
        ended.stdout
    );
    let decodings = "select (published_at is not null)::text from etl.lake_decodings";
    assert_eq!(hospital.database.lines(decodings).await, ["true"]);
    assert_named(&hospital, &["GOOD"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_decoded_of_an_account_is_withdrawn_also_where_the_last_decoding_lacks_it() {
    let mut first = published().await;
    let mut second = Hospital::of(first.database.share().await, "second", Default::default()).await;
    let folder = first.dir.path().display().to_string();
    second.redefine(|text| format!("{text}\n[[export]]\nkind = \"lake\"\nurl = \"file://{folder}/lake\"\n"));
    second.simulator.insert_records(vec![record("SECOND", "")]);
    second.run_well().await;
    accept_long_names(&mut first);
    publish_decoded(&[&first, &second]).expect(0);
    assert_eq!(pointer(&first).decoded.unwrap().states.len(), 2);
    publish_decoded(&[&second]).expect(0);
    assert_eq!(pointer(&first).decoded.unwrap().states.len(), 1);
    // An engine may have built LONG of the first one.
    let mut command = first.tijian();
    command.args(["quarantine", "discard", "--field", "name", "--yes"]).arg(&first.pipeline_file);
    end(command).expect(0);
    let after = pointer(&first);
    assert!(after.decoded.is_none() && after.built.is_none(), "{after:?}");
    assert!(files_on_disk(&first).iter().all(|file| !file.starts_with("decoded")), "{:?}", files_on_disk(&first));
}

/// States that differ in nothing but an ignored member are one content, also where another record of the reservation was discarded.
#[tokio::test(flavor = "multi_thread")]
async fn an_ignored_member_opens_no_version_beside_a_discarded_record() {
    let mut hospital = Hospital::new().await;
    add_lake(&mut hospital);
    hospital.redefine(|text| text.replace("on_reject = \"hold\"", "on_reject = \"hold\"\nignore = [\"updateTime\"]"));
    for update_time in ["1", "2", "3"] {
        hospital.simulator.insert_records(vec![record("A-1", &format!(r#""updateTime":"{update_time}""#))]);
        hospital.run_well().await;
    }
    hospital.simulator.insert_records(vec![record("A-1", r#""checkDate":"2026-02-30""#)]);
    hospital.run_well().await;
    let mut command = hospital.tijian();
    command.args(["quarantine", "discard", "--field", "checkDate", "--yes"]).arg(&hospital.pipeline_file);
    end(command).expect(0);
    assert_eq!(hospital.database.lines("select count(*)::text from warehouse.reservation_versions").await, ["1"]);
    let decoded = decode(&hospital).await;
    let rows = rows_of(&hospital, &decoded.states, STATES);
    assert!(rows.len() == 3 && rows.iter().all(|row| row[6].is_some()), "{rows:?}");
    assert_eq!(planned(&hospital, &decoded.states), live(&hospital).await);
}
