-- A run of the job: ledger rows, then raw rows, then their fold, in one transaction.
insert into run_ledger (run_id, job, started_at) values (:run, :writer, :planned_at)
on conflict (run_id) do nothing;

insert into batch_ledger (batch, run_id, job) values (:operation, :run, :writer);

copy ping_batch (batch, analytics_id, date, plays, ad_impressions, ad_completes)
from stdin values (:operation, :analytics_id, :utc_date, :plays, :ad_impressions, :ad_completes);

insert into ping_daily as daily (date, analytics_id, plays, ad_impressions, ad_completes)
select date, analytics_id, sum(plays), sum(ad_impressions), sum(ad_completes)
from ping_batch where batch = :operation
group by date, analytics_id order by date, analytics_id
on conflict (date, analytics_id) do update set
    plays = daily.plays + excluded.plays,
    ad_impressions = daily.ad_impressions + excluded.ad_impressions,
    ad_completes = daily.ad_completes + excluded.ad_completes;
