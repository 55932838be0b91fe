// The form of a request whose questions depend on answers.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { firstAdministrator, startReeve } from '../lib/reeve.mjs';
import { badgeScenario, N } from '../lib/badge.mjs';
import { axe, closeBrowser, closePage, openPage, settled } from './lib.mjs';

let s, b, type, page;
before(async () => {
  s = await startReeve();
  const admin = await firstAdministrator(s);
  b = await badgeScenario(admin, s);
  const ask = { kind: 'QUESTION', required: true, assignTo: { type: 'REQUESTER' } };
  type = await admin.post(`${N}/request-types`, { name: 'Laptop', description: 'A new one.', icon: 'key', teamId: b.team.id, audience: { type: 'EVERYONE' }, autoResolve: false, steps: [
    { ...ask, id: 'q1', text: 'Colour', inputType: 'DROPDOWN', options: ['Grey', 'Another one'] },
    { ...ask, id: 'q2', text: 'Which one', inputType: 'TEXT', logic: { match: 'ALL', conditions: [{ stepId: 'q1', op: 'IS', value: 'Another one' }] } },
    { id: 't1', kind: 'CUSTOM_TASK', text: 'Order it', assignTo: { type: 'REQUEST_ASSIGNEE' } }] }, [201]);
  await admin.post(`${N}/request-types/${type.id}/publish`, {}, [200]);
  page = await openPage(s, { who: b.requester });
});
after(async () => {
  await closePage(page);
  await closeBrowser();
  await s?.stop();
});

test('AR-74: a question appears as soon as the answer that reveals it is given, goes with it, and is wanted only while it is there', async () => {
  const second = page.getByRole('textbox', { name: 'Which one' });
  const colour = async (name) => {
    await page.getByRole('button', { name: /Colour/ }).click();
    await page.getByRole('option', { name }).click();
  };
  await page.goto(`/catalogue/${type.id}`);
  await settled(page);
  assert.equal(await second.count(), 0);
  await colour('Another one');
  await second.waitFor();
  assert.deepEqual(await axe(page, ['[data-live-announcer]']), []);
  await second.fill('Pink');
  await colour('Grey');
  await second.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: /^Send/ }).click();
  await page.waitForURL('**/requests/*');
  const { steps } = await b.requester.get(`${N}/requests/${/requests\/(\w+)/.exec(page.url())[1]}`);
  const [first, hidden] = steps.filter((x) => x.kind === 'QUESTION');
  assert.deepEqual([first.state, hidden.state, JSON.stringify(hidden).includes('Pink')], ['COMPLETED', 'SKIPPED', false]);
});
