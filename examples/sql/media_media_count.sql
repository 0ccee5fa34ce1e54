insert into media_storage as stored (site_id, date, media_count, max_media_count)
select given.site_id, given.date, given.media, given.media
from unnest(:site_id::text[], :utc_date::date[], :media_count::bigint[])
    as given (site_id, date, media)
on conflict (site_id, date) do update set
    media_count = excluded.media_count,
    max_media_count = greatest(stored.max_media_count, excluded.media_count);
