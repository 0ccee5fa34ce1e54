copy media_storage (site_id, date, bytes_stored, media_count, max_bytes_stored, max_media_count)
from stdin values
(:site_id, :utc_date, :bytes_stored, :media_count, :bytes_stored, :media_count);
