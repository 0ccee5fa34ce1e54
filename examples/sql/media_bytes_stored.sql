insert into media_storage as stored (site_id, date, bytes_stored, max_bytes_stored)
select given.site_id, given.date, given.bytes, given.bytes
from unnest(:site_id::text[], :utc_date::date[], :bytes_stored::bigint[])
    as given (site_id, date, bytes)
on conflict (site_id, date) do update set
    bytes_stored = excluded.bytes_stored,
    max_bytes_stored = greatest(stored.max_bytes_stored, excluded.bytes_stored);
