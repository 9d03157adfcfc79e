-- Purpose: forget plain records that have a sealed form, where this user may not write the table anew. Idempotent.
update etl.rejections as refused
set record = null
where refused.record is not null
    and refused.sealed_record is not null
