-- Tidemark makes a partition when a day's first row comes; here they are made beforehand.
do $$
declare
    day date;
begin
    for day in select generate_series(date '2026-10-30', date '2026-11-08', '1 day') loop
        execute format('create table %I partition of cdn_batch for values from (%L) to (%L)',
            'cdn_batch_' || to_char(day, 'YYYYMMDD'), day, day + 1);
    end loop;
end $$;
