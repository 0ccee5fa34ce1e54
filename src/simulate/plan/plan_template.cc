#include "simulate/plan/plan_template.h"

namespace tidemark::simulate {

namespace {

constexpr std::string_view text =
    R"toml(# A plan of tidemark simulate: who writes what, when, and what is good enough.
# Every key is here with its default unless it says "required"; delete what you do not change.
# Times are simulated: "30s", "8m", "1h30m"; --speed 60 runs an hour of them in a minute.
# `tidemark simulate check plan.toml` shows what it plans without a database.

name = "plan"                    # in reports; the default is the file's name
seed = 1                         # another seed, other jitter, identifiers and values
duration = "2h"
warm_up = "0s"                   # what is planned before is done and not judged
start = "2026-11-02T00:00:00Z"   # the simulated time of the first start, UTC
dates = "advance"                # "stay": the whole run is within one day
speed = 1                        # how many simulated seconds a second has; see --speed
ledger = "durable"               # "written": a crash of the machine may lose the last intents

[target]
url = ""                         # empty: a private PostgreSQL, made for the run and removed
# schema = "schema.sql"          # a file of statements, beside this one; or a list of files;
                                 # "tidemark" in it: Tidemark's own tables. Then this text:
schema_statements = """
create table counter (
    site_id text collate "C" not null,
    date date not null,
    value bigint not null,
    primary key (date, site_id));
create table event (
    batch bigint not null,
    site_id text collate "C" not null,
    date date not null,
    bytes bigint not null);
"""

rtt = "0s"                       # what a round trip takes more, through a proxy; real time
# disk = "1GB"                   # of the private PostgreSQL: a file system of its own, in memory

[target.settings]                # of the private PostgreSQL: shared_buffers = "1GB" ...

# Identifiers that writers share: site_000000, site_000001 ... A placeholder of the pool's name
# is drawn from it.
[pool.site_id]
prefix = "site_"                 # default: the pool's name and "_"
width = 6                        # digits
count = 2000                     # required: how many there are at the start
skew = "uniform"                 # "zipf": a few are drawn most of the time
# exponent = 1.0                 # of zipf
new_per_day = 0                  # join evenly over the day, for all writers alike

# One process a writer and instance. kind: "stream", "batch", "copy" (a batch with a COPY in it) or
# "reads" (queries).
[[writer]]
name = "counters"                # required: a-z, 0-9, _; its application_name
kind = "stream"                  # required
service = ""                     # what --services chooses writers by
instances = 1                    # processes that each do all of this
connections = 1                  # of each process
# When a run starts; exactly one of these four.
every = "30s"
# runs_per_hour = 2              # of "batch" and "copy"
# cron = "*/2 * * * *"           # minute hour day month weekday, UTC
# trace = "real_day.csv"         # columns time, writer, rows
# trace_writer = "counters"      # the name in the trace; default: this writer's
phase = "0s"                     # the first start
jitter = "0s"                    # each start is late by up to this
arrival = "regular"              # "poisson": at random, `every` on average
staggered = false                # true: instances start a share of `every` apart
# What a run does.
rows = 1                         # of a run
transaction_rows = 0             # rows of a transaction; 0: the run is one transaction
statement_rows = 0               # rows of a statement; 1: scalar parameters, else arrays; 0: the
                                 # transaction's; the default of "reads" is 1
deadline = "30s"                 # of a run, from its planned start; default: `every`, else 30m,
                                 # and none for "reads"
overlap = "queue"                # of a run with the one before: "queue", "skip" or "allow"
order = "sorted"                 # of a run's rows by identifier; "random" may deadlock
drawing = "distinct"             # "repeated": a run may have an identifier twice
late_share = 0.0                 # of rows: an earlier date than today's
late_days_max = 7                # by up to this
isolation = "read committed"     # "repeatable read", "serializable"
autocommit = false               # true: one statement without BEGIN and COMMIT
restarts_max = 10                # how often its process is started again when it dies
restart_after = "1s"             # how long after
# sql = "counters.sql"           # a file of statements, beside this one; or their text:
statement = """
insert into counter (site_id, date, value)
select * from unnest(:site_id::text[], :utc_date::date[], :value::bigint[])
on conflict (date, site_id) do update set value = excluded.value;
"""

# What placeholders become. Without an entry: a pool of the name; utc_date, planned_at; writer, run,
# operation (the writer's name and numbers that are its own).
[writer.values]
value = { from = 0, to = 1_000_000_000, logarithmic = false }   # whole numbers, half-open
# share = { from = 0.0, to = 1.0 }                  # numbers
# status = { choice = ["ok", "late"] }
# other_site = { pool = "site_id" }
# from_date = { date = -30 }                        # days from today
# source = "fastly"                                 # always the same

[writer.retry]
states = ["40001", "40P01", "55P03", "57P01", "57P02", "57P03", "08"]  # SQLSTATEs, classes
attempts_max = 5                 # with the first one
backoff = "50ms"                 # doubled each time, with jitter
backoff_max = "5s"
ambiguous = "resolve"            # a lost COMMIT: ask pg_xact_status first; "retry": do it again

[writer.objectives]
p99 = "1s"                       # response from the planned time; default of batches: `deadline`
deadline_miss_share = 0.01       # of runs; those skipped or never begun are missed
error_share = 0.001              # of transactions

# What the tables must have of it at the end, beside what the server remembers of transactions.
# [writer.verify]
# query = "select batch, count(*) from event group by batch"     # :operation and its rows; or
# marker = "event.batch"           # the same for a column that has the :operation
# rows = 1                         # that a transaction leaves; default: as many as it sends
# total = "select sum(value) from counter"       # one number that the writer alone adds to
# of = "value"                     # the placeholder that it adds; default: 1 a row
# repeatable = false               # true: doing a transaction twice is as good as once

[[writer]]
name = "events"
kind = "copy"
runs_per_hour = 2
rows = 1000
transaction_rows = 100
spread = "8m"                    # a run's transactions are planned evenly over this; default "0s"
statement = """
copy event (batch, site_id, date, bytes)
from stdin values (:run, :site_id, :utc_date, :bytes);
"""

[writer.values]
bytes = { from = 1, to = 1_000_000_000, logarithmic = true }    # powers of two alike

[[writer]]
name = "report"
kind = "reads"
every = "10s"
statement = "select sum(value) from counter where site_id = :site_id and date = :utc_date;"

# History that is there before the run: a row per identifier and day, by COPY, then rounds of a
# writer's own runs, which age tables and indexes as real history does.
[[prefill]]
pool = "site_id"                 # required
days = 30                        # required
ageing_writer = "counters"
ageing_rounds = 0
# sql = "prefill.sql"            # one COPY; or its text:
statement = "copy counter (site_id, date, value) from stdin values (:site_id, :utc_date, :value);"

[prefill.values]
value = { from = 0, to = 1_000_000_000 }

[objectives]                     # of the database
wal_per_day = "100GB"
dead_tuple_share = 0.2
hot_share = 0.9                  # of updates, where there are any
lock_wait_share = 0.05           # of all time in transactions
full_page_image_share = 0.5      # of the WAL's bytes
deadlocks = 0

# [[fault]]
# kind = "lock"                  # kill, terminate, pause (a writer), lock (a table), restart (the
#                                # server), black_hole, delay (the network), disk_full, random
# at = "20m"
# lasts = "5s"                   # of what is not over at once
# table = "counter"              # of lock
# writer = "counters"            # of kill, terminate and pause; of black_hole and delay: all
# swallows = "all"               # of black_hole; "answers": only what the server sends
# ends = "resume"                # of black_hole; "cut": connections are reset then
# by = "100ms"                   # of delay: what a round trip takes more; real time
# among = ["kill", "terminate", "black_hole"]    # of random: drawn from the seed,
# every = "1m"                   # so often on average, from `at` on, for up to `lasts` each
)toml";

}  // namespace

std::string_view plan_template() {
    return text;
}

}  // namespace tidemark::simulate
