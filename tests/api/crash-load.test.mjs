// kill -9 two hundred times under load, at moments that nobody chose: every accepted run ends, each once; rows, mails and helper
// runs are there once; and what must not happen twice outside happens once at most, with a person asked where nobody can know.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { apiToken, Client, firstAdministrator, removeDir, restart, startReeve, until } from '../lib/reeve.mjs';
import { cardMaker, resolve } from '../lib/flows.mjs';
import { startService } from '../lib/service.mjs';

const N = '/reeve/api/v1';
const KILLS = 200, CLIENTS = 3, SEED = Number(process.env.REEVE_SEED ?? Date.now() % 1_000_000);
function randomOf(seed) { // the same moments again with the same seed (mulberry32)
  let a = seed;
  return () => { a = (a + 0x6d2b79f5) | 0; let t = Math.imul(a ^ (a >>> 15), 1 | a); t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t; return ((t ^ (t >>> 14)) >>> 0) / 4294967296; };
}

test(`a server that is killed ${KILLS} times under load loses no accepted run and repeats no effect that must not happen twice`, { timeout: 900_000 }, async (t) => {
  t.diagnostic(`REEVE_SEED=${SEED} repeats the moments`);
  const random = randomOf(SEED);
  const service = await startService(async (q, r) => { await sleep(random() * 4); r.json(200, { n: q.json?.n ?? null }); });
  const dir = mkdtempSync(join(tmpdir(), 'reeve-test-'));
  const config = { 'client.allow': service.allow };
  let s = await startReeve({ dir, config });
  try {
    const boss = await firstAdministrator(s);
    const admin = new Client(s.url, { token: await apiToken(boss, 'load') });
    const card = await cardMaker(admin);
    const folder = await admin.post(`${N}/folders`, { name: 'Load' });
    const table = await admin.post(`${N}/tables`, { name: 'Seen', folderId: folder.id, columns: [{ name: 'N', type: 'text' }] });
    const connection = await admin.post(`${N}/connections`, { name: 'Sink', connector: 'httpfunctions', auth: 'NONE', fields: { plainHttp: 'Yes' } });
    const flowOf = async (name, cards) => {
      const f = await admin.post(`${N}/flows`, { name, folderId: folder.id, cards: resolve(cards) });
      await admin.post(`${N}/flows/${f.id}/activate`);
      return f;
    };
    const helper = await flowOf('Helper', [card('control:callable', 'start', { add: [{ key: 'n' }] }), card('string:concat', 'x', { set: { string1: 'h' }, link: { string2: 'start.n' } })]);
    const flow = await flowOf('Load', [
      card('http:delegated', 'start', { add: [{ key: 'n' }] }),
      card('stash:createRow', 'row', { options: { stash: table.id }, add: [{ key: 'N' }], link: { N: 'start.n' } }),
      card('object:construct', 'body', { add: [{ key: 'n' }], link: { n: 'start.n' } }),
      card('httpfunctions:post', 'post', { connectionId: connection.id, set: { URL: `${service.url}/once` }, link: { Body: 'body.output' } }),
      card('control:spawn', 'call', { set: { flo: helper.id } }),
      card('mail:sendEmail', 'mail', { set: { To: 'sink@example.com', Body: 'x' }, link: { Subject: 'start.n' } }),
    ]);
    const runs = new Map(); // key: the run that was acknowledged
    const waiting = []; // keys that were sent and not acknowledged: sent again, as a client does
    let made = 0, alive = true;
    const client = async () => {
      while (alive) {
        const key = waiting.shift() ?? `n${++made}`;
        const r = await admin.raw('POST', `${N}/delegated-flows/${flow.id}/invoke`, { body: { inputs: { n: key } }, headers: { 'idempotency-key': `key-${key}` } }).catch(() => null);
        if (!r) { waiting.push(key); return; }
        assert.equal(r.status, 202, r.text);
        assert.ok(!runs.has(key), `${key} was acknowledged twice`);
        runs.set(key, r.json.runId);
        await sleep(random() * 10);
      }
    };
    for (let i = 0; i < KILLS; i++) {
      alive = true;
      const clients = Array.from({ length: CLIENTS }, client);
      await sleep(5 + random() * 90);
      alive = false;
      await s.kill();
      await Promise.all(clients);
      s = await restart({ dir }, { config });
      admin.url = s.url;
    }
    for (let key = waiting.shift(); key; key = waiting.shift()) {
      const r = await admin.raw('POST', `${N}/delegated-flows/${flow.id}/invoke`, { body: { inputs: { n: key } }, headers: { 'idempotency-key': `key-${key}` } });
      assert.equal(r.status, 202, r.text);
      runs.set(key, r.json.runId);
    }
    const all = async (path) => {
      const found = [];
      for (let next = path; next;) {
        const page = await admin.get(next);
        found.push(...page.data);
        next = page._links?.next?.href ? page._links.next.href.slice(new URL(page._links.next.href).origin.length) : null;
      }
      return found;
    };
    const ENDED = ['SUCCEEDED', 'FAILED', 'STOPPED', 'CANCELED'];
    const settled = () => until(async () => {
      const rows = await all(`${N}/runs?flowId=${flow.id}&limit=200`);
      return rows.every((r) => ENDED.includes(r.status) || r.reason === 'uncertain') ? rows : null;
    }, 'every run to end or to wait for a person');
    let rows = await settled();
    const unsure = rows.filter((r) => r.reason === 'uncertain');
    const once = new Map();
    const count = () => { once.clear(); for (const c of service.calls) once.set(c.json.n, (once.get(c.json.n) ?? 0) + 1); };
    count();
    for (const [n, times] of once) assert.equal(times, 1, `${n} reached the other side ${times} times`);
    for (const r of unsure) await admin.post(`${N}/runs/${r.id}/mark-done`, {}, [200]);
    rows = await settled();
    // nothing was lost, nothing is there twice
    assert.equal(rows.length, runs.size, 'as many runs as were acknowledged');
    assert.deepEqual(new Set(rows.map((r) => r.id)), new Set(runs.values()));
    for (const r of rows) assert.equal(r.status, 'SUCCEEDED', JSON.stringify(r));
    const keys = [...runs.keys()].sort();
    assert.deepEqual((await all(`${N}/tables/${table.id}/rows?limit=200`)).map((r) => r.values?.N ?? r.N ?? r.cells?.N).sort(), keys, 'one row for each run');
    const helped = await all(`${N}/runs?flowId=${helper.id}&limit=200`);
    assert.deepEqual(helped.map((r) => r.status).filter((x) => x !== 'SUCCEEDED'), []);
    assert.equal(helped.length, runs.size, 'one helper run for each run');
    assert.deepEqual((await all(`${N}/mails?limit=200`)).map((m) => m.subject).sort(), keys, 'one mail for each run');
    count();
    for (const [n, times] of once) assert.equal(times, 1, `${n} reached the other side ${times} times`);
    assert.equal(once.size + unsure.length >= runs.size, true, 'what did not reach the other side is what a person was asked about');
    t.diagnostic(`${runs.size} runs, ${unsure.length} of them uncertain once, ${once.size} calls arrived`);
  } finally {
    await s.stop();
    await service.stop();
    removeDir({ dir });
  }
});
