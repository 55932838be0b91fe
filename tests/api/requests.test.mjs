// Requests and tasks over HTTP: logic, people, states, refusals; with types that need no workflow, and some that do.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { startReeve, firstAdministrator, until, addPerson, signIn, apiToken, Client } from '../lib/reeve.mjs';
import { badgeScenario, badgeFlow, submitBadge, step, requestWhen, decide, runEnded, mails, giveTeam, syncWorkflows, letAccessRequestsRun, enableFeatures,
  directoryConnection, N } from '../lib/badge.mjs';

const question = (id, more = {}) => ({ id, kind: 'QUESTION', text: `Question ${id}`, inputType: 'TEXT', required: true, assignTo: { type: 'REQUESTER' }, ...more });
const approval = (id, assignTo = { type: 'MANAGER' }, more = {}) => ({ id, kind: 'APPROVAL', text: `Approval ${id}`, assignTo, ...more });
const task = (id, assignTo = { type: 'REQUEST_ASSIGNEE' }, more = {}) => ({ id, kind: 'CUSTOM_TASK', text: `Task ${id}`, assignTo, ...more });
const timer = (id, span, more = {}) => ({ id, kind: 'TIMER', text: `Timer ${id}`, timer: span, ...more });
const when = (...conditions) => ({ logic: { match: 'ALL', conditions: conditions.map(([stepId, op, value]) => ({ stepId, op, ...(value === undefined ? {} : { value }) })) } });
const stateOf = (r) => Object.fromEntries(r.steps.map((x) => [x.id, x.state]));
const locations = (r) => (r.json?.errorCauses ?? []).map((c) => c.location);

describe('requests', () => {
  let s, admin, me, people, as, team, other, names = 0;
  before(async () => {
    s = await startReeve();
    admin = await firstAdministrator(s);
    me = await admin.get('/api/v1/users/me');
    people = {};
    as = {};
    const manager = { rita: 'mona@example.com', mona: 'boss@example.com', axel: 'mona@example.com', ben: 'mona@example.com' };
    for (const name of ['boss', 'mona', 'rita', 'axel', 'ben', 'stan', 'aram']) {
      people[name] = await addPerson(admin, `${name}@example.com`, { firstName: name[0].toUpperCase() + name.slice(1), lastName: 'Test', ...(manager[name] ? { managerId: manager[name] } : {}) });
      as[name] = await signIn(s, `${name}@example.com`);
    }
    await admin.post(`/api/v1/users/${people.aram.id}/roles`, { type: 'ACCESS_REQUESTS_ADMIN' }, [200, 201]);
    team = await makeTeam('Desk', [me, people.axel, people.ben], { mode: 'MEMBER', memberId: people.axel.id, excluded: [] });
    other = await makeTeam('Other desk', [people.stan], { mode: 'OFF', memberId: null, excluded: [] });
  });
  after(() => s?.stop());

  const makeTeam = async (name, members, assignment, more = {}) => {
    const t = await admin.post(`${N}/teams`, { name, description: name, icon: 'it', colour: 'blue' });
    for (const m of members) await admin.put(`${N}/teams/${t.id}/members/${m.id}`, {}, [200, 204]);
    const now = await admin.get(`${N}/teams/${t.id}`);
    return admin.patch(`${N}/teams/${t.id}`, { version: now.version, assignment, ...more });
  };
  const makeType = async (steps, { autoResolve = false, audience = { type: 'EVERYONE' }, owner = team } = {}) => {
    const type = await admin.post(`${N}/request-types`, { name: `Type ${++names}`, description: 'For tests', icon: 'badge', teamId: owner.id, audience, autoResolve, steps });
    await admin.post(`${N}/request-types/${type.id}/publish`, {});
    return type;
  };
  const submit = (type, { client = as.rita, ...body } = {}) => client.post(`${N}/requests`, { requestTypeId: type.id, answers: {}, ...body });
  const read = (client, r) => client.get(`${N}/requests/${r.id}`);
  const log = async (client, r) => (await client.get(`${N}/requests/${r.id}/activities?limit=200`)).data;

  test('AR-70, AR-71: steps with logic stay hidden until it holds, and tell approved, denied and completed apart', async () => {
    const type = await makeType([approval('t1'), task('yes', undefined, when(['t1', 'IS_APPROVED'])), task('no', undefined, when(['t1', 'IS_DENIED'])), task('any', undefined, when(['t1', 'IS_COMPLETED']))]);
    for (const [value, expected] of [['APPROVED', { yes: 'OPEN', no: 'SKIPPED', any: 'OPEN' }], ['DENIED', { yes: 'SKIPPED', no: 'OPEN', any: 'OPEN' }]]) {
      const made = await submit(type);
      assert.deepEqual(stateOf(made), { t1: 'OPEN', yes: 'HIDDEN', no: 'HIDDEN', any: 'HIDDEN' });
      assert.equal(step(made, 'yes').taskId, null);
      await decide(as.mona, made, 't1', value);
      assert.deepEqual(stateOf(await read(as.rita, made)), { t1: 'COMPLETED', ...expected });
    }
  });

  test('AR-90: a denial skips the steps guarded by "is approved" and, by itself, closes nothing', async () => {
    const type = await makeType([approval('t1'), task('t2', undefined, when(['t1', 'IS_APPROVED'])), task('t3', undefined, when(['t2', 'IS_COMPLETED']))]);
    const made = await submit(type);
    await decide(as.mona, made, 't1', 'DENIED', 'no budget');
    const now = await read(as.rita, made);
    assert.deepEqual(stateOf(now), { t1: 'COMPLETED', t2: 'SKIPPED', t3: 'SKIPPED' });
    assert.deepEqual([now.status, now.allDone, step(now, 't1').decision, step(now, 't1').note], ['OPEN', true, 'DENIED', 'no budget']);
  });

  test('AR-87: outside the audience the type is not in the catalogue, and submitting it is refused with a cause', async () => {
    const group = await admin.post('/api/v1/groups', { profile: { name: 'Testers', description: '' } });
    await admin.put(`/api/v1/groups/${group.id}/users/${people.rita.id}`, undefined, [200, 204]);
    await until(async () => (await admin.raw('GET', `/api/v1/groups/${group.id}`)).status === 200, 'the group');
    const type = await makeType([question('q1')], { audience: { type: 'TEAM', id: other.id } });
    assert.equal((await as.stan.post(`${N}/requests`, { requestTypeId: type.id, answers: { q1: 'x' } })).status, 'OPEN');
    assert.ok(!(await as.rita.get(`${N}/catalogue?limit=200`)).data.some((r) => r.id === type.id));
    assert.equal((await as.rita.raw('GET', `${N}/catalogue/${type.id}`)).status, 404);
    const r = await as.rita.raw('POST', `${N}/requests`, { body: { requestTypeId: type.id, answers: { q1: 'x' } } });
    assert.deepEqual([r.status, r.json.errorCode, r.json.errorCauses[0].reason, r.json.errorCauses[0].location], [403, 'E0000006', 'REQUEST_TYPE_SETTINGS', '/requestTypeId']);
    const token = new Client(s.url, { token: await apiToken(admin) });
    const byApi = await token.raw('POST', `${N}/requests`, { body: { requestTypeId: type.id, requesterId: people.stan.id, answers: { q1: 'x' } } });
    assert.deepEqual([byApi.status, byApi.json.errorCauses[0].reason], [403, 'REQUEST_TYPE_SETTINGS']);
    const forAnother = await as.stan.raw('POST', `${N}/requests`, { body: { requestTypeId: type.id, requesterId: people.rita.id, answers: { q1: 'x' } } });
    assert.deepEqual([forAnother.status, forAnother.json.errorCauses[0].location], [403, '/requesterId']);
  });

  test('AR-88: a visible required question needs an answer, a hidden one does not and takes none', async () => {
    const type = await makeType([
      question('q1', { inputType: 'DROPDOWN', options: ['Laptop', 'Phone'] }),
      question('q2', { text: 'Which phone', ...when(['q1', 'IS', 'Phone']) }),
    ]);
    const without = await as.rita.raw('POST', `${N}/requests`, { body: { requestTypeId: type.id, answers: { q1: 'Phone' } } });
    assert.deepEqual([without.status, locations(without)], [400, ['/answers/q2']]);
    const hidden = await submit(type, { answers: { q1: 'Laptop' } });
    assert.deepEqual(stateOf(hidden), { q1: 'COMPLETED', q2: 'SKIPPED' });
    const both = await as.rita.raw('POST', `${N}/requests`, { body: { requestTypeId: type.id, answers: { q1: 'Laptop', q2: 'x' } } });
    assert.deepEqual([both.status, locations(both)], [400, ['/answers/q2']]);
    assert.equal(step(await submit(type, { answers: { q1: 'Phone', q2: 'red' } }), 'q2').answerText, 'red');
  });

  test('every type of question takes its values and refuses others, all at once and by name', async () => {
    const type = await makeType([
      question('n', { inputType: 'NUMBER' }), question('b', { inputType: 'BOOLEAN' }), question('d', { inputType: 'DATE' }), question('l', { inputType: 'LONG_TEXT', required: false }),
      question('m', { inputType: 'DROPDOWN', multi: true, options: ['a', 'b', 'c'] }), question('u', { inputType: 'USER' }),
    ]);
    const good = { n: 2.5, b: false, d: '2027-02-28', m: ['c', 'a'], u: people.ben.id };
    const made = await submit(type, { answers: good });
    assert.deepEqual(made.steps.map((x) => x.answerText), ['2.5', 'No', '2027-02-28', null, 'c, a', 'Ben Test']);
    assert.deepEqual(made.steps.map((x) => x.answer), [2.5, false, '2027-02-28', null, ['c', 'a'], people.ben.id]);
    const bad = { n: 'two', b: 'yes', d: '2027-02-29', l: 'x'.repeat(5001), m: ['a', 'a'], u: 'nobody', z: 1 };
    const r = await as.rita.raw('POST', `${N}/requests`, { body: { requestTypeId: type.id, answers: bad } });
    assert.equal(r.status, 400);
    assert.deepEqual(locations(r).sort(), Object.keys(bad).map((k) => `/answers/${k}`).sort());
    for (const [k, v] of [['m', 'a'], ['m', ['z']], ['m', []], ['d', 20270228], ['n', null]])
      assert.deepEqual(locations(await as.rita.raw('POST', `${N}/requests`, { body: { requestTypeId: type.id, answers: { ...good, [k]: v } } })), [`/answers/${k}`], `${k} = ${JSON.stringify(v)}`);
  });

  test('AR-89: a request for somebody else records both, follows the creator, and asks the requester\'s manager', async () => {
    const type = await makeType([approval('t1')]);
    const made = await submit(type, { client: as.stan, requesterId: people.rita.id });
    assert.deepEqual([made.creator.id, made.requester.id, made.followers.map((f) => f.id)], [people.stan.id, people.rita.id, [people.stan.id]]);
    assert.deepEqual(step(made, 't1').assignees.map((a) => a.id), [people.mona.id]);
    assert.match((await log(as.rita, made))[0].text, /for Rita Test/);
    assert.ok((await as.stan.get(`${N}/requests?view=sent`)).data.some((r) => r.id === made.id));
    assert.equal((await as.stan.raw('PATCH', `${N}/requests/${made.id}`, { body: { version: made.version, subject: 'x' } })).status, 403);
    const gone = await as.stan.raw('POST', `${N}/requests`, { body: { requestTypeId: type.id, requesterId: '00uNobodyNobodyNobod', answers: {} } });
    assert.deepEqual([gone.status, locations(gone)], [400, ['/requesterId']]);
  });

  test('AR-107: managerId as login or e-mail finds the manager; anything else leaves the step unassigned and tells the assignee', async () => {
    const type = await makeType([approval('t1')]);
    const byMail = await addPerson(admin, 'boss@login.example.com', { email: 'boss.mail@example.com', firstName: 'Maila', lastName: 'Boss' });
    const cases = [['boss@login.example.com', byMail.id], ['boss.mail@example.com', byMail.id], ['Maila Boss', null], [byMail.id, null], ['', null]];
    let n = 0;
    for (const [managerId, expected] of cases) {
      const login = `managed${++n}@example.com`;
      const person = await addPerson(admin, login, { firstName: 'Managed', lastName: `${n}`, ...(managerId ? { managerId } : {}) });
      const made = await submit(type, { client: as.stan, requesterId: person.id });
      assert.deepEqual(step(made, 't1').assignees.map((a) => a.id), expected ? [expected] : [], `managerId ${managerId}`);
      assert.equal(step(made, 't1').state, 'OPEN');
      if (expected) continue;
      const told = await until(async () => (await mails(admin)).find((m) => m.requestId === made.id && m.to.includes('axel@') && /Choose/.test(m.subject)), 'the notice to choose');
      assert.match((await admin.get(`${N}/mails/${told.id}`)).text, managerId ? /no active person/ : /has no manager/);
      assert.ok((await log(as.axel, made)).some((a) => a.type === 'TASK_OPENED' && /without an assignee/.test(a.text)));
    }
    await admin.post(`/api/v1/users/${byMail.id}/lifecycle/deactivate`, {});
    const late = await addPerson(admin, 'late@example.com', { managerId: 'boss@login.example.com' });
    assert.deepEqual(step(await submit(type, { client: as.stan, requesterId: late.id }), 't1').assignees, []);
  });

  test('an approval never goes to requester or creator: their manager is asked once, else nobody', async () => {
    const type = await makeType([approval('t1', { type: 'USER', id: people.mona.id }), approval('t2', { type: 'REQUESTER' }), approval('t3', { type: 'REQUEST_ASSIGNEE' })]);
    const made = await submit(type, { client: as.mona });
    assert.deepEqual(step(made, 't1').assignees.map((a) => a.id), [people.boss.id]);
    assert.deepEqual(step(made, 't2').assignees.map((a) => a.id), [people.boss.id]);
    assert.deepEqual(step(made, 't3').assignees.map((a) => a.id), [people.axel.id]);
    const own = await submit(type, { client: as.boss });
    assert.deepEqual(step(own, 't2').assignees, []);
    const caught = await submit(type, { client: as.mona, requesterId: people.rita.id });
    assert.deepEqual(step(caught, 't2').assignees, [], 'the manager of the requester is the creator');
    const back = await as.axel.raw('POST', `${N}/tasks/${step(own, 't2').taskId}/reassign`, { body: { userIds: [people.boss.id] } });
    assert.deepEqual([back.status, locations(back)], [400, ['/userIds/0']]);
  });

  test('AR-76, AR-77, AR-91: with only a timer left a request is pending; a timer of the past ends at once; a member of the team ends one by hand', async () => {
    const type = await makeType([
      question('q1', { inputType: 'DATE' }), timer('past', { untilStepId: 'q1' }), task('t1', undefined, when(['past', 'IS_COMPLETED'])),
      timer('two', { n: 2, unit: 'DAYS' }, when(['t1', 'IS_COMPLETED'])), task('t2', undefined, when(['two', 'IS_COMPLETED'])),
    ]);
    const made = await submit(type, { answers: { q1: '2020-01-01' } });
    assert.deepEqual(stateOf(made), { q1: 'COMPLETED', past: 'COMPLETED', t1: 'OPEN', two: 'HIDDEN', t2: 'HIDDEN' });
    await decide(as.axel, made, 't1');
    const waits = await read(as.axel, made);
    assert.deepEqual([waits.status, step(waits, 'two').state], ['PENDING', 'RUNNING']);
    const left = Date.parse(step(waits, 'two').timerEndsAt) - Date.parse(step(waits, 'two').openedAt);
    assert.equal(left, 2 * 86_400_000);
    assert.deepEqual(step(waits, 'two').can, ['END']);
    const path = `${N}/tasks/${step(waits, 'two').taskId}/end`;
    assert.equal((await as.rita.raw('POST', path, { body: {} })).status, 403);
    assert.equal((await as.stan.raw('POST', path, { body: {} })).status, 404);
    assert.equal((await as.ben.raw('POST', path, { body: {} })).status, 200);
    const on = await read(as.axel, made);
    assert.deepEqual([on.status, stateOf(on).two, stateOf(on).t2], ['OPEN', 'COMPLETED', 'OPEN']);
    assert.equal((await as.ben.raw('POST', path, { body: {} })).status, 409);
    assert.ok((await log(as.axel, made)).some((a) => a.type === 'TIMER_ENDED' && a.actor?.id === people.ben.id));
  });

  test('AR-92: requester and creator may withdraw until somebody has acted', async () => {
    const type = await makeType([approval('t1'), task('t2')]);
    const made = await submit(type);
    assert.ok(made.can.includes('CANCEL'));
    assert.equal((await as.axel.raw('POST', `${N}/requests/${made.id}/cancel`, { body: {} })).status, 403);
    const gone = await as.rita.post(`${N}/requests/${made.id}/cancel`);
    assert.deepEqual([gone.status, stateOf(gone).t1, gone.resolvedAt], ['CANCELED', 'LOCKED', null]);
    assert.equal((await as.mona.raw('POST', `${N}/tasks/${step(made, 't1').taskId}/resolve`, { body: { value: 'APPROVED' } })).status, 409);
    assert.equal((await as.rita.raw('POST', `${N}/requests/${made.id}/cancel`, { body: {} })).status, 409);
    const second = await submit(type);
    await decide(as.mona, second, 't1', 'APPROVED');
    const late = await as.rita.raw('POST', `${N}/requests/${second.id}/cancel`, { body: {} });
    assert.equal(late.status, 409);
    assert.match(late.json.errorSummary, /already acted/);
    assert.ok(!(await read(as.rita, second)).can.includes('CANCEL'));
    const events = await admin.get(`/api/v1/logs?filter=${encodeURIComponent('eventType eq "access.request.cancel"')}&limit=100`);
    assert.ok(events.some((e) => e.target.some((t) => t.id === made.id)) && !events.some((e) => e.target.some((t) => t.id === second.id)));
  });

  test('AR-93: when the requester is deactivated the open requests end, the closed ones stay', async () => {
    const person = await addPerson(admin, 'leaver@example.com', {});
    const leaver = await signIn(s, 'leaver@example.com');
    const type = await makeType([task('t1')]);
    const open = await submit(type, { client: leaver });
    const closed = await submit(type, { client: leaver });
    await as.axel.post(`${N}/requests/${closed.id}/resolve`);
    await admin.post(`/api/v1/users/${person.id}/lifecycle/deactivate`, {});
    await requestWhen(as.axel, open.id, (r) => r.status === 'CANCELED', 'the request to end');
    assert.equal((await read(as.axel, closed)).status, 'RESOLVED');
    assert.ok((await log(as.axel, open)).some((a) => a.type === 'CANCELED' && a.actor === null));
  });

  test('AR-97, AR-98: a resolved request re-opens with an empty resolved time; what was locked opens, what is completed stays as it is', async () => {
    const type = await makeType([task('t1', { type: 'USER', id: people.ben.id }), task('t2'), task('t3', undefined, when(['t2', 'IS_COMPLETED']))]);
    const made = await submit(type);
    await decide(as.ben, made, 't1');
    assert.equal((await as.rita.raw('POST', `${N}/requests/${made.id}/resolve`, { body: {} })).status, 403);
    const done = await as.axel.post(`${N}/requests/${made.id}/resolve`);
    assert.deepEqual([done.status, done.autoResolved, stateOf(done)], ['RESOLVED', false, { t1: 'COMPLETED', t2: 'LOCKED', t3: 'SKIPPED' }]);
    assert.ok(done.resolvedAt);
    assert.equal((await as.axel.raw('POST', `${N}/tasks/${step(done, 't2').taskId}/resolve`, { body: {} })).status, 409);
    assert.equal((await as.axel.raw('POST', `${N}/requests/${made.id}/resolve`, { body: {} })).status, 409);
    const again = await as.axel.post(`${N}/requests/${made.id}/reopen`);
    assert.deepEqual([again.status, again.resolvedAt, stateOf(again)], ['OPEN', null, { t1: 'COMPLETED', t2: 'OPEN', t3: 'HIDDEN' }]);
    for (const [verb, body] of [['resolve', {}], ['reassign', { userIds: [people.axel.id] }], ['escalate', { reason: 'slow' }]]) {
      const r = await as.axel.raw('POST', `${N}/tasks/${step(again, 't1').taskId}/${verb}`, { body });
      assert.ok([403, 409].includes(r.status), `${verb}: ${r.status}`);
    }
    assert.deepEqual(step(again, 't1').can, []);
    assert.equal((await as.axel.raw('POST', `${N}/requests/${made.id}/reopen`, { body: {} })).status, 409);
    await decide(as.axel, again, 't2');
    assert.equal(stateOf(await read(as.axel, made)).t3, 'OPEN');
  });

  test('a request that closed by itself stays open after re-opening until somebody marks it as done', async () => {
    const type = await makeType([task('t1')], { autoResolve: true });
    const made = await submit(type);
    await decide(as.axel, made, 't1');
    const done = await read(as.rita, made);
    assert.deepEqual([done.status, done.autoResolved], ['RESOLVED', true]);
    const again = await as.axel.post(`${N}/requests/${made.id}/reopen`);
    assert.deepEqual([again.status, again.allDone, again.autoResolved], ['OPEN', true, false]);
    assert.equal((await as.axel.post(`${N}/requests/${made.id}/resolve`)).status, 'RESOLVED');
  });

  test('AR-99: a super administrator outside the owning team may see a public request and not edit it', async () => {
    const t = await makeTeam('Public desk', [me, people.axel], { mode: 'OFF', memberId: null, excluded: [] }, { privateRequests: false });
    const type = await makeType([task('t1', { type: 'USER', id: people.ben.id })], { owner: t });
    await admin.delete(`${N}/teams/${t.id}/members/${me.id}`, [204]);
    const made = await submit(type);
    assert.equal(made.private, false);
    const seen = await read(admin, made);
    assert.ok(!seen.can.includes('EDIT') && seen.can.includes('MESSAGE'));
    assert.equal((await admin.raw('PATCH', `${N}/requests/${made.id}`, { body: { version: seen.version, subject: 'mine' } })).status, 403);
    assert.equal((await admin.raw('POST', `${N}/requests/${made.id}/resolve`, { body: {} })).status, 403);
    assert.equal((await admin.raw('POST', `${N}/tasks/${step(made, 't1').taskId}/reassign`, { body: { userIds: [people.axel.id] } })).status, 403);
    assert.equal((await read(as.rita, made)).version, made.version);
  });

  test('AR-100: a private request is seen by those who have to do with it, and by no administrator who has not', async () => {
    const type = await makeType([task('t1', { type: 'USER', id: people.boss.id })]);
    const made = await submit(type, { client: as.stan, requesterId: people.rita.id });
    for (const who of ['rita', 'stan', 'axel', 'ben', 'boss']) assert.equal((await as[who].raw('GET', `${N}/requests/${made.id}`)).status, 200, who);
    for (const path of [`requests/${made.id}`, `requests/${made.number}`, `requests/${made.id}/messages`, `requests/${made.id}/activities`, `tasks/${step(made, 't1').taskId}`])
      assert.equal((await as.aram.raw('GET', `${N}/${path}`)).status, 404, path);
    assert.ok(!(await as.aram.get(`${N}/requests?view=all&limit=200`)).data.some((r) => r.id === made.id));
    assert.equal((await as.aram.raw('POST', `${N}/requests/${made.id}/messages`, { body: { text: 'hello' } })).status, 404);
    await as.axel.put(`${N}/requests/${made.id}/followers/${people.aram.id}`, {}, [204]);
    assert.equal((await as.aram.raw('GET', `${N}/requests/${made.id}`)).status, 200);
    await as.axel.delete(`${N}/requests/${made.id}/followers/${people.aram.id}`, [204]);
    assert.equal((await as.aram.raw('GET', `${N}/requests/${made.id}`)).status, 404);
    const now = await read(as.ben, made);
    await as.ben.patch(`${N}/requests/${made.id}`, { version: now.version, private: false });
    assert.equal((await as.aram.raw('GET', `${N}/requests/${made.id}`)).status, 200);
    assert.ok((await as.aram.get(`${N}/requests?view=all&limit=200`)).data.some((r) => r.id === made.id));
  });

  test('AR-101, AR-102: escalation adds the manager once, keeps the assignee, needs a single one; requesters only when the setting is on', async () => {
    const type = await makeType([task('t1', { type: 'USER', id: people.ben.id }), task('t2', { type: 'NONE' })]);
    const made = await submit(type);
    const path = `${N}/tasks/${step(made, 't1').taskId}/escalate`;
    assert.equal((await as.ben.raw('POST', path, { body: { reason: 'x' } })).status, 403, 'a task assignee');
    assert.equal((await as.rita.raw('POST', path, { body: { reason: 'x' } })).status, 403, 'the requester while the setting is off');
    assert.deepEqual(locations(await as.axel.raw('POST', path, { body: { reason: ' ' } })), ['/reason']);
    assert.equal((await as.axel.raw('POST', `${N}/tasks/${step(made, 't2').taskId}/escalate`, { body: { reason: 'x' } })).status, 409);
    assert.equal((await as.axel.raw('POST', path, { body: { reason: 'Ben is away' } })).status, 200);
    const now = await read(as.axel, made);
    assert.deepEqual(step(now, 't1').assignees.map((a) => a.id), [people.ben.id, people.mona.id]);
    assert.equal((await as.axel.raw('POST', path, { body: { reason: 'again' } })).status, 409);
    await until(async () => (await mails(admin)).some((m) => m.requestId === made.id && m.to.includes('mona@') && /Escalated/.test(m.subject)), 'the notice');
    await decide(as.mona, now, 't1');
    assert.equal((await as.ben.raw('POST', `${N}/tasks/${step(made, 't1').taskId}/resolve`, { body: {} })).status, 409);
    const settings = await admin.get(`${N}/settings`);
    await admin.patch(`${N}/settings`, { version: settings.version, requestersMayEscalate: true });
    const second = await submit(type);
    assert.ok(step(await read(as.rita, second), 't1').can.includes('ESCALATE'));
    assert.equal((await as.rita.raw('POST', `${N}/tasks/${step(second, 't1').taskId}/escalate`, { body: { reason: 'please' } })).status, 200);
    const off = await admin.get(`${N}/settings`);
    await admin.patch(`${N}/settings`, { version: off.version, requestersMayEscalate: false });
  });

  test('AR-103: a message has 1 to 5000 characters, one sent by API says so, and nobody hears of their own', async () => {
    const made = await submit(await makeType([task('t1')]));
    for (const text of ['', '   ', 'x'.repeat(5001), 7, null]) {
      const r = await as.rita.raw('POST', `${N}/requests/${made.id}/messages`, { body: { text } });
      assert.deepEqual([r.status, locations(r)], [400, ['/text']], JSON.stringify(text)?.slice(0, 20));
    }
    const long = await as.rita.post(`${N}/requests/${made.id}/messages`, { text: 'ä'.repeat(5000) });
    assert.deepEqual([long.viaApi, long.author.id], [false, people.rita.id]);
    const token = new Client(s.url, { token: await apiToken(admin, 'messages') });
    await token.post(`${N}/requests/${made.id}/messages`, { text: 'from a program' });
    const all = (await as.axel.get(`${N}/requests/${made.id}/messages`)).data;
    assert.deepEqual(all.map((m) => [m.text.length, m.viaApi]), [[5000, false], [14, true]]);
    const got = await until(async () => {
      const some = (await mails(admin)).filter((m) => m.requestId === made.id && /^Message/.test(m.subject));
      return some.length === 3 ? some : null;
    }, 'the notices of both messages');
    assert.deepEqual(got.map((m) => m.to).sort(), ['axel@example.com', 'axel@example.com', 'rita@example.com']);
  });

  test('AR-104: the list is filtered by state, team, type, assignee, requester, tag and text, and pages by cursor', async () => {
    const type = await makeType([task('t1')]), another = await makeType([task('t1')]);
    const a = await submit(type, { subject: 'Needle in the hay' }), b = await submit(type, { subject: 'Second' }), c = await submit(another, { subject: 'Third', client: as.stan });
    const tagged = await as.axel.patch(`${N}/requests/${b.id}`, { version: b.version, tags: [{ text: 'urgent', colour: 'red' }], assigneeId: people.ben.id });
    assert.deepEqual(tagged.tags, [{ text: 'urgent', colour: 'red' }]);
    await as.ben.post(`${N}/requests/${c.id}/messages`, { text: 'a word like zebra' });
    await as.axel.post(`${N}/requests/${c.id}/resolve`);
    const ids = async (filter, client = as.axel) => (await client.get(`${N}/requests?view=all&limit=200&${filter}`)).data.map((r) => r.id);
    const f = (text) => `filter=${encodeURIComponent(text)}`;
    const both = `requestType eq "${type.id}"`;
    assert.deepEqual(await ids(f(both)), [b.id, a.id]);
    assert.deepEqual(await ids(f(`(status eq "OPEN" or status eq "RESOLVED") and requestType eq "${another.id}"`)), [c.id]);
    assert.deepEqual(await ids(f(`status eq "PENDING" and requestType eq "${another.id}"`)), []);
    assert.deepEqual(await ids(f(`${both} and assignee eq "${people.ben.id}"`)), [b.id]);
    assert.deepEqual(await ids(f(`requester eq "${people.stan.id}" and requestType eq "${another.id}"`)), [c.id]);
    assert.deepEqual(await ids(f(`tag eq "urgent" and ${both}`)), [b.id]);
    assert.deepEqual(await ids(f(`team eq "${other.id}" and ${both}`)), []);
    assert.deepEqual(await ids(f(`taskAssignee eq "me" and ${both}`)), [a.id]);
    assert.deepEqual(await ids('q=needle'), [a.id]);
    assert.deepEqual(await ids('q=zebra'), [c.id]);
    assert.ok((await ids(`q=${a.number}`)).includes(a.id));
    assert.deepEqual(await ids(`q=needle&status=RESOLVED`), []);
    assert.deepEqual(await ids('q=100%25'), []);
    for (const bad of ['status eq', 'colour eq "red"', 'status ne "OPEN"', 'status eq "OPEN" or team eq "x"', 'team eq "a" and team eq "b"', '(status eq "OPEN"', 'status eq "OPEN" x', 'status eq "LATE"', 'status eq "x'])
      assert.equal((await as.axel.raw('GET', `${N}/requests?${f(bad)}`)).status, 400, bad);
    for (const bad of ['view=nothing', 'sortBy=subject', 'sortOrder=up', 'limit=201', 'limit=0', 'status=NEVER', 'after=zzz', 'overdue=maybe'])
      assert.equal((await as.axel.raw('GET', `${N}/requests?${bad}`)).status, 400, bad);
    for (const sort of ['sortBy=created&sortOrder=desc', 'sortBy=created&sortOrder=asc', 'sortBy=lastUpdated&sortOrder=desc', 'sortBy=lastUpdated&sortOrder=asc', 'sortBy=dueAt&sortOrder=asc', 'sortBy=dueAt&sortOrder=desc']) {
      const all = await ids(sort), paged = [];
      let next = `${N}/requests?view=all&limit=3&${sort}`;
      while (next) {
        const page = await as.axel.get(next);
        paged.push(...page.data.map((r) => r.id));
        next = page._links.next?.href;
        if (next) next = new URL(next, s.url).pathname + new URL(next, s.url).search;
      }
      assert.deepEqual(paged, all, sort);
      assert.ok(all.length > 3);
    }
  });

  test('the views show what each person has to do with: inbox, mine, sent, team, unassigned', async () => {
    const free = await makeTeam('Nobody yet', [me, people.ben], { mode: 'OFF', memberId: null, excluded: [] });
    const type = await makeType([task('t1', { type: 'USER', id: people.boss.id }, { due: { n: 2, unit: 'DAYS' } })], { owner: free });
    const made = await submit(type);
    const has = async (client, view, more = '') => (await client.get(`${N}/requests?view=${view}&limit=200${more}`)).data.find((r) => r.id === made.id);
    assert.equal(made.assignee, null);
    assert.ok(await has(as.rita, 'sent') && await has(as.rita, 'inbox') && !await has(as.rita, 'mine') && !await has(as.rita, 'team'));
    const mine = await has(as.boss, 'mine');
    assert.deepEqual([mine.myTask.stepId, mine.myTask.id, mine.overdue], ['t1', step(made, 't1').taskId, false]);
    assert.equal(Date.parse(mine.dueAt) - Date.parse(made.created), 2 * 86_400_000);
    assert.ok(await has(as.ben, 'team') && await has(as.ben, 'unassigned') && !await has(as.ben, 'inbox') && !await has(as.axel, 'team'));
    assert.ok(await has(as.ben, 'team', `&teamId=${free.id}`) && !await has(as.ben, 'team', `&teamId=${team.id}`) && !await has(as.axel, 'team', `&teamId=${free.id}`));
    const now = await read(as.ben, made);
    await as.ben.patch(`${N}/requests/${made.id}`, { version: now.version, assigneeId: people.ben.id });
    assert.ok(!await has(as.ben, 'unassigned') && await has(as.ben, 'inbox'));
    await decide(as.boss, made, 't1');
    assert.ok(!await has(as.boss, 'mine') && await has(as.boss, 'inbox'));
    const done = await has(as.ben, 'team', '&status=RESOLVED');
    assert.equal(done.status, 'OPEN', 'complete but not marked as done: under Open and Done');
    await as.rita.put(`${N}/requests/${made.id}/followers/${people.rita.id}`, {}, [204]);
    assert.ok(await has(as.rita, 'inbox', `&filter=${encodeURIComponent('follower eq "me"')}`));
  });

  test('tasks are listed for their assignees and teams, with state, request and due time', async () => {
    const type = await makeType([task('t1', { type: 'USER', id: people.boss.id }), task('t2', { type: 'USER', id: people.boss.id }, { due: { n: 1, unit: 'HOURS' } })]);
    const made = await submit(type);
    const of = async (client, query) => (await client.get(`${N}/tasks?limit=200&${query}`)).data.filter((x) => x.request.id === made.id);
    assert.deepEqual((await of(as.boss, 'view=mine')).map((x) => [x.stepId, x.state]), [['t2', 'OPEN'], ['t1', 'OPEN']], 'the due one first');
    assert.deepEqual((await of(as.ben, 'view=team')).length, 2);
    assert.deepEqual(await of(as.aram, 'view=all'), []);
    assert.deepEqual((await of(as.rita, `requestId=${made.id}`)).length, 2);
    assert.deepEqual((await of(as.rita, `requestId=${made.number}`)).length, 2);
    await decide(as.boss, made, 't1');
    assert.deepEqual((await of(as.boss, 'view=mine')).map((x) => x.stepId), ['t2']);
    assert.deepEqual((await of(as.boss, 'view=mine&status=COMPLETED')).map((x) => x.stepId), ['t1']);
    const one = await as.boss.get(`${N}/tasks/${step(made, 't2').taskId}`);
    assert.deepEqual([one.kind, one.requester.id, one.assignees.map((a) => a.id), one.overdue], ['CUSTOM_TASK', people.rita.id, [people.boss.id], false]);
    for (const bad of ['view=x', 'status=HIDDEN', 'limit=500', 'after=1']) assert.equal((await as.boss.raw('GET', `${N}/tasks?${bad}`)).status, 400, bad);
    assert.equal((await as.boss.raw('GET', `${N}/tasks/${made.id}`)).status, 404);
    assert.equal((await as.boss.raw('GET', `${N}/tasks/ffffffffffffffffffffff01`)).status, 404);
  });

  test('AR-106: two people completing the last two steps at the same moment close the request exactly once', async () => {
    const type = await makeType([task('t1', { type: 'USER', id: people.ben.id }), task('t2', { type: 'USER', id: people.boss.id })], { autoResolve: true });
    for (let i = 0; i < 10; i++) {
      const made = await submit(type);
      const both = await Promise.all([
        as.ben.raw('POST', `${N}/tasks/${step(made, 't1').taskId}/resolve`, { body: {} }), as.boss.raw('POST', `${N}/tasks/${step(made, 't2').taskId}/resolve`, { body: {} }),
      ]);
      assert.deepEqual(both.map((r) => r.status), [200, 200]);
      const done = await read(as.rita, made);
      assert.equal(done.status, 'RESOLVED');
      assert.equal((await log(as.rita, made)).filter((a) => a.type === 'RESOLVED').length, 1);
    }
    const made = await submit(await makeType([approval('t1', { type: 'TEAM', id: team.id })]));
    const race = await Promise.all([as.axel, as.ben].map((c, i) => c.raw('POST', `${N}/tasks/${step(made, 't1').taskId}/resolve`, { body: { value: i ? 'DENIED' : 'APPROVED' } })));
    assert.deepEqual(race.map((r) => r.status).sort(), [200, 409], 'one of two decisions counts');
  });

  test('questions for others are tasks of the running request; an action of theirs opens what depends on the answer', async () => {
    const type = await makeType([approval('t1'), question('q1', { inputType: 'NUMBER', assignTo: { type: 'REQUEST_ASSIGNEE' }, ...when(['t1', 'IS_APPROVED']) }), task('t2', { type: 'REQUESTER' }, when(['q1', 'IS', 5]))]);
    const made = await submit(type);
    await decide(as.mona, made, 't1', 'APPROVED');
    const asked = await read(as.axel, made);
    assert.deepEqual(step(asked, 'q1').can.includes('RESOLVE'), true);
    assert.deepEqual(locations(await as.axel.raw('POST', `${N}/tasks/${step(asked, 'q1').taskId}/resolve`, { body: { value: 'five' } })), ['/value']);
    assert.deepEqual(locations(await as.axel.raw('POST', `${N}/tasks/${step(asked, 'q1').taskId}/resolve`, { body: {} })), ['/value']);
    await decide(as.axel, asked, 'q1', 5);
    const on = await read(as.rita, made);
    assert.deepEqual([step(on, 'q1').answer, step(on, 'q1').answerText, step(on, 't2').state, step(on, 't2').assignees[0].id], [5, '5', 'OPEN', people.rita.id]);
    await until(async () => (await mails(admin)).some((m) => m.requestId === made.id && /^Question/.test(m.subject) && m.to.includes('axel@')), 'the notice of the question');
  });

  test('tasks of the request\'s assignee go with the role; those given by hand stay', async () => {
    const type = await makeType([task('t1'), task('t2')]);
    const made = await submit(type);
    await as.axel.post(`${N}/tasks/${step(made, 't2').taskId}/reassign`, { userIds: [people.boss.id] });
    const now = await read(as.axel, made);
    const on = await as.axel.patch(`${N}/requests/${made.id}`, { version: now.version, assigneeId: people.ben.id });
    assert.deepEqual([on.assignee.id, step(on, 't1').assignees[0].id, step(on, 't2').assignees[0].id], [people.ben.id, people.ben.id, people.boss.id]);
    assert.ok((await as.ben.get(`${N}/requests?view=mine&limit=200`)).data.some((r) => r.id === made.id));
    assert.ok(!(await as.axel.get(`${N}/requests?view=mine&limit=200`)).data.some((r) => r.id === made.id));
    const outsider = await as.axel.raw('PATCH', `${N}/requests/${made.id}`, { body: { version: on.version, assigneeId: people.stan.id } });
    assert.deepEqual([outsider.status, locations(outsider)], [400, ['/assigneeId']]);
  });

  test('a request given to another team is handled by it, and the old team no longer sees it', async () => {
    const made = await submit(await makeType([task('t1')]));
    const on = await as.axel.patch(`${N}/requests/${made.id}`, { version: made.version, teamId: other.id });
    assert.deepEqual([on.team.id, on.assignee], [other.id, null]);
    assert.equal((await as.ben.raw('GET', `${N}/requests/${made.id}`)).status, 404);
    assert.equal((await read(as.stan, made)).team.id, other.id);
    const bad = await as.stan.raw('PATCH', `${N}/requests/${made.id}`, { body: { version: on.version, teamId: 'ffffffffffffffffffffffff' } });
    assert.deepEqual([bad.status, locations(bad)], [400, ['/teamId']]);
  });

  test('hold and release: pending by hand until released or a person does something', async () => {
    const made = await submit(await makeType([task('t1'), task('t2')]));
    const held = await as.rita.post(`${N}/requests/${made.id}/hold`);
    assert.deepEqual([held.status, held.can.includes('RELEASE'), held.can.includes('HOLD')], ['PENDING', true, false]);
    assert.equal((await as.rita.raw('POST', `${N}/requests/${made.id}/hold`, { body: {} })).status, 409);
    assert.equal((await as.axel.post(`${N}/requests/${made.id}/release`)).status, 'OPEN');
    assert.equal((await as.axel.raw('POST', `${N}/requests/${made.id}/release`, { body: {} })).status, 409);
    await as.rita.post(`${N}/requests/${made.id}/hold`);
    await as.rita.post(`${N}/requests/${made.id}/messages`, { text: 'here I am' });
    assert.equal((await read(as.rita, made)).status, 'OPEN');
    await as.rita.post(`${N}/requests/${made.id}/hold`);
    await decide(as.axel, made, 't1');
    assert.equal((await read(as.rita, made)).status, 'OPEN');
  });

  test('changes need the version that was read, and name the field that is wrong', async () => {
    const made = await submit(await makeType([task('t1')]), { subject: '  Wide   ' });
    assert.equal(made.subject, 'Wide');
    const on = await as.axel.patch(`${N}/requests/${made.id}`, { version: made.version, subject: 'New subject' });
    assert.equal(on.subject, 'New subject');
    assert.equal((await as.axel.raw('PATCH', `${N}/requests/${made.id}`, { body: { version: made.version, subject: 'stale' } })).status, 409);
    const cases = [
      [{}, '/version'], [{ version: on.version, subject: '' }, '/subject'], [{ version: on.version, subject: 'x'.repeat(251) }, '/subject'], [{ version: on.version, subject: 'a\nb' }, '/subject'],
      [{ version: on.version, subject: null }, '/subject'], [{ version: on.version, status: 'RESOLVED' }, '/status'], [{ version: on.version, private: 'yes' }, '/private'],
      [{ version: on.version, tags: [{ text: 'x', colour: 'pink' }] }, '/tags/0'], [{ version: on.version, tags: Array(21).fill({ text: 'x', colour: 'red' }) }, '/tags'],
      [{ version: on.version, assigneeId: 7 }, '/assigneeId'],
    ];
    for (const [body, location] of cases) {
      const r = await as.axel.raw('PATCH', `${N}/requests/${made.id}`, { body });
      assert.deepEqual([r.status, locations(r)], [400, [location]], JSON.stringify(body).slice(0, 80));
    }
    assert.deepEqual(await read(as.axel, made), on, 'nothing was stored');
    await as.axel.post(`${N}/requests/${made.id}/resolve`);
    const closed = await read(as.axel, made);
    assert.equal((await as.axel.raw('PATCH', `${N}/requests/${made.id}`, { body: { version: closed.version, subject: 'late' } })).status, 409);
    assert.equal((await as.axel.raw('GET', `${N}/requests/0`)).status, 404);
    assert.equal((await as.axel.raw('GET', `${N}/requests/nonsense`)).status, 404);
  });

  test('commands on tasks refuse what their kind and state do not allow, and people who may not', async () => {
    const made = await submit(await makeType([approval('t1'), task('t2')]));
    const t1 = `${N}/tasks/${step(made, 't1').taskId}`, t2 = `${N}/tasks/${step(made, 't2').taskId}`;
    const status = async (client, path, body = {}) => (await client.raw('POST', path, { body })).status;
    assert.deepEqual(locations(await as.mona.raw('POST', `${t1}/resolve`, { body: { value: 'MAYBE' } })), ['/value']);
    assert.deepEqual(locations(await as.mona.raw('POST', `${t1}/resolve`, { body: { value: 'APPROVED', note: 'x'.repeat(2001) } })), ['/note']);
    assert.deepEqual(locations(await as.mona.raw('POST', `${t1}/resolve`, { body: { value: 'APPROVED', why: 'x' } })), ['/why']);
    assert.deepEqual(locations(await as.axel.raw('POST', `${t2}/resolve`, { body: { value: 'x' } })), ['/value']);
    assert.equal(await status(as.axel, `${t1}/resolve`, { value: 'APPROVED' }), 403, 'not the assignee of the task');
    assert.equal(await status(as.aram, `${t1}/resolve`, { value: 'APPROVED' }), 404, 'may not know of it');
    assert.equal(await status(as.axel, `${t2}/run`), 409);
    assert.equal(await status(as.axel, `${t2}/complete`), 409);
    assert.equal(await status(as.ben, `${t2}/end`), 409);
    assert.equal(await status(as.rita, `${t2}/reassign`, { userIds: [people.ben.id] }), 403);
    for (const [body, location] of [[{}, '/userIds'], [{ userIds: [] }, '/userIds'], [{ userIds: ['x'] }, '/userIds/0'], [{ userIds: [7] }, '/userIds/0'], [{ groupId: 'x' }, '/groupId'],
      [{ userIds: [people.ben.id, people.ben.id] }, '/userIds/1'], [{ userIds: Array(11).fill(people.ben.id) }, '/userIds'], [{ userIds: [people.ben.id], groupId: 'x' }, '/userIds']]) {
      const r = await as.axel.raw('POST', `${t2}/reassign`, { body });
      assert.deepEqual([r.status, locations(r)], [400, [location]], JSON.stringify(body).slice(0, 60));
    }
    await decide(as.mona, made, 't1', 'APPROVED');
    assert.equal(await status(as.mona, `${t1}/resolve`, { value: 'APPROVED' }), 409);
    assert.equal(await status(as.axel, `${t1}/reassign`, { userIds: [people.ben.id] }), 409);
  });

  test('AR-121: a link in a mail asks for a session, shows the decision, and decides nothing by being opened', async () => {
    const made = await submit(await makeType([question('q1'), approval('t1')]), { answers: { q1: 'because of the lab' } });
    const mail = await until(async () => (await mails(admin)).find((m) => m.requestId === made.id && m.to.includes('mona@')), 'the mail');
    const text = (await admin.get(`${N}/mails/${mail.id}`)).text;
    const path = new URL(/http\S+\/decide\/\S+/.exec(text)[0]).pathname;
    assert.match(text, /because of the lab/);
    const stranger = new Client(s.url);
    const opened = await stranger.raw('GET', path);
    assert.ok([302, 303].includes(opened.status) && /sign-in/.test(opened.headers.get('location')));
    const posted = await stranger.raw('POST', path, { type: 'application/x-www-form-urlencoded', body: 'value=APPROVED' });
    assert.ok(posted.status >= 300, `${posted.status}`);
    const page = await as.mona.raw('GET', path);
    assert.equal(page.status, 200);
    assert.match(page.text, /because of the lab/);
    assert.equal((await as.aram.raw('GET', path)).status, 404, 'the link gives no right');
    assert.equal((await as.mona.raw('GET', `${path.slice(0, -1)}${path.endsWith('A') ? 'B' : 'A'}`)).status, 404, 'a changed link');
    assert.equal(stateOf(await read(as.mona, made)).t1, 'OPEN', 'reading never decides');
    const decided = await as.mona.form(path, { value: 'APPROVED', note: 'by mail' });
    assert.equal(decided.status, 200);
    const now = await read(as.mona, made);
    assert.deepEqual([step(now, 't1').decision, step(now, 't1').note], ['APPROVED', 'by mail']);
    assert.match((await as.mona.raw('GET', path)).text, /Approved/);
  });

  test('notices: once for each recipient and trigger, to nobody about their own doing, threaded by request', async () => {
    const made = await submit(await makeType([approval('t1'), task('t2')], { autoResolve: true }));
    const of = async () => (await mails(admin)).filter((m) => m.requestId === made.id);
    await decide(as.mona, made, 't1', 'APPROVED');
    await decide(as.axel, made, 't2');
    const all = await until(async () => { const some = await of(); return some.some((m) => /^Closed/.test(m.subject)) ? some : null; }, 'the last notice');
    const said = all.map((m) => `${m.to.split('@')[0]} ${m.subject.split(':')[0]}`).sort();
    assert.deepEqual(said, ['axel Assigned to you', 'axel Updated', 'axel Waits for you', 'mona Waits for you', 'rita Closed', 'rita Updated']);
    const full = await Promise.all(all.map((m) => admin.get(`${N}/mails/${m.id}`)));
    assert.equal(new Set(full.map((m) => m.messageId)).size, full.length);
  });

  test('the system log tells of request, decision and close with actor and targets', async () => {
    const made = await submit(await makeType([approval('t1')], { autoResolve: true }));
    await decide(as.mona, made, 't1', 'APPROVED');
    const events = await admin.get('/api/v1/logs?limit=1000&sortOrder=DESCENDING');
    const of = (type) => events.filter((e) => e.eventType === type && (e.target.some((t) => t.id === made.id)));
    assert.deepEqual([of('access.request.create').length, of('reeve.task.approve').length, of('access.request.resolve').length], [1, 1, 1]);
    assert.equal(of('access.request.create')[0].actor.id, people.rita.id);
    assert.equal(of('reeve.task.approve')[0].actor.id, people.mona.id);
    assert.deepEqual(of('access.request.update').map((e) => [e.actor.id, e.debugContext.debugData.changes]), [[people.mona.id, ['APPROVED']]]);
    assert.ok(of('access.request.create')[0].target.some((t) => t.type === 'User' && t.id === people.rita.id));
  });
});

describe('requests that run workflows', () => {
  let s, admin, b, flow;
  before(async () => {
    s = await startReeve();
    admin = await firstAdministrator(s);
    b = await badgeScenario(admin, s);
    flow = await badgeFlow(admin, { name: 'Typed flow', connectionId: b.connection.id, extra: [
      { key: 'count', label: 'Count', type: 'number' }, { key: 'flag', label: 'Flag', type: 'boolean' }, { key: 'link', label: 'Link', type: 'text' },
    ] });
    await letAccessRequestsRun(admin, [flow.id], 'Run typed flows');
    await syncWorkflows(admin);
  });
  after(() => s?.stop());
  let names = 0;
  const action = (id, inputs, more = {}) => ({
    id, kind: 'ACTION', text: `Action ${id}`, action: 'RUN_WORKFLOW', automatic: true, flowId: flow.id,
    inputs: { requesterEmail: { source: 'REQUESTER_EMAIL' }, buildingRequested: { source: 'QUESTION', stepId: 'q1' }, businessJustification: { source: 'REQUEST_SUBJECT' }, assigneeEmail: { source: 'ASSIGNEE_EMAIL' }, ...inputs }, ...more,
  });
  const publish = async (steps, autoResolve = false) => {
    const type = await admin.post(`${N}/request-types`, { name: `Flow type ${++names}`, description: 'x', icon: 'badge', teamId: b.team.id, audience: { type: 'EVERYONE' }, autoResolve, steps });
    return admin.post(`${N}/request-types/${type.id}/publish`, {});
  };
  const submit = (type, answers, more = {}) => b.requester.post(`${N}/requests`, { requestTypeId: type.id, answers, ...more });

  test('AR-21: a text that is no number makes the step fail with input and value, and a new answer source is not asked for', async () => {
    const type = await publish([question('q1'), action('a1', { count: { source: 'QUESTION', stepId: 'q1' } })]);
    const bad = await submit(type, { q1: '12 or so' });
    assert.equal(step(bad, 'a1').state, 'FAILED');
    assert.match(step(bad, 'a1').error, /input Count: "12 or so" is not a number/);
    assert.equal((await admin.get(`${N}/runs?requestId=${bad.id}`)).data.length, 0);
    const seen = await b.assignee.get(`${N}/requests/${bad.id}`);
    assert.deepEqual(step(seen, 'a1').can.filter((c) => c === 'RUN' || c === 'COMPLETE'), ['RUN', 'COMPLETE']);
    assert.equal(seen.myTask.stepId, 'a1');
    const good = await requestWhen(b.assignee, (await submit(type, { q1: ' -12.50 ' })).id, (r) => step(r, 'a1').state === 'COMPLETED', 'the action');
    assert.equal((await runEnded(admin, step(good, 'a1').runId)).inputs.count, -12.5);
    const told = await until(async () => (await mails(admin)).find((m) => m.requestId === bad.id && /^Action failed/.test(m.subject)), 'N16');
    assert.equal(told.to, 'axel@example.com');
  });

  test('sources and types: dates, choices, constants, subject, link; an empty answer is null and its key is there', async () => {
    const type = await publish([
      question('q1', { inputType: 'DROPDOWN', options: ['yes', 'no'] }), question('q2', { inputType: 'DATE', required: false }),
      action('a1', { flag: { source: 'QUESTION', stepId: 'q1' }, endDate: { source: 'QUESTION', stepId: 'q2' }, count: { source: 'CONSTANT', value: 3 }, link: { source: 'REQUEST_URL' }, assigneeEmail: { source: 'ASSIGNEE_EMAIL' } }),
    ]);
    const made = await submit(type, { q1: 'yes' }, { subject: 'About this' });
    const on = await requestWhen(b.assignee, made.id, (r) => step(r, 'a1').state === 'COMPLETED', 'the action');
    const sent = step(on, 'a1').sentInputs;
    assert.deepEqual(sent, {
      requesterEmail: 'rita@example.com', buildingRequested: 'yes', businessJustification: 'About this', assigneeEmail: 'axel@example.com', endDate: null, count: 3, flag: true,
      link: `${(await admin.get(`${N}/session`)).organisation.baseUrl}/requests/${made.number}`,
    });
    assert.deepEqual((await runEnded(admin, step(on, 'a1').runId)).inputs.flag, true);
  });

  test('AR-27: the flow gets the caller object with request, type, step, team and people', async () => {
    const type = await publish([question('q1'), action('a1', {})]);
    const made = await submit(type, { q1: 'x' }, { subject: 'Who calls' });
    const on = await requestWhen(b.assignee, made.id, (r) => step(r, 'a1').state === 'COMPLETED', 'the action');
    await runEnded(admin, step(on, 'a1').runId);
    const history = await admin.get(`${N}/runs/${step(on, 'a1').runId}/cards`);
    const pin = history.cards[0].outputs.find((o) => o.key === 'caller');
    assert.deepEqual(history.data[0].outputs[pin.id], {
      product: 'access-requests', type: 'request', schemaVersion: 1,
      request: { id: made.id, number: made.number, subject: 'Who calls', url: `${(await admin.get(`${N}/session`)).organisation.baseUrl}/requests/${made.number}`, kind: 'REQUEST_TYPE' },
      requestType: { id: type.id, name: type.name, version: 1 }, step: { id: 'a1', text: 'Action a1', attempt: 1 }, team: { id: b.team.id, name: 'Badge access' },
      requester: { id: b.people.requester.id, login: 'rita@example.com', email: 'rita@example.com' }, creator: { id: b.people.requester.id },
      assignee: { id: b.people.assignee.id, email: 'axel@example.com' },
    });
  });

  test('AR-28, AR-79: without Run automatically the step is a task that runs only after Run; Mark as complete runs nothing', async () => {
    const type = await publish([question('q1'), action('a1', {}, { automatic: false, assignTo: { type: 'REQUEST_ASSIGNEE' } }), task('t1', undefined, when(['a1', 'IS_COMPLETED']))]);
    const made = await submit(type, { q1: 'x' });
    assert.deepEqual([stateOf(made).a1, made.status, step(made, 'a1').assignees[0].id], ['OPEN', 'OPEN', b.people.assignee.id]);
    assert.equal((await admin.get(`${N}/runs?requestId=${made.id}`)).data.length, 0);
    assert.equal((await b.requester.raw('POST', `${N}/tasks/${step(made, 'a1').taskId}/run`, { body: {} })).status, 403);
    await b.assignee.post(`${N}/tasks/${step(made, 'a1').taskId}/run`);
    const on = await requestWhen(b.assignee, made.id, (r) => stateOf(r).t1 === 'OPEN', 'the task behind it');
    assert.ok(step(on, 'a1').runId);
    assert.equal((await b.assignee.raw('POST', `${N}/tasks/${step(made, 'a1').taskId}/run`, { body: {} })).status, 409);
    const second = await submit(type, { q1: 'y' });
    await b.assignee.post(`${N}/tasks/${step(second, 'a1').taskId}/complete`);
    const done = await b.assignee.get(`${N}/requests/${second.id}`);
    assert.deepEqual([stateOf(done).a1, stateOf(done).t1, step(done, 'a1').runId, step(done, 'a1').endedBy.id], ['COMPLETED', 'OPEN', null, b.people.assignee.id]);
    assert.equal((await admin.get(`${N}/runs?requestId=${second.id}`)).data.length, 0);
  });

  test('AR-29: the activity log shows the workflow\'s name, the time, the values and the run, and later how it ended', async () => {
    const type = await publish([question('q1'), action('a1', { endDate: { source: 'CONSTANT', value: '2027-01-31' } })]);
    const made = await submit(type, { q1: 'x' });
    const lines = await until(async () => {
      const all = (await b.requester.get(`${N}/requests/${made.id}/activities`)).data;
      return all.some((a) => a.type === 'WORKFLOW_FINISHED') ? all : null;
    }, 'the end of the workflow');
    const on = await admin.get(`${N}/requests/${made.id}`);
    const ran = lines.find((a) => a.type === 'WORKFLOW_CALLED');
    assert.match(ran.text, /Ran workflow "Typed flow"/);
    assert.ok(Date.parse(ran.at) >= Date.parse(made.created));
    assert.deepEqual([ran.detail.runId, ran.detail.inputs.buildingRequested], [step(on, 'a1').runId, 'x']);
    assert.deepEqual(on.runs.map((r) => [r.runId, r.flow.name, r.mayOpen]), [[step(on, 'a1').runId, 'Typed flow', true]]);
    assert.equal((await b.requester.get(`${N}/requests/${made.id}`)).runs[0].mayOpen, false);
  });

  test('a workflow that fails inside is a line in the log and changes nothing in the request', async () => {
    const type = await publish([question('q1'), action('a1', { requesterEmail: { source: 'QUESTION', stepId: 'q1' } }), task('t1')]);
    const made = await submit(type, { q1: 'nobody@example.com' });
    const lines = await until(async () => {
      const all = (await b.assignee.get(`${N}/requests/${made.id}/activities`)).data;
      return all.some((a) => a.type === 'WORKFLOW_FAILED') ? all : null;
    }, 'the failure of the workflow');
    assert.match(lines.find((a) => a.type === 'WORKFLOW_FAILED').text, /failed in card "/);
    const on = await b.assignee.get(`${N}/requests/${made.id}`);
    assert.deepEqual([on.status, stateOf(on), step(on, 'a1').runStatus], ['OPEN', { q1: 'COMPLETED', a1: 'COMPLETED', t1: 'OPEN' }, 'FAILED']);
  });

  test('an automatic action waits for the answer of a question that is asked of somebody else', async () => {
    const type = await publish([question('q1'), question('q2', { assignTo: { type: 'REQUEST_ASSIGNEE' } }), action('a1', { link: { source: 'QUESTION', stepId: 'q2' } })]);
    const made = await submit(type, { q1: 'x' });
    assert.deepEqual([stateOf(made).q2, stateOf(made).a1], ['OPEN', 'ASSIGNING']);
    await decide(b.assignee, made, 'q2', 'later');
    const on = await requestWhen(b.assignee, made.id, (r) => stateOf(r).a1 === 'COMPLETED', 'the action');
    assert.equal(step(on, 'a1').sentInputs.link, 'later');
  });

  test('when the team loses the switch, the step fails with the sentence of that precondition and nothing is sent', async () => {
    const type = await publish([question('q1'), approval('t1'), action('a1', {}, when(['t1', 'IS_APPROVED']))]);
    const made = await submit(type, { q1: 'x' });
    await admin.delete(`${N}/integrations/${b.okta.id}/teams/${b.team.id}`, [204]);
    await decide(b.manager, made, 't1', 'APPROVED');
    const failed = await requestWhen(b.assignee, made.id, (r) => stateOf(r).a1 === 'FAILED', 'the action to fail');
    assert.match(step(failed, 'a1').error, /not selected in the Okta integration/);
    assert.equal((await admin.get(`${N}/runs?requestId=${made.id}`)).data.length, 0);
    await giveTeam(admin, b.team.id);
    await b.assignee.post(`${N}/tasks/${step(failed, 'a1').taskId}/run`);
    const on = await requestWhen(b.assignee, made.id, (r) => stateOf(r).a1 === 'COMPLETED', 'the action');
    assert.equal(step(on, 'a1').attempt, 2);
  });
});
