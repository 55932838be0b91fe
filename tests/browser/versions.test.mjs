// The versions of a flow: described later, compared with the present one, brought back.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { firstAdministrator, startReeve, until } from '../lib/reeve.mjs';
import { cardMaker, resolve } from '../lib/flows.mjs';
import { axe, closeBrowser, closePage, openPage, settled, staysInside, toast } from './lib.mjs';

const N = '/reeve/api/v1';
let s, admin, flow, card;
before(async () => {
  s = await startReeve();
  admin = await firstAdministrator(s);
  card = await cardMaker(admin);
  const folder = await admin.post(`${N}/folders`, { name: 'Versions' });
  const head = () => card('http:delegated', 'start', { add: [{ key: 'who' }] });
  flow = await admin.post(`${N}/flows`, { name: 'Grows', folderId: folder.id, note: 'The beginning', cards: resolve([head(), card('string:concat', 'join', { set: { string1: 'Dear' }, link: { string2: 'start.who' } }), card('json:parse', 'old')]) });
  const save = async (cards, note) => { const now = await admin.get(`${N}/flows/${flow.id}`); await admin.patch(`${N}/flows/${flow.id}`, { version: now.version, cards: resolve(cards), note }); };
  await save([head(), card('string:concat', 'join', { set: { string1: 'Hello', string2: 'you' } }), card('json:stringify', 'new', { set: { object: { a: 1 } } })], 'Another greeting');
  await save([head(), { ...card('string:concat', 'join', { set: { string1: 'Hello', string2: 'you' } }), policy: { type: 'return' } }, card('json:stringify', 'new', { set: { object: { a: 1 } } })], null);
});
after(async () => {
  await closeBrowser();
  await s?.stop();
});
const shot = (page, name) => (process.env.REEVE_SHOTS ? page.screenshot({ path: join(process.env.REEVE_SHOTS, `${name}.png`) }) : null);
const findings = async (page) => (await axe(page, ['[data-live-announcer]'])).filter((x) => !/^(landmark-one-main|page-has-heading-one)/.test(x));
const dialog = (page) => page.getByRole('dialog', { name: 'Versions' });
const row = (page, n) => dialog(page).locator('.flow-vers > li').filter({ has: page.getByText(`Version ${n}`, { exact: true }) });
const notes = async () => (await admin.get(`${N}/flows/${flow.id}/versions`)).data.map((v) => v.note);
async function open(options = {}) {
  const page = await openPage(s, { who: admin, ...options });
  await page.goto(`/flows/${flow.id}?panel=versions`);
  await settled(page);
  await row(page, 3).waitFor();
  return page;
}

test('WF-130: a version is described later, by mouse and by keyboard, and nothing is sent when nothing was changed', async () => {
  const page = await open();
  await row(page, 3).getByText('No description').waitFor();
  await row(page, 3).getByRole('button', { name: 'Describe version 3' }).click();
  const box = page.getByRole('textbox', { name: 'Description of version 3' });
  assert.equal(await box.evaluate((e) => e === document.activeElement), true);
  await box.fill('What the desk asked for');
  assert.deepEqual(await findings(page), []);
  await shot(page, 'versions-note');
  await row(page, 3).getByRole('button', { name: 'Save' }).click();
  await toast(page, 'Version 3 has its description.');
  await row(page, 3).getByText('What the desk asked for').waitFor();
  assert.deepEqual(await notes(), ['What the desk asked for', 'Another greeting', 'The beginning']);
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('aria-label')), 'Describe version 3');

  const sent = [];
  page.on('request', (r) => { if (r.method() === 'PATCH') sent.push(r.url()); });
  await page.keyboard.press('Enter');
  await box.waitFor();
  await page.keyboard.press('Control+Enter');
  await box.waitFor({ state: 'detached' });
  await row(page, 3).getByRole('button', { name: 'Describe version 3' }).click();
  await box.fill('Thrown away');
  await page.keyboard.press('Escape');
  await box.waitFor({ state: 'detached' });
  await dialog(page).waitFor();
  assert.deepEqual(sent, []);
  await row(page, 2).getByRole('button', { name: 'Describe version 2' }).click();
  await page.getByRole('textbox', { name: 'Description of version 2' }).fill('');
  await row(page, 2).getByRole('button', { name: 'Save' }).click();
  await row(page, 2).getByText('No description').waitFor();
  assert.deepEqual(await notes(), ['What the desk asked for', null, 'The beginning']);
  await closePage(page);
});

test('a description that cannot be stored stays in its field with the reason', async () => {
  const page = await open();
  await page.route(`**${N}/flows/${flow.id}/versions/1`, (r) => (r.request().method() === 'PATCH' ? r.fulfill({ status: 503, contentType: 'application/json', body: JSON.stringify({ errorCode: 'E0000181', errorSummary: 'The server is busy', errorLink: '', errorId: 'x', errorCauses: [] }) }) : r.continue()));
  await row(page, 1).getByRole('button', { name: 'Describe version 1' }).click();
  const box = page.getByRole('textbox', { name: 'Description of version 1' });
  await box.fill('First light');
  await row(page, 1).getByRole('button', { name: 'Save' }).click();
  await until(async () => box.getAttribute('aria-invalid'), 'the error at the field');
  assert.equal(await box.inputValue(), 'First light');
  await closePage(page);
});

test('WF-130: a version is compared with the present one, card by card and field by field, and brought back', async () => {
  const one = await admin.get(`${N}/flows/${flow.id}/versions/1`);
  assert.deepEqual([one.number, one.note, one.cards.map((c) => c.id)], [1, 'The beginning', ['start', 'join', 'old']]);
  assert.equal((await admin.raw('GET', `${N}/flows/${flow.id}/versions/9`)).status, 404);
  for (const [size, scheme] of [['desk', 'light'], ['desk', 'dark'], ['phone', 'light']]) {
    const page = await open({ size, scheme });
    await row(page, 1).getByRole('button', { name: 'Compare' }).click();
    const part = page.getByRole('region', { name: 'From version 1 to the present one' });
    await part.getByText('2 Concatenate').waitFor();
    const said = await part.locator('> ul > li').evaluateAll((all) => all.map((x) => x.innerText.split('\n').map((y) => y.trim()).filter(Boolean)));
    assert.deepEqual(said, [['Added 3 Stringify'], ['Removed 3 Parse'], ['Changed 2 Concatenate', 'text 1: Dear → Hello', 'text 2: 1 who → you', 'what it does when it fails']]);
    assert.deepEqual(await findings(page), []);
    await staysInside(page);
    await shot(page, `versions-compare-${size}-${scheme}`);
    if (size === 'phone') {
      await row(page, 1).getByRole('button', { name: 'Restore' }).click();
      await page.getByRole('alertdialog').getByRole('button', { name: 'Restore version 1' }).click();
      await toast(page, 'Version 1 is back.');
    }
    await closePage(page);
  }
  assert.deepEqual((await admin.get(`${N}/flows/${flow.id}`)).cards.map((c) => c.id), ['start', 'join', 'old']);
});
