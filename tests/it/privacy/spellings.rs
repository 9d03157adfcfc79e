//! A person is found by the number in any writing, in every version of what ever was theirs; and what only looks like theirs
//! is listed, for somebody to decide.
//!
//! Invariant: An erased person is found nowhere, and all counts stay correct.

use super::{NUMBER, counts, erase, whole_database};
use crate::support::{Hospital, marked_record, record};

/// Somebody else's, and right.
const OTHER: &str = "110105194912310097";

async fn versions_with_identity(hospital: &Hospital) -> Vec<String> {
    let query = "select serial_number || ' ' || version from warehouse.reservation_versions
        where coalesce(name, idcard, mobile, erhc_no) is not null order by 1";
    hospital.database.lines(query).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_version_of_a_persons_reservation_is_erased_whatever_number_it_has() {
    let hospital = Hospital::new().await;
    let wide: String =
        NUMBER.to_lowercase().chars().map(|sign| char::from_u32(sign as u32 + 0xfee0).unwrap()).collect();
    let spaced = format!("{} {}\u{3000}{}", &NUMBER[..6], &NUMBER[6..14], &NUMBER[14..]);
    hospital.simulator.insert_records(vec![
        // Absent, then mistyped, then right.
        marked_record("M-1", r#""idcard":null,"birthdate":null"#),
        marked_record("M-1", r#""idcard":"110105194912310021""#),
        marked_record("M-1", ""),
        // Right, then mistyped.
        marked_record("M-2", ""),
        marked_record("M-2", r#""idcard":"110105194912310021""#),
        // Other writings, and none of the person's own.
        marked_record("M-3", &format!(r#""idcard":"{wide}""#)),
        marked_record("M-4", &format!(r#""idcard":"{spaced}""#)),
        record("OTHER", &format!(r#""name":"李四","idcard":"{OTHER}","mobile":"13800000001","erhcNo":"E-2""#)),
    ]);
    hospital.run_well().await;
    let before = counts(&hospital).await;
    let versions = hospital.database.versions().await.len();
    let erased = erase(&hospital, NUMBER, &["--confirm", "--output", "json"]).expect(0).json();
    let account = &erased["accounts"][0];
    assert_eq!(account["undecided"], serde_json::json!([]), "{erased}");
    assert_eq!(account["versions"], versions - 1, "{erased}");
    assert_eq!(versions_with_identity(&hospital).await, ["OTHER 1"]);
    let everything = whole_database(&hospital).await;
    for gone in ["标记姓名", "MARKED-CARD", "110105194912310021", wide.as_str(), spaced.as_str(), "13912345678"] {
        assert!(!everything.contains(gone), "{gone} is left");
    }
    assert_eq!(counts(&hospital).await, before);
    hospital.database.assert_sound().await;
    let again = erase(&hospital, &wide, &["--confirm"]).expect(0);
    assert_eq!(again.stdout, "demo: no data of this person\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_looks_like_a_persons_is_listed_and_taken_in_on_request_only() {
    let hospital = Hospital::new().await;
    let others = r#""mobile":"13800000001","erhcNo":"E-2","name":"李四""#;
    hospital.simulator.insert_records(vec![
        marked_record("M-1", ""),
        marked_record("PHONE", r#""idcard":null,"birthdate":null,"erhcNo":null"#),
        record("CARD", r#""idcard":null,"birthdate":null,"name":"王五","mobile":"13800000002","erhcNo":"MARKED-CARD""#),
        marked_record("PASSPORT", r#""cardType":2,"mobile":"13800000003","erhcNo":"E-3""#),
        record("OTHER", &format!(r#""idcard":"{OTHER}",{others}"#)),
        // Booked under the person's number, and corrected to another's.
        record("SWAPPED", &format!(r#""idcard":"{NUMBER}",{others}"#)),
        record("SWAPPED", &format!(r#""idcard":"{OTHER}",{others}"#)),
    ]);
    hospital.run().await;
    assert_eq!(hospital.database.lines("select count(*)::text from etl.rejections").await, ["0"]);
    let listed = erase(&hospital, NUMBER, &[]).expect(2).stdout;
    for line in [
        "demo: would erase from 2 reservations, 2 versions, ",
        "demo/SWAPPED: was this person's and is somebody else's now",
        "demo/CARD: looks like this person's",
        "demo/PASSPORT: looks like this person's",
        "demo/PHONE: looks like this person's",
    ] {
        assert!(listed.contains(line), "{line}: {listed}");
    }
    assert!(!listed.contains("OTHER") && !listed.contains("标记") && listed.lines().count() == 5, "{listed}");

    for wrong in ["demo/NONE", "nobody/PHONE", "PHONE"] {
        erase(&hospital, NUMBER, &["--confirm", "--also", wrong]).expect(2);
    }
    assert_eq!(versions_with_identity(&hospital).await.len(), 7, "nothing was erased");
    let before = counts(&hospital).await;
    let options = ["--confirm", "--also", "demo/PHONE", "--also", "demo/CARD", "--output", "json"];
    let erased = erase(&hospital, NUMBER, &options).expect(0).json();
    let undecided = &erased["accounts"][0]["undecided"];
    assert_eq!(
        *undecided,
        serde_json::json!([
            { "serial_number": "SWAPPED", "reason": "other_owner" },
            { "serial_number": "PASSPORT", "reason": "lookalike" },
        ])
    );
    assert_eq!(versions_with_identity(&hospital).await, ["OTHER 1", "PASSPORT 1", "SWAPPED 2"]);
    assert_eq!(counts(&hospital).await, before);
    hospital.database.assert_sound().await;
    // Decided later, it goes, too, though nothing leads to it any more.
    erase(&hospital, NUMBER, &["--confirm", "--also", "demo/PASSPORT"]).expect(0);
    assert_eq!(versions_with_identity(&hospital).await, ["OTHER 1", "SWAPPED 2"]);
    hospital.database.assert_sound().await;
}
