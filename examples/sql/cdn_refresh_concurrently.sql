-- A run of the job: ledger rows, then raw rows, then a refresh of the view, in one transaction.
insert into run_ledger (run_id, job, started_at) values (:run, :writer, :planned_at)
on conflict (run_id) do nothing;

insert into batch_ledger (batch, run_id, job) values (:operation, :run, :writer);

copy cdn_batch (batch, site_id, date, bytes_streamed, requests) from stdin values
(:operation, :site_id, :utc_date, :bytes_streamed, :requests);

refresh materialized view concurrently cdn_daily_view;
