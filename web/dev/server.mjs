// Made-up data for looking at screens while no real server runs: `npm run fixture`, then open http://127.0.0.1:8899.
// Keeps everything in memory, checks almost nothing, and serves dist/ under the real content security policy.
import { createServer } from 'node:http';
import { adminRoutes } from './admin.mjs';
import { flowRoutes } from './flows.mjs';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const port = Number(process.env.PORT ?? 8899);
const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const now = Date.now();
const MIN = 60e3, H = 60 * MIN, D = 24 * H;
const iso = (d) => new Date(now + d).toISOString();
const P = (id, name) => ({ id, name, email: `${name.toLowerCase().replace(/ /g, '.')}@example.com` });
const people = Object.fromEntries(['Miriam Oduya', 'Jonas Weidmann', 'Tomasz Hale', 'Lena Brandt', 'Akira Sato', 'Ines Caldas', 'Priya Nair', 'Noah Lindqvist', 'Farid Haddad'].map((n, i) => [n.split(' ')[0].toLowerCase(), P(`00u${i}`, n)]));
const me = people.miriam;
const team = (id, name, icon, colour) => ({ id, name, icon, colour });
const badge = team('t1', 'Badge desk', 'facilities', 'cyan'), it = team('t2', 'IT', 'it', 'indigo'), sec = team('t3', 'Security', 'security', 'red'), fin = team('t4', 'Finance', 'finance', 'yellow'), des = team('t5', 'Design', 'design', 'pink');
const stamp = (id) => ({ id, version: 1, created: iso(-9 * D), createdBy: me.id, lastUpdated: iso(-D), lastUpdatedBy: me.id });

const session = {
  principal: { id: me.id, kind: 'USER', name: me.name, login: me.email, email: me.email }, superAdmin: true, administrator: true, permissions: ['reeve.flows.read', 'reeve.flows.edit', 'reeve.flows.run', 'reeve.runs.read', 'reeve.runs.manage', 'reeve.folders.manage', 'reeve.connections.read', 'reeve.connections.manage'],
  teams: [{ id: 't1', name: 'Badge desk' }], features: [], csrf: 'fixture', zone: 'Europe/Berlin', organisation: { id: 'o1', name: 'Example Works', baseUrl: `http://127.0.0.1:${port}` }, sample: true, mailConfigured: false,
};
let preferences = { version: 1, language: null, singleKeys: true, theme: 'system', notices: {} };
const buildings = [['b1', 'Building 1', 'Office'], ['b2', 'Building 2', 'Warehouse'], ['b4', 'Building 4', 'Research']].map(([value, name, description]) => ({ value, name, description }));
const flowInputs = [
  { key: 'requesterEmail', label: 'requesterEmail', type: 'text', required: true }, { key: 'buildingRequested', label: 'buildingRequested', type: 'text', required: true },
  { key: 'businessJustification', label: 'businessJustification', type: 'text', required: true }, { key: 'assigneeEmail', label: 'assigneeEmail', type: 'text', required: false }, { key: 'endDate', label: 'endDate', type: 'datetime', required: true },
];
const workflows = [
  { id: 'f1', name: 'Badge access mail', description: 'Mails the badge desk', folderPath: 'Badge desk', enabled: true, inputs: flowInputs, selectable: true, reason: null },
  { id: 'f2', name: 'Order laptop', description: '', folderPath: 'IT / Devices', enabled: true, inputs: [{ key: 'model', label: 'model', type: 'text', required: true }, { key: 'price', label: 'price', type: 'number', required: false }, { key: 'express', label: 'express', type: 'boolean', required: false }], selectable: true, reason: null },
  { id: 'f3', name: 'Old export', description: '', folderPath: 'Archive', enabled: false, inputs: [], selectable: false, reason: 'The workflow is off.' },
];
const badgeSteps = () => [
  { id: 'q1', kind: 'QUESTION', text: 'Business justification', inputType: 'LONG_TEXT', required: true, assignTo: { type: 'REQUESTER' } },
  { id: 'q2', kind: 'QUESTION', text: 'Building', inputType: 'DROPDOWN', configListId: 'L1', required: true, assignTo: { type: 'REQUESTER' } },
  { id: 'q3', kind: 'QUESTION', text: 'Which areas?', inputType: 'DROPDOWN', multi: true, options: ['Laboratory floor', 'Offices', 'Loading bay'], required: true, assignTo: { type: 'REQUESTER' }, logic: { match: 'ALL', conditions: [{ stepId: 'q2', op: 'IS', value: 'b4' }] } },
  { id: 'q4', kind: 'QUESTION', text: 'End date', inputType: 'DATE', required: true, assignTo: { type: 'REQUESTER' }, help: 'The badge desk removes the access on this day.' },
  { id: 't1', kind: 'APPROVAL', text: 'Manager approval', assignTo: { type: 'MANAGER' }, due: { n: 3, unit: 'DAYS' } },
  { id: 'a1', kind: 'ACTION', text: 'Manual provisioning', action: 'RUN_WORKFLOW', automatic: true, flowId: 'f1', flowName: 'Badge access mail', flowInputs, inputs: { requesterEmail: { source: 'REQUESTER_EMAIL' }, buildingRequested: { source: 'QUESTION', stepId: 'q2' }, businessJustification: { source: 'QUESTION', stepId: 'q1' }, assigneeEmail: { source: 'ASSIGNEE_EMAIL' }, endDate: { source: 'QUESTION', stepId: 'q4' } }, logic: { match: 'ALL', conditions: [{ stepId: 't1', op: 'IS_APPROVED' }] } },
  { id: 't2', kind: 'CUSTOM_TASK', text: 'Update the badge', assignTo: { type: 'REQUEST_ASSIGNEE' }, due: { n: 1, unit: 'DAYS' }, logic: { match: 'ALL', conditions: [{ stepId: 'a1', op: 'IS_COMPLETED' }] } },
];
const types = [
  ['rt1', 'Badge access', 'A building or a floor, for as long as you need it.', 'badge', badge, D, -2 * D], ['rt2', 'Replacement laptop', 'Broken, lost or too slow.', 'laptop', it, 3 * D, -9 * D], ['rt3', 'Production console', 'Time-limited. Ends by itself.', 'key', sec, 40 * MIN, -30 * D],
  ['rt4', 'Laboratory key', 'Cabinet and room keys.', 'flask', badge, 2 * D], ['rt5', 'Design tools licence', 'Drawing, prototyping, fonts.', 'palette', des, 4 * H], ['rt6', 'Customer export', 'One file, once, for a named purpose.', 'table', it, D], ['rt7', 'Purchase card', 'Up to 2,000 a month.', 'money', fin, 5 * D], ['rt8', 'Parking permit', 'North and south yard.', 'car', badge, D],
].map(([id, name, description, icon, tm, typicalMs, used], i) => ({
  ...stamp(id), name, description, icon, teamId: tm.id, team: tm, audience: { type: 'EVERYONE' }, autoResolve: true, status: i === 5 ? 'DRAFT' : i === 6 ? 'DISABLED' : 'ACTIVE', steps: i < 2 ? badgeSteps() : badgeSteps().slice(0, 1).concat(badgeSteps().slice(4, 5)),
  publishedVersion: i === 5 ? null : 1, unpublishedChanges: i === 0, disabledReasons: i === 6 ? [{ stepId: 'a1', sentence: 'Finance has no access to Workflows.' }] : [], warnings: [], sample: i === 0, typicalMs, lastUsedAt: used ? iso(used) : null,
}));
let nextNumber = 1043;
const step = (s, o = {}) => ({ id: s.id, taskId: o.state && o.state !== 'HIDDEN' ? `k${s.id}` : null, kind: s.kind, text: s.text, state: 'HIDDEN', required: s.required ?? true, assignees: [], assignGroup: null, openedAt: null, dueAt: null, endedAt: null, endedBy: null, decision: null, note: null, inputType: s.inputType, action: s.action, automatic: s.automatic, flow: s.flowId ? { id: s.flowId, name: 'Badge access mail' } : undefined, runId: null, runStatus: null, attempt: 1, error: null, can: [], ...o });
function request(number, typeIndex, requester, due, o = {}) {
  const tp = types[typeIndex], s = badgeSteps();
  const answers = { q1: 'Setting up the sensor bench with the research team until the pilot ends. I need to get in before 08:00.', q2: 'Building 4', q3: 'Laboratory floor', q4: '2026-12-30' };
  const created = iso(-(number % 5) * D - 3 * H);
  return {
    ...stamp(`r${number}`), created, lastUpdated: created, number, subject: o.subject ?? tp.name, status: 'OPEN', requestType: { id: tp.id, name: tp.name, icon: tp.icon }, team: tp.team, requester, creator: requester, assignee: people.tomasz, resolvedAt: null,
    dueAt: due === null ? null : iso(due), overdue: due !== null && due < 0, myTask: { id: 'kt1', stepId: 't1', kind: 'APPROVAL', text: 'Manager approval' }, sample: number === 1042, requestTypeVersion: 1, private: true, autoResolve: true, autoResolved: false, allDone: false,
    followers: [requester], following: false, tags: [], runs: [], can: ['CANCEL', 'MESSAGE', 'FOLLOW', 'EDIT', 'ASSIGN', 'RESOLVE', 'HOLD'],
    steps: [
      ...s.slice(0, 4).map((q) => step(q, { state: 'COMPLETED', endedAt: created, endedBy: requester, openedAt: created, answer: answers[q.id], answerText: answers[q.id] })),
      step(s[4], { state: 'OPEN', openedAt: created, assignees: [me], dueAt: due === null ? null : iso(due), can: ['RESOLVE', 'REASSIGN', 'ESCALATE'] }), step(s[5]), step(s[6]),
    ], messages: [{ id: 'm1', at: iso(-2 * H), author: requester, viaApi: false, text: 'The bench arrives on Monday. If the whole building is too much, the laboratory floor is enough.' }, { id: 'm2', at: iso(-H), author: people.priya, viaApi: true, text: 'Research is fine with it, we share the bench until the end of June.' }],
    activities: [{ id: 'y1', at: created, type: 'CREATED', actor: requester, stepId: null, text: `${requester.name} asked for ${tp.name}`, detail: null }, { id: 'y2', at: created, type: 'TASK_OPENED', actor: null, stepId: 't1', text: 'Manager approval was opened for Miriam Oduya', detail: null }],
    ...o,
  };
}
const requests = [
  request(1042, 0, people.jonas, 6 * H, { subject: 'Badge access, Building 4' }), request(1031, 6, people.lena, -26 * H, { subject: 'Ledger, read access' }), request(1040, 1, people.akira, 7 * H), request(1039, 4, people.ines, 30 * H), request(1037, 5, people.priya, 40 * H, { subject: 'Customer export, once' }),
  request(1036, 2, people.noah, 70 * H, { subject: 'Production console, 8 hours' }), request(1029, 7, people.farid, 9 * D, { subject: 'Parking permit, North yard' }), request(1024, 3, people.jonas, null),
];
requests[7].assignee = null;
const emptyForm = (t) => ({ id: t.id, name: t.name, description: t.description, icon: t.icon, team: t.team, lastUsedAt: t.lastUsedAt, typicalMs: t.typicalMs });

const clients = new Set();
const tell = (topic, id) => { for (const c of clients) c.write(`event: ${topic}\ndata: ${JSON.stringify({ topic, id })}\n\n`); };
const fail = (status, code, errorSummary, errorCauses = []) => Object.assign(new Error(errorSummary), { status, body: { errorCode: code, errorSummary, errorLink: code, errorId: 'oaeFixture0000000000000001', errorCauses } });
const page = (data) => ({ data, _links: { self: { href: '/' } } });
const full = ({ messages, activities, ...r }) => r;
const row = (r) => { const { steps, runs, followers, tags, can, ...x } = full(r); return x; };
const get = (id) => requests.find((r) => r.id === id || String(r.number) === id) ?? (() => { throw fail(404, 'E0000007', `Not found: Resource not found: ${id}`); })();
const type = (id) => types.find((t) => t.id === id) ?? (() => { throw fail(404, 'E0000007', 'Not found'); })();
const act = (r, t, actor, text, stepId = null) => { r.activities.push({ id: `y${Math.random()}`, at: new Date().toISOString(), type: t, actor, stepId, text, detail: null }); r.version++; r.lastUpdated = new Date().toISOString(); };

function resolveTask(taskId, body) {
  const r = requests.find((x) => x.steps.some((s) => s.taskId === taskId && s.state === 'OPEN' && (taskId !== 'kt1' || !resolveTask.only || x.id === resolveTask.only))) ;
  if (!r) throw fail(409, 'E0000062', 'This task is no longer open.');
  const s = r.steps.find((x) => x.taskId === taskId), at = new Date().toISOString();
  Object.assign(s, { state: 'COMPLETED', endedAt: at, endedBy: me, note: body.note || null, can: [], decision: s.kind === 'APPROVAL' ? body.value : null, answer: body.value });
  act(r, body.value ?? 'COMPLETED', me, `${me.name}: ${s.text}`, s.id);
  r.myTask = null; r.overdue = false; r.dueAt = null;
  const [, , , , , a1, t2] = r.steps;
  if (s.kind === 'APPROVAL' && body.value === 'DENIED') { for (const x of [a1, t2]) x.state = 'SKIPPED'; r.status = 'RESOLVED'; r.autoResolved = true; r.resolvedAt = at; r.can = ['REOPEN', 'MESSAGE', 'FOLLOW']; }
  else if (s.kind === 'APPROVAL') {
    Object.assign(a1, { state: 'RUNNING', openedAt: at }); tell('request', r.id);
    setTimeout(() => {
      const failed = r.number === 1031;
      Object.assign(a1, failed ? { state: 'FAILED', error: 'Failed to run task: Manual provisioning (API validation failed.)', taskId: 'ka1', can: ['RUN', 'COMPLETE', 'REASSIGN'] } : { state: 'COMPLETED', endedAt: new Date().toISOString(), runId: 'x1', runStatus: 'SUCCEEDED', sentInputs: { requesterEmail: r.requester.email, buildingRequested: 'Building 4', businessJustification: 'Setting up the sensor bench.', assigneeEmail: r.assignee?.email ?? null, endDate: '2026-12-29T23:00:00.000Z' } });
      if (!failed) { r.runs = [{ runId: 'x1', stepId: 'a1', flow: a1.flow, status: 'SUCCEEDED', startedAt: at, mayOpen: true }]; Object.assign(t2, { taskId: `kt2-${r.number}`, state: 'OPEN', openedAt: new Date().toISOString(), assignees: [me], dueAt: iso(D), can: ['RESOLVE', 'REASSIGN'] }); r.myTask = { id: t2.taskId, stepId: 't2', kind: 'CUSTOM_TASK', text: t2.text }; }
      act(r, 'WORKFLOW_CALLED', null, failed ? a1.error : 'Ran workflow Badge access mail', 'a1'); tell('request', r.id); tell('task', 't');
    }, 1200);
  } else if (s.kind === 'CUSTOM_TASK') { r.status = 'RESOLVED'; r.autoResolved = true; r.resolvedAt = at; r.can = ['REOPEN', 'MESSAGE', 'FOLLOW']; }
  tell('request', r.id);
  return s;
}
const routes = [
  ['GET', '/session', () => session], ['DELETE', '/session', () => undefined], ['GET', '/preferences', () => preferences], ['PATCH', '/preferences', (_, b) => (preferences = { ...preferences, ...b, version: preferences.version + 1 })],
  ['GET', '/people', (_, __, q) => page(Object.values(people).filter((p) => p.name.toLowerCase().includes((q.get('q') ?? '').toLowerCase())))], ['GET', '/pushed-groups', () => page([{ id: '00g1', name: 'Everyone' }, { id: '00g2', name: 'Hardware engineering' }])],
  ['GET', '/search', (_, __, q) => page(requests.filter((r) => r.subject.toLowerCase().includes((q.get('q') ?? '').toLowerCase())).map((r) => ({ kind: 'REQUEST', id: r.id, name: r.subject, detail: `#${r.number}`, href: `/requests/${r.number}` })))],
  ['GET', '/catalogue', () => page(types.filter((t) => t.status === 'ACTIVE').map(emptyForm))],
  ['GET', '/catalogue/:id', ({ id }) => { const t = type(id); return { ...emptyForm(t), version: 1, questions: t.steps.filter((s) => s.kind === 'QUESTION').map((s) => (s.configListId ? { ...s, choices: buildings } : s)), deciders: t.steps.filter((s) => s.kind !== 'QUESTION').map((s) => ({ stepId: s.id, text: s.text, kind: s.kind, names: s.kind === 'APPROVAL' ? ['Miriam Oduya'] : s.kind === 'ACTION' ? [] : ['Badge desk'], note: s.kind === 'APPROVAL' ? 'as your manager' : null })) }; }],
  ['GET', '/requests', (_, __, q) => {
    const v = q.get('view'), f = q.get('filter') ?? '', st = [...f.matchAll(/status eq "(\w+)"/g)].map((m) => m[1]);
    let list = requests.filter((r) => (v === 'mine' ? r.myTask : v === 'sent' ? r.creator.id === me.id : v === 'unassigned' ? !r.assignee && r.status !== 'RESOLVED' : true));
    if (st.length) list = list.filter((r) => st.includes(r.status));
    if (/follower/.test(f)) list = list.filter((r) => r.following);
    if (q.get('q')) list = list.filter((r) => `${r.subject} ${r.number}`.toLowerCase().includes(q.get('q').toLowerCase()));
    return page(list.sort((a, b) => (a.dueAt ?? '9').localeCompare(b.dueAt ?? '9')).map(row));
  }],
  ['POST', '/requests', (_, b) => {
    const i = types.findIndex((t) => t.id === b.requestTypeId);
    if (typeof b.answers.q1 === 'string' && b.answers.q1.includes('refuse')) throw fail(400, 'E0000001', 'Api validation failed: answers/q1 refused', [{ errorSummary: 'Write more about why you need it', reason: 'INVALID', location: '/answers/q1' }]);
    const r = request(nextNumber++, i, me, 3 * D, { subject: b.subject ?? types[i].name, created: new Date().toISOString() });
    r.myTask = null; r.steps[4].assignees = [people.lena]; r.steps[4].can = []; requests.unshift(r); tell('request', r.id); return full(r);
  }],
  ['GET', '/requests/:id', ({ id }) => full(get(id))],
  ['PATCH', '/requests/:id', ({ id }, b) => { const r = get(id); if (b.subject) r.subject = b.subject; if ('assigneeId' in b) r.assignee = Object.values(people).find((p) => p.id === b.assigneeId) ?? null; if ('private' in b) r.private = b.private; act(r, 'CHANGED', me, 'changed'); return full(r); }],
  ...['cancel', 'resolve', 'reopen', 'hold', 'release'].map((c) => ['POST', `/requests/:id/${c}`, ({ id }) => { const r = get(id); r.status = { cancel: 'CANCELED', resolve: 'RESOLVED', reopen: 'OPEN', hold: 'PENDING', release: 'OPEN' }[c]; r.resolvedAt = c === 'resolve' ? new Date().toISOString() : null; r.myTask = null; r.can = c === 'resolve' || c === 'cancel' ? ['REOPEN', 'MESSAGE', 'FOLLOW'] : ['CANCEL', 'RESOLVE', 'HOLD', 'MESSAGE', 'FOLLOW', 'EDIT', 'ASSIGN']; act(r, c.toUpperCase(), me, `${me.name}: ${c}`); tell('request', r.id); return full(r); }]),
  ['GET', '/requests/:id/activities', ({ id }) => page(get(id).activities)], ['GET', '/requests/:id/messages', ({ id }) => page(get(id).messages)],
  ['POST', '/requests/:id/messages', ({ id }, b) => { const m = { id: `m${Math.random()}`, at: new Date().toISOString(), author: me, viaApi: false, text: b.text }; get(id).messages.push(m); return m; }],
  ['PUT', '/requests/:id/followers/:user', ({ id }) => void (get(id).following = true)], ['DELETE', '/requests/:id/followers/:user', ({ id }) => void (get(id).following = false)],
  ['POST', '/tasks/:id/resolve', ({ id }, b) => resolveTask(id, b)], ['POST', '/tasks/:id/run', () => { throw fail(409, 'E0000062', 'The workflow is off. Switch it on, then run again.'); }], ['POST', '/tasks/:id/complete', ({ id }) => resolveTask(id, {})], ['POST', '/tasks/:id/reassign', () => ({})], ['POST', '/tasks/:id/escalate', () => ({})], ['POST', '/tasks/:id/end', () => ({})],
  ['GET', '/integrations/:id/workflows', () => page(workflows)],
  ['GET', '/request-types', () => page(types)], ['GET', '/request-types/:id', ({ id }) => type(id)],
  ['POST', '/request-types', (_, b) => { const tm = [badge, it, sec, fin, des].find((t) => t.id === b.teamId); if (!b.name) throw fail(400, 'E0000001', 'name', [{ errorSummary: 'Enter a name', reason: 'INVALID', location: '/name' }]); const t = { ...stamp(`rt${types.length + 1}`), description: '', icon: 'badge', audience: { type: 'EVERYONE' }, autoResolve: false, status: 'DRAFT', steps: [], publishedVersion: null, unpublishedChanges: true, disabledReasons: [], warnings: [], sample: false, ...b, team: tm }; types.push(t); return t; }],
  ['PATCH', '/request-types/:id', ({ id }, b) => { const t = type(id); if (b.version !== t.version) throw fail(409, 'E0000062', 'Somebody else changed it'); Object.assign(t, b, { version: t.version + 1, unpublishedChanges: true, lastUpdated: new Date().toISOString() }); t.warnings = t.steps.some((s) => s.kind === 'ACTION' && !s.logic) ? [{ stepId: t.steps.find((s) => s.kind === 'ACTION' && !s.logic).id, sentence: 'This step follows an approval and has no logic: it runs even after a denial.' }] : []; return t; }],
  ['DELETE', '/request-types/:id', ({ id }) => void types.splice(types.indexOf(type(id)), 1)],
  ['POST', '/request-types/:id/publish', ({ id }) => { const t = type(id); const causes = t.steps.flatMap((s, i) => (s.kind === 'ACTION' ? (s.flowId ? flowInputs.filter((f) => f.required && s.flowId === 'f1' && !s.inputs[f.key]).map((f) => ({ errorSummary: `Input ${f.key} of Badge access mail needs a value`, reason: 'INVALID', location: `/steps/${i}/inputs/${f.key}` })) : [{ errorSummary: `Choose the workflow that ${s.text} runs`, reason: 'INVALID', location: `/steps/${i}/flowId` }]) : [])); if (causes.length) throw fail(400, 'E0000001', 'Api validation failed: steps', causes); t.status = 'ACTIVE'; t.publishedVersion = (t.publishedVersion ?? 0) + 1; t.unpublishedChanges = false; t.disabledReasons = []; t.version++; return t; }],
  ['POST', '/request-types/:id/unpublish', ({ id }) => Object.assign(type(id), { status: 'DRAFT', version: type(id).version + 1 })], ['POST', '/request-types/:id/duplicate', ({ id }) => { const t = { ...structuredClone(type(id)), ...stamp(`rt${types.length + 1}`), name: `${type(id).name} (copy)`, status: 'DRAFT', publishedVersion: null }; types.push(t); return t; }],
  ['GET', '/request-types/:id/versions', () => page([{ number: 1, publishedAt: iso(-5 * D), publishedBy: me, current: true }])], ['GET', '/request-types/:id/versions/:n', () => ({ number: 1, publishedAt: iso(-5 * D), publishedBy: me, current: true, steps: badgeSteps() })],
  ['POST', '/request-types/:id/check', () => ({ lines: ['The feature is on.', 'Badge access mail is a delegated flow and is on.', 'A role may run delegated flows.', 'A resource set contains the flow.', 'Access Requests holds that role with that set.', 'Badge desk may use the integration, and Run a workflow is on there.', 'Badge desk has no access to Workflows.', 'Badge desk may use the list Buildings.', 'Workflows were synchronised after the flow appeared.'].map((sentence, i) => ({ n: i + 1, ok: i !== 6, sentence, link: ['/settings/features', '/flows/f1', '/administrators', '/administrators', '/administrators', '/settings/integrations', '/settings/resources/workflows', '/settings/lists', '/settings/resources/workflows'][i] })) })],
  ...flowRoutes({ tell, fail, page, stamp, iso, me, people, requests }),
  ['DELETE', '/sample', () => void (session.sample = false)],
  ...adminRoutes({ fail, page, stamp, iso, people, me, session, teams: [badge, it, sec, fin, des], tell, MIN, H, D }),
].map(([m, p, f]) => ({ m, re: new RegExp(`^${p.replace(/:\w+/g, '([^/]+)')}$`), names: [...p.matchAll(/:(\w+)/g)].map((x) => x[1]), f }));

const mime = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
createServer(async (req, res) => {
  const url = new URL(req.url, 'http://x');
  if (url.pathname === '/reeve/api/v1/live') {
    res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' }); res.write(': hello\n\n'); clients.add(res); req.on('close', () => clients.delete(res));
    return;
  }
  if (/^\/(reeve\/api|api|oauth2)\/v1\//.test(url.pathname)) {
    const path = url.pathname.startsWith('/reeve/') ? url.pathname.slice('/reeve/api/v1'.length) : url.pathname;
    const hit = routes.find((r) => r.m === req.method && r.re.test(path));
    let text = '';
    for await (const c of req) text += c;
    try {
      if (!hit) throw fail(404, 'E0000008', 'The fixture does not answer this');
      const m = hit.re.exec(path);
      const out = hit.f(Object.fromEntries(hit.names.map((n, i) => [n, decodeURIComponent(m[i + 1])])), text ? JSON.parse(text) : {}, url.searchParams);
      await new Promise((r) => setTimeout(r, Number(process.env.DELAY ?? 0)));
      res.writeHead(out === undefined ? 204 : 200, { 'Content-Type': 'application/json' }).end(out === undefined ? '' : JSON.stringify(out));
    } catch (e) {
      if (!e.status) console.error(e);
      res.writeHead(e.status ?? 500, { 'Content-Type': 'application/json' }).end(JSON.stringify(e.body ?? { errorCode: 'E0000009', errorSummary: e.message, errorId: 'oaeFixture', errorCauses: [] }));
    }
    return;
  }
  const safe = normalize(url.pathname).replace(/^(\.\.[/\\])+/, '');
  const head = { 'Content-Security-Policy': "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'" };
  const file = extname(safe) ? join(dist, safe) : join(dist, 'index.html');
  try {
    res.writeHead(200, { ...head, 'Content-Type': mime[extname(file)] ?? 'application/octet-stream' }).end(await readFile(file));
  } catch {
    res.writeHead(404, head).end();
  }
}).listen(port, '127.0.0.1', () => console.log(`fixture: http://127.0.0.1:${port}`));
