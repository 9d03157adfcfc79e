-- Purpose: room for what each person_id becomes, until the end of the transaction.
create temp table new_person_ids (
    old_person_id bytea primary key,
    new_person_id bytea not null
) on commit drop
