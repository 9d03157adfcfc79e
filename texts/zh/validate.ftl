
## ListProblem：对账名单

TJ-5221 = 前 { $rows } 行中没有包含预约编号的标题行（平台预约ID、预约ID、预约编号、预约号、serialNumber 或 serial_number）：请加上标题行，或用 --column serial_number=HEADING 指明
TJ-5222 = 标题行的第 { $first } 列和第 { $second } 列都是 { $field }：请用 --column { $field }=HEADING 指明
TJ-5223 = 标题行中没有 --column { $field }=… 所指的列

## BadLine：到检名单中的一行

TJ-6421 = 单元格比表头多
TJ-6422 = serialNumber 为空、超过 500 个字符，或不是 UTF-8 文本
TJ-6423 = arriveDate 不是 2026-11-25 08:10:00 这样的时间

## ListError：到检名单

TJ-6411 = 名单为空：第一行应为表头 serialNumber,arriveDate
TJ-6412 = 表头第 { $cell } 格既不是 serialNumber，也不是 arriveDate，或者重复出现
TJ-6413 = 表头中没有 serialNumber
TJ-6414 = 第 { $line } 行不是 CSV
