
## OtherWarehouse

TJ-6001 = { $folder } belongs to warehouse { $remembered }, and { $present }
TJ-6002 = { $folder } holds deliveries of { $account }, and { $present }, which knows none of them

## RunError

TJ-6011 = another run holds this account
TJ-6012 = a run is under way: the site key cannot be replaced until it has ended
TJ-6013 = a worker of tijian crashed; nothing of the delivery was committed
TJ-6014 = the account's run crashed; what it had committed stays, and the next run continues from there

## UnknownRecord

TJ-6311 = record { $record } is not in quarantine, or no longer; `tijian quarantine list` shows the numbers
TJ-6312 = record { $id } belongs to account { $account }: name its pipeline file, too

## RecoverError

TJ-6101 = the database is older than the landing folder: it ends at entry { $known } of the journal, the folder has { $first } to { $last }; nothing was changed
TJ-6102 = the database is older than the landing folder, and { $accounts } of this warehouse are not named here; nothing was changed
TJ-6103 = nothing was pulled: the recovery of { $accounts } failed, and the accounts' deliveries are numbered together
TJ-6104 = the database and the landing folder do not share one history: they differ at entry { $entry_number } of the journal; nothing was changed
TJ-6105 = a file of the journal cannot be read: a newer tijian has written it, or it was changed
TJ-6106 = entries { $first } to { $last } of the journal are not in the landing folder; nothing was changed
TJ-6107 = { $more ->
    [none] { $missing } of { $of } committed deliveries that the database lacks are not in the landing folder: { $named }; nothing was changed
   *[other] { $missing } of { $of } committed deliveries that the database lacks are not in the landing folder: { $named } and { $more } more; nothing was changed
}
TJ-6108 = the landed file of delivery { $delivery_id } had { $expected } records, but now { $found } are read from it: it is not loaded again
TJ-6109 = entry { $entry_number } of the journal would now give { $found } { $what } instead of { $expected }; it was not repeated
TJ-6110 = the number { $delivery_id } of a delivery to be loaded again is already used by account { $account }
TJ-6111 = the system provides no random numbers
TJ-6112 = since the backup, a replayed history was swapped in; this is not repeated automatically
TJ-6113 = { $count ->
    [one] nothing was pulled: the database is older than the landing folder, another shard has yet to recover 1 account, and the accounts' deliveries are numbered together
   *[other] nothing was pulled: the database is older than the landing folder, other shards have yet to recover { $count } accounts, and the accounts' deliveries are numbered together
}

## ReplayError

TJ-6201 = this account has no delivery { $delivery_id }; nothing was changed
TJ-6202 = a retry after delivery { $delivery_id } has loaded records that came before it, and a replay from there would lose them; nothing was changed
TJ-6203 = { $complete_from ->
    [none] { $missing } of { $of } deliveries are not in the landing folder: the first is delivery { $delivery_id }, { $file }, received { $received_on }; the last one is missing, too; nothing was changed
   *[other] { $missing } of { $of } deliveries are not in the landing folder: the first is delivery { $delivery_id }, { $file }, received { $received_on }; from delivery { $complete_from } on, all are present; nothing was changed
}
TJ-6204 = the landed file { $file } is not the delivery { $delivery_id } that was committed: { $what } { $found }, the ledger says { $expected }; nothing was changed
TJ-6205 = { $count ->
    [one] one acknowledgement is pending: the history cannot be swapped until it is settled; nothing was changed
   *[other] { $count } acknowledgements are pending: the history cannot be swapped until they are settled; nothing was changed
}

## Others

TJ-6015 = { $refused } of { $of } records are refused for the first time, most of them by { $most_broken }, and reject_max allows { $reject_max }: nothing of the delivery was loaded, and nothing was acknowledged
TJ-6016 = stopped on request; nothing is half done, run again to continue
TJ-6301 = account { $account } has no reservation { $serial_number }; nothing was erased
present-warehouse = this is warehouse { $id } ({ $database })
present-none = there is no warehouse here yet ({ $database })
file-of-day = { $file } of { $received_on }
caused = { $problem }: { $cause }
own-words = { $words }
system = { $words }
