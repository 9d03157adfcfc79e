//! The two kinds of finance files: their columns, and what their rows add up to.

use super::columns::Column;
use super::manifest::Kind;
use super::totals::{Booking, Money};
use crate::files::{RowProblem, fee};
use crate::reservation::{Field, ORDER_STATUS_CANCELLED};
use crate::rows::{Cell, Rows};
use crate::wording::{Argument, Message, message};

/// The source of a column.
pub(super) enum Source {
    /// A column of our own, and its Chinese heading.
    Ours(&'static str, &'static str),
    /// A field of the platform, under the contract's label.
    Delivered(Field),
}
use Source::{Delivered, Ours};

impl Source {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Ours(name, _) => name,
            Delivered(field) => field.column_name(),
        }
    }
}

const SNAPSHOT: [Source; 20] = [
    Ours("account", "医院账户"),
    Delivered(Field::SerialNumber),
    Ours("version", "版本号"),
    Ours("change", "最近变更"),
    Ours("booked_at", "首次收到时间"),
    Ours("booked_date", "首次收到日期"),
    Ours("changed_at", "最近变更时间"),
    Ours("changed_date", "最近变更日期"),
    Delivered(Field::HospitalCode),
    Delivered(Field::HospitalName),
    Delivered(Field::CheckDate),
    Ours("check_month", "体检月份"),
    Delivered(Field::HospitalPackageId),
    Delivered(Field::HospitalPackageName),
    Delivered(Field::AddCombinationId),
    Delivered(Field::AddCombinationName),
    Delivered(Field::ExaminationFee),
    Delivered(Field::OrderStatus),
    Delivered(Field::PayType),
    Delivered(Field::DataSources),
];

const DELTA: [Source; 23] = [
    Ours("account", "医院账户"),
    Ours("handoff_number", "交接批次"),
    Ours("entry_number", "分录号"),
    Ours("entry_kind", "分录类型"),
    Ours("event", "业务事件"),
    Ours("event_at", "事件时间"),
    Ours("event_date", "事件日期"),
    Ours("posting_date", "记账日期"),
    Ours("posting_month", "记账月份"),
    Delivered(Field::SerialNumber),
    Ours("version", "版本号"),
    Delivered(Field::HospitalCode),
    Delivered(Field::HospitalName),
    Delivered(Field::CheckDate),
    Ours("check_month", "体检月份"),
    Delivered(Field::HospitalPackageId),
    Delivered(Field::HospitalPackageName),
    Delivered(Field::OrderStatus),
    Delivered(Field::PayType),
    Delivered(Field::DataSources),
    Ours("amount_before", "变动前金额（元）"),
    Ours("amount_after", "变动后金额（元）"),
    Ours("amount", "发生额（元）"),
];

impl Kind {
    /// The columns of the rows, in the order of their statement.
    pub(super) fn sources(self) -> &'static [Source] {
        match self {
            Kind::Snapshot => &SNAPSHOT,
            Kind::Delta => &DELTA,
        }
    }

    /// The money of zero rows.
    pub(super) fn nothing(self) -> Money {
        match self {
            Kind::Snapshot => Money::Fee { total: 0, active: 0 },
            Kind::Delta => Money::Amount(0),
        }
    }

    /// The column that is added up.
    fn amount(self) -> &'static str {
        match self {
            Kind::Snapshot => Field::ExaminationFee.column_name(),
            Kind::Delta => "amount",
        }
    }

    /// The money of a row; `None`: its amount is none, or has more digits than there are.
    pub(super) fn money(self, amount: Cell<'_>, order_status: &str) -> Option<Money> {
        match (self, amount) {
            (Kind::Delta, amount) => amount.fee().map(Money::Amount),
            (Kind::Snapshot, Cell::Empty) => Some(self.nothing()),
            (Kind::Snapshot, amount) => {
                let total = amount.fee().filter(|fen| fee::has_room(*fen, fee::PRECISION))?;
                let active = if order_status == ORDER_STATUS_CANCELLED { 0 } else { total };
                Some(Money::Fee { total, active })
            }
        }
    }
}

/// The places of the columns that verification reads.
pub(super) struct Places {
    kind: Kind,
    pub(super) account: usize,
    pub(super) check_date: usize,
    pub(super) hospital_code: usize,
    hospital_name: usize,
    pub(super) pay_type: usize,
    pub(super) order_status: usize,
    pub(super) amount: usize,
    serial_number: usize,
    entry_number: usize,
}

impl Places {
    /// The places among columns with these names.
    pub(super) fn among<'a>(kind: Kind, names: impl Iterator<Item = &'a str> + Clone) -> Places {
        let place = |name: &str| names.clone().position(|column| column == name).unwrap_or(usize::MAX);
        Places {
            kind,
            account: place("account"),
            check_date: place(Field::CheckDate.column_name()),
            hospital_code: place(Field::HospitalCode.column_name()),
            hospital_name: place(Field::HospitalName.column_name()),
            pay_type: place(Field::PayType.column_name()),
            order_status: place(Field::OrderStatus.column_name()),
            amount: place(kind.amount()),
            serial_number: place(Field::SerialNumber.column_name()),
            entry_number: place("entry_number"),
        }
    }

    /// The places of the columns in rows of the warehouse.
    pub(super) fn in_rows(kind: Kind) -> Places {
        Places::among(kind, kind.sources().iter().map(Source::name))
    }

    /// The message about a differing column, with what a clerk finds the row by: its reservation, and its entry if it has one.
    pub(super) fn row_differs(&self, number: u64, column: &Column, rows: &Rows, row: usize) -> Message {
        message!(
            "finance-row-differs",
            row = number,
            column = Argument::Named { english: column.name.to_owned(), chinese: column.heading.clone() },
            serial_number = rows.cell(row, self.serial_number).text().unwrap_or_default(),
            entry = rows.cell(row, self.entry_number).integer().map(|number| number.to_string()),
        )
    }

    /// The row's contribution to the control totals.
    pub(super) fn booking<'row>(&self, rows: &'row Rows, row: usize) -> Result<Booking<'row>, RowProblem> {
        let text = |place| rows.cell(row, place).text().unwrap_or_default();
        let money = self.kind.money(rows.cell(row, self.amount), text(self.order_status));
        Ok(Booking {
            check_date: rows.cell(row, self.check_date).date().ok_or(RowProblem::Columns)?,
            hospital_code: text(self.hospital_code),
            hospital_name: text(self.hospital_name),
            pay_type: text(self.pay_type),
            money: money.ok_or(RowProblem::Fee)?,
        })
    }
}
