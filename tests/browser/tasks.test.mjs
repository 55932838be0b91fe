// Main tasks of web.md 5, each by mouse, with the keyboard alone and at phone width: deny with a reason, build the badge request
// type, give a team access to everything it needs, find out why a workflow is not offered and mend it, find a request of last
// month and what was sent to its flow.
import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { firstAdministrator, startReeve, until } from '../lib/reeve.mjs';
import { badgeScenario, decide, N, requestWhen, step, submitBadge } from '../lib/badge.mjs';
import { closeBrowser, closePage, hand, openPage, row, sees, settled, staysInside, toast } from './lib.mjs';

after(closeBrowser);
const ways = [{ how: 'mouse', size: 'desk', said: 'by mouse' }, { how: 'keyboard', size: 'desk', said: 'with the keyboard alone' }, { how: 'mouse', size: 'phone', said: 'on a phone' }];
const dialog = (page) => page.getByRole('dialog').or(page.getByRole('alertdialog'));

describe('main tasks', () => {
  let s, admin, b;
  before(async () => {
    s = await startReeve();
    admin = await firstAdministrator(s);
    b = await badgeScenario(admin, s);
  });
  after(() => s.stop());

  for (const { how, size, said } of ways) {
    test(`deny with a reason, ${said}`, async () => {
      const r = await submitBadge(b);
      const page = await openPage(s, { who: b.manager, size });
      const h = hand(page, how);
      await page.goto(`/requests/${r.number}`);
      await h.fill(page.getByLabel('Reason'), 'The building closes');
      await h.press(page.getByRole('button', { name: /^Deny/ }).filter({ visible: true }));
      await toast(page, 'Manager approval: denied.');
      const t1 = step(await admin.get(`${N}/requests/${r.id}`), 't1');
      assert.deepEqual([t1.decision, t1.note], ['DENIED', 'The building closes']);
      await closePage(page);
    });

    test(`AR-6, AR-56, AR-57, AR-58, AR-59: build the badge request type and publish it, ${said}`, async () => {
      const page = await openPage(s, { who: admin, size });
      const h = hand(page, how);
      const name = `Badge ${said}`;
      const back = async () => { if (size === 'phone') await page.getByRole('link', { name: 'Steps' }).click(); };
      const add = async (kind, text) => {
        await back();
        if (kind === 'Approval' || kind === 'Custom task') await h.menu(page.getByRole('group', { name: 'Add' }).getByRole('button', { name: 'Task' }), kind);
        else await h.press(page.getByRole('group', { name: 'Add' }).getByRole('button', { name: kind }));
        const field = page.getByLabel(kind === 'Question' ? 'Question' : 'Text', { exact: true }).filter({ visible: true }).first();
        await h.fill(field, text);
      };
      await page.goto('/request-types');
      await settled(page);
      await h.press(page.locator('.bar').getByRole('button', { name: 'New request type' }));
      await h.fill(dialog(page).getByLabel('Name'), name);
      await h.press(dialog(page).getByRole('button', { name: 'Create' }));
      await page.waitForURL(/\/request-types\/[0-9a-f]+/);
      const id = /\/request-types\/([0-9a-f]+)/.exec(page.url())[1];
      await page.getByRole('group', { name: 'Add' }).or(page.getByRole('link', { name: 'Steps' })).first().waitFor();
      if (size === 'phone' && await page.getByRole('link', { name: 'Steps' }).isVisible()) await back();
      const addFirst = async (text) => {
        await h.press(page.getByRole('group', { name: 'Add' }).getByRole('button', { name: 'Question' }));
        await h.fill(page.getByLabel('Question', { exact: true }).first(), text);
      };
      await addFirst('Business justification');
      await add('Question', 'Building');
      await h.choose(page.getByRole('button', { name: /Type$/ }).or(page.getByRole('button', { name: /^Text Type|Type/ })), 'Drop-down');
      await h.radio(page.getByRole('radiogroup', { name: 'Options from' }), 'A configuration list');
      await page.getByRole('button', { name: /Configuration list/ }).waitFor();
      await add('Question', 'End date');
      await h.choose(page.getByRole('button', { name: /Type/ }), 'Date');
      await add('Approval', 'Manager approval');
      await add('Action', 'Manual provisioning');
      await h.search(page.getByRole('combobox', { name: 'Workflow' }), 'Badge', b.flow.name);
      await page.getByRole('table', { name: 'The workflow asks for' }).waitFor();
      await add('Custom task', 'Close when badge is updated');
      await sees(page, 'Saved');
      await staysInside(page);
      await h.press(page.getByRole('button', { name: 'Publish version 1' }));
      await toast(page, 'Version 1 is published.');

      const type = await admin.get(`${N}/request-types/${id}`);
      const by = Object.fromEntries(type.steps.map((x) => [x.text, x]));
      assert.deepEqual(type.steps.map((x) => x.kind), ['QUESTION', 'QUESTION', 'QUESTION', 'APPROVAL', 'ACTION', 'CUSTOM_TASK']);
      assert.deepEqual([by.Building.inputType, by.Building.configListId, by['End date'].inputType], ['DROPDOWN', b.list.id, 'DATE']);
      assert.equal(by['Manager approval'].assignTo.type, 'MANAGER');
      assert.equal(by['Close when badge is updated'].assignTo.type, 'REQUEST_ASSIGNEE');
      const action = by['Manual provisioning'];
      assert.deepEqual(action.flowInputs.map((i) => i.key), ['requesterEmail', 'buildingRequested', 'businessJustification', 'assigneeEmail', 'endDate']);
      assert.deepEqual(action.inputs, {
        requesterEmail: { source: 'REQUESTER_EMAIL' }, buildingRequested: { source: 'QUESTION', stepId: by.Building.id }, businessJustification: { source: 'QUESTION', stepId: by['Business justification'].id },
        assigneeEmail: { source: 'ASSIGNEE_EMAIL' }, endDate: { source: 'QUESTION', stepId: by['End date'].id },
      });
      assert.deepEqual(action.logic.conditions, [{ stepId: by['Manager approval'].id, op: 'IS_APPROVED' }]);
      await closePage(page);
    });

    test(`give a team access to everything it needs, ${said}`, async () => {
      const team = await admin.post(`${N}/teams`, { name: `Desk ${said}`, icon: 'it', colour: 'indigo' });
      await admin.put(`${N}/teams/${team.id}/members/${b.people.assignee.id}`);
      const page = await openPage(s, { who: admin, size });
      const h = hand(page, how);
      await page.goto(`/settings/teams/${team.id}`);
      await settled(page);
      await h.press(page.getByRole('main').getByRole('link', { name: 'Access', exact: true }));
      await sees(page, `Desk ${said} cannot run a workflow yet`);
      await h.press(page.getByRole('button', { name: 'Give all of it' }));
      await sees(page, 'This team has everything it needs to run workflows.');
      await h.turn('switch', `Buildings: Desk ${said}`, row(page.getByRole('region', { name: 'Configuration lists' }), 'Buildings'));
      await until(async () => (await admin.get(`${N}/config-lists/${b.list.id}`)).teams.some((x) => x.id === team.id), 'the list to be shared');
      const access = await admin.get(`${N}/teams/${team.id}/access`);
      assert.deepEqual([access.resourceTypes.find((x) => x.type === 'workflows').allowed, access.integrations[0].allowed, access.configLists[0].allowed], [true, true, true]);
      await staysInside(page);
      await closePage(page);
    });

    test(`find out why a workflow is not offered, and mend it, ${said}`, async () => {
      await admin.delete(`${N}/resource-types/workflows/teams/${b.team.id}`);
      const page = await openPage(s, { who: admin, size });
      const h = hand(page, how);
      await page.goto(`/request-types/${b.type.id}?step=a1`);
      const check = page.getByRole('region', { name: 'Check this action' });
      const bad = check.locator('.fail').filter({ hasText: 'no access to the resource Workflows' });
      await bad.waitFor();
      await h.press(bad.getByRole('link', { name: 'Mend this' }));
      await page.waitForURL('**/settings/resources/workflows');
      const team = row(page.getByRole('region', { name: 'Manage access' }), b.team.name);
      await h.turn('switch', b.team.name, team);
      await team.getByText('Full access').waitFor();
      await page.goBack();
      await check.getByText('9 of 9 hold').waitFor();
      await h.press(page.getByRole('button', { name: /^Publish version/ }));
      await toast(page, 'is published');
      assert.equal((await admin.get(`${N}/request-types/${b.type.id}`)).status, 'ACTIVE');
      await closePage(page);
    });

    test(`find a request and what was sent to its flow, ${said}`, async () => {
      const r = await submitBadge(b, { q1: `Found ${said}` }, { subject: `Lab of ${said}` });
      await decide(b.manager, await b.manager.get(`${N}/requests/${r.id}`), 't1', 'APPROVED');
      const ready = await requestWhen(admin, r.id, (x) => step(x, 't2').state === 'OPEN', 'the task to open');
      await decide(b.assignee, ready, 't2');
      await requestWhen(admin, r.id, (x) => x.status === 'RESOLVED', 'the request to close');
      const page = await openPage(s, { who: b.requester, size });
      const h = hand(page, how);
      await page.goto('/inbox?view=done');
      await settled(page);
      await h.press(page.getByRole('button', { name: 'Filter' }));
      await h.fill(page.getByLabel('Subject or number'), `Lab of ${said}`);
      await page.waitForURL(/q=Lab/); // the filter is in the address
      const line = page.getByRole('main').getByRole('link').filter({ hasText: `#${r.number}` });
      await line.first().waitFor();
      await h.press(line);
      if (size === 'desk') await h.press(page.locator('.detail').getByRole('link', { name: 'Open' }));
      await page.waitForURL(`**/requests/${r.number}`);
      const sent = page.locator('.vals').first();
      await sent.getByText(`Found ${said}`).waitFor();
      await sent.getByText('rita@example.com').waitFor();
      await staysInside(page);
      await closePage(page);
    });
  }
});
