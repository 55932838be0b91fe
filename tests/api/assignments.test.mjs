// Who has an application: people, groups for their members, and the events of gaining and losing it.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { startReeve, firstAdministrator, addPerson, signIn } from '../lib/reeve.mjs';
import { lab } from '../lib/cards.mjs';

const N = '/reeve/api/v1';

describe('assignments of applications', () => {
  let s, admin, base;
  const oidc = (label) => ({ label, signOnMode: 'OPENID_CONNECT', credentials: { oauthClient: { token_endpoint_auth_method: 'client_secret_basic' } },
    settings: { oauthClient: { application_type: 'web', grant_types: ['authorization_code'], response_types: ['code'], redirect_uris: ['https://a.example.com/'] } } });
  const app = (label) => admin.post('/api/v1/apps', { label, signOnMode: 'BOOKMARK', settings: { app: { url: 'https://b.example.com/' } } });
  const group = (name) => admin.post('/api/v1/groups', { profile: { name } });
  const events = async (id) => (await admin.get(`/api/v1/logs?limit=1000&filter=${encodeURIComponent(`target.id eq "${id}"`)}`)).filter((e) => /membership|assignment/.test(e.eventType));
  const told = async (id, since = 0) => (await events(id)).slice(since).map((e) => `${e.eventType} ${e.target.map((t) => `${t.type}:${t.displayName}`).join(' ')}`);
  before(async () => {
    s = await startReeve();
    admin = await firstAdministrator(s);
    base = (await admin.get(`${N}/session`)).organisation.baseUrl;
  });
  after(() => s?.stop());

  test('a person is assigned, shown, changed and taken away; the second time there is nothing', async () => {
    const a = await admin.post('/api/v1/apps', oidc('Payroll'));
    const p = await addPerson(admin, 'ada@example.com', { firstName: 'Ada', lastName: 'Byron', locale: 'en_GB' });
    const r = await admin.raw('POST', `/api/v1/apps/${a.id}/users`, { body: { id: p.id, scope: 'USER', credentials: { userName: 'ada' }, profile: { nickname: 'A' } } });
    assert.equal(r.status, 200, r.text);
    assert.deepEqual(Object.keys(r.json), ['id', 'externalId', 'created', 'lastUpdated', 'scope', 'status', 'statusChanged', 'passwordChanged', 'syncState', 'credentials', 'profile', '_links']);
    const { created, lastUpdated, statusChanged, profile, ...rest } = r.json;
    assert.deepEqual(rest, { id: p.id, externalId: null, scope: 'USER', status: 'ACTIVE', passwordChanged: null, syncState: 'DISABLED', credentials: { userName: 'ada' },
      _links: { app: { href: `${base}/api/v1/apps/${a.id}` }, user: { href: `${base}/api/v1/users/${p.id}` } } });
    assert.ok(created && lastUpdated && statusChanged);
    assert.deepEqual([profile.given_name, profile.family_name, profile.name, profile.email, profile.locale, profile.nickname, profile.birthdate], ['Ada', 'Byron', 'Ada Byron', 'ada@example.com', 'en_GB', 'A', null]);
    const twice = await admin.raw('POST', `/api/v1/apps/${a.id}/users`, { body: { id: p.id, scope: 'USER' } });
    assert.deepEqual([twice.status, twice.json.errorCode], [409, 'E0000062']);
    const changed = await admin.post(`/api/v1/apps/${a.id}/users/${p.id}`, { credentials: { userName: 'lovelace' } });
    assert.equal(changed.credentials.userName, 'lovelace');
    assert.equal(changed.profile.nickname, 'A');
    assert.deepEqual(await admin.get(`/api/v1/apps/${a.id}/users/${p.id}`), changed);
    const list = await admin.raw('GET', `/api/v1/apps/${a.id}/users?expand=user`);
    assert.equal(list.json[0]._embedded.user.profile.login, 'ada@example.com');
    assert.match(list.headers.get('link'), /limit=50/);
    assert.deepEqual((await admin.get(`/api/v1/apps/${a.id}/users?q=BYR`)).map((u) => u.id), [p.id]);
    assert.deepEqual(await admin.get(`/api/v1/apps/${a.id}/users?q=nobody`), []);
    assert.deepEqual((await admin.get(`/api/v1/apps?filter=${encodeURIComponent(`user.id eq "${p.id}"`)}`)).map((x) => x.id), [a.id]);
    assert.deepEqual((await admin.get(`/api/v1/users/${p.id}/appLinks`)).map((x) => [x.appInstanceId, x.label]), [[a.id, 'Payroll']]);
    assert.equal((await admin.raw('DELETE', `/api/v1/apps/${a.id}/users/${p.id}`)).status, 204);
    for (const [method, path] of [['DELETE', `users/${p.id}`], ['GET', `users/${p.id}`], ['POST', `users/${p.id}`]])
      assert.equal((await admin.raw(method, `/api/v1/apps/${a.id}/${path}`, { body: method === 'POST' ? {} : undefined })).status, 404, method);
    assert.deepEqual(await told(a.id), ['application.user_membership.add AppUser:Ada Byron AppInstance:Payroll User:Ada Byron',
      'application.user_membership.update AppUser:Ada Byron AppInstance:Payroll User:Ada Byron', 'application.user_membership.remove AppUser:Ada Byron AppInstance:Payroll User:Ada Byron']);
    assert.deepEqual((await events(a.id)).map((e) => e.target[0].alternateId), ['ada', 'lovelace', 'lovelace']);
  });

  test('what is sent wrong is refused with its reason and changes nothing', async () => {
    const a = await app('Refusals'), p = await addPerson(admin, 'refused@example.com');
    for (const [body, pointer] of [[{}, 'id'], [{ id: p.id, scope: 'ADMIN' }, 'scope'], [{ id: p.id, credentials: { userName: 'x'.repeat(101) } }, 'userName'], [{ id: p.id, credentials: 7 }, 'credentials'],
      [{ id: p.id, profile: [] }, 'profile'], [{ id: p.id, credentials: { password: { value: 'secret' } } }, 'password'], [[], 'body']]) {
      const r = await admin.raw('POST', `/api/v1/apps/${a.id}/users`, { body });
      assert.equal(r.status, 400, JSON.stringify(body));
      assert.match(r.text, new RegExp(pointer));
    }
    for (const [method, path, body, kind] of [['POST', `${a.id}/users`, { id: '00unobody' }, 'User'], ['POST', '0oanowhere/users', { id: p.id }, 'AppInstance'], ['PUT', `${a.id}/groups/00gnone`, {}, 'UserGroup'],
      ['DELETE', `${a.id}/groups/00gnone`, undefined, 'UserGroup'], ['GET', '0oanowhere/users', undefined, 'AppInstance']]) {
      const r = await admin.raw(method, `/api/v1/apps/${path}`, { body });
      assert.equal(r.status, 404, path);
      assert.match(r.json.errorSummary, new RegExp(`\\(${kind}\\)`));
    }
    const g = await group('Refused group');
    assert.equal((await admin.raw('PUT', `/api/v1/apps/${a.id}/groups/${g.id}`, { body: { priority: -1 } })).status, 400);
    assert.equal((await admin.raw('GET', `/api/v1/apps/${a.id}/groups?after=x`)).status, 400);
    assert.deepEqual(await admin.get(`/api/v1/apps/${a.id}/users`), []);
    assert.deepEqual(await admin.get(`/api/v1/apps/${a.id}/groups`), []);
  });

  test('a group gives its members an application, and each way to it counts once', async () => {
    const a = await app('Wiki'), one = await group('One'), two = await group('Two');
    const [p, q] = [await addPerson(admin, 'p@example.com', { firstName: 'P' }), await addPerson(admin, 'q@example.com', { firstName: 'Q' })];
    await admin.put(`/api/v1/groups/${one.id}/users/${p.id}`);
    const put = await admin.put(`/api/v1/apps/${a.id}/groups/${one.id}`, {}, 200);
    assert.deepEqual([put.id, put.priority, put.profile, Object.keys(put._links)], [one.id, 0, {}, ['app', 'self', 'group']]);
    assert.equal((await admin.put(`/api/v1/apps/${a.id}/groups/${two.id}`, { profile: { role: 'reader' } }, 200)).priority, 1);
    assert.deepEqual((await admin.get(`/api/v1/apps/${a.id}/groups`)).map((g) => g.id), [one.id, two.id]);
    const page = await admin.raw('GET', `/api/v1/apps/${a.id}/groups?limit=1`);
    const next = /<([^>]+)>; rel="next"/.exec(page.headers.get('link'))[1];
    assert.deepEqual((await admin.get(next.slice(base.length))).map((g) => g.profile), [{ role: 'reader' }]);
    assert.deepEqual((await admin.get(`/api/v1/groups/${one.id}/apps`)).map((x) => x.id), [a.id]);
    assert.deepEqual((await admin.get(`/api/v1/apps?filter=${encodeURIComponent(`group.id eq "${two.id}"`)}`)).map((x) => x.id), [a.id]);
    const { _embedded: { stats } } = await admin.get(`/api/v1/groups/${one.id}?expand=stats`);
    assert.deepEqual([stats.usersCount, stats.appsCount, stats.groupPushMappingsCount, stats.hasAdminPrivilege], [1, 1, 0, false]);
    assert.deepEqual((await admin.get('/api/v1/groups?expand=stats&q=Two')).map((g) => g._embedded.stats.appsCount), [1]);
    assert.equal((await admin.get(`/api/v1/groups/${one.id}`))._embedded, undefined);
    const seen = await admin.get(`/api/v1/apps/${a.id}/users/${p.id}`);
    assert.deepEqual([seen.scope, seen.credentials.userName], ['GROUP', 'p@example.com']);
    await admin.put(`/api/v1/groups/${two.id}/users/${p.id}`);
    await admin.put(`/api/v1/groups/${two.id}/users/${q.id}`);
    assert.deepEqual((await admin.get(`/api/v1/apps/${a.id}/users`)).map((u) => u.id).sort(), [p.id, q.id].sort());
    const both = (name) => `application.user_membership.add AppUser:${name} Person AppInstance:Wiki User:${name} Person`;
    assert.deepEqual(await told(a.id), [both('P'), 'group.application_assignment.add UserGroup:One AppInstance:Wiki', 'group.application_assignment.add UserGroup:Two AppInstance:Wiki', both('Q')]);
    const refused = await admin.raw('DELETE', `/api/v1/apps/${a.id}/users/${p.id}`);
    assert.equal(refused.status, 400);
    assert.match(refused.text, /comes from a group/);
    // P has it three ways; only the last one that goes takes it away
    await admin.post(`/api/v1/apps/${a.id}/users`, { id: p.id });
    let n = (await events(a.id)).length;
    for (const scope of ['GROUP', 'USER']) assert.equal((await admin.post(`/api/v1/apps/${a.id}/users/${p.id}`, { scope })).scope, scope);
    n = (await events(a.id)).length;
    await admin.delete(`/api/v1/groups/${one.id}/users/${p.id}`);
    assert.deepEqual(await told(a.id, n), []);
    await admin.delete(`/api/v1/apps/${a.id}/users/${p.id}`);
    assert.deepEqual(await told(a.id, n), [both('P').replace('add', 'update')]);
    n = (await events(a.id)).length;
    await admin.delete(`/api/v1/apps/${a.id}/groups/${two.id}`);
    assert.deepEqual((await told(a.id, n)).sort(), [both('P').replace('add', 'remove'), both('Q').replace('add', 'remove'), 'group.application_assignment.remove UserGroup:Two AppInstance:Wiki'].sort());
    assert.deepEqual(await admin.get(`/api/v1/apps/${a.id}/users`), []);
  });

  test('deactivating a person, deleting a group and deleting an application end what hangs on them', async () => {
    const a = await app('Ends'), g = await group('Ending'), [p, q] = [await addPerson(admin, 'e1@example.com'), await addPerson(admin, 'e2@example.com')];
    await admin.post(`/api/v1/apps/${a.id}/users`, { id: p.id });
    await admin.put(`/api/v1/groups/${g.id}/users/${q.id}`);
    await admin.put(`/api/v1/apps/${a.id}/groups/${g.id}`, {}, 200);
    let n = (await events(a.id)).length;
    for (const x of [p, q]) await admin.post(`/api/v1/users/${x.id}/lifecycle/deactivate`);
    assert.deepEqual((await events(a.id)).slice(n).map((e) => [e.eventType, e.target[0].id]), [['application.user_membership.remove', p.id], ['application.user_membership.remove', q.id]]);
    assert.deepEqual(await admin.get(`/api/v1/apps/${a.id}/users`), []);
    n = (await events(a.id)).length;
    for (const x of [p, q]) await admin.post(`/api/v1/users/${x.id}/lifecycle/activate?sendEmail=false`);
    assert.deepEqual((await events(a.id)).slice(n).map((e) => [e.eventType, e.target[0].id]), [['application.user_membership.add', q.id]], 'a membership is kept, an own assignment is not');
    n = (await events(a.id)).length;
    await admin.delete(`/api/v1/groups/${g.id}`);
    assert.deepEqual((await told(a.id, n)).map((t) => t.split(' ')[0]), ['application.user_membership.remove', 'group.application_assignment.remove']);
    await admin.post(`/api/v1/apps/${a.id}/users`, { id: q.id });
    await admin.post(`/api/v1/apps/${a.id}/lifecycle/deactivate`);
    await admin.delete(`/api/v1/apps/${a.id}`);
    assert.deepEqual(await admin.get(`/api/v1/users/${q.id}/appLinks`), []);
  });

  test('who is new has at once what everybody has', async () => {
    const a = await app('For all'), everyone = (await admin.get('/api/v1/groups?q=Everyone'))[0];
    await admin.put(`/api/v1/apps/${a.id}/groups/${everyone.id}`, {}, 200);
    const p = await addPerson(admin, 'newcomer@example.com');
    assert.equal((await admin.get(`/api/v1/apps/${a.id}/users/${p.id}`)).scope, 'GROUP');
    assert.deepEqual((await events(a.id)).filter((e) => e.target[0].id === p.id).map((e) => e.eventType), ['application.user_membership.add']);
    await admin.delete(`/api/v1/apps/${a.id}/groups/${everyone.id}`);
  });

  test('assigning needs the permission on the application and the one on the person or the group', async () => {
    const a = await app('Guarded'), g = await group('Guarded group'), target = await addPerson(admin, 'target@example.com');
    const orn = (await admin.get(`${N}/session`)).organisation.id;
    const give = async (login, permissions) => {
      const p = await addPerson(admin, login);
      const role = await admin.post('/api/v1/iam/roles', { label: login, description: 'x', permissions });
      const set = await admin.post('/api/v1/iam/resource-sets', { label: login, description: 'x', resources: [`orn:okta:idp:${orn}:apps`, `orn:okta:directory:${orn}:users`, `orn:okta:directory:${orn}:groups`] });
      await admin.post(`/api/v1/iam/resource-sets/${set.id}/bindings`, { role: role.id, members: [`${base}/api/v1/users/${p.id}`] });
      return signIn(s, login);
    };
    const tries = async (c) => [(await c.raw('POST', `/api/v1/apps/${a.id}/users`, { body: { id: target.id } })).status, (await c.raw('PUT', `/api/v1/apps/${a.id}/groups/${g.id}`, { body: {} })).status,
      (await c.raw('DELETE', `/api/v1/apps/${a.id}/users/${target.id}`)).status];
    assert.deepEqual(await tries(await give('reads@example.com', ['okta.apps.read', 'okta.users.read', 'okta.groups.read'])), [403, 403, 403]);
    assert.deepEqual(await tries(await give('half@example.com', ['okta.apps.read', 'okta.apps.assignment.manage', 'okta.users.read', 'okta.groups.read'])), [403, 403, 403]);
    assert.deepEqual(await tries(await give('other@example.com', ['okta.users.appAssignment.manage', 'okta.groups.appAssignment.manage'])), [404, 404, 404]);
    assert.deepEqual(await admin.get(`/api/v1/apps/${a.id}/users`), []);
    const both = await give('both@example.com', ['okta.apps.read', 'okta.apps.assignment.manage', 'okta.users.appAssignment.manage']);
    assert.deepEqual(await tries(both), [200, 404, 204]);
  });

  test('a person is signed out everywhere', async () => {
    const p = await addPerson(admin, 'leaves@example.com'), c = await signIn(s, 'leaves@example.com');
    assert.equal((await c.raw('GET', `${N}/session`)).status, 200);
    assert.equal((await admin.raw('DELETE', `/api/v1/users/${p.id}/sessions?oauthTokens=true`)).status, 204);
    assert.equal((await c.raw('GET', `${N}/session`)).status, 403);
    assert.equal((await admin.get(`/api/v1/logs?filter=${encodeURIComponent(`eventType eq "user.session.clear" and target.id eq "${p.id}"`)}`)).length, 1);
    assert.equal((await admin.raw('DELETE', '/api/v1/users/00unobody/sessions')).status, 404);
  });

  test('cards assign applications, read assignments and take them away', async () => {
    const connection = await admin.post(`${N}/connections`, { name: 'This organisation', connector: 'okta' });
    const l = await lab(admin, connection.id);
    const a = await app('Card app'), g = await group('Card group'), [p, q] = [await addPerson(admin, 'c1@example.com'), await addPerson(admin, 'c2@example.com')];
    const field = { applicationID: a.id };
    assert.deepEqual(await l.run('okta:readApplication', { set: field }).then((o) => [o.ID, o.Name, o.Label]), [a.id, 'bookmark', 'Card app']);
    const found = await l.run('okta:searchApplications', { options: { resultSet: 'First Matching Record' }, set: { Query: 'card a' } });
    assert.deepEqual([found.ID, found.Name], [a.id, 'bookmark']);
    const made = await l.run('okta:assignUserToApplicationForSSO', { options: { application: a.id }, set: { id: p.id, Scope: 'USER', Username: 'c-one' }, add: [{ key: 'team', label: 'Team' }] });
    assert.deepEqual([made['User ID'], made.Scope, made.Status, made.Credentials.Username, made.Credentials.Password], [p.id, 'USER', 'ACTIVE', 'c-one', false]);
    assert.equal((await l.run('okta:getAssignedUserForApplication', { options: { application: a.id }, set: { 'User/id': p.id } }))['Sync State'], 'DISABLED');
    const byGroup = await l.run('okta:assignGroupToApplication', { options: { application: '-- Enter Application ID --' }, set: { groupID: g.id, ...field } });
    assert.deepEqual([byGroup.ID, byGroup.Priority, byGroup.Profile, Object.keys(byGroup.Links)], [g.id, 0, {}, ['app', 'self', 'group']]);
    await admin.put(`/api/v1/groups/${g.id}/users/${q.id}`);
    assert.deepEqual((await l.run('okta:listUsersAssignedToApplication', { set: field })).Users.map((u) => [u.ID, u.Scope]).sort(), [[p.id, 'USER'], [q.id, 'GROUP']].sort());
    assert.deepEqual((await l.run('okta:listGroupsAssignedToApplication', { set: field })).Groups.map((x) => x.ID), [g.id]);
    assert.equal((await l.run('okta:removeUserFromApplication', { set: { 'User/id': p.id, ...field } })).status, 204);
    assert.equal((await l.run('okta:removeGroupFromApplication', { set: { groupID: g.id, ...field } })).status, 204);
    const gone = await l.fails('okta:removeUserFromApplication', { set: { 'User/id': p.id, ...field } });
    assert.deepEqual([gone.code, gone.message], [404, 'Not Found']);
    assert.match((await l.fails('okta:readApplication', { options: { application: '-- Enter Application ID --' } })).message, /required field Application ID is empty/);
    for (const [name, status] of [['deactivateApplication', 'INACTIVE'], ['activateApplication', 'ACTIVE']]) {
      assert.equal((await l.run(`okta:${name}`, { set: field })).status, 200);
      assert.equal((await admin.get(`/api/v1/apps/${a.id}`)).status, status);
    }
    assert.equal((await l.run('okta:clearUserSessions', { set: { ID: p.id, 'Revoke oauthTokens?': true } }))['Status Code'], 204);
    const sessions = await l.fails('okta:createAnImportSession', { set: field });
    assert.equal(sessions.code, 404, 'this server has no identity sources');
    const mapped = await l.run('okta:mapProfileSourceAttributes', { options: { importOperation: 'UPSERT' }, set: { externalIdKey: 'no', users: [{ no: '7', userName: 'x' }] } });
    assert.deepEqual(mapped.Users, [{ externalId: '7', profile: { userName: 'x' } }]);
  });
});
