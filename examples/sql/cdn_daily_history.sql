copy cdn_daily (date, site_id, bytes_streamed, requests) from stdin values
(:utc_date, :site_id, :bytes_streamed, :requests);
