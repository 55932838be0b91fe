// People, groups, applications, features and the system log in the compatible wire format (api.md 12 to 16).
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { startReeve, firstAdministrator, addPerson, apiToken, signIn, Client, adminPassword } from '../lib/reeve.mjs';

let s, admin;
before(async () => {
  s = await startReeve();
  admin = await firstAdministrator(s);
});
after(async () => s?.stop());

const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const refused = async (method, path, body, status, cause, code = 'E0000001') => {
  const r = await admin.raw(method, path, { body });
  assert.equal(r.status, status, `${method} ${path}: ${r.text}`);
  assert.equal(r.json.errorCode, code, r.text);
  assert.match(r.json.errorId, /^oae[\w-]{22}$/);
  if (cause) assert.ok([r.json.errorSummary, ...r.json.errorCauses.map((c) => c.errorSummary)].some((x) => cause.test(x)), r.text);
  return r.json;
};
const links = (r) => Object.fromEntries((r.headers.get('link') ?? '').split(/,\s*(?=<)/).filter(Boolean).map((l) => {
  const m = /<([^>]*)>; rel="([^"]*)"/.exec(l);
  return [m[2], m[1]];
}));

describe('people', () => {
  test('a person made without a password is PROVISIONED and looks as clients expect', async () => {
    const u = await admin.post('/api/v1/users', { credentials: { password: {} }, profile: { login: 'plain@example.com', email: 'plain@example.com', firstName: 'Test', lastName: 'Smith', postalAddress: null } }, [200]);
    assert.deepEqual(Object.keys(u), ['id', 'status', 'created', 'activated', 'statusChanged', 'lastLogin', 'lastUpdated', 'passwordChanged', 'realmId', 'type', 'profile', 'credentials', '_links']);
    assert.match(u.id, /^00u[0-9A-Za-z]{17}$/);
    assert.equal(u.status, 'PROVISIONED');
    for (const k of ['created', 'activated', 'statusChanged', 'lastUpdated']) assert.match(u[k], iso);
    assert.equal(u.lastLogin, null);
    assert.equal(u.passwordChanged, null);
    assert.deepEqual(u.profile, { firstName: 'Test', lastName: 'Smith', mobilePhone: null, secondEmail: null, login: 'plain@example.com', email: 'plain@example.com' });
    assert.deepEqual(u.credentials, { provider: { type: 'OKTA', name: 'OKTA' } });
    assert.deepEqual(Object.keys(u._links).sort(), ['deactivate', 'reactivate', 'resetFactors', 'resetPassword', 'schema', 'self', 'suspend', 'type']);
    assert.equal(u._links.suspend.method, 'POST');
    assert.ok(u._links.self.href.startsWith(`${s.url}/api/v1/users/`));
  });
  test('a person made without a password gets a link by mail that sets one and signs in', async () => {
    const mail = (await admin.get('/reeve/api/v1/mails')).data.find((m) => m.to === 'plain@example.com');
    assert.equal(mail.status, 'CAPTURED');
    const { text } = await admin.get(`/reeve/api/v1/mails/${mail.id}`);
    const c = new Client(s.url);
    const r = await c.form(/\/setup\?token=\S+/.exec(text)[0], { password: 'a long enough password 3', password2: 'a long enough password 3' });
    assert.ok([302, 303].includes(r.status), r.text.slice(0, 500));
    const u = await admin.get('/api/v1/users/plain@example.com');
    assert.equal(u.status, 'ACTIVE');
    assert.match(u.passwordChanged, iso);
    assert.deepEqual(u.credentials.password, {});
  });
  test('activate=false makes a STAGED person with null times, who can be activated, deactivated and deleted in two steps', async () => {
    const u = await admin.post('/api/v1/users?activate=false', { profile: { login: 'staged@example.com', email: 'staged@example.com', firstName: 'S', lastName: 'T' } }, [200]);
    assert.equal(u.status, 'STAGED');
    assert.equal(u.activated, null);
    assert.equal(u.statusChanged, null);
    assert.ok(u._links.activate && !u._links.suspend);
    const link = await admin.post(`/api/v1/users/${u.id}/lifecycle/activate?sendEmail=false`, {}, [200]);
    assert.ok(link.activationUrl.endsWith(`/setup?token=${link.activationToken}`));
    assert.equal((await admin.get(`/api/v1/users/${u.id}`)).status, 'PROVISIONED');
    await refused('POST', `/api/v1/users/${u.id}/lifecycle/activate`, {}, 403, /already active/, 'E0000016');
    assert.equal((await admin.raw('DELETE', `/api/v1/users/${u.id}`)).status, 204);
    assert.equal((await admin.get(`/api/v1/users/${u.id}`)).status, 'DEPROVISIONED');
    const plain = await admin.get('/api/v1/users');
    assert.ok(!plain.some((x) => x.id === u.id), 'the plain list omits deactivated people');
    assert.deepEqual((await admin.get(`/api/v1/users?filter=${encodeURIComponent('status eq "DEPROVISIONED"')}`)).map((x) => x.id), [u.id]);
    const gone = await admin.raw('DELETE', `/api/v1/users/${u.id}`);
    assert.equal(gone.status, 204);
    assert.equal(gone.text, '');
    await refused('GET', `/api/v1/users/${u.id}`, undefined, 404, /Resource not found: 00u\w+ \(User\)/, 'E0000007');
    await refused('DELETE', `/api/v1/users/${u.id}`, undefined, 404, null, 'E0000007');
  });
  test('suspend, unsuspend, unlock and the password commands follow the table of states', async () => {
    const u = await addPerson(admin, 'states@example.com');
    assert.equal(u.status, 'ACTIVE');
    await refused('POST', `/api/v1/users/${u.id}/lifecycle/unsuspend`, {}, 400, /not suspended/);
    assert.equal((await admin.raw('POST', `/api/v1/users/${u.id}/lifecycle/suspend`, { body: {} })).status, 200);
    assert.equal((await admin.get(`/api/v1/users/${u.id}`)).status, 'SUSPENDED');
    await assert.rejects(signIn(s, 'states@example.com'), /sign-in/);
    assert.equal((await admin.raw('POST', `/api/v1/users/${u.id}/lifecycle/unsuspend`, { body: {} })).status, 200);
    await refused('POST', `/api/v1/users/${u.id}/lifecycle/unlock`, {}, 403, null, 'E0000032');
    await refused('POST', `/api/v1/users/${u.id}/lifecycle/reactivate`, {}, 403, null, 'E0000038');
    assert.equal((await admin.post(`/api/v1/users/${u.id}/lifecycle/expire_password`, {}, [200])).status, 'PASSWORD_EXPIRED');
    assert.ok((await admin.get('/reeve/api/v1/mails')).data.some((m) => m.to === 'states@example.com' && /new password/.test(m.subject)), 'who has an expired password gets a link to set another');
    const reset = await admin.post(`/api/v1/users/${u.id}/lifecycle/reset_password?sendEmail=false`, {}, [200]);
    assert.match(reset.resetPasswordUrl, /\/setup\?token=/);
    assert.equal((await admin.get(`/api/v1/users/${u.id}`)).status, 'RECOVERY');
    assert.equal((await admin.raw('POST', `/api/v1/users/${u.id}/lifecycle/nonsense`, { body: {} })).status, 404);
  });
  test('logins are unique without case, and the refusal says so in the words that clients match', async () => {
    await addPerson(admin, 'twice@example.com');
    const e = await refused('POST', '/api/v1/users', { profile: { login: 'TWICE@example.com', email: 'other@example.com', firstName: 'A', lastName: 'B' } }, 400,
      /^login: An object with this field already exists in the current organization$/);
    assert.equal(e.errorSummary, 'Api validation failed: login');
    const other = await addPerson(admin, 'thrice@example.com');
    await refused('POST', `/api/v1/users/${other.id}`, { profile: { login: 'twice@example.com' } }, 400, /^login: An object with this field/);
  });
  test('every bad attribute is refused by name and nothing is stored', async () => {
    const good = { login: 'bad1@example.com', email: 'bad1@example.com', firstName: 'A', lastName: 'B' };
    const e = await refused('POST', '/api/v1/users', { profile: { ...good, notValid: 'x' } }, 400, /^Property name 'notValid' is not defined in profile$/);
    assert.equal(e.errorSummary, 'Api validation failed: newUser');
    for (const [change, cause] of [
      [{ login: 'no address' }, /^login: /], [{ email: 'a@b@c' }, /^email: /], [{ firstName: null }, /^firstName: /], [{ lastName: 'x'.repeat(51) }, /^lastName: /],
      [{ timezone: 'Mars/Olympus' }, /^timezone: /], [{ locale: '!!' }, /^locale: /], [{ mobilePhone: 5 }, /^mobilePhone: /], [{ city: 'a\u0001b' }, /^city: /],
      [{ countryCode: 'DEU' }, /^countryCode: /], [{ login: undefined }, /^login: The field cannot be left blank/],
    ]) await refused('POST', '/api/v1/users', { profile: { ...good, ...change } }, 400, cause);
    await refused('POST', '/api/v1/users', {}, 400, /^profile: /);
    await refused('POST', '/api/v1/users', [], 400, /object/);
    await refused('POST', '/api/v1/users', { profile: good, credentials: { password: { value: 'short' } } }, 400, /^password: /);
    await refused('POST', '/api/v1/users', { profile: good, credentials: { password: { hash: { algorithm: 'BCRYPT' } } } }, 400, /^password: /);
    await refused('POST', '/api/v1/users', { profile: good, groupIds: ['00gnotthere000000000'] }, 400, /^groupIds: /);
    await refused('POST', '/api/v1/users', { profile: good, type: { id: 'otynotthere000000000' } }, 404, /UserType/, 'E0000007');
    await refused('POST', '/api/v1/users?activate=perhaps', { profile: good }, 400, /activate/);
    await refused('GET', '/api/v1/users/bad1@example.com', undefined, 404, null, 'E0000007');
  });
  test('POST merges the profile, PUT replaces it, and a stale If-Match is refused', async () => {
    const u = await addPerson(admin, 'merge@example.com', { title: 'Engineer', city: 'Bonn', managerId: 'plain@example.com', timezone: 'Europe/Berlin', locale: 'de_DE' });
    assert.equal(u.profile.managerId, 'plain@example.com');
    const first = await admin.raw('GET', `/api/v1/users/${u.id}`);
    const merged = await admin.post(`/api/v1/users/${u.id}`, { profile: { city: 'Köln', title: null } }, [200]);
    assert.equal(merged.profile.city, 'Köln');
    assert.ok(!('title' in merged.profile));
    assert.equal(merged.profile.timezone, 'Europe/Berlin');
    const stale = await admin.raw('POST', `/api/v1/users/${u.id}`, { body: { profile: { city: 'Ulm' } }, headers: { 'if-match': first.headers.get('etag') } });
    assert.equal(stale.status, 412, stale.text);
    const fresh = (await admin.raw('GET', `/api/v1/users/${u.id}`)).headers.get('etag');
    const put = await admin.raw('PUT', `/api/v1/users/${u.id}`, { body: { profile: { login: 'merged@example.com', email: 'merge@example.com', firstName: 'M', lastName: 'N' } }, headers: { 'if-match': fresh } });
    assert.equal(put.status, 200, put.text);
    assert.deepEqual(put.json.profile, { firstName: 'M', lastName: 'N', mobilePhone: null, secondEmail: null, login: 'merged@example.com', email: 'merge@example.com' });
    assert.equal((await admin.get('/api/v1/users/MERGED@example.com')).id, u.id);
    assert.equal((await admin.get('/api/v1/users/merged')).id, u.id, 'by short name');
  });
  test('the list pages by id, and q, search and filter find people', async () => {
    for (let i = 0; i < 5; i++) await addPerson(admin, `page${i}@example.com`, { firstName: `Page${i}`, lastName: i % 2 ? 'Odd' : 'Even', department: `D${i}` });
    const seen = [];
    let path = '/api/v1/users?limit=3';
    for (let n = 0; path; n++) {
      assert.ok(n < 50);
      const r = await admin.raw('GET', path);
      assert.equal(r.status, 200);
      assert.ok(r.json.length <= 3);
      assert.match(links(r).self, /limit=3/);
      seen.push(...r.json.map((u) => u.id));
      path = links(r).next?.slice(s.url.length);
    }
    assert.deepEqual(seen, [...new Set(seen)].sort((a, b) => (a < b ? -1 : 1)));
    assert.deepEqual(Object.keys((await admin.get('/api/v1/users?limit=1'))[0]._links), ['self']);
    const find = async (kind, x, more = '') => (await admin.get(`/api/v1/users?${kind}=${encodeURIComponent(x)}${more}`)).map((u) => u.profile.login).sort();
    assert.deepEqual(await find('q', 'page3'), ['page3@example.com']);
    assert.deepEqual(await find('q', 'odd'), ['page1@example.com', 'page3@example.com']);
    assert.deepEqual(await find('search', 'profile.lastName eq "Odd" and (profile.department sw "d" or status eq "STAGED")'), ['page1@example.com', 'page3@example.com']);
    assert.deepEqual(await find('search', 'profile.email pr and not (profile.lastName eq "Even") and profile.firstName sw "Page"'), ['page1@example.com', 'page3@example.com']);
    assert.deepEqual(await find('search', 'profile.login eq "PAGE2@example.com"'), ['page2@example.com']);
    assert.deepEqual(await find('search', 'profile.department gt "D2" and created gt "2020-01-01T00:00:00.000Z" and profile.department pr'), ['page3@example.com', 'page4@example.com']);
    assert.deepEqual(await find('filter', 'profile.lastName eq "Odd" or profile.email eq "page0@example.com"'), ['page0@example.com', 'page1@example.com', 'page3@example.com']);
    const order = (await admin.get(`/api/v1/users?search=${encodeURIComponent('profile.firstName sw "Page"')}&sortBy=profile.firstName&sortOrder=desc&limit=2`)).map((u) => u.profile.firstName);
    assert.deepEqual(order, ['Page4', 'Page3']);
  });
  test('sorted pages follow each other without a gap', async () => {
    const names = [];
    let path = `/api/v1/users?search=${encodeURIComponent('profile.firstName sw "Page"')}&sortBy=profile.lastName&limit=2`;
    while (path) {
      const r = await admin.raw('GET', path);
      assert.equal(r.status, 200, r.text);
      names.push(...r.json.map((u) => u.profile.login));
      path = links(r).next?.slice(s.url.length);
      assert.ok(names.length < 20);
    }
    assert.equal(names.length, 5);
    assert.equal(new Set(names).size, 5);
  });
  test('bad searches, filters, limits and cursors are refused with the code of the API', async () => {
    await refused('GET', `/api/v1/users?search=${encodeURIComponent('profile.lastName equals "x"')}`, undefined, 400, /search: /, 'E0000031');
    await refused('GET', `/api/v1/users?search=${encodeURIComponent('nonsense eq "x"')}`, undefined, 400, /nonsense/, 'E0000031');
    await refused('GET', `/api/v1/users?search=${encodeURIComponent('(status eq "ACTIVE"')}`, undefined, 400, /parenthesis/, 'E0000031');
    await refused('GET', `/api/v1/users?filter=${encodeURIComponent('status sw "A"')}`, undefined, 400, /operator/);
    await refused('GET', `/api/v1/users?filter=${encodeURIComponent('status eq "A"')}&search=${encodeURIComponent('status eq "A"')}`, undefined, 400, null, 'E0000033');
    await refused('GET', '/api/v1/users?limit=0', undefined, 400, /limit/);
    await refused('GET', '/api/v1/users?after=forged', undefined, 400, null, 'E0000029');
  });
  test('people without a role see themselves as me and nobody else', async () => {
    await addPerson(admin, 'nobody@example.com');
    const c = await signIn(s, 'nobody@example.com');
    assert.equal((await c.get('/api/v1/users/me')).profile.login, 'nobody@example.com');
    assert.equal((await c.raw('GET', '/api/v1/users/plain@example.com')).status, 404);
    const list = await c.raw('GET', '/api/v1/users');
    assert.ok(list.status === 403 || (list.status === 200 && list.json.length === 0), list.text);
    assert.equal((await c.raw('POST', '/api/v1/users', { body: { profile: { login: 'x@example.com', email: 'x@example.com', firstName: 'X', lastName: 'Y' } } })).status, 403);
    assert.ok([403, 404].includes((await c.raw('POST', '/api/v1/users/me', { body: { profile: { managerId: 'boss@example.com' } } })).status), 'routing attributes are not self-editable');
  });
  test('changing one\'s password needs the old one', async () => {
    const c = await signIn(s, 'nobody@example.com');
    const body = (oldPassword) => ({ oldPassword: { value: oldPassword }, newPassword: { value: 'another fine long secret 9' } });
    const wrong = await c.raw('POST', '/api/v1/users/me/credentials/change_password', { body: body('not it at all, really') });
    assert.equal(wrong.status, 403);
    assert.equal(wrong.json.errorCode, 'E0000014');
    assert.deepEqual((await c.post('/api/v1/users/me/credentials/change_password', body(adminPassword), [200])).password, {});
    await assert.rejects(signIn(s, 'nobody@example.com'), /sign-in/);
    await signIn(s, 'nobody@example.com', 'another fine long secret 9');
  });
  test('the last super administrator cannot be deactivated', async () => {
    const me = await admin.get('/api/v1/users/me');
    const r = await admin.raw('POST', `/api/v1/users/${me.id}/lifecycle/deactivate`, { body: {} });
    assert.equal(r.status, 403, r.text);
    assert.equal(r.json.errorCode, 'E0000038');
    assert.equal((await admin.get('/api/v1/users/me')).status, 'ACTIVE');
  });
});

describe('groups', () => {
  test('a group is made, renamed, given members and deleted', async () => {
    const g = await admin.post('/api/v1/groups', { profile: { name: 'Facilities', description: '' } }, [200]);
    assert.match(g.id, /^00g[0-9A-Za-z]{17}$/);
    assert.deepEqual(g.objectClass, ['okta:user_group']);
    assert.equal(g.type, 'OKTA_GROUP');
    assert.deepEqual(g.profile, { name: 'Facilities', description: '' });
    assert.equal(g._links.logo.length, 2);
    await refused('POST', '/api/v1/groups', { profile: { name: 'FACILITIES' } }, 400, /^name: An object with this field already exists in the current organization$/);
    const put = await admin.put(`/api/v1/groups/${g.id}`, { profile: { name: 'Facility management' } }, [200]);
    assert.deepEqual(put.profile, { name: 'Facility management', description: null });
    const u = await admin.get('/api/v1/users/page1@example.com');
    for (let i = 0; i < 2; i++) assert.equal((await admin.raw('PUT', `/api/v1/groups/${g.id}/users/${u.id}`)).status, 204);
    const members = await admin.raw('GET', `/api/v1/groups/${g.id}/users?limit=200`);
    assert.deepEqual(members.json.map((m) => m.id), [u.id]);
    assert.deepEqual(Object.keys(members.json[0]._links), ['self']);
    assert.deepEqual((await admin.get(`/api/v1/users/${u.id}/groups`)).map((x) => x.profile.name).sort(), ['Everyone', 'Facility management']);
    for (let i = 0; i < 2; i++) assert.equal((await admin.raw('DELETE', `/api/v1/groups/${g.id}/users/${u.id}`)).status, 204);
    assert.deepEqual(await admin.get(`/api/v1/groups/${g.id}/users`), []);
    assert.deepEqual(await admin.get(`/api/v1/groups/${g.id}/apps`), []);
    await refused('PUT', `/api/v1/groups/${g.id}/users/00unotthere000000000`, undefined, 404, /\(User\)/, 'E0000007');
    assert.equal((await admin.raw('DELETE', `/api/v1/groups/${g.id}`)).status, 204);
    await refused('DELETE', `/api/v1/groups/${g.id}`, undefined, 404, /\(UserGroup\)/, 'E0000007');
  });
  test('Everyone holds every person and cannot be changed', async () => {
    const [everyone] = await admin.get('/api/v1/groups?q=Everyone');
    assert.equal(everyone.type, 'BUILT_IN');
    const members = await admin.get(`/api/v1/groups/${everyone.id}/users`);
    assert.ok(members.some((m) => m.profile.login === 'page1@example.com'));
    await refused('PUT', `/api/v1/groups/${everyone.id}`, { profile: { name: 'Nobody' } }, 403, null, 'E0000038');
    await refused('DELETE', `/api/v1/groups/${everyone.id}`, undefined, 403, null, 'E0000038');
    const u = await admin.get('/api/v1/users/page1@example.com');
    assert.equal((await admin.raw('DELETE', `/api/v1/groups/${everyone.id}/users/${u.id}`)).status, 403);
  });
  test('groups are found by q, filter and search, and a group that is visible in access requests is in the picker', async () => {
    const a = await admin.post('/api/v1/groups', { profile: { name: 'Alpha one' }, visibleInAccessRequests: true }, [200]);
    await admin.post('/api/v1/groups', { profile: { name: 'Alpha two' } }, [200]);
    assert.deepEqual((await admin.get('/api/v1/groups?q=alpha')).map((g) => g.profile.name).sort(), ['Alpha one', 'Alpha two']);
    assert.deepEqual(await admin.get(`/api/v1/groups?filter=${encodeURIComponent('type eq "APP_GROUP"')}&q=alpha`), []);
    assert.deepEqual((await admin.get(`/api/v1/groups?search=${encodeURIComponent('profile.name eq "alpha two"')}`)).map((g) => g.profile.name), ['Alpha two']);
    assert.deepEqual((await admin.get('/reeve/api/v1/pushed-groups?q=al')).data.map((g) => g.name), ['Alpha one']);
    await admin.put(`/api/v1/groups/${a.id}`, { profile: { name: 'Alpha one' } }, [200]);
    assert.equal((await admin.get(`/api/v1/groups/${a.id}`)).visibleInAccessRequests, true, 'a client that does not know the flag leaves it');
  });
  test('bad groups are refused by field', async () => {
    await refused('POST', '/api/v1/groups', { profile: { name: '' } }, 400, /^name: /);
    await refused('POST', '/api/v1/groups', { profile: { name: 'x'.repeat(256) } }, 400, /^name: /);
    await refused('POST', '/api/v1/groups', { profile: { name: 'Right', description: 7 } }, 400, /^description: /);
    await refused('POST', '/api/v1/groups', {}, 400, /^profile: /);
    await refused('POST', '/api/v1/groups', { profile: { name: 'Right' }, visibleInAccessRequests: 'yes' }, 400, /^visibleInAccessRequests: /);
    await refused('GET', `/api/v1/groups?filter=${encodeURIComponent('name eq "x"')}`, undefined, 400, /name/);
  });
});

describe('applications', () => {
  const bookmark = { name: 'bookmark', label: 'Wiki', signOnMode: 'BOOKMARK', settings: { app: { requestIntegration: false, url: 'https://wiki.example.com/' }, notes: { admin: null, enduser: null } }, visibility: { autoSubmitToolbar: false, hide: { iOS: false, web: false } } };
  test('a bookmark goes through its life as the recorded conversation shows', async () => {
    const a = await admin.post('/api/v1/apps?activate=true', bookmark, [200]);
    assert.deepEqual(Object.keys(a), ['id', 'orn', 'name', 'label', 'status', 'lastUpdated', 'created', 'accessibility', 'visibility', 'features', 'signOnMode', 'credentials', 'settings', '_links']);
    assert.match(a.id, /^0oa[0-9A-Za-z]{17}$/);
    assert.ok(a.orn.endsWith(`:apps:bookmark:${a.id}`));
    assert.equal(a.settings.app.url, 'https://wiki.example.com/');
    assert.deepEqual(a.settings.notifications, { vpn: { network: { connection: 'DISABLED' }, message: null, helpUrl: null } });
    assert.deepEqual(a.visibility.appLinks, { login: true });
    assert.ok(a._links.deactivate);
    const put = await admin.put(`/api/v1/apps/${a.id}`, { ...bookmark, label: 'Handbook' }, [200]);
    assert.equal(put.label, 'Handbook');
    await refused('DELETE', `/api/v1/apps/${a.id}`, undefined, 403, /deactivate/, 'E0000056');
    assert.deepEqual(await admin.post(`/api/v1/apps/${a.id}/lifecycle/deactivate`, {}, [200]), {});
    assert.ok((await admin.get(`/api/v1/apps/${a.id}`))._links.activate);
    assert.equal((await admin.raw('DELETE', `/api/v1/apps/${a.id}`)).status, 204);
    await refused('GET', `/api/v1/apps/${a.id}`, undefined, 404, /\(AppInstance\)/, 'E0000007');
  });
  test('the secret of a web client is shown when it is made and never again', async () => {
    const a = await admin.post('/api/v1/apps', { name: 'oidc_client', label: 'Portal', signOnMode: 'OPENID_CONNECT', credentials: { oauthClient: { token_endpoint_auth_method: 'client_secret_basic' } },
      settings: { oauthClient: { application_type: 'web', grant_types: ['authorization_code'], response_types: ['code'], redirect_uris: ['https://portal.example.com/cb'] } } }, [200]);
    assert.equal(a.credentials.oauthClient.client_id, a.id);
    assert.match(a.credentials.oauthClient.client_secret, /^[\w-]{64}$/);
    const again = await admin.get(`/api/v1/apps/${a.id}`);
    assert.ok(!('client_secret' in again.credentials.oauthClient));
    assert.ok('universalLogout' in again);
    assert.deepEqual(again.settings.oauthClient.redirect_uris, ['https://portal.example.com/cb']);
  });
  test('the Access Requests service app is there, and apps are found by q and filter', async () => {
    const [app] = await admin.get('/api/v1/apps?q=okta%20access');
    assert.equal(app.settings.oauthClient.application_type, 'service');
    assert.deepEqual(app.settings.oauthClient.grant_types, ['client_credentials']);
    assert.deepEqual((await admin.get(`/api/v1/apps?filter=${encodeURIComponent(`id eq "${app.id}"`)}`)).map((x) => x.id), [app.id]);
    const r = await admin.raw('GET', '/api/v1/apps?limit=1');
    assert.equal(r.json.length, 1);
    assert.ok(links(r).next);
  });
  test('bad applications are refused by field', async () => {
    await refused('POST', '/api/v1/apps', { label: 'x' }, 400, /^signOnMode: /);
    await refused('POST', '/api/v1/apps', { ...bookmark, label: '' }, 400, /^label: /);
    await refused('POST', '/api/v1/apps', { ...bookmark, label: 'x'.repeat(101) }, 400, /^label: /);
    await refused('POST', '/api/v1/apps', { ...bookmark, settings: { app: {} } }, 400, /^settings\.app\.url: /);
    await refused('POST', '/api/v1/apps', { ...bookmark, settings: 'none' }, 400, /^settings: /);
    const oidc = (o, c = {}) => ({ label: 'Bad', signOnMode: 'OPENID_CONNECT', credentials: { oauthClient: c }, settings: { oauthClient: o } });
    await refused('POST', '/api/v1/apps', oidc({ application_type: 'toaster' }), 400, /application_type/);
    await refused('POST', '/api/v1/apps', oidc({ application_type: 'service', grant_types: ['implicit'], response_types: ['token'] }), 400, /grant_types/);
    await refused('POST', '/api/v1/apps', oidc({ application_type: 'web', grant_types: ['authorization_code'], response_types: ['code'] }), 400, /redirect_uris/);
    await refused('POST', '/api/v1/apps', oidc({ application_type: 'service', grant_types: ['client_credentials'], response_types: ['token'] }, { token_endpoint_auth_method: 'private_key_jwt' }), 400, /jwks/);
  });
});

describe('features', () => {
  const byName = async (re) => (await admin.get('/api/v1/features')).find((f) => re.test(f.name));
  test('AR-37: running workflows from requests is an early-access feature that an administrator switches on', async () => {
    const f = await byName(/Workflows actions in Access Requests/);
    assert.match(f.id, /^ftr[0-9A-Za-z]{17}$/);
    assert.equal(f.type, 'self-service');
    assert.deepEqual(f.stage, { value: 'EA' });
    assert.equal(f.status, 'DISABLED');
    assert.deepEqual(f._links.enable.hints, { allow: ['POST'] });
    const other = await byName(/Assign admin roles to apps/);
    assert.equal((await admin.post(`/api/v1/features/${other.id}/ENABLE`, {}, [200])).status, 'ENABLED');
    const on = await admin.post(`/api/v1/features/${f.id}/enable`, {}, [200]);
    assert.equal(on.status, 'ENABLED');
    assert.ok(on._links.disable && !on._links.enable);
    assert.ok((await admin.get('/reeve/api/v1/session')).features.includes('access_requests.workflow_actions'));
    assert.equal((await admin.post(`/api/v1/features/${f.id}/enable`, {}, [200])).status, 'ENABLED', 'the same again is no failure');
  });
  test('AR-40: a dependency that is off stops a feature from going on, a dependent that is on stops it from going off, unless forced', async () => {
    const f = await byName(/Workflows actions/), other = await byName(/Assign admin roles/);
    assert.deepEqual((await admin.get(`/api/v1/features/${f.id}/dependencies`)).map((x) => x.id), [other.id]);
    assert.deepEqual((await admin.get(`/api/v1/features/${other.id}/dependents`)).map((x) => x.id), [f.id]);
    await refused('POST', `/api/v1/features/${other.id}/disable`, {}, 400, /switch off Okta Workflows actions/, 'E0000141');
    assert.equal((await byName(/Assign admin roles/)).status, 'ENABLED');
    await admin.post(`/api/v1/features/${other.id}/disable?mode=force`, {}, [200]);
    assert.equal((await byName(/Workflows actions/)).status, 'DISABLED');
    await refused('POST', `/api/v1/features/${f.id}/enable`, {}, 400, /switch on Assign admin roles to apps first/, 'E0000141');
    assert.equal((await byName(/Workflows actions/)).status, 'DISABLED');
    await admin.post(`/api/v1/features/${f.id}/enable?mode=force`, {}, [200]);
    assert.equal((await byName(/Assign admin roles/)).status, 'ENABLED');
  });
  test('unknown features, verbs and modes are refused', async () => {
    const f = await byName(/Workflows actions/);
    await refused('GET', '/api/v1/features/ftrnotthere000000000', undefined, 404, /\(Feature\)/, 'E0000007');
    assert.equal((await admin.raw('POST', `/api/v1/features/${f.id}/explode`, { body: {} })).status, 404);
    await refused('POST', `/api/v1/features/${f.id}/enable?mode=please`, {}, 400, /^mode: /);
  });
});

describe('system log', () => {
  const events = async (query) => admin.get(`/api/v1/logs?${query}`);
  const is = (x) => `filter=${encodeURIComponent(x)}`;
  test('a change is told with actor, client, outcome, target and what changed', async () => {
    const u = await addPerson(admin, 'logged@example.com', { firstName: 'Log', lastName: 'Ged' });
    await admin.post(`/api/v1/users/${u.id}`, { profile: { lastName: 'Gedd' } });
    const [e] = await events(`sortOrder=DESCENDING&limit=1&${is('eventType eq "user.account.update_profile"')}`);
    assert.deepEqual(Object.keys(e).sort(), ['actor', 'authenticationContext', 'client', 'debugContext', 'device', 'displayMessage', 'eventType', 'legacyEventType', 'outcome', 'published',
      'request', 'securityContext', 'severity', 'target', 'transaction', 'uuid', 'version']);
    const me = await admin.get('/api/v1/users/me');
    assert.deepEqual(e.actor, { id: me.id, type: 'User', alternateId: me.profile.login, displayName: `${me.profile.firstName} ${me.profile.lastName}`, detailEntry: null });
    assert.equal(e.client.ipAddress, '127.0.0.1');
    assert.deepEqual(e.outcome, { result: 'SUCCESS', reason: null });
    assert.deepEqual(e.target, [{ id: u.id, type: 'User', alternateId: 'logged@example.com', displayName: 'Log Gedd', detailEntry: null }]);
    assert.deepEqual(e.debugContext.debugData, { changedAttributes: 'lastName' });
    assert.match(e.uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.match(e.published, iso);
    assert.equal(e.transaction.type, 'WEB');
  });
  test('a bounded list ends, in both directions, and both show the same events', async () => {
    const until_ = new Date(Date.now() + 60_000).toISOString(), since = new Date(Date.now() - 3_600_000).toISOString();
    const walk = async (order) => {
      const ids = [];
      let path = `/api/v1/logs?since=${since}&until=${until_}&limit=7&sortOrder=${order}`;
      while (path) {
        const r = await admin.raw('GET', path);
        assert.equal(r.status, 200, r.text);
        ids.push(...r.json.map((e) => e.uuid));
        path = links(r).next?.slice(s.url.length);
      }
      return ids;
    };
    const up = await walk('ASCENDING'), down = await walk('DESCENDING');
    assert.ok(up.length > 20);
    assert.equal(new Set(up).size, up.length);
    assert.deepEqual(down, up.toReversed());
  });
  test('a poll always gives a next link and neither loses nor repeats an event', async () => {
    let r = await admin.raw('GET', `/api/v1/logs?since=${new Date(Date.now() - 3_600_000).toISOString()}&limit=1000`);
    let next = links(r).next.slice(s.url.length);
    r = await admin.raw('GET', next);
    assert.deepEqual(r.json, []);
    next = links(r).next.slice(s.url.length);
    const g = await admin.post('/api/v1/groups', { profile: { name: 'Polled' } });
    r = await admin.raw('GET', next);
    assert.deepEqual(r.json.map((e) => [e.eventType, e.target[0].id]), [['group.lifecycle.create', g.id]]);
    next = links(r).next.slice(s.url.length);
    assert.deepEqual((await admin.raw('GET', next)).json, []);
    assert.deepEqual(await events('limit=0'), []);
  });
  test('filter and q pick events, and bad ones are refused', async () => {
    const made = await events(`${is('eventType eq "group.lifecycle.create" and target.displayName co "Polled"')}&since=${new Date(Date.now() - 3_600_000).toISOString()}`);
    assert.equal(made.length, 1);
    assert.equal((await events(`q=${encodeURIComponent('polled okta group create')}`)).length, 1);
    assert.deepEqual(await events(`q=${encodeURIComponent('polled nonsenseword')}`), []);
    await refused('GET', `/api/v1/logs?${is('published gt "2020-01-01"')}`, undefined, 400, /published/, 'E0000031');
    await refused('GET', '/api/v1/logs?since=yesterday', undefined, 400, /since/, 'E0000030');
    await refused('GET', '/api/v1/logs?since=2026-02-02T00:00:00Z&until=2026-02-01T00:00:00Z', undefined, 400, /until/);
    await refused('GET', `/api/v1/logs?q=${'x'.repeat(41)}`, undefined, 400, /q: /);
    await refused('GET', '/api/v1/logs?sortOrder=sideways', undefined, 400, /sortOrder/);
    await refused('GET', '/api/v1/logs?after=forged', undefined, 400, null, 'E0000029');
  });
  test('what an API token does is told as its owner\'s, with the token', async () => {
    const token = new Client(s.url, { token: await apiToken(admin, 'log test') });
    await token.post('/api/v1/groups', { profile: { name: 'By token' } });
    const [e] = await events(`sortOrder=DESCENDING&limit=1&${is('eventType eq "group.lifecycle.create"')}`);
    assert.match(e.transaction.detail.requestApiTokenId, /^00T/);
    assert.equal(e.actor.type, 'User');
  });
  test('people without a role cannot read the log', async () => {
    const c = await signIn(s, 'nobody@example.com', 'another fine long secret 9');
    assert.equal((await c.raw('GET', '/api/v1/logs')).status, 403);
  });
});

test('settings are read, changed with a version, and every bad value is refused by name', async () => {
  const before_ = await admin.get('/reeve/api/v1/settings');
  assert.equal(before_.baseUrl, s.url);
  assert.equal(before_.mailPasswordSet, false);
  assert.ok(!('mailPassword' in before_));
  const patch = (body) => admin.raw('PATCH', '/reeve/api/v1/settings', { body: { version: before_.version, ...body } });
  for (const [body, field] of [
    [{ zone: 'Mars/Olympus' }, 'zone'], [{ baseUrl: 'ftp://x' }, 'baseUrl'], [{ baseUrl: 'https://x.example.com/path' }, 'baseUrl'], [{ syncInterval: '24' }, 'syncInterval'],
    [{ syncInterval: '1s' }, 'syncInterval'], [{ mailPort: 70000 }, 'mailPort'], [{ mailPort: '25' }, 'mailPort'], [{ mailSecurity: 'SSL' }, 'mailSecurity'], [{ mailFrom: 'nobody' }, 'mailFrom'],
    [{ organisationName: '' }, 'organisationName'], [{ organisationName: 'x'.repeat(101) }, 'organisationName'], [{ organisationName: null }, 'organisationName'],
    [{ requestersMayEscalate: 'yes' }, 'requestersMayEscalate'], [{ runRetention: '0d' }, 'runRetention'], [{ nonsense: 1 }, 'nonsense'], [{ version: 'x' }, 'version'], [{ mailHost: 'a\nb' }, 'mailHost'],
  ]) {
    const r = await patch(body);
    assert.equal(r.status, 400, `${JSON.stringify(body)}: ${r.text}`);
    assert.ok(r.json.errorCauses.some((c) => c.location === `/${field}` && c.errorSummary.includes(field)), r.text);
  }
  const done = await patch({ organisationName: 'Acme', zone: 'Europe/Berlin' });
  assert.equal(done.status, 200, done.text);
  assert.equal((await admin.get('/reeve/api/v1/settings')).organisationName, 'Acme');
  assert.equal((await admin.get('/reeve/api/v1/session')).zone, 'Europe/Berlin');
  assert.equal((await patch({ zone: 'UTC' })).status, 409, 'a stale version');
  const c = await signIn(s, 'nobody@example.com', 'another fine long secret 9');
  assert.equal((await c.raw('GET', '/reeve/api/v1/settings')).status, 403);
});

test('after a kill people are still there, and a poll of the log goes on where it was', async () => {
  const before_ = await admin.raw('GET', `/api/v1/logs?since=${new Date(Date.now() - 3_600_000).toISOString()}&limit=1000`);
  const cursor = links(before_).next.slice(s.url.length);
  const u = await addPerson(admin, 'durable@example.com');
  const token = await apiToken(admin, 'after the kill');
  await s.kill();
  s = await startReeve({ dir: s.dir });
  const again = await signIn(s, 'durable@example.com');
  assert.equal((await again.get('/api/v1/users/me')).id, u.id);
  const events = await new Client(s.url, { token }).get(cursor);
  assert.deepEqual(events.filter((e) => e.eventType === 'user.lifecycle.create').map((e) => e.target[0].id), [u.id]);
  assert.ok(!events.some((e) => before_.json.some((b) => b.uuid === e.uuid)));
});
