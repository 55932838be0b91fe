// Connections in the browser: made with credentials of each kind, authorised anew, bound to a folder; and given to imported cards at once.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firstAdministrator, startReeve, until } from '../lib/reeve.mjs';
import { cardMaker, resolve } from '../lib/flows.mjs';
import { startService } from '../lib/service.mjs';
import { axe, closeBrowser, closePage, openPage, pick, settled, staysInside, toast } from './lib.mjs';

const N = '/reeve/api/v1';
let s, admin, web, dir;
before(async () => {
  dir = mkdtempSync(join(tmpdir(), 'reeve-connections-'));
  web = await startService((q, r) => r.json(q.headers.authorization === `Basic ${Buffer.from('anna:right').toString('base64')}` ? 200 : 401, {}));
  s = await startReeve({ config: { 'client.allow': web.allow } });
  admin = await firstAdministrator(s);
});
after(async () => {
  await closeBrowser();
  await s?.stop();
  await web?.stop();
  rmSync(dir, { recursive: true, force: true });
});
const shot = (page, name) => (process.env.REEVE_SHOTS ? page.screenshot({ path: join(process.env.REEVE_SHOTS, `${name}.png`) }) : null);
const findings = (page) => axe(page, ['[data-live-announcer]']);

test('WF-116: a connection with user name and password is made, tested, and authorised anew; its secrets are never shown', async () => {
  await admin.post(`${N}/folders`, { name: 'Payroll' });
  const page = await openPage(s, { who: admin });
  await page.goto('/connections');
  await settled(page);
  await page.getByRole('button', { name: 'New connection' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'New connection' });
  await pick(page, dialog, 'Connector', 'API Connector');
  await dialog.getByLabel('Name', { exact: true }).fill('Salaries');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await dialog.getByText('Fill this in').first().waitFor();
  await dialog.getByLabel(/^Addresses/).fill(web.url);
  await dialog.getByLabel(/^User name/).fill('anna');
  await dialog.getByLabel(/^Password/).fill('wrong');
  assert.equal(await dialog.getByLabel(/^Password/).getAttribute('type'), 'password');
  await pick(page, dialog, /Plain HTTP/, 'Yes');
  await pick(page, dialog, 'Usable in', 'Payroll');
  assert.deepEqual(await findings(page), []);
  await shot(page, 'connections-new');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await toast(page, 'The connection was made.');
  const row = page.getByRole('row', { name: /Salaries/ });
  await row.getByText('Payroll').waitFor();
  await row.getByText('Basic').waitFor();
  await row.getByRole('button', { name: 'Test' }).click();
  await page.getByText(/401/).first().waitFor();
  await row.getByRole('button', { name: 'Actions for Salaries' }).click();
  await page.getByRole('menuitem', { name: 'Authorise anew …' }).click();
  const anew = page.getByRole('dialog', { name: 'Authorise “Salaries” anew' });
  assert.equal(await anew.getByLabel(/^User name/).inputValue(), 'anna');
  assert.equal(await anew.getByLabel(/^Password/).inputValue(), '');
  await anew.getByLabel(/^Password/).fill('right');
  await anew.getByRole('button', { name: 'Save' }).click();
  await toast(page, 'The connection has its new credentials.');
  await row.getByRole('button', { name: 'Test' }).click();
  await row.getByText('Works').waitFor();
  assert.ok(!(await page.content()).includes('right"'), 'no secret in the page');
  await shot(page, 'connections-list');
  await closePage(page);
});

test('a connection with OAuth client credentials, and one to another server of the identity API, ask for what they need', async () => {
  const page = await openPage(s, { who: admin, size: 'phone', scheme: 'dark' });
  await page.goto('/connections?new=okta');
  const dialog = page.getByRole('dialog', { name: 'New connection' });
  await dialog.getByLabel('Name', { exact: true }).fill('Other organisation');
  await pick(page, dialog, 'How it signs in', 'API token');
  await dialog.getByLabel(/^Address/).fill('https://acme.example.com');
  await dialog.getByRole('textbox', { name: 'API token' }).fill('00secret');
  assert.deepEqual(await findings(page), []);
  await staysInside(page);
  await shot(page, 'connections-phone');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await toast(page, 'The connection was made.');
  const made = (await admin.get(`${N}/connections?limit=200`)).data.find((c) => c.name === 'Other organisation');
  assert.deepEqual([made.transport, made.auth, made.fields.base, made.fields.token], ['HTTPS', 'API_TOKEN', 'https://acme.example.com', '********']);
  await page.goto('/connections?new=httpfunctions');
  await pick(page, dialog, 'How it signs in', 'OAuth client credentials');
  await dialog.getByLabel('Name', { exact: true }).fill('Broken');
  await dialog.getByLabel(/^Addresses/).fill('no address at all');
  for (const [label, value] of [[/^Token address/, 'https://login.example.com/token'], [/^Client id/, 'me'], [/^Client secret/, 'hush']]) await dialog.getByLabel(label).fill(value);
  await dialog.getByRole('button', { name: 'Create' }).click();
  await dialog.locator('[aria-invalid=true]').first().waitFor();
  await closePage(page);
});

test('WF-129: after an import one dialog lists the cards that need a connection and gives all of them one that is made on the spot', async () => {
  const card = await cardMaker(admin);
  const source = await admin.post(`${N}/folders`, { name: 'Source' });
  for (const name of ['Invite', 'Remove']) {
    await admin.post(`${N}/flows`, { name, folderId: source.id, cards: resolve([card('http:delegated', 'start'), card('slack:sendMessageToChannel2', 'say', { title: `${name} them` }), card('slack:readUser2', 'who', { title: `Who to ${name}` })]) });
  }
  const file = join(dir, 'team.flopack');
  writeFileSync(file, (await admin.raw('GET', `${N}/folders/${source.id}/export`)).text);
  const target = await admin.post(`${N}/folders`, { name: 'Target' });
  const page = await openPage(s, { who: admin });
  await page.goto(`/flows?folder=${target.id}`);
  await settled(page);
  await page.getByRole('button', { name: 'Import' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Import flows' });
  await dialog.getByLabel('Export file').setInputFiles(file);
  await dialog.getByRole('button', { name: 'Import' }).click();
  await page.getByRole('button', { name: 'Choose connections …' }).click();
  const needs = page.getByRole('dialog', { name: 'Connections for the cards' });
  await needs.getByText('4 cards').click();
  await needs.getByText('Invite them').waitFor();
  await needs.getByText('Who to Remove').waitFor();
  assert.deepEqual(await findings(page), []);
  await shot(page, 'connections-needs');
  await needs.getByRole('button', { name: 'New connection …' }).click();
  const making = page.getByRole('dialog', { name: 'New connection' });
  await making.getByLabel('Name', { exact: true }).fill('Team chat');
  await making.getByRole('textbox', { name: 'Token', exact: true }).fill('xoxb-1');
  await making.getByRole('button', { name: 'Create' }).click();
  await needs.getByRole('button', { name: /Team chat/ }).waitFor();
  await needs.getByRole('button', { name: 'Assign' }).click();
  await toast(page, 'The cards have their connection.');
  const chat = (await admin.get(`${N}/connections?limit=200`)).data.find((c) => c.name === 'Team chat');
  const flows = await until(async () => {
    const all = await Promise.all((await admin.get(`${N}/flows?folderId=${target.id}&limit=200`)).data.map((f) => admin.get(`${N}/flows/${f.id}`)));
    return all.length === 0 ? (await Promise.all((await admin.get(`${N}/flows?limit=200`)).data.filter((f) => f.folderPath.startsWith('Target')).map((f) => admin.get(`${N}/flows/${f.id}`)))) : all;
  }, 'the imported flows');
  assert.equal(flows.length, 2);
  for (const f of flows) assert.deepEqual(f.cards.slice(1).map((c) => c.connectionId), [chat.id, chat.id]);
  // the folder's own menu shows that nothing is left
  await page.goto('/flows');
  await settled(page);
  await page.getByRole('link', { name: 'Target', exact: true }).hover();
  await page.getByRole('button', { name: 'Actions for Target' }).click();
  await page.getByRole('menuitem', { name: 'Connections …' }).click();
  await page.getByText('Every card has its connection.').waitFor();
  await closePage(page);
});
