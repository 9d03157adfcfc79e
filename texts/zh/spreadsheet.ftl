
## SpreadsheetError：表格文件

TJ-5201 = 无法读取
TJ-5202 = 不是普通文件
TJ-5203 = 超过 { $bytes } 字节
TJ-5204 = 是旧式 .xls 工作簿，或以此命名的网页：请另存为 .xlsx 或 CSV
TJ-5205 = 工作簿无法读取：请重新另存为 .xlsx 或 CSV
TJ-5206 = 工作表 { $sheet } 无法读取
TJ-5207 = 第 { $line } 行超过 { $bytes } 字节：请检查是否有引号没有闭合
