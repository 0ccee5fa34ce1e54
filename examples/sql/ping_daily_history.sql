copy ping_daily (date, analytics_id, plays, ad_impressions, ad_completes)
from stdin values (:utc_date, :analytics_id, :plays, :ad_impressions, :ad_completes);
