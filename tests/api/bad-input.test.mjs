// Bad input to every route that the server documents: as a super administrator, so that no refusal of permission hides a
// defect, every member of every body is sent wrong in every way, and every parameter of address and query. The answer is
// never a 5xx and never a closed connection, it has a code and a sentence, and nothing is stored by half.
import test, { before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { startReeve, firstAdministrator, addPerson, apiToken, Client } from '../lib/reeve.mjs';
import { badgeScenario, submitBadge, step, N } from '../lib/badge.mjs';

let s, token, agent, routes;
const ids = {};
before(async () => {
  s = await startReeve({ config: { 'rate.api': 0, 'rate.log': 0 } });
  const admin = await firstAdministrator(s);
  token = new Client(s.url, { token: await apiToken(admin) });
  agent = new Agent({ keepAlive: true, maxSockets: 6 });
  const b = await badgeScenario(token, s);
  const open = await submitBadge(b);
  const folder = await token.post(`${N}/folders`, { name: 'Bad input' });
  const group = await token.post('/api/v1/groups', { profile: { name: 'Bad input' } });
  const { organisation } = await token.get(`${N}/session`);
  const role = await token.post('/api/v1/iam/roles', { label: 'Bad input', description: 'x', permissions: ['okta.users.read'] });
  const set = await token.post('/api/v1/iam/resource-sets', { label: 'Bad input', description: 'x', resources: [`orn:okta:directory:${organisation.id}:users`] });
  const member = await token.post(`/api/v1/iam/resource-sets/${set.id}/bindings`, { role: role.id, members: [`${organisation.baseUrl}/api/v1/users/${b.people.requester.id}`] });
  const someone = await addPerson(token, 'someone@example.com');
  const key = await token.post(`${N}/api-tokens`, { name: 'other' });
  const feature = (await token.get('/api/v1/features'))[0];
  const { runId } = await token.post(`${N}/delegated-flows/${b.flow.id}/invoke`, { inputs: { requesterEmail: 'rita@example.com', buildingRequested: 'x', businessJustification: 'y' } }, [202]);
  Object.assign(ids, { folderId: folder.id, flowId: b.flow.id, runId, connectionId: b.connection.id, teamId: b.team.id, configListId: b.list.id, listId: b.list.id,
    itemId: b.items[0].id, groupId: group.id, roleId: role.id, roleIdOrLabel: role.id, resourceSetId: set.id, resourceSetIdOrLabel: set.id, userId: someone.id,
    appId: b.app.id, clientId: b.app.id, integrationId: b.okta.id, featureId: feature.id, number: '1', type: 'workflows', requestTypeId: b.type.id, requestId: open.id,
    taskId: step(open, 't1').taskId, apiTokenId: key.id, memberId: member?.id, permissionType: 'okta.users.read' });
  const doc = await token.get(`${N}/openapi.json`);
  routes = Object.entries(doc.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, o]) => ({
    path, method: method.toUpperCase(), op: o.operationId, action: o['x-action'], tag: o.tags[0],
    shape: o.requestBody?.content['application/json'].schema,
    url: path.replaceAll(/\{(\w+)\}/g, (_, n) => idFor(path, n)),
  }))).filter((r) => r.op !== 'getLive');
});
after(async () => { agent?.destroy(); await s?.stop(); });

const idFor = (path, name) => (name !== 'id' ? ids[name] : /users/.test(path) ? ids.userId : ids[`${/(\w+?)s\/\{id/.exec(path)?.[1]}Id`]) ?? 'none';

/** Exactly these bytes; the answer, or a failure when the connection was closed without one. */
const send = (method, path, body, headers = {}) => new Promise((resolve, reject) => {
  const u = new URL(s.url);
  const r = request({ host: u.hostname, port: u.port, path, method, agent, headers: { authorization: `SSWS ${token.token}`, ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }), ...headers } }, (res) => {
    const parts = [];
    res.on('data', (d) => parts.push(d));
    res.on('end', () => resolve({ status: res.statusCode, headers: res.headers, bytes: Buffer.concat(parts) }));
    res.on('error', reject);
  });
  r.on('error', (e) => reject(new Error(`${method} ${path}: the connection was closed without an answer (${e.message})`)));
  if (body !== undefined) r.write(body);
  r.end();
});
const utf8 = new TextDecoder('utf-8', { fatal: true });
const problems = [];
/** What is wrong with an answer, or null. */
function judge(r, a, what, { mayPass = false } = {}) {
  let text;
  try { text = utf8.decode(a.bytes); } catch { return `${what}: the answer is not UTF-8`; }
  if (a.status >= 500) return `${what}: ${a.status} ${text.slice(0, 300)}`;
  if (a.status < 400) return mayPass ? null : `${what}: accepted with ${a.status} ${text.slice(0, 160)}`;
  if (r.tag === 'pages') return /<h1>/.test(text) || a.headers['content-type']?.startsWith('text/plain') ? null : `${what}: no page ${text.slice(0, 200)}`;
  let json;
  try { json = JSON.parse(text); } catch { return `${what}: ${a.status} is no JSON: ${text.slice(0, 200)}`; }
  if (/SELECT |INSERT |SQLITE|\.c:\d|0x[0-9a-f]{6}|\(null\)/.test(text)) return `${what}: shows the inside: ${text.slice(0, 300)}`;
  if (r.tag === 'oauth') return /^[a-z_]+$/.test(json.error) && json.error_description?.length > 4 ? null : `${what}: no error of OAuth: ${text.slice(0, 200)}`;
  if (!/^E\d{7}$/.test(json.errorCode)) return `${what}: errorCode ${json.errorCode}`;
  if (typeof json.errorSummary !== 'string' || json.errorSummary.length < 5) return `${what}: errorSummary ${json.errorSummary}`;
  for (const c of json.errorCauses) if (typeof c.errorSummary !== 'string' || c.errorSummary.length < 3) return `${what}: a cause without a sentence: ${text.slice(0, 300)}`;
  return null;
}
async function expect(r, path, body, what, options = {}, headers = {}) {
  const name = `${r.op} ${what}`;
  try {
    const p = judge(r, await send(r.method, path, body, headers), name, options);
    if (p) problems.push(p);
  } catch (e) { problems.push(e.message); }
}
/** A good many at once: this file sends more than ten thousand requests. */
async function each(cases) {
  let at = 0;
  await Promise.all(Array.from({ length: 6 }, async () => { while (at < cases.length) await expect(...cases[at++]); }));
  assert.deepEqual(problems.splice(0), []);
}
/** Everything that can be counted: the same before and after what was refused. */
async function counts() {
  const out = {};
  for (const path of ['folders', 'flows', 'connections', 'teams', 'config-lists', 'request-types', 'requests?view=all', 'runs', 'mails', 'tasks?view=all', `config-lists/${ids.listId}/items`, 'catalogue'])
    out[path] = (await token.get(`${N}/${path}${path.includes('?') ? '&' : '?'}limit=200`)).data.length;
  for (const path of ['users', 'groups', 'apps', 'iam/roles', 'iam/resource-sets', 'api-tokens']) {
    const a = await token.get(`/api/v1/${path}?limit=200`);
    out[path] = (a.roles ?? a['resource-sets'] ?? a).length;
  }
  return out;
}
const writes = () => routes.filter((r) => r.method !== 'GET' && r.tag !== 'pages');
const withBody = () => writes().filter((r) => r.shape);
const writable = new Set(['POST', 'PUT', 'PATCH']);

/** Values of wrong types for a member of the schema. */
const wrongTypes = (m) => {
  const types = [].concat(m.type ?? []);
  const values = { string: 'x', integer: 7, number: 1.5, boolean: true, object: {}, array: [] };
  if (types.length === 0) return [];
  const bad = Object.entries(values).filter(([t]) => !types.includes(t) && !(t === 'integer' && types.includes('number'))).map(([, v]) => v);
  return types.includes('null') ? bad : [...bad, null];
};
function valid(m, name) {
  const type = [].concat(m.type ?? 'string')[0];
  if (m.enum) return m.enum[0];
  if (type === 'string') return m.format === 'date-time' ? '2027-01-31T00:00:00.000Z' : ids[name] ?? 'x'.repeat(Math.max(1, m.minLength ?? 1));
  if (type === 'integer' || type === 'number') return Math.max(1, m.minimum ?? 1);
  return type === 'boolean' ? true : type === 'array' ? [] : {};
}
const full = (shape) => Object.fromEntries((shape.required ?? []).map((k) => [k, valid(shape.properties[k], k)]));

describe('bodies', () => {
  test('what is no JSON, or JSON that is not allowed, is refused by every route that writes', async () => {
    const before = await counts();
    const deep = `{"a":${'['.repeat(70)}${']'.repeat(70)}}`;
    const cases = [['{', 'half'], ['{"a":1}x', 'with a tail'], ['{"name":"a","name":"b"}', 'with a key twice'], ['{"name":"\\ud800"}', 'with half a surrogate pair'],
      ['{"name":"\\u0000"}', 'with a zero'], ['{"name":"\u0001"}', 'with a control character'], ['\ufeff{}', 'with a byte order mark'], [deep, 'too deep'],
      [`{"a":${'9'.repeat(70)}}`, 'with a number of 70 digits'], ['{"a":1e999}', 'with a number beyond all'], [`{"${'k'.repeat(300)}":1}`, 'with a long key'],
      [Buffer.from('{"name":"\xff"}', 'latin1'), 'that is not UTF-8'], ["{'a':1}", 'with other quotes'], ['{"a":01}', 'with a leading zero'], ['NaN', 'NaN']];
    await each(writes().filter((x) => writable.has(x.method)).flatMap((r) => cases.map(([body, what]) => [r, r.url, body, what])));
    assert.deepEqual(await counts(), before);
  });
  test('an empty body never is a defect', async () => {
    await each(writes().filter((x) => writable.has(x.method) && x.op !== 'revokeCurrentApiToken').map((r) => [r, r.url, '', 'with an empty body', { mayPass: true }]));
  });
  test('a body of another media type, and one that is no object, is refused by every route that takes one', async () => {
    const before = await counts();
    await each(withBody().flatMap((r) => [
      ...['text/plain', 'application/x-www-form-urlencoded', 'application/json5', 'multipart/form-data; boundary=x', '', '/'].map((type) => [r, r.url, '{}', `as ${type}`, {}, { 'content-type': type }]),
      ...['[]', '"x"', '7', 'true', 'null', '[[]]'].map((body) => [r, r.url, body, body, { mayPass: !r.shape.properties && /^(assign|activate|deactivate|reactivate)/.test(r.op) }]), // commands of the compatible API look at no body
    ]));
    assert.deepEqual(await counts(), before);
  });
  test('every member of every schema is refused with each wrong type, too long, too large, too many, and unknown', async () => {
    const before = await counts();
    const cases = [];
    for (const r of withBody().filter((x) => x.shape.properties)) {
      const base = full(r.shape), required = r.shape.required ?? [];
      const add = (body, what, options) => cases.push([r, r.url, typeof body === 'string' ? body : JSON.stringify(body), what, options]);
      for (const [name, m] of Object.entries(r.shape.properties)) {
        const types = [].concat(m.type);
        for (const v of wrongTypes(m)) add({ ...base, [name]: v }, `${name} = ${JSON.stringify(v)}`, { mayPass: v === null && !required.includes(name) });
        if (m.maxLength) add({ ...base, [name]: 'ä'.repeat(m.maxLength + 1) }, `${name} of ${m.maxLength + 1} characters`);
        if (m.minLength) add({ ...base, [name]: '' }, `${name} empty`);
        if (m.enum) add({ ...base, [name]: 'nonsense' }, `${name} = nonsense`);
        if (types.includes('integer'))
          for (const v of ['1.5', '9223372036854775807', '9223372036854775808', '-9223372036854775808', '-99999999999999999999', '9'.repeat(60)])
            add(JSON.stringify({ ...base, [name]: '@' }).replace('"@"', v), `${name} = ${v}`);
        if (types.includes('array'))
          for (const v of [[null], [{}], [[]], [7], [true], [''], ['\ud83d\ude00'], [{ id: 7 }], [{ id: null, allowed: 'x' }], [{ id: 'none', allowed: true }], Array.from({ length: 20001 }, () => 'x')])
            add({ ...base, [name]: v }, `${name} = ${JSON.stringify(v).slice(0, 60)}`);
        if (types.includes('object'))
          for (const v of [{ nonsense: 1 }, { type: 7 }, { type: 'NONSENSE' }, { mode: [] }, { '': null }, { type: { type: {} } }])
            add({ ...base, [name]: v }, `${name} = ${JSON.stringify(v)}`, { mayPass: name === 'notices' });
      }
      for (const name of required) {
        const { [name]: _, ...rest } = base;
        add(rest, `without ${name}`);
      }
      if (r.shape.additionalProperties) continue;
      add({ ...base, nonsense: 1 }, 'with an unknown member');
      add({ ...base, [`k${'é'.repeat(80)}`]: 1 }, 'with an unknown member of long letters');
      add({ ...base, '/~"\\\u2028': 1 }, 'with an unknown member of odd letters');
    }
    await each(cases);
    assert.deepEqual(await counts(), before);
  });
  test('commands without a body of their own take no members', async () => {
    await each(writes().filter((x) => x.tag === 'native' && !x.shape && x.method === 'POST').map((r) => [r, r.url, '{"nonsense":1}', 'with an unknown member']));
  });
  test('lenient bodies of the compatible API survive every type in every place', async () => {
    const values = [null, true, 7, 1.5, '', 'x'.repeat(5000), '\r\nBcc: x@example.com', [], [null], [[[]]], {}, { a: {} }];
    const places = ['profile', 'credentials', 'type', 'groupIds', 'name', 'label', 'description', 'permissions', 'resources', 'additions', 'members', 'role', 'signOnMode', 'settings', 'conditions', 'visibility',
      'network', 'oldPassword', 'newPassword', 'resource-set', 'visibleInAccessRequests'];
    const inner = ['login', 'email', 'firstName', 'managerId', 'timezone', 'locale', 'name', 'description', 'custom'];
    await each(withBody().filter((x) => x.tag !== 'native' && x.op !== 'revokeCurrentApiToken').flatMap((r) => [
      ...places.flatMap((p) => values.map((v) => [r, r.url, JSON.stringify({ [p]: v }), `${p} = ${JSON.stringify(v).slice(0, 40)}`, { mayPass: true }])),
      ...(/User|Group/.test(r.op) ? inner : []).flatMap((i) => values.map((v) => [r, r.url, JSON.stringify({ profile: { login: 'a@example.com', email: 'a@example.com', firstName: 'A', lastName: 'B', name: 'N', [i]: v } }), `profile.${i} = ${JSON.stringify(v).slice(0, 40)}`, { mayPass: true }])),
    ]));
  });
});

describe('addresses and queries', () => {
  const oddIds = ['none', '0', '-1', '99999999999999999999', '%F0%9F%98%80', "'%20OR%201=1--", '%25', '_', '%22', 'a'.repeat(300), '000000000000000000000000', 'ffffffffffffffffffffffff', '00u00000000000000000', '%E2%80%AE', 'null', '{x}', '%0d%0aX:y', '..%2f'];
  test('an id that nobody has is 404 or 400, wherever it stands', async () => {
    await each(routes.filter((x) => x.tag !== 'pages' && x.path.includes('{')).flatMap((r) => [...r.path.matchAll(/\{(\w+)\}/g)].flatMap(([, n]) => oddIds.map((id) => {
      const url = r.path.replaceAll(/\{(\w+)\}/g, (_, x) => (x === n ? id : idFor(r.path, x)));
      const body = writable.has(r.method) ? JSON.stringify(r.shape?.properties ? full(r.shape) : {}) : undefined;
      return [r, url, body, `with ${n} = ${id.slice(0, 40)}`, { mayPass: r.method === 'GET' || r.method === 'DELETE' || r.method === 'PUT' }];
    }))));
  });
  test('queries that mean nothing are refused or ignored, never a defect', async () => {
    const values = ['', '0', '-1', '201', '1.5', '99999999999999999999', 'x', '%00', '%FF', '%', '%zz', "'", '%25_%25', '%5C', 'a'.repeat(3000), '%F0%9F%98%80', '%0d%0a', 'null', 'true', '[]', '*', '%22%22%22'];
    const all = ['limit', 'after', 'q'], some = ['filter', 'search', 'sortBy', 'sortOrder', 'view', 'status', 'teamId', 'flowId', 'folderId', 'requestId', 'parentRunId', 'overdue', 'since', 'until', 'enabled', 'kind', 'requestTypeId', 'assigneeId',
      'requesterId', 'taskAssigneeId', 'tag', 'followerId', 'expand', 'nonsense'];
    await each(routes.filter((x) => x.method === 'GET' && x.tag !== 'pages').flatMap((r, i) => [
      ...all.flatMap((n) => values.map((v) => [n, v])), ...some.flatMap((n, k) => [0, 1, 2, 3].map((j) => [n, values[(i * 5 + k * 7 + j * 6) % values.length]])),
    ].map(([n, v]) => [r, `${r.url}?${n}=${v}`, undefined, `?${n}=${v.slice(0, 40)}`, { mayPass: true }])));
  });
  test('filters and searches that are wrong say so', async () => {
    const filters = ['(', ')', 'a', 'a eq', 'a eq "', 'status eq "OPEN" and', 'status eq "OPEN" or', 'status eq OPEN', '((((((((((status eq "OPEN"))))))))))', 'status eq "\\', 'status eq "\\ud800"', 'not (status eq "x")',
      'status eq "OPEN" or team eq "x"', 'profile.login sw', 'id eq 7', 'lastUpdated gt "yesterday"', `${'('.repeat(1000)}`, `status eq "${'x'.repeat(3000)}"`, 'status pr', 'status eq "a" and status eq "b"', 'profile.x eq "\u202e"', ' ', '""', 'eventType eq "a" and (', 'team eq null'];
    const lists = routes.filter((x) => x.method === 'GET' && x.tag !== 'pages' && /^list|^get\w*Logs/i.test(x.op));
    await each(lists.flatMap((r) => filters.flatMap((f) => ['filter', 'search'].map((n) => [r, `${r.url}?${n}=${encodeURIComponent(f)}`, undefined, `?${n}=${f.slice(0, 40)}`, { mayPass: true }]))));
  });
  test('the plain pages answer odd forms with a page', async () => {
    await each(routes.filter((x) => x.tag === 'pages').flatMap((r) => ['', 'a', '%', '%zz', '%00', '%ff', 'a=b&'.repeat(200), `login=${'x'.repeat(60000)}`, 'csrf=x', 'csrf[]=x&login[]=y', '%01'].map((body) => {
      const url = r.path.replaceAll(/\{\w+\}/g, 'AAAA'), get = r.method === 'GET';
      return [r, get ? `${url}?${body.slice(0, 3000)}` : url, get ? undefined : body, JSON.stringify(body.slice(0, 20)), { mayPass: true }, get ? {} : { 'content-type': 'application/x-www-form-urlencoded' }];
    })));
  });
});

test('after all of it the server lives, and has seen no defect', async () => {
  assert.equal(s.exited, null);
  assert.equal((await fetch(`${s.url}/readyz`)).status, 200);
  const r = await token.get(`${N}/requests/${ids.requestId}`);
  assert.deepEqual(r.steps.map((x) => x.id), ['q1', 'q2', 'q3', 't1', 'a1', 't2']);
  assert.doesNotMatch(s.stderr, /Sanitizer|runtime error|http\.unasked/);
});
