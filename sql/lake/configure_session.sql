-- Purpose: times as they are, whatever the clock of the machines: instants of UTC, in a form that all readers of Parquet know. And no
-- table of a join is collected by the client to be sent to every executor: that goes by the size of the files, and rows that compress
-- well take many times as much of the client's memory. With five million versions, 512 MB were not enough.
set spark.sql.session.timeZone = UTC;
set spark.sql.parquet.outputTimestampType = TIMESTAMP_MICROS;
set spark.sql.parquet.compression.codec = zstd;
set spark.sql.autoBroadcastJoinThreshold = -1;
