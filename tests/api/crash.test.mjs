// kill -9 of the real server at many moments of the badge journey: what was acknowledged is there after the restart,
// nothing is there by half, the request goes on to its end, and the mail of the flow is sent, once per message id.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startReeve, restart, removeDir, firstAdministrator, until } from '../lib/reeve.mjs';
import { badgeScenario, step, mails, N } from '../lib/badge.mjs';
import { startSmtp, haveExim } from '../lib/smtp.mjs';

const JOURNEYS = 5; // at a time, so that one kill meets several moments
/** when to kill: after so many writing calls were sent or acknowledged, and so many milliseconds later */
const kills = [
  ['sent', 1, 0], ['sent', 3, 0], ['sent', 5, 1], ['acked', 1, 0], ['acked', 4, 0], ['acked', 5, 2], ['sent', 6, 0], ['acked', 6, 0],
  ['acked', 6, 3], ['sent', 8, 1], ['acked', 7, 8], ['acked', 8, 20], ['sent', 10, 0], ['acked', 9, 5], ['acked', 10, 40], ['sent', 11, 2],
  ['acked', 11, 0], ['acked', 12, 10], ['sent', 14, 0], ['acked', 14, 0], ['sent', 15, 3],
];
const idle = () => new Promise((r) => setTimeout(r, 10));

let s, dir, admin, b, smtp;
before(async () => {
  smtp = haveExim ? await startSmtp() : null;
  dir = mkdtempSync(join(tmpdir(), 'reeve-test-'));
  s = await startReeve({ dir });
  admin = await firstAdministrator(s);
  b = await badgeScenario(admin, s);
  if (smtp) {
    const now = await admin.get(`${N}/settings`);
    await admin.patch(`${N}/settings`, { version: now.version, mailHost: '127.0.0.1', mailPort: smtp.port, mailSecurity: 'PLAIN', mailFrom: 'reeve@example.com' });
  }
});
after(async () => {
  await s?.stop();
  await smtp?.stop();
  if (dir) removeDir({ dir });
});

/** The server's end, at the moment that the plan names. */
function killer([kind, count, delay]) {
  const k = { sent: 0, acked: 0, dead: false };
  k.note = (what) => {
    k[what]++;
    if (what !== kind || k[what] !== count) return;
    const now = () => { k.dead = true; s.child.kill('SIGKILL'); };
    if (delay === 0) now();
    else setTimeout(now, delay);
  };
  return k;
}
/** A writing call of a journey: resolves with the answer, or null when the server died first. */
async function write(k, client, method, path, body) {
  const answer = client.raw(method, path, { body });
  k.note('sent');
  const r = await answer.catch(() => null);
  if (!r) return null;
  assert.ok(r.status >= 200 && r.status < 300, `${method} ${path}: ${r.status} ${r.text}`);
  k.note('acked');
  return r.json;
}
const read = (client, path) => client.get(path).catch((e) => { if (/fetch failed|terminated|other side closed/i.test(String(e.message))) return null; throw e; });

/** Takes a journey on until it is closed or the server dies; keeps what was acknowledged. */
async function drive(k, j) {
  if (!j.id) {
    const r = await write(k, b.requester, 'POST', `${N}/requests`, {
      requestTypeId: b.type.id, subject: j.subject, answers: { q1: `Reason of ${j.subject}`, q2: b.items[1].id, q3: '2027-01-31' },
    });
    if (!r) return;
    j.id = r.id;
    j.acked.push('submit');
  }
  for (;;) {
    const r = await read(admin, `${N}/requests/${j.id}`);
    if (!r) return;
    if (r.status === 'RESOLVED') return;
    const [kind, client, body] = step(r, 't1').state === 'OPEN' ? ['t1', b.manager, { value: 'APPROVED', note: 'fine' }]
      : step(r, 't2').state === 'OPEN' ? ['t2', b.assignee, {}] : [null];
    if (!kind) {
      await idle();
      continue;
    }
    if (!(await write(k, client, 'POST', `${N}/tasks/${step(r, kind).taskId}/resolve`, body))) return;
    j.acked.push(kind);
  }
}

/** After the restart: everything acknowledged is there, and nothing is there by half. */
async function check(j, sent) {
  if (!j.id) {
    const found = sent.filter((r) => r.subject === j.subject);
    assert.ok(found.length <= 1, `${j.subject} is there twice`);
    if (found.length === 0) return;
    j.id = found[0].id;
  }
  const r = await admin.get(`${N}/requests/${j.id}`);
  assert.deepEqual(r.steps.map((x) => x.id), ['q1', 'q2', 'q3', 't1', 'a1', 't2']);
  assert.equal(step(r, 'q1').answerText, `Reason of ${j.subject}`);
  assert.equal(r.assignee.id, b.people.assignee.id);
  const done = (await admin.get(`${N}/requests/${j.id}/activities?limit=200`)).data.map((a) => a.type);
  assert.equal(done.filter((t) => t === 'CREATED').length, 1);
  const t1 = step(r, 't1');
  assert.equal(t1.state === 'COMPLETED', t1.decision === 'APPROVED');
  assert.equal(done.filter((t) => t === 'APPROVED').length, t1.state === 'COMPLETED' ? 1 : 0, 'the decision and its line belong together');
  if (j.acked.includes('t1')) assert.equal(t1.decision, 'APPROVED', 'an acknowledged approval is lost');
  if (t1.state !== 'COMPLETED') assert.equal(step(r, 'a1').state, 'HIDDEN');
  assert.equal(r.status === 'RESOLVED', step(r, 't2').state === 'COMPLETED', 'the last task and the end belong together');
  if (j.acked.includes('t2')) assert.equal(r.status, 'RESOLVED', 'an acknowledged end is lost');
}

test('a server that is killed at any moment comes back with every acknowledged step, and each mail is sent once', { timeout: 600_000 }, async () => {
  const all = [];
  for (const [round, plan] of kills.entries()) {
    const batch = Array.from({ length: JOURNEYS }, (_, i) => ({ subject: `Badge ${round}-${i}`, acked: [] }));
    const k = killer(plan);
    await Promise.all(batch.map((j) => drive(k, j)));
    if (!k.dead) await s.kill(); // the journeys were through before: the end of an idle server
    await s.gone();
    s = await restart({ dir });
    for (const c of [admin, b.manager, b.requester, b.assignee]) c.url = s.url;
    const sent = (await b.requester.get(`${N}/requests?view=sent&limit=200`)).data;
    for (const j of batch) await check(j, sent);
    // What was interrupted goes on to its end.
    const calm = killer(['never', 0, 0]);
    await Promise.all(batch.map((j) => drive(calm, j)));
    all.push(...batch);
  }
  const events = [];
  for (let path = '/api/v1/logs?limit=1000&since=2020-01-01T00:00:00.000Z', page; path && (page = await admin.raw('GET', path)).json.length > 0;) {
    events.push(...page.json);
    path = /<[^>]*?(\/api\/v1\/logs[^>]*)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1];
  }
  const told = (type, id) => events.filter((e) => e.eventType === type && e.target?.some((t) => t.id === id)).length;
  const ids = new Set();
  for (const j of all) {
    const r = await admin.get(`${N}/requests/${j.id}`);
    assert.equal(r.status, 'RESOLVED');
    assert.equal(told('access.request.create', j.id), 1);
    assert.equal(told('access.request.resolve', j.id), 1);
    const runs = await until(async () => {
      const d = (await admin.get(`${N}/runs?requestId=${j.id}`)).data;
      return d.length > 0 && d.every((x) => x.status === 'SUCCEEDED') ? d : null;
    }, `the run of ${j.subject}`);
    assert.equal(runs.length, 1, `${j.subject} ran ${runs.length} times`);
    assert.equal(step(r, 'a1').runId, runs[0].id);
    ids.add(runs[0].id);
  }
  assert.equal(ids.size, all.length);
  if (smtp) {
    // Delivered over SMTP: at least once each, and what came twice carries the same Message-ID.
    const reasons = await until(() => {
      const by = new Map();
      for (const m of smtp.messages()) {
        const reason = /Reason: (Reason of Badge \d+-\d+)/.exec(m.raw.replace(/=\n/g, ''))?.[1];
        if (reason) by.set(reason, (by.get(reason) ?? new Set()).add(m.headers['message-id']));
      }
      return by.size === all.length ? by : null;
    }, 'every mail of the flow');
    for (const j of all) assert.equal(reasons.get(`Reason of ${j.subject}`).size, 1, `${j.subject}: several messages`);
  } else {
    const captured = (await mails(admin)).filter((m) => m.runId);
    assert.equal(new Set(captured.map((m) => m.runId)).size, captured.length);
  }
});
