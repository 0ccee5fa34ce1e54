-- The key begins with the day: it finds a day too, and a site on a day that is known.
create table media_storage (
    site_id text collate "C" not null,
    date date not null,
    bytes_stored bigint,
    media_count bigint,
    max_bytes_stored bigint,
    max_media_count bigint,
    primary key (date, site_id));
