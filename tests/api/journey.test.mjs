// The reference scenario of badge access with its variants, over HTTP against the real server.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { startReeve, firstAdministrator, until, addPerson } from '../lib/reeve.mjs';
import { badgeScenario, submitBadge, step, requestWhen, decide, runEnded, mails, N, badgeSteps, badgeInputs, syncWorkflows } from '../lib/badge.mjs';

const state = (id, ...states) => (r) => states.includes(step(r, id)?.state);

describe('badge access', () => {
  let s, admin, b;
  before(async () => {
    s = await startReeve();
    admin = await firstAdministrator(s);
    b = await badgeScenario(admin, s);
  });
  after(() => s?.stop());

  const approved = async (answers) => {
    const made = await submitBadge(b, answers);
    const open = await requestWhen(b.manager, made.id, state('t1', 'OPEN'), 'the approval to open');
    await decide(b.manager, open, 't1', 'APPROVED', 'fine');
    return requestWhen(b.assignee, made.id, state('t2', 'OPEN'), 'the task to open');
  };

  test('AR-1, AR-17, AR-56, AR-57, AR-58, AR-59: the badge type holds questions, approval, Run a workflow and a task, with the four sources alone', async () => {
    const type = await admin.get(`${N}/request-types/${b.type.id}`);
    assert.equal(type.status, 'ACTIVE');
    assert.deepEqual(type.steps.map((x) => x.kind), ['QUESTION', 'QUESTION', 'QUESTION', 'APPROVAL', 'ACTION', 'CUSTOM_TASK']);
    assert.deepEqual(type.steps.slice(0, 3).map((x) => x.inputType), ['TEXT', 'DROPDOWN', 'DATE']);
    assert.deepEqual(Object.fromEntries(Object.entries(type.steps[4].inputs).map(([k, v]) => [k, v.source])), {
      requesterEmail: 'REQUESTER_EMAIL', buildingRequested: 'QUESTION', businessJustification: 'QUESTION', assigneeEmail: 'ASSIGNEE_EMAIL', endDate: 'QUESTION',
    });
  });

  test('AR-60, AR-80: a published type is in the catalogue of its audience at once and asks its questions', async () => {
    const rows = (await b.requester.get(`${N}/catalogue`)).data;
    assert.ok(rows.some((r) => r.id === b.type.id && r.name === 'Badge access'));
    const form = await b.requester.get(`${N}/catalogue/${b.type.id}`);
    assert.deepEqual(form.questions.map((q) => q.id), ['q1', 'q2', 'q3']);
    assert.deepEqual(form.questions[1].choices.map((c) => c.name), ['Building 1', 'Building 2', 'Building 4']);
    assert.ok(form.deciders.some((d) => d.stepId === 't1' && d.names.includes('Mona Manager')));
  });

  test('AR-12, AR-13, AR-15, AR-16, AR-129, AR-82, AR-83, AR-84, AR-85, AR-86, WF-27, WF-36, WF-37, WF-46, WF-47: the whole journey from form to closed task', async () => {
    const made = await submitBadge(b);
    assert.equal(made.status, 'OPEN');
    assert.equal(made.subject, 'Badge access');
    assert.equal(made.assignee.id, b.people.assignee.id);
    // The requester sees the history of the request at once.
    const mine = await b.requester.get(`${N}/requests/${made.id}`);
    assert.deepEqual(mine.steps.slice(0, 3).map((x) => x.state), ['COMPLETED', 'COMPLETED', 'COMPLETED']);
    assert.equal(step(mine, 'q2').answerText, 'Building 4');
    const activities = (await b.requester.get(`${N}/requests/${made.id}/activities?limit=200`)).data;
    assert.ok(activities.some((a) => a.type === 'CREATED'));
    // The manager is told by mail and sees it in the list; the action has not run.
    await until(async () => (await mails(admin)).some((m) => m.to.includes('mona@example.com') && m.requestId === made.id), 'the mail to the manager');
    const inbox = (await b.manager.get(`${N}/requests?view=inbox`)).data;
    assert.ok(inbox.some((r) => r.id === made.id && r.myTask?.stepId === 't1'));
    const open = await b.manager.get(`${N}/requests/${made.id}`);
    assert.equal(step(open, 'q1').answerText, 'Moving the lab');
    assert.equal(step(open, 'a1').state, 'HIDDEN');
    assert.equal(step(open, 'a1').runId ?? null, null);
    await decide(b.manager, open, 't1', 'APPROVED', 'fine');
    // The request goes on without waiting for the flow: the action is complete with the run's id.
    const on = await requestWhen(b.assignee, made.id, state('t2', 'OPEN'), 'the task of the assignee');
    assert.equal(step(on, 'a1').state, 'COMPLETED');
    const runId = step(on, 'a1').runId;
    assert.match(runId, /^[0-9a-f-]{36}$/);
    const run = await runEnded(admin, runId);
    assert.equal(run.status, 'SUCCEEDED', JSON.stringify(run.error));
    assert.equal(run.requestId, made.id);
    // The history shows the five values under the names of the inputs, card by card.
    const history = await admin.get(`${N}/runs/${runId}/cards`);
    const first = history.data[0];
    const byKey = (entry, side) => {
      const def = (function find(cards) { for (const c of cards) { if (c.id === entry.cardId) return c; const d = find((c.lanes ?? []).flatMap((l) => l.cards)); if (d) return d; } return null; })(history.cards);
      return Object.fromEntries(def[side].map((p) => [p.key, entry[side]?.[p.id]]));
    };
    const values = byKey(first, 'outputs');
    assert.equal(values.requesterEmail, 'rita@example.com');
    assert.equal(values.buildingRequested, 'Building 4');
    assert.equal(values.businessJustification, 'Moving the lab');
    assert.equal(values.assigneeEmail, 'axel@example.com');
    assert.equal(values.endDate, '2027-01-31T00:00:00.000Z');
    assert.equal(history.data.length, 6);
    assert.ok(history.data.every((c) => c.status === 'SUCCEEDED' && c.durationUs >= 0));
    // The flow's mail and the generic notice both reach the assignee.
    const toAxel = await until(async () => {
      const all = (await mails(admin)).filter((m) => m.to.includes('axel@example.com'));
      return all.some((m) => m.runId === runId || m.subject === 'Badge access: Building 4') && all.some((m) => m.requestId === made.id && m.subject !== 'Badge access: Building 4') ? all : null;
    }, 'both mails to the assignee');
    const own = await admin.get(`${N}/mails/${toAxel.find((m) => m.subject === 'Badge access: Building 4').id}`);
    assert.equal(own.text.replaceAll('\r\n', '\n').trim(), 'Rita needs a badge for Building 4 until 2027-01-31.\n\nReason: Moving the lab');
    // The assignee closes the task, and the request closes by itself.
    assert.ok(['OPEN', 'PENDING'].includes(on.status));
    await decide(b.assignee, on, 't2');
    const done = await requestWhen(b.requester, made.id, (r) => r.status === 'RESOLVED', 'the request to close');
    assert.equal(done.autoResolved, true);
    assert.ok(done.resolvedAt);
    const told = await until(async () => {
      const rows = (await b.requester.get(`${N}/requests/${made.id}/activities?limit=200`)).data.map((a) => a.type);
      return rows.includes('WORKFLOW_FINISHED') && rows.includes('RESOLVED') ? rows : null;
    }, 'the activity log');
    assert.ok(told.includes('APPROVED') && told.includes('WORKFLOW_CALLED'));
  });

  test('AR-129, AR-85: after a denial the action never runs, later steps are skipped and the request closes', async () => {
    const made = await submitBadge(b);
    const open = await requestWhen(b.manager, made.id, state('t1', 'OPEN'), 'the approval');
    await decide(b.manager, open, 't1', 'DENIED', 'not this month');
    const end = await requestWhen(b.requester, made.id, (r) => r.status === 'RESOLVED', 'the request to close');
    assert.equal(step(end, 't1').decision, 'DENIED');
    assert.equal(step(end, 't1').note, 'not this month');
    assert.equal(step(end, 'a1').state, 'SKIPPED');
    assert.equal(step(end, 't2').state, 'SKIPPED');
    assert.equal((await admin.get(`${N}/runs?requestId=${made.id}`)).data.length, 0);
  });

  test('AR-14: nothing the flow computes comes back into the request', async () => {
    const on = await approved({ q1: 'one way only' });
    await runEnded(admin, step(on, 'a1').runId);
    const text = JSON.stringify(await b.requester.get(`${N}/requests/${on.id}`));
    assert.ok(!text.includes('needs a badge'), 'the composed text is in the request');
    const type = await admin.get(`${N}/request-types/${b.type.id}`);
    const bad = await admin.raw('PATCH', `${N}/request-types/${b.type.id}`, { body: {
      version: type.version,
      steps: [...badgeSteps(b.list.id, b.flow.id).slice(0, 5), { ...badgeSteps(b.list.id, b.flow.id)[5], logic: { match: 'ALL', conditions: [{ stepId: 'a1', op: 'IS', value: 'x' }] } }],
    } });
    assert.equal(bad.status, 400);
    assert.match(JSON.stringify(bad.json), /\/steps\/5\/logic/);
  });

  test('AR-129, AR-19: a reassignment before the approval changes the address the flow gets', async () => {
    const made = await submitBadge(b);
    const now = await b.assignee.get(`${N}/requests/${made.id}`);
    await b.assignee.patch(`${N}/requests/${made.id}`, { version: now.version, assigneeId: b.me.id });
    const open = await requestWhen(b.manager, made.id, state('t1', 'OPEN'), 'the approval');
    await decide(b.manager, open, 't1', 'APPROVED');
    const on = await requestWhen(admin, made.id, state('a1', 'COMPLETED'), 'the action');
    const run = await runEnded(admin, step(on, 'a1').runId);
    assert.equal(run.inputs.assigneeEmail, b.me.profile.email);
  });

  test('AR-129, AR-20: without an assignee the flow gets null, and the key is there', async () => {
    const made = await submitBadge(b);
    const now = await b.assignee.get(`${N}/requests/${made.id}`);
    await b.assignee.patch(`${N}/requests/${made.id}`, { version: now.version, assigneeId: null });
    const open = await requestWhen(b.manager, made.id, state('t1', 'OPEN'), 'the approval');
    await decide(b.manager, open, 't1', 'APPROVED');
    const on = await requestWhen(admin, made.id, state('a1', 'COMPLETED', 'FAILED'), 'the action');
    const run = await runEnded(admin, step(on, 'a1').runId);
    assert.equal(run.inputs.assigneeEmail, null);
    assert.ok('assigneeEmail' in run.inputs);
  });

  test('AR-129: a requester without manager gets an approval that waits for an assignee to be chosen', async () => {
    const nora = await addPerson(admin, 'nora@example.com', { firstName: 'Nora', lastName: 'Nobody' });
    const made = await admin.post(`${N}/requests`, { requestTypeId: b.type.id, requesterId: nora.id, answers: { q1: 'x', q2: b.items[0].id, q3: '2027-01-31' } });
    const open = await requestWhen(b.assignee, made.id, state('t1', 'OPEN'), 'the approval');
    assert.deepEqual(step(open, 't1').assignees, []);
    await b.assignee.post(`${N}/tasks/${step(open, 't1').taskId}/reassign`, { userIds: [b.people.manager.id] });
    await decide(b.manager, await b.manager.get(`${N}/requests/${made.id}`), 't1', 'APPROVED');
    await requestWhen(b.assignee, made.id, state('t2', 'OPEN'), 'the task');
  });

  test('nobody decides a request of their own, also not after reassignment', async () => {
    const made = await submitBadge(b);
    const open = await requestWhen(b.assignee, made.id, state('t1', 'OPEN'), 'the approval');
    const path = `${N}/tasks/${step(open, 't1').taskId}`;
    assert.equal((await b.requester.raw('POST', `${path}/resolve`, { body: { value: 'APPROVED' } })).status, 403);
    const back = await b.assignee.raw('POST', `${path}/reassign`, { body: { userIds: [b.people.requester.id] } });
    assert.ok(back.status === 400 || back.status === 409, `${back.status}`);
    assert.equal((await b.manager.raw('POST', `${path}/resolve`, { body: { value: 'APPROVED' } })).status, 200);
    assert.equal((await b.manager.raw('POST', `${path}/resolve`, { body: { value: 'DENIED' } })).status, 409);
  });

  test('bad input is refused with status, code and a sentence that names the field, and nothing is stored', async () => {
    const count = async () => (await admin.get(`${N}/requests?view=all&limit=200`)).data.length;
    const beforeCount = await count();
    const cases = [
      [{ answers: { q2: b.items[0].id, q3: '2027-01-31' } }, 400, /q1/],
      [{ answers: { q1: 'x', q2: 'nowhere', q3: '2027-01-31' } }, 400, /q2/],
      [{ answers: { q1: 'x', q2: b.items[0].id, q3: '31.1.2027' } }, 400, /q3/],
      [{ answers: { q1: 'x'.repeat(1001), q2: b.items[0].id, q3: '2027-01-31' } }, 400, /q1/],
      [{ answers: { q1: 'x', q2: b.items[0].id, q3: '2027-01-31', q9: 'y' } }, 400, /q9/],
      [{ subject: 's'.repeat(251), answers: { q1: 'x', q2: b.items[0].id, q3: '2027-01-31' } }, 400, /subject/],
      [{ answers: 7 }, 400, /answers/],
      [{ colour: 'red', answers: { q1: 'x', q2: b.items[0].id, q3: '2027-01-31' } }, 400, /colour/],
      [{ requestTypeId: 'ffffffffffffffffffffffff', answers: {} }, [400, 404], /./],
    ];
    for (const [body, status, field] of cases) {
      const r = await b.requester.raw('POST', `${N}/requests`, { body: { requestTypeId: b.type.id, ...body } });
      assert.ok([].concat(status).includes(r.status), `${JSON.stringify(body).slice(0, 100)}: ${r.status} ${r.text}`);
      assert.match(r.json.errorCode, /^E\d{7}$/);
      assert.match(r.text, field);
    }
    const malformed = await b.requester.raw('POST', `${N}/requests`, { body: '{"requestTypeId":' });
    assert.equal(malformed.status, 400);
    assert.equal(malformed.json.errorCode, 'E0000003');
    assert.equal(await count(), beforeCount);
  });

  test('AR-129: without "Mark as done automatically" the request stays open until the assignee marks it as done', async () => {
    const other = await admin.post(`${N}/request-types`, {
      name: 'Badge access by hand', description: 'Ask.', icon: 'badge', teamId: b.team.id, audience: { type: 'EVERYONE' }, autoResolve: false, steps: badgeSteps(b.list.id, b.flow.id),
    });
    const type = await admin.post(`${N}/request-types/${other.id}/publish`, {});
    const made = await submitBadge({ ...b, type });
    await decide(b.manager, await requestWhen(b.manager, made.id, state('t1', 'OPEN'), 'the approval'), 't1', 'APPROVED');
    await decide(b.assignee, await requestWhen(b.assignee, made.id, state('t2', 'OPEN'), 'the task'), 't2');
    const left = await requestWhen(b.assignee, made.id, (r) => r.allDone, 'all steps to be done');
    assert.deepEqual([left.status, left.resolvedAt ?? null], ['OPEN', null]);
    assert.equal((await b.requester.raw('POST', `${N}/requests/${made.id}/resolve`, { body: {} })).status, 403);
    const done = await b.assignee.post(`${N}/requests/${made.id}/resolve`);
    assert.deepEqual([done.status, done.autoResolved], ['RESOLVED', false]);
  });

  test('AR-124: the call of the action is in the system log, with the Access Requests app as actor and flow and run as targets', async () => {
    const on = await approved({ q1: 'who calls' });
    const runId = step(on, 'a1').runId;
    const calls = await admin.get(`/api/v1/logs?limit=200&filter=${encodeURIComponent('eventType eq "workflows.user.delegatedflow.run"')}`);
    const mine = calls.filter((e) => JSON.stringify(e).includes(runId));
    assert.equal(mine.length, 1, 'one call, one event');
    assert.equal(mine[0].actor.id, b.app.id);
    assert.equal(mine[0].actor.displayName, b.app.label);
    assert.ok(mine[0].target.some((t) => t.id === b.flow.id && t.displayName === 'Badge access mail'));
    assert.equal(mine[0].outcome.result, 'SUCCESS');
  });

  test('AR-129: a list item that is removed while a request waits stays the answer of that request, and no new request of the type is taken', async () => {
    const list = await admin.post(`${N}/config-lists`, { name: 'Annexes', listType: 'CUSTOM' });
    const items = [];
    for (const name of ['Annex A', 'Annex B']) items.push(await admin.post(`${N}/config-lists/${list.id}/items`, { name }));
    await admin.put(`${N}/config-lists/${list.id}/teams/${b.team.id}`, {}, [200, 204]);
    const draft = await admin.post(`${N}/request-types`, {
      name: 'Annex badge', description: 'Ask.', icon: 'badge', teamId: b.team.id, audience: { type: 'EVERYONE' }, autoResolve: true, steps: badgeSteps(list.id, b.flow.id),
    });
    const type = await admin.post(`${N}/request-types/${draft.id}/publish`, {});
    const made = await submitBadge({ ...b, type }, { q2: items[1].id });
    const open = await requestWhen(b.manager, made.id, state('t1', 'OPEN'), 'the approval');
    await admin.delete(`${N}/config-lists/${list.id}/items/${items[1].id}?confirm=true`, [204]);
    await decide(b.manager, open, 't1', 'APPROVED');
    const on = await requestWhen(b.assignee, made.id, state('t2', 'OPEN'), 'the task');
    assert.equal((await runEnded(admin, step(on, 'a1').runId)).inputs.buildingRequested, 'Annex B');
    assert.equal((await admin.get(`${N}/request-types/${type.id}`)).status, 'DISABLED');
    const refused = await b.requester.raw('POST', `${N}/requests`, { body: { requestTypeId: type.id, answers: { q1: 'x', q2: items[0].id, q3: '2027-01-31' } } });
    assert.ok([404, 409].includes(refused.status), `${refused.status} ${refused.text}`);
  });

  // The variants that change the flow or the role come last: they end the type.
  test('AR-129, AR-22, AR-26: when the role is taken away after publishing, the step fails and says that permission is missing', async () => {
    const made = await submitBadge(b);
    const open = await requestWhen(b.manager, made.id, state('t1', 'OPEN'), 'the approval');
    await admin.delete(`/api/v1/iam/resource-sets/${b.set.id}/bindings/${b.role.id}`, [204]);
    await decide(b.manager, open, 't1', 'APPROVED');
    const failed = await requestWhen(b.assignee, made.id, state('a1', 'FAILED'), 'the action to fail');
    assert.match(step(failed, 'a1').error, /allowed|role|permission/i);
    assert.equal(step(failed, 't2').state, 'HIDDEN');
    const { organisation } = await admin.get(`${N}/session`);
    await admin.post(`/api/v1/iam/resource-sets/${b.set.id}/bindings`, { role: b.role.id, members: [`${organisation.baseUrl}/oauth2/v1/clients/${b.app.id}`] });
    await b.assignee.post(`${N}/tasks/${step(failed, 'a1').taskId}/run`, {});
    const on = await requestWhen(b.assignee, made.id, state('t2', 'OPEN'), 'the task after running again');
    assert.equal(step(on, 'a1').state, 'COMPLETED');
  });

  test('AR-129, AR-26: a flow switched off after publishing makes the step fail, and the assignee may mark it as complete', async () => {
    const made = await submitBadge(b);
    const open = await requestWhen(b.manager, made.id, state('t1', 'OPEN'), 'the approval');
    await admin.post(`${N}/flows/${b.flow.id}/deactivate`, {});
    await decide(b.manager, open, 't1', 'APPROVED');
    const failed = await requestWhen(b.assignee, made.id, state('a1', 'FAILED'), 'the action to fail');
    assert.match(step(failed, 'a1').error, /off/i);
    await admin.post(`${N}/flows/${b.flow.id}/activate`, {});
    await b.assignee.post(`${N}/tasks/${step(failed, 'a1').taskId}/complete`, {});
    const on = await requestWhen(b.assignee, made.id, state('t2', 'OPEN'), 'the task after marking the action as complete');
    assert.equal(step(on, 'a1').state, 'COMPLETED');
    assert.equal(step(on, 'a1').runId ?? null, null);
  });
});
