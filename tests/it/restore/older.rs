//! What another build of tijian has loaded and decided is done again as it was done, or not at all.

use tijian::guidance::ExitCode;
use tijian::night::{OnLoss, Selection, Task};

use super::{assert_same, contents, open_ids, recover};
use crate::support::{Hospital, end, end_after_input, record};

/// Another person than everybody else in these tests.
const PERSON: &str = r#""idcard":"110101199003071233","birthdate":"1990-03-07","sexCode":1"#;

/// A record with a date in a form that the first programs did not read.
fn other_form(serial_number: &str, changes: &str) -> String {
    let comma = if changes.is_empty() { "" } else { "," };
    record(serial_number, &format!(r#""checkDate":"2026/02/03"{comma}{changes}"#))
}

fn selection(rejection_ids: Vec<i64>) -> Selection {
    Selection { rejection_ids, operator: "tester".to_owned() }
}

async fn discard_all(hospital: &Hospital) {
    let ids = open_ids(hospital, None).await;
    assert_ne!(ids, [0; 0]);
    hospital.run_task_with(Task::Discard(&selection(ids)), &|_| Ok(())).await;
}

fn erase_the_person(hospital: &Hospital) {
    let mut erase = hospital.tijian();
    erase.env("DATABASE_URL", &hospital.database.owner_url).args(["erase", "--card-type", "1", "--confirm"]);
    end_after_input(erase, "110101199003071233").expect(0);
}

/// Writes another journal: `change` is what becomes of `entry`. The chain is that of the new entries, and so is the folder's copy.
async fn rewrite(hospital: &Hospital, change: &str) {
    let chain = format!(
        "update etl.journal set entry = {change};
        do $$
        declare
            known record;
            last bytea := '';
        begin
            for known in select account, entry_number, entry from etl.journal order by entry_number loop
                last := sha256(last || convert_to(known.entry::text, 'UTF8'));
                update etl.journal set digest = last
                where account = known.account and entry_number = known.entry_number;
            end loop;
        end
        $$"
    );
    hospital.database.client.batch_execute(&chain).await.unwrap();
    for file in hospital.files().iter().filter(|file| file.ends_with(".journal")) {
        std::fs::remove_file(hospital.dir.path().join(file)).unwrap();
    }
    assert!(recover(hospital, OnLoss::Stop).await.error.is_none(), "the folder gets its copy");
}

/// Takes what a program that read no other forms did not write: the reading, and the rule.
const OF_THE_FIRST_READING: &str = r#"(replace(entry::text, '\nform = \"reject\"', '\n')::jsonb) - 'reading'"#;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_discarded_or_erased_under_an_older_reading_stays_so() {
    let mut hospital = Hospital::new().await;
    hospital.hurry(2);
    hospital.redefine_contract(|text| text.replace("\nform = \"warn\"", "\nform = \"reject\""));
    let backup = hospital.database.back_up().await;
    hospital.simulator.insert_records(vec![record("A-1", ""), other_form("B-1", "")]);
    let night = hospital.run().await;
    assert_eq!((night.counts.accepted, night.counts.rejected), (1, 1));
    discard_all(&hospital).await;
    hospital.simulator.insert_records(vec![other_form("C-1", PERSON), record("C-2", PERSON)]);
    hospital.run().await;
    hospital.simulator.insert_records(vec![other_form("D-1", "")]);
    hospital.run().await;
    erase_the_person(&hospital);

    rewrite(&hospital, OF_THE_FIRST_READING).await;
    let words = r"select count(*)::text from etl.journal where position('\nform = ' in entry::text) > 0";
    assert_eq!(hospital.database.lines(words).await, ["0"], "the rule of forms is not there");
    let mut expected = contents(&hospital.database).await;
    // The program of today reads those forms.
    hospital.redefine_contract(|text| text.replace("\nform = \"reject\"", "\n"));
    hospital.database.restore(&backup).await;
    let report = recover(&hospital, OnLoss::Stop).await;
    assert!(report.error.is_none(), "{}", report.error.unwrap().chain());
    let mut made = contents(&hospital.database).await;
    // The marts follow with the next exports.
    made.remove("warehouse.daily_volumes");
    expected.remove("warehouse.daily_volumes");
    assert_same(&made, &expected, "as then");
    let known =
        "select concat_ws(' ', serial_number, resolution, sealed_record is null) from etl.rejections order by 1";
    assert_eq!(hospital.database.lines(known).await, ["B-1 discarded t", "C-1 t", "D-1 f"]);
    hospital.database.assert_sound().await;

    // From here on it is read as of today.
    hospital.simulator.insert_records(vec![other_form("E-1", "")]);
    let night = hospital.run_well().await;
    assert_eq!((night.counts.rejected, night.counts.warned), (0, night.counts.accepted));
    let readings = "select coalesce(entry ->> 'reading', '0') from etl.journal where entry ->> 'kind' = 'contract'
        order by entry_number";
    assert_eq!(hospital.database.lines(readings).await, ["0", "1"]);
    hospital.database.assert_sound().await;
}

/// A journal in which something was done that is not done again the same way: `kind` of the entry, and what it counted.
async fn hospital_with(kind: &str, path: &str, counted: &str) -> (Hospital, i64) {
    let mut hospital = Hospital::new().await;
    hospital.hurry(2);
    let backup = hospital.database.back_up().await;
    let long = format!(r#""name":"{}""#, "长".repeat(25));
    hospital.simulator.insert_records(vec![record("A-1", PERSON), record("B-1", &long), record("C-1", &long)]);
    hospital.run().await;
    let ids = open_ids(&hospital, None).await;
    hospital.redefine_contract(|text| {
        let name = "[fields.name]\ntype = \"text\"\nmax_characters = ";
        text.replace(&format!("{name}20"), &format!("{name}60"))
    });
    hospital.run_task_with(Task::Retry(&selection(ids[..1].to_vec())), &|_| Ok(())).await;
    hospital.redefine_contract(|text| text.replace("max_characters = 60", "max_characters = 20"));
    hospital.run_task_with(Task::Discard(&selection(ids[1..].to_vec())), &|_| Ok(())).await;
    erase_the_person(&hospital);
    let entries = format!("select min(entry_number)::text from etl.journal where entry ->> 'kind' = '{kind}'");
    let entry_number = hospital.database.lines(&entries).await.concat();
    rewrite(
        &hospital,
        &format!(
            "case entry_number when {entry_number} then jsonb_set(entry, '{{{path}}}', '{counted}') else entry end"
        ),
    )
    .await;
    hospital.database.restore(&backup).await;
    (hospital, entry_number.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn where_other_counts_would_come_of_it_a_recovery_stops_before_that_entry() {
    let places = r#"[{"delivery_id":1,"position":2},{"delivery_id":1,"position":9}]"#;
    for (kind, path, counted, lost, expected) in [
        ("delivery", "accepted", "2", 2, "1 accepted records instead of 2"),
        ("delivery", "opened", "0", 0, "1 new versions instead of 0"),
        ("retry", "delivery,accepted", "2", 1, "1 accepted records instead of 2"),
        ("retry", "records", places, 0, "1 records of the quarantine instead of 2"),
        ("discarded", "records", places, 0, "1 records of the quarantine instead of 2"),
        ("erased", "records", places, 0, "1 records of the quarantine instead of 2"),
        ("erased", "counts,versions", "5", 0, "versions of an erased person instead of 5"),
        ("erased", "counts,reservations", "5", 0, "reservations of an erased person instead of 5"),
    ] {
        let (hospital, entry_number) = hospital_with(kind, path, counted).await;
        let calls = hospital.simulator.log().len();
        for _ in 0..2 {
            let report = recover(&hospital, OnLoss::Stop).await;
            assert_eq!(report.exit_code(), ExitCode::Failed, "{kind} {path}");
            let words = report.error.unwrap().chain();
            assert!(words.contains(&format!("entry {entry_number} of the journal")), "{words}");
            assert!(words.contains(expected), "{kind} {path}: {words}");
        }
        let known = "select coalesce(max(entry_number), 0)::text from etl.journal";
        assert_eq!(hospital.database.lines(known).await, [(entry_number - 1).to_string()], "{kind} {path}");
        let mut command = hospital.tijian();
        command.env("DATABASE_URL", &hospital.database.owner_url).arg("recover").arg(&hospital.pipeline_file);
        let words = end(command).expect(1).stderr;
        assert!(words.contains("another build of tijian loaded it"), "{words}");
        assert_eq!(hospital.simulator.log().len(), calls, "nothing is pulled");
        hospital.database.assert_sound().await;

        // On somebody's word it goes on, and nothing comes back.
        let report = recover(&hospital, OnLoss::Accept).await;
        assert!(report.error.is_none(), "{kind} {path}: {}", report.error.unwrap().chain());
        assert_eq!(report.recovered.lost, lost, "{kind} {path}");
        let named = "select serial_number from warehouse.reservation_versions where name is not null";
        assert!(!hospital.database.lines(named).await.contains(&"A-1".to_owned()), "{kind} {path}");
        hospital.database.assert_sound().await;
    }
}

/// What an older program did not write of an erased person's versions.
const OWN_BY_NUMBERS: &str = "case entry ->> 'kind'
    when 'erased' then jsonb_set(entry, '{own}', (
        select jsonb_agg(own - array['delivery_id', 'behind', 'until']) from jsonb_array_elements(entry -> 'own') as own
    ))
    else entry
end";

#[tokio::test(flavor = "multi_thread")]
async fn whom_an_older_program_has_erased_is_known_by_numbers_where_nothing_may_be_lost() {
    for (on_loss, expected) in [(OnLoss::Stop, ["A-1 1 f", "A-1 2 t"]), (OnLoss::Accept, ["A-1 1 f", "A-1 2 f"])] {
        let mut hospital = Hospital::new().await;
        hospital.hurry(2);
        let backup = hospital.database.back_up().await;
        for state in [record("A-1", PERSON), record("A-1", "")] {
            hospital.simulator.insert_records(vec![state]);
            hospital.run_well().await;
        }
        erase_the_person(&hospital);
        rewrite(&hospital, OWN_BY_NUMBERS).await;
        hospital.database.restore(&backup).await;
        let report = recover(&hospital, on_loss).await;
        assert!(report.error.is_none(), "{}", report.error.unwrap().chain());
        let named = "select concat_ws(' ', serial_number, version, name is not null)
            from warehouse.reservation_versions order by 1";
        assert_eq!(hospital.database.lines(named).await, expected, "{on_loss:?}");
        hospital.database.assert_sound().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_of_which_other_records_are_accepted_now_is_read_anew_on_somebodys_word() {
    let long = format!(r#""name":"{}""#, "长".repeat(25));
    // A record more was accepted, or one fewer.
    let all = &["A-1 1", "B-1 1", "C-1 1"][..];
    for (max_characters, is_retried, expected, open) in
        [(20, false, &["A-1 1", "B-1 1"][..], &["C-1"][..]), (60, false, all, &[]), (60, true, all, &[])]
    {
        let mut hospital = Hospital::new().await;
        hospital.hurry(2);
        let set = |max: u32| {
            let name = "[fields.name]\ntype = \"text\"\nmax_characters = ";
            move |text: String| {
                text.replace(&format!("{name}20"), &format!("{name}{max}"))
                    .replace(&format!("{name}60"), &format!("{name}{max}"))
            }
        };
        hospital.redefine_contract(set(80 - max_characters));
        let backup = hospital.database.back_up().await;
        hospital.simulator.insert_records(vec![record("A-1", ""), record("C-1", &long)]);
        hospital.run().await;
        if is_retried {
            hospital.redefine_contract(set(max_characters));
            let ids = open_ids(&hospital, None).await;
            hospital.run_task_with(Task::Retry(&selection(ids)), &|_| Ok(())).await;
        }
        hospital.simulator.insert_records(vec![record("B-1", "")]);
        hospital.run().await;
        // Another build read the first deliveries otherwise: by the contract of now.
        let (was, is) = (80 - max_characters, max_characters);
        rewrite(
            &hospital,
            &format!(
                r#"replace(entry::text, 'max_characters = {was}\nrequired = false\nlabel = {{ zh = \"姓名', 'max_characters = {is}\nrequired = false\nlabel = {{ zh = \"姓名')::jsonb"#
            ),
        )
        .await;
        hospital.redefine_contract(set(max_characters));
        hospital.database.restore(&backup).await;
        let words = recover(&hospital, OnLoss::Stop).await.error.expect("other counts").chain();
        assert!(words.contains("accepted records instead of"), "{words}");
        let report = recover(&hospital, OnLoss::Accept).await;
        assert!(report.error.is_none(), "{}", report.error.unwrap().chain());
        assert_eq!(report.recovered.lost, 0, "{max_characters}");
        let versions = "select concat_ws(' ', serial_number, version) from warehouse.reservation_versions order by 1";
        assert_eq!(hospital.database.lines(versions).await, expected, "{max_characters}");
        let refused = "select serial_number from etl.rejections where resolved_at is null order by 1";
        assert_eq!(hospital.database.lines(refused).await, open, "{max_characters}");
        hospital.database.assert_sound().await;
        assert_eq!(hospital.run().await.recovered.entries, 0);
        hospital.database.assert_sound().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_that_this_program_does_not_know_is_a_newer_ones() {
    let mut hospital = Hospital::new().await;
    hospital.hurry(2);
    let backup = hospital.database.back_up().await;
    hospital.simulator.insert_records(vec![record("A-1", "")]);
    hospital.run_well().await;
    rewrite(&hospital, r#"case entry ->> 'kind' when 'contract' then entry || '{"reading":99}' else entry end"#).await;
    hospital.database.restore(&backup).await;
    let report = recover(&hospital, OnLoss::Stop).await;
    let words = report.error.expect("refused").chain();
    assert!(words.contains("a newer tijian has written it"), "{words}");
    assert!(hospital.database.versions().await.is_empty());
    hospital.database.assert_sound().await;
}
