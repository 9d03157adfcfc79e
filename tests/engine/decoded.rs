//! The landed files decoded once more by another contract, and rebuilt by a cluster: what a replay makes of them.

use tijian::simulator::{Fault, GeneratorOptions};

use crate::rebuild::{
    a_night_with_failing_callbacks, assert_built, hospital_with_a_lake, long_name, place, pointer, publish, rebuild,
    verify,
};
use crate::spark::{Cluster, engine};
use crate::support::{Ended, Hospital, TestDatabase, end, record};

/// As the schema's owner.
fn as_owner(hospital: &Hospital, arguments: &[&str]) -> Ended {
    let mut command = hospital.tijian();
    command.env("DATABASE_URL", &hospital.database.owner_url).args(arguments).arg(&hospital.pipeline_file);
    end(command)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_makes_of_decoded_states_what_a_replay_makes_by_another_contract() {
    let lake = tempfile::tempdir().unwrap();
    let generator = GeneratorOptions { reservations: 300, new_per_night: 20, changes: 0.3, ..Default::default() };
    let hospital = hospital_with_a_lake(TestDatabase::create().await, "demo", lake.path(), generator).await;
    let mut hospitals = [hospital];
    let long = long_name(r#","idcard":"440524188001010014""#);
    hospitals[0].simulator.insert_records(vec![record("LONG-1", &long), record("A-1", "")]);
    hospitals[0].run().await;
    a_night_with_failing_callbacks(&hospitals, 1, Fault::Http(503)).await;
    a_night_with_failing_callbacks(&hospitals, 2, Fault::EffectThen502).await;
    hospitals[0].run().await;
    publish(&hospitals);
    let hospital = &mut hospitals[0];
    let cluster = Cluster::start(2);
    let engine = engine(&cluster.master, "");
    let refused = end(rebuild(hospital, &engine, &["--decoded"])).expect(1);
    assert!(refused.stderr.contains("TJ-7617"), "{}", refused.stderr);

    let name = "[fields.name]\ntype = \"text\"\nmax_characters = ";
    hospital.redefine_contract(|text| text.replace(&format!("{name}20"), &format!("{name}60")));
    let before = hospital.database.lines("select count(*)::text from warehouse.reservation_versions").await;
    as_owner(hospital, &["replay", "--swap"]).expect(0);
    let after = hospital.database.lines("select count(*)::text from warehouse.reservation_versions").await;
    assert_ne!(before, after, "the contract makes a difference");
    // The volumes follow.
    as_owner(hospital, &["export"]).expect(0);
    as_owner(hospital, &["lake", "publish", "--shard", "0/1"]).expect(0);
    let document = end(rebuild(hospital, &engine, &["--decoded", "--output", "json"])).expect(0).json();
    let place = place(hospital, lake.path()).await;
    let pointer = pointer(&place);
    assert_eq!(pointer["built"]["decoding_id"], pointer["decoded"]["decoding_id"], "{pointer}");
    let states = document["lakes"][0]["states"].as_u64().unwrap();
    assert!(states > document["lakes"][0]["versions"].as_u64().unwrap(), "those that changed nothing, too: {document}");
    assert_built(hospital, &place).await;
    verify(&hospitals, &["--rows"], 0);
}
