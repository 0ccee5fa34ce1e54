select sum(max_bytes_stored), sum(max_media_count) from media_storage where date = :day;
