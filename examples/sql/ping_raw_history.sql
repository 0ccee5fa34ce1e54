copy ping_batch (batch, analytics_id, date, plays, ad_impressions, ad_completes)
from stdin values (:operation, :analytics_id, :utc_date, :plays, :ad_impressions, :ad_completes);
