/* Every save of a flow, and bringing one back. */
import { type ApiProblem, api } from '../../api/client';
import { useList, useSend } from '../../api/hooks';
import type { Flow, FlowVersion } from '../../api/types';
import { t } from '../../texts';
import { Button } from '../../ui/Button';
import { ask, Dialog } from '../../ui/Dialog';
import { IconCheck } from '../../ui/icons';
import { Problem, Skeleton } from '../../ui/Page';
import { State } from '../../ui/State';
import { Time } from '../../ui/Time';
import { toast } from '../../ui/Toast';

export function VersionsDialog({ flow, dirty, readOnly, onRestored, onClose }: { flow: Flow; dirty: boolean; readOnly: boolean; onRestored: (flow: Flow) => void; onClose: () => void }) {
  const w = t.flows.versions;
  const list = useList<FlowVersion>(`/flows/${flow.id}/versions`, { limit: 50 });
  const restore = useSend(async (n: number) => {
    await api.post(`/flows/${flow.id}/versions/${n}/restore`, {});
    return api.get<Flow>(`/flows/${flow.id}`);
  }, [`/flows/${flow.id}/versions`]);
  const go = async (n: number): Promise<void> => {
    if (!(await ask({ title: w.restoreTitle(n), body: dirty ? `${w.restoreBody} ${w.unsaved}` : w.restoreBody, verb: w.restoreVerb(n) }))) return;
    onRestored(await restore.mutateAsync(n));
    toast(w.restored(n));
    onClose();
  };
  return (
    <Dialog open wide title={w.title} onClose={onClose} actions={<Button autoFocus onPress={onClose}>{t.verbs.close}</Button>}>
      <p className="soft">{w.hint}</p>
      {restore.error && <Problem error={restore.error as ApiProblem} />}
      {list.isPending ? <Skeleton rows={4} lines /> : list.error ? <Problem error={list.error} retry={list.retry} /> : (
        <ul className="flow-vers">
          {list.rows.map((v) => (
            <li key={v.number}>
              <b>{w.version(v.number)}</b>
              <span className="grow"><span className="prewrap">{v.note ?? ''}</span><span className="meta">{v.savedBy ? `${w.by(v.savedBy.name)} · ` : ''}<Time inline at={v.savedAt} /></span></span>
              {v.number === flow.versionNumber ? <State tone="ok" icon={IconCheck}>{w.current}</State> : !readOnly && <Button size="dense" pending={restore.isPending && restore.variables === v.number} onPress={() => void go(v.number).catch(() => undefined)}>{w.restore}</Button>}
            </li>
          ))}
        </ul>
      )}
      {list.hasMore && <Button look="quiet" size="dense" pending={list.isLoadingMore} sending={t.loading} onPress={list.more}>{t.verbs.loadMore}</Button>}
    </Dialog>
  );
}
