// Request types: drafts, publishing, versions, what disables them, the catalogue, and the check of an action.
import { test, describe, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { startReeve, firstAdministrator, until, addPerson, signIn } from '../lib/reeve.mjs';
import { badgeScenario, badgeSteps, badgeInputs, badgeFlow, giveTeam, syncWorkflows, mails, step, requestWhen, decide, N } from '../lib/badge.mjs';
import { cardMaker, resolve } from '../lib/flows.mjs';

const q = (id, inputType = 'TEXT', more = {}) => ({ id, kind: 'QUESTION', text: `Question ${id}`, inputType, required: false, assignTo: { type: 'REQUESTER' }, ...more });
const approval = (id, more = {}) => ({ id, kind: 'APPROVAL', text: `Approval ${id}`, assignTo: { type: 'MANAGER' }, ...more });
const task = (id, more = {}) => ({ id, kind: 'CUSTOM_TASK', text: `Task ${id}`, assignTo: { type: 'REQUEST_ASSIGNEE' }, ...more });
const when = (...conditions) => ({ logic: { match: 'ALL', conditions } });
const lean = (steps) => JSON.parse(JSON.stringify(steps, (k, v) => (['fieldId', 'flowName', 'flowInputs', 'name'].includes(k) ? undefined : v)));

describe('request types', () => {
  let s, admin, b, n = 0;
  const types = `${N}/request-types`;
  const draft = (more = {}) => ({ name: `Type ${++n}`, description: 'For tests.', icon: 'key', teamId: b.team.id, audience: { type: 'EVERYONE' }, autoResolve: false, steps: [q('q1'), approval('t1')], ...more });
  const make = (more) => admin.post(types, draft(more), 201);
  const get = (id) => admin.get(`${types}/${id}`);
  const change = async (id, more) => admin.patch(`${types}/${id}`, { version: (await get(id)).version, ...more });
  const publish = (id) => admin.post(`${types}/${id}/publish`, {}, 200);
  const refusal = async (method, path, body, status, where, sentence = /./) => {
    const r = await admin.raw(method, path, { body });
    assert.equal(r.status, status, `${method} ${path}: ${r.status} ${r.text.slice(0, 600)}`);
    assert.match(r.json.errorCode, /^E\d{7}$/);
    if (where) {
      const cause = r.json.errorCauses.find((c) => c.location === where);
      assert.ok(cause, `${where} is not among ${JSON.stringify(r.json.errorCauses)}`);
      assert.match(cause.errorSummary, sentence);
    }
    return r.json;
  };
  before(async () => {
    s = await startReeve();
    admin = await firstAdministrator(s);
    b = await badgeScenario(admin, s, { publish: false });
  });
  after(() => s?.stop());

  test('AR-60, AR-61: a draft is invisible to requesters, a published type is in the catalogue at once, and taking it out hides it again', async () => {
    const t = await make({ name: 'Seen by all' });
    const seen = async () => (await b.requester.get(`${N}/catalogue?limit=200`)).data.some((r) => r.id === t.id);
    assert.equal(t.status, 'DRAFT');
    assert.equal(t.publishedVersion, null);
    assert.equal(await seen(), false);
    assert.equal((await b.requester.raw('GET', `${N}/catalogue/${t.id}`)).status, 404);
    const on = await publish(t.id);
    assert.equal(on.status, 'ACTIVE');
    assert.equal(on.publishedVersion, 1);
    assert.equal(await seen(), true);
    const form = await b.requester.get(`${N}/catalogue/${t.id}`);
    assert.deepEqual(form.questions.map((x) => x.id), ['q1']);
    assert.deepEqual(form.deciders, [{ stepId: 't1', text: 'Approval t1', kind: 'APPROVAL', names: ['Mona Manager'], note: 'as your manager' }]);
    const off = await admin.post(`${types}/${t.id}/unpublish`, {}, 200);
    assert.equal(off.status, 'DRAFT');
    assert.equal(await seen(), false);
    await refusal('POST', `${types}/${t.id}/unpublish`, {}, 409);
    assert.equal((await publish(t.id)).publishedVersion, 2);
  });

  test('AR-62: a name of 50 characters is accepted, one of 51 refused; empty and taken names are refused too', async () => {
    const t = await make({ name: 'ä'.repeat(50) });
    assert.equal(t.name, 'ä'.repeat(50));
    await refusal('POST', types, draft({ name: 'x'.repeat(51) }), 400, '/name', /Use at most 50 characters/);
    await refusal('POST', types, draft({ name: '  ' }), 400, '/name', /Enter a name/);
    await refusal('POST', types, draft({ name: t.name }), 400, '/name', /another request type/);
    await refusal('PATCH', `${types}/${t.id}`, { version: t.version, name: 'y'.repeat(51) }, 400, '/name', /Use at most 50 characters/);
    assert.equal((await get(t.id)).version, t.version);
  });

  test('AR-63: automatic closing cannot be switched on when every step belongs to the requester', async () => {
    await refusal('POST', types, draft({ autoResolve: true, steps: [q('q1')] }), 400, '/autoResolve', /somebody other than the requester/);
    const t = await make({ steps: [q('q1')] });
    await refusal('PATCH', `${types}/${t.id}`, { version: t.version, autoResolve: true }, 400, '/autoResolve', /switch off automatic closing/);
    assert.equal((await change(t.id, { autoResolve: true, steps: [q('q1'), approval('t1')] })).autoResolve, true);
  });

  test('AR-64: the owning team can be changed in draft and not afterwards', async () => {
    const other = await admin.post(`${N}/teams`, { name: 'Other desk', icon: 'it', colour: 'blue' });
    await admin.put(`${N}/teams/${other.id}/members/${b.me.id}`);
    const t = await make();
    assert.equal((await change(t.id, { teamId: other.id })).teamId, other.id);
    await publish(t.id);
    await refusal('PATCH', `${types}/${t.id}`, { version: (await get(t.id)).version, teamId: b.team.id }, 400, '/teamId', /only while the request type is a draft/);
    assert.equal((await get(t.id)).teamId, other.id);
  });

  test('only members of the owning team change a type: neither a super administrator outside it nor an ordinary person', async () => {
    const foreign = await admin.post(`${N}/teams`, { name: 'Foreign desk', icon: 'it', colour: 'red' });
    const refused = await admin.raw('POST', types, { body: draft({ teamId: foreign.id }) });
    assert.equal(refused.status, 403, refused.text);
    await admin.put(`${N}/teams/${foreign.id}/members/${b.me.id}`);
    const t = await make({ teamId: foreign.id });
    await admin.delete(`${N}/teams/${foreign.id}/members/${b.me.id}`);
    assert.equal((await admin.get(`${types}/${t.id}`)).id, t.id);
    for (const [method, path, body] of [['PATCH', '', { version: t.version, name: 'Mine' }], ['POST', '/publish', {}], ['POST', '/duplicate', {}], ['POST', '/check', { stepId: 't1' }], ['DELETE', '', undefined]])
      assert.equal((await admin.raw(method, `${types}/${t.id}${path}`, { body })).status, 403, `${method} ${path}`);
    assert.equal((await b.requester.raw('GET', `${types}/${t.id}`)).status, 404);
    assert.equal((await b.requester.raw('PATCH', `${types}/${t.id}`, { body: { version: 1, name: 'Mine' } })).status, 404);
    assert.equal((await b.requester.raw('POST', types, { body: draft() })).status, 403);
    assert.deepEqual((await b.requester.get(`${types}?limit=200`)).data, []);
    assert.ok((await b.assignee.get(`${types}?limit=200`)).data.every((r) => r.teamId === b.team.id));
    assert.equal((await b.assignee.patch(`${types}/${b.type.id}`, { version: b.type.version, description: 'By a member.' })).description, 'By a member.');
  });

  test('AR-68: duplicate makes a draft with equal steps and a different name', async () => {
    const t = await make({ name: 'A name of exactly forty-six characters, yes it' });
    await publish(t.id);
    const copy = await admin.post(`${types}/${t.id}/duplicate`, {}, 201);
    assert.notEqual(copy.id, t.id);
    assert.equal(copy.status, 'DRAFT');
    assert.equal(copy.publishedVersion, null);
    assert.match(copy.name, /^A name of .* \(copy\)$/);
    assert.ok([...copy.name].length <= 50);
    assert.deepEqual(copy.steps, t.steps);
    assert.equal(copy.teamId, t.teamId);
    assert.match((await admin.post(`${types}/${t.id}/duplicate`, {}, 201)).name, /\(copy 2\)$/);
  });

  test('AR-69: the 101st step is refused', async () => {
    const steps = Array.from({ length: 101 }, (_, i) => q(`q${i}`));
    const t = await make({ steps: steps.slice(0, 100) });
    assert.equal(t.steps.length, 100);
    await refusal('PATCH', `${types}/${t.id}`, { version: t.version, steps }, 400, '/steps', /100/);
  });

  test('AR-72, AR-14: a condition on a later step, on itself, on no step, or with an operator that does not suit is refused', async () => {
    const t = await make();
    const refuse = (steps, where, sentence) => refusal('PATCH', `${types}/${t.id}`, { version: t.version, steps }, 400, where, sentence);
    await refuse([task('z', when({ stepId: 't1', op: 'IS_APPROVED' })), approval('t1')], '/steps/0/logic/conditions/0/stepId', /Task z can only depend on a step above it/);
    await refuse([approval('t1', when({ stepId: 't1', op: 'IS_APPROVED' }))], '/steps/0/logic/conditions/0/stepId', /above/);
    await refuse([approval('t1', when({ stepId: 't9', op: 'IS_APPROVED' }))], '/steps/0/logic/conditions/0/stepId', /t9/);
    await refuse([q('q1'), task('z', when({ stepId: 'q1', op: 'IS_AFTER', value: '2027-01-01' }))], '/steps/1/logic/conditions/0/op', /IS_AFTER/);
    await refuse([{ id: 'a1', kind: 'ACTION', text: 'Run', action: 'RUN_WORKFLOW', flowId: b.flow.id, inputs: {} }, task('z', when({ stepId: 'a1', op: 'IS', value: 'x' }))], '/steps/1/logic/conditions/0/op', /IS_COMPLETED/);
    assert.deepEqual((await get(t.id)).steps, t.steps);
  });

  test('AR-18: an input that the card marks as required and that has no source makes Publish fail with step and input named', async () => {
    const { buildingRequested, ...inputs } = badgeInputs;
    const t = await make({ steps: badgeSteps(b.list.id, b.flow.id, inputs) });
    const e = await refusal('POST', `${types}/${t.id}/publish`, {}, 400, '/steps/4/inputs/buildingRequested', /buildingRequested.*needs a value.*Manual provisioning/);
    assert.equal(e.errorCauses.length, 1);
    assert.equal((await get(t.id)).status, 'DRAFT');
    assert.ok(buildingRequested);
  });

  test('AR-6, AR-7, AR-8, AR-9, AR-10, AR-11: inputs are those of the card and take the sources that fit their type', async () => {
    const flow = await badgeFlow(admin, { name: 'Typed flow', connectionId: b.connection.id, extra: [
      { key: 'count', label: 'Count', type: 'number' }, { key: 'urgent', label: 'Urgent', type: 'boolean' }] });
    await admin.patch(`/api/v1/iam/resource-sets/${b.set.id}/resources`, { additions: [`orn:okta:workflow:${(await admin.get(`${N}/session`)).organisation.id}:flows:${flow.id}`] });
    await syncWorkflows(admin);
    const steps = (inputs) => [q('q1'), q('q2', 'DROPDOWN', { options: ['a', 'b'] }), q('q3', 'DATE'), q('n', 'NUMBER'), q('y', 'BOOLEAN'), q('m', 'DROPDOWN', { options: ['a', 'b'], multi: true }),
      { id: 'a1', kind: 'ACTION', text: 'Run it', action: 'RUN_WORKFLOW', automatic: true, flowId: flow.id, inputs }, task('z')];
    const good = { requesterEmail: { source: 'REQUEST_SUBJECT' }, buildingRequested: { source: 'QUESTION', stepId: 'm' }, businessJustification: { source: 'ASSIGNEE_EMAIL' }, assigneeEmail: { source: 'REQUESTER_EMAIL' },
      endDate: { source: 'QUESTION', stepId: 'q3' }, count: { source: 'QUESTION', stepId: 'n' }, urgent: { source: 'QUESTION', stepId: 'y' } };
    const t = await make({ steps: steps(good) });
    assert.deepEqual(t.steps[6].flowInputs.map((i) => [i.key, i.type, i.required]), [['requesterEmail', 'text', true], ['buildingRequested', 'text', true], ['businessJustification', 'text', true],
      ['assigneeEmail', 'text', false], ['endDate', 'datetime', false], ['count', 'number', false], ['urgent', 'boolean', false]]);
    const v = await publish(t.id);
    assert.equal(v.status, 'ACTIVE');
    for (const [key, source] of [['count', { source: 'REQUESTER_EMAIL' }], ['count', { source: 'QUESTION', stepId: 'q3' }], ['count', { source: 'QUESTION', stepId: 'm' }], ['urgent', { source: 'QUESTION', stepId: 'n' }],
      ['endDate', { source: 'QUESTION', stepId: 'y' }], ['endDate', { source: 'ASSIGNEE_EMAIL' }], ['buildingRequested', { source: 'QUESTION', stepId: 'gone' }]]) {
      await change(t.id, { steps: steps({ ...good, [key]: source }) });
      await refusal('POST', `${types}/${t.id}/publish`, {}, 400, `/steps/6/inputs/${key}`, /Run it/);
    }
    const file = await admin.raw('PATCH', `${types}/${t.id}`, { body: { version: (await get(t.id)).version, steps: steps({ ...good, count: { source: 'CONSTANT', value: { a: 1 } } }) } });
    assert.equal(file.status, 400);
    await admin.delete(`${types}/${t.id}`, 204);
  });

  test('AR-3, AR-4, AR-5: the picker lists delegated flows that are on, wherever they lie', async () => {
    const team = b.team.id;
    const picker = async () => (await admin.get(`${N}/integrations/${b.okta.id}/workflows?teamId=${team}&limit=200`)).data;
    const folder = await admin.post(`${N}/folders`, { name: 'Elsewhere' });
    const card = await cardMaker(admin);
    const helper = await admin.post(`${N}/flows`, { name: 'Only a helper', folderId: folder.id, cards: resolve([card('string:concat', 'c', { set: { string1: 'a', string2: 'b' } })]) });
    await syncWorkflows(admin);
    assert.ok((await picker()).some((f) => f.id === b.flow.id && f.selectable));
    assert.ok(!(await picker()).some((f) => f.id === helper.id));
    const type = await admin.post(types, draft({ steps: badgeSteps(b.list.id, b.flow.id) }));
    await publish(type.id);
    const now = await admin.get(`${N}/flows/${b.flow.id}`);
    await admin.patch(`${N}/flows/${b.flow.id}`, { version: now.version, folderId: folder.id });
    await syncWorkflows(admin);
    assert.equal((await get(type.id)).status, 'ACTIVE');
    assert.equal((await picker()).find((f) => f.id === b.flow.id).folderPath, 'Elsewhere');
    await admin.delete(`${types}/${type.id}`, 204);
    await admin.post(`${N}/flows/${b.flow.id}/deactivate`, {});
    await syncWorkflows(admin);
    assert.ok(!(await picker()).some((f) => f.id === b.flow.id && f.selectable));
    await admin.post(`${N}/flows/${b.flow.id}/activate`, {});
    await syncWorkflows(admin);
  });

  test('publishing makes numbered versions that never change, and tells whether there are changes since', async () => {
    const t = await make();
    const one = await publish(t.id);
    assert.equal(one.unpublishedChanges, false);
    const edited = await change(t.id, { name: `${t.name} new`, steps: [q('q1', 'DATE'), approval('t1')] });
    assert.equal(edited.unpublishedChanges, true);
    assert.equal(edited.status, 'ACTIVE');
    assert.equal((await b.requester.get(`${N}/catalogue/${t.id}`)).questions[0].inputType, 'TEXT');
    assert.equal((await b.requester.get(`${N}/catalogue/${t.id}`)).name, t.name);
    await change(t.id, { name: t.name, steps: t.steps });
    assert.equal((await get(t.id)).unpublishedChanges, false);
    assert.equal((await publish(t.id)).publishedVersion, 1);
    await change(t.id, { steps: [q('q1', 'DATE'), approval('t1')] });
    assert.equal((await publish(t.id)).publishedVersion, 2);
    assert.equal((await b.requester.get(`${N}/catalogue/${t.id}`)).questions[0].inputType, 'DATE');
    const versions = (await admin.get(`${types}/${t.id}/versions`)).data;
    assert.deepEqual(versions.map((v) => [v.number, v.current]), [[2, true], [1, false]]);
    assert.equal(versions[0].publishedBy.id, b.me.id);
    const first = await admin.get(`${types}/${t.id}/versions/1`);
    assert.deepEqual(lean(first.steps), lean(t.steps));
    for (const bad of ['3', '0', 'x', '99999999999999999999']) assert.equal((await admin.raw('GET', `${types}/${t.id}/versions/${bad}`)).status, 404, bad);
    const page = await admin.get(`${types}/${t.id}/versions?limit=1`);
    const next = await admin.get(page._links.next.href.replace(/^https?:\/\/[^/]+/, ''));
    assert.deepEqual(next.data.map((v) => v.number), [1]);
  });

  test('the lists of types and of the catalogue are paged without losing or repeating a row', async () => {
    for (const [path, client] of [[types, admin], [`${N}/catalogue`, b.requester]]) {
      const whole = (await client.get(`${path}?limit=200`)).data.map((r) => r.id);
      const pieces = [];
      let url = `${path}?limit=2`;
      while (url) {
        const page = await client.get(url);
        pieces.push(...page.data.map((r) => r.id));
        url = page._links.next?.href.replace(/^https?:\/\/[^/]+/, '');
      }
      assert.ok(whole.length >= 2);
      assert.deepEqual(pieces, whole);
    }
    assert.deepEqual((await admin.get(`${types}?q=exactly%20forty&status=ACTIVE`)).data.map((r) => r.name), ['A name of exactly forty-six characters, yes it']);
    assert.deepEqual((await admin.get(`${types}?q=100%25_`)).data, []);
  });

  test('AR-52: a group that was not pushed cannot be the audience or the approver of a published type', async () => {
    const hidden = await admin.post('/api/v1/groups', { profile: { name: 'Hidden people', description: '' } });
    const t = await make({ audience: { type: 'GROUP', id: hidden.id }, steps: [q('q1'), approval('t1', { assignTo: { type: 'GROUP', id: hidden.id } })] });
    await refusal('POST', `${types}/${t.id}/publish`, {}, 400, '/audience/id', /Hidden people.*not visible in Access Requests/);
    await refusal('POST', `${types}/${t.id}/publish`, {}, 400, '/steps/1/assignTo/id', /Hidden people.*not visible in Access Requests/);
    assert.ok(!(await admin.get(`${N}/pushed-groups?q=Hidden`)).data.some((g) => g.id === hidden.id));
  });

  test('an audience decides who sees a type: a team, a group, or everybody', async () => {
    const t = await make({ audience: { type: 'TEAM', id: b.team.id } });
    await publish(t.id);
    assert.equal((await b.requester.raw('GET', `${N}/catalogue/${t.id}`)).status, 404);
    assert.equal((await b.assignee.get(`${N}/catalogue/${t.id}`)).id, t.id);
    assert.equal((await get(t.id)).audience.name, b.team.name);
    const group = await admin.post('/api/v1/groups', { profile: { name: 'Lab people', description: '' }, visibleInAccessRequests: true });
    await admin.put(`/api/v1/groups/${group.id}/users/${b.people.requester.id}`);
    await change(t.id, { audience: { type: 'GROUP', id: group.id } });
    await publish(t.id);
    assert.equal((await b.requester.get(`${N}/catalogue/${t.id}`)).id, t.id);
    assert.equal((await b.assignee.raw('GET', `${N}/catalogue/${t.id}`)).status, 404);
    await refusal('PATCH', `${types}/${t.id}`, { version: (await get(t.id)).version, audience: { type: 'GROUP' } }, 400, '/audience/id');
    await admin.delete(`/api/v1/groups/${group.id}`);
    const off = await until(async () => { const x = await get(t.id); return x.status === 'DISABLED' ? x : null; }, 'the type to end with its group');
    assert.match(off.disabledReasons[0].sentence, /group chosen for the audience/);
  });

  test('AR-51: removing an item of a list that an active type uses disables the type and mails the owning team', async () => {
    const list = await admin.post(`${N}/config-lists`, { name: 'Rooms', listType: 'CUSTOM' });
    const items = [];
    for (const name of ['Room 1', 'Room 2']) items.push(await admin.post(`${N}/config-lists/${list.id}/items`, { name }));
    await admin.put(`${N}/config-lists/${list.id}/teams/${b.team.id}`);
    const t = await make({ name: 'Room access', steps: [q('q1', 'DROPDOWN', { configListId: list.id }), approval('t1')] });
    await publish(t.id);
    assert.deepEqual((await b.requester.get(`${N}/catalogue/${t.id}`)).questions[0].choices.map((c) => [c.value, c.name]), items.map((i) => [i.id, i.name]));
    const asked = await admin.raw('DELETE', `${N}/config-lists/${list.id}/items/${items[0].id}`);
    assert.equal(asked.status, 409);
    assert.match(asked.text, /Room access/);
    await admin.delete(`${N}/config-lists/${list.id}/items/${items[0].id}?confirm=true`, 204);
    const off = await get(t.id);
    assert.equal(off.status, 'DISABLED');
    assert.deepEqual(off.disabledReasons.map((r) => r.stepId), ['q1']);
    assert.match(off.disabledReasons[0].sentence, /List Rooms lost its item Room 1/);
    assert.equal((await b.requester.raw('GET', `${N}/catalogue/${t.id}`)).status, 404);
    const told = await until(async () => (await mails(admin)).filter((m) => m.to.includes('axel@example.com') && /Room access/.test(m.subject)), 'the mail to the team');
    assert.match((await admin.get(`${N}/mails/${told[0].id}`)).text, /lost its item Room 1/);
    assert.ok(!(await mails(admin)).some((m) => m.to.includes(b.me.profile.email) && /Room access/.test(m.subject)), 'who did it is not told');
    await refusal('POST', `${types}/${t.id}/unpublish`, {}, 409);
    const again = await publish(t.id);
    assert.equal(again.status, 'ACTIVE');
    assert.deepEqual(again.disabledReasons, []);
    await admin.delete(`${N}/config-lists/${list.id}/teams/${b.team.id}?confirm=true`, [200, 204]);
    assert.match((await get(t.id)).disabledReasons[0].sentence, /Team .* has no access to list Rooms/);
    await refusal('POST', `${types}/${t.id}/publish`, {}, 400, '/steps/0/configListId', /has no access to list Rooms/);
  });

  test('AR-23, AR-24: a flow switched off, or an input removed or newly required, disables the type at the next synchronisation; a new optional one does not', async () => {
    const make2 = async (name) => {
      const flow = await badgeFlow(admin, { name, connectionId: b.connection.id });
      await admin.patch(`/api/v1/iam/resource-sets/${b.set.id}/resources`, { additions: [`orn:okta:workflow:${(await admin.get(`${N}/session`)).organisation.id}:flows:${flow.id}`] });
      await syncWorkflows(admin);
      const t = await make({ name, steps: badgeSteps(b.list.id, flow.id) });
      await publish(t.id);
      return { flow, t };
    };
    // The input pins of a Delegated Flow card are its outputs.
    const edit = async (flow, fn) => {
      const now = await admin.get(`${N}/flows/${flow.id}`);
      await admin.post(`${N}/flows/${flow.id}/deactivate`, {});
      const off = await admin.get(`${N}/flows/${flow.id}`);
      await admin.patch(`${N}/flows/${flow.id}`, { version: off.version, cards: fn(now.cards) });
      await admin.post(`${N}/flows/${flow.id}/activate`, {});
      await syncWorkflows(admin);
    };
    const pins = (cards, fn) => cards.map((c) => (c.card === 'http:delegated' ? { ...c, outputs: fn(c.outputs) } : c));
    const { flow, t } = await make2('Drifting');
    const model = (await admin.get(`${N}/flows/${flow.id}`)).cards[0].outputs.find((p) => p.key === 'endDate');
    await edit(flow, (cards) => pins(cards, (o) => [...o, { ...model, id: 'o_extra', key: 'extra', label: 'extra', type: 'text', required: false }]));
    const fine = await get(t.id);
    assert.equal(fine.status, 'ACTIVE', JSON.stringify(fine.disabledReasons));
    assert.ok(fine.warnings.some((w) => w.stepId === 'a1' && /extra/.test(w.sentence)), JSON.stringify(fine.warnings));
    await edit(flow, (cards) => pins(cards, (o) => o.map((p) => (p.key === 'extra' ? { ...p, required: true } : p))));
    const needed = await get(t.id);
    assert.equal(needed.status, 'DISABLED');
    assert.match(needed.disabledReasons[0].sentence, /Input extra of Drifting is required now/);
    assert.equal(needed.disabledReasons[0].stepId, 'a1');
    await until(async () => (await mails(admin)).some((m) => m.to.includes('axel@example.com') && /Drifting/.test(m.subject)), 'the mail to the team');
    await change(t.id, { steps: badgeSteps(b.list.id, flow.id, { ...badgeInputs, extra: { source: 'REQUEST_SUBJECT' } }) });
    await publish(t.id);
    await edit(flow, (cards) => pins(cards, (o) => o.map((p) => (p.key === 'extra' ? { ...p, key: 'renamed', label: 'renamed' } : p))));
    assert.match((await get(t.id)).disabledReasons[0].sentence, /Input extra of Drifting was removed or renamed/);
    const events = await admin.get('/api/v1/logs?limit=1000&sortOrder=DESCENDING&filter=' + encodeURIComponent('eventType eq "reeve.request_type.disable"'));
    assert.ok(events.some((e) => e.target.some((x) => x.id === t.id)));

    const off = await make2('Switched off');
    await admin.post(`${N}/flows/${off.flow.id}/deactivate`, {});
    await refusal('POST', `${types}/${off.t.id}/publish`, {}, 400, '/steps/4/flowId', /Switched off is off/);
    assert.equal((await get(off.t.id)).status, 'ACTIVE');
    await syncWorkflows(admin);
    assert.equal((await get(off.t.id)).status, 'DISABLED');
    await admin.post(`${N}/flows/${off.flow.id}/activate`, {});
    await syncWorkflows(admin);
    await publish(off.t.id);
    await admin.post(`${N}/flows/${off.flow.id}/deactivate`, {});
    await admin.delete(`${N}/flows/${off.flow.id}`, 204);
    await syncWorkflows(admin);
    assert.equal((await get(off.t.id)).status, 'DISABLED');
    assert.equal((await get(off.t.id)).steps[4].flowName, 'Switched off');
  });

  test('AR-65, AR-67: a request keeps the definition it was started with when its type is published anew and when it is deleted', async () => {
    const t = await make({ name: 'Kept by requests', autoResolve: true, steps: [q('q1'), approval('t1'), task('z', when({ stepId: 't1', op: 'IS_APPROVED' }))] });
    await publish(t.id);
    const made = await b.requester.post(`${N}/requests`, { requestTypeId: t.id, answers: { q1: 'old' } });
    await change(t.id, { steps: [q('q1', 'DATE'), approval('t1'), approval('t2')] });
    await publish(t.id);
    const open = await requestWhen(b.manager, made.id, (r) => step(r, 't1')?.state === 'OPEN', 'the approval');
    assert.equal(open.requestTypeVersion, 1);
    assert.deepEqual(open.steps.map((x) => x.id), ['q1', 't1', 'z']);
    await admin.delete(`${types}/${t.id}`, 204);
    assert.equal((await admin.raw('DELETE', `${types}/${t.id}`)).status, 404);
    assert.equal((await admin.raw('GET', `${types}/${t.id}`)).status, 404);
    assert.equal((await b.requester.raw('POST', `${N}/requests`, { body: { requestTypeId: t.id, answers: { q1: 'x' } } })).status >= 400, true);
    await decide(b.manager, open, 't1', 'APPROVED');
    const on = await requestWhen(b.assignee, made.id, (r) => step(r, 'z')?.state === 'OPEN', 'the task');
    await decide(b.assignee, on, 'z');
    await requestWhen(b.requester, made.id, (r) => r.status === 'RESOLVED', 'the request to close');
  });

  test('AR-70, AR-71, AR-73: steps stay hidden until their conditions hold, which tell approved, denied and completed apart, and includes wants every value', async () => {
    const t = await make({ name: 'Branches', steps: [
      q('m', 'DROPDOWN', { options: ['red', 'green', 'blue'], multi: true }), q('both', 'TEXT', { required: true, ...when({ stepId: 'm', op: 'INCLUDES', values: ['red', 'green'] }) }), approval('t1'),
      task('yes', when({ stepId: 't1', op: 'IS_APPROVED' })), task('no', when({ stepId: 't1', op: 'IS_DENIED' })), task('any', when({ stepId: 't1', op: 'IS_COMPLETED' }))] });
    await publish(t.id);
    assert.deepEqual((await b.requester.get(`${N}/catalogue/${t.id}`)).questions[1].logic, { match: 'ALL', conditions: [{ stepId: 'm', op: 'INCLUDES', values: ['red', 'green'] }] });
    const send = (answers) => b.requester.raw('POST', `${N}/requests`, { body: { requestTypeId: t.id, answers } });
    assert.equal((await send({ m: ['green', 'red'] })).status, 400);
    assert.equal((await send({ m: ['red', 'blue'] })).status, 201);
    const states = (r, ...ids) => ids.map((id) => step(r, id).state);
    for (const [value, want] of [['APPROVED', ['OPEN', 'SKIPPED', 'OPEN']], ['DENIED', ['SKIPPED', 'OPEN', 'OPEN']]]) {
      const made = (await send({ m: ['red', 'green'], both: 'x' })).json;
      const open = await requestWhen(b.manager, made.id, (r) => step(r, 't1')?.state === 'OPEN', 'the approval');
      assert.deepEqual(states(open, 'yes', 'no', 'any'), ['HIDDEN', 'HIDDEN', 'HIDDEN']);
      await decide(b.manager, open, 't1', value, 'because');
      const after = await requestWhen(b.assignee, made.id, (r) => step(r, 'any').state === 'OPEN', 'the steps after it');
      assert.deepEqual(states(after, 'yes', 'no', 'any'), want);
    }
  });

  test('AR-34: check this action shows each of the nine preconditions as missing, alone, with a sentence and a page that mends it', async () => {
    const t = await make({ name: 'Checked', steps: badgeSteps(b.list.id, b.flow.id) });
    const lines = async () => (await admin.post(`${types}/${t.id}/check`, { stepId: 'a1' }, 200)).lines;
    const expect = async (missing, sentence, why) => {
      const all = await lines();
      assert.deepEqual(all.map((l) => l.n), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
      assert.deepEqual(all.filter((l) => !l.ok).map((l) => l.n), missing, `${why}: ${JSON.stringify(all)}`);
      assert.ok(all.every((l) => l.sentence.length > 10));
      if (missing.length > 0) {
        assert.match(all[missing[0] - 1].sentence, sentence, why);
        assert.match(all[missing[0] - 1].link, /^\//);
      }
    };
    await syncWorkflows(admin);
    await expect([], null, 'all in place');
    const features = await admin.get('/api/v1/features');
    const feature = features.find((f) => /Workflows actions/.test(f.name));
    await admin.post(`/api/v1/features/${feature.id}/disable?mode=force`, {}, [200]);
    assert.deepEqual((await lines()).filter((l) => !l.ok).map((l) => l.n)[0], 1);
    await admin.post(`/api/v1/features/${feature.id}/enable`, {}, [200]);
    await expect([], null, 'feature on again');
    await admin.post(`${N}/flows/${b.flow.id}/deactivate`, {});
    await expect([2], /is off/, 'flow off');
    await admin.post(`${N}/flows/${b.flow.id}/activate`, {});
    const permissions = `/api/v1/iam/roles/${b.role.id}/permissions`;
    await admin.post(`${permissions}/okta.workflows.read`);
    await admin.delete(`${permissions}/okta.workflows.invoke`, [204]);
    await expect([3, 5], /No administrator role has the permission Run delegated flow/, 'role without permission');
    await admin.post(`${permissions}/okta.workflows.invoke`);
    const inSet = (await admin.get(`/api/v1/iam/resource-sets/${b.set.id}/resources`)).resources.find((r) => r.orn.endsWith(b.flow.id));
    await admin.delete(`/api/v1/iam/resource-sets/${b.set.id}/resources/${inSet.id}`, [204]);
    await expect([4, 5], /No resource set contains this flow/, 'set without the flow');
    await admin.patch(`/api/v1/iam/resource-sets/${b.set.id}/resources`, { additions: [inSet.orn] });
    await expect([], null, 'set complete again');
    const { organisation } = await admin.get(`${N}/session`);
    await admin.delete(`/api/v1/iam/resource-sets/${b.set.id}/bindings/${b.role.id}`, [204]);
    await expect([5], /not assigned/, 'not bound');
    const picker = async () => (await admin.get(`${N}/integrations/${b.okta.id}/workflows?teamId=${b.team.id}&limit=200`)).data;
    assert.ok((await picker()).length > 0);
    await syncWorkflows(admin);
    assert.deepEqual(await picker(), []);
    const workflows = (await admin.get(`${N}/resource-types`)).data.find((x) => x.type === 'workflows');
    assert.equal(workflows.count, 0);
    assert.match(workflows.hint, /role/i);
    await expect([5, 9], /not assigned/, 'not bound, synchronised');
    await admin.post(`/api/v1/iam/resource-sets/${b.set.id}/bindings`, { role: b.role.id, members: [`${organisation.baseUrl}/oauth2/v1/clients/${b.app.id}`] });
    await syncWorkflows(admin);
    await admin.delete(`${N}/integrations/${b.okta.id}/teams/${b.team.id}`);
    await expect([6], /not selected in the Okta integration/, 'team not in the integration');
    await giveTeam(admin, b.team.id);
    const integration = await admin.get(`${N}/integrations/${b.okta.id}`);
    await admin.patch(`${N}/integrations/${b.okta.id}`, { version: integration.version, actions: { RUN_WORKFLOW: false } });
    await expect([6], /Run a workflow is off/, 'action off');
    await giveTeam(admin, b.team.id);
    await admin.delete(`${N}/resource-types/workflows/teams/${b.team.id}`);
    await expect([7], /no access to the resource Workflows/, 'no access to workflows');
    await giveTeam(admin, b.team.id);
    await expect([], null, 'access given back');
    await admin.delete(`${N}/config-lists/${b.list.id}/teams/${b.team.id}?confirm=true`);
    await expect([8], /no access to the list Buildings/, 'list not shared');
    await admin.put(`${N}/config-lists/${b.list.id}/teams/${b.team.id}`);
    const fresh = await badgeFlow(admin, { name: 'Not synchronised', connectionId: b.connection.id });
    await admin.patch(`/api/v1/iam/resource-sets/${b.set.id}/resources`, { additions: [`orn:okta:workflow:${organisation.id}:flows:${fresh.id}`] });
    await change(t.id, { steps: badgeSteps(b.list.id, fresh.id) });
    await expect([9], /Update now/, 'not synchronised');
    await refusal('POST', `${types}/${t.id}/publish`, {}, 400, '/steps/4/flowId', /not synchronised/);
    await syncWorkflows(admin);
    await expect([], null, 'synchronised');
    await refusal('POST', `${types}/${t.id}/check`, { stepId: 't1' }, 400, '/stepId');
    await refusal('POST', `${types}/${t.id}/check`, {}, 400, '/stepId');
  });

  test('bad input is refused with status, code and a sentence that names the field, and nothing is stored', async () => {
    const t = await make();
    const cases = [
      ['POST', types, {}, '/name'], ['POST', types, { name: 'x' }, '/teamId'], ['POST', types, draft({ teamId: 'f'.repeat(24) }), '/teamId'], ['POST', types, draft({ colour: 'red' }), '/colour'],
      ['POST', types, draft({ icon: 'unicorn' }), '/icon'], ['POST', types, draft({ description: 'd'.repeat(2001) }), '/description'], ['POST', types, draft({ autoResolve: 'yes' }), '/autoResolve'],
      ['POST', types, draft({ audience: { type: 'NOBODY' } }), '/audience/type'], ['POST', types, draft({ audience: 'EVERYONE' }), '/audience'], ['POST', types, draft({ steps: {} }), '/steps'],
      ['POST', types, draft({ steps: [7] }), '/steps/0'], ['POST', types, draft({ steps: [q('a b')] }), '/steps/0/id'], ['POST', types, draft({ steps: [q('q1'), q('q1')] }), '/steps/1/id'],
      ['POST', types, draft({ steps: [q('q1', 'TEXT', { text: 'x'.repeat(101) })] }), '/steps/0/text'], ['POST', types, draft({ steps: [q('q1', 'SHAPE')] }), '/steps/0/inputType'],
      ['POST', types, draft({ steps: [approval('t1', { assignTo: { type: 'USER' } })] }), '/steps/0/assignTo/id'], ['POST', types, draft({ steps: [approval('t1', { due: { n: 1, unit: 'WEEKS' } })] }), '/steps/0/due/unit'],
      ['PATCH', `${types}/${t.id}`, { name: 'No version' }, '/version'], ['PATCH', `${types}/${t.id}`, { version: 'one' }, '/version'], ['PATCH', `${types}/${t.id}`, { version: t.version + 1, name: 'Stale' }, null, 409],
      ['PATCH', `${types}/${t.id}`, { version: t.version, status: 'ACTIVE' }, '/status'], ['GET', `${types}/nowhere`, undefined, null, 404], ['POST', `${types}/${'f'.repeat(24)}/publish`, {}, null, 404],
      ['GET', `${types}?limit=201`, undefined, 'limit'], ['GET', `${types}?after=rubbish`, undefined, 'after'], ['GET', `${N}/catalogue?limit=0`, undefined, 'limit'], ['GET', `${N}/catalogue/nowhere`, undefined, null, 404],
      ['DELETE', `${types}/nowhere`, undefined, null, 404],
    ];
    const count = async () => (await admin.get(`${types}?limit=200`)).data.length;
    const beforeCount = await count();
    for (const [method, path, body, where, status = 400] of cases) {
      const r = await admin.raw(method, path, { body });
      assert.ok([].concat(status).includes(r.status), `${method} ${path} ${JSON.stringify(body)?.slice(0, 120)}: ${r.status} ${r.text.slice(0, 400)}`);
      assert.match(r.json.errorCode, /^E\d{7}$/);
      if (where) assert.ok(r.text.includes(where), `${method} ${path}: ${where} is not in ${r.text.slice(0, 400)}`);
    }
    assert.equal(await count(), beforeCount);
    assert.deepEqual(await get(t.id), t);
  });

  test('AR-38: with the feature off a type with the action cannot be published, and published ones are disabled when it is switched off', async () => {
    const t = await make({ name: 'Needs the feature', steps: badgeSteps(b.list.id, b.flow.id) });
    await publish(t.id);
    const feature = (await admin.get('/api/v1/features')).find((f) => /Workflows actions/.test(f.name));
    await admin.post(`/api/v1/features/${feature.id}/disable?mode=force`, {}, [200]);
    const off = await until(async () => { const x = await get(t.id); return x.status === 'DISABLED' ? x : null; }, 'the type to end with the feature');
    assert.match(off.disabledReasons[0].sentence, /feature .* is off/);
    await refusal('POST', `${types}/${t.id}/publish`, {}, 400, '/steps/4/action', /feature .* is off/);
    assert.deepEqual((await admin.get(`${N}/integrations/${b.okta.id}/workflows?teamId=${b.team.id}`)).data, []);
    await admin.post(`/api/v1/features/${feature.id}/enable`, {}, [200]);
    assert.equal((await publish(t.id)).status, 'ACTIVE');
  });

  test('a person who is an approver and leaves disables the type', async () => {
    const p = await addPerson(admin, 'leaver@example.com', { firstName: 'Lea', lastName: 'Leaver' });
    const t = await make({ steps: [q('q1'), approval('t1', { assignTo: { type: 'USER', id: p.id } })] });
    await publish(t.id);
    assert.equal((await get(t.id)).steps[1].assignTo.name, 'Lea Leaver');
    assert.deepEqual((await b.requester.get(`${N}/catalogue/${t.id}`)).deciders.map((d) => d.names), [['Lea Leaver']]);
    await admin.post(`/api/v1/users/${p.id}/lifecycle/deactivate`, {}, [200]);
    const off = await until(async () => { const x = await get(t.id); return x.status === 'DISABLED' ? x : null; }, 'the type to end with the person');
    assert.match(off.disabledReasons[0].sentence, /Lea Leaver/);
    assert.equal((await signIn(s, 'mona@example.com')).csrf.length > 0, true);
  });
});
