//! What a swap has replaced is kept as it was, for as long as it is kept: but an erased person goes from there, too, and a new
//! site key is its key.

use tijian::guidance::ExitCode;
use tijian::simulator::GeneratorOptions;
use tijian::transform::PersonKey;
use tijian::upkeep::ReplayGoal;

use super::{assert_identical, change_contract, compare, swap, try_replay};
use crate::support::{Ended, Hospital, end, end_after_input, marked_record, record};

const NUMBER: &str = "11010519491231002X";
const OLD_KEY: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
const NEW_KEY: &str = "CAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg=";

/// A history that was replaced: the marked person's reservation is in there only.
async fn swapped_hospital() -> Hospital {
    let generator = GeneratorOptions { reservations: 30, ..Default::default() };
    let mut hospital = Hospital::with_reservations(generator).await;
    hospital.simulator.insert_records(vec![marked_record("M-1", r#""payType":"a long way to pay""#)]);
    hospital.simulator.insert_records(vec![record("M-2", r#""payType":"another long way""#)]);
    hospital.run().await;
    change_contract(&mut hospital, |text| {
        text.replace(
            "[fields.payType]\ntype = \"text\"\nmax_characters = 20",
            "[fields.payType]\ntype = \"text\"\nmax_characters = 10",
        )
    });
    hospital
}

fn rotate(hospital: &Hospital) -> Ended {
    let mut command = hospital.tijian();
    command
        .env("DATABASE_URL", &hospital.database.owner_url)
        .env("TIJIAN_SITE_KEY", NEW_KEY)
        .env("TIJIAN_SITE_KEY_PREVIOUS", OLD_KEY)
        .args(["rotate-key", hospital.pipeline_file.to_str().unwrap()]);
    end(command).expect(0)
}

/// Versions of a table whose `person_id` is not that of their document under the new key.
async fn strangers(hospital: &Hospital, table: &str) -> usize {
    let key = PersonKey::derive(&[8; 32]);
    let select = format!("select person_id, card_type, idcard from {table} where idcard is not null");
    let rows = hospital.database.client.query(&select, &[]).await.unwrap();
    let is_stranger = |row: &&tokio_postgres::Row| {
        row.get::<_, Option<&[u8]>>(0) != key.person_id(row.get(1), row.get(2)).as_ref().map(|id| &id[..])
    };
    assert!(!rows.is_empty());
    rows.iter().filter(is_stranger).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_uses_todays_key_and_what_was_replaced_comes_under_it() {
    let mut hospital = swapped_hospital().await;
    assert!(swap(&hospital).await.is_swapped);
    compare(&hospital).await;
    rotate(&hospital);
    assert_eq!(strangers(&hospital, "warehouse.reservation_versions").await, 0);
    assert_eq!(strangers(&hospital, "replaced.reservation_versions").await, 0);
    let shadow = "select count(*)::text from replay.reservation_versions";
    assert_eq!(hospital.database.lines(shadow).await, ["0"], "a shadow does not outlive its key");
    let old = try_replay(&hospital, ReplayGoal::Compare).await.unwrap_err();
    assert_eq!(old.guidance().exit_code, ExitCode::Definition);
    hospital.settings = hospital.settings.with(&[("TIJIAN_SITE_KEY", NEW_KEY)]);
    assert_identical(&hospital).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_person_goes_from_what_was_replaced_too() {
    let hospital = swapped_hospital().await;
    assert!(swap(&hospital).await.is_swapped);
    let everywhere = async || {
        let mut rows = Vec::new();
        for table in ["warehouse.reservation_versions", "replaced.reservation_versions", "replay.reservation_versions"]
        {
            rows.extend(hospital.database.lines(&format!("select t::text from {table} as t")).await);
        }
        rows.join("\n")
    };
    assert!(everywhere().await.contains("标记姓名"));
    let mut command = hospital.tijian();
    command.env("DATABASE_URL", &hospital.database.owner_url);
    command.args(["erase", "--card-type", "1", "--confirm", "--output", "json"]);
    let erased = end_after_input(command, NUMBER).expect(0).json();
    assert!(erased["accounts"][0]["replaced"].as_i64() > Some(0), "{erased}");
    let rows = everywhere().await;
    assert!(!rows.contains("标记姓名") && !rows.contains(NUMBER), "{rows}");
    assert_identical(&hospital).await;
    assert!(!everywhere().await.contains("标记姓名"));
}
