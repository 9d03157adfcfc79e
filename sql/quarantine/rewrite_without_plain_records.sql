-- Purpose: forget the plain records in the table's file, too. An update would leave them in dead rows; this writes the
-- table anew, from its living rows. For the table's owner only. Idempotent.
alter table etl.rejections alter column record type bytea using null::bytea
