// The log stream in the browser: set, tested, its state read, and one flow left out.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { firstAdministrator, startReeve, until } from '../lib/reeve.mjs';
import { cardMaker, resolve } from '../lib/flows.mjs';
import { startService } from '../lib/service.mjs';
import { axe, closeBrowser, closePage, openPage, settled, staysInside, toast } from './lib.mjs';

const N = '/reeve/api/v1';
let s, admin, collector;
before(async () => {
  collector = await startService((q, r) => r.json(200, {}));
  s = await startReeve({ config: { 'client.allow': collector.allow } });
  admin = await firstAdministrator(s);
});
after(async () => {
  await closeBrowser();
  await s?.stop();
  await collector?.stop();
});
const shot = (page, name) => (process.env.REEVE_SHOTS ? page.screenshot({ path: join(process.env.REEVE_SHOTS, `${name}.png`), fullPage: true }) : null);

test('WF-105: an administrator sets the collector, sends a test record, sees what arrives, and leaves one flow out', async () => {
  const card = await cardMaker(admin);
  const folder = await admin.post(`${N}/folders`, { name: 'Streams' });
  const flow = await admin.post(`${N}/flows`, { name: 'Told', folderId: folder.id, cards: resolve([card('http:delegated', 'start')]) });
  const page = await openPage(s, { who: admin });
  await page.goto('/settings/log-stream');
  await settled(page);
  await page.getByLabel('Address').fill('collector');
  await page.getByRole('switch', { name: /Post records/ }).locator('xpath=ancestor-or-self::label').click();
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Write an address such as').waitFor();
  await page.getByLabel('Address').fill(`${collector.url}/hec`);
  await page.getByRole('button', { name: 'Add a header' }).click();
  await page.getByLabel('Name of header 1').fill('Authorization');
  await page.getByLabel('Value of header 1').fill('Splunk 4711');
  await page.locator('label').filter({ hasText: 'FLOW_PAUSED' }).click();
  assert.deepEqual(await axe(page, ['[data-live-announcer]']), []);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Set: Authorization').waitFor();
  await page.getByRole('button', { name: 'Send a test record' }).click();
  await page.getByText('The collector took a test record.').waitFor();
  assert.equal(collector.calls.at(-1).headers.authorization, 'Splunk 4711');
  assert.ok(!(await page.content()).includes('4711'));
  const kept = await admin.get(`${N}/log-stream`);
  assert.deepEqual(kept.events, ['FLOW_START', 'FLOW_SUCCESS', 'FLOW_FAILURE', 'FLOW_CANCELED', 'FLOW_RATE_LIMITED', 'FLOW_THROTTLED']);
  await shot(page, 'stream');
  await page.goto(`/flows/${flow.id}`);
  await page.getByRole('button', { name: 'More for this flow' }).click();
  await page.getByRole('menuitemcheckbox', { name: 'Tell the log collector' }).or(page.getByRole('menuitem', { name: 'Tell the log collector' })).first().click();
  await toast(page, 'Its runs are not told any more.');
  assert.equal((await admin.get(`${N}/flows/${flow.id}`)).logStream, false);
  // what the collector refuses is said on the screen
  collector.handle = (q, r) => r.json(403, {});
  await admin.patch(`${N}/flows/${flow.id}`, { version: (await admin.get(`${N}/flows/${flow.id}`)).version, logStream: true });
  await admin.post(`${N}/flows/${flow.id}/test`, { inputs: {} }, [202]);
  await until(async () => (await admin.get(`${N}/log-stream`)).error, 'the refusal');
  await page.goto('/settings/log-stream');
  await page.getByText('The collector answered with status 403.').waitFor();
  await closePage(page);
});

for (const [size, scheme] of [['desk', 'dark'], ['phone', 'light']]) {
  test(`the screen of the log stream has no axe findings and stays inside the window: ${size}, ${scheme}`, async () => {
    const page = await openPage(s, { who: admin, size, scheme });
    await page.goto('/settings/log-stream');
    await page.getByText('Set: Authorization').waitFor();
    assert.deepEqual(await axe(page, ['[data-live-announcer]']), []);
    await staysInside(page);
    await shot(page, `stream-${size}`);
    await closePage(page);
  });
}
