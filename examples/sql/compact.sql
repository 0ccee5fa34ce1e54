-- What is folded and older than the retention goes.
delete from cdn_batch where date < :keep_from;
delete from ping_batch where date < :keep_from;
