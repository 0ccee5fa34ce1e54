select sum(plays), sum(ad_impressions), sum(ad_completes) from ping_daily where date = :utc_date;
