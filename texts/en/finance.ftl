# Finance files: what `tijian finance verify` finds.

## What must be true

claim-the-file-is-there = the file is there
claim-its-manifest-can-be-read = its manifest can be read
claim-the-manifest-is-of-this-file = the manifest is of this file
claim-the-file-has-its-length = the file has its length
claim-the-file-has-its-sha-256 = the file has its SHA-256
claim-the-format-is-known = the format is known
claim-the-heading-is-the-manifest-s = the heading is the manifest's
claim-every-row-can-be-read = every row can be read
claim-the-file-has-its-rows = the file has its rows
claim-the-file-comes-to-its-totals = the file comes to its totals
claim-the-file-comes-to-its-totals-by-month = the file comes to its totals by month
claim-the-file-comes-to-its-totals-by-hospital = the file comes to its totals by hospital
claim-the-file-comes-to-its-totals-by-way-of-payment = the file comes to its totals by way of payment
claim-the-warehouse-knows-the-account = the warehouse knows the account
claim-the-warehouse-knows-the-delivery = the warehouse knows the delivery
claim-the-warehouse-knows-the-handoff = the warehouse knows the handoff
claim-the-warehouse-has-closed-the-month = the warehouse has closed the month
claim-the-warehouse-has-as-many-rows = the warehouse has as many rows
claim-the-warehouse-comes-to-the-same-totals = the warehouse comes to the same totals
claim-the-warehouse-comes-to-the-same-totals-by-month = the warehouse comes to the same totals by month
claim-the-warehouse-comes-to-the-same-totals-by-hospital = the warehouse comes to the same totals by hospital
claim-the-warehouse-comes-to-the-same-totals-by-way-of-payment = the warehouse comes to the same totals by way of payment
claim-the-warehouse-has-the-same-rows-cell-by-cell = the warehouse has the same rows, cell by cell
claim-the-warehouse-has-the-same-cover = the warehouse has the same cover
claim-the-warehouse-has-the-same-sums-by-hospital-and-way-of-payment = the warehouse has the same sums by hospital and way of payment
claim-the-warehouse-has-the-same-handoffs = the warehouse has the same handoffs
claim-the-workbook-has-no-other-sheets = the workbook has no other sheets

## What is wrong

finance-problem = { $claim }: { $problem }
finance-unreadable = it cannot be read: { $reason }
finance-other-file = it belongs to { $file }: the manifest was swapped, or the file renamed
finance-other-length = the manifest says bytes { $said }, the file has { $found }
finance-other-digest = the manifest says SHA-256 { $said }, the file has { $found }
finance-manifest-missing = { $path } is missing: the export did not finish (run `tijian export`), or the file was moved without it; a closed month has none, and is recognised by its name, such as our-hospital_finance_month_2026-11.xlsx
finance-manifest-not-json = it is not JSON (line { $line })
finance-manifest-version = its format version is { $version }, and this tijian knows { $known }: verify it with the tijian that wrote it
finance-manifest-foreign = it has no format_version: it is not a manifest of tijian
finance-manifest-incomplete = it lacks entries of a tijian manifest, or has them in another form
finance-format-unknown = this tijian does not know it: verify the file with the tijian that wrote it
finance-heading-differs = the manifest lists { $listed } columns, this kind of file has { $expected }, and the file's heading has { $found } or other ones
finance-file-empty = it is empty
finance-file-ends = the file ends before row { $row }
finance-file-has-more = the warehouse has { $rows } rows, the file has more
finance-no-byte-order-mark = it does not start with the byte-order mark that tijian writes for Excel
finance-line-cells = line { $line } has { $found } cells instead of { $expected }
finance-line-encoding = line { $line } is not { $encoding } text: another program has saved the file
finance-line-not-csv = line { $line } is not CSV
finance-not-a-workbook = it is not an Excel workbook
finance-no-sheet = it has no sheet { $sheet }
finance-other-sheet = sheet { $sheet } is not tijian's
finance-sheet-headings = its sheets have different headings
finance-sheet-headless = its sheet { $sheet } does not begin with a heading
finance-sheet-unreadable = its sheet { $sheet } cannot be read
finance-other-heading = its heading is a different one
finance-row-foreign = row { $row } belongs to another account
finance-row-undated = row { $row } has no check date
finance-row-amount = row { $row } has an amount that is not a number
finance-row-differs = { $entry ->
    [none] row { $row } differs from the warehouse in { $column } (serialNumber { $serial_number })
   *[other] row { $row } differs from the warehouse in { $column } (serialNumber { $serial_number }, entry { $entry })
}
finance-month-row-differs = { $keys ->
    [none] row { $row } differs from the warehouse in { $column }
   *[other] row { $row } differs from the warehouse in { $column } ({ $keys })
}
finance-warehouse-row = a row of the warehouse { $problem }
finance-other-total = { $source ->
    [file] the manifest says { $said }, the file comes to { $found }
   *[warehouse] the manifest says { $said }, the warehouse comes to { $found }
}
finance-other-part = { $source ->
    [file] for { $part } the manifest says { $said }; the file comes to { $found }
   *[warehouse] for { $part } the manifest says { $said }; the warehouse comes to { $found }
}
finance-nothing = nothing
finance-sum = { $rows } rows, { $amounts }
finance-other-handoff = its deliveries, entry numbers or balances are not those of the manifest
finance-other-delivery = it is as of { $as_of }, delivery { $delivery }; the manifest says otherwise
finance-no-account = it has no data of account { $account }: is this the right database, and the right hospital's file?
finance-no-delivery = it has no delivery { $delivery } of this account that changed anything
finance-no-handoff = it has no handoff { $handoff } of this account
finance-month-form = a month is a workbook (.xlsx) or a CSV file (.csv)
finance-month-offline = a month has no manifest: only the warehouse can tell, so leave out --offline
finance-month-open = it is still open, so this file is from another warehouse, or of another month
