// A real SMTP server (Debian's exim4) on free loopback ports, with STARTTLS, implicit TLS and authentication, that
// delivers everything into one Maildir.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, writeFileSync, readdirSync, readFileSync, rmSync, existsSync, chmodSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './reeve.mjs';

export const haveExim = existsSync('/usr/sbin/exim4') && process.getuid() === 0;
const freePort = () => new Promise((resolve, reject) => {
  const s = createServer();
  s.on('error', reject);
  s.listen(0, '127.0.0.1', () => { const { port } = s.address(); s.close(() => resolve(port)); });
});
const answers = (port) => new Promise((resolve) => {
  const c = connect(port, '127.0.0.1');
  c.on('error', () => resolve(false));
  c.on('data', () => { c.end('QUIT\r\n'); resolve(true); });
});

/** options: auth (refuse senders that did not sign in as reeve / secret), port (where one stood before) */
export async function startSmtp({ auth = false, port: wanted } = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'reeve-smtp-'));
  chmodSync(dir, 0o755);
  for (const d of ['spool', 'log', 'mail']) mkdirSync(join(dir, d));
  const [port, tlsPort] = [wanted ?? await freePort(), await freePort()];
  const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext',
    'subjectAltName=DNS:localhost,IP:127.0.0.1', '-keyout', join(dir, 'key.pem'), '-out', join(dir, 'cert.pem')]);
  if (made.status !== 0) throw new Error(`openssl: ${made.stderr}`);
  writeFileSync(join(dir, 'exim.conf'), `
spool_directory = ${dir}/spool
log_file_path = ${dir}/log/%slog
pid_file_path = ${dir}/exim.pid
primary_hostname = localhost
local_interfaces = 127.0.0.1
daemon_smtp_ports = ${port} : ${tlsPort}
tls_on_connect_ports = ${tlsPort}
tls_advertise_hosts = *
tls_certificate = ${dir}/cert.pem
tls_privatekey = ${dir}/key.pem
acl_smtp_rcpt = acl_rcpt
smtp_accept_max = 0
smtp_accept_max_per_connection = 0
smtp_accept_queue_per_connection = 0
host_lookup =
rfc1413_query_timeout = 0s
keep_environment =
deliver_drop_privilege
begin acl
acl_rcpt:
  deny
    condition = \${if eq{$local_part}{refused}}
    message = 550 no such mailbox
${auth ? '  deny\n    !authenticated = *\n    message = 530 sign in first\n' : ''}  accept
begin routers
all:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  directory = ${dir}/mail
  maildir_format
  create_directory
  envelope_to_add
  return_path_add
  user = Debian-exim
begin retry
* * F,1h,5m
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = \${if and{{eq{$auth2}{reeve}}{eq{$auth3}{secret}}}}
  server_set_id = $auth2
  server_advertise_condition = \${if def:tls_in_cipher}
`);
  const owned = spawnSync('chown', ['-R', 'Debian-exim', dir]);
  if (owned.status !== 0) throw new Error(`chown: ${owned.stderr}`);
  spawnSync('chown', ['root', join(dir, 'exim.conf')]);
  const child = spawn('/usr/sbin/exim4', ['-C', join(dir, 'exim.conf'), '-bdf', '-q1h'], { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let out = '';
  child.stdout.on('data', (d) => { out += d; });
  child.stderr.on('data', (d) => { out += d; });
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`exim4 ended: ${out}`);
    return answers(port);
  }, 'exim4 to listen');
  const box = join(dir, 'mail/new');
  return {
    port, tlsPort, caFile: join(dir, 'cert.pem'), dir,
    /** every delivered message: {to, from, headers, body, raw} */
    messages() {
      if (!existsSync(box)) return [];
      return readdirSync(box).sort().map((f) => {
        const raw = readFileSync(join(box, f), 'utf8');
        const cut = raw.indexOf('\n\n');
        const headers = {};
        for (const line of raw.slice(0, cut).replace(/\n[ \t]+/g, ' ').split('\n')) {
          const m = /^([^:]+):\s*(.*)$/.exec(line);
          if (m) headers[m[1].toLowerCase()] ??= m[2];
        }
        return { to: headers['envelope-to'], from: headers['return-path'], headers, body: raw.slice(cut + 2), raw };
      });
    },
    async stop() {
      const gone = new Promise((r) => child.on('close', r));
      process.kill(-child.pid, 'SIGTERM'); // with the processes that hold a conversation open
      await gone;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
/** Text of a quoted-printable or plain body. */
export const plainBody = (m) => (/quoted-printable/i.test(m.raw)
  ? Buffer.from(m.body.replace(/=\r?\n/g, '').replace(/=([0-9A-F]{2})/g, (_, h) => String.fromCharCode(parseInt(h, 16))), 'latin1').toString('utf8')
  : m.body).replace(/\r\n/g, '\n');
