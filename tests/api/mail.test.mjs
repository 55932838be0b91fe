// Mail for real: through Debian's exim4 with STARTTLS, implicit TLS and authentication; captured while no server is set.
import { test, before, after, describe } from 'node:test';
import assert from 'node:assert/strict';
import { startReeve, firstAdministrator, addPerson, signIn, until } from '../lib/reeve.mjs';
import { startSmtp, haveExim, plainBody } from '../lib/smtp.mjs';
import { lab } from '../lib/cards.mjs';

const N = '/reeve/api/v1';
let n = 0;
/** A person without a password gets a mail with a link: gives the address. */
const welcome = async (admin, login = `welcome${++n}@example.com`) => {
  await admin.post('/api/v1/users', { profile: { login, email: login, firstName: 'Änne', lastName: 'Tester' } }, [200]);
  return login;
};
const set = async (admin, body) => {
  const { version } = await admin.get(`${N}/settings`);
  return admin.patch(`${N}/settings`, { version, ...body });
};
const mailTo = async (admin, to) => (await admin.get(`${N}/mails?limit=200`)).data.find((m) => m.to === to);
const mailWhen = (admin, to, ...states) => until(async () => {
  const m = await mailTo(admin, to);
  return states.includes(m?.status) ? m : null;
}, `the mail to ${to} to be ${states.join(' or ')}`);

describe('while no mail server is set', () => {
  let s, admin;
  before(async () => {
    s = await startReeve();
    admin = await firstAdministrator(s);
  });
  after(async () => s?.stop());

  test('mail is captured and shown with its text', async () => {
    const to = await welcome(admin);
    const m = await mailTo(admin, to);
    assert.deepEqual(Object.keys(m), ['id', 'status', 'from', 'to', 'cc', 'subject', 'created', 'sentAt', 'attempts', 'error', 'runId', 'requestId']);
    assert.equal(m.status, 'CAPTURED');
    assert.equal(m.from, (await admin.get(`${N}/settings`)).mailFrom);
    assert.equal(m.attempts, 0);
    assert.equal(m.sentAt, null);
    const full = await admin.get(`${N}/mails/${m.id}`);
    assert.match(full.text, /Hello Änne Tester/);
    assert.match(full.messageId, /^[0-9a-f]{24}@/);
    assert.equal(full.html, null);
  });
  test('the list pages from the newest and can be narrowed to a state', async () => {
    const made = [];
    for (let i = 0; i < 3; i++) made.unshift(await welcome(admin));
    const first = await admin.get(`${N}/mails?limit=2`);
    assert.deepEqual(first.data.map((m) => m.to), made.slice(0, 2));
    const second = await admin.get(first._links.next.href.slice(s.url.length));
    assert.equal(second.data[0].to, made[2]);
    assert.deepEqual((await admin.get(`${N}/mails?status=SENT`)).data, []);
    assert.equal((await admin.raw('GET', `${N}/mails?status=LOST`)).status, 400);
    assert.equal((await admin.raw('GET', `${N}/mails/nosuchmail`)).status, 404);
  });
  test('a test mail says that no server is set', async () => {
    const r = await admin.raw('POST', `${N}/settings/mail/test`, { body: {} });
    assert.equal(r.status, 409);
    assert.match(r.json.errorSummary, /no mail server is set/);
  });
  test('a server that is set later gets nothing of what was captured, and deleting removes exactly that', async () => {
    const kept = await welcome(admin);
    assert.equal((await mailTo(admin, kept)).status, 'CAPTURED');
    await set(admin, { mailHost: '127.0.0.1', mailPort: 9, mailSecurity: 'PLAIN' });
    const waiting = await welcome(admin);
    assert.equal((await mailTo(admin, waiting)).status, 'QUEUED');
    assert.equal((await mailTo(admin, kept)).status, 'CAPTURED');
    assert.equal((await admin.raw('DELETE', `${N}/mails`)).status, 204);
    assert.deepEqual((await admin.get(`${N}/mails`)).data.map((m) => m.to), [waiting]);
    const [e] = await admin.get(`/api/v1/logs?sortOrder=DESCENDING&limit=1&filter=${encodeURIComponent('eventType eq "reeve.mail.delete"')}`);
    assert.ok(e.debugContext.debugData.count >= 5);
  });
  test('taking the server away captures what still waits', async () => {
    const to = await welcome(admin);
    assert.equal((await mailTo(admin, to)).status, 'QUEUED');
    await set(admin, { mailHost: null });
    await mailWhen(admin, to, 'CAPTURED');
  });
  test('files that came with a mail are listed with it and can be taken out, by those who may see mail', async () => {
    const flows = await lab(admin);
    const name = 'Übersicht "März".csv';
    const file = { id: '', filename: 'x.csv', extension: 'csv', size: 4, created: null, updated: null, content: 'ä;b\n' };
    const { 'Message ID': id } = await flows.run('gmail:sendEmailWithAttachment', { set: { To: 'files@example.com', Subject: 'With a file', Body: 'See there', 'File Name': name, 'File Content': file } });
    const m = await mailTo(admin, 'files@example.com');
    const full = await admin.get(`${N}/mails/${m.id}`);
    assert.equal(`<${full.messageId}>`, id);
    assert.deepEqual([full.text, full.files], ['See there', [{ name, bytes: 5 }]]);
    const r = await admin.raw('GET', `${N}/mails/${m.id}/files/0`);
    assert.deepEqual([r.status, r.text, r.headers.get('content-type')], [200, 'ä;b\n', 'application/octet-stream']);
    assert.match(r.headers.get('content-disposition'), /^attachment; .*filename\*=UTF-8''%C3%9Cbersicht/);
    for (const bad of ['1', '-1', 'x', '']) assert.equal((await admin.raw('GET', `${N}/mails/${m.id}/files/${bad}`)).status, 404, bad);
    await addPerson(admin, 'files.nobody@example.com');
    const nobody = await signIn(s, 'files.nobody@example.com');
    assert.equal((await nobody.raw('GET', `${N}/mails/${m.id}/files/0`)).status, 403);
    assert.match((await flows.fails('gmail:sendEmailWithAttachment', { set: { To: 'files@example.com', 'File Name': ' ', 'File Content': 'x' } })).message, /File Name is empty/);
    assert.match((await flows.fails('gmail:sendEmailWithAttachment', { set: { To: 'files@example.com', 'File Name': 'a/b', 'File Content': 'x' } })).message, /no slash/);
    assert.ok((await admin.raw('DELETE', `${N}/mails`)).status < 300);
    assert.equal((await admin.raw('GET', `${N}/mails/${m.id}/files/0`)).status, 404);
  });
});

describe('with a mail server', { skip: !haveExim && 'exim4 and root are needed' }, () => {
  let smtp, s, admin;
  const delivered = (to) => until(() => smtp.messages().find((m) => m.to === to), `the mail to ${to} in the mailbox`);
  before(async () => {
    smtp = await startSmtp({ auth: true });
    s = await startReeve({ config: { 'mail.ca_file': smtp.caFile } });
    admin = await firstAdministrator(s);
  });
  after(async () => {
    await s?.stop();
    await smtp?.stop();
  });

  for (const [what, change] of [['STARTTLS', () => ({ mailPort: smtp.port, mailSecurity: 'STARTTLS' })], ['implicit TLS', () => ({ mailPort: smtp.tlsPort, mailSecurity: 'TLS' })]]) {
    test(`mail is delivered by ${what} with user and password`, async () => {
      const now = await set(admin, { mailHost: 'localhost', mailUser: 'reeve', mailPassword: 'secret', mailFrom: 'reeve@example.com', mailFromName: 'Reeve of Acme', ...change() });
      assert.equal(now.mailPasswordSet, true);
      assert.ok(!('mailPassword' in now));
      const to = await welcome(admin);
      const m = await delivered(to);
      assert.equal(m.from, '<reeve@example.com>');
      assert.match(m.headers.from, /Reeve of Acme/);
      assert.match(plainBody(m), /Hello Änne Tester/);
      const row = await mailWhen(admin, to, 'SENT');
      assert.equal(row.attempts, 1);
      assert.ok(row.sentAt);
      assert.equal(m.headers['message-id'], `<${(await admin.get(`${N}/mails/${row.id}`)).messageId}>`);
    });
  }
  test('a recipient that the server refuses ends the mail as FAILED with the server\'s words and an event', async () => {
    const to = await welcome(admin, 'refused@example.com');
    const m = await mailWhen(admin, to, 'FAILED');
    assert.match(m.error, /550.*no such mailbox/);
    const [e] = await admin.get(`/api/v1/logs?sortOrder=DESCENDING&limit=1&filter=${encodeURIComponent('eventType eq "reeve.mail.fail"')}`);
    assert.equal(e.outcome.result, 'FAILURE');
    assert.match(e.outcome.reason, /no such mailbox/);
    assert.equal((await admin.get(`${N}/health`)).mail.failed, 1);
  });
  test('a wrong password ends the mail as FAILED or keeps it waiting, and a test mail tells why', async () => {
    await set(admin, { mailPassword: 'wrong' });
    const r = await admin.raw('POST', `${N}/settings/mail/test`, { body: { to: 'test@example.com' } });
    assert.equal(r.status, 400, r.text);
    assert.match(r.json.errorSummary, /mail server localhost did not take the mail: /);
    await set(admin, { mailPassword: 'secret' });
    await admin.post(`${N}/settings/mail/test`, { to: 'test@example.com' });
    assert.match((await delivered('test@example.com')).headers.subject, /Test mail/);
  });
  test('a certificate that nobody vouches for is not accepted', async () => {
    const other = await startReeve();
    try {
      const a = await firstAdministrator(other);
      await set(a, { mailHost: 'localhost', mailPort: smtp.port, mailSecurity: 'STARTTLS', mailUser: 'reeve', mailPassword: 'secret' });
      const r = await a.raw('POST', `${N}/settings/mail/test`, { body: { to: 'tls@example.com' } });
      assert.equal(r.status, 400, r.text);
      assert.ok(!smtp.messages().some((m) => m.to === 'tls@example.com'));
    } finally {
      await other.stop();
    }
  });
  test('WF-124: Send Email takes recipients as one text or as a list, sends plain text or HTML, and gives the Message ID', async () => {
    await set(admin, { mailHost: 'localhost', mailUser: 'reeve', mailPassword: 'secret', mailPort: smtp.port, mailSecurity: 'STARTTLS' });
    const flows = await lab(admin);
    const received = async (id, n) => until(() => { const all = smtp.messages().filter((m) => m.headers['message-id'] === id); return all.length === n ? all : null; }, `${n} copies of ${id}`);
    // one text with commas: every recipient gets it, the copies too, and nobody sees the blind one
    const text = await flows.run('mail:sendEmail', { set: { To: 'one@example.com, Two Tester <two@example.com>', CC: 'three@example.com', BCC: 'four@example.com', Subject: 'Several', Body: 'Grüße & <b>not bold</b>' } });
    assert.match(text['Message ID'], /^<[^<>\s]+@[^<>\s]+>$/);
    const sent = await received(text['Message ID'], 4); // one for each mailbox
    assert.deepEqual(sent.map((m) => m.to).sort(), ['four@example.com', 'one@example.com', 'three@example.com', 'two@example.com']);
    assert.match(sent[0].headers.to, /one@example\.com.*two@example\.com/);
    assert.match(sent[0].headers.cc, /three@example\.com/);
    assert.ok(!sent[0].raw.slice(sent[0].raw.indexOf('Message-ID')).includes('four@example.com'), 'the blind copy is in no header');
    assert.match(sent[0].headers['content-type'], /^text\/plain/);
    assert.match(plainBody(sent[0]), /Grüße & <b>not bold<\/b>/);
    // a list, as it comes from another card; and HTML, with a plain part for readers that show none
    const html = await flows.run('office365mail:sendEmail2', { set: { To: ['five@example.com', 'six@example.com'], Subject: 'Marked up', Body: '<p>Hello <b>there</b></p>', ...(flows.card('office365mail:sendEmail2', 'x').inputs.some((i) => i.key === 'Message Type') ? { 'Message Type': 'HTML' } : { bodyIsHtml: 'Yes' }) } });
    const both = await received(html['Message ID'], 2);
    const [marked] = both;
    assert.deepEqual(both.map((m) => m.to).sort(), ['five@example.com', 'six@example.com']);
    assert.match(marked.headers['content-type'], /multipart\/alternative/);
    assert.match(marked.raw, /text\/plain[\s\S]*Hello there[\s\S]*text\/html[\s\S]*<p>Hello <b>there<\/b><\/p>/);
    assert.notEqual(html['Message ID'], text['Message ID']);
    // what is no address, or none at all, is an error of the card
    assert.match((await flows.fails('mail:sendEmail', { set: { To: 'nobody at all', Subject: 'x', Body: 'x' } })).message, /nobody at all/);
    assert.match((await flows.fails('mail:sendEmail', { set: { To: '', Subject: 'x', Body: 'x' } })).message, /To is empty/);
  });
  test('a file goes with the mail, whatever its name and content', async () => {
    await set(admin, { mailHost: 'localhost', mailUser: 'reeve', mailPassword: 'secret', mailPort: smtp.port, mailSecurity: 'STARTTLS' });
    const flows = await lab(admin);
    const content = Array.from({ length: 400 }, (_, i) => `Zeile ${i};ä\u{1f600};"${'x'.repeat(i % 90)}"\r\n.\r\n--=_reeve_mixed--`).join('\n');
    await flows.run('gmail:sendEmailWithAttachment', { set: { To: 'file@example.com', Subject: 'With a file', Body: '<p>See <i>there</i></p>', 'File Name': 'Zugänge; alle.txt', 'File Content': content }, options: { bodyIsHtml: 'Yes' } });
    const { raw } = await delivered('file@example.com');
    const parts = raw.split(/\r?\n--=_reeve_mixed(?:--)?\r?\n/);
    assert.equal(parts.length, 4); // head, text, file, what follows
    assert.match(parts[1], /multipart\/alternative[\s\S]*See there[\s\S]*<p>See <i>there<\/i><\/p>/);
    assert.match(parts[2], /filename\*0\*=UTF-8''Zug%C3%A4nge%3B%20alle\.txt/);
    assert.equal(Buffer.from(parts[2].split(/\r?\n\r?\n/)[1], 'base64').toString(), content);
  });
  test('while the server is down mail waits with the reason; it comes up again, the server is killed in between, and the mail arrives once', async () => {
    const { port } = smtp;
    await set(admin, { mailPort: port, mailSecurity: 'STARTTLS' });
    await smtp.stop();
    const to = await welcome(admin);
    await until(async () => ((await mailTo(admin, to)).attempts > 0), 'the first attempt');
    const m = await mailTo(admin, to);
    assert.equal(m.status, 'QUEUED');
    assert.ok(m.error);
    await s.kill();
    smtp = await startSmtp({ auth: true, port });
    s = await startReeve({ dir: s.dir, config: { 'mail.ca_file': smtp.caFile } });
    admin.url = s.url;
    await admin.openSession();
    assert.equal((await mailTo(admin, to)).status, 'QUEUED');
    // Looking over the mail settings makes what waits due at once; else the next try is a minute later.
    await set(admin, { mailFromName: 'Reeve again' });
    await delivered(to);
    await mailWhen(admin, to, 'SENT');
    assert.equal(smtp.messages().filter((x) => x.to === to).length, 1);
  });
});
