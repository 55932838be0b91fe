// The sample organisation: made at the first start, complete enough for the first five minutes, and gone with one call.
import test, { before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startReeve, firstAdministrator, signIn, until, reeve, restart } from '../lib/reeve.mjs';

const N = '/reeve/api/v1';
const step = (r, id) => r.steps.find((x) => x.id === id);

describe('with --sample', () => {
  let s, admin, request;
  const read = () => admin.get(`${N}/requests/${request.id}`);
  before(async () => {
    s = await startReeve({ sample: true, config: { 'rate.api': 0 } });
    admin = await firstAdministrator(s);
  });
  after(() => s?.stop());

  test('everything that belongs to it is listed and marked', async () => {
    assert.equal((await admin.get(`${N}/session`)).sample, true);
    const { present, objects } = await admin.get(`${N}/sample`);
    assert.equal(present, true);
    for (const kind of ['person', 'team', 'configList', 'folder', 'flow', 'connection', 'role', 'resourceSet', 'requestType', 'request']) assert.ok(objects.some((o) => o.kind === kind && o.id && o.name), kind);
    assert.equal((await admin.get(`${N}/folders`)).data[0].sample, true);
    assert.equal((await admin.get(`${N}/request-types`)).data[0].sample, true);
  });
  test('the inbox of the administrator holds one request that waits for a decision', async () => {
    const { data } = await admin.get(`${N}/requests?view=inbox`);
    assert.equal(data.length, 1);
    request = data[0];
    assert.equal(request.subject, 'Badge access, Building 4');
    assert.equal(request.sample, true);
    assert.equal(request.myTask.stepId, 't1');
  });
  test('approving it runs the flow, whose mail is captured and whose cards can all be read', async () => {
    await admin.post(`${N}/tasks/${request.myTask.id}/resolve`, { value: 'APPROVED' });
    const on = await until(async () => { const r = await read(); return step(r, 'a1').state === 'COMPLETED' ? r : null; }, 'the action');
    const run = await until(async () => { const r = await admin.get(`${N}/runs/${step(on, 'a1').runId}`); return r.endedAt ? r : null; }, 'the run');
    assert.equal(run.status, 'SUCCEEDED', JSON.stringify(run.error));
    const { data } = await admin.get(`${N}/runs/${run.id}/cards`);
    assert.ok(data.length >= 5);
    for (const c of data) assert.ok(c.inputs && c.outputs, c.card);
    const mail = await until(async () => (await admin.get(`${N}/mails?limit=200`)).data.find((m) => m.subject === 'Badge access: Building 4'), 'the mail');
    assert.equal(mail.status, 'CAPTURED');
    assert.match((await admin.get(`${N}/mails/${mail.id}`)).text, /Building 4[\s\S]*2027-01-31[\s\S]*Moving the test lab/);
  });
  test('completing the task closes the request', async () => {
    const open = await until(async () => { const r = await read(); return step(r, 't2').state === 'OPEN' ? r : null; }, 'the task');
    await admin.post(`${N}/tasks/${step(open, 't2').taskId}/resolve`, {});
    const done = await until(async () => { const r = await read(); return r.status === 'RESOLVED' ? r : null; }, 'the end');
    assert.equal(done.autoResolved, true);
  });
  test('one call removes all of it, also what was made by trying it', async () => {
    await admin.delete(`${N}/sample`, [204]);
    assert.deepEqual(await admin.get(`${N}/sample`), { present: false, objects: [] });
    assert.equal((await admin.get(`${N}/session`)).sample, false);
    for (const list of ['folders', 'flows', 'connections', 'config-lists', 'request-types', 'requests?view=all', 'catalogue', 'delegated-flows']) assert.deepEqual((await admin.get(`${N}/${list}`)).data, [], list);
    assert.deepEqual((await admin.get(`${N}/teams`)).data.map((t) => t.name), ['IT'], 'the team that every organisation has');
    assert.equal((await admin.get('/api/v1/users?limit=200')).length, 1);
    assert.ok(!(await admin.get('/api/v1/iam/resource-sets'))['resource-sets'].some((x) => /Sample/.test(x.label)));
    assert.ok(!(await admin.get('/api/v1/iam/roles')).roles.some((x) => /Sample/.test(x.label)));
    assert.equal((await admin.raw('DELETE', `${N}/sample`)).status, 404);
  });
});

test('a store that somebody uses is not given a sample by starting with --sample', async () => {
  const s = await startReeve();
  const first = await firstAdministrator(s);
  const { login } = (await first.get('/api/v1/users/me')).profile;
  await s.kill();
  const again = await restart(s, { sample: true });
  const admin = await signIn(again, login);
  assert.equal((await admin.get(`${N}/sample`)).present, false);
  await again.stop();
  rmSync(again.dir, { recursive: true, force: true });
});

test('the command adds it once and removes it', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'reeve-sample-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  await (await startReeve({ dir })).stop();
  const run = (verb) => reeve('sample', verb, '--data', join(dir, 'data'));
  assert.equal(run('remove').status, 1);
  const add = run('add');
  assert.equal(add.status, 0, add.stderr);
  assert.equal(run('add').status, 1);
  assert.match(run('add').stderr, /already there/);
  const remove = run('remove');
  assert.equal(remove.status, 0, remove.stderr);
  assert.match(run('remove').stderr, /no sample organisation/);
});
