-- A run of the job: ledger rows, then raw rows, then a refresh of the view, in one transaction.
insert into run_ledger (run_id, job, started_at) values (:run, :writer, :planned_at)
on conflict (run_id) do nothing;

insert into batch_ledger (batch, run_id, job) values (:operation, :run, :writer);

copy ping_batch (batch, analytics_id, date, plays, ad_impressions, ad_completes)
from stdin values (:operation, :analytics_id, :utc_date, :plays, :ad_impressions, :ad_completes);

refresh materialized view concurrently ping_daily_view;
