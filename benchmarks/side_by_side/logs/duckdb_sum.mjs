// node duckdb_sum.mjs FILE THREADS ROUNDS: bytes and requests by site with DuckDB's read_csv.
// Prints one line a round: seconds bytes requests sites. Start-up and loading are not counted.
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [file, threads, rounds] = process.argv.slice(2);
const installed = createRequire(join(process.cwd(), 'package.json'));
const { DuckDBInstance } = installed('@duckdb/node-api');
const database = await DuckDBInstance.create(':memory:', { threads });
const connection = await database.connect();

// A blank between columns, double quotes around some: every column is parsed as CSV, status and
// bytes as numbers; the time stays text.
const types = { status: 'INTEGER', bytes: 'BIGINT' };
const columns = ['ip', 'ident', 'login', 'day', 'zone', 'request', 'status', 'bytes', 'referrer',
  'agent'].map((name) => `'${name}': '${types[name] ?? 'VARCHAR'}'`);
const lines = `read_csv('${file}', columns = {${columns.join(', ')}}, delim = ' ', quote = '"',
  escape = '"', header = false, auto_detect = false)`;
const query = `SELECT sum(bytes), sum(requests), count(*) FROM (
  SELECT split_part(request, '/', 2) AS site, sum(bytes) AS bytes, count(*) AS requests
  FROM ${lines} GROUP BY site)`;

for (let round = 0; round < Number(rounds); ++round) {
  const start = performance.now();
  const answer = await connection.runAndReadAll(query);
  const seconds = (performance.now() - start) / 1000;
  console.log(seconds.toFixed(4), answer.getRows()[0].map(String).join(' '));
}
