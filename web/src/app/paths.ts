/* Every address of the application in one place; screens never spell one out. */
const q = (o: Record<string, string | null | undefined>): string => {
  const s = new URLSearchParams(Object.entries(o).filter((e): e is [string, string] => Boolean(e[1]))).toString();
  return s ? `?${s}` : '';
};
const e = encodeURIComponent;

export const paths = {
  home: '/inbox',
  inbox: (view?: string) => `/inbox${q({ view })}`,
  request: (number: number | string, from?: string) => `/requests/${e(String(number))}${q({ from })}`,
  catalogue: (q1?: string) => `/catalogue${q({ q: q1 })}`,
  form: (requestTypeId: string) => `/catalogue/${e(requestTypeId)}`,
  board: (team?: string) => `/board${q({ team })}`,
  requestTypes: (team?: string) => `/request-types${q({ team })}`,
  requestType: (id: string, step?: string) => `/request-types/${e(id)}${q({ step })}`,
  flows: (folder?: string) => `/flows${q({ folder })}`,
  flow: (id: string) => `/flows/${e(id)}`,
  flowUsage: (id: string) => `/flows/${e(id)}/usage`,
  runs: (flowId: string) => `/flows/${e(flowId)}/runs`,
  run: (flowId: string, runId: string) => `/flows/${e(flowId)}/runs/${e(runId)}`,
  tables: '/tables',
  table: (id: string) => `/tables/${e(id)}`,
  connections: '/connections',
  people: '/settings/people',
  person: (id: string) => `/settings/people/${e(id)}`,
  groups: '/settings/groups',
  group: (id: string) => `/settings/groups/${e(id)}`,
  applications: '/settings/applications',
  application: (id: string) => `/settings/applications/${e(id)}`,
  administrators: '/settings/administrators',
  role: (id?: string) => `/settings/administrators/roles${id ? `/${e(id)}` : ''}`,
  resourceSet: (id?: string) => `/settings/administrators/resource-sets${id ? `/${e(id)}` : ''}`,
  team: (id: string, tab?: string) => `/settings/teams/${e(id)}${q({ tab })}`,
  /** teams, lists, resources, integrations, features, organisation, log, health, tokens, sample */
  settings: (page: string, id?: string) => `/settings/${page}${id ? `/${e(id)}` : ''}`,
  mail: (id?: string) => `/mail${id ? `/${e(id)}` : ''}`,
} as const;
