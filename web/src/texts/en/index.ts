import { admin } from './admin';
import { common } from './common';
import { flows } from './flows';
import { requests } from './requests';
import { tables } from './tables';
import { triggers } from './triggers';
import { types } from './types';

export const en = { ...common, flows, requests, tables, types, triggers, admin };
export type Texts = typeof en;
