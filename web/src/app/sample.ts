/* Taking the sample organisation away, from the banner and from its own page. */
import { api } from '../api/client';
import { queryClient } from '../api/hooks';
import { t } from '../texts';
import { ask } from '../ui/Dialog';
import { toast } from '../ui/Toast';
import type { Me } from './session';

export async function removeSamples(me: Me): Promise<boolean> {
  if (!(await ask({ title: t.sample.title, body: t.sample.body, verb: t.sample.verb, safe: t.sample.keep, destroy: true }))) return false;
  await api.del('/sample');
  toast(t.sample.removed);
  await me.reread();
  await queryClient.invalidateQueries(); // samples are everywhere
  return true;
}
