//! What a hospital's nights come to: what must be the same, row for row and file for file, whatever befell them on the way.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::support::{Hospital, parquet_contents};

/// What differs between two runs of the same deliveries: numbers from sequences.
const VOLATILE_COLUMNS: [&str; 3] = ["delivery_id", "request_id", "recorded_at"];

/// Lines by what they tell of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinalState(BTreeMap<String, Vec<String>>);

impl FinalState {
    /// History, quarantine, volumes, handoffs, and every exported file's content.
    pub async fn of(hospital: &Hospital) -> FinalState {
        let database = &hospital.database;
        let account = &hospital.pipeline.account;
        let of_account = |select: &str| format!("{select} where account = '{account}' order by 1");
        let history = database.history().await.into_iter().filter(|row| row.starts_with(&format!("({account},")));
        let mut state = BTreeMap::from([("history".to_owned(), history.collect())]);
        for (name, select) in [
            (
                "quarantine",
                "select concat_ws(' ', serial_number, encode(content_sha256, 'hex'), resolved_at is null, reasons)
                from etl.rejections",
            ),
            ("volumes", "select volumes::text from mart.daily_volumes as volumes"),
            (
                "handoffs",
                "select concat_ws(' ', handoff_number, as_of, first_entry_number, entries, amount, balance)
                from finance.handoffs",
            ),
        ] {
            state.insert(name.to_owned(), database.lines(&of_account(select)).await);
        }
        let is_export = |file: &&String| ["history/", "volumes/", "finance/"].iter().any(|dir| file.starts_with(dir));
        for file in hospital.files().iter().filter(is_export) {
            state.insert(without_delivery(file), contents(&hospital.dir.path().join(file)));
        }
        FinalState(state)
    }

    /// Fails with the first differences.
    #[track_caller]
    pub fn assert_is(&self, undisturbed: &FinalState, at: &str) {
        let names = |state: &FinalState| state.0.keys().cloned().collect::<Vec<_>>();
        assert_eq!(names(self), names(undisturbed), "{at}: parts and files");
        for (name, lines) in &self.0 {
            let expected = &undisturbed.0[name];
            if lines != expected {
                let missing: Vec<_> = expected.iter().filter(|line| !lines.contains(line)).take(3).collect();
                let surplus: Vec<_> = lines.iter().filter(|line| !expected.contains(line)).take(3).collect();
                panic!("{at}: {name}: missing {missing:#?}, surplus {surplus:#?}");
            }
        }
    }
}

/// A snapshot's name ends with its delivery's number.
fn without_delivery(file: &str) -> String {
    match file.rsplit_once('_') {
        Some((stem, end)) if file.contains("_finance_") && !file.contains("_delta_") => {
            format!("{stem}_{}", end.trim_start_matches(|digit: char| digit.is_ascii_digit()))
        }
        _ => file.to_owned(),
    }
}

fn contents(file: &Path) -> Vec<String> {
    let name = file.to_string_lossy();
    if name.ends_with(".parquet") {
        let contents = parquet_contents::read(file);
        let is_kept = |column: &String| !VOLATILE_COLUMNS.contains(&column.as_str());
        let row = |row: Vec<Option<String>>| {
            let kept = contents.columns.iter().zip(row).filter(|(column, _)| is_kept(column));
            format!("{:?}", kept.map(|(_, cell)| cell).collect::<Vec<_>>())
        };
        return contents.rows.into_iter().map(row).collect();
    }
    let text = std::fs::read_to_string(file).unwrap();
    if !name.ends_with(".manifest.json") {
        return text.split_inclusive('\n').map(str::to_owned).collect();
    }
    let mut manifest: Value = serde_json::from_str(&text).unwrap();
    manifest["delivery_id"].take();
    manifest["file"] = without_delivery(manifest["file"].as_str().unwrap()).into();
    if let Some(handoff) = manifest.get_mut("handoff").and_then(Value::as_object_mut) {
        handoff.retain(|key, _| !key.contains("delivery"));
    }
    vec![manifest.to_string()]
}
