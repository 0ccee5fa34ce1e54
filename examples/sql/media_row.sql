-- One site a statement, as a worker writes that loops over its sites.
insert into media_storage as stored
    (site_id, date, bytes_stored, media_count, max_bytes_stored, max_media_count)
values (:site_id, :utc_date, :bytes_stored, :media_count, :bytes_stored, :media_count)
on conflict (site_id, date) do update set
    bytes_stored = excluded.bytes_stored,
    media_count = excluded.media_count,
    max_bytes_stored = greatest(stored.max_bytes_stored, excluded.bytes_stored),
    max_media_count = greatest(stored.max_media_count, excluded.media_count);
