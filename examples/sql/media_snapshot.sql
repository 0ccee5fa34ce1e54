insert into media_storage as stored
    (site_id, date, bytes_stored, media_count, max_bytes_stored, max_media_count)
select given.site_id, given.date, given.bytes, given.media, given.bytes, given.media
from unnest(:site_id::text[], :utc_date::date[], :bytes_stored::bigint[], :media_count::bigint[])
    as given (site_id, date, bytes, media)
on conflict (site_id, date) do update set
    bytes_stored = excluded.bytes_stored,
    media_count = excluded.media_count,
    max_bytes_stored = greatest(stored.max_bytes_stored, excluded.bytes_stored),
    max_media_count = greatest(stored.max_media_count, excluded.media_count);
