//! Two processes at the same moment: of one account, of two accounts in one warehouse, and before there is a warehouse.

use tijian::simulator::{Endpoint, Fault, GeneratorOptions, SimulatorOptions};
use tokio::task::block_in_place;

use crate::support::{
    CommitTime, Ended, FinalState, Hospital, Running, TestDatabase, assert_only_committed_states_were_acknowledged,
    eventful_hospital, tell_night,
};

/// Starts `tijian run` of every hospital, in the warehouse of the first one, and waits for all ends.
fn run_together(hospitals: &[&Hospital]) -> Vec<Ended> {
    let start = |hospital: &&Hospital| {
        let mut command = hospital.tijian();
        command.env("DATABASE_URL", &hospitals[0].database.url).args(["run", "--quiet"]).arg(&hospital.pipeline_file);
        Running::start(&mut command)
    };
    let running: Vec<Running> = hospitals.iter().map(start).collect();
    block_in_place(|| running.into_iter().map(Running::end).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_processes_of_one_account_exactly_one_works() {
    for round in 0..3 {
        let hospital = Hospital::with_reservations(GeneratorOptions { reservations: 20, ..Default::default() }).await;
        // The delivery takes its time, so that the other one comes in between.
        hospital.simulator.arm(Endpoint::Order, Fault::Slow, 1);
        let mut codes: Vec<i32> = run_together(&[&hospital, &hospital]).into_iter().map(|ended| ended.code).collect();
        codes.sort_unstable();
        assert_eq!(codes, [0, 5], "round {round}");
        assert_eq!(hospital.calls(Endpoint::Order), 1, "round {round}: the other one has not touched the platform");
        assert_eq!(hospital.database.lines("select outcome from etl.runs").await, ["succeeded"]);
        assert_eq!(hospital.database.versions().await.len(), 20);
        assert_eq!(hospital.simulator.unacknowledged(), 0);
        hospital.database.assert_sound().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_accounts_in_one_warehouse_at_once_have_the_histories_that_each_has_alone() {
    let mut together = eventful_hospital(TestDatabase::create().await, 11).await;
    let mut other = eventful_hospital(together.database.share().await, 12).await;
    let alone = [
        eventful_hospital(TestDatabase::create().await, 11).await,
        eventful_hospital(TestDatabase::create().await, 12).await,
    ];
    let mut alone = alone.into_iter();
    let (mut first_alone, mut second_alone) = (alone.next().unwrap(), alone.next().unwrap());
    for (hospital, account) in
        [(&mut together, "first"), (&mut first_alone, "first"), (&mut other, "second"), (&mut second_alone, "second")]
    {
        hospital.redefine(|text| text.replace("account = \"demo\"", &format!("account = \"{account}\"")));
    }
    for night in 0..4 {
        for hospital in [&together, &other, &first_alone, &second_alone] {
            tell_night(hospital, night);
        }
        for ended in run_together(&[&together, &other]) {
            ended.expect(3);
        }
        first_alone.run_well().await;
        second_alone.run_well().await;
        let at = format!("night {night}");
        for (hospital, alone) in [(&together, &first_alone), (&other, &second_alone)] {
            FinalState::of(hospital).await.assert_is(&FinalState::of(alone).await, &at);
            assert_eq!(hospital.simulator.unacknowledged(), alone.simulator.unacknowledged(), "{at}");
        }
    }
    let pending = "select key from etl.outbox where state = 'pending'";
    assert_eq!(together.database.lines(pending).await, [] as [&str; 0]);
    together.database.assert_sound().await;
    for hospital in [&first_alone, &second_alone] {
        assert_only_committed_states_were_acknowledged(hospital, CommitTime::Begun).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn first_runs_of_several_accounts_on_an_empty_database_do_not_hinder_each_other() {
    for round in 0..3 {
        let mut database = Some(TestDatabase::create_empty().await);
        let mut hospitals: Vec<Hospital> = Vec::new();
        for number in 0..4 {
            let database = match hospitals.first() {
                None => database.take().unwrap(),
                Some(first) => TestDatabase::open_as_owner(first.database.url.clone()).await,
            };
            let generator = GeneratorOptions { reservations: 5, ..Default::default() };
            let options = SimulatorOptions { generator, ..Default::default() };
            hospitals.push(Hospital::of(database, &format!("hospital-{number}"), options).await);
        }
        let all: Vec<&Hospital> = hospitals.iter().collect();
        for ended in run_together(&all) {
            ended.expect(0);
        }
        let database = &hospitals[0].database;
        let versions =
            "select account || ' ' || count(*) from warehouse.reservation_versions group by account order by 1";
        let expected: Vec<String> = (0..4).map(|number| format!("hospital-{number} 5")).collect();
        assert_eq!(database.lines(versions).await, expected, "round {round}");
        let applied = "select version::text from etl.schema_migrations group by version having count(*) <> 1";
        assert_eq!(database.lines(applied).await, [] as [&str; 0], "round {round}: each migration once");
        assert!(hospitals.iter().all(|hospital| hospital.simulator.unacknowledged() == 0), "round {round}");
        database.assert_sound().await;
    }
}
