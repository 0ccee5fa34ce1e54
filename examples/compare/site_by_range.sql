select date, max_bytes_stored, max_media_count
from media_storage
where site_id = :site_id and date >= :from_date and date <= :utc_date
order by date;
