// Schedules and addresses of flows, as a person sets them: with the mouse, with the keyboard alone and on a phone.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { firstAdministrator, startReeve, until } from '../lib/reeve.mjs';
import { cardMaker, resolve } from '../lib/flows.mjs';
import { axe as axeOf, closeBrowser, closePage, openPage, pick, press, settled, staysInside, tabTo, toast } from './lib.mjs';

const N = '/reeve/api/v1';
let s, admin, folder, card;
before(async () => {
  s = await startReeve();
  admin = await firstAdministrator(s);
  folder = await admin.post(`${N}/folders`, { name: 'Facilities' });
  card = await cardMaker(admin);
});
after(async () => {
  await closeBrowser();
  await s?.stop();
});
const axe = async (page) => (await axeOf(page, ['[data-live-announcer]'])).filter((x) => !/^(landmark-one-main|page-has-heading-one)/.test(x));
const make = async (name, cards) => admin.post(`${N}/flows`, { name, folderId: folder.id, cards: resolve(cards) });
const dialog = (page) => page.getByRole('dialog');
const enter = async (page, target) => { await tabTo(page, target, { most: 300 }); await page.keyboard.press('Enter'); };

test('a new flow gets a schedule in plain terms; the dialog says it in a sentence with the next five starts, and the flow starts by it once it is on', async () => {
  const page = await openPage(s, { who: admin });
  await page.goto('/flows?new=yes');
  await dialog(page).getByLabel('Name').fill('Chase badges');
  await press(dialog(page), 'radio', /By a schedule/);
  await dialog(page).getByRole('button', { name: 'Create' }).click();
  await page.getByText('No schedule yet').waitFor();
  await page.getByRole('button', { name: 'Set schedule' }).click();
  await pick(page, dialog(page), 'How often', 'On days of the week');
  await press(dialog(page), 'checkbox', 'Fri');
  await dialog(page).getByLabel('At', { exact: true }).fill('09:30');
  await dialog(page).getByText('On Monday and Friday at 09:30, Europe/Berlin').waitFor();
  const starts = dialog(page).getByRole('list', { name: 'Next starts' }).getByRole('listitem');
  await starts.first().waitFor();
  assert.equal(await starts.count(), 5);
  for (const text of await starts.allTextContents()) assert.match(text, /^(Mon|Fri),? .*09:30 (CET|CEST|GMT\+[12])$/);
  assert.deepEqual(await axe(page), []);
  await dialog(page).getByRole('button', { name: 'Set schedule' }).click();
  await dialog(page).waitFor({ state: 'detached' });
  await press(page, 'switch', 'On');
  await toast(page, /switched on|is on/);
  const flow = (await admin.get(`${N}/flows?q=Chase`)).data[0];
  assert.equal(flow.kind, 'SCHEDULED');
  assert.ok(['1', '5'].includes(String(new Date(flow.nextRunAt).getUTCDay())));
  await page.getByText(/^Next: (Mon|Fri)/).waitFor();
  await page.goto('/flows');
  await page.getByText('Next: ').first().waitFor();
  await closePage(page);
});

test('a schedule by calendar fields is set with the keyboard alone; what cannot be read is said before it is set', async () => {
  const head = card('control:scheduled', 'start');
  head.schedule = { minutes: '0', hours: '9', timeZone: 'UTC' };
  const flow = await make('By keys', [head]);
  const page = await openPage(s, { who: admin });
  await page.goto(`/flows/${flow.id}`);
  await page.getByText('Every day at 09:00, UTC').waitFor();
  await enter(page, page.getByRole('button', { name: 'Set schedule' }));
  const how = dialog(page).getByRole('button', { name: /How often/ });
  await how.waitFor();
  await enter(page, how);
  await page.getByRole('option').first().waitFor();
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  const hours = dialog(page).getByLabel('Hours', { exact: true });
  await tabTo(page, hours);
  await page.keyboard.press('Control+a');
  await page.keyboard.type('25');
  await dialog(page).getByText(/hours "25"/).waitFor();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('6,18');
  await dialog(page).getByText('By calendar: 0 6,18 * * *, UTC').waitFor();
  await dialog(page).getByRole('list', { name: 'Next starts' }).getByText(/06:00|18:00/).first().waitFor();
  await enter(page, dialog(page).getByRole('button', { name: 'Set schedule' }));
  await dialog(page).waitFor({ state: 'detached' });
  await page.keyboard.press('Control+s');
  await until(async () => (await admin.get(`${N}/flows/${flow.id}`)).cards[0].schedule.hours === '6,18', 'the schedule to be saved');
  await closePage(page);
});

test('an endpoint gets fields from parts of the request, a client token that is shown once, and calls stand in the history with what started them', async () => {
  const page = await openPage(s, { who: admin });
  await page.goto('/flows?new=yes');
  await dialog(page).getByLabel('Name').fill('Badge lost');
  await press(dialog(page), 'radio', /By a call over HTTP/);
  await dialog(page).getByRole('button', { name: 'Create' }).click();
  await page.getByRole('button', { name: 'Add a field' }).first().click();
  await pick(page, dialog(page), 'Comes from', 'Query');
  await dialog(page).getByLabel('Name').fill('badge');
  await dialog(page).getByRole('button', { name: 'Add field' }).click();
  await page.getByRole('button', { name: 'Address and access' }).click();
  await dialog(page).getByText('There is none yet, so nobody can call this flow.').waitFor();
  await dialog(page).getByRole('button', { name: 'Make a token' }).click();
  await dialog(page).getByText('Shown this once').waitFor();
  const [url, token] = await dialog(page).locator('.copy .code').allTextContents();
  assert.match(url, /\/api\/flo\/[0-9a-f]{32}\/invoke$/);
  assert.match(token, /^[0-9a-f]{64}$/);
  assert.deepEqual(await axe(page), []);
  await dialog(page).getByRole('button', { name: 'Done' }).click();
  await page.getByRole('button', { name: 'Address and access' }).click();
  await dialog(page).getByRole('button', { name: 'Make a new token' }).waitFor();
  assert.equal(await dialog(page).getByText(token).count(), 0);
  await page.keyboard.press('Escape');
  await press(page, 'switch', 'On');
  await toast(page, /switched on|is on/);
  const call = (headers) => fetch(`${s.url}${new URL(url).pathname}?badge=B7`, { headers });
  assert.equal((await call({})).status, 401);
  const r = await call({ 'x-api-client-token': token });
  assert.equal(r.status, 200);
  const flow = (await admin.get(`${N}/flows?q=Badge%20lost`)).data[0];
  await page.goto(`/flows/${flow.id}/runs`);
  await page.getByText('By a call of its address').first().waitFor();
  await page.getByText('B7').first().waitFor();
  await page.getByRole('button', { name: 'Test', exact: true }).click();
  await dialog(page).getByLabel('badge').fill('B8');
  await dialog(page).getByRole('button', { name: /Run it/ }).click();
  await page.getByText('B8').first().waitFor();
  await closePage(page);
});

for (const [size, scheme] of [['desk', 'light'], ['phone', 'dark']]) {
  test(`the report of an import shows address and client token of an endpoint this once, to be copied (${size}, ${scheme})`, async () => {
    const made = await make(`Brought ${size}`, [card('http:accept', 'start'), card('control:return', 'end', { add: [{ key: 'said' }], set: { said: 'hello' } })]);
    const file = { name: 'brought.flow', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(await admin.get(`${N}/flows/${made.id}/export`))) };
    const page = await openPage(s, { who: admin, size, scheme });
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.goto('/flows');
    await settled(page);
    await page.getByRole('button', { name: 'Import' }).first().click();
    await dialog(page).locator('input[type=file]').setInputFiles(file);
    await dialog(page).getByRole('button', { name: 'Import', exact: true }).click();
    const tokens = dialog(page).getByRole('region', { name: '1 client token was made' });
    await tokens.getByText('Shown this once', { exact: false }).waitFor();
    await tokens.getByRole('button', { name: new RegExp(`Client token, Brought ${size}`) }).click();
    const token = await page.evaluate(() => navigator.clipboard.readText()), [url] = await tokens.locator('.copy .code').allTextContents();
    assert.match(token, /^[0-9a-f]{64}$/);
    await staysInside(page);
    assert.deepEqual(await axe(page), []);
    if (process.env.REEVE_SHOTS) await page.screenshot({ path: `${process.env.REEVE_SHOTS}/import-${size}-${scheme}.png` });
    const id = (await admin.get(`${N}/flows?q=${encodeURIComponent(`Brought ${size}`)}`)).data.find((f) => f.id !== made.id).id;
    await admin.post(`${N}/flows/${id}/activate`);
    const r = await fetch(`${s.url}${new URL(url).pathname}`, { headers: { 'x-api-client-token': token } });
    assert.deepEqual(await r.json(), { said: 'hello' });
    await closePage(page);
  });
}

for (const scheme of ['light', 'dark']) {
  test(`both dialogs can be read and used on a phone, ${scheme}`, async () => {
    const head = card('control:scheduled', 'start');
    head.schedule = { minutes: '*/15', hours: '9-16', dayOfTheWeek: '1,5', timeZone: 'Europe/Berlin' };
    const scheduled = await make(`Phone ${scheme}`, [head]), called = await make(`Phone call ${scheme}`, [card('http:accept', 'start')]);
    const page = await openPage(s, { who: admin, size: 'phone', scheme });
    await page.goto(`/flows/${scheduled.id}`);
    await settled(page);
    await page.getByRole('button', { name: 'Set schedule' }).click();
    await dialog(page).getByRole('list', { name: 'Next starts' }).getByRole('listitem').first().waitFor();
    await staysInside(page);
    assert.deepEqual(await axe(page), []);
    await pick(page, dialog(page), /15 minutes/, '5 minutes');
    await dialog(page).getByRole('button', { name: 'Set schedule' }).click();
    await page.getByText('Every 5 minutes from 09:00 to 17:00 on Monday and Friday, Europe/Berlin').waitFor();
    await page.goto(`/flows/${called.id}`);
    await settled(page);
    await page.getByRole('button', { name: 'Address and access' }).click();
    await press(dialog(page), 'radio', /Nothing/);
    await page.getByRole('alertdialog').getByRole('button', { name: 'Let anyone call it' }).click();
    await dialog(page).getByText('Anyone who knows the address may start this flow.', { exact: false }).waitFor();
    await staysInside(page);
    assert.deepEqual(await axe(page), []);
    assert.equal((await admin.get(`${N}/flows/${called.id}/endpoint`)).security, 'NONE');
    await closePage(page);
  });
}
