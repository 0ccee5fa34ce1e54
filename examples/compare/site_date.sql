-- The key begins with the site, and nothing finds a day but reading all of them.
create table media_storage (
    site_id text collate "C" not null,
    date date not null,
    bytes_stored bigint,
    media_count bigint,
    max_bytes_stored bigint,
    max_media_count bigint,
    primary key (site_id, date));
