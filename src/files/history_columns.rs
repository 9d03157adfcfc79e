//! The columns of the history file, in the order of `warehouse.reservation_versions`.

use chrono::NaiveDate;

use super::fee;
use super::monthly_parquet::MonthlyRow;
use super::parquet_columns::{Column, Values, big_integer, boolean, code, date, instant, integer, money, text};
use crate::files::RowProblem;
use crate::pipeline::Contract;
use crate::reservation::{Field, HistoryRow};

impl MonthlyRow for HistoryRow {
    fn account(&self) -> &str {
        &self.account
    }

    fn check_date(&self) -> NaiveDate {
        self.check_date
    }
}

/// Every column of the file. Those that name a person stand there only on request.
pub(super) fn history_columns(contract: &Contract, include_identity: bool) -> Vec<Column<HistoryRow>> {
    let own = |name, zh, en, values: Values<HistoryRow>| Column::own(name, zh, en, values);
    let delivered =
        |name: &str, field, values: Values<HistoryRow>| Column::new(name, &contract.field(field).label, values);
    let has_identity: fn(&HistoryRow) -> bool = |row| row.identity.is_some();
    let identity = |name: &str, field, values: Values<HistoryRow>| {
        include_identity.then(|| delivered(name, field, values).only_if(has_identity, RowProblem::IdentityMissing))
    };

    let columns = [
        Some(
            own("account", "医院账户", "Hospital's account with the platform", code(|row| Some(&row.account)))
                .required(),
        ),
        Some(
            delivered("serial_number", Field::SerialNumber, text(|row| Some(&row.serial_number))).required().distinct(),
        ),
        Some(
            own(
                "version",
                "版本号，每个预约从 1 起连续编号",
                "Version of the reservation, counted from 1 without gaps",
                integer(|row| row.version),
            )
            .required(),
        ),
        Some(
            own("valid_from", "生效时间（含）", "Start of validity, inclusive", instant(|row| Some(row.valid_from)))
                .required(),
        ),
        Some(own(
            "valid_to",
            "失效时间（不含）；空值表示当前版本",
            "End of validity, exclusive; null for the current version",
            instant(|row| row.valid_to),
        )),
        Some(
            own(
                "is_current",
                "是否当前版本",
                "Whether this is the current version of the reservation",
                boolean(|row| Some(row.valid_to.is_none())),
            )
            .required(),
        ),
        Some(
            own(
                "change",
                "变更类型：booked 新预约，rescheduled 改约，cancelled 取消，amended 信息变更，reinstated 恢复预约",
                "What made the version: booked, rescheduled, cancelled, amended or reinstated",
                code(|row| Some(&row.change)),
            )
            .required(),
        ),
        Some(
            own(
                "person_id",
                "人员标识（证件的密钥散列，不可还原）",
                "Keyed hash of the identity document: counts people without naming them",
                text(|row| row.person_id.as_deref()),
            )
            .distinct(),
        ),
        identity("erhc_no", Field::ErhcNo, text(|row| row.identity.as_ref()?.erhc_no.as_deref())),
        identity("name", Field::Name, text(|row| row.identity.as_ref()?.name.as_deref())),
        Some(delivered("card_type", Field::CardType, code(|row| row.card_type.as_deref()))),
        identity("idcard", Field::Idcard, text(|row| row.identity.as_ref()?.idcard.as_deref())),
        Some(delivered("birthdate", Field::Birthdate, date(|row| row.birthdate))),
        Some(delivered("sex_code", Field::SexCode, code(|row| row.sex_code.as_deref()))),
        Some(delivered("is_pregnant", Field::IsPregnant, boolean(|row| row.is_pregnant))),
        Some(delivered("married", Field::Married, code(|row| row.married.as_deref()))),
        identity("mobile", Field::Mobile, text(|row| row.identity.as_ref()?.mobile.as_deref())),
        Some(delivered("hospital_code", Field::HospitalCode, code(|row| Some(&row.hospital_code))).required()),
        Some(delivered("hospital_name", Field::HospitalName, code(|row| row.hospital_name.as_deref()))),
        Some(delivered("check_date", Field::CheckDate, date(|row| Some(row.check_date))).required()),
        Some(delivered(
            "hospital_package_id",
            Field::HospitalPackageId,
            code(|row| row.hospital_package_id.as_deref()),
        )),
        Some(delivered(
            "hospital_package_name",
            Field::HospitalPackageName,
            code(|row| row.hospital_package_name.as_deref()),
        )),
        Some(delivered("add_combination_id", Field::AddCombinationId, text(|row| row.add_combination_id.as_deref()))),
        Some(delivered(
            "add_combination_name",
            Field::AddCombinationName,
            text(|row| row.add_combination_name.as_deref()),
        )),
        Some(delivered("examination_fee", Field::ExaminationFee, money(fee::PRECISION, |row| row.examination_fee))),
        Some(delivered("order_status", Field::OrderStatus, code(|row| Some(&row.order_status))).required()),
        Some(delivered("pay_type", Field::PayType, code(|row| row.pay_type.as_deref()))),
        Some(delivered("data_sources", Field::DataSources, code(|row| row.data_sources.as_deref()))),
        Some(
            own("delivery_id", "交付编号", "Delivery that brought this version", big_integer(|row| row.delivery_id))
                .required(),
        ),
        Some(delivered("request_id", Field::RequestId, text(|row| Some(&row.request_id))).required()),
        Some(
            own(
                "recorded_at",
                "入库时间",
                "When the warehouse recorded the version",
                instant(|row| Some(row.recorded_at)),
            )
            .required(),
        ),
    ];
    columns.into_iter().flatten().collect()
}
