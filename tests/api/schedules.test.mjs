// Scheduled flows with the whole server on a clock that the test turns.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startReeve, firstAdministrator, restart, signIn, until, adminPassword, removeDir } from '../lib/reeve.mjs';
import { cardMaker, resolve } from '../lib/flows.mjs';

const N = '/reeve/api/v1';
const faketime = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime/libfaketimeMT.so.1`;
const HOUR = 3600_000, QUARTER = HOUR / 4;

test('WF-60: a flow with minutes */15 in a time zone runs four times an hour, also for the hour that the server was away, and its Current Time is the planned instant', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'reeve-test-'));
  let s = await startReeve({ dir });
  try {
    let admin = await firstAdministrator(s);
    const { profile } = await admin.get('/api/v1/users/me');
    const card = await cardMaker(admin);
    const folder = await admin.post(`${N}/folders`, { name: 'Clock' });
    const head = card('control:scheduled', 'start');
    head.schedule = { minutes: '*/15', hours: '*', timeZone: 'America/Los_Angeles' };
    const flow = await admin.post(`${N}/flows`, { name: 'Quarters', folderId: folder.id, cards: resolve([head]) });
    const off = await admin.post(`${N}/flows`, { name: 'Off', folderId: folder.id, cards: resolve([head]) });
    await admin.post(`${N}/flows/${off.id}/activate`);
    const { nextRunAt } = await admin.post(`${N}/flows/${flow.id}/activate`);
    assert.equal((await admin.post(`${N}/flows/${off.id}/deactivate`)).nextRunAt, null);
    const first = Date.parse(nextRunAt);
    assert.equal(first % QUARTER, 0);
    assert.ok(first > Date.now() - QUARTER && first <= Date.now() + QUARTER + 60_000);
    await s.stop();
    s = await restart({ dir }, { env: { LD_PRELOAD: faketime, FAKETIME: '+61m', FAKETIME_DONT_FAKE_MONOTONIC: '1', ASAN_OPTIONS: 'detect_leaks=0:verify_asan_link_order=0' } });
    admin = await signIn(s, profile.login, adminPassword);
    const moved = await until(async () => { const f = await admin.get(`${N}/flows/${flow.id}`); return Date.parse(f.nextRunAt) >= first + HOUR ? f : null; }, 'the next start to be planned');
    const runs = (await admin.get(`${N}/runs?flowId=${flow.id}&limit=100`)).data.reverse();
    const n = (Date.parse(moved.nextRunAt) - first) / QUARTER;
    assert.ok(n === 4 || n === 5);
    const times = [];
    for (const r of runs) {
      const ended = await until(async () => { const x = await admin.get(`${N}/runs/${r.id}`); return x.endedAt ? x : null; }, 'the run to end');
      const { data, cards } = await admin.get(`${N}/runs/${r.id}/cards`);
      times.push(data[0].outputs[cards[0].outputs.find((p) => p.key === 'execution_time').id]);
      assert.deepEqual([ended.status, ended.startedVia, ended.startedBy.kind], ['SUCCEEDED', 'SCHEDULE', 'SYSTEM']);
    }
    assert.deepEqual(times, Array.from({ length: n }, (_, i) => new Date(first + i * QUARTER).toISOString()));
    assert.equal((await admin.get(`${N}/runs?flowId=${off.id}`)).data.length, 0);
    const again = await admin.post(`${N}/runs/${runs[1].id}/replay`);
    const replayed = await until(async () => { const c = await admin.get(`${N}/runs/${again.runId}/cards`); return c.data[0] ? c : null; }, 'the replay');
    assert.equal(replayed.data[0].outputs[replayed.cards[0].outputs.find((p) => p.key === 'execution_time').id], times[1]);
  } finally {
    await s.stop();
    removeDir({ dir });
  }
});

test('a schedule is previewed before it is saved, and what cannot be read is named', async () => {
  const s = await startReeve();
  try {
    const admin = await firstAdministrator(s);
    const ask = (schedule, expected) => admin.post(`${N}/schedules/preview`, { schedule }, expected);
    const { next } = await ask({ minutes: '30', hours: '2', timeZone: 'Europe/Berlin' });
    assert.equal(next.length, 5);
    assert.ok(next.every((x, i) => i === 0 || x > next[i - 1]));
    assert.deepEqual((await ask({ minutes: '0', hours: '0', dayOfTheMonth: '30', month: '2' })).next, []);
    assert.deepEqual((await ask({ minutes: '0', hours: '9', endDate: '2020-01-01' })).next, []);
    for (const [bad, words] of [[{ minutes: '61', hours: '*' }, /minutes "61"/], [{ minutes: '0', hours: '9', timeZone: 'Middle/Earth' }, /time zone/], [{}, /no time/], [{ minutes: '0', hours: '9', startDate: 'soon' }, /no date/]]) {
      assert.match((await ask(bad, [400])).errorCauses[0].errorSummary, words);
    }
  } finally { await s.stop(); }
});
