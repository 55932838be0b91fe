// Writes sample records of runs, one a line, as src/flows/history.c writes them: the dictionary is trained on them.
// usage: node tools/history-samples.mjs > SAMPLES
let seed = 20260131;
const random = (n) => { seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0; return seed % n; };
const pick = (list) => list[random(list.length)];
const chars = (n, alphabet) => Array.from({ length: n }, () => alphabet[random(alphabet.length)]).join('');
const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const id = (prefix) => prefix + chars(20 - prefix.length, letters);
const hex = (n) => chars(n, '0123456789abcdef');
const uuid = (version) => `${hex(8)}-${hex(4)}-${version}${hex(3)}-${pick('89ab')}${hex(3)}-${hex(12)}`;
const time = () => new Date(Date.UTC(2026, random(24), random(28) + 1, random(24), random(60), random(60), random(1000))).toISOString();
const day = () => time().slice(0, 10);
const first = ['Anna', 'Ben', 'Carla', 'David', 'Eva', 'Farid', 'Grace', 'Hugo', 'Ines', 'Jonas', 'Kira', 'Luis', 'Mona', 'Nils', 'Olga', 'Priya', 'Rita', 'Sam', 'Tomás', 'Uwe', 'Vera', 'Wei', 'Yuki', 'Zoë'];
const last = ['Adler', 'Brown', 'Costa', 'Diaz', 'Evans', 'Fischer', 'Garcia', 'Huber', 'Ito', 'Jones', 'Kim', 'López', 'Meyer', 'Novak', 'Okafor', 'Patel', 'Quinn', 'Rossi', 'Smith', 'Tanaka', 'Ueda', 'Vogel', 'Weber', 'Young'];
const domains = ['example.com', 'example.org', 'corp.example', 'acme.test', 'example.net'];
const nouns = ['project', 'lab', 'customer', 'audit', 'team', 'server room', 'office', 'warehouse', 'contract', 'release', 'training', 'visit', 'migration', 'laptop', 'account', 'badge', 'key', 'licence', 'report', 'meeting'];
const verbs = ['Moving', 'Working on', 'Needed for', 'Preparing', 'Replacing', 'Joining', 'Supporting', 'Please approve for', 'Access to', 'Covering for'];
const sentence = () => `${pick(verbs)} the ${pick(nouns)}${pick(['', ' in ' + pick(['Berlin', 'Paris', 'Tokyo', 'Boston', 'Building 2']), ' until ' + day(), ' with the ' + pick(nouns)])}${pick(['', '.', ', ticket ' + random(9999)])}`;
const place = () => pick(['Building ' + (random(9) + 1), 'Headquarters', 'Lab ' + (random(9) + 1), 'Main Street ' + (random(90) + 1), 'Floor ' + (random(9) + 1), 'Warehouse']);
function person() {
  const [f, l] = [pick(first), pick(last)];
  const email = `${f}.${l}@${pick(domains)}`.toLowerCase();
  return { id: id('00u'), first: f, last: l, email };
}
/** Read User: outputs in the order of its fields. */
function readUser(p) {
  const t = time();
  const more = (v) => (random(3) === 0 ? v : null);
  return [p.id, pick(['ACTIVE', 'ACTIVE', 'ACTIVE', 'PROVISIONED', 'SUSPENDED']), t, t, t, more(time()), more(time()) ?? t, more(t), { password: {}, provider: { type: 'OKTA', name: 'OKTA' } },
    p.email, p.first, p.last, null, p.email, more(`${p.first} ${p.last}`), more(pick(['Engineer', 'Manager', 'Analyst', 'Director'])), more(pick(['IT', 'Sales', 'Finance', 'Facilities', 'Legal'])),
    more('Example'), more(String(random(99999))), more(person().email), null, more('+1 555 0' + (100 + random(99))), null, null, more(pick(['Berlin', 'Boston', 'Tokyo'])), null, null, more(pick(['DE', 'US', 'JP']))];
}
const caller = (p, number) => ({
  product: 'access-requests', type: 'request', schemaVersion: 1,
  request: { id: hex(24), number, subject: `${pick(['Badge access', 'New laptop', 'VPN access'])} for ${p.first} ${p.last}`, url: `http://localhost:8480/requests/${number}`, kind: 'REQUEST_TYPE' },
  requestType: { id: hex(24), name: pick(['Badge access', 'New laptop', 'VPN access']), version: random(5) + 1 },
  step: { id: 'a1', text: pick(['Manual provisioning', 'Run the flow', 'Give access']), attempt: 1 }, team: { id: hex(24), name: pick(['IT', 'Badge access', 'Facilities']) },
  requester: { id: p.id, login: p.email, email: p.email }, creator: { id: p.id, login: p.email, email: p.email }, assignee: { id: id('00u'), email: person().email },
});
const message = (host) => `<${uuid(5)}@${host}>`;
function record() {
  const p = person(); const q = person(); const run = uuid(7);
  const fromRequest = random(2) === 0;
  const building = place(); const why = sentence(); const end = `${day()}T00:00:00.000Z`;
  const inputs = pick([
    { requesterEmail: p.email, buildingRequested: building, businessJustification: why, assigneeEmail: q.email, endDate: end },
    { requester: p.email, subject: why, assignee: q.email, amount: random(10000), urgent: random(2) === 0 },
    { user: p.id, groups: [id('00g'), id('00g')], reason: why },
  ]);
  const values = Object.values(inputs);
  const by = fromRequest ? id('0oa') : id('00u');
  const calls = fromRequest ? caller(p, random(5000) + 1) : {};
  const until = end.slice(0, 10);
  const template = pick(['{{{first}}} needs a badge for {{{building}}} until {{{until}}}.\n\nReason: {{{why}}}\n', 'Hello {{{first}}},\n\nplease give access to {{{building}}}.\n', 'Dear {{{first}}}, your request for {{{building}}} was approved. {{{why}}}']);
  const text = template.replace('{{{first}}}', p.first).replace('{{{building}}}', building).replace('{{{until}}}', until).replace('{{{why}}}', why);
  const subject = `Badge access: ${building}`;
  let no = 0; let at = random(3);
  const card = (ins, outs, us = random(400)) => [no++, at += random(2), ins, 'S', us, outs];
  const all = [card(values.map(() => null), [by, calls, run, ...values])];
  const steps = [
    () => card([p.email], readUser(p)), () => card([end, 'YYYY-MM-DD', 'Europe/Berlin'], [until]), () => card([template, p.first, building, why, until], [text]),
    () => card(['Badge access: ', building], [subject]), () => card([q.email, null, null, subject, text, 'Text'], [message(pick(['127.0.0.1', 'reeve.example.com', 'localhost']))], random(4000) + 500),
    () => card([p.first, 'equal to', pick(first)], [random(2) === 0]), () => card([[p.email, q.email], 0], [p.email]), () => card([random(100), random(100)], [random(200)]),
    () => card([null], [time()]), () => card([why, ' '], [why.split(' ')]), () => card([{ name: building, owner: p.email }, 'owner'], [p.email]),
  ];
  const badge = random(2) === 0;
  for (const s of badge ? steps.slice(0, 5) : steps.filter(() => random(3) > 0)) all.push(s());
  const r = { inputs, ...(fromRequest ? { caller: calls } : {}), by, cards: all };
  if (random(12) === 0) all.push([no, at, [null, null, null, null, null, 'Text'], 'F', random(90), [], 'required field To is empty', 400]);
  return r;
}
for (let i = 0; i < 3000; i++) console.log(JSON.stringify(record()));
