-- A site's usage of the day: its daily row and what is not folded yet.
select sum(bytes_streamed), sum(requests) from (
    select bytes_streamed, requests from cdn_daily where date = :utc_date and site_id = :site_id
    union all
    select bytes_streamed, requests from cdn_batch
    where date = :utc_date and site_id = :site_id
        and batch_seq > (select folded_through from dataset_fold where dataset = 'cdn')) as rows;
