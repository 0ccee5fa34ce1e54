-- As Tidemark has it: the key begins with the site, and a day is found by an index of its own.
create table media_storage (
    site_id text collate "C" not null,
    date date not null,
    bytes_stored bigint,
    media_count bigint,
    max_bytes_stored bigint,
    max_media_count bigint,
    primary key (site_id, date));
create index media_storage_date on media_storage (date);
