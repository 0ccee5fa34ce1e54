-- The key begins with the day, and the day has an index of its own besides.
create table media_storage (
    site_id text collate "C" not null,
    date date not null,
    bytes_stored bigint,
    media_count bigint,
    max_bytes_stored bigint,
    max_media_count bigint,
    primary key (date, site_id));
create index media_storage_date on media_storage (date);
