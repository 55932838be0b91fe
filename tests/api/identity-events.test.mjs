// Flows that start with an event of the identity API: one run for each event, with the fields of the event card.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { startReeve, firstAdministrator, addPerson, until } from '../lib/reeve.mjs';
import { lab, cardsOf, runOver } from '../lib/cards.mjs';

const N = '/reeve/api/v1';

describe('events of the identity API', () => {
  let s, admin, l, flows, me;
  /** A flow for the event card; gives its id. */
  const watch = async (name, options) => (await l.on(await l.flow(name, [l.card(name, 'start', { options })]))).id;
  const runsOf = async (id) => (await admin.get(`${N}/runs?flowId=${id}&limit=200`)).data;
  /** The n runs of a flow, oldest first, as the fields of their event cards. */
  const seen = async (id, n) => {
    const runs = await until(async () => { const r = await runsOf(id); return r.length >= n ? r : null; }, `${n} runs`);
    for (const r of runs) await runOver(admin, r.id);
    assert.equal(runs.length, n);
    const all = [];
    for (const r of runs.reverse()) all.push((await cardsOf(admin, r.id))[0].out);
    return all;
  };
  const app = (label) => admin.post('/api/v1/apps', { label, signOnMode: 'BOOKMARK', settings: { app: { url: 'https://b.example.com/' } } });
  before(async () => {
    s = await startReeve();
    admin = await firstAdministrator(s);
    me = await admin.get('/api/v1/users/me');
    l = await lab(admin);
    flows = {};
  });
  after(() => s?.stop());

  test('each step in the life of a person starts the flow of its event once, with person, administrator and the whole event', async () => {
    const cards = ['userCreated', 'userActivated', 'userSuspended', 'userUnsuspended', 'oktaUserProfileUpdated', 'oktaUserPasswordUpdated', 'oktaUserPasswordReset', 'userDeactivated', 'userDeleted', 'userSessionsCleared'];
    for (const c of cards) flows[c] = await watch(`okta:${c}`);
    const p = await addPerson(admin, 'ada@example.com', { firstName: 'Ada', lastName: 'Byron' });
    const life = (verb) => admin.call('POST', `/api/v1/users/${p.id}/lifecycle/${verb}`, {});
    await life('suspend');
    await life('unsuspend');
    await admin.post(`/api/v1/users/${p.id}`, { profile: { title: 'Countess', city: 'London' } });
    await admin.post(`/api/v1/users/${p.id}`, { credentials: { password: { value: 'another password 1' } } });
    await admin.delete(`/api/v1/users/${p.id}/sessions`);
    await life('reset_password?sendEmail=false');
    for (let i = 0; i < 2; i++) await admin.delete(`/api/v1/users/${p.id}`);
    for (const c of cards) {
      const [e] = await seen(flows[c], 1);
      assert.deepEqual(e['Okta User'], { ID: p.id, 'Alternate ID': 'ada@example.com', 'Display Name': 'Ada Byron', Type: 'User' }, c);
      assert.deepEqual((e.Admin ?? e.Actor).ID, me.id, c);
      assert.equal(e['Event ID'], e.UUID);
      assert.equal(e['Event Details'].eventType, e['Event Type']);
      assert.equal(e['Full Details'].uuid, e.UUID);
      assert.equal(e['Date and Time'], e['Event Time']);
      assert.equal(e.Version, '0');
      assert.deepEqual(e.Headers, {});
      assert.match(e.Source, /^http/);
      assert.ok(e['Debug Context']['Debug Data']);
      assert.ok(e.execution_id);
    }
    assert.match((await seen(flows.oktaUserProfileUpdated, 1))[0]['Changed Attributes'], /profile|title/);
  });

  test('groups and memberships start their flows; a membership that was there already starts none', async () => {
    for (const c of ['groupCreated', 'groupProfileUpdated', 'groupDeleted', 'userAddedToGroupMembership', 'userRemovedFromGroupMembership']) flows[c] = await watch(`okta:${c}`);
    const p = await addPerson(admin, 'member@example.com'), g = await admin.post('/api/v1/groups', { profile: { name: 'Pilots' } });
    for (let i = 0; i < 2; i++) await admin.put(`/api/v1/groups/${g.id}/users/${p.id}`);
    for (let i = 0; i < 2; i++) await admin.delete(`/api/v1/groups/${g.id}/users/${p.id}`);
    await admin.put(`/api/v1/groups/${g.id}`, { profile: { name: 'Old pilots', description: 'x' } });
    await admin.delete(`/api/v1/groups/${g.id}`);
    assert.equal((await seen(flows.groupCreated, 1))[0].Group['Display Name'], 'Pilots');
    const [updated] = await seen(flows.groupProfileUpdated, 1);
    assert.deepEqual([updated.Group['Display Name'], updated['Changed Attributes'], updated.Actor.ID], ['Old pilots', 'name,description', me.id]);
    assert.equal((await seen(flows.groupDeleted, 1))[0].Group.ID, g.id);
    for (const c of ['userAddedToGroupMembership', 'userRemovedFromGroupMembership']) {
      const [e] = await seen(flows[c], 1);
      assert.deepEqual([e['Okta User'].ID, e.Group.ID, e.Group.Type], [p.id, g.id, 'UserGroup']);
    }
  });

  test('applications start their flows: any of them, or the one that the event card names', async () => {
    const one = await app('One'), two = await app('Two'), p = await addPerson(admin, 'user@example.com', { firstName: 'U', lastName: 'Ser' });
    const any = await watch('okta:userAddedToApplicationMembership');
    const named = await watch('okta:userAddedToApplicationMembership', { useId: 'Yes', appId: two.id, instance: one.id });
    const chosen = await watch('okta:userRemovedFromApplicationMembership', { app: 'bookmark', instance: one.id });
    const nothing = await watch('okta:groupAddedToApplicationMembership', { instance: '-- Enter App Instance ID --' });
    for (const a of [one, two]) await admin.post(`/api/v1/apps/${a.id}/users`, { id: p.id, credentials: { userName: 'u' } });
    for (const a of [two, one]) await admin.delete(`/api/v1/apps/${a.id}/users/${p.id}`);
    const g = await admin.post('/api/v1/groups', { profile: { name: 'Users' } });
    await admin.put(`/api/v1/apps/${one.id}/groups/${g.id}`, {}, 200);
    const both = await seen(any, 2);
    assert.deepEqual(both.map((e) => e.Application.ID), [one.id, two.id]);
    assert.deepEqual(both[0]['Application User'], { ID: p.id, 'Alternate ID': 'u', 'Display Name': 'U Ser', Type: 'AppUser' });
    assert.equal(both[0]['Okta User'].ID, p.id);
    assert.deepEqual((await seen(named, 1)).map((e) => e.Application['Display Name']), ['Two']);
    assert.deepEqual((await seen(chosen, 1)).map((e) => e.Application['Display Name']), ['One']);
    assert.deepEqual((await seen(nothing, 1)).map((e) => [e.Group.ID, e.Application.ID]), [[g.id, one.id]]);
  });

  test('a flow that is off misses the event, and two flows of one event get it once each', async () => {
    const [a, b] = [await watch('okta:userCreated'), await watch('okta:userCreated')];
    await admin.post(`${N}/flows/${b}/deactivate`, {});
    await addPerson(admin, 'first@example.com');
    await seen(a, 1);
    await admin.post(`${N}/flows/${b}/activate`, {});
    const p = await addPerson(admin, 'second@example.com');
    assert.equal((await seen(a, 2))[1]['Okta User'].ID, p.id);
    assert.equal((await seen(b, 1))[0]['Okta User'].ID, p.id);
  });

  test('every event card of the connector can start a flow that is on', async () => {
    const cards = (await admin.get(`${N}/cards`)).data.filter((c) => c.kind === 'EVENT' && /^okta/.test(c.card));
    assert.ok(cards.length > 40);
    for (const c of cards) {
      const id = await watch(c.card);
      assert.equal((await admin.get(`${N}/flows/${id}`)).enabled, true, c.card);
      assert.ok(c.outputs.some((o) => o.group === 'Output' && o.key === 'Date and Time'), c.card);
      await admin.post(`${N}/flows/${id}/deactivate`, {});
    }
  });
});
