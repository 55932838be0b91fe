// Who may call what: every route of the table, by people of every kind (security.md 2, 13: authz-matrix).
import test, { before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { enableFeatures } from '../lib/badge.mjs';
import { startReeve, firstAdministrator, addPerson, signIn, apiToken, root, Client } from '../lib/reeve.mjs';

const N = '/reeve/api/v1';
const actions = new Map([...readFileSync(join(root, 'src/org/actions.h'), 'utf8').matchAll(/^\s+X\((\w+),\s+"([^"]*)",\s+([^,]+),\s+"([^"]*)"/gm)].map((m) => [m[1], { permission: m[2], relations: m[3].trim(), who: m[4] }]));
let s, admin, token, ordinary, routes;
const ids = {};

/** A value that passes the schema of a body, so that a refusal is about permission. */
function sample(schema, name = '') {
  const type = [].concat(schema.type ?? 'object')[0];
  if (schema.enum) return schema.enum[0];
  if (type === 'string') return schema.format === 'date-time' ? '2027-01-31T00:00:00.000Z' : (ids[name] ?? 'x'.repeat(Math.max(1, schema.minLength ?? 1)));
  if (type === 'integer' || type === 'number') return Math.max(1, schema.minimum ?? 1);
  if (type === 'boolean') return true;
  if (type === 'array') return [];
  return Object.fromEntries((schema.required ?? []).map((k) => [k, sample(schema.properties[k], k)]));
}
before(async () => {
  s = await startReeve({ config: { 'rate.api': 0, 'rate.log': 0 } });
  admin = await firstAdministrator(s);
  token = new Client(s.url, { token: await apiToken(admin) });
  await enableFeatures(token);
  await addPerson(token, 'ordinary@example.com', { firstName: 'Olga', lastName: 'Ordinary' });
  ordinary = await signIn(s, 'ordinary@example.com');
  const folder = await token.post(`${N}/folders`, { name: 'Matrix' });
  const { cardMaker, resolve } = await import('../lib/flows.mjs');
  const card = await cardMaker(token);
  const flow = await token.post(`${N}/flows`, { name: 'Matrix', folderId: folder.id, cards: resolve([card('http:delegated', 'start', {})]) });
  await token.post(`${N}/flows/${flow.id}/activate`, {});
  const { runId } = await token.post(`${N}/delegated-flows/${flow.id}/invoke`, { inputs: {} }, [202]);
  const connection = await token.post(`${N}/connections`, { name: 'Matrix', connector: 'okta' });
  const team = await token.post(`${N}/teams`, { name: 'Matrix', description: '', icon: 'it', colour: 'blue' });
  const list = await token.post(`${N}/config-lists`, { name: 'Matrix', listType: 'CUSTOM' });
  const item = await token.post(`${N}/config-lists/${list.id}/items`, { name: 'One' });
  const group = await token.post('/api/v1/groups', { profile: { name: 'Matrix' } });
  const role = await token.post('/api/v1/iam/roles', { label: 'Matrix', description: 'x', permissions: ['okta.users.read'] });
  const { organisation } = await token.get(`${N}/session`);
  const set = await token.post('/api/v1/iam/resource-sets', { label: 'Matrix', description: 'x', resources: [`orn:okta:directory:${organisation.id}:users`] });
  const someone = await addPerson(token, 'someone@example.com');
  const app = (await token.get('/api/v1/apps'))[0];
  const integration = (await token.get(`${N}/integrations`)).data[0];
  const feature = (await token.get('/api/v1/features'))[0];
  Object.assign(ids, { folderId: folder.id, flowId: flow.id, runId, connectionId: connection.id, teamId: team.id, configListId: list.id, listId: list.id, itemId: item.id,
    groupId: group.id, roleId: role.id, roleIdOrLabel: role.id, resourceSetId: set.id, resourceSetIdOrLabel: set.id, userId: someone.id, appId: app.id, clientId: app.id, integrationId: integration.id,
    featureId: feature.id, number: '1', type: 'workflows', principal_id: someone.id });
  const doc = await token.get(`${N}/openapi.json`);
  routes = Object.entries(doc.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, o]) => ({
    path, method: method.toUpperCase(), op: o.operationId, action: o['x-action'], native: o.tags[0] === 'native',
    body: o.requestBody?.content['application/json'].schema, url: path.replaceAll(/\{(\w+)\}/g, (_, n) => ids[n] ?? 'none'),
  })));
});
after(() => s?.stop());
/** What a good call of these looks like beyond what the document says. */
const good = {
  changePassword: { body: { oldPassword: { value: 'x'.repeat(20) }, newPassword: { value: 'y'.repeat(20) } } },
  replaceApplication: { body: { label: 'x', signOnMode: 'OPENID_CONNECT' } },
  importFlows: { query: () => `?folderId=${ids.folderId}`, body: { type: 'flopack' } },
  createConnection: { body: { name: 'x', connector: 'okta' } },
  listSyncedWorkflows: { query: () => `?teamId=${ids.teamId}` },
};
const call = (client, r) => client.raw(r.method, r.url + (good[r.op]?.query?.() ?? ''), { body: r.method === 'GET' || r.method === 'DELETE' ? undefined : good[r.op]?.body ?? (r.body ? sample(r.body) : {}) });
/** Actions that everybody who is signed in may perform, on oneself or in general. */
const forAnybody = (action) => ['ANY', 'PUBLIC'].includes(actions.get(action).who);

test('the route table tells every action', () => {
  assert.ok(routes.length > 80);
  for (const r of routes) assert.ok(actions.has(r.action), `${r.op}: ${r.action}`);
});
test('without credentials every route but the plain pages answers 403 E0000005', async () => {
  const anonymous = new Client(s.url);
  for (const r of routes.filter((x) => x.action !== 'PUBLIC')) {
    const a = await call(anonymous, r);
    assert.equal(a.status, 403, `${r.method} ${r.url}: ${a.status}`);
    assert.equal(a.json.errorCode, 'E0000005', r.op);
  }
});
test('with a token that nobody has every route but the plain pages answers 401', async () => {
  const stranger = new Client(s.url, { token: `00${'A'.repeat(40)}` });
  for (const r of routes.filter((x) => x.action !== 'PUBLIC')) assert.equal((await call(stranger, r)).status, 401, r.op);
});
test('an ordinary person is refused wherever a permission is needed, whatever is sent', async () => {
  const wrong = [];
  for (const r of routes.filter((x) => !forAnybody(x.action))) {
    const a = await call(ordinary, r);
    const emptyList = r.method === 'GET' && a.status === 200 && (Array.isArray(a.json) ? a.json : a.json?.data ?? a.json?.value ?? [1]).length === 0;
    if (a.status !== 403 && a.status !== 404 && !emptyList) wrong.push(`${r.method} ${r.url} (${r.action}): ${a.status} ${a.text.slice(0, 200)}`);
  }
  assert.deepEqual(wrong, []);
});
test('nothing an ordinary person sent changed anything', async () => {
  assert.equal((await token.get(`${N}/folders/${ids.folderId}`)).version, 1);
  assert.equal((await token.get(`${N}/flows/${ids.flowId}`)).enabled, true);
  assert.equal((await token.get(`${N}/teams/${ids.teamId}`)).members.length, 0);
  assert.equal((await token.get(`/api/v1/users/${ids.userId}`)).status, 'ACTIVE');
  assert.equal((await token.get(`/api/v1/groups/${ids.groupId}/users`)).length, 0);
});
test('a super administrator may read everything', async () => {
  for (const r of routes.filter((x) => x.method === 'GET' && x.action !== 'PUBLIC' && !x.path.endsWith('/live') && !/\{(?!folderId|flowId|runId|connectionId|teamId|configListId|listId|itemId|groupId|roleId|roleIdOrLabel|resourceSetId|resourceSetIdOrLabel|userId|appId|integrationId|featureId|type)/.test(x.path))) {
    const a = await call(token, r);
    assert.ok(a.status === 200 || a.status === 400 || (a.status === 404 && /binding|members|versions|mails|endpoint|apps\/\{appId\}\/(users|groups)\//.test(r.path)), `${r.op} ${r.url}: ${a.status} ${a.text.slice(0, 300)}`);
    assert.notEqual(a.status, 403, r.op);
  }
});

describe('roles', () => {
  /* One person per permission, bound to everything of its kind. */
  const kinds = { users: ['directory', 'users'], groups: ['directory', 'groups'], apps: ['idp', 'apps'], workflows: ['workflow', 'flows'] };
  const permissions = ['okta.users.read', 'okta.groups.read', 'okta.apps.read', 'okta.workflows.read', 'okta.workflows.invoke'];
  const implied = { 'okta.workflows.invoke': ['okta.workflows.read'] };
  for (const permission of permissions) {
    test(`a role with ${permission} opens the reads that need it, and no others`, async () => {
      const { organisation } = await token.get(`${N}/session`);
      const login = `${permission}@example.com`;
      const person = await addPerson(token, login);
      const [service, what] = kinds[permission.split('.')[1]];
      const role = await token.post('/api/v1/iam/roles', { label: `Role ${permission}`, description: 'x', permissions: [permission] });
      const set = await token.post('/api/v1/iam/resource-sets', { label: `Set ${permission}`, description: 'x', resources: [`orn:okta:${service}:${organisation.id}:${what}`] });
      await token.post(`/api/v1/iam/resource-sets/${set.id}/bindings`, { role: role.id, members: [`${organisation.baseUrl}/api/v1/users/${person.id}`] });
      const c = await signIn(s, login);
      const held = [permission, ...(implied[permission] ?? [])];
      const wrong = [];
      for (const r of routes.filter((x) => x.method === 'GET' && !forAnybody(x.action) && !/RELATION/.test(x.action))) {
        const a = await call(c, r);
        const opens = held.includes(actions.get(r.action).permission);
        const emptyList = a.status === 200 && (Array.isArray(a.json) ? a.json : a.json?.data ?? [1]).length === 0;
        if (opens ? a.status === 403 : a.status < 300 && !emptyList && actions.get(r.action).who !== 'ADMIN') wrong.push(`${r.url} (${r.action}) ${a.status}`);
      }
      assert.deepEqual(wrong, []);
      assert.ok((await c.get(`${N}/session`)).permissions.includes(permission));
    });
  }
  test('a role is worth something on the objects of its set alone', async () => {
    const { organisation } = await token.get(`${N}/session`);
    const other = await token.post(`${N}/flows`, { name: 'Other', folderId: ids.folderId });
    await addPerson(token, 'one-flow@example.com');
    const person = await token.get('/api/v1/users/one-flow@example.com');
    const role = await token.post('/api/v1/iam/roles', { label: 'One flow', description: 'x', permissions: ['okta.workflows.invoke'] });
    const set = await token.post('/api/v1/iam/resource-sets', { label: 'One flow', description: 'x', resources: [`orn:okta:workflow:${organisation.id}:flows:${ids.flowId}`] });
    await token.post(`/api/v1/iam/resource-sets/${set.id}/bindings`, { role: role.id, members: [`${organisation.baseUrl}/api/v1/users/${person.id}`] });
    const c = await signIn(s, 'one-flow@example.com');
    assert.deepEqual((await c.get(`${N}/delegated-flows`)).data.map((f) => f.id), [ids.flowId]);
    const { runId } = await c.post(`${N}/delegated-flows/${ids.flowId}/invoke`, { inputs: {} }, [202]);
    assert.equal((await c.get(`${N}/runs/${runId}`)).id, runId);
    assert.equal((await c.raw('GET', `${N}/runs/${runId}/cards`)).status, 403);
    assert.equal((await c.raw('GET', `${N}/flows/${ids.flowId}`)).status, 404);
    assert.equal((await c.raw('GET', `${N}/delegated-flows/${other.id}`)).status, 404);
    assert.equal((await c.raw('POST', `${N}/delegated-flows/${other.id}/invoke`, { body: { inputs: {} } })).status, 404);
    await token.delete(`/api/v1/iam/resource-sets/${set.id}/bindings/${role.id}`);
    assert.equal((await c.raw('POST', `${N}/delegated-flows/${ids.flowId}/invoke`, { body: { inputs: {} } })).status, 404, 'with the next call');
  });
});
