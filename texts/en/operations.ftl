# What failed: named by the words of the operation, which follow "cannot".

## On a file or a folder

operation-change-the-owner-of = cannot change the owner of { $path }
operation-copy = cannot copy { $path }
operation-create = cannot create { $path }
operation-create-a-temporary-file-for = cannot create a temporary file for { $path }
operation-create-folder = cannot create folder { $path }
operation-create-the-folder = cannot create the folder { $path }
operation-empty = cannot empty { $path }
operation-find = cannot find { $path }
operation-find-a-version-in = cannot read a version number in { $path }
operation-fsync = cannot fsync { $path }
operation-fsync-the-folder = cannot fsync the folder { $path }
operation-hand-over-folder = cannot hand over folder { $path }
operation-hear-from-the-server-in = cannot find out whether the server in { $path } has started
operation-let-a-login-in-in = cannot let a login into the server in { $path }
operation-list = cannot list { $path }
operation-list-the-folder = cannot list the folder { $path }
operation-lock-the-folder = cannot lock the folder { $path }
operation-lock = cannot lock { $path }
operation-look-at-folder = cannot inspect folder { $path }
operation-look-up-the-owner-of = cannot look up the owner of { $path }
operation-open = cannot open { $path }
operation-read = cannot read { $path }
operation-read-the-users-in = cannot read the users in { $path }
operation-remove = cannot remove { $path }
operation-rename = cannot rename { $path }
operation-rename-into-place = cannot rename into place { $path }
operation-run-initdb-in = cannot run initdb in { $path }
operation-run-pg-ctl-for = cannot run pg_ctl for { $path }
operation-run-sh-for = cannot run sh for { $path }
operation-see-how-much-room-there-is-in = cannot see how much room there is in { $path }
operation-set-the-time-of = cannot set the time of { $path }
operation-share-the-start-lock-of = cannot share the start lock of { $path }
operation-start-the-server-in = cannot start the server in { $path }
operation-sync-folder = cannot sync folder { $path }
operation-wait-for-the-server-s-guard-in = cannot wait for the server's guard in { $path }
operation-write = cannot write { $path }

## Of the database and the rest

operation-advance-the-numbers-of-deliveries = cannot advance the numbers of deliveries
operation-ask-for-the-server-s-version = cannot ask for the server's version
operation-ask-the-database-for-the-time = cannot ask the database for the time
operation-ask-whether-the-history-can-be-swapped = cannot ask whether the history can be swapped
operation-ask-who-answers = cannot ask which server answers
operation-ask-who-is-logged-in = cannot ask who is logged in
operation-audit-the-warehouse = cannot audit the warehouse
operation-begin-the-load = cannot begin the load
operation-begin-the-retention = cannot begin the retention
operation-bring-the-warehouse-under-the-new-site-key = cannot change the warehouse to the new site key
operation-check-the-changed-histories = cannot check the changed histories
operation-claim-the-delivery = cannot claim the delivery
operation-close-the-month = cannot close the month
operation-close-versions = cannot close versions
operation-commit-the-load = cannot commit the load
operation-commit-the-retention = cannot commit the retention
operation-compare-the-histories = cannot compare the histories
operation-compare-the-site-key = cannot compare the site key
operation-compare-the-site-keys = cannot compare the site keys
operation-configure-the-session = cannot configure the session
operation-configure-the-transaction = cannot configure the transaction
operation-copy-versions-into-the-history = cannot copy versions into the history
operation-count-batches = cannot count batches
operation-count-broken-rules = cannot count broken rules
operation-count-refused-records = cannot count refused records
operation-count-the-history = cannot count the history
operation-count-what-is-pending-and-in-quarantine = cannot count what is pending and in quarantine
operation-count-what-the-warehouse-holds-of-the-person = cannot count what the warehouse holds about the person
operation-create-the-demo-s-definitions = cannot create the demo's definitions
operation-create-the-schema-etl = cannot create the schema etl
operation-delete-old-records-of-the-quarantine = cannot delete old records of the quarantine
operation-delete-old-rows-of-the-inbox = cannot delete old rows of the inbox
operation-describe-the-schema = cannot describe the schema
operation-empty-the-shadow = cannot empty the shadow
operation-erase-the-person-s-identity = cannot erase the person's identity
operation-find-the-demo-s-folder = cannot find the demo's folder
operation-finish-the-delivery = cannot finish the delivery
operation-forget-acknowledged-records = cannot forget acknowledged records
operation-give-the-locks-back = cannot release the locks
operation-give-up-arrivals-of-cancelled-reservations = cannot give up arrivals of cancelled reservations
operation-let-the-next-migration-go-on = cannot release the migration lock
operation-list-the-accounts = cannot list the accounts
operation-list-the-deliveries = cannot list the deliveries
operation-list-the-quarantine = cannot list the quarantine
operation-listen-for-ctrl-c = cannot listen for Ctrl-C
operation-listen-for-sigterm = cannot listen for SIGTERM
operation-lock-the-account = cannot lock the account
operation-lock-the-site-key = cannot lock the site key
operation-look-at-the-clocks = cannot read the clocks
operation-look-at-the-rights-of-this-login = cannot check the rights of this login
operation-look-at-the-server-s-settings = cannot read the server's settings
operation-look-at-the-session-s-defaults = cannot read the session's defaults
operation-look-at-what-is-known-of-the-account = cannot look up what is known about the account
operation-look-for-deliveries-of-the-account = cannot look for deliveries of the account
operation-look-for-reservations-that-look-like-the-person-s = cannot look for reservations that may be the person's
operation-look-for-standbys = cannot look for standbys
operation-look-for-the-schema-s-version = cannot look for the schema's version
operation-look-through-the-document-numbers = cannot look through the document numbers
operation-look-through-the-inbox-of-arrivals = cannot look through the inbox of arrivals
operation-look-through-the-quarantine = cannot look through the quarantine
operation-look-up-current-versions = cannot look up current versions
operation-look-up-made-exports = cannot look up made exports
operation-look-up-owed-exports = cannot look up owed exports
operation-look-up-owed-handoffs = cannot look up owed handoffs
operation-look-up-records-of-the-quarantine = cannot look up records of the quarantine
operation-look-up-the-closed-month = cannot look up the closed month
operation-look-up-the-columns-of-the-history = cannot look up the columns of the history
operation-look-up-the-contents-of-versions = cannot look up the contents of versions
operation-look-up-the-delivery = cannot look up the delivery
operation-look-up-the-handoff = cannot look up the handoff
operation-look-up-the-last-delivery = cannot look up the last delivery
operation-look-up-the-newest-deliveries = cannot look up the newest deliveries
operation-look-up-the-person-s-reservations = cannot look up the person's reservations
operation-look-up-the-person-s-versions = cannot look up the person's versions
operation-look-up-the-reservations = cannot look up the reservations
operation-look-up-unconfirmed-versions = cannot look up unconfirmed versions
operation-look-up-what-the-history-has-taken = cannot look up what the history has taken
operation-look-up-where-records-came = cannot look up which deliveries the records came in
operation-look-up-whose-versions-are = cannot look up whose versions they are
operation-make-sure-of-the-account-s-lock = cannot check the account's lock
operation-make-the-login-of-the-readers = cannot create the readers' login
operation-make-the-session-faster = cannot tune the session
operation-mark-changed-dates = cannot mark changed dates
operation-mark-changed-months = cannot mark changed months
operation-note-failed-acknowledgements = cannot record failed acknowledgements
operation-note-the-run-s-beginning = cannot record the run's start
operation-note-the-run-s-end = cannot record the run's end
operation-note-why-records-are-refused = cannot record why records are refused
operation-put-on-record-who-sees-the-record = cannot log who sees the record
operation-put-records-into-quarantine = cannot put records into quarantine
operation-put-the-access-on-record = cannot log the access
operation-read-a-record-of-the-quarantine = cannot read a record of the quarantine
operation-read-records-of-the-quarantine = cannot read records of the quarantine
operation-read-rows-for-an-export = cannot read rows for an export
operation-read-the-comments-on-columns = cannot read the comments on columns
operation-read-the-document-number-from-standard-input = cannot read the document number from standard input
operation-read-the-history-for-a-comparison = cannot read the history for a comparison
operation-read-the-inbox-of-arrivals = cannot read the inbox of arrivals
operation-read-the-journal = cannot read the journal
operation-read-the-ledger = cannot read the ledger
operation-read-the-list-from-standard-input = cannot read the list from standard input
operation-read-the-names-of-codes = cannot read the names of codes
operation-read-the-outbox = cannot read the outbox
operation-read-the-report-s-figures = cannot read the report's figures
operation-read-the-schema-s-version = cannot read the schema's version
operation-read-the-states-from-standard-input = cannot read the states from standard input
operation-read-the-warehouse-s-id = cannot read the warehouse's id
operation-read-what-is-pending = cannot read what is pending
operation-read-what-the-database-says-of-its-columns = cannot read the database's descriptions of its columns
operation-read-what-was-confirmed = cannot read what was confirmed
operation-record-the-erasure = cannot record the erasure
operation-record-the-export = cannot record the export
operation-record-the-finance-handoff = cannot record the finance handoff
operation-refresh-the-marts = cannot refresh the marts
operation-vacuum-the-tables = cannot vacuum the tables
operation-remember-unchanged-records = cannot remember unchanged records
operation-remember-what-is-not-confirmed = cannot remember what is not confirmed
operation-replace-a-batch-acknowledgement-by-single-ones = cannot replace a batch acknowledgement by single ones
operation-replay-the-deliveries = cannot replay the deliveries
operation-resolve-records-of-the-quarantine = cannot resolve records of the quarantine
operation-resolve-rejections = cannot resolve rejections
operation-set-the-rights-of-the-groups = cannot set the rights of the groups
operation-set-the-time-of-recording = cannot set the time of recording
operation-start-psql-is-postgresql-s-client-installed-apt-get-install-postgresql-client = cannot start psql; is PostgreSQL's client installed? (apt-get install postgresql-client)
operation-strike-off-what-the-platform-has-confirmed = cannot remove what the platform has confirmed from the list
operation-supersede-older-acknowledgements = cannot supersede older acknowledgements
operation-swap-the-histories = cannot swap the histories
operation-take-arrivals = cannot take arrivals
operation-take-arrivals-again = cannot take arrivals again
operation-undo-the-load = cannot undo the load
operation-wait-for-another-migration = cannot wait for another migration
operation-withdraw-arrivals = cannot withdraw arrivals
operation-write-arrivals-into-the-inbox = cannot write arrivals into the inbox
operation-write-batch-acknowledgements = cannot write batch acknowledgements
operation-write-single-acknowledgements = cannot write single acknowledgements
operation-write-the-demo-s-contract = cannot write the demo's contract
operation-write-the-demo-s-pipeline = cannot write the demo's pipeline
operation-write-the-journal = cannot write the journal
operation-write-the-journal-again = cannot write the journal again

## What only the schema's owner may do, after "it may not"

owner-erase-a-person-again = erase a person again
owner-replay-deliveries = replay deliveries
owner-replace-the-site-key = replace the site key

## Why the journal cannot be used

journal-a-handoff-is-expected = a handoff is expected
journal-a-month-s-figures-cannot-be-read = a month's figures cannot be read
journal-a-month-s-figures-cannot-be-written = a month's figures cannot be written
journal-an-entry-cannot-be-written = an entry cannot be written
journal-an-entry-does-not-follow-the-one-before-it = an entry does not follow the one before it
journal-an-entry-is-of-a-newer-tijian = an entry is of a newer tijian
journal-arrivals-are-expected = arrivals are expected
journal-more-deliveries-than-there-can-be-have-something-pending = more deliveries than there can be have something pending

## What is counted again and compared

counted-accepted-records = accepted records
counted-new-versions = new versions
counted-its-bytes-are = its bytes are
counted-its-records-are = its records are
counted-its-time-is = its time is
counted-records-of-the-quarantine = records of the quarantine
counted-reservations-of-an-erased-person = reservations of an erased person
counted-versions-of-an-erased-person = versions of an erased person

## What an envelope's result is

found-a-text-that-holds-no-array = a text that holds no array
found-an-object-that-is-no-reservation = an object that is no reservation
found-an-object-without-a-usable-token = an object without a usable token
found-neither-an-array-nor-a-text-that-holds-one = neither an array nor a text that holds one
found-there-twice = present twice

## What could not be done with a private server

server-joined = joined
server-made = made
server-started = started
server-stopped = stopped
server-given-the-login = given the login
