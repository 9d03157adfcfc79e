
## ExportError：导出

TJ-5002 = 无法把 { $path } 编码为 Parquet
TJ-5003 = 无法把 { $path } 编码为工作簿
TJ-5004 = { $path } 第 { $row } 行{ $problem }
TJ-5005 = { $path } 已存在且内容不同，而已交给财务的文件从不覆盖：请与已入账的内容核对，把它移到别处，再重新生成
TJ-5006 = { $path } 已存在，从不覆盖：请指定另一个文件
TJ-5007 = { $path } 的分录与其交接批次对不上；详情见 `tijian audit`

## RowProblem：某一行的问题

row-foreign-account = 属于另一个账号
row-foreign-month = 的体检日期属于另一个月份
row-columns = 的列与文件不一致
row-text = 有文本超过工作簿单元格的长度上限
row-fee = 有金额的位数超过该列的上限
