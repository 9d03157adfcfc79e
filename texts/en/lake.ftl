## LakeError

TJ-5102 = the client of { $lake } cannot be set up
TJ-5103 = { $place } is not the pointer of this warehouse's lake
TJ-5104 = { $place } has format { $format }, which this tijian does not know
TJ-5105 = { $place } was moved by somebody else at the same time
TJ-5106 = cannot encode { $place } as Parquet
TJ-5107 = another program is publishing to { $lake }, or the site key is being replaced
TJ-5108 = the pointer of { $lake } is at publication { $found }, and the ledger has { $known }: the database was restored from a backup, or the lake was changed by somebody else

## StoreFault

store-unreachable = no connection to the store, or it broke
store-refused =
    { $code ->
        [none] the store refuses these credentials
       *[other] the store refuses these credentials ({ $code })
    }
store-missing = there is no such bucket or object
store-answer =
    { $code ->
        [none] the store answered with an error
       *[other] the store answered with an error ({ $code })
    }
