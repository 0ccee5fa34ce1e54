-- A fold: what came since the last one is added to the daily rows, in the order of the key.
with folded as (
    insert into cdn_daily as daily (date, site_id, bytes_streamed, requests, folded_through)
    select date, site_id, sum(bytes_streamed), sum(requests), max(batch_seq)
    from cdn_batch
    where batch_seq > (select folded_through from dataset_fold where dataset = 'cdn')
    group by date, site_id order by date, site_id
    on conflict (date, site_id) do update set
        bytes_streamed = daily.bytes_streamed + excluded.bytes_streamed,
        requests = daily.requests + excluded.requests,
        folded_through = excluded.folded_through
    returning folded_through)
update dataset_fold set folded_through = (select max(folded_through) from folded)
where dataset = 'cdn' and exists (select from folded);
