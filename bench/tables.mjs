// How long tables take: import, search by one column, sort, export, and a flow that makes rows. `node bench/tables.mjs` after `make build`.
import { join } from 'node:path';
import { statSync } from 'node:fs';
process.env.REEVE_BINARY ??= join(import.meta.dirname, '../build/release/src/reeve');
const { startReeve, firstAdministrator, apiToken, Client, until } = await import('../tests/lib/reeve.mjs');
const { cardMaker, resolve } = await import('../tests/lib/flows.mjs');
const N = '/reeve/api/v1';
if (process.argv.includes('--help')) {
  console.log('usage: node bench/tables.mjs [rows…]   default 100000 1000000; needs make build');
  process.exit(0);
}
const sizes = process.argv.slice(2).map(Number).filter(Boolean);
const s = await startReeve({ config: { 'flows.starts_per_second': 0 } });
try {
  const admin = await firstAdministrator(s);
  const token = new Client(s.url, { token: await apiToken(admin) });
  const folder = await admin.post(`${N}/folders`, { name: 'Bench' });
  const columns = [['User ID', 'text'], ['Login', 'text'], ['Department', 'text'], ['Count', 'number'], ['Active', 'boolean'], ['Since', 'date']].map(([name, type]) => ({ name, type }));
  const line = (i) => `00u${String(i * 7919).padStart(17, 'x')},person${i}@example.com,Department ${i % 97},${i},${i % 3 === 0},2026-01-${String(1 + (i % 28)).padStart(2, '0')}\n`;
  const measured = async (n, fn) => {
    const times = [];
    for (let i = 0; i < n; i++) { const t = performance.now(); await fn(i); times.push(performance.now() - t); }
    times.sort((a, b) => a - b);
    return [times[n >> 1], times[n - 1]].map((t) => t.toFixed(t < 10 ? 1 : 0)).join(' / ');
  };
  for (const rows of sizes.length > 0 ? sizes : [100000, 1000000]) {
    const t = await admin.post(`${N}/tables`, { name: `${rows} rows`, folderId: folder.id, columns });
    let took = 0;
    const PART = 100000;
    for (let from = 0; from < rows; from += PART) {
      const body = 'User ID,Login,Department,Count,Active,Since\n' + Array.from({ length: Math.min(PART, rows - from) }, (_, k) => line(from + k)).join('');
      const at = performance.now();
      const r = await token.raw('POST', `${N}/tables/${t.id}/import`, { body, type: 'text/csv' });
      took += performance.now() - at;
      if (r.status !== 200) throw new Error(r.text);
    }
    const find = (expr, more = '') => token.get(`${N}/tables/${t.id}/rows?limit=200&filter=${encodeURIComponent(JSON.stringify({ expr }))}${more}`);
    const equal = (lhs, rhs, op = '=') => [{ lhs, op, rhs }];
    console.log(`${rows} rows of 6 columns: import ${(took / 1000).toFixed(2)} s; ms, median / longest:`);
    console.log(`  equal, one match         ${await measured(20, (i) => find(equal('Login', `person${rows - 1 - i}@example.com`)))}`);
    console.log(`  equal, no match          ${await measured(20, () => find(equal('User ID', 'nobody')))}`);
    console.log(`  number greater, 10 match ${await measured(20, () => find(equal('Count', rows - 11, '>')))}`);
    console.log(`  contains, no match       ${await measured(20, () => find(equal('Login', 'zzz', 'contains')))}`);
    console.log(`  any cell contains        ${await measured(5, () => token.get(`${N}/tables/${t.id}/rows?q=zzz`))}`);
    console.log(`  sorted by text, page 1   ${await measured(10, () => find([], '&sortBy=Login&sortOrder=desc'))}`);
    console.log(`  export                   ${await measured(3, async () => { const r = await token.raw('GET', `${N}/tables/${t.id}/export`); if (r.status !== 200 && !/would hold more/.test(r.text)) throw new Error(r.text); })}`);
    console.log(`  row by id                ${await measured(50, async () => token.get(`${N}/tables/${t.id}/rows?limit=1`))}`);
    console.log(`  clear                    ${await measured(1, () => token.delete(`${N}/tables/${t.id}/rows`))}`);
  }
  const card = await cardMaker(admin);
  const log = await admin.post(`${N}/tables`, { name: 'Log', folderId: folder.id, columns });
  const f = await admin.post(`${N}/flows`, { name: 'Makes a row', folderId: folder.id, cards: resolve([card('http:delegated', 'start', { add: [{ key: 'who', type: 'text' }] }),
    card('stash:createRow', 'make', { options: { stash: log.id }, add: [{ key: 'Login' }], link: { Login: 'start.who' } })]) });
  await admin.post(`${N}/flows/${f.id}/activate`, {});
  const RUNS = 4000, at = performance.now();
  let next = 0;
  await Promise.all(Array.from({ length: 16 }, async () => { while (next < RUNS) await token.post(`${N}/delegated-flows/${f.id}/invoke`, { inputs: { who: `p${next++}` } }, [202]); }));
  await until(async () => (await token.get(`${N}/tables/${log.id}`)).rowCount >= RUNS, 'all rows');
  console.log(`a flow that makes a row: ${Math.round(RUNS / ((performance.now() - at) / 1000))} runs/s, 16 clients`);
  console.log(`database: ${(statSync(join(s.dir, 'data/reeve.db')).size / 1e6).toFixed(0)} MB`);
} finally { await s.stop(); }
