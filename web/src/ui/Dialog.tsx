/* Dialogs: the title asks, the body names the consequences, the buttons say the verb. Escape closes; the safe button
   has the focus. `ask` is for a yes or no; a dialog with fields is written with <Dialog>. */
import { type ReactNode, useSyncExternalStore } from 'react';
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { t } from '../texts';
import { Button } from './Button';

export function Dialog({ title, open, onClose, children, actions, wide, alert }: { title: string; open: boolean; onClose: () => void; children: ReactNode; actions: ReactNode; wide?: boolean; alert?: boolean }) {
  return (
    <ModalOverlay className="scrim" isOpen={open} onOpenChange={(o) => !o && onClose()} isDismissable={!alert}>
      <Modal className={`modal ${wide ? 'wide' : ''}`}>
        <AriaDialog className="dialog" role={alert ? 'alertdialog' : 'dialog'}>
          <div className="body">
            <Heading slot="title" level={2}>{title}</Heading>
            {children}
          </div>
          <div className="acts">{actions}</div>
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

interface Question {
  title: string;
  body: ReactNode;
  verb: string;
  safe?: string;
  destroy?: boolean;
}
let current: (Question & { answer: (yes: boolean) => void }) | null = null;
const listeners = new Set<() => void>();
const tell = (): void => listeners.forEach((run) => run());

/** resolves true when the person pressed the verb */
export function ask(question: Question): Promise<boolean> {
  return new Promise((resolve) => {
    current = { ...question, answer: (yes) => { current = null; tell(); resolve(yes); } };
    tell();
  });
}
/** rendered once, by the shell */
export function AskHost() {
  const q = useSyncExternalStore((run) => { listeners.add(run); return () => listeners.delete(run); }, () => current);
  if (!q) return null;
  return (
    <Dialog alert open title={q.title} onClose={() => q.answer(false)}
      actions={<>
        <Button autoFocus onPress={() => q.answer(false)}>{q.safe ?? t.verbs.cancel}</Button>
        <Button look={q.destroy ? 'destroy' : 'primary'} onPress={() => q.answer(true)}>{q.verb}</Button>
      </>}>
      {typeof q.body === 'string' ? <p className="soft">{q.body}</p> : q.body}
    </Dialog>
  );
}
