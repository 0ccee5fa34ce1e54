select date, bytes_streamed, requests from cdn_daily_view
where date = any(array(select generate_series(:from_date::date, :utc_date::date, '1 day')::date))
    and site_id = :site_id;
