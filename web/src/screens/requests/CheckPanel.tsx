/* Check this action: the nine preconditions of access-requests.md 3.2. What fails stands first, with the way to mend it. */
import { useEffect } from 'react';
import { api } from '../../api/client';
import { useSend } from '../../api/hooks';
import type { ActionStep, CheckLine } from '../../api/types';
import { Link } from '../../app/router';
import { t } from '../../texts';
import { Button, ButtonLink } from '../../ui/Button';
import { IconCheck, IconError, IconGo, IconSync } from '../../ui/icons';
import { Problem } from '../../ui/Page';
import type { Editing } from './editing';

export function CheckPanel({ editing, step }: { editing: Editing; step: ActionStep }) {
  const w = t.types.check;
  const check = useSend(async (_: void) => {
    await editing.flush();
    return api.post<{ lines: CheckLine[] }>(`/request-types/${editing.type.id}/check`, { stepId: step.id });
  });
  const { mutate } = check;
  useEffect(() => { if (editing.type.status === 'DISABLED') mutate(); }, [editing.type.status, mutate]);
  const lines = check.data?.lines ?? [];
  const bad = lines.filter((l) => !l.ok);
  return (
    <section className="chk" aria-label={w.title}>
      <header>
        <h2 className="h3 grow">{w.title}</h2>
        {lines.length > 0 && <span className="meta" role="status">{w.hold(lines.length - bad.length, lines.length)}</span>}
        <Button look={lines.length ? 'quiet' : 'plain'} size="dense" icon={IconSync} pending={check.isPending} sending={t.loading} onPress={() => mutate()}>{lines.length ? w.again : w.run}</Button>
      </header>
      {check.error && <div className="chk-pad"><Problem error={check.error} /></div>}
      {!lines.length && !check.error && <p className="chk-pad soft">{w.intro}</p>}
      {bad.map((l) => (
        <div className="fail" key={l.n}>
          <IconError className="i" size={16} aria-hidden />
          <div className="grow"><b>{l.sentence}</b><span className="soft">{w.places[l.n]}</span></div>
          {l.link && <ButtonLink href={l.link} size="dense" after={IconGo}>{w.mend}</ButtonLink>}
        </div>
      ))}
      {lines.length > bad.length && (
        <ol>
          {lines.filter((l) => l.ok).map((l) => (
            <li key={l.n}><IconCheck className="i" size={16} aria-hidden /><span className="grow">{l.sentence}</span>{l.link ? <Link href={l.link}>{w.places[l.n]}</Link> : <span className="muted">{w.places[l.n]}</span>}</li>
          ))}
        </ol>
      )}
    </section>
  );
}
