-- The usage service with materialized views: raw batches, daily rows, a ledger of runs and batches.
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

-- The same sums as views, for the variants that refresh instead of folding.
create materialized view cdn_daily_view as
select date, site_id, sum(bytes_streamed) as bytes_streamed, sum(requests) as requests
from cdn_batch group by date, site_id;
create unique index cdn_daily_view_key on cdn_daily_view (date, site_id);

create materialized view ping_daily_view as
select date, analytics_id, sum(plays) as plays, sum(ad_impressions) as ad_impressions,
    sum(ad_completes) as ad_completes
from ping_batch group by date, analytics_id;
create unique index ping_daily_view_key on ping_daily_view (date, analytics_id);
