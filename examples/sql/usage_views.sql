-- The sums of the batches as views, for the variants that refresh instead of folding. Comes after
-- usage_schema.sql.
create materialized view cdn_daily_view as
select date, site_id, sum(bytes_streamed) as bytes_streamed, sum(requests) as requests
from cdn_batch group by date, site_id;
create unique index cdn_daily_view_key on cdn_daily_view (date, site_id);

create materialized view ping_daily_view as
select date, analytics_id, sum(plays) as plays, sum(ad_impressions) as ad_impressions,
    sum(ad_completes) as ad_completes
from ping_batch group by date, analytics_id;
create unique index ping_daily_view_key on ping_daily_view (date, analytics_id);
