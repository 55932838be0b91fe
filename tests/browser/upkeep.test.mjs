// The trust store, copies of folders, and what a flow that is deleted is used by, in the browser.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { firstAdministrator, startReeve, until } from '../lib/reeve.mjs';
import { cardMaker, resolve } from '../lib/flows.mjs';
import { axe, closeBrowser, closePage, openPage, settled, staysInside, toast } from './lib.mjs';

const N = '/reeve/api/v1';
let s, admin;
before(async () => {
  s = await startReeve();
  admin = await firstAdministrator(s);
});
after(async () => {
  await closeBrowser();
  await s?.stop();
});

test('an administrator adds an authority after a refusal that says why, sees it, and stops trusting it', async () => {
  const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '9', '-subj', '/O=Acme/CN=Acme Root', '-keyout', '/dev/null'], { encoding: 'utf8' });
  assert.equal(made.status, 0, made.stderr);
  const page = await openPage(s, { who: admin });
  await page.goto('/settings/trust');
  await settled(page);
  await page.getByRole('button', { name: 'Add certificate' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Inside');
  await dialog.getByLabel('Certificate').fill('hello');
  await dialog.getByRole('button', { name: 'Trust it' }).click();
  await dialog.getByText('This is no certificate in PEM form').waitFor();
  await dialog.getByLabel('Certificate').fill(made.stdout);
  await dialog.getByRole('button', { name: 'Trust it' }).click();
  await toast(page, 'The certificate is trusted.');
  await page.getByText('CN=Acme Root,O=Acme').waitFor();
  assert.deepEqual(await axe(page, ['[data-live-announcer]']), []);
  await page.setViewportSize({ width: 390, height: 844 });
  await staysInside(page);
  await page.getByRole('button', { name: 'Remove: Inside' }).click();
  await page.getByRole('button', { name: 'Stop trusting' }).click();
  await toast(page, 'The certificate is not trusted any more.');
  assert.deepEqual((await admin.get(`${N}/trusted-certificates`)).data, []);
  await closePage(page);
});

test('WF-5: a folder is duplicated from its menu and the copy is opened', async () => {
  const card = await cardMaker(admin), folder = await admin.post(`${N}/folders`, { name: 'Desk' });
  await admin.post(`${N}/flows`, { name: 'Greets', folderId: folder.id, cards: resolve([card('http:delegated', 'start')]) });
  const page = await openPage(s, { who: admin });
  await page.goto('/flows');
  await settled(page);
  await page.getByRole('button', { name: /Desk/ }).click();
  await page.getByRole('menuitem', { name: 'Duplicate' }).click();
  await toast(page, 'Desk was duplicated. The flows of the copy are off.');
  const copy = await until(async () => (await admin.get(`${N}/folders`)).data.find((f) => f.name === 'Desk (copy)'), 'the copy');
  await page.waitForURL(`**/flows?folder=${copy.id}`);
  await page.getByRole('link', { name: 'Greets' }).waitFor();
  await closePage(page);
});

test('before a flow is deleted, the dialog names the flows that call it', async () => {
  const card = await cardMaker(admin), folder = await admin.post(`${N}/folders`, { name: 'Used' });
  const helper = await admin.post(`${N}/flows`, { name: 'Helps', folderId: folder.id, cards: resolve([card('control:callable', 'start')]) });
  await admin.post(`${N}/flows`, { name: 'Asks for help', folderId: folder.id, cards: resolve([card('http:delegated', 'start'), card('control:spawn', 'call', { set: { flo: helper.id } })]) });
  const page = await openPage(s, { who: admin });
  await page.goto(`/flows?folder=${folder.id}`);
  await settled(page);
  await page.getByRole('row').filter({ has: page.getByRole('link', { name: 'Helps', exact: true }) }).getByRole('button', { name: /Helps/ }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  const dialog = page.getByRole('alertdialog');
  await dialog.getByText('These use it now:').waitFor();
  await dialog.getByRole('listitem').filter({ hasText: 'Asks for help' }).waitFor();
  await dialog.getByRole('button', { name: 'Keep' }).click();
  assert.equal((await admin.get(`${N}/flows/${helper.id}`)).name, 'Helps');
  await closePage(page);
});
