//! Rows and a contract for the tests of this module.

use std::path::Path;

use crate::pipeline::Contract;
use crate::pipeline::contract::{Dictionary, FieldContract, Label};
use crate::reservation::{DailyVolumeRow, Field, FinanceRow, HistoryRow, Identity, Rule, Severity, Text};

pub(super) const ACCOUNT: &str = "hangzhou-third";

/// Labels are the field's name behind 中 or `en:`; orderStatus has the interface's dictionary.
pub(super) fn contract() -> Contract {
    let label = |zh: &str, en: &str| Label { zh: zh.to_owned(), en: en.to_owned() };
    let order_status = Dictionary {
        name: "order_status".to_owned(),
        labels: [("1", "已预约未传输"), ("2", "改约"), ("5", "已取消预约")]
            .map(|(code, zh)| (code.to_owned(), label(zh, code)))
            .into(),
        on_unknown: Severity::Reject,
    };
    Contract {
        text: String::new(),
        fields: Field::ALL.map(|field| FieldContract {
            field,
            required: field.is_essential(),
            max_characters: None,
            dictionary: (field == Field::OrderStatus).then(|| order_status.clone()),
            label: match field {
                Field::OrderStatus => label("预约状态", "Order status"),
                other => label(&format!("中{other}"), &format!("en:{other}")),
            },
        }),
        severities: [Severity::Reject; Rule::ALL.len()],
    }
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn some_text(text: &str) -> Option<Text> {
    Some(text.into())
}

/// A current version with every field filled.
pub(super) fn history_row() -> HistoryRow {
    HistoryRow {
        account: ACCOUNT.into(),
        serial_number: "20261101000000000001".into(),
        version: 2,
        valid_from: "2026-10-31T16:00:00.000001Z".parse().unwrap(),
        valid_to: None,
        change: "rescheduled".into(),
        person_id: some_text("00ff"),
        identity: Some(Identity {
            erhc_no: some_text("E1"),
            name: some_text("测试甲"),
            idcard: some_text("110101199003070011"),
            mobile: some_text("13000000000"),
        }),
        birthdate: "1990-03-07".parse().ok(),
        card_type: some_text("1"),
        sex_code: some_text("2"),
        is_pregnant: Some(false),
        married: some_text("1"),
        hospital_code: "0571".into(),
        hospital_name: some_text("第三医院"),
        check_date: "2026-11-09".parse().unwrap(),
        hospital_package_id: some_text("P1"),
        hospital_package_name: some_text("套餐"),
        add_combination_id: some_text("101,102"),
        add_combination_name: some_text("血常规,尿常规"),
        examination_fee: "2881.00".parse().ok(),
        order_status: "2".into(),
        pay_type: some_text("0"),
        data_sources: some_text("app"),
        delivery_id: 7,
        request_id: "R1".into(),
        recorded_at: "2026-10-31T16:00:09Z".parse().unwrap(),
    }
}

/// An older version in which everything that may be absent is.
pub(super) fn bare_history_row() -> HistoryRow {
    HistoryRow {
        version: 1,
        valid_from: "2026-10-30T16:00:00Z".parse().unwrap(),
        valid_to: "2026-10-31T16:00:00.000001Z".parse().ok(),
        change: "booked".into(),
        person_id: None,
        identity: Some(Identity::default()),
        birthdate: None,
        card_type: None,
        sex_code: None,
        is_pregnant: None,
        married: None,
        hospital_name: None,
        hospital_package_id: None,
        hospital_package_name: None,
        add_combination_id: None,
        add_combination_name: None,
        examination_fee: None,
        order_status: "1".into(),
        pay_type: None,
        data_sources: None,
        ..history_row()
    }
}

/// Two cancelled reservations of one person.
pub(super) fn daily_volume_row() -> DailyVolumeRow {
    DailyVolumeRow {
        account: ACCOUNT.to_owned(),
        check_date: "2026-11-09".parse().unwrap(),
        hospital_code: "0571".to_owned(),
        hospital_name: some("第三医院"),
        hospital_package_id: some("P1"),
        hospital_package_name: None,
        data_sources: some("app"),
        order_status: "5".to_owned(),
        order_status_zh: some("已取消预约"),
        order_status_en: some("cancelled"),
        is_cancelled: true,
        reservations: 2,
        people: 1,
        fee_total: "19999999999.98".parse().unwrap(),
    }
}

pub(super) fn finance_row() -> FinanceRow {
    FinanceRow {
        account: ACCOUNT.into(),
        serial_number: "20261101000000000001".into(),
        version: 2,
        change: "rescheduled".into(),
        booked_at: "2026-10-30T16:00:00Z".parse().unwrap(),
        changed_at: "2026-10-31T16:00:00.000001Z".parse().unwrap(),
        hospital_code: "0571".into(),
        hospital_name: some_text("第三医院"),
        check_date: "2026-11-09".parse().unwrap(),
        hospital_package_id: some_text("P1"),
        hospital_package_name: some_text("套餐"),
        add_combination_id: some_text("101,102"),
        add_combination_name: some_text("血常规,尿常规"),
        examination_fee: "2881.5".parse().ok(),
        order_status: "2".into(),
        pay_type: some_text("0"),
        data_sources: some_text("app"),
    }
}

/// Names in a folder, sorted.
pub(super) fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
