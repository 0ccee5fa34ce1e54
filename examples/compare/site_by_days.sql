-- The same answer from a list of days, each of which is looked up by itself.
select date, max_bytes_stored, max_media_count
from media_storage
where site_id = :site_id
    and date = any(array(
        select day::date
        from generate_series(:from_date::date, :utc_date::date, interval '1 day') as day))
order by date;
