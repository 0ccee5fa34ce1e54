copy cdn_batch (batch, site_id, date, bytes_streamed, requests) from stdin values
(:operation, :site_id, :utc_date, :bytes_streamed, :requests);
