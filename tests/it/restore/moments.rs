//! A story by chance, and a backup at any moment of it: what is restored becomes what it was.

use tijian::night::{OnLoss, Selection, Task};
use tijian::simulator::{Endpoint, Fault};

use super::{assert_same, contents, exports, open_ids, recover};
use crate::support::{
    Dice, Hospital, TestDatabase, end_after_input, eventful_hospital, number_from_environment, tell_night,
};

/// Steps at which runs of a story are stopped.
const STEPS: [&str; 8] =
    ["landed", "loaded", "committed", "journalled", "confirmed", "acknowledged", "file_written", "exported"];

/// One thing that happens at a hospital.
async fn happen(hospital: &mut Hospital, dice: &mut Dice, night: &mut usize) -> String {
    let selection = |rejection_ids| Selection { rejection_ids, operator: "tester".to_owned() };
    let event = dice.below(10);
    match event {
        // Ordinary nights, with what comes again, and with callbacks that fail.
        0..=3 => {
            tell_night(hospital, *night);
            *night += 1;
            if event == 3 {
                hospital.simulator.arm(Endpoint::Callback, Fault::Http(503), 1_000);
            }
            hospital.run().await;
            hospital.simulator.disarm();
        }
        4 => {
            tell_night(hospital, *night);
            *night += 1;
            let step = dice.pick(&STEPS);
            hospital.run_until(step, 1).await;
            return format!("a run stopped after {step}");
        }
        5 => {
            let loosened = "max_characters = 60";
            hospital.redefine_contract(|text| {
                let (before, after) = if dice.below(2) == 0 { ("20", loosened) } else { ("60", "max_characters = 20") };
                let name = format!("[fields.name]\ntype = \"text\"\nmax_characters = {before}");
                text.replace(&name, &format!("[fields.name]\ntype = \"text\"\n{after}"))
            });
            let ids = open_ids(hospital, None).await;
            hospital.run_task_with(Task::Retry(&selection(ids)), &|_| Ok(())).await;
        }
        6 => {
            let ids = open_ids(hospital, Some("calendar_date")).await;
            hospital.run_task_with(Task::Discard(&selection(ids)), &|_| Ok(())).await;
        }
        7 => {
            let insert = "insert into etl.arrival_inbox (account, serial_number)
                select account, serial_number from warehouse.reservation_versions
                where valid_to = 'infinity' order by md5(serial_number || $1::text) limit 2";
            hospital.database.client.execute(insert, &[&night.to_string()]).await.unwrap();
            if dice.below(3) == 0 {
                hospital.simulator.arm(Endpoint::Arrival, Fault::Http(503), 1_000);
            }
            hospital.run().await;
            hospital.simulator.disarm();
        }
        8 => {
            // Somebody of the history, by the owner's hand.
            let number = hospital
                .database
                .lines(
                    "select idcard from warehouse.reservation_versions
                    where card_type = '1' and idcard is not null order by md5(idcard) limit 1",
                )
                .await;
            if let Some(number) = number.first() {
                let mut erase = hospital.tijian();
                erase.env("DATABASE_URL", &hospital.database.owner_url).args([
                    "erase",
                    "--card-type",
                    "1",
                    "--confirm",
                ]);
                end_after_input(erase, number).expect(0);
            }
        }
        _ => drop(hospital.run().await),
    }
    format!("event {event}")
}

async fn assert_a_backup_of_any_moment_is_made_good(seed: u64) {
    let mut dice = Dice::new(seed);
    let mut hospital = eventful_hospital(TestDatabase::create().await, seed).await;
    hospital.hurry_with_exports(1);
    let events = 3 + dice.below(6);
    let backed_up_after = dice.below(events);
    let mut night = 0;
    let mut story = format!("seed {seed}");
    let mut backup = None;
    for event in 0..events {
        let name = Box::pin(happen(&mut hospital, &mut dice, &mut night)).await;
        story = format!("{story}, {name}");
        if event == backed_up_after {
            backup = Some(hospital.database.back_up().await);
            story.push_str(" (backup)");
        }
    }
    // To a point where nothing is left undone.
    hospital.run().await;
    let (expected, files) = (contents(&hospital.database).await, exports(&hospital));
    let has_erased = !hospital.database.lines("select account from etl.erasures").await.is_empty();
    let told = (hospital.simulator.unacknowledged(), hospital.simulator.arrivals().len());

    hospital.database.restore(&backup.unwrap()).await;
    let report = recover(&hospital, OnLoss::Stop).await;
    assert!(report.error.is_none(), "{story}: {}", report.error.unwrap().chain());
    let calls = hospital.simulator.log().len();
    hospital.command(&["export", hospital.pipeline_file.to_str().unwrap()]).expect(0);
    assert_same(&contents(&hospital.database).await, &expected, &story);
    // Who was erased has got another pseudonym in the history's files.
    let is_same = |file: &String| !has_erased || !file.starts_with("history/");
    let (mut made, mut files) = (exports(&hospital), files);
    made.retain(|file, _| is_same(file));
    files.retain(|file, _| is_same(file));
    assert_same(&made, &files, &story);
    assert_eq!(hospital.simulator.log().len(), calls, "{story}: recovering calls nobody");
    hospital.database.assert_sound().await;

    // And goes on as ever: once recovered there is nothing more to recover, and nobody is told twice.
    let again = recover(&hospital, OnLoss::Stop).await;
    assert_eq!(again.recovered.entries, 0, "{story}");
    let report = hospital.run().await;
    assert!(report.error.is_none(), "{story}: {}", report.error.unwrap().chain());
    assert_eq!(told, (hospital.simulator.unacknowledged(), hospital.simulator.arrivals().len()), "{story}");
    tell_night(&hospital, night);
    hospital.run().await;
    hospital.database.assert_sound().await;
}

/// Invariant: A database restored from a backup is brought up to date.
/// Held by: the journal: an entry in the transaction that it records, copied to the landing folder before anything that
/// depends on it goes out.
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_any_moment_is_made_good_by_the_next_run() {
    let (first, moments) =
        (number_from_environment("TIJIAN_RESTORE_SEED", 1), number_from_environment("TIJIAN_RESTORES", 10));
    for seed in first..first + moments {
        Box::pin(assert_a_backup_of_any_moment_is_made_good(seed as u64)).await;
    }
}
