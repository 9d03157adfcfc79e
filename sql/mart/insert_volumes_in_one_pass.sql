-- Purpose: the same volumes for many dates: the account's current versions are read once, in the order in which they lie,
-- and sorted. Date by date, a first load of a million would read every page of the table once per date.
-- Sorted by person first: hardly two rows compare equal there, while by date, hospital and package nearly all do, column
-- after column. A person counts where its first row of a group stands; the groups are few, and added up without a sort.
insert into warehouse.daily_volumes (
    account, check_date, hospital_code, hospital_name, hospital_package_id, hospital_package_name,
    data_sources, order_status, reservations, people, fee_total, arrived, arrivals_reported
)
select
    $1,
    placed.check_date,
    placed.hospital_code,
    max(placed.hospital_name),
    placed.hospital_package_id,
    max(placed.hospital_package_name),
    placed.data_sources,
    placed.order_status,
    count(*),
    count(placed.person_id) filter (where placed.place_of_person = 1),
    coalesce(sum(placed.examination_fee), 0),
    count(placed.arrived_serial_number),
    bool_or(count(placed.arrived_serial_number) > 0) over (partition by placed.check_date, placed.hospital_code)
from (
    select
        versions.check_date,
        versions.hospital_code,
        versions.hospital_name,
        versions.hospital_package_id,
        versions.hospital_package_name,
        versions.data_sources,
        versions.order_status,
        versions.person_id,
        versions.examination_fee,
        arrival.serial_number as arrived_serial_number,
        row_number() over person as place_of_person
    from warehouse.reservation_versions as versions
    left join warehouse.arrivals as arrival
        on arrival.account = versions.account
        and arrival.serial_number = versions.serial_number
    where versions.account = $1
        and versions.check_date = any($2)
        and versions.valid_to = 'infinity'
    window
        person as (
            partition by
                versions.person_id,
                versions.check_date,
                versions.hospital_code,
                versions.hospital_package_id,
                versions.data_sources,
                versions.order_status
        )
) as placed
group by
    placed.check_date,
    placed.hospital_code,
    placed.hospital_package_id,
    placed.data_sources,
    placed.order_status
