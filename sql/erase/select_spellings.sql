-- Purpose: the document numbers of one account that hold more than letters and digits, as they were delivered: one of them may
-- be the person's, with blanks or in full width, and has a person_id of its own then. Reads only.
select distinct versions.person_id, versions.card_type, versions.idcard
from warehouse.reservation_versions as versions
where versions.account = $1
    and versions.person_id is not null
    and versions.idcard ~ '[^0-9A-Za-z]'
