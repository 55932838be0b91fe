// Roles, resource sets, bindings, assignments and tokens over HTTP, and what they let the Access Requests app see.
import test, { before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { startReeve, restart, firstAdministrator, addPerson, signIn, apiToken, Client } from '../lib/reeve.mjs';
import { enableFeatures, accessRequestsApp, syncWorkflows, giveTeam } from '../lib/badge.mjs';
import { cardMaker } from '../lib/flows.mjs';

const N = '/reeve/api/v1', I = '/api/v1/iam';
let s, browser, admin, org, base, app, folder, flows = [];
before(async () => {
  s = await startReeve({ config: { 'rate.api': 0 } });
  browser = await firstAdministrator(s);
  admin = new Client(s.url, { token: await apiToken(browser) });
  await enableFeatures(admin);
  ({ id: org, baseUrl: base } = (await browser.get(`${N}/session`)).organisation);
  app = await accessRequestsApp(admin);
  folder = await admin.post(`${N}/folders`, { name: 'Facilities' });
  for (const name of ['First', 'Second']) flows.push(await delegatedFlow(name));
});
after(() => s?.stop());

const orn = (id) => `orn:okta:workflow:${org}:flows${id ? `:${id}` : ''}`;
const role = (label, permissions = ['okta.workflows.invoke']) => admin.post(`${I}/roles`, { label, description: `${label}!`, permissions }, 200);
const set = (label, resources) => admin.post(`${I}/resource-sets`, { label, description: `${label}?`, resources }, 200);
const client = () => `${base}/oauth2/v1/clients/${app.id}`;
const bind = (set, role, members) => admin.post(`${I}/resource-sets/${set.id}/bindings`, { role: role.id, members }, 200);
const refusal = async (c, method, path, body, status) => {
  const r = await c.raw(method, path, { body });
  assert.equal(r.status, status, `${method} ${path}: ${r.status} ${r.text}`);
  assert.match(r.json.errorCode, /^E\d{7}$/);
  return r.json;
};
/** The least flow that Access Requests can run: delegated, with a field, switched on. */
async function delegatedFlow(name) {
  const card = await cardMaker(admin);
  const flow = await admin.post(`${N}/flows`, { name, folderId: folder.id, cards: [card('http:delegated', 'start', { add: [{ key: 'who', label: 'Who', type: 'text' }] })] });
  return admin.post(`${N}/flows/${flow.id}/activate`, {});
}
/** What Access Requests knows after a synchronisation, by name. */
async function seen(teamId) {
  await syncWorkflows(admin);
  const okta = (await admin.get(`${N}/integrations`)).data.find((i) => i.type === 'OKTA');
  return (await admin.get(`${N}/integrations/${okta.id}/workflows?teamId=${teamId}`)).data.map((f) => f.name).sort();
}

describe('roles', () => {
  test('AR-30: a custom role can hold the permission Run delegated flow', async () => {
    const r = await role('Runner');
    assert.match(r.id, /^cr0[0-9A-Za-z]{17}$/);
    assert.deepEqual(Object.keys(r), ['id', 'label', 'description', 'created', 'lastUpdated', '_links']);
    assert.equal(r._links.self.href, `${base}${I}/roles/${r.id}`);
    const { permissions } = await admin.get(`${I}/roles/Runner/permissions`);
    assert.deepEqual(permissions.map((p) => p.label), ['okta.workflows.invoke', 'okta.workflows.flows.invoke']);
    assert.equal(permissions[0].conditions, null);
    assert.equal(permissions[0]._links.role.href, r._links.self.href);
  });
  test('creation, reading and replacing of a role carry a link to itself', async () => {
    const made = await admin.raw('POST', `${I}/roles`, { body: { label: 'Linked role', description: '', permissions: ['okta.users.read'] } });
    assert.equal(made.status, 200);
    assert.equal(made.headers.get('link'), `<${base}${I}/roles/${made.json.id}>; rel="self"`);
    const got = await admin.raw('GET', `${I}/roles/Linked%20role`);
    assert.deepEqual(got.json, made.json);
    const put = await admin.raw('PUT', `${I}/roles/${made.json.id}`, { body: { label: 'Linked "role"', description: 'new' } });
    assert.equal(put.json.label, 'Linked "role"');
    assert.equal(put.headers.get('link'), made.headers.get('link'));
  });
  test('permissions are added, narrowed, listed newest first, and the last one stays', async () => {
    const r = await role('Growing', ['okta.users.read']);
    await admin.post(`${I}/roles/${r.id}/permissions/okta.groups.read`, {}, 204);
    const bare = await admin.raw('POST', `${I}/roles/${r.id}/permissions/okta.apps.read`);
    assert.equal(bare.status, 204);
    assert.deepEqual((await admin.get(`${I}/roles/${r.id}/permissions`)).permissions.map((p) => p.label), ['okta.apps.read', 'okta.groups.read', 'okta.users.read']);
    const conditions = { include: { 'okta:ResourceAttribute/User/Profile': ['city', 'state'] } };
    assert.deepEqual((await admin.put(`${I}/roles/${r.id}/permissions/okta.users.read`, { conditions }, 200)).conditions, conditions);
    await refusal(admin, 'PUT', `${I}/roles/${r.id}/permissions/okta.groups.read`, { conditions }, 400);
    await refusal(admin, 'PUT', `${I}/roles/${r.id}/permissions/okta.users.read`, { conditions: { ...conditions, exclude: conditions.include } }, 400);
    await admin.delete(`${I}/roles/${r.id}/permissions/okta.apps.read`, 204);
    await refusal(admin, 'DELETE', `${I}/roles/${r.id}/permissions/okta.apps.read`, undefined, 404);
    await admin.delete(`${I}/roles/${r.id}/permissions/okta.groups.read`, 204);
    await refusal(admin, 'DELETE', `${I}/roles/${r.id}/permissions/okta.users.read`, undefined, 400);
  });
  test('what is wrong with a role is said with the field', async () => {
    await role('Unique');
    const cases = [
      [{ label: 'unique', permissions: ['okta.users.read'] }, /^label: An object with this field already exists/],
      [{ label: '', permissions: ['okta.users.read'] }, /^label: /],
      [{ label: 'x'.repeat(256), permissions: ['okta.users.read'] }, /^label: .*255/],
      [{ label: 'No permissions', permissions: [] }, /^permissions: /],
      [{ label: 'No permissions' }, /^permissions: /],
      [{ label: 'Unknown', permissions: ['okta.users.read', 'okta.nonsense'] }, /okta\.nonsense/],
      [{ label: 'Not for custom', permissions: ['okta.governance.accessRequests.manage'] }, /accessRequests/],
    ];
    for (const [body, cause] of cases) {
      const e = await refusal(admin, 'POST', `${I}/roles`, body, 400);
      assert.match(e.errorCauses[0].errorSummary, cause, JSON.stringify(body));
    }
    assert.equal((await refusal(admin, 'POST', `${I}/roles`, { label: 7, permissions: [] }, 400)).errorCode, 'E0000001');
    await refusal(admin, 'GET', `${I}/roles/nobody`, undefined, 404);
    assert.ok(!(await admin.get(`${I}/roles`)).roles.some((r) => /Unknown|custom/.test(r.label)), 'nothing was stored half');
  });
  test('long lists come in pages in order of creation', async () => {
    const made = [];
    for (let i = 0; i < 3; i++) made.push((await role(`Page ${i}`)).id);
    const ids = [];
    let path = `${I}/roles?limit=2`;
    while (path) {
      const page = await admin.get(path);
      assert.ok(page.roles.length <= 2);
      ids.push(...page.roles.map((r) => r.id));
      path = page._links.next?.href.slice(base.length);
    }
    assert.deepEqual(ids.slice(-3), made);
    assert.equal(new Set(ids).size, ids.length);
    await refusal(admin, 'GET', `${I}/roles?after=nonsense`, undefined, 400);
  });
});

describe('resource sets', () => {
  test('AR-31: a set contains all delegated flows, or chosen ones', async () => {
    const all = await set('All of them', [orn()]), one = await set('One of them', [orn(flows[0].id)]);
    assert.match(all.id, /^iam/);
    const resources = async (x) => (await admin.get(`${I}/resource-sets/${x.id}/resources`)).resources;
    const [whole] = await resources(all), [chosen] = await resources(one);
    assert.equal(whole.orn, orn());
    assert.equal(chosen.orn, orn(flows[0].id));
    assert.match(chosen.id, /^ire/);
    assert.equal(chosen._links.self, undefined, 'flows have no address in that API');
    assert.equal(chosen._links.resource.href, `${base}${I}/resource-sets/${one.id}/resources/${chosen.id}`);
  });
  test('a URL becomes the ORN it stands for, and back', async () => {
    const group = await admin.post('/api/v1/groups', { profile: { name: 'Resource group' } });
    const x = await set('By URL', [`${base}/api/v1/users`, `${base}/api/v1/groups/${group.id}/users`]);
    const { resources, _links } = await admin.get(`${I}/resource-sets/${x.id}/resources`);
    assert.deepEqual(resources.map((r) => r.orn), [`orn:okta:directory:${org}:users`, `orn:okta:directory:${org}:groups:${group.id}:contained_resources`]);
    assert.deepEqual(resources.map((r) => r._links.self.href), [`${base}/api/v1/users`, `${base}/api/v1/groups/${group.id}/users`]);
    assert.equal(_links['resource-set'].href, x._links.self.href);
    const added = await admin.post(`${I}/resource-sets/${x.id}/resources`, { resourceOrnOrUrl: `${base}/api/v1/apps`, conditions: { Exclude: { 'okta:ORN': [`orn:okta:idp:${org}:apps:${app.name}:${app.id}`] } } }, 200);
    assert.equal(added.orn, `orn:okta:idp:${org}:apps`);
    assert.equal((await admin.put(`${I}/resource-sets/${x.id}/resources/${added.id}`, {}, 200)).conditions, undefined);
    await admin.patch(`${I}/resource-sets/By%20URL/resources`, { additions: [orn(), orn()] }, 200);
    assert.equal((await admin.get(`${I}/resource-sets/${x.id}/resources`)).resources.length, 4);
    await admin.delete(`${I}/resource-sets/${x.id}/resources/${added.id}`, 204);
    await refusal(admin, 'DELETE', `${I}/resource-sets/${x.id}/resources/${added.id}`, undefined, 404);
  });
  test('resources of nowhere are refused and nothing is stored', async () => {
    for (const resources of [[], ['https://elsewhere.example/api/v1/users'], [orn(), `orn:okta:workflow:00oelsewhere000000000:flows`], [orn('nonsense')], [7], 'all']) {
      await refusal(admin, 'POST', `${I}/resource-sets`, { label: 'Refused', description: '', resources }, 400);
    }
    await refusal(admin, 'GET', `${I}/resource-sets/Refused`, undefined, 404);
  });
  test('sets of the standard roles are listed last and cannot be changed', async () => {
    const list = (await admin.get(`${I}/resource-sets`))['resource-sets'];
    assert.deepEqual(list.slice(-3).map((x) => x.id), ['WORKFLOWS_IAM_POLICY', 'ACCESS_REQUESTS_IAM_POLICY', 'ACCESS_CERTIFICATIONS_IAM_POLICY']);
    await refusal(admin, 'DELETE', `${I}/resource-sets/WORKFLOWS_IAM_POLICY`, undefined, 403);
    await refusal(admin, 'PUT', `${I}/resource-sets/WORKFLOWS_IAM_POLICY`, { label: 'Mine' }, 403);
  });
});

describe('what the Access Requests app sees', () => {
  let team, all, chosen, runner;
  before(async () => {
    team = await admin.post(`${N}/teams`, { name: 'Sees flows', description: '', icon: 'security', colour: 'cyan' });
    const me = await admin.get('/api/v1/users/me');
    await admin.put(`${N}/teams/${team.id}/members/${me.id}`, {}, [200, 204]);
    await giveTeam(admin, team.id);
    runner = await role('Run for requests');
    all = await set('Everything', [orn()]);
    chosen = await set('The first', [orn(flows[0].id)]);
  });
  test('nothing before it has a role', async () => {
    assert.deepEqual(await seen(team.id), []);
  });
  test('AR-32: the app is made a member of the role with the resource set, and sees the flows of the set', async () => {
    const made = await bind(chosen, runner, [client()]);
    assert.deepEqual(Object.keys(made._links), ['self', 'bindings', 'resource-set']);
    const { members } = await admin.get(`${I}/resource-sets/${chosen.id}/bindings/${runner.id}/members`);
    assert.match(members[0].id, /^irb/);
    assert.equal(members[0]._links.self.href, client());
    const roles = await admin.get(`/oauth2/v1/clients/${app.id}/roles`);
    assert.deepEqual(roles.map((r) => [r.id, r.type, r.role, r['resource-set'], r.assignmentType]), [[members[0].id, 'CUSTOM', runner.id, chosen.id, 'CLIENT']]);
    assert.deepEqual(await seen(team.id), ['First']);
  });
  test('AR-35: a flow made later is invisible with chosen flows and visible with all flows', async () => {
    flows.push(await delegatedFlow('Third'));
    assert.deepEqual(await seen(team.id), ['First']);
    await admin.delete(`${I}/resource-sets/${chosen.id}/bindings/${runner.id}`, 204);
    assert.deepEqual(await seen(team.id), []);
    await bind(all, runner, [client()]);
    assert.deepEqual(await seen(team.id), ['First', 'Second', 'Third']);
    flows.push(await delegatedFlow('Fourth'));
    assert.deepEqual(await seen(team.id), ['First', 'Fourth', 'Second', 'Third']);
  });
  test('the assignment survives a killed server', async () => {
    await s.kill();
    s = await restart(s, { config: { 'rate.api': 0, 'listen.port': new URL(s.url).port } });
    const { members } = await admin.get(`${I}/resource-sets/${all.id}/bindings/${runner.id}/members`);
    assert.equal(members[0]._links.self.href, client());
  });
  test('an application cannot be chosen while its feature is off', async () => {
    const feature = (await admin.get('/api/v1/features')).find((f) => /admin roles/i.test(f.name));
    await admin.post(`/api/v1/features/${feature.id}/disable?mode=force`, {}, 200);
    const e = await refusal(admin, 'POST', `${I}/resource-sets/${chosen.id}/bindings`, { role: runner.id, members: [client()] }, 400);
    assert.match(e.errorCauses[0].errorSummary, /Assign admin roles to apps/);
    await refusal(admin, 'GET', `${I}/resource-sets/${chosen.id}/bindings/${runner.id}`, undefined, 404);
    await enableFeatures(admin);
  });
});

describe('bindings and assignments', () => {
  let ada, group, r, x;
  before(async () => {
    ada = await addPerson(admin, 'ada@example.com', { firstName: 'Ada', lastName: 'Lovely' });
    group = await admin.post('/api/v1/groups', { profile: { name: 'Operators', description: '' } });
    r = await role('Operate');
    x = await set('Operated', [orn()]);
  });
  test('AR-36: a custom role cannot be assigned without a resource set', async () => {
    const e = await refusal(admin, 'POST', `/api/v1/users/${ada.id}/roles`, { type: 'CUSTOM', role: r.id }, 400);
    assert.match(e.errorCauses[0].errorSummary, /^resource-set: /);
    await refusal(admin, 'POST', `/oauth2/v1/clients/${app.id}/roles`, { type: 'CUSTOM', role: r.id, 'resource-set': '' }, 400);
    assert.deepEqual(await admin.get(`/api/v1/users/${ada.id}/roles`), []);
  });
  test('the same assignment is seen from the binding and from the person', async () => {
    const made = await admin.post(`/api/v1/users/${ada.id}/roles`, { type: 'CUSTOM', role: r.id, 'resource-set': x.id }, 201);
    assert.equal(made._links.member.href, `${base}${I}/resource-sets/${x.id}/bindings/${r.id}/members/${made.id}`);
    assert.equal((await admin.get(`${I}/resource-sets/${x.id}/bindings/${r.id}/members/${made.id}`))._links.self.href, `${base}/api/v1/users/${ada.id}`);
    assert.equal((await refusal(admin, 'POST', `/api/v1/users/${ada.id}/roles`, { type: 'CUSTOM', role: r.id, 'resource-set': x.id }, 409)).errorCode, 'E0000090');
    assert.ok((await admin.get(`${I}/assignees/users`)).value.some((u) => u.id === ada.id && u.orn === `orn:okta:directory:${org}:users:${ada.id}`));
    await admin.delete(`/api/v1/users/${ada.id}/roles/${made.id}`, 204);
    assert.match((await refusal(admin, 'DELETE', `/api/v1/users/${ada.id}/roles/${made.id}`, undefined, 404)).errorSummary, /\(RoleAssignment\)$/);
    assert.deepEqual((await admin.get(`${I}/resource-sets/${x.id}/bindings/${r.id}/members`)).members, [], 'an empty binding stays');
  });
  test('members are added to a binding by URL; strangers are refused and nothing is half done', async () => {
    for (const bad of ['https://elsewhere.example/api/v1/users/00u1', `${base}/api/v1/users/00unobody0000000000a`, `${base}/api/v1/teams/1`, 'ada', 7]) {
      await refusal(admin, 'PATCH', `${I}/resource-sets/${x.id}/bindings/${r.id}/members`, { additions: [`${base}/api/v1/users/${ada.id}`, bad] }, 400);
    }
    assert.deepEqual((await admin.get(`${I}/resource-sets/${x.id}/bindings/${r.id}/members`)).members, []);
    await admin.patch(`${I}/resource-sets/${x.id}/bindings/${r.id}/members`, { additions: [`${base}/api/v1/users/${ada.id}`, `${base}/api/v1/groups/${group.id}`] }, 200);
    const { members } = await admin.get(`${I}/resource-sets/${x.id}/bindings/${r.id}/members`);
    assert.equal(members.length, 2);
    assert.deepEqual((await admin.get(`${I}/resource-sets/${x.id}/bindings`)).roles.map((b) => b.id), [r.id]);
    assert.match((await refusal(admin, 'DELETE', `${I}/roles/${r.id}`, undefined, 400)).errorCauses[0].errorSummary, /Operated/);
    await admin.delete(`${I}/resource-sets/${x.id}`, 204);
    await admin.delete(`${I}/roles/${r.id}`, 204);
    assert.deepEqual(await admin.get(`/api/v1/groups/${group.id}/roles`), []);
  });
  test('standard roles have the ids clients know, for people, groups and clients', async () => {
    const help = await admin.post(`/api/v1/users/${ada.id}/roles`, { type: 'HELP_DESK_ADMIN' }, 201);
    assert.deepEqual({ ...help, created: 0, lastUpdated: 0 }, { id: 'JBCUYUC7IRCVGS27IFCE2SKO', label: 'Help Desk Administrator', type: 'HELP_DESK_ADMIN', status: 'ACTIVE', created: 0, lastUpdated: 0,
      assignmentType: 'USER', _links: { assignee: { href: `${base}/api/v1/users/${ada.id}` } } });
    const read = await admin.post(`/api/v1/groups/${group.id}/roles?disableNotifications=false`, { type: 'READ_ONLY_ADMIN' }, 201);
    assert.match(read.id, /^gra/);
    assert.equal((await admin.post(`/oauth2/v1/clients/${app.id}/roles`, { type: 'REPORT_ADMIN' }, 201)).assignmentType, 'CLIENT');
    await admin.post(`/oauth2/v1/clients/${app.id}/roles`, { type: 'REPORT_ADMIN' }, 201);
    await refusal(admin, 'POST', `/api/v1/users/${ada.id}/roles`, { type: 'HELP_DESK_ADMIN' }, 409);
    await refusal(admin, 'POST', `/api/v1/users/${ada.id}/roles`, { type: 'KING' }, 400);
    await refusal(admin, 'POST', '/api/v1/users/00unobody0000000000a/roles', { type: 'KING' }, 404);
    const everyone = (await admin.get('/api/v1/groups?limit=200')).find((g) => g.type === 'BUILT_IN');
    assert.equal((await refusal(admin, 'POST', `/api/v1/groups/${everyone.id}/roles`, { type: 'READ_ONLY_ADMIN' }, 400)).errorCode, 'E0000211');
    await admin.put(`/api/v1/groups/${group.id}/users/${ada.id}`, undefined, 204);
    const roles = await admin.get(`/api/v1/users/${ada.id}/roles`);
    assert.deepEqual(roles.map((g) => [g.type, g.assignmentType]), [['HELP_DESK_ADMIN', 'USER'], ['READ_ONLY_ADMIN', 'GROUP']]);
  });
  test('a lesser administrator reads and grants nothing', async () => {
    const c = await signIn(s, 'ada@example.com');
    assert.ok((await c.get(`${I}/roles`)).roles.length > 0);
    const me = await c.get('/api/v1/users/me');
    await refusal(c, 'POST', `/api/v1/users/${me.id}/roles`, { type: 'SUPER_ADMIN' }, 403);
    await refusal(c, 'POST', `${I}/roles`, { label: 'Mine', permissions: ['okta.users.manage'] }, 403);
    const [first] = (await admin.get(`${I}/assignees/users`)).value.filter((u) => u.id !== me.id);
    await refusal(c, 'DELETE', `/api/v1/users/${first.id}/roles/${(await admin.get(`/api/v1/users/${first.id}/roles`))[0].id}`, undefined, 403);
  });
  test('who may change members of groups cannot put anybody into a group that carries a role', async () => {
    const eve = await addPerson(admin, 'eve@example.com');
    const plain = await admin.post('/api/v1/groups', { profile: { name: 'Plain', description: '' } });
    await admin.post(`/api/v1/users/${eve.id}/roles`, { type: 'GROUP_MEMBERSHIP_ADMIN' }, 201);
    const c = await signIn(s, 'eve@example.com');
    await c.put(`/api/v1/groups/${plain.id}/users/${eve.id}`, undefined, 204);
    await refusal(c, 'PUT', `/api/v1/groups/${group.id}/users/${eve.id}`, undefined, 403);
    assert.deepEqual((await admin.get(`/api/v1/groups/${group.id}/users`)).map((u) => u.id), [ada.id]);
  });
  test('the last super administrator keeps the role', async () => {
    const me = await admin.get('/api/v1/users/me');
    const own = (await admin.get(`/api/v1/users/${me.id}/roles`)).find((g) => g.type === 'SUPER_ADMIN');
    assert.equal((await refusal(admin, 'DELETE', `/api/v1/users/${me.id}/roles/${own.id}`, undefined, 403)).errorCode, 'E0000038');
    assert.equal((await browser.get(`${N}/session`)).superAdmin, true);
  });
  test('each of these changes stands in the system log with who did it', async () => {
    const log = await admin.get('/api/v1/logs?limit=1000');
    const types = new Set(log.map((e) => e.eventType));
    for (const t of ['iam.role.create', 'iam.role.permissions.add', 'iam.role.update', 'iam.role.delete', 'iam.resourceset.create', 'iam.resourceset.resources.add',
      'iam.resourceset.bindings.add', 'iam.resourceset.bindings.delete', 'user.account.privilege.grant', 'user.account.privilege.revoke', 'group.privilege.grant',
      'app.oauth2.client.privilege.grant', 'app.oauth2.client.privilege.revoke', 'system.api_token.create']) assert.ok(types.has(t), `no event ${t}`);
    const grant = log.find((e) => e.eventType === 'app.oauth2.client.privilege.grant' && e.target.some((x) => x.displayName === 'Run for requests'));
    assert.equal(grant.actor.alternateId, 'admin@reeve.example');
    assert.deepEqual(grant.target.map((x) => x.type), ['AppInstance', 'CUSTOM_ROLE', 'RESOURCE_SET']);
  });
});

describe('API tokens', () => {
  test('a token is shown once, acts as its owner, and stops at once when it is revoked', async () => {
    const made = await browser.post(`${N}/api-tokens`, { name: 'One' }, 201);
    assert.match(made.token, /^00[0-9A-Za-z]{40}$/);
    const c = new Client(s.url, { token: made.token });
    assert.equal((await c.get('/api/v1/users/me')).profile.login, 'admin@reeve.example');
    const listed = (await c.get('/api/v1/api-tokens')).find((t) => t.id === made.id);
    assert.equal(listed.token, undefined);
    assert.equal(listed.tokenWindow, 'P30D');
    assert.deepEqual(await c.get(`/api/v1/api-tokens/${made.id}`), listed);
    assert.equal((await c.put(`/api/v1/api-tokens/${made.id}`, { name: 'Renamed', network: { connection: 'ANYWHERE' } }, 200)).name, 'Renamed');
    await refusal(c, 'PUT', `/api/v1/api-tokens/${made.id}`, { name: 'Renamed', network: { connection: 'ZONE', include: ['x'] } }, 400);
    await c.delete('/api/v1/api-tokens/current', 204);
    assert.equal((await refusal(c, 'GET', '/api/v1/users/me', undefined, 401)).errorCode, 'E0000011');
    await refusal(browser, 'DELETE', `/api/v1/api-tokens/${made.id}`, undefined, 404);
    await refusal(browser, 'DELETE', '/api/v1/api-tokens/current', undefined, 403);
  });
  test('a token stops with its owner and works again with them', async () => {
    const bob = await addPerson(admin, 'bob@example.com');
    await admin.post(`/api/v1/users/${bob.id}/roles`, { type: 'READ_ONLY_ADMIN' }, 201);
    const c = new Client(s.url, { token: await apiToken(await signIn(s, 'bob@example.com')) });
    await c.get('/api/v1/users/me', 200);
    await admin.post(`/api/v1/users/${bob.id}/lifecycle/suspend`, {}, 200);
    await refusal(c, 'GET', '/api/v1/users/me', undefined, 401);
    await admin.post(`/api/v1/users/${bob.id}/lifecycle/unsuspend`, {}, 200);
    await c.get('/api/v1/users/me', 200);
  });
  test('a person without a role can make none', async () => {
    await addPerson(admin, 'plain@example.com');
    await refusal(await signIn(s, 'plain@example.com'), 'POST', `${N}/api-tokens`, { name: 'x' }, 403);
  });
});
