//! What lies at rest is sealed: nobody's name or number can be read in the landing folder or in the quarantine, and a change is
//! found out.

use std::path::PathBuf;

use tijian::failure::RunError;
use tijian::guidance::{ExitCode, Remedy};
use tijian::night::Step;
use tijian::seal::{LandingKey, QuarantineKey};

use crate::support::{Hospital, TestDatabase, record};

/// A person's values, as the platform delivers them.
const PERSON: [&str; 4] = ["赵封存", "M77777202601", "seal-mobile-1", "seal-erhc-1"];

/// The site key of the tests' hospital.
const SITE_KEY: [u8; 32] = [7; 32];

/// Two reservations of the person: one that is fine, and one that the contract refuses.
fn records(number: u32) -> Vec<String> {
    let [name, idcard, mobile, erhc] = PERSON;
    let person = format!(r#""name":"{name}","cardType":2,"idcard":"{idcard}","mobile":"{mobile}","erhcNo":"{erhc}""#);
    vec![
        record(&format!("GOOD-{number}"), &person),
        record(&format!("BAD-{number}"), &format!(r#"{person},"checkDate":"2026-02-30""#)),
    ]
}

async fn hospital() -> Hospital {
    let hospital = Hospital::new().await;
    hospital.simulator.insert_records(records(1));
    hospital
}

fn quarantine_key() -> QuarantineKey {
    QuarantineKey::derive(&SITE_KEY)
}

/// Everything in the quarantine's table, as a dump would have it, with binary columns as the text that they may hold.
async fn dump(database: &TestDatabase) -> String {
    let rows = "select row_to_json(refused)::text || ' ' || coalesce(encode(sealed_record, 'escape'), '')
        from etl.rejections as refused";
    database.lines(rows).await.join("\n")
}

/// Whether a text is in the file of the quarantine's table, in dead rows, too.
async fn is_in_table_file(database: &TestDatabase, text: &str) -> bool {
    database.client.batch_execute("checkpoint").await.unwrap();
    let found = "select (position(convert_to($1, 'UTF8')
        in pg_read_binary_file(pg_relation_filepath('etl.rejections'))) > 0)";
    database.client.query_one(found, &[&text]).await.unwrap().get(0)
}

fn landed_files(hospital: &Hospital) -> Vec<PathBuf> {
    let landed = hospital.files().into_iter().filter(|file| file.ends_with(".delivery"));
    landed.map(|file| hospital.dir.path().join(file)).collect()
}

/// Invariant: No name and no document number can be read in the landing folder or in the quarantine.
/// Held by: sealed where it is written; records are bound to account and digest.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_can_be_read_in_the_landing_folder_or_in_the_quarantine() {
    let mut hospital = hospital().await;
    // In clear on its way: the landed file would hold every word, were it not for the seal.
    hospital.redefine(|text| text.replace("timeout_seconds = 2", "timeout_seconds = 2\nencryption = \"optional\""));
    hospital.simulator.arm(tijian::simulator::Endpoint::Order, tijian::simulator::Fault::PlainSuccess, 1);
    let report = hospital.run_well().await;
    assert_eq!((report.counts.accepted, report.counts.rejected), (1, 1));
    let files = landed_files(&hospital);
    assert_eq!(files.len(), 1);
    let dump = dump(&hospital.database).await;
    for value in PERSON {
        let stored = std::fs::read(&files[0]).unwrap();
        assert!(!stored.windows(value.len()).any(|bytes| bytes == value.as_bytes()), "landed file: {value}");
        assert!(!dump.contains(value) && !dump.contains(&hex::encode(value)), "quarantine: {value}");
        assert!(!is_in_table_file(&hospital.database, value).await, "the table's file: {value}");
    }
    // They are there all the same, for whoever has the key.
    let opened = hospital.database.warehouse.open_rejected_record(&quarantine_key(), 1).await.unwrap().unwrap();
    let opened = String::from_utf8(opened.record).unwrap();
    assert!(PERSON.iter().all(|value| opened.contains(value)) && opened.contains("2026-02-30"), "{opened}");
    hospital.database.assert_sound().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quarantined_record_opens_in_its_own_row_and_under_its_own_key_only() {
    let hospital = hospital().await;
    hospital.simulator.insert_records(records(2));
    hospital.run_well().await;
    let warehouse = &hospital.database.warehouse;
    assert!(warehouse.open_rejected_record(&quarantine_key(), 99).await.unwrap().is_none());
    let other = QuarantineKey::derive(&[8; 32]);
    let error = RunError::from(warehouse.open_rejected_record(&other, 1).await.err().unwrap()).chain();
    for words in ["rejection 1", &quarantine_key().id().to_string(), &other.id().to_string()] {
        assert!(error.contains(words), "{error}");
    }
    let swap = "update etl.rejections as one set sealed_record = other.sealed_record
        from etl.rejections as other where one.rejection_id = 3 - other.rejection_id";
    hospital.database.client.batch_execute(swap).await.unwrap();
    for id in [1, 2] {
        let error = warehouse.open_rejected_record(&quarantine_key(), id).await.err().unwrap();
        assert!(RunError::from(error).chain().contains("was changed"), "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_record_that_comes_again_is_the_same_rejection_and_sealed_again() {
    let hospital = hospital().await;
    hospital.run_well().await;
    let row = "select concat_ws(' ', rejection_id, attempts, encode(content_sha256, 'hex')) from etl.rejections";
    let sealed = "select encode(sealed_record, 'hex') from etl.rejections";
    let (first, first_sealed) = (hospital.database.lines(row).await, hospital.database.lines(sealed).await);
    hospital.run_well().await;
    let second = hospital.database.lines(row).await;
    assert_eq!(second, [first[0].replacen("1 1 ", "1 2 ", 1)]);
    assert!(hospital.database.lines(sealed).await != first_sealed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_that_was_touched_after_it_landed_is_not_loaded() {
    for touch in [touch_a_byte as fn(Vec<u8>) -> Vec<u8>, cut_off, replace_by_plain_text] {
        let hospital = hospital().await;
        let report = hospital
            .run_with(&|step| {
                if matches!(step, Step::Landed { .. }) {
                    let file = &landed_files(&hospital)[0];
                    std::fs::write(file, touch(std::fs::read(file).unwrap())).unwrap();
                }
                Ok(())
            })
            .await;
        assert_eq!(report.exit_code(), ExitCode::Failed);
        let error = report.error.unwrap();
        let words = error.chain();
        assert!(words.contains(".delivery") && words.contains("was changed or truncated"), "{words}");
        assert_eq!(error.guidance().remedy, Some(Remedy::PullDamagedAgain));
        assert_eq!(hospital.database.versions().await, [] as [&str; 0]);
        assert_eq!(hospital.database.outbox().await, [] as [&str; 0]);
        // The platform hands it out again.
        assert_eq!(hospital.run_well().await.counts.received, 2);
        hospital.database.assert_sound().await;
    }
}

fn touch_a_byte(mut bytes: Vec<u8>) -> Vec<u8> {
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    bytes
}

fn cut_off(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.pop();
    bytes
}

fn replace_by_plain_text(_: Vec<u8>) -> Vec<u8> {
    br#"{"code":200,"success":true,"result":[],"timestamp":1767636000000}"#.to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_landed_file_opens_as_the_answer_that_it_was() {
    let hospital = hospital().await;
    hospital.run_well().await;
    let landing = tijian::landing::Landing::open(&hospital.pipeline.landing.dir, "demo", LandingKey::derive(&SITE_KEY));
    let deliveries = landing.unwrap().deliveries().unwrap();
    let mut body = String::new();
    std::io::Read::read_to_string(&mut deliveries[0].open().unwrap(), &mut body).unwrap();
    let bytes = hospital.database.lines("select body_bytes::text from etl.deliveries").await;
    assert_eq!(bytes, [body.len().to_string()], "the ledger counts the body, not the seal");
    let plain = crate::support::cipher().decrypt(body.as_bytes()).unwrap();
    assert!(String::from_utf8(plain).unwrap().contains(PERSON[0]));
}
