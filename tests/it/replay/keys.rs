//! A replay makes every `person_id` with today's site key; and what it has built does not outlive a key.

use tijian::guidance::ExitCode;
use tijian::simulator::GeneratorOptions;
use tijian::transform::PersonKey;
use tijian::upkeep::ReplayGoal;

use super::{assert_identical, compare, try_replay};
use crate::support::{Hospital, end};

const OLD_KEY: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
const NEW_KEY: &str = "CAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg=";

/// Versions whose `person_id` is not that of their document under the new key.
async fn strangers(hospital: &Hospital) -> usize {
    let key = PersonKey::derive(&[8; 32]);
    let select = "select person_id, card_type, idcard from warehouse.reservation_versions where idcard is not null";
    let rows = hospital.database.client.query(select, &[]).await.unwrap();
    let is_stranger = |row: &&tokio_postgres::Row| {
        row.get::<_, Option<&[u8]>>(0) != key.person_id(row.get(1), row.get(2)).as_ref().map(|id| &id[..])
    };
    assert!(!rows.is_empty());
    rows.iter().filter(is_stranger).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_uses_todays_key_and_a_shadow_does_not_outlive_its_key() {
    let mut hospital = Hospital::with_reservations(GeneratorOptions { reservations: 30, ..Default::default() }).await;
    hospital.run_well().await;
    compare(&hospital).await;
    let mut rotate = hospital.tijian();
    rotate
        .env("DATABASE_URL", &hospital.database.owner_url)
        .env("TIJIAN_SITE_KEY", NEW_KEY)
        .env("TIJIAN_SITE_KEY_PREVIOUS", OLD_KEY)
        .args(["rotate-key", hospital.pipeline_file.to_str().unwrap()]);
    end(rotate).expect(0);
    assert_eq!(strangers(&hospital).await, 0);
    let shadow = "select count(*)::text from replay.reservation_versions";
    assert_eq!(hospital.database.lines(shadow).await, ["0"]);
    let old = try_replay(&hospital, ReplayGoal::Compare).await.unwrap_err();
    assert_eq!(old.guidance().exit_code, ExitCode::Definition);
    hospital.settings = hospital.settings.with(&[("TIJIAN_SITE_KEY", NEW_KEY)]);
    assert_identical(&hospital).await;
}
