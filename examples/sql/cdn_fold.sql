-- A run of the job: ledger rows, then raw rows, then their fold, in one transaction.
insert into run_ledger (run_id, job, started_at) values (:run, :writer, :planned_at)
on conflict (run_id) do nothing;

insert into batch_ledger (batch, run_id, job) values (:operation, :run, :writer);

copy cdn_batch (batch, site_id, date, bytes_streamed, requests) from stdin values
(:operation, :site_id, :utc_date, :bytes_streamed, :requests);

-- In the order of the key, so that two jobs that fold at once wait and do not deadlock.
insert into cdn_daily as daily (date, site_id, bytes_streamed, requests)
select date, site_id, sum(bytes_streamed), sum(requests)
from cdn_batch where batch = :operation
group by date, site_id order by date, site_id
on conflict (date, site_id) do update set
    bytes_streamed = daily.bytes_streamed + excluded.bytes_streamed,
    requests = daily.requests + excluded.requests;
