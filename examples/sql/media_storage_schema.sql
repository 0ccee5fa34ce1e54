-- The media library's table: what a site stores now, and the day's high-water marks.
create table media_storage (
    site_id text collate "C" not null,
    date date not null,
    bytes_stored bigint,
    media_count bigint,
    max_bytes_stored bigint,
    max_media_count bigint,
    primary key (site_id, date));

-- Reports ask for all sites of one day.
create index media_storage_date on media_storage (date);
