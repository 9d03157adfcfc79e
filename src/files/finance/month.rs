//! The closing of a month: its balances as a workbook and as CSV, from the figures that were stored when it was closed.
//!
//! Nothing of the clock is in them: the same month makes the same bytes, and never takes the place of other ones. So a month has
//! no manifest: what its file must be, the warehouse can always say.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};

use super::cover::{Cover, yuan};
use crate::files::atomic::{self, AtomicFile};
use crate::files::sink::{Sink, Summary};
use crate::files::{ExportError, ExportedFile, RowProblem};
use crate::pipeline::{CsvProfile, FinanceNames, TableFormat, TextEncoding};
use crate::reservation::Handoff;
use crate::rows::{Cell, Rows};

/// Both forms of a month: for people, and for programs that take CSV.
pub(super) const FORMATS: [TableFormat; 2] =
    [TableFormat::Xlsx, TableFormat::Csv { profile: CsvProfile::Excel, encoding: TextEncoding::Utf8 }];

/// The columns of the rows, in the order of `sql/finance/select_month.sql`; the money comes last.
pub(super) const HEADINGS: [&str; 15] = [
    "医院账户",
    "记账月份",
    "医疗机构编码",
    "医疗机构名称",
    "支付方式",
    "支付方式代码",
    "体检月份",
    "期初余额（元）",
    "本月入账（元）",
    "本月调整（元）",
    "本月冲销（元）",
    "跨月调整（元）",
    "期末余额（元）",
    "其中已到检（元）",
    "其中预收（元）",
];

/// The first column with money.
const MONEY: usize = 7;
const MONEYS: usize = HEADINGS.len() - MONEY;

/// Amounts in fen; `None` is unknown, and makes the sum unknown.
type Moneys = [Option<i128>; MONEYS];

/// The people who sign the cover, by hand or in the workbook.
pub(super) const SIGNATURES: [&str; 3] = ["制表", "复核", "财务负责人"];

/// A closed month.
#[derive(Debug, Clone)]
pub struct ClosedMonth {
    pub account: String,
    /// First day of the month.
    pub month: NaiveDate,
    /// When it ended.
    pub ended_at: DateTime<Utc>,
    /// The handoffs that the month covers, oldest first.
    pub handoffs: Vec<Handoff>,
}

/// Makes the files of a month, `<account>_finance_month_<month>.xlsx` and `.csv` (in Chinese 财务月结), or finds them there as they shall be.
pub fn write_month(
    dir: &Path,
    names: FinanceNames,
    month: &ClosedMonth,
    rows: &[Rows],
) -> Result<Vec<ExportedFile>, ExportError> {
    atomic::prepare_folder(dir, &month.account)?;
    FORMATS.iter().map(|format| write(dir, names, *format, month, rows)).collect()
}

fn write(
    dir: &Path,
    names: FinanceNames,
    format: TableFormat,
    month: &ClosedMonth,
    rows: &[Rows],
) -> Result<ExportedFile, ExportError> {
    let (account, text, extension) = (&month.account, month.month.format("%Y-%m"), format.extension());
    let name = format!("{account}{}{text}.{extension}", infix(names));
    let path = dir.join(&name);
    let tables = MonthTables::of(month, rows, &path)?;
    let file = AtomicFile::create(dir, account, &name)?;
    let mut sink = Sink::create(file, &path, format, &HEADINGS, month.ended_at)?;
    let mut count = 0;
    for row in month_rows(rows) {
        count += 1;
        sink.write_row(row)?;
    }
    finish(sink.finish(&tables.cover, &tables.summaries)?, path, count)
}

/// The part of a file's name between account and month.
fn infix(names: FinanceNames) -> &'static str {
    match names {
        FinanceNames::Ascii => "_finance_month_",
        FinanceNames::Chinese => "_财务月结_",
    }
}

/// The account and the month, like `2026-11`, that a file is of by its name; `None`: it is no month's. Behind the month may stand
/// what a browser or a clerk adds to a copy.
pub fn month_by_name(path: &Path) -> Option<(&str, &str)> {
    let name = path.file_name()?.to_str()?;
    let of = |names| name.split_once(infix(names));
    let (account, behind) = of(FinanceNames::Ascii).or_else(|| of(FinanceNames::Chinese))?;
    Some((account, behind.get(.."2026-11".len())?))
}

/// The workbook's tables besides the rows.
pub(super) struct MonthTables {
    pub(super) cover: Summary,
    /// The sums by hospital and way of payment, and the handoffs.
    pub(super) summaries: [Summary; 2],
}

impl MonthTables {
    /// `path`: of the file that they are for.
    pub(super) fn of(month: &ClosedMonth, rows: &[Rows], path: &Path) -> Result<MonthTables, ExportError> {
        let mut balances = Balances::default();
        for (number, (rows, row)) in (1..).zip(each_row(rows)) {
            balances.add(rows, row, &month.account).map_err(|problem| ExportError::Row {
                path: path.to_owned(),
                row: number,
                problem,
            })?;
        }
        let summaries = [balances.summary(), handoffs(&month.handoffs)];
        Ok(MonthTables { cover: cover(month, &balances), summaries })
    }
}

/// The cells of each row, as in a file.
pub(super) fn month_rows(rows: &[Rows]) -> impl Iterator<Item = impl Iterator<Item = Cell<'_>>> {
    each_row(rows).map(|(rows, row)| (0..HEADINGS.len()).map(move |column| cell(rows, row, column)))
}

fn each_row(rows: &[Rows]) -> impl Iterator<Item = (&Rows, usize)> {
    rows.iter().flat_map(|rows| (0..rows.len()).map(move |row| (rows, row)))
}

/// Renames the file into place, unless a file with the same content is there.
fn finish(file: AtomicFile, path: PathBuf, rows: u64) -> Result<ExportedFile, ExportError> {
    let sealed = file.seal()?;
    let (bytes, sha256) = (sealed.bytes, sealed.sha256.clone());
    sealed.find_place()?.publish_new()?;
    Ok(ExportedFile { path, rows, bytes, sha256 })
}

/// Empty texts are no texts.
fn cell(rows: &Rows, row: usize, column: usize) -> Cell<'_> {
    match rows.cell(row, column) {
        Cell::Text("") => Cell::Empty,
        cell => cell,
    }
}

/// Sums by hospital and way of payment, each with the names of its last row.
#[derive(Default)]
struct Balances {
    parts: BTreeMap<(String, String), ([String; 2], Moneys)>,
}

impl Balances {
    fn add(&mut self, rows: &Rows, row: usize, account: &str) -> Result<(), RowProblem> {
        let text = |column| rows.cell(row, column).text().unwrap_or_default().to_owned();
        if rows.cell(row, 0).text() != Some(account) {
            return Err(RowProblem::ForeignAccount);
        }
        let moneys: Moneys = std::array::from_fn(|place| rows.cell(row, MONEY + place).fee());
        let part = self.parts.entry((text(2), text(5))).or_insert_with(|| (Default::default(), [Some(0); MONEYS]));
        part.0 = [text(3), text(4)];
        part.1 = sum(part.1, moneys);
        Ok(())
    }

    fn whole(&self) -> Moneys {
        self.parts.values().fold([Some(0); MONEYS], |whole, (_, moneys)| sum(whole, *moneys))
    }

    fn summary(&self) -> Summary {
        let parts = self.parts.iter().map(|((hospital, pay_type), ([hospital_name, pay_name], moneys))| {
            let words = [hospital.as_str(), hospital_name, pay_name, pay_type].map(str::to_owned).to_vec();
            (words, money_cells(*moneys))
        });
        let whole = ["合计", "", "", ""].map(str::to_owned).to_vec();
        let rows = parts.chain([(whole, money_cells(self.whole()))]).collect();
        let headings = HEADINGS[2..6].iter().chain(&HEADINGS[MONEY..]).map(|heading| (*heading).to_owned());
        Summary { name: "月结", headings: headings.collect(), rows }
    }
}

fn sum(one: Moneys, other: Moneys) -> Moneys {
    std::array::from_fn(|place| Some(one[place]? + other[place]?))
}

fn money_cells(moneys: Moneys) -> Vec<Cell<'static>> {
    moneys.into_iter().map(|fen| fen.map_or(Cell::Empty, Cell::Fee)).collect()
}

fn handoffs(handoffs: &[Handoff]) -> Summary {
    let headings = ["交接批次", "截至时间", "首个分录号", "分录数", "发生额（元）", "余额（元）"];
    let rows = handoffs.iter().map(|handoff| {
        let cells = vec![
            Cell::Integer(handoff.handoff_number.into()),
            Cell::Time(handoff.as_of),
            Cell::Integer(handoff.first_entry_number),
            Cell::Integer(handoff.entries),
            yuan(handoff.amount),
            yuan(handoff.balance),
        ];
        (Vec::new(), cells)
    });
    Summary { name: "交接批次", headings: headings.map(str::to_owned).to_vec(), rows: rows.collect() }
}

fn cover(month: &ClosedMonth, balances: &Balances) -> Summary {
    let mut cover = Cover::new();
    cover.text("医院账户", &month.account);
    cover.text("内容", "月结：按机构和支付方式的期初、发生和期末余额");
    cover.text("记账月份", month.month.format("%Y-%m").to_string());
    let covered = match (month.handoffs.first(), month.handoffs.last()) {
        (Some(first), Some(last)) => format!("{} – {}", first.handoff_number, last.handoff_number),
        _ => "本月没有交接批次".to_owned(),
    };
    cover.text("所含交接批次", covered);
    for (heading, money) in HEADINGS[MONEY..].iter().zip(balances.whole()) {
        match money {
            Some(fen) => cover.number(heading, Cell::Fee(fen)),
            None => cover.text(heading, "不全：部分机构、体检月份没有到检数据"),
        }
    }
    cover.text("跨月调整", "体检月份早于记账月份的全部分录，不计入本月入账、调整、冲销");
    cover.text("已到检与预收", "期末余额按预约是否已到检划分；没有到检数据的为空，不是零");
    cover.words();
    for signature in SIGNATURES {
        cover.text("", "");
        cover.text(signature, format!("签字：{0}日期：{0}", "_".repeat(20)));
    }
    cover.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::samples::{ACCOUNT, names_in};

    fn handoff(number: i32) -> Handoff {
        Handoff {
            account: ACCOUNT.to_owned(),
            handoff_number: number,
            first_delivery_id: 1,
            last_delivery_id: 2,
            as_of: "2026-11-20T18:00:00Z".parse().unwrap(),
            first_entry_number: 7,
            entries: 2,
            amount: "150.00".parse().unwrap(),
            balance: "250.00".parse().unwrap(),
        }
    }

    fn month(handoffs: Vec<Handoff>) -> ClosedMonth {
        let (account, ended_at) = (ACCOUNT.to_owned(), "2026-11-30T16:00:00Z".parse().unwrap());
        let month = "2026-11-01".parse().unwrap();
        ClosedMonth { account, month, ended_at, handoffs }
    }

    /// Hospital, way of payment, check month, and its money.
    fn rows(lines: &[(&str, &str, &str, Moneys)]) -> Rows {
        let mut rows = Rows::of(HEADINGS.len());
        for (hospital, pay_type, check_month, moneys) in lines {
            let pay_name = if pay_type.is_empty() { "未注明" } else { "支付宝" };
            for text in [ACCOUNT, "2026-11", hospital, "第三医院", pay_name, pay_type, check_month] {
                rows.push(Cell::Text(text));
            }
            money_cells(*moneys).into_iter().for_each(|cell| rows.push(cell));
        }
        rows
    }

    fn lines() -> Rows {
        let known = |moneys: [i128; MONEYS]| moneys.map(Some);
        let mut unknown = known([500, 0, 0, 0, -100, 400, 0, 0]);
        (unknown[6], unknown[7]) = (None, None);
        rows(&[
            ("0571", "", "2026-10", unknown),
            ("0571", "1", "2026-11", known([10_000, 5_000, 20, -10, 0, 15_010, 9_000, 6_010])),
            ("0571", "1", "2026-12", known([1, 2, 3, -4, 0, 2, 0, 2])),
        ])
    }

    fn sheet(path: &Path, name: &str) -> Vec<Vec<String>> {
        use calamine::Reader;
        let mut workbook: calamine::Xlsx<_> = calamine::open_workbook(path).unwrap();
        let range = workbook.worksheet_range(name).unwrap();
        range.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect()
    }

    #[test]
    fn the_workbook_has_a_cover_the_rows_their_sums_and_the_handoffs() {
        let dir = tempfile::tempdir().unwrap();
        let files =
            write_month(dir.path(), FinanceNames::Ascii, &month(vec![handoff(3), handoff(4)]), &[lines()]).unwrap();
        let names = ["hangzhou-third_finance_month_2026-11.csv", "hangzhou-third_finance_month_2026-11.xlsx"];
        assert_eq!(names_in(dir.path()), names);
        assert_eq!(files.iter().map(|file| file.rows).collect::<Vec<_>>(), [3, 3]);
        let path = &files[0].path;
        assert_eq!(
            sheet(path, "月结")[1..],
            [
                ["0571", "第三医院", "未注明", "", "5", "0", "0", "0", "-1", "4", "", ""],
                ["0571", "第三医院", "支付宝", "1", "100.01", "50.02", "0.23", "-0.14", "0", "150.12", "90", "60.12"],
                ["合计", "", "", "", "105.01", "50.02", "0.23", "-0.14", "-1", "154.12", "", ""],
            ],
            "what is unknown of a part is unknown of the whole"
        );
        let handoffs = sheet(path, "交接批次");
        assert_eq!((&handoffs[1][0], &handoffs[1][4], &handoffs[2][0]), (&"3".into(), &"150".into(), &"4".into()));
        let cover = sheet(path, "说明");
        let says = |item: &str| cover.iter().find(|row| row[0] == item).unwrap()[1].clone();
        assert_eq!(says("医院账户"), ACCOUNT);
        assert_eq!(says("记账月份"), "2026-11");
        assert_eq!(says("所含交接批次"), "3 – 4");
        assert_eq!((says("期初余额（元）"), says("期末余额（元）")), ("105.01".into(), "154.12".into()));
        assert!(says("其中预收（元）").starts_with("不全"));
        assert!(says("财务负责人").starts_with("签字"));
        let csv = std::fs::read_to_string(&files[1].path).unwrap();
        assert!(csv.contains("\"0571\"") || csv.contains("\t0571"), "{csv}");
        assert_eq!(csv.lines().count(), 4);
    }

    #[test]
    fn a_months_file_is_known_by_its_name_wherever_it_lies_and_whatever_stands_behind_the_month() {
        for (path, expected) in [
            ("our_finance_month_2026-11.xlsx", Some(("our", "2026-11"))),
            ("/in/浙大_财务月结_2026-11.csv", Some(("浙大", "2026-11"))),
            ("our_finance_month_2026-11 (1)-signed.xlsx", Some(("our", "2026-11"))),
            ("our_finance_month_二〇二六.csv", None),
            ("our_finance_month_2026-1", None),
            ("our_finance_delta_000042_20260107T020001.csv", None),
            ("our_finance_20260107T020001_3.csv", None),
            ("/", None),
        ] {
            assert_eq!(month_by_name(Path::new(path)), expected, "{path}");
        }
    }

    #[test]
    fn the_same_month_makes_the_same_bytes_and_takes_no_other_files_place() {
        let dir = tempfile::tempdir().unwrap();
        let first = write_month(dir.path(), FinanceNames::Ascii, &month(vec![handoff(3)]), &[lines()]).unwrap();
        assert_eq!(write_month(dir.path(), FinanceNames::Ascii, &month(vec![handoff(3)]), &[lines()]).unwrap(), first);
        let error = write_month(dir.path(), FinanceNames::Ascii, &month(vec![handoff(4)]), &[lines()]).unwrap_err();
        assert!(matches!(error, ExportError::Occupied { .. }), "{error}");
        assert_eq!(names_in(dir.path()).len(), 2);
    }

    #[test]
    fn a_month_without_handoffs_says_so_and_a_foreign_row_makes_no_file() {
        let dir = tempfile::tempdir().unwrap();
        let files = write_month(dir.path(), FinanceNames::Ascii, &month(Vec::new()), &[]).unwrap();
        let cover = sheet(&files[0].path, "说明");
        assert!(cover.iter().any(|row| row[0] == "所含交接批次" && row[1] == "本月没有交接批次"));

        let files = write_month(dir.path(), FinanceNames::Chinese, &month(Vec::new()), &[]).unwrap();
        assert!(files[0].path.ends_with("hangzhou-third_财务月结_2026-11.xlsx"), "{files:?}");

        let other = tempfile::tempdir().unwrap();
        let mut foreign = month(Vec::new());
        foreign.account = "another".to_owned();
        let error = write_month(other.path(), FinanceNames::Ascii, &foreign, &[lines()]).unwrap_err();
        assert!(matches!(error, ExportError::Row { row: 1, problem: RowProblem::ForeignAccount, .. }), "{error}");
        assert_eq!(names_in(other.path()), [""; 0]);
    }
}
