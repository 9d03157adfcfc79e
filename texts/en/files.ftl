
## ExportError

TJ-5002 = cannot encode { $path } as Parquet
TJ-5003 = cannot encode { $path } as a workbook
TJ-5004 = row { $row } of { $path } { $problem }
TJ-5005 = { $path } already exists with other content, and files handed to finance are never overwritten: compare it with what was booked, move it away, and make it again
TJ-5006 = { $path } already exists and is never replaced: name another file
TJ-5007 = the entries of { $path } do not add up to their handoff; `tijian audit` says more

## RowProblem

row-foreign-account = belongs to another account
row-foreign-month = has its check date in another month
row-columns = has other columns than the file
row-text = has a text that is longer than a workbook's cell
row-fee = has a sum of money with more digits than its column holds
