// What a card does when it fails, set in the designer (workflows.md 11.1).
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { firstAdministrator, startReeve, until } from '../lib/reeve.mjs';
import { directoryConnection } from '../lib/badge.mjs';
import { cardMaker, resolve } from '../lib/flows.mjs';
import { axe, closeBrowser, closePage, openPage, settled } from './lib.mjs';

const N = '/reeve/api/v1';
let s, admin, flow, helper, page;
before(async () => {
  s = await startReeve();
  admin = await firstAdministrator(s);
  const card = await cardMaker(admin), folder = await admin.post(`${N}/folders`, { name: 'Errors' }), connectionId = (await directoryConnection(admin)).id;
  helper = await admin.post(`${N}/flows`, { name: 'Tells the desk', folderId: folder.id, cards: resolve([card('control:callable', 'start')]) });
  await admin.post(`${N}/flows/${helper.id}/activate`);
  flow = await admin.post(`${N}/flows`, { name: 'Looks up', folderId: folder.id, cards: resolve([card('http:delegated', 'start'), card('okta:readUser', 'read', { set: { 'User/ID or Login': 'nobody@example.com' }, connectionId })]) });
  page = await openPage(s, { who: admin });
});
after(async () => {
  await closePage(page);
  await closeBrowser();
  await s?.stop();
});
const kept = async () => (await admin.get(`${N}/flows/${flow.id}`)).cards.find((c) => c.id === 'read');
const dialog = () => page.getByRole('dialog');
async function open() {
  await page.locator('section[data-card="read"] .fch-name').click();
  await page.getByRole('button', { name: 'If it fails …' }).click();
  await dialog().waitFor();
}
async function keepAndSave() {
  await dialog().getByRole('button', { name: 'Keep' }).click();
  await dialog().waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await until(async () => page.getByRole('button', { name: 'Save', exact: true }).isDisabled(), 'the flow to be saved');
}

test('WF-89: tries, their distance and a helper flow are set by hand, stand on the card, and the run does so', async () => {
  await page.goto(`/flows/${flow.id}`);
  await settled(page);
  await open();
  await dialog().getByRole('button', { name: /Try again/ }).click();
  await page.getByRole('option', { name: 'Once' }).click();
  await dialog().getByLabel('Seconds between tries').fill('soon');
  await dialog().getByText('Stop it and run a helper flow').click();
  await dialog().getByRole('button', { name: 'Keep' }).click();
  await dialog().getByText('Write whole seconds, at most 86400.').waitFor();
  await dialog().getByLabel('Seconds between tries').fill('7');
  await dialog().getByRole('button', { name: 'Keep' }).click();
  await dialog().getByText('Choose a helper flow.').waitFor();
  await dialog().getByRole('button', { name: /Helper flow/ }).click();
  await page.getByRole('option', { name: /Tells the desk/ }).click();
  assert.deepEqual(await axe(page, ['[data-live-announcer]']), []);
  await keepAndSave();
  assert.deepEqual((await kept()).policy, { type: 'flo', flo: helper.id, retry: 1, delay: 7000 });
  await page.getByText('If it fails: one more try, then runs Tells the desk').waitFor();
  const { runId } = await admin.post(`${N}/flows/${flow.id}/test`, { inputs: {} }, [202]);
  const run = await until(async () => { const r = await admin.get(`${N}/runs/${runId}`); return r.endedAt ? r : null; }, 'the run to end');
  assert.equal(run.status, 'FAILED');
  await until(async () => (await admin.get(`${N}/runs?flowId=${helper.id}`)).data.length === 1, 'the helper flow to run');
});

test('a message to hand back is a field of the card, and goes with the choice', async () => {
  await open();
  await dialog().getByText('Stop it and hand back a message').click();
  await dialog().getByRole('textbox', { name: 'Message' }).fill('Nobody of that name');
  await keepAndSave();
  let card = await kept();
  assert.deepEqual([card.policy, card.inputs.find((p) => p.key === 'message').value], [{ type: 'return', retry: 1, delay: 7000 }, 'Nobody of that name']);
  await open();
  assert.equal(await dialog().getByRole('textbox', { name: 'Message' }).inputValue(), 'Nobody of that name');
  await dialog().getByText('The run fails with the error of the card.').click();
  await dialog().getByRole('button', { name: /Try again/ }).click();
  await page.getByRole('option', { name: 'Not at all' }).click();
  await keepAndSave();
  card = await kept();
  assert.deepEqual([card.policy, card.inputs.some((p) => p.key === 'message')], [{ type: 'finish' }, false]);
  assert.equal(await page.getByText('If it fails:').count(), 0);
});
