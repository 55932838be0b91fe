// The reference scenario: badge access, built by the public APIs alone, the way an administrator would.
import { until, addPerson, signIn, apiToken, Client } from './reeve.mjs';
import { cardMaker, resolve } from './flows.mjs';

const N = '/reeve/api/v1';
export const fields = [
  { key: 'requesterEmail', label: 'Requester email', type: 'text', required: true },
  { key: 'buildingRequested', label: 'Building requested', type: 'text', required: true },
  { key: 'businessJustification', label: 'Business justification', type: 'text', required: true },
  { key: 'assigneeEmail', label: 'Assignee email', type: 'text' },
  { key: 'endDate', label: 'End date', type: 'date' },
];

export async function enableFeatures(admin) {
  for (const f of await admin.get('/api/v1/features'))
    if (f.status !== 'ENABLED' && /workflow|admin roles/i.test(f.name)) await admin.post(`/api/v1/features/${f.id}/enable?mode=force`, {}, [200]);
}
/** A local connection of the identity connector that acts as the administrator. */
export const directoryConnection = (admin, name = 'Directory') => admin.post(`${N}/connections`, { name, connector: 'okta' });

/** The badge flow: looks the requester up, composes a text, mails the assignee. */
export async function badgeFlow(admin, { name = 'Badge access mail', connectionId, folderId, extra = [] } = {}) {
  const card = await cardMaker(admin);
  const cards = resolve([
    card('http:delegated', 'start', { add: [...fields, ...extra] }),
    card('okta:readUser', 'who', { connectionId, link: { 'ID or Login': 'start.requesterEmail' } }),
    card('date:format', 'until', { set: { format: 'YYYY-MM-DD', zone: 'Europe/Berlin' }, link: { start: 'start.endDate' } }),
    card('string:compose', 'text', {
      add: [{ key: 'first' }, { key: 'building' }, { key: 'why' }, { key: 'until' }],
      set: { _text_: '{{{first}}} needs a badge for {{{building}}} until {{{until}}}.\n\nReason: {{{why}}}\n' },
      link: { first: 'who.firstName', building: 'start.buildingRequested', why: 'start.businessJustification', until: 'until.output' },
    }),
    card('string:concat', 'subject', { set: { string1: 'Badge access: ' }, link: { string2: 'start.buildingRequested' } }),
    card('office365mail:sendEmail2', 'mail', { link: { To: 'start.assigneeEmail', Subject: 'subject.output', Body: 'text.output' } }),
  ]);
  folderId ??= (await admin.post(`${N}/folders`, { name: `Facilities ${name}` })).id;
  const flow = await admin.post(`${N}/flows`, { name, folderId, cards });
  await admin.post(`${N}/flows/${flow.id}/activate`, {});
  return admin.get(`${N}/flows/${flow.id}`);
}
export async function accessRequestsApp(admin) {
  const apps = await admin.get('/api/v1/apps?limit=200');
  const app = apps.find((a) => /access requests/i.test(a.label));
  if (!app) throw new Error(`no Access Requests app among ${apps.map((a) => a.label).join(', ')}`);
  return app;
}
/** Role, resource set and assignment for the Access Requests app; flows: ids, or all. */
export async function letAccessRequestsRun(admin, flows, label = 'Run badge flows') {
  const { organisation } = await admin.get(`${N}/session`);
  const app = await accessRequestsApp(admin);
  const role = await admin.post('/api/v1/iam/roles', { label, description: 'Access Requests may run flows', permissions: ['okta.workflows.invoke'] });
  const orn = `orn:okta:workflow:${organisation.id}:flows`;
  const set = await admin.post('/api/v1/iam/resource-sets', { label: `${label} (set)`, description: 'Flows', resources: flows === 'all' ? [orn] : flows.map((id) => `${orn}:${id}`) });
  await admin.post(`/api/v1/iam/resource-sets/${set.id}/bindings`, { role: role.id, members: [`${organisation.baseUrl}/oauth2/v1/clients/${app.id}`] });
  return { role, set, app };
}
export async function syncWorkflows(admin) {
  const before = (await admin.get(`${N}/resource-types`)).data.find((t) => t.type === 'workflows').lastFinishedAt;
  await admin.post(`${N}/resource-types/workflows/sync`, {}, [202]);
  return until(async () => {
    const t = (await admin.get(`${N}/resource-types`)).data.find((x) => x.type === 'workflows');
    return t.status !== 'RUNNING' && t.lastFinishedAt !== before ? t : null;
  }, 'the synchronisation to finish');
}
export async function giveTeam(admin, teamId, { workflows = true, integration = true, action = true } = {}) {
  const okta = (await admin.get(`${N}/integrations`)).data.find((i) => i.type === 'OKTA');
  if (integration) await admin.put(`${N}/integrations/${okta.id}/teams/${teamId}`, {}, [200, 204]);
  if (action) {
    const now = await admin.get(`${N}/integrations/${okta.id}`);
    await admin.patch(`${N}/integrations/${okta.id}`, { version: now.version, actions: { RUN_WORKFLOW: true } });
  }
  if (workflows) await admin.put(`${N}/resource-types/workflows/teams/${teamId}`, {}, [200, 204]);
  return okta;
}
export const badgeInputs = {
  requesterEmail: { source: 'REQUESTER_EMAIL' },
  buildingRequested: { source: 'QUESTION', stepId: 'q2' },
  businessJustification: { source: 'QUESTION', stepId: 'q1' },
  assigneeEmail: { source: 'ASSIGNEE_EMAIL' },
  endDate: { source: 'QUESTION', stepId: 'q3' },
};
export const badgeSteps = (listId, flowId, inputs = badgeInputs) => [
  { id: 'q1', kind: 'QUESTION', text: 'Business justification', inputType: 'TEXT', required: true, assignTo: { type: 'REQUESTER' } },
  { id: 'q2', kind: 'QUESTION', text: 'Building', inputType: 'DROPDOWN', multi: false, configListId: listId, required: true, assignTo: { type: 'REQUESTER' } },
  { id: 'q3', kind: 'QUESTION', text: 'End date', inputType: 'DATE', required: true, assignTo: { type: 'REQUESTER' } },
  { id: 't1', kind: 'APPROVAL', text: 'Manager approval', assignTo: { type: 'MANAGER' } },
  { id: 'a1', kind: 'ACTION', text: 'Manual provisioning', action: 'RUN_WORKFLOW', automatic: true, flowId, inputs,
    logic: { match: 'ALL', conditions: [{ stepId: 't1', op: 'IS_APPROVED' }] } },
  { id: 't2', kind: 'CUSTOM_TASK', text: 'Close when badge is updated', assignTo: { type: 'REQUEST_ASSIGNEE' },
    logic: { match: 'ALL', conditions: [{ stepId: 'a1', op: 'IS_COMPLETED' }] } },
];
/** Everything of section 14.1. Gives clients of manager, requester and assignee, and the ids. */
export async function badgeScenario(admin, s, { autoResolve = true, publish = true } = {}) {
  await enableFeatures(admin);
  const me = await admin.get('/api/v1/users/me');
  const manager = await addPerson(admin, 'mona@example.com', { firstName: 'Mona', lastName: 'Manager' });
  const requester = await addPerson(admin, 'rita@example.com', { firstName: 'Rita', lastName: 'Requester', managerId: 'mona@example.com' });
  const assignee = await addPerson(admin, 'axel@example.com', { firstName: 'Axel', lastName: 'Assignee' });
  const connection = await directoryConnection(admin);
  const flow = await badgeFlow(admin, { connectionId: connection.id });
  const grant = await letAccessRequestsRun(admin, [flow.id]);
  const team = await admin.post(`${N}/teams`, { name: 'Badge access', description: 'Badges', icon: 'security', colour: 'cyan' });
  await admin.put(`${N}/teams/${team.id}/members/${me.id}`, {}, [200, 204]);
  await admin.put(`${N}/teams/${team.id}/members/${assignee.id}`, {}, [200, 204]);
  const now = await admin.get(`${N}/teams/${team.id}`);
  await admin.patch(`${N}/teams/${team.id}`, { version: now.version, assignment: { mode: 'MEMBER', memberId: assignee.id, excluded: [] } });
  const list = await admin.post(`${N}/config-lists`, { name: 'Buildings', listType: 'CUSTOM' });
  const items = [];
  for (const name of ['Building 1', 'Building 2', 'Building 4']) items.push(await admin.post(`${N}/config-lists/${list.id}/items`, { name }));
  await admin.put(`${N}/config-lists/${list.id}/teams/${team.id}`, {}, [200, 204]);
  const okta = await giveTeam(admin, team.id);
  await syncWorkflows(admin);
  let type = await admin.post(`${N}/request-types`, {
    name: 'Badge access', description: 'Ask for access to a building.', icon: 'badge', teamId: team.id, audience: { type: 'EVERYONE' }, autoResolve,
    steps: badgeSteps(list.id, flow.id),
  });
  if (publish) type = await admin.post(`${N}/request-types/${type.id}/publish`, {});
  return {
    me, people: { manager, requester, assignee }, connection, flow, ...grant, team, list, items, okta, type,
    manager: await signIn(s, 'mona@example.com'), requester: await signIn(s, 'rita@example.com'), assignee: await signIn(s, 'axel@example.com'),
  };
}
export const submitBadge = (b, answers = {}, more = {}) => b.requester.post(`${N}/requests`, {
  requestTypeId: b.type.id, answers: { q1: 'Moving the lab', q2: b.items[2].id, q3: '2027-01-31', ...answers }, ...more,
});
export const step = (request, id) => request.steps.find((x) => x.id === id);
export const requestWhen = (client, id, test, what) => until(async () => {
  const r = await client.get(`${N}/requests/${id}`);
  return test(r) ? r : null;
}, what);
export const decide = (client, request, stepId, value, note) =>
  client.post(`${N}/tasks/${step(request, stepId).taskId}/resolve`, { ...(value ? { value } : {}), ...(note ? { note } : {}) });
export const runEnded = (admin, runId) => until(async () => {
  const r = await admin.get(`${N}/runs/${runId}`);
  return ['SUCCEEDED', 'FAILED', 'STOPPED', 'CANCELED'].includes(r.status) ? r : null;
}, `run ${runId} to end`);
export const mails = async (admin) => (await admin.get(`${N}/mails?limit=200`)).data;
export { apiToken, Client, N };
