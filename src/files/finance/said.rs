//! What is found of a finance file, for people: in English and in Chinese. Pure.

/// One thing that must be true of a file, and what is wrong if it is not. Names places, rows and columns, and sums.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub claim: &'static str,
    pub problem: Option<Said>,
}

/// A sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub en: String,
    pub zh: String,
}

impl Said {
    pub fn of(en: impl Into<String>, zh: impl Into<String>) -> Said {
        Said { en: en.into(), zh: zh.into() }
    }
}

/// Rows are counted from 1, without the heading.
pub(super) fn ends_before(row: u64) -> Said {
    Said::of(format!("the file ends before row {row}"), format!("文件在第 {row} 行之前就结束了"))
}

pub(super) fn has_more(rows: u64) -> Said {
    Said::of(format!("the warehouse has {rows} rows, the file has more"), format!("数据仓库有 {rows} 行，文件更多"))
}

/// `column`: what it is called in both languages; `name`: what a clerk finds the row by.
pub(super) fn row_differs(row: u64, column: [&str; 2], name: &Said) -> Said {
    Said::of(
        format!("row {row} differs from the warehouse in {}{}", column[0], name.en),
        format!("第 {row} 行的“{}”与数据仓库不一致{}", column[1], name.zh),
    )
}

impl Finding {
    /// What was found of a claim.
    pub fn of(claim: &'static str, outcome: Result<(), Said>) -> Finding {
        Finding { claim, problem: outcome.err() }
    }

    /// The claim in Chinese.
    pub fn claim_zh(&self) -> &'static str {
        CLAIMS.iter().find(|(en, _)| *en == self.claim).map_or(self.claim, |(_, zh)| *zh)
    }
}

/// Every claim, in both languages.
const CLAIMS: [(&str, &str); 27] = [
    ("the file is there", "文件存在"),
    ("its manifest can be read", "清单可以读取"),
    ("the manifest is of this file", "清单属于该文件"),
    ("the file has its length", "文件长度与清单一致"),
    ("the file has its SHA-256", "文件的 SHA-256 与清单一致"),
    ("the format is known", "认识该文件格式"),
    ("the heading is the manifest's", "标题行与清单一致"),
    ("every row can be read", "每一行都可以读取"),
    ("the file has its rows", "文件的行数与清单一致"),
    ("the file comes to its totals", "文件的合计与清单一致"),
    ("the file comes to its totals by month", "文件按月份的合计与清单一致"),
    ("the file comes to its totals by hospital", "文件按机构的合计与清单一致"),
    ("the file comes to its totals by way of payment", "文件按支付方式的合计与清单一致"),
    ("the warehouse knows the account", "数据仓库中有该账号"),
    ("the warehouse knows the delivery", "数据仓库中有该交付"),
    ("the warehouse knows the handoff", "数据仓库中有该交接批次"),
    ("the warehouse has closed the month", "数据仓库中该月已结账"),
    ("the warehouse has as many rows", "数据仓库的行数与清单一致"),
    ("the warehouse comes to the same totals", "数据仓库的合计与清单一致"),
    ("the warehouse comes to the same totals by month", "数据仓库按月份的合计与清单一致"),
    ("the warehouse comes to the same totals by hospital", "数据仓库按机构的合计与清单一致"),
    ("the warehouse comes to the same totals by way of payment", "数据仓库按支付方式的合计与清单一致"),
    ("the warehouse has the same rows, cell by cell", "数据仓库与文件逐格一致"),
    ("the warehouse has the same cover", "说明页与数据仓库一致"),
    ("the warehouse has the same sums by hospital and way of payment", "按机构和支付方式的合计与数据仓库一致"),
    ("the warehouse has the same handoffs", "交接批次与数据仓库一致"),
    ("the workbook has no other sheets", "工作簿没有其他工作表"),
];
