# 财务文件：`tijian finance verify` 的核验结果。

## 应当成立的事

claim-the-file-is-there = 文件存在
claim-its-manifest-can-be-read = 清单可以读取
claim-the-manifest-is-of-this-file = 清单属于该文件
claim-the-file-has-its-length = 文件长度与清单一致
claim-the-file-has-its-sha-256 = 文件的 SHA-256 与清单一致
claim-the-format-is-known = 文件格式可以识别
claim-the-heading-is-the-manifest-s = 表头与清单一致
claim-every-row-can-be-read = 每一行都可以读取
claim-the-file-has-its-rows = 文件的行数与清单一致
claim-the-file-comes-to-its-totals = 文件的合计与清单一致
claim-the-file-comes-to-its-totals-by-month = 文件按月份的合计与清单一致
claim-the-file-comes-to-its-totals-by-hospital = 文件按机构的合计与清单一致
claim-the-file-comes-to-its-totals-by-way-of-payment = 文件按支付方式的合计与清单一致
claim-the-warehouse-knows-the-account = 数据仓库中有该账号
claim-the-warehouse-knows-the-delivery = 数据仓库中有该取数批次
claim-the-warehouse-knows-the-handoff = 数据仓库中有该交接批次
claim-the-warehouse-has-closed-the-month = 数据仓库中该月已结账
claim-the-warehouse-has-as-many-rows = 数据仓库的行数与清单一致
claim-the-warehouse-comes-to-the-same-totals = 数据仓库的合计与清单一致
claim-the-warehouse-comes-to-the-same-totals-by-month = 数据仓库按月份的合计与清单一致
claim-the-warehouse-comes-to-the-same-totals-by-hospital = 数据仓库按机构的合计与清单一致
claim-the-warehouse-comes-to-the-same-totals-by-way-of-payment = 数据仓库按支付方式的合计与清单一致
claim-the-warehouse-has-the-same-rows-cell-by-cell = 数据仓库与文件逐格一致
claim-the-warehouse-has-the-same-cover = 说明页与数据仓库一致
claim-the-warehouse-has-the-same-sums-by-hospital-and-way-of-payment = 按机构和支付方式的合计与数据仓库一致
claim-the-warehouse-has-the-same-handoffs = 交接批次与数据仓库一致
claim-the-workbook-has-no-other-sheets = 工作簿没有其他工作表

## 不符之处

finance-problem = { $claim }：{ $problem }
finance-unreadable = 无法读取：{ $reason }
finance-other-file = 清单属于 { $file }：清单被调换，或文件改了名
finance-other-length = 清单上的字节数为 { $said }，文件为 { $found }
finance-other-digest = 清单上的 SHA-256 为 { $said }，文件为 { $found }
finance-manifest-missing = 缺少 { $path }：导出没有完成（请执行 `tijian export`），或文件被单独移走；月结没有清单，凭文件名识别，如 our-hospital_finance_month_2026-11.xlsx
finance-manifest-not-json = 不是 JSON（第 { $line } 行）
finance-manifest-version = 格式版本为 { $version }，本程序只认识 { $known }：请用生成它的 tijian 核验
finance-manifest-foreign = 没有 format_version：不是 tijian 的清单
finance-manifest-incomplete = 缺少 tijian 清单应有的内容，或写法不同
finance-format-unknown = 本程序不认识：请用生成它的 tijian 核验
finance-heading-differs = 清单列出 { $listed } 列，这类文件有 { $expected } 列，文件的表头有 { $found } 列或列名不同
finance-file-empty = 文件是空的
finance-file-ends = 文件在第 { $row } 行之前就结束了
finance-file-has-more = 数据仓库有 { $rows } 行，文件更多
finance-no-byte-order-mark = 开头没有 tijian 为 Excel 写入的字节顺序标记
finance-line-cells = 第 { $line } 行有 { $found } 格，应为 { $expected } 格
finance-line-encoding = 第 { $line } 行不是 { $encoding } 文本：文件被其他程序重新保存过
finance-line-not-csv = 第 { $line } 行不是 CSV
finance-not-a-workbook = 不是 Excel 工作簿
finance-no-sheet = 没有“{ $sheet }”工作表
finance-other-sheet = 第 { $sheet } 个工作表不是 tijian 生成的
finance-sheet-headings = 各工作表的表头不一致
finance-sheet-headless = 工作表“{ $sheet }”没有表头
finance-sheet-unreadable = 工作表“{ $sheet }”无法读取
finance-other-heading = 表头不同
finance-row-foreign = 第 { $row } 行属于其他账号
finance-row-undated = 第 { $row } 行没有体检日期
finance-row-amount = 第 { $row } 行的金额不是数字
finance-row-differs = { $entry ->
    [none] 第 { $row } 行的“{ $column }”与数据仓库不一致（预约编号 { $serial_number }）
   *[other] 第 { $row } 行的“{ $column }”与数据仓库不一致（预约编号 { $serial_number }，分录号 { $entry }）
}
finance-month-row-differs = { $keys ->
    [none] 第 { $row } 行的“{ $column }”与数据仓库不一致
   *[other] 第 { $row } 行的“{ $column }”与数据仓库不一致（{ $keys }）
}
finance-warehouse-row = 数据仓库有一行不合要求：{ $problem }
finance-other-total = { $source ->
    [file] 清单为 { $said }，文件为 { $found }
   *[warehouse] 清单为 { $said }，数据仓库为 { $found }
}
finance-other-part = { $source ->
    [file] { $part }：清单为 { $said }，文件为 { $found }
   *[warehouse] { $part }：清单为 { $said }，数据仓库为 { $found }
}
finance-nothing = 没有
finance-sum = { $rows } 行，{ $amounts }
finance-other-handoff = 它的取数批次、分录号或余额与清单不一致
finance-other-delivery = 它截至 { $as_of }（取数批次 { $delivery }），与清单不一致
finance-no-account = 没有账号 { $account } 的任何数据：请检查是否连对了数据库，文件是否属于这家医院
finance-no-delivery = 该账号没有引起变化的取数批次 { $delivery }
finance-no-handoff = 该账号没有交接批次 { $handoff }
finance-month-form = 月结是工作簿（.xlsx）或 CSV 文件（.csv）
finance-month-offline = 月结没有清单，只能与数据仓库核验：请去掉 --offline
finance-month-open = 该月尚未月结：文件不是由这个数据仓库生成的，或属于其他月份
