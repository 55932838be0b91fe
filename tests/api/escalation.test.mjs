// Attempts to end with more rights than one had (security.md 2.5, 2.8): by people of every kind, against objects of
// others, their own requests, their own account. Each is refused, and the refusal changes nothing.
import test, { before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { startReeve, firstAdministrator, addPerson, signIn, apiToken, adminPassword, until, Client } from '../lib/reeve.mjs';
import { badgeScenario, badgeSteps, submitBadge, step, N } from '../lib/badge.mjs';

let s, token, b, org;
const people = {}, as = {};
const refused = async (client, method, path, body, statuses = [403, 404]) => {
  const r = await client.raw(method, path, { body });
  assert.ok(statuses.includes(r.status), `${method} ${path}: ${r.status} ${r.text.slice(0, 300)}`);
  return r;
};
const standardRole = (id, type) => token.post(`/api/v1/users/${id}/roles`, { type }, [201]);
before(async () => {
  s = await startReeve();
  const admin = await firstAdministrator(s);
  token = new Client(s.url, { token: await apiToken(admin) });
  b = await badgeScenario(token, s);
  org = (await token.get(`${N}/session`)).organisation;
  for (const name of ['olga', 'otto', 'helga', 'orla', 'wanda', 'arno', 'ines']) people[name] = await addPerson(token, `${name}@example.com`);
  await standardRole(people.helga.id, 'HELP_DESK_ADMIN');
  await standardRole(people.orla.id, 'ORG_ADMIN');
  await standardRole(people.wanda.id, 'WORKFLOWS_ADMIN');
  await standardRole(people.arno.id, 'ACCESS_REQUESTS_ADMIN');
  for (const name of Object.keys(people)) as[name] = await signIn(s, `${name}@example.com`);
});
after(() => s?.stop());

describe('one\'s own account', () => {
  test('nobody gets a link that sets their own password without the old one', async () => {
    for (const client of [as.olga, as.helga, token])
      for (const verb of ['reset_password', 'expire_password']) await refused(client, 'POST', `/api/v1/users/me/lifecycle/${verb}?sendEmail=false`, {});
    assert.equal((await token.raw('POST', '/api/v1/users/me', { body: { credentials: { password: { value: 'set without the old one' } } } })).status, 403);
    assert.equal((await as.olga.raw('GET', `${N}/session`)).status, 200, 'and stays signed in');
    assert.equal((await token.get(`/api/v1/users/${people.olga.id}`)).status, 'ACTIVE');
  });
  test('nobody changes what steers routing, or the own state', async () => {
    for (const profile of [{ managerId: 'otto@example.com' }, { login: 'admin2@example.com' }, { email: 'x@example.com' }])
      await refused(as.olga, 'POST', '/api/v1/users/me', { profile });
    for (const verb of ['deactivate', 'suspend', 'activate', 'unlock', 'reactivate']) await refused(as.olga, 'POST', `/api/v1/users/me/lifecycle/${verb}`, {});
    await refused(as.olga, 'DELETE', '/api/v1/users/me');
    assert.equal((await token.get(`/api/v1/users/${people.olga.id}`)).profile.managerId ?? null, null);
  });
  test('a password is changed with the old one only, and every other session ends', async () => {
    const one = await signIn(s, 'otto@example.com'), two = await signIn(s, 'otto@example.com');
    await refused(one, 'POST', '/api/v1/users/me/credentials/change_password', { oldPassword: { value: 'not the old one at all' }, newPassword: { value: 'another sentence that is long' } });
    await one.post('/api/v1/users/me/credentials/change_password', { oldPassword: { value: adminPassword }, newPassword: { value: 'another sentence that is long' } });
    assert.equal((await one.raw('GET', `${N}/session`)).status, 200);
    assert.equal((await two.raw('GET', `${N}/session`)).status, 403);
    as.otto = await signIn(s, 'otto@example.com', 'another sentence that is long');
  });
  test('people without a role make no API token, and a role that is taken away takes its token\'s worth along', async () => {
    await refused(as.olga, 'POST', `${N}/api-tokens`, { name: 'mine' });
    const made = await as.helga.post(`${N}/api-tokens`, { name: 'help desk' });
    const client = new Client(s.url, { token: made.token });
    assert.equal((await client.raw('GET', `/api/v1/users/${people.olga.id}`)).status, 200);
    const grant = (await token.get(`/api/v1/users/${people.helga.id}/roles`))[0];
    await token.delete(`/api/v1/users/${people.helga.id}/roles/${grant.id}`);
    assert.equal((await client.raw('GET', `/api/v1/users/${people.olga.id}`)).status, 404);
    await standardRole(people.helga.id, 'HELP_DESK_ADMIN');
    await token.post(`/api/v1/users/${people.helga.id}/lifecycle/suspend`, {});
    assert.equal((await client.raw('GET', `${N}/session`)).status, 401);
    await token.post(`/api/v1/users/${people.helga.id}/lifecycle/unsuspend`, {});
    as.helga = await signIn(s, 'helga@example.com');
  });
});

describe('roles', () => {
  test('no administrator but a super administrator makes or gives a role, a set or an assignment', async () => {
    const orn = `orn:okta:directory:${org.id}:users`;
    for (const name of ['olga', 'helga', 'orla', 'wanda', 'arno']) {
      const c = as[name];
      await refused(c, 'POST', '/api/v1/iam/roles', { label: `By ${name}`, description: 'x', permissions: ['okta.users.manage'] });
      await refused(c, 'POST', '/api/v1/iam/resource-sets', { label: `By ${name}`, description: 'x', resources: [orn] });
      await refused(c, 'POST', `/api/v1/iam/resource-sets/${b.set.id}/bindings`, { role: b.role.id, members: [`${org.baseUrl}/api/v1/users/${people[name].id}`] });
      await refused(c, 'PATCH', `/api/v1/iam/resource-sets/${b.set.id}/bindings/${b.role.id}/members`, { additions: [`${org.baseUrl}/api/v1/users/${people[name].id}`] });
      await refused(c, 'POST', `/api/v1/iam/roles/${b.role.id}/permissions/okta.users.manage`, {});
      await refused(c, 'PATCH', `/api/v1/iam/resource-sets/${b.set.id}/resources`, { additions: [orn] });
      await refused(c, 'POST', `/api/v1/users/${people[name].id}/roles`, { type: 'SUPER_ADMIN' });
      await refused(c, 'POST', `/api/v1/users/me/roles`, { type: 'SUPER_ADMIN' });
    }
    for (const name of ['olga', 'helga', 'orla', 'wanda', 'arno']) assert.equal((await as[name].get(`${N}/session`)).superAdmin, false, name);
  });
  test('a group that carries a role is joined through super administrators alone', async () => {
    const group = await token.post('/api/v1/groups', { profile: { name: 'Carries a role' } });
    await token.post(`/api/v1/groups/${group.id}/roles`, { type: 'SUPER_ADMIN' }, [201]);
    await refused(as.orla, 'PUT', `/api/v1/groups/${group.id}/users/${people.orla.id}`);
    await refused(as.orla, 'PUT', `/api/v1/groups/${group.id}/users/${people.olga.id}`);
    await refused(as.orla, 'POST', '/api/v1/users?activate=true', { profile: { login: 'new@example.com', email: 'new@example.com', firstName: 'N', lastName: 'W' }, groupIds: [group.id] });
    await refused(as.orla, 'DELETE', `/api/v1/groups/${group.id}`);
    assert.equal((await token.get(`/api/v1/groups/${group.id}/users`)).length, 0);
    await token.delete(`/api/v1/groups/${group.id}`);
  });
  test('nobody acts on an administrator with fewer rights than that one has', async () => {
    const me = b.me.id;
    for (const name of ['helga', 'orla']) {
      for (const verb of ['reset_password', 'expire_password', 'deactivate', 'suspend']) await refused(as[name], 'POST', `/api/v1/users/${me}/lifecycle/${verb}?sendEmail=false`, {});
      await refused(as[name], 'POST', `/api/v1/users/${me}`, { profile: { email: 'mine@example.com' } });
      await refused(as[name], 'POST', `/api/v1/users/${me}`, { profile: { login: 'mine@example.com' } });
      await refused(as[name], 'PUT', `/api/v1/users/${me}`, { profile: { login: 'mine@example.com', email: 'mine@example.com', firstName: 'A', lastName: 'B' } });
      await refused(as[name], 'POST', `/api/v1/users/${me}`, { credentials: { password: { value: 'a password of somebody else' } } });
      await refused(as[name], 'DELETE', `/api/v1/users/${me}`);
      await refused(as[name], 'POST', `/api/v1/users/${people.wanda.id}/lifecycle/reset_password?sendEmail=false`, {});
    }
    assert.equal((await token.get(`/api/v1/users/${me}`)).status, 'ACTIVE');
  });
  test('an administrator of people sets no own password without the old one', async () => {
    await refused(as.orla, 'POST', '/api/v1/users/me', { credentials: { password: { value: 'a password without the old one' } } });
    await signIn(s, 'orla@example.com');
  });
  test('nobody changes an assignment that names themselves, and the last super administrator stays', async () => {
    const grants = await token.get(`/api/v1/users/${b.me.id}/roles`);
    await refused(token, 'DELETE', `/api/v1/users/${b.me.id}/roles/${grants[0].id}`);
    await refused(token, 'POST', `/api/v1/users/${b.me.id}/roles`, { type: 'HELP_DESK_ADMIN' });
    await refused(token, 'POST', `/api/v1/users/${b.me.id}/lifecycle/deactivate`, {});
    await refused(token, 'DELETE', `/api/v1/users/${b.me.id}`);
    assert.equal((await token.get(`${N}/session`)).superAdmin, true);
  });
});

test('a refusal is written down with who, what and from where; so are an export, a test and what people change for themselves', async () => {
  await refused(as.olga, 'GET', `${N}/flows/${b.flow.id}`);
  await token.get(`${N}/flows/${b.flow.id}/export`);
  await token.get(`${N}/folders/${(await token.get(`${N}/flows/${b.flow.id}`)).folderId}/export`);
  await token.post(`${N}/connections/${b.connection.id}/test`, {});
  await token.patch(`${N}/connections/${b.connection.id}`, { version: (await token.get(`${N}/connections/${b.connection.id}`)).version, name: 'Renamed' });
  await as.olga.patch(`${N}/preferences`, { version: 1, theme: 'dark' });
  const events = async (type) => (await token.get(`/api/v1/logs?limit=1000&sortOrder=DESCENDING&filter=${encodeURIComponent(`eventType eq "${type}"`)}`));
  const e = await until(async () => (await events('reeve.access.refuse')).find((x) => x.actor.id === people.olga.id && x.target[0].displayName === 'getFlow'), 'the event of the refusal');
  assert.equal(e.outcome.result, 'FAILURE');
  assert.equal(e.target[0].id, 'FLOW_READ');
  assert.equal(e.client.ipAddress, '127.0.0.1');
  for (const type of ['workflows.user.flow.export', 'workflows.user.folder.export', 'reeve.connection.test', 'reeve.connection.update', 'reeve.preferences.update']) assert.equal((await events(type)).length, 1, type);
});

describe('flows', () => {
  test('no connection acts as somebody else than its maker', async () => {
    const r = await as.wanda.raw('POST', `${N}/connections`, { body: { name: 'As the boss', connector: 'okta', principalId: b.me.id } });
    assert.equal(r.status, 400, r.text);
    const own = await as.wanda.post(`${N}/connections`, { name: 'Own', connector: 'okta' });
    const change = await as.wanda.raw('PATCH', `${N}/connections/${own.id}`, { body: { version: own.version, principalId: b.me.id } });
    assert.equal(change.status, 400, 'what cannot be changed is refused, not ignored');
    assert.match((await as.wanda.post(`${N}/connections/${own.id}/test`, {})).sentence, /wanda@example\.com/);
  });
  test('the caller object is taken from Access Requests alone', async () => {
    for (const c of [token, as.wanda]) {
      const r = await c.raw('POST', `${N}/delegated-flows/${b.flow.id}/invoke`, { body: { inputs: { requesterEmail: 'a', buildingRequested: 'b', businessJustification: 'c' }, caller: { product: 'access-requests', type: 'request' } } });
      assert.equal(r.status, 403, r.text);
      const empty = await c.raw('POST', `${N}/delegated-flows/${b.flow.id}/invoke`, { body: { inputs: { requesterEmail: 'a', buildingRequested: 'b', businessJustification: 'c', caller: {} } } });
      assert.equal(empty.status, 400, empty.text);
    }
  });
  test('who may not see flows sees none, whichever way they are named', async () => {
    for (const c of [as.olga, as.helga, as.arno]) {
      for (const path of [`flows/${b.flow.id}`, `flows/${b.flow.id}/versions`, `flows/${b.flow.id}/export`, `flows/${b.flow.id}/usage`, `delegated-flows/${b.flow.id}`, `connections/${b.connection.id}`])
        await refused(c, 'GET', `${N}/${path}`);
      await refused(c, 'POST', `${N}/delegated-flows/${b.flow.id}/invoke`, { inputs: {} });
      await refused(c, 'POST', `${N}/flows/${b.flow.id}/test`, { inputs: {} });
      assert.deepEqual((await c.get(`${N}/search?q=badge`)).data.filter((h) => h.kind === 'FLOW'), []);
    }
  });
});

describe('requests', () => {
  let r, t1;
  before(async () => { r = await submitBadge(b); t1 = step(r, 't1').taskId; });
  const strangers = () => [as.olga, as.orla, as.arno, as.wanda];
  test('AR-100: of a private request nobody else sees, changes or guesses anything', async () => {
    for (const c of strangers()) {
      for (const path of [`requests/${r.id}`, `requests/${r.number}`, `requests/${r.id}/activities`, `requests/${r.id}/messages`, `tasks/${t1}`]) await refused(c, 'GET', `${N}/${path}`, undefined, [404]);
      for (const verb of ['cancel', 'resolve', 'reopen', 'hold', 'release']) await refused(c, 'POST', `${N}/requests/${r.id}/${verb}`, {}, [404]);
      await refused(c, 'PATCH', `${N}/requests/${r.id}`, { version: r.version, private: false }, [404]);
      await refused(c, 'POST', `${N}/requests/${r.id}/messages`, { text: 'hello' }, [404]);
      const me = (await c.get(`${N}/session`)).principal.id;
      await refused(c, 'PUT', `${N}/requests/${r.id}/followers/${me}`, undefined, [404]);
      for (const [verb, body] of [['resolve', { value: 'APPROVED' }], ['run', {}], ['complete', {}], ['reassign', { userIds: [me] }], ['end', {}]]) await refused(c, 'POST', `${N}/tasks/${t1}/${verb}`, body, [404]);
      assert.deepEqual((await c.get(`${N}/requests?view=all`)).data.filter((x) => x.id === r.id), []);
      assert.deepEqual((await c.get(`${N}/requests?view=team&teamId=${b.team.id}`)).data, []);
      assert.deepEqual((await c.get(`${N}/tasks?view=all&requestId=${r.id}`)).data, []);
      assert.deepEqual((await c.get(`${N}/search?q=badge`)).data.filter((h) => h.kind === 'REQUEST'), []);
    }
    assert.deepEqual((await token.get(`${N}/requests/${r.id}`)).version, r.version);
  });
  test('nobody joins a team alone to see its requests or to change its types', async () => {
    for (const c of [as.olga, as.wanda]) {
      const me = (await c.get(`${N}/session`)).principal.id;
      await refused(c, 'PUT', `${N}/teams/${b.team.id}/members/${me}`);
      await refused(c, 'PATCH', `${N}/teams/${b.team.id}`, { version: 1, inviteOnly: false });
      await refused(c, 'GET', `${N}/request-types/${b.type.id}`);
      await refused(c, 'PATCH', `${N}/request-types/${b.type.id}`, { version: b.type.version, steps: [] });
      await refused(c, 'POST', `${N}/request-types`, { name: 'Mine', teamId: b.team.id });
      await refused(c, 'POST', `${N}/request-types/${b.type.id}/publish`, {});
      await refused(c, 'GET', `${N}/config-lists/${b.list.id}`);
      await refused(c, 'POST', `${N}/config-lists/${b.list.id}/items`, { name: 'Building 99' });
    }
  });
  test('the requester neither decides nor chooses who does, and changes nothing after submitting', async () => {
    const c = b.requester;
    await refused(c, 'POST', `${N}/tasks/${t1}/resolve`, { value: 'APPROVED' });
    await refused(c, 'POST', `${N}/tasks/${t1}/reassign`, { userIds: [b.people.requester.id] });
    await refused(c, 'POST', `${N}/tasks/${t1}/reassign`, { userIds: [people.olga.id] });
    await refused(c, 'POST', `${N}/tasks/${t1}/escalate`, { reason: 'faster' });
    await refused(c, 'PATCH', `${N}/requests/${r.id}`, { version: r.version, subject: 'other', assigneeId: b.people.requester.id });
    await refused(c, 'POST', `${N}/requests/${r.id}/resolve`, {});
    await refused(c, 'PUT', `${N}/requests/${r.id}/followers/${people.olga.id}`);
    const question = step(r, 'q1').taskId;
    if (question) await refused(c, 'POST', `${N}/tasks/${question}/resolve`, { value: 'other' }, [403, 404, 409]);
  });
  test('an approval is not given to requester or creator: not by hand, not through a group, not when they join it later', async () => {
    const group = await token.post('/api/v1/groups', { profile: { name: 'Approvers' }, visibleInAccessRequests: true });
    await token.put(`/api/v1/groups/${group.id}/users/${b.people.requester.id}`, undefined, [204]);
    await refused(b.assignee, 'POST', `${N}/tasks/${t1}/reassign`, { userIds: [b.people.requester.id] }, [400]);
    await refused(b.assignee, 'POST', `${N}/tasks/${t1}/reassign`, { groupId: group.id }, [400]);
    await token.put(`/api/v1/groups/${group.id}/users/${people.otto.id}`, undefined, [204]);
    await b.assignee.post(`${N}/tasks/${t1}/reassign`, { groupId: group.id });
    const now = await token.get(`${N}/requests/${r.id}`);
    assert.deepEqual(step(now, 't1').assignees.map((p) => p.id), [people.otto.id]);
    await refused(b.requester, 'POST', `${N}/tasks/${t1}/resolve`, { value: 'APPROVED' });
    await token.put(`/api/v1/groups/${group.id}/users/${people.ines.id}`, undefined, [204]);
    await refused(as.ines, 'POST', `${N}/tasks/${t1}/resolve`, { value: 'APPROVED' }); // who joins later was not asked
    await refused(b.manager, 'POST', `${N}/tasks/${t1}/resolve`, { value: 'APPROVED' }); // and who was replaced is asked no longer
  });
  test('a member of the owning team chooses who decides the requests of others, and not of the own ones', async () => {
    const answers = { q1: 'x', q2: b.items[0].id, q3: '2027-01-01' };
    const own = await b.assignee.post(`${N}/requests`, { requestTypeId: b.type.id, answers });
    const asked = step(own, 't1');
    assert.ok(!asked.can.includes('REASSIGN') && own.can.includes('ASSIGN'));
    await refused(b.assignee, 'POST', `${N}/tasks/${asked.taskId}/reassign`, { userIds: [people.olga.id] }, [403]);
    await b.assignee.patch(`${N}/requests/${own.id}`, { version: own.version, assigneeId: null }); // decides nothing here
    const steps = badgeSteps(b.list.id, b.flow.id).filter((x) => x.kind === 'QUESTION' || x.id === 't1').map((x) => (x.id === 't1' ? { ...x, assignTo: { type: 'REQUEST_ASSIGNEE' } } : x));
    const type = await token.post(`${N}/request-types`, { name: 'Decided by the assignee', teamId: b.team.id, audience: { type: 'EVERYONE' }, steps });
    await token.post(`${N}/request-types/${type.id}/publish`, {});
    const next = await b.assignee.post(`${N}/requests`, { requestTypeId: type.id, answers });
    assert.ok(!next.can.includes('ASSIGN') && next.can.includes('EDIT'));
    await refused(b.assignee, 'PATCH', `${N}/requests/${next.id}`, { version: next.version, assigneeId: b.me.id }, [403]);
    await refused(b.assignee, 'PATCH', `${N}/requests/${next.id}`, { version: next.version, teamId: b.team.id }, [403]);
    await token.patch(`${N}/requests/${next.id}`, { version: next.version, assigneeId: b.me.id });
    assert.deepEqual(step(await token.get(`${N}/requests/${next.id}`), 't1').assignees.map((p) => p.id), [b.me.id]);
  });
  test('a request for somebody else is decided neither by that person nor by whoever asked', async () => {
    const c = await as.otto.post(`${N}/requests`, { requestTypeId: b.type.id, requesterId: b.people.requester.id, answers: { q1: 'x', q2: b.items[0].id, q3: '2027-01-01' } });
    const task = step(c, 't1').taskId;
    await refused(as.otto, 'POST', `${N}/tasks/${task}/resolve`, { value: 'APPROVED' });
    await refused(b.requester, 'POST', `${N}/tasks/${task}/resolve`, { value: 'APPROVED' });
    await refused(b.assignee, 'POST', `${N}/tasks/${task}/reassign`, { userIds: [people.otto.id] }, [400]);
    assert.equal(step(await token.get(`${N}/requests/${c.id}`), 't1').state, 'OPEN');
  });
  test('AR-99: a super administrator outside the team sees a public request and changes nothing of it', async () => {
    await token.delete(`${N}/teams/${b.team.id}/members/${b.me.id}`);
    const now = await b.assignee.get(`${N}/requests/${r.id}`);
    await b.assignee.patch(`${N}/requests/${r.id}`, { version: now.version, private: false });
    assert.equal((await token.get(`${N}/requests/${r.id}`)).id, r.id);
    await refused(token, 'PATCH', `${N}/requests/${r.id}`, { version: now.version + 1, subject: 'mine' }, [403]);
    await refused(token, 'POST', `${N}/requests/${r.id}/resolve`, {}, [403]);
    await refused(token, 'POST', `${N}/tasks/${t1}/resolve`, { value: 'APPROVED' }, [403]);
    await refused(token, 'POST', `${N}/tasks/${t1}/reassign`, { userIds: [b.me.id] }, [403]);
    await refused(token, 'PATCH', `${N}/request-types/${b.type.id}`, { version: b.type.version, description: 'x' }, [403]);
  });
  test('a type whose approver is the requester asks somebody else', async () => {
    await token.put(`${N}/teams/${b.team.id}/members/${b.me.id}`, undefined, [204]);
    const steps = badgeSteps(b.list.id, b.flow.id).filter((x) => x.kind === 'QUESTION' || x.id === 't1').map((x) => (x.id === 't1' ? { ...x, assignTo: { type: 'USER', id: b.people.requester.id } } : x));
    const type = await token.post(`${N}/request-types`, { name: 'Own approver', teamId: b.team.id, audience: { type: 'EVERYONE' }, steps });
    await token.post(`${N}/request-types/${type.id}/publish`, {});
    const own = await b.requester.post(`${N}/requests`, { requestTypeId: type.id, answers: { q1: 'x', q2: b.items[0].id, q3: '2027-01-01' } });
    assert.ok(!step(own, 't1').assignees.some((p) => p.id === b.people.requester.id));
    await refused(b.requester, 'POST', `${N}/tasks/${step(own, 't1').taskId}/resolve`, { value: 'APPROVED' });
  });
});
