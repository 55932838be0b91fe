/* The one door to the server. Adds the CSRF header (security.md 5.7) and an idempotency key, and turns every failure
   into an ApiProblem, so that screens never look at a status or a body themselves.
   Paths: '/requests/1042' is native (below /reeve/api/v1); '/api/v1/users' and other compatible roots are sent as they are. */
import type { ApiError } from './types';

export type Query = Record<string, string | number | boolean | string[] | null | undefined>;
export type ProblemKind = 'invalid' | 'signedOut' | 'forbidden' | 'gone' | 'conflict' | 'busy' | 'server' | 'network';
export interface Cause {
  location: string | null; // JSON pointer into what was sent
  sentence: string;
}

export class ApiProblem extends Error {
  constructor(
    readonly kind: ProblemKind,
    readonly status: number,
    readonly code: string,
    readonly summary: string,
    readonly errorId: string | null,
    readonly causes: Cause[],
  ) {
    super(summary);
    this.name = 'ApiProblem';
  }
  /** the sentence for one field, by JSON pointer ("/subject") or by its last part ("subject") */
  at(pointer: string): string | undefined {
    return this.causes.find((c) => c.location === pointer || c.location?.endsWith(`/${pointer}`))?.sentence;
  }
  /** what to show when no field takes the causes */
  get sentences(): string[] {
    return this.causes.length ? this.causes.map((c) => c.sentence) : [this.summary];
  }
}

const NATIVE = '/reeve/api/v1';
let csrf = '';
const signedOutListeners = new Set<() => void>();

export function setCsrf(token: string): void {
  csrf = token;
}
export function onSignedOut(run: () => void): () => void {
  signedOutListeners.add(run);
  return () => signedOutListeners.delete(run);
}
export function apiUrl(path: string, query?: Query): string {
  const base = /^\/(api|governance|oauth2|reeve|iam)\//.test(path) ? path : NATIVE + path;
  const q = new URLSearchParams();
  for (const [k, v] of Object.entries(query ?? {})) {
    if (Array.isArray(v)) for (const one of v) q.append(k, one);
    else if (v !== null && v !== undefined && v !== '') q.set(k, String(v));
  }
  const text = q.toString();
  return text ? `${base}${base.includes('?') ? '&' : '?'}${text}` : base;
}

function kindOf(status: number, code: string): ProblemKind {
  if (status === 401 || code === 'E0000005' || code === 'E0000011') return 'signedOut';
  if (status === 403) return 'forbidden';
  if (status === 404 || status === 410) return 'gone';
  if (status === 409 || status === 412) return 'conflict';
  if (status === 429 || status === 503) return 'busy';
  return status >= 400 && status < 500 ? 'invalid' : 'server';
}

/** compatible endpoints name the field in the sentence: "login: An object with this field already exists …" */
function causeOf(c: ApiError['errorCauses'][number]): Cause {
  const named = c.location ? null : /^([A-Za-z_][\w.-]*): (.+)$/s.exec(c.errorSummary);
  return named ? { location: `/${named[1]?.replaceAll('.', '/')}`, sentence: named[2] ?? '' } : { location: c.location ?? null, sentence: sentenceOf(c) };
}
/** the reason is a word for machines ("REQUIRED_PROPERTY_MISSING"); the summary is for people and may name the field first */
function sentenceOf(c: ApiError['errorCauses'][number]): string {
  const field = c.location?.split('/').pop();
  const said = c.errorSummary || c.reason || '';
  return field && said.startsWith(`${field}: `) ? said.slice(field.length + 2) : said;
}
async function problemOf(res: Response): Promise<ApiProblem> {
  let body: Partial<ApiError> = {};
  try {
    body = (await res.json()) as Partial<ApiError>;
  } catch {
    // a proxy answered, or nothing did: the status alone has to do
  }
  const code = body.errorCode ?? '';
  const causes = (body.errorCauses ?? []).map(causeOf);
  return new ApiProblem(kindOf(res.status, code), res.status, code, body.errorSummary ?? '', body.errorId ?? null, causes);
}

interface Options {
  query?: Query;
  body?: unknown;
  /** sent as it is with its own type (an import, a file) */
  raw?: { type: string; data: BodyInit };
  signal?: AbortSignal;
  /** stays the same when the same intent is sent again */
  key?: string;
}

async function send(method: string, path: string, o: Options = {}): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (method !== 'GET') headers['X-Reeve-CSRF'] = csrf;
  if (method === 'POST') headers['Idempotency-Key'] = o.key ?? crypto.randomUUID();
  let body: BodyInit | undefined;
  if (o.raw) {
    headers['Content-Type'] = o.raw.type;
    body = o.raw.data;
  } else if (o.body !== undefined || method === 'POST' || method === 'PATCH' || method === 'PUT') {
    headers['Content-Type'] = 'application/json';
    body = JSON.stringify(o.body ?? {});
  } else if (method === 'DELETE') {
    headers['Content-Type'] = 'application/json';
  }
  let res: Response;
  try {
    res = await fetch(apiUrl(path, o.query), { method, headers, body, signal: o.signal, credentials: 'same-origin' });
  } catch (e) {
    if (o.signal?.aborted) throw e;
    throw new ApiProblem('network', 0, '', '', null, []);
  }
  if (res.ok) return res;
  const problem = await problemOf(res);
  if (problem.kind === 'signedOut') for (const run of signedOutListeners) run();
  throw problem;
}
async function read<T>(res: Response): Promise<T> {
  const text = res.status === 204 ? '' : await res.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

export const api = {
  get: async <T>(path: string, query?: Query, signal?: AbortSignal) => read<T>(await send('GET', path, { query, signal })),
  post: async <T>(path: string, body?: unknown, o?: Omit<Options, 'body'>) => read<T>(await send('POST', path, { ...o, body })),
  patch: async <T>(path: string, body: unknown) => read<T>(await send('PATCH', path, { body })),
  put: async <T>(path: string, body?: unknown) => read<T>(await send('PUT', path, { body })),
  del: async <T>(path: string, query?: Query) => read<T>(await send('DELETE', path, { query })),
  /** one page of a native list ({data,_links}) or of a compatible one (array and Link header) */
  page: async <T>(path: string, query?: Query, signal?: AbortSignal): Promise<{ data: T[]; next: string | null }> => {
    const res = await send('GET', path, { query, signal });
    const body = await read<T[] | { data: T[]; _links?: { next?: { href: string } } }>(res);
    const link = /<([^>]+)>;\s*rel="?next"?/.exec(res.headers.get('Link') ?? '')?.[1] ?? null;
    if (Array.isArray(body)) return { data: body, next: link };
    return { data: body.data, next: body._links?.next?.href ?? link };
  },
};
/** the cursor out of a next link */
export function afterOf(next: string | null): string | null {
  return next ? new URL(next, location.origin).searchParams.get('after') : null;
}
