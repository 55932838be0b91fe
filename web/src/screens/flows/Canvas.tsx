/* The flow as a row of cards. Places are computed (logic/flowLayout.ts); links are drawn for the chosen card only, the
   chips in the inputs say the rest. Dragging an output draws a line; where it is let go decides what it feeds. */
import { applyNodeChanges, BaseEdge, type ConnectionLineComponentProps, type Edge, type EdgeProps, getBezierPath, type Node, type NodeChange, type NodeProps, ReactFlow, ReactFlowProvider, useReactFlow, useStore, useUpdateNodeInternals } from '@xyflow/react';
import { type DragEvent, memo, type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Card, InputPin } from '../../api/types';
import { isHidden, originOf } from '../../logic/bodies';
import { findCard, flat, type Place } from '../../logic/cards';
import { type Column, columnsOf, GAP } from '../../logic/flowLayout';
import { addFieldFrom, fit, link, setTemplate, type Source, reachable, stateType, type Target, targetPin, templateField, TEXT_KEY, typeAt } from '../../logic/mapping';
import { t } from '../../texts';
import { IconButton } from '../../ui/Button';
import { IconAdd, IconFit, IconMinus } from '../../ui/icons';
import { toast } from '../../ui/Toast';
import { AddFirst, AddHere, CardView, inputEnd, Memo, OnCanvas, outputEnd, useCardActions } from './CardView';
import { dragged, endDrag } from './CardPicker';
import { nameOf, useDesign } from './design';

type ColumnNode = Node<{ column: Column }, 'column'>;
type GapNode = Node<{ place: Place; after: string | null; last: boolean }, 'gap'>;
type AnyNode = ColumnNode | GapNode;

const ColumnView = memo(function ColumnView({ data }: NodeProps<ColumnNode>) {
  return <><CardView card={data.column.card} />{data.column.notes.map((n) => <Memo key={n.id} card={n} />)}</>;
});
const GapView = memo(function GapView({ data }: NodeProps<GapNode>) {
  const d = useDesign();
  const w = t.flows.design;
  const card = data.after === null ? undefined : findCard(d.cards, data.after);
  const label = card ? w.addAfter(d.numbers.get(card.id) ?? 0, nameOf(card, d.types)) : w.addFirst;
  return <div className={`gap ${data.last ? 'last' : ''}`}><AddHere place={data.place} label={label} small={!data.last}>{w.addCard}</AddHere>{data.last && <AddFirst place={data.place} />}</div>;
});
const nodeTypes = { column: ColumnView, gap: GapView };

function LinkLine(p: EdgeProps) {
  const [path] = getBezierPath(p);
  return <><path d={path} className="wire-halo" /><BaseEdge id={p.id} path={path} className="wire" /></>;
}
/** the line that is being drawn starts at the pin, not in the middle of its row */
function DrawnLine({ fromX, fromY, toX, toY, fromHandle, fromPosition, toPosition }: ConnectionLineComponentProps<AnyNode>) {
  const [path] = getBezierPath({ sourceX: fromX + fromHandle.width / 2, sourceY: fromY, sourcePosition: fromPosition, targetX: toX, targetY: toY, targetPosition: toPosition });
  return <path d={path} className="wire" />;
}
const edgeTypes = { link: LinkLine };

/** the node that holds a card, also one deep inside of it */
function holders(columns: readonly Column[]): Map<string, string> {
  const by = new Map<string, string>();
  for (const c of columns) for (const card of flat([c.card, ...c.notes])) by.set(card.id, c.card.id);
  return by;
}
function layout(cards: readonly Card[], columns: readonly Column[], readOnly: boolean): AnyNode[] {
  const nodes: AnyNode[] = [];
  columns.forEach((c, i) => {
    nodes.push({ id: c.card.id, type: 'column', position: { x: c.x, y: 0 }, data: { column: c }, width: c.width, initialWidth: c.width, initialHeight: 320 });
    const last = i === columns.length - 1;
    if (!(readOnly && last)) nodes.push({ id: `gap ${c.card.id}`, type: 'gap', position: { x: c.x + c.width, y: 0 }, data: { place: { parent: null, lane: null, index: last ? cards.length : c.after }, after: c.card.id, last }, width: last ? 190 : GAP, initialWidth: GAP, initialHeight: 48 });
  });
  if (!columns.length) nodes.push({ id: 'gap', type: 'gap', position: { x: 0, y: 0 }, data: { place: { parent: null, lane: null, index: 0 }, after: null, last: true }, width: 190, initialWidth: 190, initialHeight: 48 });
  return nodes;
}
/** links from and to a card (and the cards inside it) */
function linesOf(cards: readonly Card[], selected: string | null, holder: ReadonlyMap<string, string>): Edge[] {
  if (selected === null) return [];
  const edges: Edge[] = [];
  for (const c of flat(cards)) {
    const template = c.inputs.find((p) => p.key === TEXT_KEY && !p.from);
    for (const p of c.inputs) {
      const from = p.from && !isHidden(p) ? originOf(cards, p.from) : null;
      if (!from || (c.id !== selected && from.card !== selected)) continue;
      const source = holder.get(from.card);
      const target = holder.get(c.id);
      if (!source || !target || !findCard(cards, from.card)?.outputs.some((o) => o.id === from.output)) continue;
      edges.push({ id: `${c.id}|${p.id}`, type: 'link', source, target, sourceHandle: outputEnd(from.card, from.output), targetHandle: inputEnd(c.id, (template ?? p).id) });
    }
  }
  return edges;
}
export const parseEnd = (end: string | null | undefined): Source | null => {
  const [kind, card, ...output] = (end ?? '').split('|');
  if (kind === 'm' && card) {
    const [id = '', ...path] = output.map(decodeURIComponent);
    return { card, output: id, path };
  }
  return kind === 'o' && card && output.length ? { card, output: output.join('|') } : null;
};

function Board({ footer }: { footer: (zoom: ReactNode) => ReactNode }) {
  const d = useDesign();
  const w = t.flows.design;
  const actions = useCardActions();
  const flow = useReactFlow();
  const zoom = useStore((s) => s.transform[2]);
  const update = useUpdateNodeInternals();
  const box = useRef<HTMLDivElement>(null);
  const columns = useMemo(() => columnsOf(d.cards), [d.cards]);
  const holder = useMemo(() => holders(columns), [columns]);
  const wanted = useMemo(() => layout(d.cards, columns, d.readOnly), [d.cards, columns, d.readOnly]);
  const [nodes, setNodes] = useState<AnyNode[]>(wanted);
  useEffect(() => {
    setNodes((old) => {
      const by = new Map(old.map((n) => [n.id, n]));
      return wanted.map((n) => {
        const was = by.get(n.id);
        return was ? ({ ...n, measured: was.measured } as AnyNode) : n;
      });
    });
  }, [wanted]);
  const onNodesChange = useCallback((changes: NodeChange<AnyNode>[]) => setNodes((old) => applyNodeChanges(changes.filter((c) => c.type === 'dimensions'), old)), []);
  const edges = useMemo(() => linesOf(d.cards, d.selected, holder), [d.cards, d.selected, holder]);
  useEffect(() => {
    const ids = [...new Set(edges.flatMap((e) => [e.source, e.target]))];
    const frame = requestAnimationFrame(() => update(ids));
    return () => cancelAnimationFrame(frame);
  }, [edges, d.opened, update]);

  /* what has the focus is in view */
  const reveal = useCallback((e: Element) => {
    const outer = box.current?.getBoundingClientRect();
    if (!outer) return;
    const r = e.getBoundingClientRect();
    const pad = 24;
    const dx = r.left < outer.left + pad ? outer.left + pad - r.left : r.right > outer.right - pad ? Math.max(outer.right - pad - r.right, outer.left + pad - r.left) : 0;
    const dy = r.top < outer.top + pad ? outer.top + pad - r.top : r.bottom > outer.bottom - 72 ? Math.max(outer.bottom - 72 - r.bottom, outer.top + pad - r.top) : 0;
    if (!dx && !dy) return;
    const v = flow.getViewport();
    void flow.setViewport({ x: v.x + dx, y: v.y + dy, zoom: v.zoom });
  }, [flow]);
  useEffect(() => {
    const show = (e: Event): void => {
      const id = (e as CustomEvent<string>).detail;
      requestAnimationFrame(() => {
        const card = document.querySelector(`.canvas [data-card="${CSS.escape(id)}"]`);
        if (card) return reveal(card);
        const column = columnsOf(d.cards).find((c) => flat([c.card]).some((x) => x.id === id)); // too far away to be drawn
        if (column) void flow.setViewport({ x: 48 - column.x, y: 28, zoom: 1 });
      });
    };
    document.addEventListener('reeve:show-card', show);
    return () => document.removeEventListener('reeve:show-card', show);
  }, [reveal, flow, d.cards]);

  /* mapping by dragging: what lies under the pointer when it is let go */
  const connect = useCallback((e: MouseEvent | TouchEvent, state: { fromHandle: { id?: string | null } | null }) => {
    box.current?.classList.remove('connecting');
    const source = parseEnd(state.fromHandle?.id);
    const point = 'changedTouches' in e ? e.changedTouches[0] : e;
    if (!source || !point) return;
    const hit = document.elementFromPoint(point.clientX, point.clientY)?.closest<HTMLElement>('[data-drop]');
    const [cardId = '', pinId = '', lane] = (hit?.dataset.drop ?? '').split('|');
    const card = findCard(d.cards, cardId);
    const output = findCard(d.cards, source.card)?.outputs.find((o) => o.id === source.output);
    if (!card || !output) return;
    if (!reachable(d.cards, cardId, lane).some((c) => c.id === source.card)) {
      toast(w.notEarlier);
      return;
    }
    const type = d.types.get(card.card);
    d.select(cardId);
    if (pinId.startsWith('+')) {
      if (type) d.change(addFieldFrom(d.cards, cardId, pinId === '+' ? type : stateType(type), source).cards);
      return;
    }
    const pin: InputPin | undefined = card.inputs.find((p) => p.id === pinId);
    if (pin?.key === TEXT_KEY && !pin.from && type) {
      const made = templateField(d.cards, cardId, type, source);
      if (made.key === null) return;
      const text = typeof pin.value === 'string' ? pin.value : '';
      const next = `${text}${text && !/\s$/.test(text) ? ' ' : ''}{{{${made.key}}}}`;
      d.change(setTemplate(made.cards, cardId, next));
      return;
    }
    const target: Target = lane ? { card: cardId, lane, output: pinId } : { card: cardId, input: pinId };
    const to = targetPin(d.cards, target);
    if (!to) return;
    if (fit(typeAt(output, source.path), to).kind === 'never') toast(w.notFit(output.label || output.key, to.label || to.key));
    else d.change(link(d.cards, target, source));
  }, [d, w]);

  const drop = (e: DragEvent): void => {
    if (!dragged.type && !dragged.card) return;
    e.preventDefault();
    const { type, card } = dragged;
    endDrag();
    // let go between the gaps: the nearest place of the row
    const x = flow.screenToFlowPosition({ x: e.clientX, y: e.clientY }).x;
    const before = columns.filter((c) => c.x + c.width / 2 < x).pop();
    const place: Place = { parent: null, lane: null, index: before ? before.after : columns.length ? 1 : 0 };
    if (card) actions.place(card, place);
    else if (type) actions.add(d.types.get(type) as never, place);
  };
  const zoomTools = (
    <div className="tool" role="group" aria-label={`${Math.round(zoom * 100)} %`}>
      <IconButton icon={IconMinus} label={w.zoomOut} onPress={() => void flow.zoomOut()} />
      <span className="meta zoom">{Math.round(zoom * 100)} %</span>
      <IconButton icon={IconAdd} label={w.zoomIn} onPress={() => void flow.zoomIn()} />
      <IconButton icon={IconFit} label={w.fit} onPress={() => void flow.fitView({ padding: { top: '28px', left: '28px', right: '28px', bottom: '108px' }, maxZoom: 1 })} />
    </div>
  );
  return (
    <div className="canvas" ref={box} onFocus={(e) => { if (e.currentTarget.contains(e.target) && e.target.matches(':focus-visible')) reveal(e.target); }} onDragOver={(e) => { if (dragged.type || dragged.card) e.preventDefault(); }} onDrop={drop}>
      <OnCanvas.Provider value={true}>
        <ReactFlow<AnyNode> nodes={nodes} edges={edges} nodeTypes={nodeTypes} edgeTypes={edgeTypes} connectionLineComponent={DrawnLine} onNodesChange={onNodesChange} aria-label={w.canvas}
          onConnectStart={() => box.current?.classList.add('connecting')} onConnectEnd={connect} connectionRadius={0} isValidConnection={() => false} connectOnClick={false}
          nodesDraggable={false} nodesFocusable={false} edgesFocusable={false} elementsSelectable={false} disableKeyboardA11y deleteKeyCode={null} selectionKeyCode={null} multiSelectionKeyCode={null} panActivationKeyCode={null} zoomActivationKeyCode={null}
          panOnScroll zoomOnScroll={false} zoomOnDoubleClick={false} minZoom={0.25} maxZoom={1.5} defaultViewport={{ x: 28, y: 28, zoom: 1 }} onlyRenderVisibleElements={columns.length > 40} onPaneClick={() => d.select(null)} proOptions={{ hideAttribution: true }} />
      </OnCanvas.Provider>
      {footer(zoomTools)}
    </div>
  );
}
export function Canvas(props: { footer: (zoom: ReactNode) => ReactNode }) {
  return <ReactFlowProvider><Board {...props} /></ReactFlowProvider>;
}
