// Flows of the fixture: a card table as the server writes it, the badge flow, runs that go on card by card.
const P = (key, label, type = 'text', o = {}) => ({ id: o.group ? `${o.group}.${key}` : key, ...(o.group ? { group: o.group } : {}), key, label, type, ...o });
const YES_NO = [{ value: 'Yes', label: 'Yes' }, { value: 'No', label: 'No' }];
const OPERATORS = [['==', 'equal to'], ['!=', 'not equal'], ['>', 'greater than'], ['<', 'less than'], ['in', 'in'], ['is empty', 'is empty'], ['is not empty', 'is not empty']].map(([value, label]) => ({ value, label }));
const OPERANDS = [P('left-operand', 'value a', 'any', { help: 'what is looked at' }), P('operator', 'comparison', 'text', { required: true, value: '==', choices: OPERATORS, help: 'how the two are compared' }), P('right-operand', 'value b', 'any', { help: 'what it is compared with; not used by is empty' })];
const FIELDS = (group) => [P('To', 'To', 'text', { group, list: true, required: true, help: 'addresses, as a list or with commas between' }), P('CC', 'CC', 'text', { group, list: true }), P('BCC', 'BCC', 'text', { group, list: true }), P('Subject', 'Subject', 'text', { group, help: 'one line' }), P('Body', 'Body', 'text', { group, help: 'the message' })];
const profile = [['login', 'Username'], ['firstName', 'First name'], ['lastName', 'Last name'], ['middleName', 'Middle name'], ['email', 'Primary email'], ['displayName', 'Display name'], ['title', 'Title'], ['department', 'Department'], ['employeeNumber', 'Employee number'], ['managerId', 'Manager id'], ['mobilePhone', 'Mobile phone'], ['city', 'City']];
const card = (c, category, label, kind, help, o = {}) => ({ card: c, category, label, kind, help, inputs: [], outputs: [], options: [], connection: null, ...o });
export const cardTypes = [
  card('http:delegated', 'Events', 'Delegated Flow', 'EVENT', 'Starts the flow when a person or Access Requests runs it, with the fields made here.', { userPins: 'both', userGroup: 'inputs', userPinTypes: ['text', 'number', 'boolean', 'date'], outputs: [P('okta-user-id', 'Okta User ID', 'text', { group: 'user context' }), P('caller', 'Caller', 'object', { group: 'context' }), P('execution_id', 'Execution ID', 'text', { group: 'context' })] }),
  card('control:callable', 'Events', 'Helper Flow', 'EVENT', 'Starts the flow when another flow calls it, with the fields made here.', { userPins: 'both', outputs: [P('index', 'Index', 'number', { group: 'context' }), P('execution_id', 'Execution ID', 'text', { group: 'context' })] }),
  card('control:noop', 'Events', 'Event not chosen', 'EVENT', 'Stands for the event of a flow that has none yet.', { userPins: 'both' }),
  card('control:comment', 'Flow Control', 'Comment', 'CONTROL', 'A note for people who read the flow. It is never executed.'),
  card('control:if', 'Branching', 'If/Else', 'CONTROL', 'Runs the cards of one of two lanes, depending on a condition.', { inputs: OPERANDS, outputs: [P('result', 'result', 'boolean', { help: 'whether the condition was true' })], lanes: [{ name: 'true', label: 'True' }, { name: 'false', label: 'False' }], userPins: 'outputs' }),
  card('control:continueIf', 'Branching', 'Continue If', 'CONTROL', 'Goes on when the condition is true; otherwise the flow ends without an error.', { inputs: [...OPERANDS, P('message', 'message', 'text', { group: 'otherwise' })], outputs: [P('message', 'message')] }),
  card('control:let', 'Flow Control', 'Assign', 'PURE', 'Gives names to values, fixed or from earlier cards.', { userPins: 'both' }),
  card('control:return', 'Flow Control', 'Return', 'CONTROL', 'Ends the flow and hands its fields to the caller.', { userPins: 'both' }),
  card('string:compose', 'Text', 'Compose', 'PURE', 'Writes a text with the values of fields in it.', { userPins: 'inputs', inputs: [P('_text_', 'text', 'text', { value: '', help: 'the text; {{{key}}} stands for the field with that key' })], outputs: [P('output', 'output', 'text', { help: 'the text with the values put in' })], options: [{ key: 'encodeHtml', label: 'Encode values for HTML', choices: YES_NO, default: 'No' }] }),
  card('string:concat', 'Text', 'Concatenate', 'PURE', 'Joins texts in the order of the fields, without anything between.', { userPins: 'inputs', userPinTypes: ['text'], inputs: [P('string1', 'text 1', 'text', { value: '' }), P('string2', 'text 2', 'text', { value: '' })], outputs: [P('output', 'output')] }),
  card('date:format', 'Date & Time', 'Date to Text', 'PURE', 'Writes a date & time as text in a format and a time zone.', { inputs: [P('start', 'start', 'date', { required: true }), P('format', 'format', 'text', { required: true, value: 'YYYY-MM-DD' }), P('zone', 'zone', 'text', { value: 'UTC' })], outputs: [P('output', 'output')] }),
  card('okta:readUser', 'Okta', 'Read User', 'EFFECT', 'Looks a person up by id or login and gives status and profile.', { userPins: 'outputs', userGroup: 'Profile Properties', connection: 'okta', inputs: [P('ID or Login', 'ID or Login', 'text', { group: 'User', required: true, help: 'id, login or short login of the person' })], outputs: [...['ID', 'Status', 'Created', 'Activated', 'Last Login', 'Last Updated'].map((k) => P(k, k, 'text', { group: 'System Properties' })), ...profile.map(([k, l]) => P(k, l, 'text', { group: 'Profile Properties' }))] }),
  card('mail:sendEmail', 'Email', 'Send Email', 'EFFECT', "Sends a mail through the organisation's mail server.", { inputs: [...FIELDS('Email'), P('From', 'From', 'text', { group: 'Email' })], outputs: [P('Message ID', 'Message ID', 'text', { group: 'Email' })], options: [{ key: 'bodyIsHtml', label: 'Body is HTML?', choices: YES_NO, default: 'No' }] }),
  card('office365mail:sendEmail2', 'Office 365 Mail', 'Send Email', 'EFFECT', 'Sends a mail.', { inputs: [...FIELDS('Fields'), P('Message Type', 'Message Type', 'text', { group: 'Fields', value: 'Text', choices: [{ value: 'Text', label: 'Text' }, { value: 'HTML', label: 'HTML' }] })], outputs: [P('Message ID', 'Message ID', 'text', { group: 'Email' })] }),
];
const make = (name, id, o = {}) => {
  const ty = cardTypes.find((x) => x.card === name);
  const c = { id, card: name, title: o.title ?? ty.label, inputs: ty.inputs.map((p) => ({ ...p })), outputs: ty.outputs.map((p) => ({ ...p })) };
  for (const [key, type, required] of o.add ?? []) { const p = { id: key, group: ty.userGroup, key, label: key, type, ...(required ? { required } : {}) }; if (ty.userPins !== 'outputs') c.inputs.push({ ...p }); if (ty.userPins !== 'inputs') c.outputs.splice(ty.userPins === 'both' ? (o.add ?? []).findIndex((a) => a[0] === key) : c.outputs.length, 0, { ...p }); }
  for (const [k, v] of Object.entries(o.set ?? {})) c.inputs.find((p) => p.key === k).value = v;
  for (const [k, v] of Object.entries(o.link ?? {})) { const p = c.inputs.find((x) => x.key === k); const [card, output, convert] = v; p.from = { card, output, ...(convert ? { convert } : {}) }; delete p.value; }
  for (const [k, v] of Object.entries(o.label ?? {})) c.outputs.find((p) => p.key === k).label = v;
  if (o.connectionId) c.connectionId = o.connectionId;
  if (ty.lanes) c.lanes = ty.lanes.map((l) => ({ name: l.name, cards: o.lanes?.[l.name] ?? [] }));
  return c;
};
export const badgeCards = () => [
  make('http:delegated', 'start', { add: [['requesterEmail', 'text', true], ['buildingRequested', 'text', true], ['businessJustification', 'text', true], ['assigneeEmail', 'text'], ['endDate', 'date', true]] }),
  { id: 'why', card: 'control:comment', title: 'Why a mail?', note: 'The badge system cannot be called from here. The desk changes the badge by hand and then completes the request.', inputs: [], outputs: [] },
  make('okta:readUser', 'who', { connectionId: 'cn1', link: { 'ID or Login': ['start', 'requesterEmail'] } }),
  make('string:compose', 'text', { title: 'the body of the mail', add: [['first', 'text'], ['last', 'text'], ['building', 'text'], ['until', 'text'], ['reason', 'text']], set: { _text_: 'Please give {{{first}}} {{{last}}} access to {{{building}}} until {{{until}}}.\nReason: {{{reason}}}' }, link: { first: ['who', 'Profile Properties.firstName'], last: ['who', 'Profile Properties.lastName'], building: ['start', 'buildingRequested'], until: ['start', 'endDate', 'isoString'], reason: ['start', 'businessJustification'] }, label: { output: 'Mail text' } }),
  make('control:if', 'nobody', { title: 'Is nobody assigned?', set: { operator: 'is empty' }, link: { 'left-operand': ['start', 'assigneeEmail'] }, lanes: {
    true: [make('mail:sendEmail', 'desk', { title: 'to the team’s mailbox', set: { To: ['desk@example.com'], Subject: 'Badge, no assignee' }, link: { Body: ['text', 'output'] } })],
    false: [make('mail:sendEmail', 'assignee', { title: 'to the assignee', set: { Subject: 'Badge access' }, link: { To: ['start', 'assigneeEmail', 'wrapArray'], Body: ['text', 'output'] } })],
  } }),
];
const flat = (cards) => cards.flatMap((c) => [c, ...(c.lanes ?? []).flatMap((l) => flat(l.cards))]);

export function flowRoutes({ tell, fail, page, stamp, iso, me, people, requests }) {
  const H = 3_600_000;
  const folders = [{ ...stamp('fo1'), name: 'Badge desk', description: '', parentId: null, sample: true }, { ...stamp('fo2'), name: 'IT', description: '', parentId: null, sample: false }, { ...stamp('fo3'), name: 'Devices', description: '', parentId: 'fo2', sample: false }, { ...stamp('fo4'), name: 'Archive', description: '', parentId: null, sample: false }];
  const pathOf = (f) => (f ? [pathOf(folders.find((x) => x.id === f.parentId)), f.name].filter(Boolean).join(' / ') : '');
  let flows = [
    { ...stamp('f1'), name: 'Badge access mail', description: 'Mails the badge desk', folderId: 'fo1', enabled: true, saveData: true, versionNumber: 4, sample: true, cards: badgeCards() },
    { ...stamp('f2'), name: 'Order laptop', description: '', folderId: 'fo3', enabled: true, saveData: true, versionNumber: 1, sample: false, cards: [make('http:delegated', 'start', { add: [['model', 'text', true], ['price', 'number'], ['express', 'boolean']] }), make('string:concat', 'line', { set: { string1: 'Order ' }, link: { string2: ['start', 'model'] } })] },
    { ...stamp('f3'), name: 'Old export', description: '', folderId: 'fo4', enabled: false, saveData: false, versionNumber: 1, sample: false, cards: [make('control:noop', 'event', { title: 'Add event' })] },
    { ...stamp('f4'), name: 'Format an address', description: '', folderId: 'fo2', enabled: true, saveData: true, versionNumber: 2, sample: false, cards: [make('control:callable', 'start', { add: [['street', 'text']] }), make('control:return', 'end', { add: [['line', 'text']], link: { line: ['start', 'street'] } })] },
  ];
  if (process.env.CARDS) flows[3].cards.splice(1, 0, ...Array.from({ length: Number(process.env.CARDS) }, (_, i) => make('string:concat', `c${i}`, { set: { string1: `Line ${i}` }, link: i ? { string2: [`c${i - 1}`, 'output'] } : {} })));
  const versions = { f1: [4, 3, 2, 1].map((n) => ({ number: n, savedAt: iso(-n * H * 20), savedBy: me, note: ['', 'Added Read User', 'Changed Compose', 'Added If/Else; changed Send Email', 'Changed Send Email'][n] || null })) };
  const connections = [{ ...stamp('cn1'), name: 'Directory', connector: 'okta', status: 'OK', transport: 'LOCAL' }, { ...stamp('cn2'), name: 'Directory, as Priya Nair', connector: 'okta', status: 'UNTESTED', transport: 'LOCAL' }];
  const runs = [];
  const kind = (f) => ({ 'http:delegated': 'DELEGATED', 'control:callable': 'HELPER' })[f.cards.find((c) => c.card !== 'control:comment')?.card] ?? 'NONE';
  const problems = (f) => flat(f.cards).flatMap((c) => (c.card === 'control:noop' ? [{ cardId: c.id, inputId: null, sentence: 'Choose the event that starts the flow.' }] : c.inputs.filter((p) => cardTypes.find((x) => x.card === c.card)?.inputs.find((x) => x.key === p.key)?.required && !p.from && (p.value === undefined || p.value === null || p.value === '')).map((p) => ({ cardId: c.id, inputId: p.id, sentence: `The field "${p.label}" of card "${c.title}" is required. Fill it or link it.` }))));
  const row = ({ cards, ...f }) => { const r = runs.find((x) => x.flowId === f.id); return { ...f, folderPath: pathOf(folders.find((x) => x.id === f.folderId)), kind: kind({ cards }), lastRun: r ? { id: r.id, status: r.status, startedAt: r.startedAt } : null }; };
  const full = (f) => ({ ...row(f), cards: f.cards, problems: problems(f) });
  const flow = (id) => flows.find((f) => f.id === id) ?? (() => { throw fail(404, 'E0000007', 'Not found'); })();
  const run = (id) => runs.find((r) => r.id === id) ?? (() => { throw fail(404, 'E0000007', 'Not found'); })();

  /** executes a flow well enough to look at: links, texts, If/Else on empty, mails; a recipient "nobody@…" fails */
  function execute(f, inputs, o = {}) {
    const at = o.at ?? Date.now();
    const r = { id: `x${runs.length + 1}`, flowId: f.id, flowName: f.name, flowVersion: f.versionNumber, status: 'RUNNING', startedAt: new Date(at).toISOString(), endedAt: null, durationMs: null, startedBy: o.by ?? { kind: 'USER', id: me.id, name: me.name }, requestId: null, requestNumber: o.number ?? null, error: null, dataSaved: f.saveData, parentRunId: null, stepId: o.number ? 'a1' : null, inputs, cards: structuredClone(f.cards), data: [] };
    const slots = {};
    const text = (v) => (v === null || v === undefined ? '' : typeof v === 'object' ? JSON.stringify(v) : String(v));
    const steps = [];
    const go = (list) => {
      for (const c of list) {
        if (c.card === 'control:comment') continue;
        const get = (key) => { const p = c.inputs.find((x) => x.key === key); return p?.from ? slots[`${p.from.card}|${p.from.output}`] : p?.value; };
        const ins = Object.fromEntries(c.inputs.map((p) => [p.id, (p.from ? slots[`${p.from.card}|${p.from.output}`] : p.value) ?? null]));
        const outs = {}; let error = null, us = 900;
        if (c.card === 'http:delegated') for (const p of c.outputs) outs[p.id] = p.group === 'inputs' ? (inputs[p.key] ?? null) : p.key === 'caller' ? (o.number ? { product: 'access-requests', request: { number: o.number, subject: 'Badge access' }, step: { id: 'a1', name: 'Manual provisioning' }, attempt: 1 } : {}) : p.key === 'execution_id' ? r.id : me.id;
        else if (c.card === 'okta:readUser') { us = 41000; const who = Object.values(people).find((p) => p.email === get('ID or Login')); if (!who) error = { message: 'Not Found', code: 404, raw: '{"errorCode":"E0000007","errorSummary":"Not found: Resource not found"}' }; else for (const p of c.outputs) outs[p.id] = { ID: who.id, Status: 'ACTIVE', Created: iso(-900 * H), login: who.email, firstName: who.name.split(' ')[0], lastName: who.name.split(' ')[1], email: who.email, displayName: who.name, department: 'Research' }[p.key] ?? null; }
        else if (c.card === 'string:compose') outs[c.outputs[0].id] = text(get('_text_')).replace(/\{\{\{(.*?)\}\}\}/g, (_, k) => text(get(k)));
        else if (c.card === 'string:concat') outs[c.outputs[0].id] = c.inputs.map((p) => text(ins[p.id])).join('');
        else if (c.card === 'date:format') outs[c.outputs[0].id] = text(get('start')).slice(0, 10);
        else if (c.card === 'mail:sendEmail' || c.card.endsWith('sendEmail2')) { us = 180000; if (/nobody/.test(text(get('To')))) { us = 1800000; error = { message: 'The mail server refused the address. No mailbox called nobody@example.com.', code: 550, raw: '550 5.1.1 recipient unknown' }; } else outs[c.outputs[0].id] = `<${r.id}.${c.id}@example.com>`; }
        else if (c.card === 'control:if') outs[c.outputs[0].id] = get('operator') === 'is empty' ? !text(get('left-operand')) : text(get('left-operand')) === text(get('right-operand'));
        else for (const p of c.outputs) { const i = c.inputs.find((x) => x.key === p.key); outs[p.id] = i ? ins[i.id] : null; }
        for (const [k, v] of Object.entries(outs)) slots[`${c.id}|${k}`] = v;
        steps.push({ cardId: c.id, card: c.card, title: c.title, status: error ? 'FAILED' : 'SUCCEEDED', durationUs: us, inputs: f.saveData ? ins : null, outputs: f.saveData && !error ? outs : null, error });
        if (error) return false;
        if (c.lanes && !go(c.lanes.find((l) => l.name === String(outs[c.outputs[0].id])).cards)) return false;
      }
      return true;
    };
    const ok = go(r.cards);
    runs.unshift(r);
    let t = at;
    for (const s of steps) { s.startedAt = new Date(t).toISOString(); t += s.durationUs / 1000; }
    const end = () => { const bad = steps.at(-1)?.error; Object.assign(r, { status: ok ? 'SUCCEEDED' : 'FAILED', endedAt: new Date(t).toISOString(), durationMs: Math.round(t - at), error: bad ? { message: bad.message, code: bad.code, cardId: steps.at(-1).cardId, cardTitle: steps.at(-1).title } : null }); };
    if (o.at) { r.data = steps; end(); }
    else { const tick = () => { if (r.status !== 'RUNNING') return; r.data.push(steps[r.data.length]); if (r.data.length === steps.length) end(); else setTimeout(tick, 500); tell('run', r.id); }; setTimeout(tick, 500); }
    return r;
  }
  const badge = (o = {}) => ({ requesterEmail: 'lena.brandt@example.com', buildingRequested: 'Building 2', businessJustification: 'Quarterly stock count with the warehouse team.', assigneeEmail: 'tomasz.hale@example.com', endDate: '2026-03-31T22:00:00.000Z', ...o });
  const ar = { kind: 'APP', id: '0oa1', name: 'Access Requests' };
  for (const [h, o, by] of [[98, {}, { number: 1027, by: ar }], [52, {}, { number: 1028, by: ar }], [27.2, { requesterEmail: 'x@example.com' }, {}], [27.1, {}, {}], [26, { assigneeEmail: null, buildingRequested: 'Building 1' }, { number: 1033, by: ar }], [4, {}, { number: 1035, by: ar }], [1.6, { buildingRequested: 'Building 4' }, { number: 1042, by: ar }], [0.4, { assigneeEmail: 'nobody@example.com' }, { number: 1038, by: ar }]]) execute(flows[0], badge(o), { ...by, at: Date.now() - h * H });
  const folderRow = (f) => ({ ...f, path: pathOf(f), flowCount: flows.filter((x) => x.folderId === f.id).length });
  const named = (b) => { if (b.name !== undefined && !String(b.name).trim()) throw fail(400, 'E0000001', 'Api validation failed: name', [{ errorSummary: 'name', reason: 'Enter a name', location: '/name' }]); };
  return [
    ['GET', '/cards', () => page(cardTypes)], ['GET', '/connectors', () => page([{ connector: 'okta', name: 'Okta', transports: ['LOCAL'] }])],
    ['GET', '/folders', () => page(folders.map(folderRow))], ['POST', '/folders', (_, b) => { named(b); const f = { ...stamp(`fo${folders.length + 1}`), description: '', parentId: null, sample: false, ...b }; folders.push(f); return folderRow(f); }],
    ['PATCH', '/folders/:id', ({ id }, b) => { named(b); const f = folders.find((x) => x.id === id); Object.assign(f, b, { version: f.version + 1 }); return folderRow(f); }], ['DELETE', '/folders/:id', ({ id }) => void folders.splice(folders.findIndex((x) => x.id === id), 1)],
    ['GET', '/flows', (_, __, q) => page(flows.map(row).filter((f) => (!q.get('folderId') || f.folderId === q.get('folderId')) && (!q.get('kind') || f.kind === q.get('kind')) && (!q.get('enabled') || String(f.enabled) === q.get('enabled')) && f.name.toLowerCase().includes((q.get('q') ?? '').toLowerCase())))],
    ['POST', '/flows', (_, b) => { named(b); const f = { ...stamp(`f${flows.length + 10}`), description: '', enabled: false, saveData: true, versionNumber: 1, sample: false, cards: [make('control:noop', 'event', { title: 'Add event' })], ...b, created: new Date().toISOString(), lastUpdated: new Date().toISOString() }; flows.push(f); return full(f); }],
    ['GET', '/flows/:id', ({ id }) => full(flow(id))], ['DELETE', '/flows/:id', ({ id }) => { flow(id); flows = flows.filter((f) => f.id !== id); }],
    ['PATCH', '/flows/:id', ({ id }, b) => { named(b); const f = flow(id); if (b.version !== f.version) throw fail(409, 'E0000062', 'Somebody else changed it'); const { note, version, ...x } = b; Object.assign(f, x, { version: f.version + 1, lastUpdated: new Date().toISOString() }); if (b.cards) { f.versionNumber++; (versions[id] ??= []).unshift({ number: f.versionNumber, savedAt: f.lastUpdated, savedBy: me, note: note ?? null }); } return full(f); }],
    ['POST', '/flows/:id/activate', ({ id }) => { const f = flow(id), p = problems(f); if (p.length) throw fail(400, 'E0000001', 'Api validation failed: flow', p.map((x) => ({ errorSummary: x.sentence, reason: x.sentence, location: '/cards' }))); f.enabled = true; f.version++; return full(f); }], ['POST', '/flows/:id/deactivate', ({ id }) => { const f = flow(id); f.enabled = false; f.version++; return full(f); }],
    ['POST', '/flows/:id/duplicate', ({ id }) => { const f = { ...structuredClone(flow(id)), ...stamp(`f${flows.length + 10}`), name: `${flow(id).name} (copy)`, enabled: false, versionNumber: 1, sample: false }; flows.push(f); return full(f); }],
    ['POST', '/flows/:id/test', ({ id }, b) => { const f = flow(id); const head = f.cards.find((c) => c.card !== 'control:comment'); const missing = head.outputs.filter((p) => p.group === 'inputs' && p.required && (b.inputs?.[p.key] ?? null) === null); if (missing.length) throw fail(400, 'E0000001', 'Api validation failed: inputs', missing.map((p) => ({ errorSummary: 'x', reason: `the input ${p.key} is required`, location: `/inputs/${p.key}` }))); return { runId: execute(f, b.inputs ?? {}).id }; }],
    ['GET', '/flows/:id/versions', ({ id }) => page(versions[id] ?? [{ number: flow(id).versionNumber, savedAt: flow(id).lastUpdated, savedBy: me, note: null }])], ['POST', '/flows/:id/versions/:n/restore', ({ id, n }) => { const f = flow(id); f.version++; f.versionNumber++; f.cards = badgeCards().slice(0, Number(n) + 1); (versions[id] ??= []).unshift({ number: f.versionNumber, savedAt: new Date().toISOString(), savedBy: me, note: `Version ${n} again` }); return full(f); }],
    ['GET', '/flows/:id/usage', ({ id }) => ({ callers: [], callees: [], requestTypes: id === 'f1' ? [{ id: 'rt1', name: 'Badge access' }] : [] })],
    ['GET', '/flows/:id/export', ({ id }) => ({ type: 'flopack', version: '1.5.0', data: { flos: { [id]: flow(id) } } })], ['GET', '/folders/:id/export', ({ id }) => ({ type: 'flopack', id })],
    ['POST', '/flows/import', (_, b, q) => { if (b.type !== 'flopack') throw fail(400, 'E0000001', 'Api validation failed: file', [{ errorSummary: 'x', reason: 'This is not an export file of flows: "type" is missing.', location: '/type' }]); const f = { ...structuredClone(flows[0]), ...stamp(`f${flows.length + 10}`), folderId: q.get('folderId'), name: 'Imported flow', enabled: false, sample: false }; flows.push(f); return { folderId: f.folderId, flows: [{ id: f.id, name: f.name, kind: 'DELEGATED' }], errors: [], warnings: [{ flow: f.name, card: 'Read User', sentence: 'Choose a connection for this card.' }] }; }],
    ['DELETE', '/flows/:id/run-data', ({ id }) => { for (const r of runs) if (r.flowId === id) { r.dataSaved = false; for (const d of r.data) { d.inputs = null; d.outputs = null; } } }],
    ['GET', '/runs', (_, __, q) => page(runs.filter((r) => (!q.get('flowId') || r.flowId === q.get('flowId')) && (!q.get('status') || r.status === q.get('status'))).map(({ cards, data, inputs, ...r }) => r))],
    ['GET', '/runs/:id', ({ id }) => { const { cards, data, ...r } = run(id); return r; }], ['GET', '/runs/:id/cards', ({ id }) => { const r = run(id); return { cards: r.cards, data: r.data, version: r.flowVersion }; }],
    ['POST', '/runs/:id/replay', ({ id }) => { const r = run(id); return { runId: execute(flow(r.flowId), r.inputs).id }; }], ['POST', '/runs/:id/cancel', ({ id }) => { const r = run(id); Object.assign(r, { status: 'CANCELED', endedAt: new Date().toISOString(), durationMs: Date.now() - Date.parse(r.startedAt) }); tell('run', id); return r; }],
    ['GET', '/connections', () => page(connections)], ['POST', '/connections', (_, b) => { named(b); const c = { ...stamp(`cn${connections.length + 1}`), status: 'UNTESTED', transport: 'LOCAL', ...b }; connections.push(c); return c; }], ['PATCH', '/connections/:id', ({ id }, b) => { named(b); return Object.assign(connections.find((c) => c.id === id), b); }], ['DELETE', '/connections/:id', ({ id }) => void connections.splice(connections.findIndex((c) => c.id === id), 1)],
    ['POST', '/connections/:id/test', ({ id }) => { connections.find((c) => c.id === id).status = 'OK'; return { ok: true, sentence: `The connection works as ${me.email}.` }; }],
  ];
}
