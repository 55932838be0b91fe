// The cards of the identity connector through real flows: what each sends, gives, and says when it fails.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { startReeve, firstAdministrator, addPerson, signIn } from '../lib/reeve.mjs';
import { lab } from '../lib/cards.mjs';

const N = '/reeve/api/v1';

describe('cards of the identity connector', () => {
  let s, admin, connection, l;
  before(async () => {
    s = await startReeve();
    admin = await firstAdministrator(s);
    connection = await admin.post(`${N}/connections`, { name: 'This organisation', connector: 'okta' });
    l = await lab(admin, connection.id);
  });
  after(() => s?.stop());

  test('WF-121: Read User accepts an id or a login and returns system and profile properties', async () => {
    const ada = await addPerson(admin, 'ada@example.com', { firstName: 'Ada', lastName: 'Lovelace', city: 'London' });
    for (const who of [ada.id, 'ada@example.com', ' ADA@example.com ', 'ada']) {
      const out = await l.run('okta:readUser', { set: { 'ID or Login': who } });
      assert.equal(out.ID, ada.id, who);
      assert.equal(out.Status, 'ACTIVE');
      assert.equal(out['Last Updated'], ada.lastUpdated);
      assert.equal(out['Password Changed'], ada.passwordChanged);
      assert.equal(out['Profile Properties/login'], 'ada@example.com');
      assert.equal(out['Profile Properties/firstName'], 'Ada');
      assert.equal(out['Profile Properties/city'], 'London');
      assert.deepEqual(out.Credentials, { Password: true, 'Recovery Question': null, Provider: { Name: 'OKTA', Type: 'OKTA' } });
    }
    const error = await l.fails('okta:readUser', { set: { 'ID or Login': 'nobody@example.com' } });
    assert.equal(error.code, 404);
    assert.equal(error.message, 'Not Found');
    assert.match(JSON.stringify(error.card), /E0000007/);
    assert.match((await l.fails('okta:readUser', {})).message, /required field ID or Login is empty/);
  });

  test('Create User, Update User and the commands of a life cycle change the person they name', async () => {
    const made = await l.run('okta:createUser', {
      options: { option: 'getInputswithPW' }, add: [{ key: 'department', label: 'Department' }],
      set: { login: 'grace@example.com', firstName: 'Grace', lastName: 'Hopper', email: 'grace@example.com', department: 'Navy', Activate: true, Password: 'a password for grace 1' },
    });
    assert.equal(made.Status, 'ACTIVE');
    assert.equal(made.Activated, true);
    assert.equal(made['Raw Body'].profile.department, 'Navy');
    const staged = await l.run('okta:createUser', { set: { login: 'st@example.com', firstName: 'S', lastName: 'T', email: 'st@example.com', Activate: false } });
    assert.equal(staged.Status, 'STAGED');
    assert.equal(staged.Activated, false);
    const twice = await l.fails('okta:createUser', { set: { login: 'st@example.com', firstName: 'S', lastName: 'T', email: 'st@example.com', Activate: false } });
    assert.equal(twice.code, 400);
    assert.equal(twice.message, 'Bad Request');
    assert.match(JSON.stringify(twice.card), /already exists in the current organization/);

    const changed = await l.run('okta:updateUser', { add: [{ key: 'title', label: 'Title' }], set: { ID: made.ID, title: 'Admiral' } });
    assert.equal(changed.ID, made.ID);
    const read = async () => (await admin.get(`/api/v1/users/${made.ID}`));
    assert.equal((await read()).profile.title, 'Admiral');
    assert.equal((await read()).profile.department, 'Navy', 'what is empty stays');
    await l.run('okta:updateUser', { options: { updateSemantics: 'PUT' }, add: ['login', 'firstName', 'lastName'].map((key) => ({ key, label: key })),
      set: { ID: made.ID, login: 'grace@example.com', email: 'grace@example.com', firstName: 'Grace', lastName: 'Hopper' } });
    assert.equal((await read()).profile.department ?? null, null, 'strict: what is empty is removed');
    const unknown = await l.fails('okta:updateUser', { add: [{ key: 'shoeSize', label: 'Shoe size', type: 'number' }], set: { ID: made.ID, shoeSize: 40 } });
    assert.equal(unknown.code, 400);
    assert.match(JSON.stringify(unknown.card), /shoeSize/);

    const steps = [['suspendUser', 'SUSPENDED'], ['unsuspendUser', 'ACTIVE'], ['expirePassword', 'PASSWORD_EXPIRED'], ['deactivateUser', 'DEPROVISIONED'], ['activateUser', 'ACTIVE']];
    for (const [name, status] of steps) {
      const out = await l.run(`okta:${name}`, { set: { id: 'grace@example.com' } });
      assert.equal(out.statusCode, 200, name);
      assert.equal((await read()).status, status, name);
    }
    assert.equal((await l.fails('okta:unlockUser', { set: { id: made.ID } })).code, 403);
    const reset = await l.run('okta:resetPassword', { options: { email: false }, set: { userID: made.ID } });
    assert.equal(reset['Status Code'], 200);
    assert.match(reset.URL, /\/setup\?token=/);
    assert.equal((await read()).status, 'RECOVERY');
    assert.match((await l.fails('okta:resetPassword', { options: { convert: 'Yes' }, set: { userID: made.ID } })).message, /cannot be carried out/);
    for (const status of ['DEPROVISIONED', null]) {
      assert.equal((await l.run('okta:deleteUser', { set: { ID: made.ID } }))['Status Code'], 204);
      assert.equal(status === null ? (await admin.raw('GET', `/api/v1/users/${made.ID}`)).status : (await read()).status, status ?? 404);
    }
    assert.equal((await l.fails('okta:deleteUser', { set: { ID: made.ID } })).code, 404);
  });

  test('WF-122: Add and Remove User to and from Group return the status and are idempotent', async () => {
    const p = await addPerson(admin, 'member@example.com');
    const g = await l.run('okta:createGroup', { set: { Name: 'Pilots', Description: 'who fly' } });
    assert.equal(g.Type, 'OKTA_GROUP');
    assert.deepEqual([g.Profile.Name, g.Profile.Description], ['Pilots', 'who fly']);
    const members = async () => (await admin.get(`/api/v1/groups/${g.ID}/users`)).map((u) => u.id);
    for (let i = 0; i < 2; i++) {
      assert.equal((await l.run('okta:addNewUserToGroup', { set: { 'Group/id': g.ID, 'User/id': p.id } })).status, 204);
      assert.deepEqual(await members(), [p.id]);
    }
    assert.equal((await l.run('okta:listGroupMembers', { set: { groupId: g.ID } })).Users[0].Login, 'member@example.com');
    assert.ok((await l.run('okta:getUsersGroups', { set: { ID: p.id } })).Groups.some((x) => x.ID === g.ID && x.Name === 'Pilots' && x.Profile.Name === 'Pilots'));
    for (let i = 0; i < 2; i++) {
      assert.equal((await l.run('okta:removeUserFromGroup', { set: { 'Group/id': g.ID, 'User/id': p.id } })).status, 204);
      assert.deepEqual(await members(), []);
    }
    const events = await admin.get(`/api/v1/logs?filter=${encodeURIComponent(`target.id eq "${g.ID}"`)}&limit=1000`);
    assert.deepEqual(events.map((e) => e.eventType).filter((t) => /membership/.test(t)), ['group.user_membership.add', 'group.user_membership.remove']);
    assert.equal((await l.fails('okta:addNewUserToGroup', { set: { 'Group/id': g.ID, 'User/id': '00unobody0000000000' } })).code, 404);
    assert.equal((await l.fails('okta:addNewUserToGroup', { set: { 'Group/id': '../users', 'User/id': p.id } })).code, 400, 'a value stays one segment of the path');
    assert.match((await l.fails('okta:addNewUserToGroup', { set: { 'Group/id': g.ID } })).message, /required field User ID is empty/);

    assert.equal((await l.run('okta:updateGroup', { set: { ID: g.ID, Name: 'Old pilots' } })).Profile.Name, 'Old pilots');
    assert.equal((await l.run('okta:readGroup', { set: { ID: g.ID } })).Profile.Description, null);
    const found = await l.run('okta:searchGroups', { set: { 'Inputs/profile.name': 'Old pilots' } });
    assert.equal(found.ID, g.ID);
    assert.equal(found['Raw Object'].profile.name, 'Old pilots');
    assert.equal((await l.run('okta:searchGroups', { set: { Query: 'old' } })).ID, g.ID);
    assert.equal((await l.run('okta:searchGroups', { set: { 'Inputs/profile.name': 'none" or id pr and profile.name eq "x' } })).ID, null);
    assert.ok((await l.run('okta:searchGroups', { options: { resultSet: 'All Matching Records' }, set: { 'Inputs/Custom Search Criteria': 'profile.name sw "O"' } })).Groups.some((x) => x.ID === g.ID));
    assert.equal((await l.run('okta:deleteGroup', { set: { ID: g.ID } }))['Status Code'], 204);
    assert.equal((await l.fails('okta:readGroup', { set: { ID: g.ID } })).code, 404);
  });

  test('WF-120: Custom API Action sends an authenticated request to the relative URL with query, headers and body', async () => {
    const custom = (requestType, set) => l.run('okta:hTTPRequest', { options: { requestType }, set });
    const made = await custom('POST', { 'Relative URL': '/api/v1/groups', Body: { profile: { name: 'By hand', description: 'ä "quoted"' } } });
    assert.equal(made['Status Code'], 200);
    assert.equal(made.Body.profile.description, 'ä "quoted"');
    assert.match(made.Headers['content-type'], /application\/json/);
    assert.ok((await admin.get(`/api/v1/groups/${made.Body.id}`)).id);
    const listed = await custom('GET', { 'Relative URL': 'api/v1/groups?limit=5', Query: { q: 'By h', nothing: null } });
    assert.deepEqual(listed.Body.map((g) => g.id), [made.Body.id]);
    const user = await custom('GET', { 'Relative URL': '/api/v1/users/me' });
    assert.equal(user.Body.id, (await admin.get('/api/v1/users/me')).id, 'it acts as who made the connection');
    const stale = await l.fails('okta:hTTPRequest', { options: { requestType: 'PUT' }, set: { 'Relative URL': `/api/v1/users/${user.Body.id}`, Headers: { 'If-Match': '"999999"' }, Body: '{"profile":{"firstName":"x"}}' } });
    assert.equal(stale.code, 412, 'headers are sent');
    assert.equal((await custom('DELETE', { 'Relative URL': `/api/v1/groups/${made.Body.id}` }))['Status Code'], 204);
    assert.equal((await l.fails('okta:hTTPRequest', { set: { 'Relative URL': '/api/v1/nowhere' } })).code, 404);
    assert.equal((await l.fails('okta:hTTPRequest', { options: { requestType: 'POST' }, set: { 'Relative URL': '/api/v1/groups', Body: 'no json' } })).code, 400);
    for (const url of ['https://elsewhere.example.com/api/v1/users', '//elsewhere.example.com/api/v1/users', '/reeve/api/v1/api-tokens', '/setup', '/api/v1/users a', '/api/v1/x\r\nHost: y'])
      assert.match((await l.fails('okta:hTTPRequest', { options: { requestType: 'POST' }, set: { 'Relative URL': url } })).message, /Relative URL/, url);
    assert.match((await l.fails('okta:hTTPRequest', { set: { 'Relative URL': '/api/v1/users', Query: 'x' } })).message, /"Query" must be an object, not text/);
    assert.match((await l.fails('okta:hTTPRequest', { options: { requestType: 'TRACE' }, set: { 'Relative URL': '/api/v1/users' } })).message, /not a Request Type/);
  });

  test('a connection acts as its person: what that person may not do fails with 403 and changes nothing', async () => {
    const p = await addPerson(admin, 'plain@example.com');
    const orn = `orn:okta:workflow:${(await admin.get(`${N}/session`)).organisation.id}`;
    const role = await admin.post('/api/v1/iam/roles', { label: 'Connects', description: 'x', permissions: ['reeve.connections.manage', 'reeve.connections.read'] });
    const set = await admin.post('/api/v1/iam/resource-sets', { label: 'Connects', description: 'x', resources: [`${orn}:connections`] });
    await admin.post(`/api/v1/iam/resource-sets/${set.id}/bindings`, { role: role.id, members: [`${(await admin.get(`${N}/session`)).organisation.baseUrl}/api/v1/users/${p.id}`] });
    const theirs = await (await signIn(s, 'plain@example.com')).post(`${N}/connections`, { name: 'Theirs', connector: 'okta' });
    const g = await admin.post('/api/v1/groups', { profile: { name: 'Guarded' } });
    const error = await l.fails('okta:addNewUserToGroup', { connectionId: theirs.id, set: { 'Group/id': g.id, 'User/id': p.id } });
    assert.ok([403, 404].includes(error.code), JSON.stringify(error));
    assert.deepEqual(await admin.get(`/api/v1/groups/${g.id}/users`), []);
  });
});
