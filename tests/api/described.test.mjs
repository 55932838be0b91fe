// Connectors that are described by data: what their cards send to a service, what they make of its answers, pages, streams,
// and that they have the addresses and fields of the exports.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { generateKeyPairSync, verify } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startReeve, firstAdministrator, until, apiToken, Client, root } from '../lib/reeve.mjs';
import { cardMaker, resolve } from '../lib/flows.mjs';
import { startService, runFlow } from '../lib/service.mjs';

const N = '/reeve/api/v1';
let s, admin, web, card;
before(async () => {
  web = await startService();
  s = await startReeve({ config: { 'client.allow': web.allow } });
  admin = await firstAdministrator(s);
  admin = new Client(s.url, { token: await apiToken(admin, 'described') });
  card = await cardMaker(admin);
});
after(async () => { await s?.stop(); await web?.stop(); });

const connect = (connector, auth, fields) => admin.post(`${N}/connections`, { name: `${connector} ${Math.random()}`, connector, auth, fields: { plainHttp: 'Yes', ...fields } });
/** set: by "Group:Key" or key. Gives outputs by "Group:Key", the error, and the calls that were made. */
async function use(name, set, { connectionId, options, link, before: earlier = [], add } = {}) {
  const c = card(name, 'call', { connectionId, options, link, add });
  for (const [place, value] of Object.entries(set)) {
    const [group, key] = place.includes(':') ? place.split(/:(.*)/s) : [undefined, place];
    const pin = c.inputs.find((p) => p.key === key && (group === undefined || (p.group ?? '') === group));
    if (!pin) throw new Error(`${name} has no input ${place}`);
    pin.value = value;
  }
  const from = web.calls.length;
  const { run, record, flow } = await runFlow(admin, until, resolve, [card('control:callable', 'start'), ...earlier, c]);
  const data = record.data.find((x) => x.cardId === 'call');
  const outputs = Object.fromEntries(record.cards.at(-1).outputs.map((p) => [`${p.group ?? ''}:${p.key}`, data?.outputs?.[p.id] ?? null]));
  return { run, flow, outputs, error: data?.error ?? null, calls: web.calls.slice(from) };
}

describe('Slack', () => {
  let c;
  before(async () => { c = await connect('slack', 'TOKEN', { token: 'xoxb-1', base: web.url }); });

  test('a message goes into the channel of the option or of the field, as text or as blocks, under the bot\'s name', async () => {
    web.handle = (q, r) => r.json(200, { ok: true, ts: '17.5' });
    const a = await use('slack:sendMessageToChannel2', { Text: 'Hello <world> & {{Message:Name}}', Name: 'Reeve', 'Thread Timestamp': '16.1' }, { connectionId: c.id, options: { channel: 'C1', bot: 'Yes', links: 'No', messageType: 'Plain Text' } });
    assert.equal(a.outputs['Message:Timestamp'], '17.5');
    const [q] = a.calls;
    assert.deepEqual([q.method, q.path, q.headers.authorization], ['POST', '/chat.postMessage', 'Bearer xoxb-1']);
    assert.match(q.headers['idempotency-key'], /^[0-9a-f-]{36}$/);
    assert.deepEqual(q.json, { channel: 'C1', text: 'Hello <world> & {{Message:Name}}', thread_ts: '16.1', username: 'Reeve', unfurl_links: false, unfurl_media: false });
    const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: '*hi*' } }];
    const b = await use('slack:sendMessageToChannel2', { channelId: '#general', Blocks: blocks, 'Notification Message': 'hi' }, { connectionId: c.id, options: { useId: 'Yes', channel: 'C1', messageType: 'Blocks', bot: 'No' } });
    assert.deepEqual(b.calls[0].json, { channel: '#general', text: 'hi', blocks, unfurl_links: true, unfurl_media: true });
  });
  test('an answer that says it is not ok fails the card with the reason', async () => {
    web.handle = (q, r) => r.json(200, { ok: false, error: 'channel_not_found' });
    const { run, error } = await use('slack:sendDirectMessage2', { 'User ID': 'U1', Text: 'x' }, { connectionId: c.id });
    assert.equal(run.status, 'FAILED');
    assert.deepEqual([error.code, error.message], [400, 'the service refused: channel_not_found']);
    assert.match(error.raw, /channel_not_found/);
  });
  test('a person is looked up by address or by id', async () => {
    web.handle = (q, r) => r.json(200, { ok: true, user: { id: 'U7', name: 'anna', real_name: 'Anna A', profile: { email: 'anna@example.com' } } });
    const a = await use('slack:readUser2', { Email: 'anna+x@example.com' }, { connectionId: c.id, options: { fieldType: 'Email' } });
    assert.equal(a.calls[0].target, '/users.lookupByEmail?email=anna%2Bx%40example.com');
    assert.deepEqual(a.outputs, { 'User:User ID': 'U7', 'User:Full Name': 'Anna A', 'User:Email': 'anna@example.com', 'User:Username': 'anna' });
    const b = await use('slack:readUser2', { 'User ID': 'U7' }, { connectionId: c.id, options: { fieldType: 'User ID' } });
    assert.equal(b.calls[0].target, '/users.info?user=U7');
  });
  test('an incoming webhook posts without a channel, and its address is a secret', async () => {
    web.handle = (q, r) => { r.open = true; r.writeHead(200).end('ok'); };
    const hook = await connect('slack', 'WEBHOOK', { url: `${web.url}/services/T1/B1/hush-hush` });
    assert.equal(hook.fields.url, '********');
    const { run, calls } = await use('slack:sendMessageToChannel2', { Text: 'hi' }, { connectionId: hook.id, options: { channel: 'C1' } });
    assert.equal(run.status, 'SUCCEEDED');
    assert.deepEqual([calls[0].path, calls[0].json], ['/services/T1/B1/hush-hush', { text: 'hi' }]);
    assert.ok(!JSON.stringify(await admin.get(`${N}/runs/${run.id}/cards`)).includes('hush-hush'));
    const test = await admin.post(`${N}/connections/${hook.id}/test`, {});
    assert.match(test.sentence, /Nothing can be called/);
  });
});

describe('Microsoft', () => {
  const tenant = { tenant: 'example', clientId: 'app', clientSecret: 'hush' };
  let c, graph;
  before(async () => {
    graph = (handle) => { web.handle = (q, r) => (q.path.endsWith('/oauth2/v2.0/token') ? r.json(200, { access_token: 'g1', expires_in: 3600 }) : handle(q, r)); };
    c = await connect('office365admin', 'CLIENT_CREDENTIALS', { ...tenant, login: web.url, base: `${web.url}/v1.0` });
  });

  test('Read User asks for the attributes the card shows, and names in paths are encoded', async () => {
    graph((q, r) => r.json(200, { id: '1', displayName: 'Anna', department: 'IT', officeLocation: 'B4' }));
    const { outputs, calls } = await use('office365admin:readUser', { 'ID or Email': '../me?x=1#' }, { connectionId: c.id, add: [{ key: 'officeLocation', group: 'User' }] });
    assert.deepEqual(calls.map((q) => q.target)[0], '/example/oauth2/v2.0/token');
    assert.match(calls[0].body, /grant_type=client_credentials&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default&client_id=app&client_secret=hush/);
    assert.match(calls[1].target, /^\/v1\.0\/users\/\.\.%2Fme%3Fx%3D1%23\?%24select=id%2CdisplayName/);
    assert.match(calls[1].query.$select, /officeLocation$/);
    assert.deepEqual([outputs['User:displayName'], outputs['User:department'], outputs['User:officeLocation'], outputs['User:mail']], ['Anna', 'IT', 'B4', null]);
  });
  test('a card may need two calls: the second uses what the first answered', async () => {
    graph((q, r) => (q.method === 'POST' ? r.writeHead(204).end() : r.json(200, { id: 'U-1' })));
    const { outputs, calls } = await use('office365admin:addUserToGroup', { 'User:id': 'anna@example.com', 'Group:id': 'G-1' }, { connectionId: c.id });
    assert.equal(outputs['Output:Status Code'], 204);
    const [look, add] = calls.filter((q) => q.path.startsWith('/v1.0'));
    assert.equal(look.path, '/v1.0/users/anna%40example.com');
    assert.deepEqual([add.path, add.json], ['/v1.0/groups/G-1/members/$ref', { '@odata.id': 'https://graph.microsoft.com/v1.0/directoryObjects/U-1' }]);
  });
  test('a guest is invited with what was filled and nothing else', async () => {
    graph((q, r) => r.json(201, { id: 'I1', invitedUser: { id: 'U9' }, invitedUserMessageInfo: { customizedMessageBody: 'Welcome' } }));
    const { outputs, calls } = await use('office365admin:createGuestUser', { invitedUserEmailAddress: 'guest@example.org', inviteRedirectUrl: 'https://x.example', sendInvitationMessage: 'yes', customizedMessageBody: 'Welcome' }, { connectionId: c.id });
    assert.deepEqual(calls.at(-1).json, { invitedUserEmailAddress: 'guest@example.org', sendInvitationMessage: true, inviteRedirectUrl: 'https://x.example', invitedUserType: 'Guest', invitedUserMessageInfo: { customizedMessageBody: 'Welcome' } });
    assert.deepEqual([outputs['User:invitedUser'], outputs['User:id'], outputs['Invited User Message Info:customizedMessageBody']], ['U9', 'I1', 'Welcome']);
  });
  test('WF-120: Custom API Action sends an authenticated request to the relative URL with query, headers and body', async () => {
    graph((q, r) => r.json(201, { id: 'S1' }, { location: '/there' }));
    const { outputs, calls } = await use('office365admin:customAPIAction', { 'Relative URL': '/subscriptions', Query: { $top: 5 }, Headers: { Prefer: 'x' }, Body: { changeType: 'created' } }, { connectionId: c.id, options: { requestType: 'POST' } });
    const q = calls.at(-1);
    assert.deepEqual([q.method, q.target, q.headers.authorization, q.headers.prefer, q.json], ['POST', '/v1.0/subscriptions?%24top=5', 'Bearer g1', 'x', { changeType: 'created' }]);
    assert.deepEqual([outputs['Response:Status Code'], outputs['Response:Body'], outputs['Response:Headers'].location], [201, { id: 'S1' }, '/there']);
    const away = await use('office365admin:customAPIAction', { 'Relative URL': 'https://evil.example/collect' }, { connectionId: c.id, options: { requestType: 'GET' } });
    assert.match(away.error.message, /calls no address at https:\/\/evil\.example/);
  });
  test('all pages are read, the first record alone is one call, and a stream calls the helper flow once per record', async () => {
    const pages = (q, r) => {
      const n = Number(q.query.page ?? 0);
      r.json(200, { value: [0, 1, 2].map((i) => ({ id: `t${n * 3 + i}`, displayName: `Team ${n * 3 + i}` })), ...(n < 2 ? { '@odata.nextLink': `${web.url}/v1.0/groups?page=${n + 1}` } : {}) });
    };
    graph(pages);
    const all = await use('office365admin:searchGroups', { mail: 'a@example.com' }, { connectionId: c.id, options: { resultSet: 'All Matching Records', filter_type: 'Exact Match' } });
    assert.deepEqual(all.outputs['Result:Groups'].map((g) => g.id), ['t0', 't1', 't2', 't3', 't4', 't5', 't6', 't7', 't8']);
    assert.equal(all.calls[0].query.$filter ?? all.calls[1].query.$filter, "mail eq 'a@example.com'");
    const teams = await connect('microsoftteams', 'CLIENT_CREDENTIALS', { ...tenant, login: web.url, base: `${web.url}/v1.0` });
    const one = await use('microsoftteams:searchTeams', { displayName: 'Team' }, { connectionId: teams.id, options: { resultSet: 'First Matching Record', filter_type: 'Starts With' } });
    assert.deepEqual([one.outputs['Result:id'], one.outputs['Result:displayName'], one.calls.filter((q) => q.path === '/v1.0/groups').length], ['t0', 'Team 0', 1]);

    const folder = await admin.post(`${N}/folders`, { name: 'Helpers' });
    const helper = await admin.post(`${N}/flows`, { name: 'Per team', folderId: folder.id, cards: resolve([card('control:callable', 'start', { add: [{ key: 'Record', type: 'object' }, { key: 'State', type: 'object' }] })]) });
    await admin.post(`${N}/flows/${helper.id}/activate`, {});
    const streamed = await use('microsoftteams:searchTeams', { displayName: 'Team', Flow: helper.id }, { connectionId: teams.id, options: { resultSet: 'Stream Matching Records' } });
    assert.equal(streamed.run.status, 'SUCCEEDED');
    assert.equal(streamed.outputs['Result:Records Streamed'], 9);
    const runs = (await admin.get(`${N}/runs?flowId=${helper.id}&limit=100`)).data;
    const seen = await Promise.all(runs.map(async (r) => {
      const { cards, data } = await admin.get(`${N}/runs/${r.id}/cards`);
      return data[0].outputs[cards[0].outputs.find((p) => p.key === 'Record').id].id;
    }));
    assert.deepEqual(seen.toSorted(), ['t0', 't1', 't2', 't3', 't4', 't5', 't6', 't7', 't8']);
  });
  test('a message to Teams goes to a webhook as an Adaptive Card, or into a channel as the person of the connection', async () => {
    const refreshed = [];
    web.handle = (q, r) => {
      if (!q.path.endsWith('/token')) return r.json(201, { id: 'M1', webUrl: 'https://teams.example/m1' });
      refreshed.push(new URLSearchParams(q.body).get('refresh_token'));
      return r.json(200, { access_token: 't1', expires_in: 3600, refresh_token: 'r1' });
    };
    const hook = await connect('microsoftteams', 'WEBHOOK', { url: `${web.url}/hook` });
    const a = await use('microsoftteams:sendMessageToChannel', { Text: 'Hi "there"' }, { connectionId: hook.id });
    assert.deepEqual([a.calls[0].path, a.calls[0].json.attachments[0].content.body[0].text, a.calls[0].headers.authorization], ['/hook', 'Hi "there"', undefined]);
    const person = await connect('microsoftteams', 'REFRESH_TOKEN', { tenant: 'example', clientId: 'app', refreshToken: 'r0', login: web.url, base: `${web.url}/v1.0` });
    const b = await use('microsoftteams:sendMessageToChannel', { 'Team ID': 'T', 'Channel ID': '19:x@thread.tacv2', Text: '<b>Hi</b>' }, { connectionId: person.id, options: { messageType: 'HTML' } });
    assert.deepEqual([b.calls.at(-1).path, b.calls.at(-1).json, b.outputs['Message:Message ID']], ['/v1.0/teams/T/channels/19%3Ax%40thread.tacv2/messages', { body: { contentType: 'html', content: '<b>Hi</b>' } }, 'M1']);
    assert.deepEqual(refreshed, ['r0']);
  });
});

describe('Google', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
  const fields = () => ({ clientEmail: 'bot@project.example', privateKey: key.replaceAll('\n', '\\n'), subject: 'boss@example.com', scope: 'a b', tokenUrl: `${web.url}/token`, base: web.url });

  test('a service account signs for its token, and names the administrator it acts as', async () => {
    web.handle = (q, r) => (q.path === '/token' ? r.json(200, { access_token: 'sa', expires_in: 3600 }) : r.json(200, { id: '1', name: { givenName: 'Anna' }, suspended: false, emails: [{ address: 'a@x', primary: true }] }));
    const c = await connect('googledirectory', 'SERVICE_ACCOUNT', fields());
    const { outputs, calls } = await use('googledirectory:readUser', { 'User ID': 'anna@example.com' }, { connectionId: c.id });
    const form = new URLSearchParams(calls[0].body);
    assert.equal(form.get('grant_type'), 'urn:ietf:params:oauth:grant-type:jwt-bearer');
    const [head, body, signature] = form.get('assertion').split('.');
    assert.ok(verify('sha256', Buffer.from(`${head}.${body}`), publicKey, Buffer.from(signature, 'base64url')));
    const claims = JSON.parse(Buffer.from(body, 'base64url'));
    assert.deepEqual([claims.iss, claims.sub, claims.scope, claims.aud, claims.exp - claims.iat], ['bot@project.example', 'boss@example.com', 'a b', `${web.url}/token`, 3600]);
    assert.equal(calls[1].headers.authorization, 'Bearer sa');
    assert.deepEqual([outputs['User:First Name'], outputs['User:Suspended?'], outputs['User:Emails']], ['Anna', false, [{ 'Email Address': 'a@x', 'Primary?': true }]]);
    const wrong = await connect('googledirectory', 'SERVICE_ACCOUNT', { ...fields(), privateKey: 'not a key' });
    assert.match((await use("googledirectory:readUser", { "User ID": "x" }, { connectionId: wrong.id })).error.message, /private key/);
  });
  test('a card makes one call for each item of a list, and a status that is expected is no failure', async () => {
    web.handle = (q, r) => (q.path === '/token' ? r.json(200, { access_token: 'x' }) : /sku\/b\//.test(q.path) ? r.json(404, {}) : r.json(200, {}));
    const c = await connect('googledirectory', 'REFRESH_TOKEN', { clientId: 'c', clientSecret: 's', refreshToken: 'r', tokenUrl: `${web.url}/token`, base: web.url, licensing: `${web.url}/apps/licensing/v1` });
    const licenses = ['a', 'b', 'c'].map((skuid) => ({ name: `L ${skuid}`, productid: 'P', skuid }));
    const { outputs, calls } = await use('googledirectory:unassignLicenseFromUser', { licenses, id: 'anna@example.com' }, { connectionId: c.id });
    assert.deepEqual(calls.filter((q) => q.method === 'DELETE').map((q) => q.path), ['a', 'b', 'c'].map((x) => `/apps/licensing/v1/product/P/sku/${x}/user/anna@example.com`));
    assert.deepEqual(outputs['Results:Results'], [{ 'License Name': 'L a', 'Status Code': 200 }, { 'License Name': 'L b', 'Status Code': 404 }, { 'License Name': 'L c', 'Status Code': 200 }]);
    assert.ok((await use('googledirectory:getAllLicenses', {}, { connectionId: c.id })).outputs['Licenses:Licenses'].length > 10);
  });

  /** Tokens by the person they were asked for; the service tells who each call was made as. */
  const mailboxes = (answer) => (q, r) => {
    if (q.path !== '/token') return answer(q, r);
    const sub = JSON.parse(Buffer.from(new URLSearchParams(q.body).get('assertion').split('.')[1], 'base64url')).sub;
    return r.json(200, { access_token: `of-${sub}`, expires_in: 3600 });
  };
  const asked = (calls) => calls.filter((q) => q.path === '/token').length;

  test('a card about a mailbox acts as its owner, each with a token of their own that is kept', async () => {
    web.handle = mailboxes((q, r) => r.json(200, { delegateEmail: q.json?.delegateEmail, verificationStatus: 'accepted' }));
    const c = await connect('gmail', 'SERVICE_ACCOUNT', fields());
    const add = (who) => use('gmail:addDelegate', { 'Delegator:Email': who, 'Delegate:Email': 'boss@example.com' }, { connectionId: c.id });
    const first = await add('anna@example.com');
    assert.deepEqual([first.calls[1].method, first.calls[1].path, first.calls[1].json], ['POST', '/users/anna%40example.com/settings/delegates', { delegateEmail: 'boss@example.com' }]);
    assert.equal(first.calls[1].headers.authorization, 'Bearer of-anna@example.com');
    assert.deepEqual(first.outputs, { 'Result:Delegate Email': 'boss@example.com', 'Result:Verification Status': 'accepted' });
    const second = await add('bert@example.com');
    assert.deepEqual(second.calls.map((q) => q.headers.authorization), [undefined, 'Bearer of-bert@example.com']);
    for (const who of ['anna', 'bert']) {
      const again = await add(`${who}@example.com`);
      assert.deepEqual(again.calls.map((q) => q.headers.authorization), [`Bearer of-${who}@example.com`], 'the kept token, and nobody else\'s');
    }
    for (let i = 0; i < 22; i++) await add(`p${i}@example.com`); // more than are kept
    assert.equal((await add('p21@example.com')).calls[0].headers.authorization, 'Bearer of-p21@example.com');
    const test = await admin.post(`${N}/connections/${c.id}/test`, {});
    assert.equal(test.ok, true);
    assert.equal(web.calls.at(-1).headers.authorization, 'Bearer of-boss@example.com', 'what names nobody acts as the connection says');
  });
  test('a token that is refused before its time is renewed for the person of the card', async () => {
    let old = true;
    web.handle = mailboxes((q, r) => { if (old) { old = false; return r.json(401, {}); } return r.writeHead(204).end(); });
    const c = await connect('gmail', 'SERVICE_ACCOUNT', fields());
    const warm = await use('gmail:deleteDelegate', { 'Delegator:email': 'anna@example.com', 'Delegate:email': 'a/b@example.com' }, { connectionId: c.id });
    assert.equal(warm.run.status, 'FAILED', 'a fresh token that is refused is refused');
    old = true;
    const { outputs, calls } = await use('gmail:deleteDelegate', { 'Delegator:email': 'anna@example.com', 'Delegate:email': 'a/b@example.com' }, { connectionId: c.id });
    assert.deepEqual(calls.map((q) => [q.method, q.path]), [['DELETE', '/users/anna%40example.com/settings/delegates/a%2Fb%40example.com'], ['POST', '/token'], ['DELETE', '/users/anna%40example.com/settings/delegates/a%2Fb%40example.com']]);
    assert.equal(asked(calls), 1);
    assert.equal(outputs['Result:Status Code'], 204);
  });
  test('mail is forwarded and kept, also to an address that is known already', async () => {
    web.handle = mailboxes((q, r) => (q.method === 'POST' ? r.json(409, { error: 'exists' }) : r.json(200, q.json)));
    const c = await connect('gmail', 'SERVICE_ACCOUNT', fields());
    const { outputs, calls } = await use('gmail:forwardEmails', { 'Forward From:Email': 'anna@example.com', 'Forward To:Email': 'boss@example.com' }, { connectionId: c.id });
    assert.deepEqual(calls.slice(1).map((q) => [q.method, q.path.split('/').at(-1), q.json, q.headers.authorization]), [
      ['POST', 'forwardingAddresses', { forwardingEmail: 'boss@example.com' }, 'Bearer of-anna@example.com'],
      ['PUT', 'autoForwarding', { enabled: true, emailAddress: 'boss@example.com', disposition: 'leaveInInbox' }, 'Bearer of-anna@example.com'],
    ]);
    assert.deepEqual(outputs, { 'Result:Forwarding Email': 'boss@example.com', 'Result:Enabled': true, 'Result:Disposition': 'leaveInInbox' });
  });
  test('an automatic reply has its times in milliseconds there and as dates here; what is empty is not sent', async () => {
    web.handle = mailboxes((q, r) => r.json(200, q.json));
    const c = await connect('gmail', 'SERVICE_ACCOUNT', fields());
    const reply = (more) => use('gmail:setAutoReply', { Email: 'anna@example.com', 'Response Subject': 'Away', ...more }, { connectionId: c.id });
    const a = await reply({ 'Start Time': '2026-11-27T08:00:00.000Z', 'End Time': '2026-12-01T00:00:00+01:00', 'Restrict to Domain': true, 'Restrict to Contacts': false, 'Response Body Plain Text': 'Back soon', 'Response Body HTML': '<b>Back</b> soon' });
    assert.deepEqual(a.calls.at(-1).json, { enableAutoReply: true, responseSubject: 'Away', responseBodyPlainText: 'Back soon', responseBodyHtml: '<b>Back</b> soon', restrictToDomain: true, restrictToContacts: false, startTime: '1795766400000', endTime: '1796079600000' });
    assert.deepEqual([a.outputs['Result:Start Time'], a.outputs['Result:End Time'], a.outputs['Result:Email'], a.outputs['Result:Enable Auto Reply']], ['2026-11-27T08:00:00.000Z', '2026-11-30T23:00:00.000Z', 'anna@example.com', true]);
    const b = await reply({});
    assert.deepEqual(b.calls.at(-1).json, { enableAutoReply: true, responseSubject: 'Away' });
    assert.equal(b.outputs['Result:Start Time'], null);
    const wrong = await reply({ 'Start Time': 'soon' });
    assert.match(wrong.error.message, /date/);
  });
});

const packs = join(root, '../shared/flopacks');
test('cards of described connectors have the addresses and fields of the exports', { skip: existsSync(packs) ? false : 'the exports are not here' }, async () => {
  const types = new Map((await admin.get(`${N}/cards`)).data.map((c) => [c.card, c]));
  const wanted = new Set(['slack', 'office365admin', 'googledirectory', 'googledrive', 'httpfunctions', 'filefunctions', 'github', 'openai', 'pagerduty', 'gmail']);
  const missing = new Set();
  let seen = 0;
  const bodies = (b) => (b.methods ?? []).flatMap((m) => [m, ...Object.values(m.node?.model?.inputs?.data ?? {}).flatMap((p) => (p.value?.type === 'flo' && p.value.data?.methods ? bodies(p.value.data) : p.value?.type === 'flo' && p.value.data?.data ? bodies(p.value.data.data) : []))]);
  for (const f of readdirSync(packs).filter((x) => x.endsWith('.flopack'))) {
    for (const flow of Object.values(JSON.parse(readFileSync(join(packs, f), 'utf8')).data.flos)) {
      for (const m of bodies(flow.data)) {
        const [, kind, , connector, , method] = m.address.split(':');
        if (kind !== 'channels' || !wanted.has(connector) || method === 'close') continue; // Close answers a caller and calls nobody
        seen++;
        const type = types.get(`${connector}:${method}`);
        if (!type) { missing.add(`${connector}:${method}`); continue; }
        const places = (list) => new Set(list.map((p) => `${p.group ?? ''}:${p.key}`));
        const inputs = places(type.inputs);
        const outputs = places(type.outputs);
        for (const p of Object.values(m.node.model.inputs.data)) if (p.group && p.group !== 'parameters' && !inputs.has(`${p.group}:${p.key}`)) missing.add(`${connector}:${method} takes ${p.group}:${p.key}`);
        for (const p of Object.values(m.node.model.inputs.data)) if (p.group === 'parameters' && !(type.options ?? []).some((o) => o.key === p.key)) missing.add(`${connector}:${method} chooses ${p.key}`);
        for (const p of Object.values(m.node.model.outputs.data)) if (p.group && !type.userGroup && !outputs.has(`${p.group}:${p.key}`)) missing.add(`${connector}:${method} gives ${p.group}:${p.key}`);
      }
    }
  }
  assert.ok(seen > 50, `${seen}`);
  assert.deepEqual([...missing], []);
});
