
## SpreadsheetError

TJ-5201 = it cannot be read
TJ-5202 = it is not a regular file
TJ-5203 = it is larger than { $bytes } bytes
TJ-5204 = it is an old .xls workbook, or a web page named like one: save it as .xlsx or CSV
TJ-5205 = the workbook cannot be read: save it again as .xlsx or CSV
TJ-5206 = sheet { $sheet } cannot be read
TJ-5207 = line { $line } is longer than { $bytes } bytes: is a quotation mark left open?
