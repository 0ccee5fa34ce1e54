select sum(plays), sum(ad_impressions), sum(ad_completes) from ping_daily_view
where date = :utc_date;
