-- Purpose: remember accepted records that opened no version, since they are owed an acknowledgement, too.
copy etl.unchanged_records (account, delivery_id, request_id, serial_number) from stdin (format binary)
