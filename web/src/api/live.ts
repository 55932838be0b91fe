/* The one stream of server-sent events (GET /live). An event names a thing that changed; what was read about such
   things is read again, a few at a time, so that a busy server does not make a busy screen. */
import { refresh } from './hooks';
import type { LiveEvent } from './types';

const touches: Record<LiveEvent['topic'], string[]> = {
  request: ['/requests', '/tasks'],
  task: ['/requests', '/tasks'],
  run: ['/runs', '/requests', '/flows'],
  sync: ['/resource-types', '/integrations', '/request-types'],
  mail: ['/mails'],
};
const listeners = new Set<(e: LiveEvent) => void>();
const waiting = new Set<string>();
let timer: ReturnType<typeof setTimeout> | null = null;
let source: EventSource | null = null;

function flush(): void {
  timer = null;
  const paths = [...waiting];
  waiting.clear();
  void refresh(...paths);
}
function heard(e: MessageEvent<string>): void {
  let event: LiveEvent;
  try {
    event = JSON.parse(e.data) as LiveEvent;
  } catch {
    return;
  }
  for (const run of listeners) run(event);
  for (const path of touches[event.topic] ?? []) waiting.add(path);
  timer ??= setTimeout(flush, 150);
}

/** opens the stream once; the browser opens it again by itself after a break */
export function listenLive(): () => void {
  if (source) return () => undefined;
  source = new EventSource('/reeve/api/v1/live');
  for (const topic of Object.keys(touches)) source.addEventListener(topic, heard as EventListener);
  return () => {
    source?.close();
    source = null;
  };
}
/** for screens that light up step by step */
export function onLive(run: (e: LiveEvent) => void): () => void {
  listeners.add(run);
  return () => listeners.delete(run);
}
