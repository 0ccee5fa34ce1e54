-- A usage service: raw batches, daily rows, and a ledger of runs and batches.
create table run_ledger (
    run_id bigint primary key,
    job text not null,
    started_at timestamptz not null);

create table batch_ledger (
    batch bigint primary key,
    run_id bigint not null,
    job text not null,
    committed_at timestamptz not null default now());

create table cdn_batch (
    batch bigint not null,
    site_id text collate "C" not null,
    date date not null,
    bytes_streamed bigint not null,
    requests bigint not null);

create table cdn_daily (
    date date not null,
    site_id text collate "C" not null,
    bytes_streamed bigint not null,
    requests bigint not null,
    primary key (date, site_id)) with (fillfactor = 50);

create table ping_batch (
    batch bigint not null,
    analytics_id text collate "C" not null,
    date date not null,
    plays bigint not null,
    ad_impressions bigint not null,
    ad_completes bigint not null);

create table ping_daily (
    date date not null,
    analytics_id text collate "C" not null,
    plays bigint not null,
    ad_impressions bigint not null,
    ad_completes bigint not null,
    primary key (date, analytics_id)) with (fillfactor = 50);

-- A fold reads the rows of its batch.
create index cdn_batch_batch on cdn_batch (batch);
create index ping_batch_batch on ping_batch (batch);

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
