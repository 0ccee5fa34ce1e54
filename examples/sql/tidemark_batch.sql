-- A batch: its registry row, then its rows, in one transaction.
insert into batch_registry (dataset, batch_seq, feed, batch_key, content_hash, state, lease_until,
    source, lines, comments, accepted, rejected, ignored, rejected_by_reason, row_count, totals,
    days, committed_at)
values ('cdn', :operation, 'fastly', md5(:operation::bigint::text), '\x00', 'committed', now(),
    'file', 0, 0, 0, 0, 0, '{}', 0, '{0,0}',
    array[(:planned_at::timestamptz at time zone 'UTC')::date], now());

copy cdn_batch (batch_seq, site_id, date, slot, bytes_streamed, requests) from stdin values
(:operation, :site_id, :utc_date, :slot, :bytes_streamed, :requests);
