// A service application in the browser: scopes are granted and taken back, a secret is made, shown once, and changed.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { generateKeyPairSync } from 'node:crypto';
import { firstAdministrator, startReeve, until } from '../lib/reeve.mjs';
import { axe, closeBrowser, closePage, openPage, pick, settled, staysInside, toast } from './lib.mjs';

let s, admin;
before(async () => { s = await startReeve(); admin = await firstAdministrator(s); });
after(async () => { await closeBrowser(); await s?.stop(); });
const shot = (page, name) => (process.env.REEVE_SHOTS ? page.screenshot({ path: join(process.env.REEVE_SHOTS, `${name}.png`), fullPage: true }) : null);
const make = (label, method, more = {}) => admin.post('/api/v1/apps', { name: 'oidc_client', label, signOnMode: 'OPENID_CONNECT', credentials: { oauthClient: { token_endpoint_auth_method: method } },
  settings: { oauthClient: { application_type: 'service', grant_types: ['client_credentials'], response_types: ['token'], ...more } } });

test('an administrator grants a scope to a service application and takes it back', async () => {
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
  const app = await make('Reports', 'private_key_jwt', { jwks: { keys: [{ ...key, kid: 'k1' }] } });
  const page = await openPage(s, { who: admin });
  await page.goto(`/settings/applications/${app.id}`);
  await settled(page);
  const part = page.getByRole('region', { name: 'Scopes', exact: true });
  await part.getByText('No scope yet').waitFor();
  await pick(page, part, 'Grant a scope', 'okta.users.read');
  await toast(page, 'The scope was granted.');
  await part.getByRole('listitem').getByText('okta.users.read').waitFor();
  assert.deepEqual((await admin.get(`/api/v1/apps/${app.id}/grants`)).map((g) => g.scopeId), ['okta.users.read']);
  assert.deepEqual(await axe(page, ['[data-live-announcer]']), []);
  await shot(page, 'app-scopes');
  await part.getByRole('button', { name: 'Take back: okta.users.read' }).click();
  await page.getByRole('alertdialog').or(page.getByRole('dialog')).getByRole('button', { name: 'Take back' }).click();
  await toast(page, 'The scope was taken back.');
  await until(async () => (await admin.get(`/api/v1/apps/${app.id}/grants`)).length === 0, 'the scope to be gone');
  await closePage(page);
});

test('a client secret is made, shown this once, and the one before is taken out of use and deleted', async () => {
  const app = await make('Gateway', 'client_secret_basic');
  const page = await openPage(s, { who: admin, size: 'phone', scheme: 'dark' });
  await page.goto(`/settings/applications/${app.id}`);
  await settled(page);
  const part = page.getByRole('region', { name: 'Client secrets', exact: true });
  await part.getByRole('button', { name: 'New secret' }).click();
  const dialog = page.getByRole('alertdialog').or(page.getByRole('dialog'));
  const secret = (await dialog.locator('.copy .code').textContent()).trim();
  assert.match(secret, /^[\w-]{43,}$/);
  await staysInside(page);
  await shot(page, 'app-secret-phone');
  await dialog.getByRole('button').last().click();
  await part.getByRole('listitem').nth(1).waitFor();
  assert.ok(!(await page.content()).includes(secret));
  assert.equal(await part.getByRole('button', { name: 'New secret' }).count(), 0); // two at most
  const [old] = await admin.get(`/api/v1/apps/${app.id}/credentials/secrets`);
  const row = part.getByRole('listitem').filter({ hasText: old.secret_hash });
  await row.getByRole('button', { name: 'Deactivate' }).click();
  await row.getByRole('button', { name: /Delete secret/ }).click();
  await toast(page, 'The secret was deleted.');
  await until(async () => (await admin.get(`/api/v1/apps/${app.id}/credentials/secrets`)).length === 1, 'one secret to be left');
  await shot(page, 'app-secrets-phone');
  await closePage(page);
});
