
## ReconcileError

TJ-6401 = the list cannot be used: { $problem }
TJ-6404 = the warehouse has no delivery of account { $account }; `tijian status` lists the accounts
TJ-6409 = it has more than { $rows } rows: split it by check dates (--from, --to)
