/* Forms of the administration: only what was changed is kept, beside what the server says; it stays in this browser tab
   until it is saved or discarded, and a refusal stands at the field it names. */
import { type FormEvent, type ReactNode, type RefObject, useCallback, useMemo, useRef, useState } from 'react';
import { ApiProblem } from '../../api/client';
import { refresh } from '../../api/hooks';
import { t } from '../../texts';
import { Button, IconButton } from '../../ui/Button';
import { Dialog } from '../../ui/Dialog';
import { Toggle } from '../../ui/Field';
import { IconBusy, IconCopy } from '../../ui/icons';
import { Problem } from '../../ui/Page';
import { toast } from '../../ui/Toast';

export interface Form<T> {
  v: T;
  set: (patch: Partial<T>) => void;
  /** what a text field needs: value, onChange, error */
  text: (name: keyof T & string) => { value: string; onChange: (v: string) => void; error: string | undefined };
  at: (name: string) => string | undefined;
  dirty: boolean;
  changed: (keyof T)[];
  pending: boolean;
  error: ApiProblem | null;
  save: () => Promise<boolean>;
  reset: () => void;
  box: RefObject<HTMLFormElement | null>;
}
interface Options<T extends object> {
  /** name under which unsaved text is kept; without it nothing is (passwords) */
  keep?: string;
  from: T;
  check?: (v: T) => Partial<Record<keyof T & string, string | false | null | undefined>>;
  send: (v: T, changed: (keyof T)[]) => Promise<unknown>;
  touches?: string[];
  done?: (answer: unknown) => void;
}
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
const storeKey = (name: string): string => `reeve.form.${name}`;
function kept<T>(name: string | undefined): Partial<T> {
  try {
    return name ? (JSON.parse(sessionStorage.getItem(storeKey(name)) ?? '{}') as Partial<T>) : {};
  } catch {
    return {};
  }
}
export function useForm<T extends object>(o: Options<T>): Form<T> {
  const [edits, setEdits] = useState<Partial<T>>(() => kept<T>(o.keep));
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const [error, setError] = useState<ApiProblem | null>(null);
  const [pending, setPending] = useState(false);
  const box = useRef<HTMLFormElement>(null);
  const v = useMemo(() => ({ ...o.from, ...edits }), [o.from, edits]);
  const changed = (Object.keys(edits) as (keyof T)[]).filter((k) => !same(edits[k], o.from[k]));

  const put = useCallback((next: Partial<T>) => {
    setEdits(next);
    if (!o.keep) return;
    if (Object.keys(next).length) sessionStorage.setItem(storeKey(o.keep), JSON.stringify(next));
    else sessionStorage.removeItem(storeKey(o.keep));
  }, [o.keep]);
  const set = (patch: Partial<T>): void => {
    put({ ...edits, ...patch });
    setWrong((x) => Object.fromEntries(Object.entries(x).filter(([k]) => !(k in patch))));
  };
  const focusFirst = (): void => void requestAnimationFrame(() => requestAnimationFrame(() => box.current?.querySelector<HTMLElement>('[data-invalid] :is(input,textarea,button):not([tabindex="-1"])')?.focus()));
  const reset = (): void => { put({}); setWrong({}); setError(null); };
  const save = async (): Promise<boolean> => {
    if (pending) return false;
    const found = Object.fromEntries(Object.entries(o.check?.(v) ?? {}).filter((e): e is [string, string] => Boolean(e[1])));
    setWrong(found);
    setError(null);
    if (Object.keys(found).length) { focusFirst(); return false; }
    setPending(true);
    try {
      const answer = await o.send(v, changed);
      await refresh(...(o.touches ?? []));
      put({});
      o.done?.(answer);
      return true;
    } catch (e) {
      if (!(e instanceof ApiProblem)) throw e;
      setError(e);
      if (e.kind === 'conflict') await refresh(...(o.touches ?? []));
      focusFirst();
      return false;
    } finally {
      setPending(false);
    }
  };
  const at = (name: string): string | undefined => wrong[name] ?? error?.at(name);
  return {
    v, set, at, changed, dirty: changed.length > 0, pending, error, save, reset, box,
    text: (name) => ({ value: String(v[name] ?? ''), onChange: (x) => set({ [name]: x } as Partial<T>), error: at(name) }),
  };
}
/** sentences that no field of the form takes */
function Rest<T extends object>({ form }: { form: Form<T> }) {
  const { error } = form;
  if (!error) return null;
  const names = new Set(Object.keys(form.v));
  const rest = error.causes.filter((c) => !names.has(/([^/]+)$/.exec(c.location ?? '')?.[1] ?? ''));
  if (error.causes.length && !rest.length) return null;
  return <Problem error={rest.length === error.causes.length ? error : new ApiProblem(error.kind, error.status, error.code, error.summary, error.errorId, rest)} />;
}
/** a form inside a page: the buttons come when something was changed */
export function PageForm<T extends object>({ form, children, label, disabled }: { form: Form<T>; children: ReactNode; label: string; disabled?: boolean }) {
  const submit = (e: FormEvent): void => { e.preventDefault(); void form.save().then((ok) => { if (ok) toast(t.saved); }); };
  return (
    <form className="fields" ref={form.box} onSubmit={submit} noValidate aria-label={label}>
      <fieldset className="stack" disabled={disabled}>{children}</fieldset>
      <Rest form={form} />
      {form.dirty && !disabled && (
        <div className="save-bar">
          <span className="meta grow" role="status">{t.admin.unsaved}</span>
          <Button look="quiet" onPress={form.reset}>{t.admin.discard}</Button>
          <Button look="primary" type="submit" pending={form.pending} sending={t.saving}>{t.verbs.save}</Button>
        </div>
      )}
    </form>
  );
}
/** a form in a dialog; it closes when the server said yes */
export function DialogForm<T extends object>({ form, children, title, verb, onClose, wide, closeVerb }: { form: Form<T>; children: ReactNode; title: string; verb: string; onClose: () => void; wide?: boolean; closeVerb?: string }) {
  const go = (): void => void form.save();
  return (
    <Dialog open wide={wide} title={title} onClose={onClose} actions={<>
      <Button onPress={onClose}>{closeVerb ?? t.verbs.cancel}</Button>
      <Button look="primary" pending={form.pending} onPress={go}>{verb}</Button>
    </>}>
      <form className="stack" ref={form.box} noValidate onSubmit={(e) => { e.preventDefault(); go(); }}>
        {children}
        <Rest form={form} />
        <button type="submit" hidden aria-hidden tabIndex={-1} />
      </form>
    </Dialog>
  );
}
/** a switch that shows what the server holds: "sending" while it is asked, its refusal below */
export function Switch({ on, send, label, words, disabled, confirm }: { on: boolean; send: (on: boolean) => Promise<unknown>; label: string; words?: [on: string, off: string]; disabled?: boolean; confirm?: (on: boolean) => Promise<boolean> }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiProblem | null>(null);
  const flip = async (next: boolean): Promise<void> => {
    if (confirm && !(await confirm(next))) return;
    setBusy(true);
    setError(null);
    try {
      await send(next);
    } catch (e) {
      if (!(e instanceof ApiProblem)) throw e;
      setError(e);
    } finally {
      setBusy(false);
    }
  };
  return (
    <span className="switch">
      {busy ? <span className="meta row" role="status"><IconBusy className="i spin" size={12} aria-hidden />{t.sending}</span> : words && <span className="meta">{on ? words[0] : words[1]}</span>}
      <Toggle checked={on} onChange={(x) => void flip(x)} disabled={disabled || busy} label={label} />
      {error && <span className="c-bad meta" role="alert">{error.sentences[0] || t.problems[error.kind][0]}</span>}
    </span>
  );
}
/** a value to take elsewhere (an id, a link, a token) */
export function Copy({ value, label, secret }: { value: string; label: string; secret?: boolean }) {
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(value);
    toast(t.admin.copied);
  };
  return <span className={`copy ${secret ? 'boxed' : ''}`}><span className="code">{value}</span><IconButton icon={IconCopy} label={`${t.admin.copy}: ${label}`} onPress={() => void copy()} /></span>;
}
/** runs a command and shows its refusal in place */
export function useDo(): { run: (name: string, work: () => Promise<unknown>, said?: string) => Promise<boolean>; busy: string | null; error: ApiProblem | null } {
  const [busy, setBusy] = useState<string | null>(null);
  const [error, setError] = useState<ApiProblem | null>(null);
  const run = async (name: string, work: () => Promise<unknown>, said?: string): Promise<boolean> => {
    setBusy(name);
    setError(null);
    try {
      await work();
      if (said) toast(said);
      return true;
    } catch (e) {
      if (!(e instanceof ApiProblem)) throw e;
      setError(e);
      return false;
    } finally {
      setBusy(null);
    }
  };
  return { run, busy, error };
}
