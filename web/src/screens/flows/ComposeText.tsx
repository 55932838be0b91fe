/* A text with values in it. The element is filled and read by hand, because React does not own what people type into it:
   plain text, line breaks, and chips that cannot be edited inside. { opens the list of values at the caret. */
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Card } from '../../api/types';
import { parseTemplate, setTemplate, type Source, templateField, TEXT_KEY } from '../../logic/mapping';
import { t } from '../../texts';
import { IconAdd } from '../../ui/icons';
import { Pop } from '../../ui/Pop';
import { useDesign } from './design';
import { useLinkWords } from './Slot';
import { SourceBox } from './SourceBox';

function read(node: Node): string {
  let text = '';
  node.childNodes.forEach((n, i) => {
    if (n.nodeType === Node.TEXT_NODE) text += (n.nodeValue ?? '').replaceAll('\u00a0', ' ');
    else if (n instanceof HTMLElement) {
      if (n.dataset.key !== undefined) text += `{{{${n.dataset.key}}}}`;
      else if (n.dataset.end !== undefined) return;
      else if (n.tagName === 'BR') text += '\n';
      else text += (i > 0 && /^(DIV|P)$/.test(n.tagName) ? '\n' : '') + read(n);
    }
  });
  return text;
}
export function ComposeText({ card, label, problem }: { card: Card; label: string; problem?: string }) {
  const d = useDesign();
  const w = t.flows.slot;
  const words = useLinkWords();
  const type = d.types.get(card.card);
  const pin = card.inputs.find((p) => p.key === TEXT_KEY);
  const template = typeof pin?.value === 'string' ? pin.value : '';
  const ref = useRef<HTMLDivElement>(null);
  const caret = useRef<Range | null>(null);
  const [open, setOpen] = useState(false);

  // what the chips say; when it changes they are written again
  const chips = card.inputs.filter((p) => p.key !== TEXT_KEY).map((p) => {
    const said = p.from ? words({ card: card.id, input: p.id }, p.from) : null;
    return { key: p.key, no: said ? String(said.no) : '=', name: said ? said.name : String(p.value ?? p.key), broken: said?.broken ?? false };
  });
  const look = JSON.stringify(chips);
  const seen = useRef<{ template: string; look: string } | null>(null);

  const chip = useCallback((key: string): HTMLElement => {
    const c = (JSON.parse(look) as typeof chips).find((x) => x.key === key) ?? { key, no: '!', name: key, broken: true };
    const e = document.createElement('span');
    e.className = `lchip ${c.broken ? 'broken' : ''}`;
    e.contentEditable = 'false';
    e.dataset.key = key;
    e.setAttribute('role', 'img');
    e.setAttribute('aria-label', w.valueOf(c.no, c.name));
    const b = document.createElement('b');
    b.textContent = c.no;
    const name = document.createElement('span');
    name.textContent = c.name;
    e.append(b, name);
    return e;
  }, [look, w]);
  useEffect(() => {
    const e = ref.current;
    if (!e || (seen.current?.template === template && seen.current.look === look)) return;
    const focused = document.activeElement === e;
    e.replaceChildren(...parseTemplate(template).map((p) => ('key' in p ? chip(p.key) : document.createTextNode(p.text))));
    const end = document.createElement('br'); // without it a last line break is not seen
    end.dataset.end = '';
    e.append(end);
    seen.current = { template, look };
    if (focused) {
      const range = document.createRange();
      range.setStartBefore(end);
      getSelection()?.removeAllRanges();
      getSelection()?.addRange(range);
    }
  }, [template, look, chip]);

  const store = (cards = d.cards): void => {
    const text = read(ref.current as HTMLElement);
    const next = setTemplate(cards, card.id, text);
    seen.current = { template: text, look: seen.current?.look ?? '' };
    d.change(next, `text ${card.id}`);
  };
  const here = (): Range | null => {
    const s = getSelection();
    const r = s?.rangeCount ? s.getRangeAt(0) : null;
    return r && ref.current?.contains(r.commonAncestorContainer) ? r.cloneRange() : null;
  };
  const atEnd = (): Range => {
    const r = document.createRange();
    const end = ref.current?.querySelector('[data-end]');
    if (end) r.setStartBefore(end);
    else r.selectNodeContents(ref.current as Node);
    r.collapse(true);
    return r;
  };
  /** browsers take the last line break away while one types before it */
  const keepEnd = (): void => {
    const box = ref.current;
    if (!box || box.querySelector('[data-end]')) return;
    const end = document.createElement('br');
    end.dataset.end = '';
    box.append(end);
  };
  const putNode = (node: Node, where: Range): void => {
    where.deleteContents();
    where.insertNode(node);
    where.setStartAfter(node);
    where.collapse(true);
    getSelection()?.removeAllRanges();
    getSelection()?.addRange(where);
  };
  const putText = (text: string): void => {
    const where = here();
    if (!where) return;
    // the caret has to stand inside of a text, or the browser writes on at the line before
    where.deleteContents();
    let node = where.startContainer;
    let at = where.startOffset;
    if (node instanceof Text) node.insertData(at, text);
    else {
      const made = document.createTextNode(text);
      where.insertNode(made);
      node = made;
      at = 0;
    }
    keepEnd();
    const caretAt = document.createRange();
    caretAt.setStart(node, at + text.length);
    getSelection()?.removeAllRanges();
    getSelection()?.addRange(caretAt);
    store();
  };
  // beforeinput of React lacks inputType and data transfer
  const before = useRef<(e: InputEvent) => void>(() => undefined);
  before.current = (e) => {
    if (e.inputType === 'insertParagraph' || e.inputType === 'insertLineBreak') {
      e.preventDefault();
      putText('\n');
    } else if (e.inputType === 'insertFromPaste' || e.inputType === 'insertFromDrop') {
      e.preventDefault();
      putText(e.dataTransfer?.getData('text/plain').replaceAll('\r\n', '\n') ?? '');
    } else if (e.inputType.startsWith('format') || e.inputType.startsWith('history')) e.preventDefault();
    else if (e.inputType === 'insertText' && e.data === '{') {
      e.preventDefault();
      caret.current = here();
      setOpen(true);
    }
  };
  useEffect(() => {
    const e = ref.current;
    const run = (x: Event): void => before.current(x as InputEvent);
    e?.addEventListener('beforeinput', run);
    return () => e?.removeEventListener('beforeinput', run);
  }, []);
  const close = (): void => {
    setOpen(false);
    const where = caret.current;
    requestAnimationFrame(() => {
      ref.current?.focus({ preventScroll: true });
      if (!where) return;
      getSelection()?.removeAllRanges();
      getSelection()?.addRange(where);
    });
  };
  const pick = (s: Source): void => {
    if (!type) return;
    const made = templateField(d.cards, card.id, type, s);
    setOpen(false);
    if (made.key === null) return;
    const where = caret.current ?? atEnd();
    const e = document.createElement('span');
    e.dataset.key = made.key;
    putNode(e, where);
    seen.current = null; // the new chip is written with its name
    const text = read(ref.current as HTMLElement);
    const place = e.nextSibling;
    d.change(setTemplate(made.cards, card.id, text));
    const behind = text.length && place && place.nodeType === Node.TEXT_NODE ? (place.nodeValue ?? '') : null;
    requestAnimationFrame(() => requestAnimationFrame(() => {
      const box = ref.current;
      if (!box) return;
      box.focus({ preventScroll: true });
      const marks = [...box.querySelectorAll<HTMLElement>('[data-key]')].filter((x) => x.dataset.key === made.key);
      const mark = marks.find((x) => behind !== null && x.nextSibling?.nodeValue === behind) ?? marks[marks.length - 1];
      if (!mark) return;
      const r = document.createRange();
      r.setStartAfter(mark);
      r.collapse(true);
      getSelection()?.removeAllRanges();
      getSelection()?.addRange(r);
    }));
  };
  return (
    <div className="tmpl-wrap">
      <div ref={ref} className={`tmpl nopan nodrag ${problem ? 'wrong' : ''}`} role="textbox" aria-multiline aria-label={w.templateLabel(label)} aria-readonly={d.readOnly || undefined} tabIndex={0} contentEditable={!d.readOnly} suppressContentEditableWarning spellCheck={false}
        data-placeholder={w.template} data-empty={template === '' ? '' : undefined} onInput={() => store()} onBlur={() => { caret.current = here() ?? caret.current; }}
        onKeyDown={(e) => { if (!(e.ctrlKey || e.metaKey) && e.key !== 'Escape' && e.key !== 'Tab') e.stopPropagation(); }} />
      {!d.readOnly && <button type="button" className="tmpl-add nopan" onClick={() => { caret.current ??= null; setOpen(true); }}><IconAdd size={12} aria-hidden />{w.insert}</button>}
      {open && pin && (
        <Pop open onClose={close} anchor={ref} label={w.insert} className="sbox-pop">
          <SourceBox target={{ card: card.id, input: pin.id }} constants={false} label={w.insert} onSource={pick} />
        </Pop>
      )}
    </div>
  );
}
