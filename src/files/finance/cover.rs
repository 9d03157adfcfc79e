//! The cover of a workbook: what it is, what it comes to, and what its words mean. Pure.

use super::Subject;
use super::totals::{ControlTotals, Money};
use crate::files::cells::shanghai_seconds;
use crate::files::sink::Summary;
use crate::reservation::Handoff;
use crate::rows::{Cell, fen};

/// The cover's sheet.
const NAME: &str = "说明";

/// The words that an accountant must know, with their meaning.
const WORDS: [(&str, &str); 5] = [
    ("入账", "新预约、恢复预约，或从其他月份、机构、支付方式转入：金额为正"),
    ("调整", "月份、机构、支付方式不变，只有费用变更：金额可正可负"),
    ("冲销", "取消预约，或转往其他月份、机构、支付方式：金额为负；冲销不等于退款，退款以支付渠道的账单为准"),
    ("体检月份", "体检日期所在的月份"),
    ("记账月份", "交接批次截至时间所在的月份（北京时间）"),
];

/// A cover, line by line.
pub(super) struct Cover(Summary);

impl Cover {
    pub(super) fn new() -> Cover {
        Cover(Summary { name: NAME, headings: vec!["项目".to_owned(), "内容".to_owned()], rows: Vec::new() })
    }

    pub(super) fn text(&mut self, item: &str, text: impl Into<String>) {
        self.0.rows.push((vec![item.to_owned(), text.into()], Vec::new()));
    }

    pub(super) fn number(&mut self, item: &str, cell: Cell<'static>) {
        self.0.rows.push((vec![item.to_owned()], vec![cell]));
    }

    /// Adds the meaning of the words.
    pub(super) fn words(&mut self) {
        for (word, meaning) in WORDS {
            self.text(word, meaning);
        }
    }

    pub(super) fn finish(self) -> Summary {
        self.0
    }
}

/// The cover of a snapshot or a delta.
pub(super) fn cover(subject: &Subject, totals: &ControlTotals) -> Summary {
    let mut cover = Cover::new();
    cover.text("医院账户", subject.account());
    match subject {
        Subject::Snapshot(_) => cover.text("内容", "快照：每个预约的当前状态"),
        Subject::Delta(_) => cover.text("内容", "交接批次：应入账的分录"),
    }
    cover.text("截至时间（北京时间）", shanghai_seconds(subject.as_of()).to_string());
    cover.number("截至取数批次", Cell::Integer(subject.delivery_id()));
    if let Subject::Delta(handoff) = subject {
        cover.number("交接批次", Cell::Integer(handoff.handoff_number.into()));
        cover.text("分录号", entry_numbers(handoff));
        cover.number("期初余额（元）", yuan(handoff.balance - handoff.amount));
    }
    match totals.money() {
        Money::Fee { total, active } => {
            cover.number("费用合计（元）", Cell::Fee(total));
            cover.number("其中未取消（元）", Cell::Fee(active));
        }
        Money::Amount(amount) => cover.number("发生额合计（元）", Cell::Fee(amount)),
    }
    if let Subject::Delta(handoff) = subject {
        cover.number("期末余额（元）", yuan(handoff.balance));
    }
    cover.number("行数", Cell::Integer(i64::try_from(totals.rows()).unwrap_or(i64::MAX)));
    cover.words();
    cover.finish()
}

fn entry_numbers(handoff: &Handoff) -> String {
    format!("{} – {}", handoff.first_entry_number, handoff.last_entry_number())
}

/// Amounts of whole fen: the database has no others.
pub(super) fn yuan(amount: rust_decimal::Decimal) -> Cell<'static> {
    fen(amount).map_or(Cell::Empty, Cell::Fee)
}
